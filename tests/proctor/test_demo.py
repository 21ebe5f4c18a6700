"""The demo: scores, reasons and feedback of the sample submissions."""

import json
import sqlite3
from contextlib import closing

import pytest
from conftest import ROOT

from proctor.sandbox.levels import best_level

# output-size, conv2d-forward, conv2d-layer, max-pool2d-forward, avg-pool2d-forward
FULL = [5, 20, 10, 10, 5]
SCORES = {
    "correct-loops": FULL,
    "correct-vectorised": FULL,
    "half-done": [5, 20, 0, 0, 0],
    "kernel-flipped": [5, 14, 10, 10, 5],
    "pads-max-with-zero": [5, 20, 10, 7, 5],
    "raises": [5, 5.5, 10, 10, 5],
    "stride-swapped": [5, 14.5, 10, 10, 5],
}


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
    assert [cell["score"] for cell in submission["cells"]] == SCORES[student]
    assert submission["score"] == sum(SCORES[student])
    assert submission["max_score"] == 50


@pytest.mark.parametrize(
    ("student", "grade_id", "status", "words"),
    [
        ("half-done", "test-conv2d-layer", "error", "not written yet"),
        ("kernel-flipped", "test-conv2d-forward", "partial", "is the kernel flipped"),
        ("pads-max-with-zero", "test-max-pool2d-forward", "partial", "minus infinity"),
        ("raises", "test-conv2d-forward", "partial", "IndexError: index 3 is out of"),
        ("stride-swapped", "test-conv2d-forward", "partial", "two rows down"),
    ],
)
def test_reasons(submissions, demo, student, grade_id, status, words):
    cells = {cell["grade_id"]: cell for cell in submissions[student]["cells"]}
    assert cells[grade_id]["status"] == status
    assert words in cells[grade_id]["message"]
    assert words.split()[0] in demo[1].stdout


def test_what_is_no_notebook_needs_attention(submissions, demo):
    submission = submissions["not-a-notebook"]
    assert submission["status"] == "needs_attention"
    assert submission["score"] == 0
    assert submission["message"].startswith("spatial.ipynb is no notebook: not JSON")
    assert "spatial.ipynb is no notebook" in demo[1].stdout


def test_table_shows_each_student_once_with_the_score(demo):
    lines = demo[1].stdout.split("What was lost")[0].splitlines()
    for student, scores in SCORES.items():
        (line,) = [line for line in lines if line.startswith(f" {student}")]
        cells = [f"{score:g}" for score in scores]
        assert line.split()[1:] == [f"{sum(scores):g}/50", *cells]


def page(folder, student):
    path = folder / "feedback" / student / "09_spatial" / "spatial.html"
    return path.read_text()


def test_feedback_pages_lie_where_it_says(demo):
    folder, done = demo
    assert f"{folder}/feedback/<student>/09_spatial/spatial.html" in done.stdout
    for student, scores in SCORES.items():
        text = page(folder, student)
        assert "avg-pool2d-forward" in text
        assert f"<title>09_spatial: {sum(scores):g} / 50</title>" in text


def test_feedback_gives_the_reason_and_hides_the_tests(demo):
    folder, _ = demo
    for student, reason in [
        ("pads-max-with-zero", "padding never wins"),
        ("kernel-flipped", "is the kernel flipped or transposed?"),
    ]:
        text = page(folder, student)
        assert reason in text
        for secret in ("HIDDEN TESTS", "reference_max_pool2d", "rubric.rng", "is_righ"):
            assert secret not in text


def test_gradebook_holds_the_same_scores(demo):
    folder, _ = demo
    with closing(sqlite3.connect(folder / "gradebook.db")) as database:
        total = database.execute("select sum(auto_score) from grade").fetchone()[0]
    assert total == sum(map(sum, SCORES.values()))


def test_touches_nothing_in_the_course_itself(demo):
    folder, _ = demo
    assert (folder / "gradebook.db").is_file()
    assert not (ROOT / "submitted" / "correct-loops").exists()
