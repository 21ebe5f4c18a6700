"""What is handed in late: dates, points by hand, and all that says what counts."""

import json
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest

from proctor.sandbox.levels import best_level
from proctor.tests import tiny
from proctor.tests.commands import exported, run
from proctor.tests.pages import Page
from proctor.tests.tiny import FILE, NAME

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="keeps proctor warm by Linux's processes"
)
# A tenth of the points is lost with each day that begins, as a course's own rule.
CONFIG = f"""
import math
from nbgrader.plugins import LateSubmissionPlugin

class Tenths(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 10 * math.ceil(total_seconds_late / 86400)

c.Sandbox.level = "{best_level()}"
c.AssignLatePenalties.plugin_class = Tenths
import sys
if "nbgrader" in sys.modules:
    import proctor.nbgrader_hooks
    proctor.nbgrader_hooks.install(c)
"""
DUE = "2026-03-01 12:00:00"
ESSAY = "Twice is one more than once."


def essay(text):
    cell = tiny.cell(text, "essay", grade=True, solution=True, points=5.0)
    code = {"cell_type", "outputs", "execution_count"}
    prose = {key: value for key, value in cell.items() if key not in code}
    return {"cell_type": "markdown", **prose}


def cells_with(text, texts=tiny.SOLUTIONS):
    return [*tiny.cells_of(texts), essay(text)]


@pytest.fixture
def proctor(warm_proctor):
    return warm_proctor


def entered_course(folder, **options):
    """Make a course in the gradebook, with a task that a person grades."""
    course = tiny.course(folder, **options)
    tiny.write(course / "source" / NAME / FILE, cells_with("Write here."))
    released = tiny.hidden(cells_with("Write here.", tiny.STUBS))
    tiny.write(course / "release" / NAME / FILE, released)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(CONFIG)
    done = run("nbgrader", "generate_assignment", NAME, "--force", cwd=course)
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """Such a course; nobody is graded."""
    return entered_course(tmp_path_factory.mktemp("late"), bugs=[])


@pytest.fixture
def course(entered, tmp_path):
    return shutil.copytree(entered, tmp_path / "course")


def hand_in(course, student, day="", text=ESSAY, double="2 * x"):
    """Hand in a notebook of a day in March; without one, it does not say when."""
    right = tiny.SOLUTIONS["double"]
    texts = {"double": right.replace("return 2 * x", f"return {double}")}
    cells = tiny.hidden(cells_with(text, tiny.SOLUTIONS | texts))
    folder = course / "submitted" / student / NAME
    tiny.write(folder / FILE, cells)
    (folder / "timestamp.txt").unlink(missing_ok=True)
    if day:
        (folder / "timestamp.txt").write_text(f"2026-03-{day} 11:00:00 UTC")


def change(course, *statements):
    """Change the gradebook, as nbgrader's own interfaces do."""
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        for statement in statements:
            assert database.execute(statement).rowcount, statement
        database.commit()


def grade_of(student, cell):
    return f"""(select grade.id from grade
        join base_cell on base_cell.id = grade.cell_id
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
        where student_id = '{student}' and base_cell.name = '{cell}')"""


def by_hand(student, cell, points, extra="null"):
    return (
        f"update grade set manual_score = {points}, extra_credit = {extra}, "
        f"needs_manual_grade = 0 where id = {grade_of(student, cell)}"
    )


def due(day):
    when = f"'2026-03-{day} 12:00:00.000000'" if day else "null"
    return f"update assignment set duedate = {when}"


def extension(student, days):
    span = f"'1970-01-{days + 1:02} 00:00:00.000000'" if days else "null"
    return (
        f"update submitted_assignment set extension = {span} "
        f"where student_id = '{student}'"
    )


def page_of(course, student):
    return Page((course / "feedback" / student / NAME / "tiny.html").read_text()).text


def graded(proctor, course, *options):
    """Grade; return score and penalty of each student, where all reports agree."""
    told = ("--feedback", "--results", "results.json", "--seed", "3", *options)
    ended = proctor.run(course, "autograde", NAME, *told)
    assert ended.status == 0, ended.output
    document = json.loads((course / "results.json").read_text())
    found = {s["student"]: s for s in document["submissions"]}
    scores = {s: (one["score"], one["late_penalty"]) for s, one in found.items()}
    for student, row in exported(course).items():
        csv_says = float(row["score"]), float(row["late_submission_penalty"])
        assert csv_says == pytest.approx(scores[student])
        score = f"{scores[student][0]:g}"
        assert f"{score} / 12 points" in page_of(course, student)
        assert ended.lines[student] == f"{score}/12"
        taken = f"It was handed in late: {scores[student][1]:g} points are taken off."
        assert (taken in page_of(course, student)) is (scores[student][1] > 0)
    return scores


def times(course):
    return {p: p.stat().st_mtime_ns for p in (course / "autograded").rglob(FILE)}


@pytest.mark.slow
def test_penalties_follow_dates_extensions_and_points(proctor, course):
    for student, day in (("late", "02"), ("later", "02"), ("good", "01")):
        hand_in(course, student, day)
    assert graded(proctor, course) == {"good": (7, 0), "late": (7, 0), "later": (7, 0)}
    first = times(course)

    change(course, due("01"))
    one = (6.3, 0.7)
    assert graded(proctor, course) == {"good": (7, 0), "late": one, "later": one}

    # The score that it is a part of is another one.
    given = [by_hand(student, "essay", 3) for student in ("late", "later", "good")]
    change(course, *given)
    assert exported(course)["late"]["score"] == "9.0"
    assert graded(proctor, course) == {"good": (10, 0), "late": (9, 1), "later": (9, 1)}

    change(course, extension("late", 1), by_hand("later", "essay", 3, 2))
    assert graded(proctor, course) == {
        "good": (10, 0),
        "late": (10, 0),
        "later": (10.8, 1.2),
    }
    change(course, extension("late", 0), due(""))
    assert graded(proctor, course) == {
        "good": (10, 0),
        "late": (10, 0),
        "later": (12, 0),
    }
    # For none of this was a notebook graded again.
    assert times(course) == first

    # Longer than no date at all.
    change(course, extension("late", 1))
    ended = proctor.run(course, "export", "csv")
    assert ended.status == 0, ended.output


def needs_a_person(course, student):
    query = f"""select base_cell.name from grade
        join base_cell on base_cell.id = grade.cell_id
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
        where student_id = '{student}' and grade.needs_manual_grade"""
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        return {name for (name,) in database.execute(query)}


@pytest.mark.slow
def test_what_changed_alone_is_to_be_looked_at_again(proctor, course):
    students = ("same", "rewritten", "worse", "undated")
    for student in students:
        hand_in(course, student, "02")
    change(course, due("01"))
    assert proctor.run(course, "autograde", NAME).status == 0
    assert all(needs_a_person(course, student) == {"essay"} for student in students)
    for student in students:
        given = by_hand(student, "essay", 3), by_hand(student, "test-double", 2)
        change(course, *given)
    hand_in(course, "rewritten", "02", text="Twice is as much again.")
    # Another answer, for as many points; and one that a machine finds worse.
    hand_in(course, "same", "02", double="x + x")
    hand_in(course, "worse", "02", double="3 * x")
    hand_in(course, "undated")
    scores = graded(proctor, course, "--force")
    assert {s: needs_a_person(course, s) for s in students} == {
        "same": {"test-double"},
        "rewritten": {"essay"},
        "worse": {"test-double"},
        "undated": set(),
    }
    late = pytest.approx((7.2, 0.8))
    assert scores == dict.fromkeys(students, late) | {"undated": (8, 0)}
    # Who has looked is not asked again, and who has not is.
    change(course, by_hand("worse", "test-double", 1))
    two = ("--student", "worse", "--student", "same")
    assert proctor.run(course, "autograde", NAME, "--force", *two).status == 0
    assert needs_a_person(course, "worse") == set()
    assert needs_a_person(course, "same") == {"test-double"}
