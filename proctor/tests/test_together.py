"""Tests that run together with the student's code: what they give, and what they keep.

A course with two tests: one is examined apart; the other needs what its cell's first
test left, and runs together.
"""

import io
import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
from rich.console import Console

from proctor.bank.reference import Reference
from proctor.cli import main
from proctor.commands.table import print_run
from proctor.errors import GradingError
from proctor.feedback import render_page
from proctor.grade.both_ways import together
from proctor.grade.settle import settle
from proctor.grade.task import Task
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.commands import run
from proctor.tests.grading import grade, grader_of, hand_in, write_course
from proctor.tests.tiny import cell

RIGHT = "def area(r):\n    return 3 * r * r"
STUB = "raise NotImplementedError()"
APART = """\
assert area(1) == 3
### BEGIN HIDDEN TESTS
assert area(1234) == 3 * 1234 * 1234, "a large circle"
### END HIDDEN TESTS"""
HELPER = """\
def looks_right(r):
    assert area(r) == 3 * r * r, "not this area"
looks_right(2)"""
TOGETHER = """\
### BEGIN HIDDEN TESTS
looks_right(56789)
assert "a hidden word", "the words of an assert"
### END HIDDEN TESTS"""
POINTS = {"grade": True, "locked": True, "points": 2}


# Who replaces it in a cell of their own replaces nothing that the test calls.
GIVEN = "from numpy.testing import assert_equal"
CALLS = "assert_equal(area(2), 12)"


def cells(answer, hide=True, more=""):
    tests = {"apart": APART, "helper": HELPER, "together": TOGETHER, "calls": CALLS}
    found = [cell(GIVEN), cell(answer, "area", solution=True)]
    for name, text in tests.items():
        shown = text.split("### BEGIN")[0].rstrip() if hide else text
        found.append(cell(shown, name, **POINTS))
    return [*found, *([cell(more)] if more else [])]


def solved(right=RIGHT):
    return f"### BEGIN SOLUTION\n{right}\n### END SOLUTION"


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = {"n": cells(solved(), hide=False)}
    return write_course(tmp_path, source, {"n": cells(STUB)})


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Return a course that no test changes, and its grader."""
    folder = tmp_path_factory.mktemp("shared")
    source = {"n": cells(solved(), hide=False)}
    write_course(folder, source, {"n": cells(STUB)})
    with grader_of(folder) as grader:
        yield folder, grader


def graded(shared, answer, more=""):
    """Return the cells of a submission by name, and all that is kept of its run."""
    course, grader = shared
    hand_in(course, "ada", {"n": cells(answer, more=more)})
    found = grade(grader, course, "ada")
    shown = [c.get("outputs") for c in found.notebooks["n"]["cells"]]
    kept = json.dumps([shown, found.submission.as_dict()])
    return {c.grade_id: c for c in found.submission.cells}, kept


def points(scores):
    return {name: cell.score for name, cell in scores.items()}


@pytest.mark.slow
def test_a_test_that_needs_another_runs_in_one_process_with_it(shared):
    scores, _ = graded(shared, RIGHT)
    assert points(scores) == {"apart": 2, "helper": 2, "together": 2, "calls": 2}
    assert [n for n, c in scores.items() if c.together] == ["together"]
    scores, _ = graded(shared, RIGHT.replace("3 *", "4 *"))
    assert points(scores) == {"apart": 0, "helper": 0, "together": 0, "calls": 0}
    assert scores["together"].message == "a check failed"


CHEATS = """\
import builtins, sys
def assert_equal(one, other):
    pass
print("a cell of the student's")
class Always(float):
    def __eq__(self, other):
        return True
def area(r):
    frame = sys._getframe(1)
    while frame:
        builtins.seen = getattr(builtins, "seen", "") + repr(frame.f_locals)
        frame = frame.f_back
    if r == 56789:
        raise ValueError(f"the hidden number is {r}")
    return Always()"""


def test_of_a_tests_texts_only_what_its_asserts_say_is_shown(shared):
    asserts = "    assert r != 56789, {!r}\n"
    lines = RIGHT.split("\n")
    for said, shown in (("the words of an assert", True), ("a hidden word", False)):
        answer = f"{lines[0]}\n{asserts.format(said)}{lines[1]}"
        scores, kept = graded(shared, answer)
        assert scores["together"].message.startswith(
            said if shown else "a check failed"
        )
        assert "a hidden word" not in kept


def test_who_forges_gains_what_runs_together_alone_and_learns_nothing(shared):
    """What is hidden is seen there, and not kept: nor what a later cell shows of it."""
    more = "print('seen:', getattr(builtins, 'seen', 'nothing'))"
    scores, kept = graded(shared, CHEATS, more)
    assert scores["apart"].score == 0
    assert "56789" not in kept and "looks_right(5" not in kept
    # The author's own words, where the test said them.
    assert scores["together"].message == "raised ValueError"
    assert "seen: nothing" in kept
    honest = CHEATS.replace('raise ValueError(f"the hidden number is {r}")', "pass")
    scores, _ = graded(shared, honest)
    assert scores["together"].score == 2 and scores["together"].together
    assert scores["apart"].score == 0 and not scores["apart"].together
    assert scores["calls"].score == 0


@pytest.mark.slow
def test_apart_only_leaves_to_a_person_what_cannot_be_judged(course):
    with (course / "nbgrader_config.py").open("a") as file:
        file.write('c.Proctor.apart = "only"\n')
    with grader_of(course) as grader:
        scores, kept = graded((course, grader), RIGHT)
    assert not (course / ".proctor").exists()
    assert points(scores) == {"apart": 2, "helper": 2, "together": 0, "calls": 2}
    why = "it uses 'looks_right', which the test cell helper defines"
    assert why in scores["together"].message
    assert json.loads(kept)[1]["status"] == "needs_attention"


def test_lint_says_why_and_how_to_change_it_from_what_is_known(
    shared, monkeypatch, capsys
):
    folder, _ = shared
    monkeypatch.chdir(folder)
    file = folder / ".proctor" / "ps.json"
    when = file.stat().st_mtime_ns
    assert main(["lint", "ps"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("ps: 4 tests: 3 examined apart, 1 together with")
    assert "it uses `looks_right` of the test cell helper" in said
    assert "define `looks_right` in this cell too" in said
    assert file.stat().st_mtime_ns == when


@pytest.mark.slow
def test_lint_looks_again_when_a_test_is_changed(shared, course, capsys):
    shutil.copytree(shared[0] / ".proctor", course / ".proctor")
    changed = cells(solved(), hide=False)
    changed[-2]["source"] = changed[-2]["source"].replace(
        "looks_right(", "assert area(1) < area("
    )
    write_course(course, {"n": changed}, {"n": cells(STUB)})
    assert main(["lint", "ps"]) == 0
    said = capsys.readouterr().out
    assert said == "ps: 4 tests, each is examined apart from the student's code\n"


@pytest.mark.slow
def test_what_the_authors_own_solution_does_not_pass_is_no_silent_zero(course, capsys):
    """As where it needs the network, or a package that is not there."""
    far = cell("import nowhere\nassert area(1) == 3", "far", **POINTS)
    for stage, answer in (("source", solved()), ("release", STUB)):
        task = cell(answer, "area", solution=True)
        tiny.write(course / stage / "ps" / "n.ipynb", [task, far])
    with grader_of(course) as grader:
        done, kept = graded((course, grader), RIGHT)
        empty, _ = graded((course, grader), STUB)
    assert points(done) == points(empty) == {"far": 0}
    why = "the author's own solution does not pass this test here (ModuleNotFoundError"
    assert done["far"].message.startswith(why)
    assert json.loads(kept)[1]["status"] == "needs_attention"
    assert main(["lint", "ps"]) == 0
    said = capsys.readouterr().out
    assert "far: the reference has 0 of 2 points, in one kernel too: raised Mod" in said


def test_without_its_notebooks_what_is_known_holds_for_the_same_tests(shared):
    folder, grader = shared
    course = Course.read(folder)
    task = Task(grader.assignment, Reference("ps", folder))
    wanted = together(grader.assignment, set())
    later = SimpleNamespace(assignment=wanted)
    assert settle(later, course, task) == grader.settled
    assert later.assignment == grader.assignment
    (notebook,) = grader.assignment.notebooks
    changed = [replace(c, source=f"{c.source}\n1 + 1") for c in notebook.cells]
    notebooks = [replace(notebook, cells=changed)]
    task = Task(replace(grader.assignment, notebooks=notebooks), task.reference)
    with pytest.raises(GradingError, match="nothing is known of the tests of ps"):
        settle(later, course, task)


def test_the_page_and_the_table_say_what_ran_together(shared):
    course, grader = shared
    hand_in(course, "ada", {"n": cells(RIGHT)})
    found = grade(grader, course, "ada")
    page = render_page(found.notebooks["n"], grader.record(found.submission, ""))
    # In the list of tasks, and at the cell.
    assert page.count("The test ran together with the notebook") == 2
    console = Console(width=200, record=True, file=io.StringIO())
    print_run(grader.run([found.submission]), console, Course.read(course).marks)
    said = "ran the tests of together: such points can be forged (see proctor lint ps)"
    assert said in console.export_text()


@pytest.mark.slow
def test_nbgraders_own_command_grades_so(tmp_path):
    config = "import proctor.nbgrader\nproctor.nbgrader.install(c)\n"
    config += 'c.Sandbox.level = ["namespace", "landlock", "uid"]\n'
    config += "c.LimitOutput.max_lines = 3\nc.Sandbox.memry_mb = 1\n"
    source = {"n": cells(solved(), hide=False)}
    write_course(tmp_path, source, {}, {"data.txt": "1"}, config)
    hand_in(tmp_path, "ada", {"n": cells(RIGHT)})
    time = tmp_path / "submitted" / "ada" / "ps" / "timestamp.txt"
    time.write_text("2026-01-31 12:00:00 UTC")
    for command in ("generate_assignment", "autograde"):
        done = run("nbgrader", command, "ps", "--force", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "ada: 8/8 points" in done.stderr
    assert "unused: c.LimitOutput.max_lines" in done.stderr
    misspelt = "c.Sandbox.memry_mb is no setting, and unused: did you mean "
    assert done.stderr.count(f"{misspelt}c.Sandbox.memory_mb?\n") == 1
    assert "not recognized" not in done.stderr
    assert "1 test of ps cannot be examined apart" in done.stderr
    graded = tmp_path / "autograded" / "ada" / "ps"
    assert (graded / "timestamp.txt").read_text() == time.read_text()
    assert (graded / "data.txt").read_text() == "1"
    record = json.loads((graded / "n.ipynb").read_text())["metadata"]["proctor"]
    found = {c["grade_id"]: c for c in record["submission"]["cells"]}
    assert [name for name, c in found.items() if c.get("together")] == ["together"]
    done = run("proctor", "autograde", "ps", cwd=tmp_path)
    unused = "proctor: of nbgrader's own steps, and unused: c.LimitOutput.max_lines\n"
    told = f"proctor: {misspelt}c.Sandbox.memory_mb?\n{unused}"
    assert (done.returncode, done.stderr[: len(told)]) == (0, told)
    assert "not recognized" not in done.stderr
