"""The marks of regions: nbgrader's own rule, and its own configuration."""

import nbformat
import pytest
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config import Config

from course.cells import Region, Regions, read_regions
from course.cli import main
from course.lint.sound import require_sound
from course.project import CourseError, Project
from course.truth import build_source

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
    path = tiny.notebooks / "01_double" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
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
