"""What is hidden from students is what nbgrader hides, in every place that shows it."""

import json

import pytest
from nbformat import v4
from nbgrader.preprocessors import ClearHiddenTests
from traitlets.config import Config

from proctor.cli import main
from proctor.notebook.cells import Marks
from proctor.sandbox.levels import best_level
from proctor.tests import tiny

SANDBOX = ("--sandbox", best_level())
FORMS = [
    "### BEGIN HIDDEN TESTS",
    "###BEGIN HIDDEN TESTS",
    "    # BEGIN HIDDEN TESTS (for us)",
    "x = 1  # BEGIN HIDDEN TESTS",
]
SECRET = "assert double(np.full(2, 3825.5))[0] == 7651, 'secret letters'"
WRONG = tiny.SOLUTIONS["double"].replace(tiny.RETURN, "return 2 * x if x[0] < 9 else x")


def cell_with(begin, end="### END HIDDEN TESTS"):
    return f"assert 1\n{begin}\n{SECRET}\n{end}\nassert 2"


@pytest.mark.parametrize("begin", FORMS)
def test_a_region_is_what_nbgrader_clears(begin):
    source = cell_with(begin)
    cell = v4.new_code_cell(source)
    ClearHiddenTests()._remove_hidden_test_region(cell)
    assert Marks().without_hidden(source) == cell.source == "assert 1\nassert 2"
    visible, hidden = Marks().visible_and_hidden(source)
    assert visible.split("\n") == ["assert 1", "", "", "", "assert 2"]
    assert hidden.split("\n") == ["", "", SECRET, "", ""]


def test_a_region_that_is_not_closed_is_hidden_to_the_end():
    source = "a = 1\n### BEGIN HIDDEN TESTS\nb = 2\n### BEGIN HIDDEN TESTS\nc = 3"
    assert Marks().without_hidden(source) == "a = 1"
    _, hidden = Marks().visible_and_hidden(source)
    assert "b = 2" in hidden and "c = 3" in hidden


def test_configured_delimiters_count_and_the_usual_ones_do_not():
    marks = Marks(begin_hidden="VERSTECKT", end_hidden="OFFEN")
    source = "a\n# VERSTECKT\nb\n# OFFEN\n### BEGIN HIDDEN TESTS\nc"
    assert marks.without_hidden(source) == "a\n### BEGIN HIDDEN TESTS\nc"
    assert marks.without_hidden(source, "# (hidden)").startswith("a\n# (hidden)\n###")
    assert marks.hides(source) and not marks.hides("BEGIN HIDDEN TESTS")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("begin", "end", "config"),
    [
        ("###BEGIN HIDDEN TESTS", "###END HIDDEN TESTS", ""),
        (
            "# VERSTECKT",
            "# OFFEN",
            'c.ClearHiddenTests.begin_test_delimeter = "VERSTECKT"\n'
            'c.ClearHiddenTests.end_test_delimeter = "OFFEN"\n',
        ),
    ],
    ids=["without a blank", "configured"],
)
def test_check_tells_a_student_nothing_hidden(
    tmp_path, monkeypatch, capsys, begin, end, config
):
    course = tiny.course(tmp_path)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(config)
    source = course / "source" / tiny.NAME / tiny.FILE
    notebook = json.loads(source.read_text())
    for cell in notebook["cells"]:
        if cell["id"] == "test-double":
            cell["source"] = cell_with("### BEGIN HIDDEN TESTS")
        for ours, theirs in (
            ("### BEGIN HIDDEN TESTS", begin),
            (
                "### END HIDDEN TESTS",
                end,
            ),
        ):
            cell["source"] = cell["source"].replace(ours, theirs)
    source.write_text(json.dumps(notebook))
    monkeypatch.chdir(course)
    work = tmp_path / "work"
    wrong = tiny.cells_of(tiny.SOLUTIONS | {"double": WRONG})
    tiny.write(work / tiny.FILE, tiny.hidden(wrong))
    results = tmp_path / "results.json"
    arguments = [str(work / tiny.FILE), "--results", str(results), *SANDBOX]
    # A seed that was drawn may hold the digits that must not be there.
    assert main(["check", *arguments, "--seed", "1"]) == 0
    said = capsys.readouterr().out
    # The author's own words may be shown, nothing that was compared.
    assert "0/4  double: secret letters\n" in said
    assert "wanted" not in said and "7651" not in said + results.read_text()


def test_the_marks_of_a_course_are_configured(tmp_path):
    from proctor.settings import Course

    sections = {
        "ClearHiddenTests": {"begin_test_delimeter": "VERSTECKT"},
        "Proctor": {"test_prefix": "probe_", "export": "#|export"},
    }
    marks = Course(tmp_path, Config(sections)).marks
    assert marks == Marks("VERSTECKT", "END HIDDEN TESTS", "probe_", "#|export")
    assert marks.task_of("probe_double") == "double"
    assert marks.test_of("double") == "probe_double"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("double", "test"),
    [
        (
            "return 3 * x",
            "np.testing.assert_allclose(double(np.full(2, 3825.5)), 7651)",
        ),
        ("raise AssertionError(str(x))", "double(np.full(2, 7651))"),
    ],
    ids=["NumPy's words", "the student's words"],
)
def test_an_assertion_that_is_not_the_authors_tells_nothing(
    tmp_path, monkeypatch, capsys, double, test
):
    course = tiny.course(tmp_path)
    source = course / "source" / tiny.NAME / tiny.FILE
    notebook = json.loads(source.read_text())
    for cell in notebook["cells"]:
        if cell["id"] == "test-double":
            cell["source"] = cell_with("### BEGIN HIDDEN TESTS").replace(SECRET, test)
    source.write_text(json.dumps(notebook))
    monkeypatch.chdir(course)
    texts = {"double": tiny.SOLUTIONS["double"].replace("return 2 * x", double)}
    handed_in = tiny.hidden(tiny.cells_of(tiny.SOLUTIONS | texts))
    (work := tmp_path / "work").mkdir()
    assert main(["check", str(tiny.write(work / tiny.FILE, handed_in)), *SANDBOX]) == 0
    said = capsys.readouterr().out
    assert "0/4  double: a check failed\n" in said and "7651" not in said
