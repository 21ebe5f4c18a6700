"""What an author can get wrong: each is one clear line, and exit status 2."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, run
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import Config

from course.cells import Region, Regions, read_regions
from course.cli import main
from course.lint import testcells
from course.lint.sound import require_sound
from course.project import CourseError, Project
from course.truth import build_source, read_truth

TRUTH = Path("notebooks/09_spatial/spatial.py")
HIDDEN = TRUTH.parent / "hidden_tests"


def edit(checkout, old, new, file=TRUTH):
    path = checkout / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def without_region(checkout):
    truth = checkout / TRUTH
    lines = truth.read_text().splitlines(keepends=True)
    begin = next(i for i, line in enumerate(lines) if "BEGIN SOLUTION" in line)
    end = next(i for i, line in enumerate(lines) if "END SOLUTION" in line)
    del lines[end], lines[begin]
    truth.write_text("".join(lines))


def unclosed_region(checkout):
    edit(checkout, "    ### END SOLUTION\n", "")


def nested_region(checkout):
    begin = "    ### BEGIN SOLUTION\n"
    edit(checkout, begin, 2 * begin)


def end_without_a_region(checkout):
    edit(checkout, "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n")


def hidden_tests_begun_twice(checkout):
    with (checkout / HIDDEN / "test-conv2d-layer.py").open("a") as hidden:
        hidden.write("#BEGIN HIDDEN TESTS\n")


def duplicate_id(checkout):
    edit(checkout, '"grade_id": "conv2d-layer"', '"grade_id": "output-size"')


def wrong_points(checkout):
    edit(checkout, '"points": 20', '"points": 25')


def no_points_declared(checkout):
    edit(checkout, "#   course:\n#     points: 100\n", "")


def orphaned_test(checkout):
    edit(checkout, '"grade_id": "test-conv2d-layer"', '"grade_id": "test-conv2d"')
    hidden = checkout / HIDDEN
    (hidden / "test-conv2d-layer.py").rename(hidden / "test-conv2d.py")


def hidden_test_in_a_plain_cell(checkout):
    last = "from tinytorch.core.tensor import Tensor\n"
    edit(checkout, last, f"{last}### BEGIN HIDDEN TESTS\nassert 1\n")


def hidden_tests_of_no_cell(checkout):
    (checkout / HIDDEN / "test-conv3d.py").write_text("assert 1\n")


def hidden_tests_twice(checkout):
    edit(
        checkout,
        'check = Check("output-size"',
        '### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\ncheck = Check("output-size"',
    )


def no_grade_id(checkout):
    edit(checkout, '"grade_id": "test-conv2d-layer", ', "")
    (checkout / HIDDEN / "test-conv2d-layer.py").unlink()


def points_in_words(checkout):
    edit(checkout, '"points": 20', '"points": "twenty"')


def broken_cell_header(checkout):
    edit(
        checkout, '# %% nbgrader={"grade": false, "grade_id": "conv2d-layer",', "# %% {"
    )


def import_that_grading_skips(checkout):
    drawing = '# %% tags=["skip-grading"]\nfrom tinytorch.pictures'
    edit(checkout, drawing, drawing.replace("from", "import json\nfrom"))


def expected_from_the_student(checkout):
    right, wrong = "wanted = reference_conv2d(x, ", "wanted = conv2d_forward(x, "
    edit(checkout, right, wrong, HIDDEN / "test-conv2d-forward.py")


def checks_that_do_not_add_up(checkout):
    right, wrong = (f'of all are added", points={points})' for points in (1.5, 1))
    edit(checkout, right, wrong, HIDDEN / "test-conv2d-forward.py")


CASES = {
    no_grade_id: "the cell that begins 'from tinytorch.checks import Check, count_up' "
    "has nbgrader metadata without a grade_id: name the cell",
    points_in_words: "cell 'test-conv2d-forward' is worth 'twenty': points must be a "
    "number, 0 or more",
    broken_cell_header: "the cell that begins '#| export' has a SOLUTION region and is "
    "no solution cell: is its nbgrader metadata complete?",
    without_region: "solution cell 'output-size' has no ### BEGIN SOLUTION region: "
    "nbgrader would replace the whole cell; mark what the student writes",
    unclosed_region: "cell 'output-size': BEGIN SOLUTION without END SOLUTION after "
    "it: close each region in its own cell",
    nested_region: "cell 'output-size': BEGIN SOLUTION inside the region that line N "
    "begins: put END SOLUTION before it",
    end_without_a_region: "cell 'output-size': END SOLUTION without BEGIN SOLUTION "
    "before it: begin each region in its own cell",
    hidden_tests_begun_twice: "cell 'test-conv2d-layer': BEGIN HIDDEN TESTS inside the "
    "region that line N begins: put END HIDDEN TESTS before it",
    duplicate_id: "grade_id 'output-size' stands on 2 cells: give each cell its own",
    wrong_points: "the header declares 100 points and the cells add up to 105: correct "
    "the one that is wrong",
    no_points_declared: "the cells are worth 100 points and the header declares none: "
    "put 'course: {points: 100}' under 'jupyter:'",
    orphaned_test: "test cell 'test-conv2d' belongs to no solution cell: name it "
    "'test-' and the solution cell's grade_id",
    import_that_grading_skips: "the cell that begins 'import json' imports json, and "
    "is not run where it is graded: import that in a cell that is, since an answer "
    "below may use it",
    hidden_test_in_a_plain_cell: "a cell without points has a HIDDEN TESTS region: "
    "only a graded cell may have one, or students would read it",
    expected_from_the_student: "cell 'test-conv2d-forward': 'wanted' comes "
    "from student code and is what rubric.close expects: compute it from the test's "
    "arrays",
    checks_that_do_not_add_up: "cell 'test-conv2d-forward': the checks add "
    "up to 19.5 points and the cell has 20",
    hidden_tests_of_no_cell: "spatial.py has no test cell 'test-conv3d' without hidden "
    "tests: name the file after its cell",
    hidden_tests_twice: "spatial.py has no test cell 'test-output-size' without hidden "
    "tests: name the file after its cell",
}
# Where it is not the truth that the line names.
FILES = {
    hidden_tests_of_no_cell: "test-conv3d.py",
    hidden_tests_twice: "test-output-size.py",
}


@pytest.fixture
def folder(tmp_path):
    """As much of a course as its gates read."""
    shutil.copytree(ROOT / TRUTH.parent, tmp_path / TRUTH.parent)
    shutil.copy(ROOT / "settings.ini", tmp_path)
    return tmp_path


def check_said(said, spoil):
    """Check that it is one line; where in its cell is shown below, for other cells."""
    where = f"{HIDDEN}/{FILES[spoil]}: " if spoil in FILES else f"{TRUTH}: "
    said = re.sub(r"that line \d+", "that line N", said)
    lines = [re.sub(r", line \d+:", ":", line) for line in said.splitlines()]
    assert any(f"{where}{CASES[spoil]}" in line for line in lines), said
    assert "Traceback" not in said


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_is_refused_in_one_line(folder, spoil, monkeypatch, capsys):
    spoil(folder)
    before = sorted(folder.rglob("*"))
    monkeypatch.chdir(folder)
    assert main(["build"]) == 2
    check_said(capsys.readouterr().err, spoil)
    assert sorted(folder.rglob("*")) == before, "something was built from it"


# What asks the gates is one for all: these cases show it.
@pytest.mark.parametrize(
    ("command", "spoil"),
    [
        (("course", "build"), orphaned_test),
        (("nbgrader", "generate_assignment", "09_spatial"), without_region),
        (("nbgrader", "generate_assignment", "09_spatial"), wrong_points),
    ],
    ids=["course-build", "nbgrader-without_region", "nbgrader-wrong_points"],
)
def test_the_commands_refuse(checkout, spoil, command):
    spoil(checkout)
    run("git", "add", "--all", cwd=checkout)
    run("git", "commit", "--quiet", "-m", "spoilt", cwd=checkout)
    done = run(*command, cwd=checkout)
    assert done.returncode == 2
    check_said(done.stderr, spoil)
    # Nothing was built from it.
    assert run("git", "status", "--porcelain", cwd=checkout).stdout == ""


@pytest.mark.parametrize(
    "command", [("course", "build"), ("nbgrader", "generate_assignment")]
)
def test_unknown_assignment(checkout, command):
    done = run(*command, "10_tokens", cwd=checkout)
    assert done.returncode == 2
    assert (
        f"no assignment '10_tokens' in {checkout}/notebooks: there is 00_package, "
        "01_tensor, 02_activations, 03_layers, "
    ) in done.stderr
    assert "Traceback" not in done.stderr


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


# The marks of the regions: nbgrader's own rule, and nbgrader's own configuration.

MARKED = [
    "a\n### BEGIN HIDDEN TESTS\nb\n### END HIDDEN TESTS\nc",
    "a\n###BEGIN HIDDEN TESTS\nb\n#END HIDDEN TESTS\nc",
    "a\n    # -- BEGIN HIDDEN TESTS (of the stride)\nb\nc = 1 # END HIDDEN TESTS\nd",
    "'BEGIN HIDDEN TESTS'\nb\n'END HIDDEN TESTS'",
    "# BEGIN HIDDEN TESTS END HIDDEN TESTS\nb\n# END HIDDEN TESTS\nc",
    "# BEGIN HIDDEN TESTS\nb\n# END HIDDEN TESTS\nc\n# BEGIN HIDDEN TESTS\nd\n"
    "# END HIDDEN TESTS",
    "# Begin hidden tests\nb\n# END OF HIDDEN TESTS\n\x0cc\u2028d",
    "no region",
]
REFUSED = {
    "a\n# BEGIN HIDDEN TESTS\nb": (
        "line 2: BEGIN HIDDEN TESTS without END HIDDEN TESTS after it: close each "
        "region in its own cell"
    ),
    "#BEGIN HIDDEN TESTS\n#BEGIN HIDDEN TESTS\n#END HIDDEN TESTS\n#END HIDDEN TESTS": (
        "line 2: BEGIN HIDDEN TESTS inside the region that line 1 begins: put END "
        "HIDDEN TESTS before it"
    ),
    "# END HIDDEN TESTS\n# BEGIN HIDDEN TESTS": (
        "line 1: END HIDDEN TESTS without BEGIN HIDDEN TESTS before it: begin each "
        "region in its own cell"
    ),
}


def as_nbgrader_leaves(source, **settings):
    """Return a test cell as nbgrader's own step gives it to students."""
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade_id": "test-a", "grade": True, "points": 1}
    config = Config({"ClearHiddenTests": settings})
    return ClearHiddenTests(config=config).preprocess_cell(cell, {}, 0)[0].source


@pytest.mark.parametrize("source", MARKED)
def test_a_region_is_what_nbgrader_takes_out(source):
    region = Regions().hidden_tests
    assert region.problem(source) == ""
    assert region.outside(source) == as_nbgrader_leaves(source)


@pytest.mark.parametrize("source", REFUSED)
def test_a_region_that_nbgrader_refuses_is_refused(source):
    with pytest.raises(RuntimeError):
        as_nbgrader_leaves(source)
    assert Regions().hidden_tests.problem(source) == REFUSED[source]


def test_the_package_keeps_the_solution_and_loses_its_marks():
    """A line of code stays, with the mark behind it: the reference needs it."""
    source = "def f():\n    ###BEGIN SOLUTION\n    return 1  # END SOLUTION"
    kept = "def f():\n    return 1  # END SOLUTION"
    assert Regions().solution.without_marks(source) == kept


def test_the_defaults_are_nbgraders(tmp_path):
    assert read_regions(Project(tmp_path)) == Regions(
        Region(
            ClearSolutions.begin_solution_delimeter.default_value,
            ClearSolutions.end_solution_delimeter.default_value,
        ),
        Region(
            ClearHiddenTests.begin_test_delimeter.default_value,
            ClearHiddenTests.end_test_delimeter.default_value,
        ),
    )


@pytest.mark.parametrize("mark", ["###BEGIN HIDDEN TESTS", "#- BEGIN HIDDEN TESTS:"])
def test_the_rules_hold_however_the_mark_is_written(mark):
    source, (line, text) = RULES["a hidden test prints"]
    (found,) = problems_of(source.replace("### BEGIN HIDDEN TESTS", mark))
    assert found.startswith(f"cell 'test-task', line {line}: {text}")


OWN_MARKS = """\
c = get_config()
c.ClearHiddenTests.begin_test_delimeter = "SECRET"
c.ClearHiddenTests.end_test_delimeter = "TERCES"
c.ClearSolutions.begin_solution_delimeter = "ANSWER"
"""
TINY = """\
# ---
# jupyter:
#   course:
#     points: 1
# ---

# %% nbgrader={"grade_id": "double", "solution": true}
#| export
def double(n):
    #ANSWER
    return 2 * n
    ### END SOLUTION

# %% nbgrader={"grade_id": "test-double", "grade": true, "points": 1}
assert double(2) == 4
"""


@pytest.fixture
def tiny(tmp_path):
    """A course of one task, with marks of its own."""
    folder = tmp_path / "notebooks" / "01_double"
    (folder / "hidden_tests").mkdir(parents=True)
    (folder / "double.py").write_text(TINY)
    (folder / "hidden_tests/test-double.py").write_text("assert double(3) == 6\n")
    (tmp_path / "settings.ini").write_text("[DEFAULT]\nnbs_path = source\n")
    (tmp_path / "nbgrader_config.py").write_text(OWN_MARKS)
    return Project(tmp_path)


def test_hidden_tests_stand_between_the_courses_own_marks(tiny):
    require_sound(tiny)
    (path,) = build_source(tiny)
    _, test = nbformat.read(path, as_version=4).cells
    assert test.source == (
        "assert double(2) == 4\n### SECRET\nassert double(3) == 6\n### TERCES"
    )
    settings = {"begin_test_delimeter": "SECRET", "end_test_delimeter": "TERCES"}
    assert as_nbgrader_leaves(test.source, **settings) == "assert double(2) == 4"


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        (
            "double.py",
            "#ANSWER",
            "### BEGIN SOLUTION",
            "cell 'double' has no ### ANSWER region: nbgrader would replace the whole",
        ),
        (
            "hidden_tests/test-double.py",
            "assert",
            "print()\nassert",
            "cell 'test-double', line 3: a hidden test does not print: students read",
        ),
        (
            "hidden_tests/test-double.py",
            "assert",
            "x = 'SECRET'\nassert",
            "cell 'test-double', line 3: SECRET inside the region that line 2 begins: ",
        ),
    ],
)
def test_the_lint_reads_the_courses_own_marks(tiny, file, old, new, line):
    edit(tiny.notebooks / "01_double", old, new, file)
    with pytest.raises(CourseError) as refused:
        require_sound(tiny)
    assert line in str(refused.value).splitlines()[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1 / 0\n", "nbgrader_config.py cannot be read: ZeroDivisionError: division"),
        (
            "get_config().ClearSolutions.end_solution_delimeter = ' '\n",
            "nbgrader_config.py: c.ClearSolutions.end_solution_delimeter is ' ': a ",
        ),
    ],
)
def test_a_configuration_that_cannot_be_used(tiny, text, line, monkeypatch, capsys):
    (tiny.root / "nbgrader_config.py").write_text(text)
    monkeypatch.chdir(tiny.root)
    assert main(["build"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"course: {line}")
    assert not tiny.source.exists()
