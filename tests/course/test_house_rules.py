"""What a test cell may do: each breach of a house rule is one line."""

import nbformat
import pytest
from conftest import ROOT

from course.cells import Regions, read_regions
from course.lint import testcells
from course.project import Project
from course.truth import read_truth

# Test cells of 5 points that break a house rule.  `f` is the student's; the solution
# cell of `e` comes before its own, that of `later` after the test.  `R` opens the
# hidden region and the rubric; what follows it begins at line 5.
R = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric
rubric = Rubric(points=5)
x = np.arange(6.0)
"""
CHECK = """\
@rubric.check("doubles", points=5)
def _():
    rubric.close(f(x), 2 * x)
"""
END = "rubric.score()\n### END HIDDEN TESTS\n"
COMES_FROM = "comes from student code and is what"
VERDICT = "is a verdict of student code: compare numbers instead"
TRUSTS = "trusts a bool or a text of student code: compare numbers"
BARE = "which nbgrader takes for the points: use a Rubric"
JUDGES = "a test does not judge warnings or stderr"
RULES = {
    "expected is the student's": (
        R + CHECK + "rubric.close(x, f(x))\n" + END,
        (8, f"'f(x)' {COMES_FROM} rubric.close expects"),
    ),
    "expected by keyword": (
        R + CHECK + "rubric.close(x, expected=f(x) + 1)\n" + END,
        (8, f"'f(x) + 1' {COMES_FROM} rubric.close expects"),
    ),
    "expected through an assignment": (
        R + CHECK + "wanted, n = f(x), 3\nrubric.close(x, wanted)\n" + END,
        (9, f"'wanted' {COMES_FROM} rubric.close expects"),
    ),
    "a count from a student's shape": (
        R + CHECK + "n = f(x).shape[0]\nrubric.close(x, np.ones(n))\n" + END,
        (9, f"'np.ones(n)' {COMES_FROM} rubric.close expects"),
    ),
    "expected through a loop": (
        R + CHECK + "for y in [f(x), x]:\n    rubric.close(x, y)\n" + END,
        (9, f"'y' {COMES_FROM} rubric.close expects"),
    ),
    "expected through a function's parameter": (
        R + CHECK + "def same(a, b):\n    rubric.close(a, b)\nsame(x, f(x))\n" + END,
        (9, f"'b' {COMES_FROM} rubric.close expects"),
    ),
    "expected through a function's result": (
        R + CHECK + "def g(a):\n    return f(a)\nrubric.close(x, g(x))\n" + END,
        (10, f"'g(x)' {COMES_FROM} rubric.close expects"),
    ),
    "expected is shared": (
        R + CHECK + "y = rubric.share(x)\nrubric.close(x, y)\n" + END,
        (9, f"'y' {COMES_FROM} rubric.close expects"),
    ),
    "a whole number of the student's": (
        R + CHECK + "rubric.whole_number(3, f(3))\n" + END,
        (8, f"'f(3)' {COMES_FROM} rubric.whole_number expects"),
    ),
    "allclose": (
        "y = f(2)\nassert np.allclose([4], y)\n",
        (2, f"'y' {COMES_FROM} np.allclose expects"),
    ),
    "array_equal": (
        "assert np.array_equal([4], f(2))\n",
        (1, f"'f(2)' {COMES_FROM} np.array_equal expects"),
    ),
    "testing": (
        "np.testing.assert_allclose([4], desired=f(2))\n",
        (1, f"'f(2)' {COMES_FROM} np.testing.assert_allclose expects"),
    ),
    "a number at the end": ("assert f(2) == 4\n0.5\n", (2, f"'0.5', {BARE}")),
    "a sum at the end": ("a = 1\na + 2 * a\n", (2, f"'a + 2 * a', {BARE}")),
    "a variable at the end": ("points = 3\npoints\n", (2, f"'points', {BARE}")),
    "sum() at the end": ("sum([1, 2])\n", (1, f"'sum([1, 2])', {BARE}")),
    "a rubric without its end": (
        R + CHECK + "### END HIDDEN TESTS\n",
        (6, "a cell with a rubric ends with rubric.score(), this one does not"),
    ),
    "half a score": (
        R + CHECK + "rubric.score() / 2\n### END HIDDEN TESTS\n",
        (8, "a cell with a rubric ends with rubric.score(), this one does not"),
    ),
    "a student's bool": ("assert f(2), 'wrong'\n", (1, f"'f(2)' {VERDICT}")),
    "not a student's bool": ("assert not f(2)\n", (1, f"'f(2)' {VERDICT}")),
    "one of two": ("assert 1 + 1 == 2 and f(2)\n", (1, f"'f(2)' {VERDICT}")),
    "a student's flag": ("y = f(2)\nassert y.done\n", (2, f"'y.done' {VERDICT}")),
    "a student's method": ("y = f(2)\nassert y.ok()\n", (2, f"'y.ok()' {VERDICT}")),
    "all of a student's": (
        "assert all(f(n) for n in range(3))\n",
        (1, f"'f(n)' {VERDICT}"),
    ),
    "through the test's own function": (
        "def right(n):\n    return f(n)\nassert right(2)\n",
        (3, f"'f(n)' {VERDICT}"),
    ),
    "if and raise": (
        "if not f(2):\n    raise AssertionError('wrong')\n",
        (1, f"'f(2)' {VERDICT}"),
    ),
    "is True": ("assert f(2) is True\n", (1, f"'f(2) is True' {TRUSTS}")),
    "== True": ("assert f(2) == True\n", (1, f"'f(2) == True' {TRUSTS}")),
    "== text": ('assert f(2) == "4"\n', (1, f"\"f(2) == '4'\" {TRUSTS}")),
    "isinstance": (
        "assert isinstance(f(2), int)\n",
        (1, f"'isinstance(f(2), int)' {VERDICT}"),
    ),
    "identity": (
        "y = f(2)\nassert any(p is y for p in f(3))\n",
        (2, "'p is y': 'is' says nothing about the objects of student code"),
    ),
    "looks into an exception, hidden": (
        R + CHECK + "try:\n    f(-1)\nexcept ValueError as error:\n"
        "    assert '3' in str(error)\n" + END,
        (11, "looks into an exception: use rubric.raises(..., naming=...)"),
    ),
    "a message with values": (
        R + CHECK + "assert len(x) == 6, f'{x}'\n" + END,
        (8, "a hidden test's message is one plain string: values may be hidden"),
    ),
    "a message put together": (
        R + CHECK + "assert len(x) == 6, 'wrong: ' + str(x)\n" + END,
        (8, "a hidden test's message is one plain string: values may be hidden"),
    ),
    "a message with %": (
        R + CHECK + "if len(x) != 6:\n    raise AssertionError('%s' % x)\n" + END,
        (9, "a hidden test's message is one plain string: values may be hidden"),
    ),
    "a check's name with values": (
        R + CHECK.replace('"doubles"', 'f"{x}"') + END,
        (5, "a check's name is one plain string: values may be hidden"),
    ),
    "warnings": ("import warnings\n", (1, JUDGES)),
    "stderr": ("import sys\nassert sys.stderr\n", (2, JUDGES)),
    "redirected stderr": ("from contextlib import redirect_stderr\n", (1, JUDGES)),
    "a hidden test prints": (
        R + CHECK + "print(x)\nrubric.close(f(x), x)\n" + END,
        (8, "a hidden test does not print: students read the output, and values may"),
    ),
    "a stand-in for what comes later": (
        R + "def g(n):\n    return n\nrubric.stand_in(later=g)\n" + CHECK + END,
        (7, "'later' has a stand-in and no solution cell before this one"),
    ),
    "a stand-in in its own test": (
        R + "def g(n):\n    return n\nrubric.stand_in(f=g)\n" + CHECK + END,
        (7, "'f' has a stand-in in its own test"),
    ),
    "a stand-in that needs the test": (
        R + "def g(n):\n    return n * len(x)\nrubric.stand_in(e=g)\n" + CHECK + END,
        (5, "the stand-in 'g' uses 'x': on the student's side there is only np"),
    ),
    "checks that do not add up": (
        R + CHECK.replace("points=5", "points=4.5") + END,
        (3, "the checks add up to 4.5 points and the cell has 5"),
    ),
    "a rubric of other points": (
        R.replace("points=5", "points=6") + CHECK + END,
        (3, "the rubric has 6 points and the cell 5"),
    ),
    "hidden tests that need the visible part": (
        "n = 2\nassert f(n) == 4\n" + R + CHECK.replace("2 * x", "n * x") + END,
        (9, "hidden tests use 'n' of the visible part, which may have failed"),
    ),
    "not Python": ("assert f(2) = 4\n", (1, "is not Python: ")),
}
SOUND = {
    "a rubric": R + CHECK + END,
    "the student's values first": "y = f(2)\nassert np.allclose(y, [4]), 'wrong'\n",
    "None and shapes": "y = f(2)\nassert y.grad is None and y.shape == (2, 3)\n",
    "a comparison, all of it": "assert (f(2) > 0).all()\n",
    "looks into an exception, visible": "try:\n    f(-1)\nexcept ValueError as e:\n"
    "    assert '-1' in str(e), f'{e} does not name it'\n",
    "a stand-in for what came before": R
    + "def g(n):\n    return np.ones(n)\nrubric.stand_in(e=g)\n"
    + CHECK
    + END,
    "the test's own part of a pair": R
    + "def pair(a):\n    return f(a), 2 * a\n"
    + CHECK.replace("f(x), 2 * x", "*pair(x)")
    + "got, wanted = pair(x)\nrubric.close(got, wanted)\n"
    + "for one, two in zip([f(1)], [2], strict=True):\n    rubric.close(one, two)\n"
    + END,
}


def problems_of(source):
    def cell(grade_id, text, **metadata):
        metadata = {"nbgrader": {"grade_id": grade_id, **metadata}}
        return nbformat.v4.new_code_cell(text, metadata=metadata)

    return testcells.problems(
        nbformat.v4.new_notebook(
            cells=[
                cell("before", "def e(n):\n    return n", solution=True),
                cell("task", "def f(n):\n    return 2 * n", solution=True),
                cell("test-task", source, grade=True, points=5),
                cell("after", "def later(n):\n    return n", solution=True),
            ]
        ),
        Regions(),
    )


@pytest.mark.parametrize("rule", RULES)
def test_a_test_cell_that_breaks_a_house_rule(rule):
    source, (line, text) = RULES[rule]
    found = problems_of(source)
    assert len(found) == 1, found
    assert found[0].startswith(f"cell 'test-task', line {line}: ")
    assert text in found[0]


@pytest.mark.parametrize("case", SOUND)
def test_a_sound_test_cell(case):
    assert problems_of(SOUND[case]) == []


def test_the_truths_are_sound():
    project = Project(ROOT)
    regions = read_regions(project)
    for truth in project.truths():
        assert testcells.problems(read_truth(truth, regions), regions) == []


@pytest.mark.parametrize("mark", ["###BEGIN HIDDEN TESTS", "#- BEGIN HIDDEN TESTS:"])
def test_the_rules_hold_however_the_mark_is_written(mark):
    source, (line, text) = RULES["a hidden test prints"]
    (found,) = problems_of(source.replace("### BEGIN HIDDEN TESTS", mark))
    assert found.startswith(f"cell 'test-task', line {line}: {text}")
