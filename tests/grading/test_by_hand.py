"""Points that a person gave: the same in pages, tables, results and the gradebook."""

import csv
import json
import re
import shutil
import sys
from contextlib import closing

import pytest
from classroom import NAME, Proctor, example, hand_in, new_course, read_results
from conftest import run

from proctor.tests.pages import Page

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="keeps proctor warm by Linux's processes"
)
# As formgrader writes them, for several students.
GIVE = """
import sys
from proctor.gradebook.fast_import import spare_nbgrader

spare_nbgrader()
from nbgrader.api import Gradebook

with Gradebook("sqlite:///gradebook.db") as gradebook:
    for student, cell, points, extra, waits in {given!r}:
        grade = gradebook.find_grade(cell, "spatial", "09_spatial", student)
        grade.manual_score, grade.extra_credit = points, extra
        grade.needs_manual_grade = waits
    gradebook.db.commit()
"""
STILL = "A person still has to grade a part of it"


@pytest.fixture(scope="module")
def proctor(tmp_path_factory):
    with closing(Proctor(tmp_path_factory.mktemp("proctor"))) as proctor:
        yield proctor


@pytest.fixture(scope="module")
def graded(demo, proctor, tmp_path_factory):
    course = new_course(demo[0], tmp_path_factory.mktemp("byhand") / "course")
    for student in ("ada", "bo", "cy", "dee"):
        hand_in(course, student, example(demo[0], "correct-vectorised"))
    assert proctor.autograde(course, "--feedback").status == 0
    return course


@pytest.fixture
def course(graded, tmp_path):
    return shutil.copytree(graded, tmp_path / "course")


def give(course, *given):
    done = run(sys.executable, "-c", GIVE.format(given=given), cwd=course)
    assert done.returncode == 0, done.stderr


def exported(course):
    assert run("nbgrader", "export", cwd=course).returncode == 0
    with (course / "grades.csv").open() as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def page(course, student):
    path = course / "feedback" / student / NAME / "spatial.html"
    return Page(path.read_text()).text


def table(ended):
    rows = ended.output.split("Scores for")[1].split("What was lost")[0].splitlines()
    found = (row.split() for row in rows)
    return {row[0]: row[1:] for row in found if len(row) > 10 and "/" in row[1]}


def reflection(submission):
    (cell,) = [c for c in submission["cells"] if c["grade_id"] == "reflection"]
    return cell["score"], cell["status"], cell["message"]


def test_until_a_person_did(proctor, course):
    ended = proctor.autograde(course)
    assert "A person still grades: reflection of 4 students" in ended.output
    found = read_results(course / "results.json")["ada"]
    said = "waits for a person to grade it"
    assert reflection(found) == (0, "ungraded", said)
    assert table(ended)["ada"][-1] == "?"
    assert STILL in page(course, "ada")
    assert "reflection not graded yet ? / 5" in page(course, "ada")


def test_everything_agrees_with_the_gradebook(proctor, course):
    give(
        course,
        ("ada", "reflection", 4, None, False),
        ("bo", "reflection", 5, None, False),
        ("dee", "test-cost", 1, 0.5, False),
    )
    ended = proctor.autograde(course, "--feedback")
    assert ended.status == 0
    scores = {"ada": 99, "bo": 100, "cy": 95, "dee": 91.5}
    assert exported(course) == scores
    found = read_results(course / "results.json")
    assert {s: found[s]["score"] for s in scores} == scores
    assert ended.lines == {s: f"{score:g}/100" for s, score in scores.items()}
    assert {s: row[0] for s, row in table(ended).items()} == ended.lines
    by_hand = "reflection of 2 students, cost of 1 student"
    assert f"Points by hand: {by_hand}\n" in ended.output
    assert "Extra credit: dee 0.5 for cost\n" in ended.output
    assert "0.5 of the points are extra credit" in page(course, "dee")
    for student, score in scores.items():
        assert f"{score:g} / 100 points" in page(course, student)
        waits = student in ("cy", "dee")
        assert (STILL in page(course, student)) is waits
        assert found[student]["needs_manual_grade"] is waits
    assert "A person still grades: reflection of 2 students\n" in ended.output
    said = "a person gave these points"
    assert reflection(found["ada"]) == (4, "partial", said)
    assert reflection(found["bo"]) == (5, "passed", said)
    assert re.search(rf" ada +reflection +1 +{said}", ended.output)
    # What is kept for the next run is what the machine found.
    path = course / "autograded/ada" / NAME / "spatial.ipynb"
    kept = json.loads(path.read_text())["metadata"]["proctor"]["submission"]
    assert (kept["score"], kept["needs_manual_grade"]) == (95, True)


def test_what_was_rewritten_asks_to_be_looked_at_again(proctor, course):
    give(course, ("ada", "reflection", 4, None, False))
    path = course / "submitted/ada" / NAME / "spatial.ipynb"
    notebook = json.loads(path.read_text())
    (cell,) = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "reflection"
    ]
    cell["source"] = "Something else."
    path.write_text(json.dumps(notebook))
    ended = proctor.autograde(course, "--feedback", "--student", "ada")
    found = read_results(course / "results.json")["ada"]
    again = "a person gave these points, and has to look at it again"
    assert reflection(found) == (4, "partial", again)
    assert (found["score"], found["needs_manual_grade"]) == (99, True)
    assert "A person still grades: reflection of 1 student\n" in ended.output
    assert STILL in page(course, "ada")
    assert "99 / 100 points" in page(course, "ada")


def test_nbgraders_page_agrees(course):
    give(course, ("ada", "reflection", 4, None, False))
    done = run(
        "nbgrader", "generate_feedback", NAME, "--student", "ada", "--force", cwd=course
    )
    assert done.returncode == 0, done.stderr
    assert "09_spatial 99 / 100 points" in page(course, "ada")
    assert STILL not in page(course, "ada")
