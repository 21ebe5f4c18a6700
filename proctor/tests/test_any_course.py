"""What puts proctor under a course that exists, and what it makes of its options."""

import json
import os

import pytest

from proctor.bank.trials import REFERENCE, Trial
from proctor.cli import main
from proctor.commands import compare
from proctor.errors import GradingError
from proctor.notebook.assignment import AssignedNotebook, Wanted
from proctor.notebook.built import Built
from proctor.notebook.causes import Code, calls_by_name, cause_of, ends_in_a_value
from proctor.notebook.cells import Marks
from proctor.notebook.imports import imports_for
from proctor.notebook.mend import mend
from proctor.options import of_command_line, passed_over, refuse, require_all
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.tiny import cell

CONFIG = "c = get_config()\nc.CourseDirectory.course_id = 'x'\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = (
        "import numpy as np, pandas.testing\nimport helper, os",
        "%matplotlib inline\nimport nowhere",
    )
    tiny.write(tmp_path / "source/ps1/a.ipynb", [cell(text) for text in texts])
    (tmp_path / "source/ps1/helper.py").write_text("import scipy.stats\n")
    return tmp_path


def test_init_adds_its_lines_once_and_keeps_what_was_there(course, capsys):
    file = course / "nbgrader_config.py"
    file.write_text(CONFIG)
    assert main(["init"]) == 0
    said = capsys.readouterr().out
    assert "not installed: nowhere, which" in said and "a.ipynb imports" in said
    text = file.read_text()
    assert text.startswith(CONFIG)
    assert (course / "nbgrader_config.py.old").read_text() == CONFIG
    assert Course.find().sandbox.packages == [
        "matplotlib",
        "numpy",
        "pandas",
        "scipy",
    ]
    assert Course.find().sandbox.preload == ["pandas", "scipy"]
    assert Course.find().sandbox.levels == ["namespace", "landlock", "uid"]
    assert main(["init"]) == 0
    assert "nothing was changed" in capsys.readouterr().out
    assert file.read_text() == text


def test_init_makes_a_configuration_where_there_is_none(course, capsys):
    assert main(["init"]) == 0
    assert "pandas" in Course.find().sandbox.packages
    assert len(list(course.glob("nbgrader_config.py*"))) == 1


@pytest.mark.parametrize("folder", ["submitted/eve/ps1", "given back"])
def test_nobody_runs_a_configuration_that_was_handed_in(
    course, folder, monkeypatch, capsys
):
    own = 'c = get_config()\nc.CourseDirectory.feedback_directory = "given back"\n'
    (course / "nbgrader_config.py").write_text(own)
    theirs = course / folder
    theirs.mkdir(parents=True)
    (theirs / "nbgrader_config.py").write_text("open('ran', 'w')\n")
    (theirs / "a.ipynb").write_text("{}")
    monkeypatch.chdir(theirs)
    assert main(["check", "a.ipynb"]) == 2
    said = capsys.readouterr().err
    assert "lies among students' work" in said and said.count("\n") == 1
    assert not (theirs / "ran").exists()
    # A course inside another's folder, elsewhere, is a course.
    inner = course / "courses" / "second"
    inner.mkdir(parents=True)
    (inner / "nbgrader_config.py").write_text("c = get_config()\n")
    assert Course.home_of(inner) == inner


def test_nobody_runs_a_configuration_that_anybody_could_have_put_there(
    tmp_path, monkeypatch
):
    own, open_to_all = tmp_path / "open" / "own", tmp_path / "open"
    own.mkdir(parents=True)
    open_to_all.chmod(0o1777)
    for folder in (own, open_to_all):
        (folder / "nbgrader_config.py").write_text("raise SystemExit\n")
    assert Course.home_of(open_to_all) == open_to_all  # one's own
    # Now it is another user's.
    if os.geteuid() == 0:
        os.chown(open_to_all / "nbgrader_config.py", 65534, 65534)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert Course.home_of(own) == own
    with pytest.raises(
        GradingError,
        match=r"is another user's, where all may write, and is not read: .* chmod o-w",
    ):
        Course.home_of(open_to_all)


def configured(course, text):
    (course / "nbgrader_config.py").write_text(CONFIG + text)
    return Course.find()


def test_nbgraders_time_for_a_cell_is_obeyed(course):
    assert configured(course, "").sandbox.limits.cell_seconds == 60
    text = "c.Execute.timeout = 7\n"
    assert configured(course, text).sandbox.limits.cell_seconds == 7
    text += "c.Sandbox.cell_seconds = 9\n"
    assert configured(course, text).sandbox.limits.cell_seconds == 9


def test_what_cannot_be_obeyed_is_refused_in_a_line(course, capsys):
    (course / "nbgrader_config.py").write_text(
        CONFIG + "c.Execute.enabled = False\nc.Sandbox.packages = ['numpy']\n"
    )
    notebook = course / "source/ps1/a.ipynb"
    assert main(["check", str(notebook)]) == 2
    said = capsys.readouterr().err
    assert "--no-execute" in said and said.count("\n") == 1
    (course / "nbgrader_config.py").write_text(
        CONFIG + "c.Sandbox.packages = ['numpy']\n"
        "c.Sandbox.level = ['namespace', 'landlock', 'uid']\n"
    )
    content = json.loads(notebook.read_text())
    content["metadata"]["kernelspec"] = {"name": "ir", "language": "R"}
    notebook.write_text(json.dumps(content))
    assert main(["check", str(notebook)]) == 2
    said = capsys.readouterr().err
    assert "a.ipynb is for a kernel of the language 'R'" in said
    content["metadata"] = {
        "kernelspec": {"name": "ir", "display_name": "R"},
        "language_info": {"name": "R"},
    }
    notebook.write_text(json.dumps(content))
    assert main(["lint", "ps1"]) == 2
    assert "a.ipynb is for a kernel of the language 'R'" in capsys.readouterr().err


def test_what_is_passed_over_is_named(course):
    text = "c.LimitOutput.max_lines = 3\nc.Autograde.sanitize_preprocessors = []\n"
    text += "c.Execute.kernel_name = 'x'\nc.Execute.timeout = 3\n"
    found = passed_over(configured(course, text).config)
    assert found == [
        "c.Autograde.sanitize_preprocessors",
        "c.Execute.kernel_name",
        "c.LimitOutput.max_lines",
    ]


def test_settings_of_the_command_line_are_nbgraders(course, capsys):
    given = ["check", "n.ipynb", "--Execute.timeout=7", "--seed=3", "--Sandbox.x.y=1"]
    config, others = of_command_line(given)
    assert others == ["check", "n.ipynb", "--seed=3", "--Sandbox.x.y=1"]
    (course / "nbgrader_config.py").write_text(CONFIG + "c.Execute.timeout = 5\n")
    read = Course.find()
    read.config.merge(config)
    assert read.sandbox.limits.cell_seconds == 7
    config, _ = of_command_line(["--Execute.enabled=False"])
    with pytest.raises(GradingError, match="--no-execute"):
        refuse(config)
    assert main(["lint", "ps1", "--Sandbox.level=no"]) == 2
    assert "'level' trait of a Sandbox instance" in capsys.readouterr().err
    assert main(["doctor", "--best"]) == 0
    assert Course.find().sandbox.levels == ["namespace"]


@pytest.mark.slow
def test_compare_says_which_marks_would_be_others_and_why(course, capsys, monkeypatch):
    """One of its four submissions: each is a kernel more."""
    config = "c.Sandbox.packages = ['numpy']\n"
    config += "c.Sandbox.level = ['namespace', 'landlock', 'uid']\n"
    (course / "nbgrader_config.py").write_text(CONFIG + config)
    points = {"grade": True, "locked": True, "points": 2}
    loud = "import warnings\nwarnings.warn('old')\nassert f(-1) == 1"
    cells = [
        cell("### BEGIN SOLUTION\nf = abs\n### END SOLUTION", "f", solution=True),
        cell("assert f(-2) == open('two.txt').read().count('x')", "quiet", **points),
        cell(loud, "loud", **points),
    ]
    tiny.write(course / "source/ps2/a.ipynb", cells)
    (course / "source/ps2/two.txt").write_text("xx")
    monkeypatch.setattr(compare, "_trials", lambda built: [Trial(REFERENCE)])
    assert main(["compare", "ps2"]) == 1
    other, counts = capsys.readouterr().out.splitlines()
    assert other.startswith("loud, the reference: nbgrader 0, proctor 2: it writes to")
    wanted = "ps2: 2 tests, 1 together with the student's code; the same: 1 of 2 marks"
    assert counts == wanted


def test_one_of_several_notebooks_is_refused():
    require_all("*", ["a", "b"])
    require_all("a", ["a"])
    with pytest.raises(GradingError, match="graded together"):
        require_all("a", ["a", "b"])
    with pytest.raises(GradingError, match="no notebook is called 'c': there is a, b"):
        require_all("c", ["a", "b"])


def test_what_was_not_handed_out_yet_has_no_hidden_tests(course):
    hidden = "assert f\n### BEGIN HIDDEN TESTS\nassert f(2)\n### END HIDDEN TESTS"
    solution = "### BEGIN SOLUTION\nf = abs\n### END SOLUTION"
    test = cell(hidden, "t", grade=True, locked=True, points=1)
    cells = [cell(solution, "f", solution=True), test]
    tiny.write(course / "source/ps2/a.ipynb", cells)
    (course / "nbgrader_config.py").write_text(CONFIG)
    here = Course.find()
    read = here.layout, here.marks, "ps2", here.config
    found = Built.read(*read)
    texts = [one["source"] for one in found.released["a"]["cells"]]
    assert texts == ["# YOUR CODE HERE\nraise NotImplementedError()", "assert f"]
    tiny.write(course / "source/ps2/a.ipynb", [cell(solution, "f")])
    with pytest.raises(GradingError, match="nbgrader cannot release"):
        Built.read(*read)


@pytest.mark.parametrize(
    ("before", "test", "said", "why"),
    [
        (
            "import math",
            "assert f(2) == math.pi",
            "",
            "uses `math`, which another cell",
        ),
        (
            "n = 1\ndef f():\n    return n",
            "n = 2\nassert f() == 2",
            "",
            "sets or deletes",
        ),
        ("", "assert 'a' in dir(f)", "", "what kind of object"),
        ("", "await f()", "it is not plain Python: 'await' outside", "an `await`"),
        ("", "with patch('f'):\n    f()", "", "replaces something"),
        ("", "assert open('a').read()", "", "looks at files"),
        (
            "",
            "f(lambda: 1)",
            "a function cannot go to the student's process",
            "hands a",
        ),
        (
            "",
            "x = [1]\nf(x)\nassert x == []",
            "a check failed",
            "what the student's code",
        ),
    ],
)
def test_a_cause_is_named(before, test, said, why):
    code = [Code("", before, False), Code("t", test, True)]
    assert why in cause_of(code, "t", said).why


def test_a_test_has_the_imports_of_the_authors_cells():
    text = "%reset -f\n!ls\nfrom a import b as c, d\nimport e.f, g as h\n"
    given = (f"{text}from . import i", "")
    wanted = Wanted("s", "code", "import j\nimport k", {"solution": True})
    notebook = AssignedNotebook("n", [wanted], {}, given=(given,))
    test = "import k\nassert c(d, e, h, i, j) == k\nfor l in d: pass"
    assert imports_for(notebook, test).splitlines() == [
        "from a import b as c",
        "from a import d",
        "import e.f",
        "import g as h",
        "import j",
    ]
    rubric = "from proctor.rubric import Rubric\nc(d)"
    assert imports_for(notebook, rubric) == ""


def test_what_a_given_cell_defines_is_no_answer():
    """An example of the author's bears the name of the function to be written."""
    example = "def area(r):\n    return 3 * r * r"
    stub = "def area(r):\n    raise NotImplementedError()"
    wanted = Wanted("area", "code", stub, {"grade_id": "area", "solution": True})
    for given, left in (([example], stub), ([], "# area: written in another cell")):
        cells = [cell(example), cell(stub, "area", solution=True)]
        mend(cells, [wanted], Marks(), given)
        assert [one["source"] for one in cells] == [example, left]


def test_what_another_task_asks_for_by_the_same_name_is_its_own():
    stub = "def area(r):\n    raise NotImplementedError()"
    better = "def area(r):\n    return 3 * r * r"
    data = {"solution": True}
    wanted = [Wanted(n, "code", stub, data | {"grade_id": n}) for n in ("a", "b")]
    cells = [cell(stub, "a", **data), cell(better, "b", **data)]
    assert mend(cells, wanted, Marks()) == []
    assert [one["source"] for one in cells] == [stub, better]


def test_what_can_be_forged_is_found():
    cells = [Code("", "from numpy.testing import assert_equal", False)]
    cells.append(Code("t", "assert_equal(f(1), 2)", True))
    assert calls_by_name(cells, "t") == ["assert_equal"]
    own = Code(
        "t", "from numpy.testing import assert_equal\nassert_equal(f(1), 2)", True
    )
    assert calls_by_name([cells[0], own], "t") == []
    assert ends_in_a_value("n = 0\nn") and ends_in_a_value("f(2) + 1")
    assert not ends_in_a_value("f(2)\nprint(3)") and not ends_in_a_value("'done'")
