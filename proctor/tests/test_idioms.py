"""Test cells as courses write them: the points are those of nbgrader's one kernel."""

import json
import sqlite3

import pytest

from proctor.tests import one_kernel
from proctor.tests.commands import run
from proctor.tests.grading import grade, grader_of, hand_in, write_course
from proctor.tests.idioms import IDIOMS, STUB

_AT_ONCE = 12
GROUPS = {
    f"n{start // _AT_ONCE}": IDIOMS[start : start + _AT_ONCE]
    for start in range(0, len(IDIOMS), _AT_ONCE)
}
FILES = {name: text for idiom in IDIOMS for name, text in idiom.files.items()}
# Where apart there are other points than in one kernel, and why.
OTHERWISE = {
    "argument-left-alone-1": "an argument goes as data: what is done to it stays there",
}


def notebooks(which, hide=True, groups=GROUPS):
    return {
        name: [cell for one in group for cell in one.cells(which(one), hide)]
        for name, group in groups.items()
    }


def solved(idiom):
    return f"### BEGIN SOLUTION\n{idiom.right}\n### END SOLUTION"


ANSWERS = {"right": lambda one: one.right, "wrong": lambda one: one.wrong}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = write_course(
        tmp_path_factory.mktemp("idioms"),
        notebooks(solved, hide=False),
        notebooks(lambda one: STUB),
        FILES,
    )
    for student, answer in ANSWERS.items():
        hand_in(folder, student, notebooks(answer))
    return folder


@pytest.fixture(scope="module")
def in_one_kernel():
    """Return what each cell earns as nbgrader grades it, by student."""
    asked = [
        (cells, FILES)
        for answer in ANSWERS.values()
        for cells in notebooks(answer, hide=False).values()
    ]
    found = one_kernel.grade_all(asked)
    half = len(GROUPS)
    return {
        student: dict(pair for one in some for pair in one.items())
        for student, some in (("right", found[:half]), ("wrong", found[half:]))
    }


@pytest.fixture(scope="module")
def graded(course):
    with grader_of(course) as grader:
        found = {student: grade(grader, course, student) for student in ANSWERS}
        return {one.name: one for one in grader.settled}, found


@pytest.mark.slow
def test_right_answers_have_the_points_of_one_kernel(graded, in_one_kernel):
    submission = graded[1]["right"].submission
    assert {c.grade_id: c.score for c in submission.cells} == in_one_kernel["right"]
    # The material is what it says it is.
    assert submission.score == submission.max_score


@pytest.mark.slow
def test_wrong_answers_have_the_points_of_one_kernel(graded, in_one_kernel):
    """Or a person has to look, and is told at which."""
    submission = graded[1]["wrong"].submission
    wanted = in_one_kernel["wrong"]
    other = {
        c.grade_id: (c.score, wanted[c.grade_id])
        for c in submission.cells
        if c.score != wanted[c.grade_id] and c.grade_id not in OTHERWISE
    }
    assert not other
    assert {name for name in OTHERWISE if wanted[name] == 0} == set(OTHERWISE)
    for idiom in IDIOMS:
        assert any(wanted[name] < idiom.points for name in idiom.tested()), idiom.name


@pytest.mark.slow
def test_what_needs_the_one_kernel_runs_there_and_nothing_else(graded):
    settled, found = graded
    together = {one.name for one in settled.values() if one.together}
    marked = {c.grade_id for c in found["wrong"].submission.cells if c.together}
    assert marked == together
    for name in (
        "name-of-an-earlier-test-2",
        "global-set-by-the-test-1",
        "helper-module-1",
        "in-dir-1",
        "function-handed-over-1",
        "patched-input-1",
        "await-1",
    ):
        assert name in together
    for name in ("plain-number-1", "plain-list-1", "numpy-testing-1", "truth-1"):
        assert name not in together


@pytest.mark.slow
def test_the_cheap_kernel_gives_what_nbgrader_gives(tmp_path, in_one_kernel):
    """Some of the idioms, by the command itself."""
    group = {"n": GROUPS["n1"]}
    folder = write_course(
        tmp_path,
        notebooks(solved, hide=False, groups=group),
        {},
        {name: text for one in group["n"] for name, text in one.files.items()},
    )
    hand_in(folder, "wrong", notebooks(ANSWERS["wrong"], groups=group))
    for command in ("generate_assignment", "autograde"):
        done = run("nbgrader", command, "ps", "--create", cwd=folder)
        assert done.returncode == 0, done.stderr
    with sqlite3.connect(folder / "gradebook.db") as database:
        rows = database.execute(
            "select base_cell.name, grade.auto_score from grade "
            "join base_cell on base_cell.id = grade.cell_id"
        ).fetchall()
    wanted = in_one_kernel["wrong"]
    assert dict(rows) == {n: wanted[n] for one in group["n"] for n in one.tested()}


def test_a_course_tells_what_it_found(course, graded):
    """It is kept, and holds as long as nothing changes that decides it."""
    (kept,) = (course / ".proctor").glob("*.json")
    tests = json.loads(kept.read_text())["tests"]
    known = {one["name"]: one["together"] for one in tests}
    assert known == {one.name: one.together for one in graded[0].values()}
