"""The demo: scores, reasons and feedback of the sample submissions."""

import json
import sqlite3
from contextlib import closing

import pytest
from conftest import ROOT
from spatial_points import TASKS

from proctor.sandbox.levels import best_level

# A person grades it; until then it counts for nothing.
BY_HAND = {"reflection": 0}
# What each student gets in the cells that are not worth their full points.
SCORES = {
    "copied-figures": {"check-understanding": 3},
    "correct-loops": {},
    "correct-vectorised": {},
    "crops-minus-zero": {"conv2d-backward": 9.75},
    "half-done": dict.fromkeys(TASKS, 0) | {"output-size": 5, "conv2d-forward": 20},
    "kernel-flipped": {"conv2d-forward": 11.25},
    "overlap-overwritten": {"max-pool2d-backward": 7},
    "pads-max-with-zero": {"max-pool2d-forward": 7.75},
    "raises": {"conv2d-forward": 1.5},
    "stride-swapped": {"conv2d-forward": 15.5},
}
SCORES = {student: TASKS | BY_HAND | lost for student, lost in SCORES.items()}


@pytest.fixture(scope="module")
def submissions(demo):
    folder, _ = demo
    results = json.loads((folder / "results.json").read_text())
    assert results["schema"] == "proctor/results/v1"
    assert results["sandbox"] == best_level()
    assert type(results["seed"]) is int
    return {s["student"]: s for s in results["submissions"]}


def test_succeeds_and_says_nothing_on_stderr(demo):
    _, done = demo
    assert (done.returncode, done.stderr) == (0, "")


def test_every_example_is_graded_and_none_is_missing(submissions):
    folders = {path.name for path in (ROOT / "examples").iterdir() if path.is_dir()}
    assert set(submissions) == folders == {*SCORES, "not-a-notebook"}


@pytest.mark.parametrize("student", SCORES)
def test_scores(submissions, student):
    submission = submissions[student]
    assert submission["status"] == "graded"
    cells = {c["grade_id"].removeprefix("test-"): c for c in submission["cells"]}
    assert {name: c["score"] for name, c in cells.items()} == SCORES[student]
    assert {name: c["max_score"] for name, c in cells.items()} == TASKS
    assert submission["score"] == sum(SCORES[student].values())
    assert submission["max_score"] == 100
    # Nobody reads what was not written.
    assert submission["needs_manual_grade"] is (student != "half-done")


@pytest.mark.parametrize(
    ("student", "grade_id", "status", "words"),
    [
        ("copied-figures", "test-check-understanding", "partial", "q3"),
        ("correct-loops", "reflection", "ungraded", "waits for a person to grade it"),
        ("crops-minus-zero", "test-conv2d-backward", "partial", "shape (1, 1, 0, 0)"),
        ("half-done", "reflection", "failed", "no answer was written"),
        ("half-done", "test-conv2d-layer", "error", "not written yet"),
        (
            "half-done",
            "test-check-understanding",
            "failed",
            "q1 is not answered yet",
        ),
        ("kernel-flipped", "test-conv2d-forward", "partial", "wanted 27, got 13"),
        (
            "overlap-overwritten",
            "test-max-pool2d-backward",
            "partial",
            "wanted 4, got 3",
        ),
        ("pads-max-with-zero", "test-max-pool2d-forward", "partial", "far below zero"),
        ("raises", "test-conv2d-forward", "partial", "IndexError: index 3 is out of"),
        ("stride-swapped", "test-conv2d-forward", "partial", "two rows down"),
    ],
)
def test_reasons(submissions, student, grade_id, status, words):
    cells = {cell["grade_id"]: cell for cell in submissions[student]["cells"]}
    assert cells[grade_id]["status"] == status
    assert words in cells[grade_id]["message"]


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("copied-figures", "q3: the published figure"),
        ("crops-minus-zero", "nothing is left of the image's gradient"),
        ("half-done", "not written yet"),
        ("kernel-flipped", "The kernel is flipped"),
        ("overlap-overwritten", "keeps the gradient of the last"),
        ("pads-max-with-zero", "The padding is zero"),
        ("raises", "raised IndexError"),
        ("stride-swapped", "Height and width of the stride are exchanged"),
    ],
)
def test_table_names_the_mistake(demo, student, reason):
    losses = demo[1].stdout.split("What was lost")[1].splitlines()
    assert any(line.startswith(f" {student} ") and reason in line for line in losses)


def test_table_says_what_a_person_still_grades(demo):
    assert "A person still grades: reflection of 9 students" in demo[1].stdout
    assert " ? not graded yet\n" in demo[1].stdout


def test_what_is_no_notebook_needs_attention(submissions, demo):
    submission = submissions["not-a-notebook"]
    assert submission["status"] == "needs_attention"
    assert submission["score"] == 0
    assert submission["message"].startswith("spatial.ipynb is no notebook: not JSON")
    assert "spatial.ipynb is no notebook" in demo[1].stdout


def test_table_shows_each_student_once_with_the_score(submissions, demo):
    lines = demo[1].stdout.split("What was lost")[0].splitlines()
    for student, scores in SCORES.items():
        (line,) = [line for line in lines if line.startswith(f" {student}")]
        names = [cell["grade_id"] for cell in submissions[student]["cells"]]
        cells = [f"{scores[name.removeprefix('test-')]:g}" for name in names]
        if student != "half-done":  # whose reflection is not written
            cells[names.index("reflection")] = "?"
        assert line.split()[1:] == [f"{sum(scores.values()):g}/100", *cells]


def page(folder, student):
    path = folder / "feedback" / student / "09_spatial" / "spatial.html"
    return path.read_text()


def test_feedback_pages_lie_where_it_says(demo):
    folder, done = demo
    assert f"{folder}/feedback/<student>/09_spatial/spatial.html" in done.stdout
    for student, scores in SCORES.items():
        text = page(folder, student)
        assert "avg-pool2d-forward" in text
        assert f"<title>09_spatial: {sum(scores.values()):g} / 100</title>" in text


def test_feedback_gives_the_reason_and_hides_the_tests(demo):
    folder, _ = demo
    for student, reason in [
        ("pads-max-with-zero", "padding never wins"),
        ("kernel-flipped", "the example by hand: at [0, 0, 0, 0] wanted 27, got 13"),
    ]:
        text = page(folder, student)
        assert reason in text
        for secret in ("HIDDEN TESTS", "reference_max_pool2d", "rubric.rng", "is_righ"):
            assert secret not in text


def test_gradebook_holds_the_same_scores(demo):
    folder, _ = demo
    with closing(sqlite3.connect(folder / "gradebook.db")) as database:
        total = database.execute("select sum(auto_score) from grade").fetchone()[0]
    assert total == sum(sum(scores.values()) for scores in SCORES.values())


def test_touches_nothing_in_the_course_itself(demo):
    folder, _ = demo
    assert (folder / "gradebook.db").is_file()
    assert not (ROOT / "submitted" / "correct-loops").exists()
