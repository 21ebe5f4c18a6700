"""What an answer uses of its author's other cells: shown, and drafted with it."""

import re

import pytest

from proctor.bank import Bug
from proctor.cli import main
from proctor.report.answers import without_comments
from proctor.report.draft import draft
from proctor.report.helpers import example_of, names_in
from proctor.report.mistakes import Cluster
from proctor.tests import classes, tiny
from proctor.tests.classes import submission
from proctor.tests.reports import small_course
from proctor.tests.tiny import NAME
from proctor.text import listed

WRONG = {"positive numbers": ("wrong values", "aa"), "no numbers": ("too late", "bb")}
USES = "#| export\ndef double(x):\n    return FACTOR * shifted(x)\n"
OWN = "FACTOR = 2\n\n\ndef shifted(x):  # by me\n    return step(x) + 0\n"
DEEP = "def step(x):\n    return x + 1\n\n\ndef unused(x):\n    return x\n"


@pytest.fixture
def course(tmp_path, monkeypatch):
    classes.undrawn(monkeypatch)
    return small_course(tmp_path, monkeypatch)


def test_a_group_s_example_has_the_helpers_of_other_cells(course, capsys):
    total = tiny.SOLUTIONS["total"]
    path = classes.write(course / "r.json", classes.run([submission("ada", WRONG)]))

    def asked(*options, status=0):
        given = ["report", NAME, "--results", f"{path}", *options]
        assert main(given) == status
        said = capsys.readouterr()
        return said.out + said.err

    classes.answered(course, "ada", USES, f"{total}\n\n\n{OWN}\n\n{DEEP}")
    group = re.search(r"double-[0-9a-f]{6}", asked())[0]
    page = (course / "results" / NAME / "report.html").read_text()
    page = re.sub(r"<[^>]*>", "", page)
    words = "this uses FACTOR, which stands in total; shifted, which stands in total; "
    assert f"{words}step, which stands in total" in page
    assert "return step(x) + 0" in page and "unused" not in page
    draft = asked("--draft-bug", group)
    # The draft is Python that has all it needs, and nothing that it does not.
    names = {}
    exec(f"from proctor.bank import Bug\nBUGS = [{draft}]", names)
    (bug,) = names["BUGS"]
    assert names_in(bug.source)[1] <= {"np"} and "unused" not in bug.source
    exec(bug.source, names)
    assert names["double"](3) == 8 and "by me" not in bug.source

    classes.answered(course, "ada", USES, f"{total}\n\n\n{OWN}")
    said = asked("--draft-bug", group, status=2)
    assert "use step, which neither the reference nor" in said
    assert said.count("\n") == 1
    asked()
    page = (course / "results" / NAME / "report.html").read_text()
    assert "step, which stands nowhere" in page


def test_a_name_that_was_missing_when_graded_is_the_mistake(course, capsys):
    said = ("raised NameError: name 'step' is not defined", "aa")
    made = classes.run([submission("ada", {"positive numbers": said})])
    path = classes.write(course / "r.json", made)
    # It stands below the test that wanted it.
    classes.answered(course, "ada", USES.replace("FACTOR * shifted", "step"), DEEP)
    assert main(["report", NAME, "--results", f"{path}"]) == 0
    group = re.search(r"double-[0-9a-f]{6}", capsys.readouterr().out)[0]
    asked = ["report", NAME, "--results", f"{path}", "--draft-bug", group]
    assert main(asked) == 0
    draft = capsys.readouterr().out
    assert "return step(x)" in draft and "def step" not in draft


def test_names_are_taken_from_where_a_notebook_has_them():
    answer = "def f(x):\n    return [g(y) + np.pi + len(z) for y, z in x] + lost + h()"
    cells = [
        ("one", "%matplotlib inline\ndef g(x):\n    return 1\n"),
        ("two", "from itertools import product\n@product\ndef g(x):\n    return h(x)"),
        ("", "def h(x): return k\n"),
        ("bad", "def ("),
    ]
    found = example_of(answer, cells, {"np"}, {"g", "k"})
    assert [(one.name, one.cell) for one in found.helpers] == [
        ("product", "two"),
        ("g", "two"),
        ("h", ""),
    ]
    assert found.missing == ("lost",) and "@product\ndef g" in found.whole
    # Of which all is imported may have any name.
    assert example_of(answer, cells, {"np", "*"}, {"k"}).missing == ()
    both = example_of(answer, [*cells, ("c", "from it import *")], {"np"}, {"k"})
    assert both.missing == () and both.whole.startswith("from itertools")
    assert "from it import *, which stands in c" in both.words
    assert "h, which stands in a cell without a name" in found.words


def test_a_list_that_is_cut_says_so():
    assert listed(["a", "b"], 2) == "a, b" and listed(["a", "b"], 1) == "a and 1 more"
    assert listed([], 2) == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [  # by the line after or before it that tells where it is; put in, at the end too
        ("        x = 0\n    if b:", "        x = 1\n    if b:"),
        ("    if b:\n        x = 0", "    if b:\n        x = 2"),
        ("def f(a, b):\n", "y = 3\n\n\ndef f(a, b):\n"),
        ("    return x", "    x += 1\n    return x\n"),
    ],
)
def test_a_draft_has_the_difference_alone(old, new):
    right = "def f(a, b):\n    if a:  # why\n        x = 0\n"
    right += "    if b:\n        x = 0\n    # then\n    return x\n"
    wrong = right.replace(old, new, 1)
    cluster = Cluster("f-000000", "f", (("a check", "wrong"),), ("ada",), True)
    text = draft(cluster, without_comments(wrong), right, NAME, "bugs.py")
    assert "replace=(" in text and "source=" not in text
    (bug,) = eval(f"[{text}]", {"Bug": Bug})
    made = right
    for piece, other in bug.replace:
        assert made.count(piece) == 1
        made = made.replace(piece, other)
    assert without_comments(made) == without_comments(wrong)
