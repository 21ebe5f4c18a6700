"""A cell that ends in an error has defined, all the same, what stands behind it."""

import pytest

from proctor.sandbox.levels import best_level
from proctor.tests import processes

F = "def f():\n    return 1"
G = "\n\n\ndef g():\n    return f() + 1\n"
MAKES = f"{F}{G}"


@pytest.fixture(scope="module")
def jail(jails):
    return jails(best_level())


def ran(jail, *cells, test="assert (f(), g()) == (1, 2)"):
    """Return the points of a test, and what the last cell defined behind its error."""
    with processes.runs(jail) as opened:
        for cell in cells[:-1]:
            opened.run_cell(cell)
        opened.run_cell(cells[-1], "task")
        held, behind = processes.test_cell("test-task", test, 1.0), opened.behind
        opened.hold(held)
        return opened.examine(held, False).score, behind


@pytest.mark.parametrize(
    "first",
    [
        "import not_there",
        "from not_there import f as other, h",
        "plt.rcParams['figure.dpi'] = 70",
        "data = open('my.csv').read()",
        "assert 1 == 2, 'my own test'",
        "%load_ext not_there\nimport not_there",
        "def show(x):\n    return x.shape\n\nshow(3)",
    ],
)
def test_a_line_that_fails_costs_nothing_of_what_stands_behind_it(jail, first):
    assert ran(jail, f"{first}\n\n{MAKES}") == (1, ["f", "g"])


def test_values_and_imports_behind_it_are_made_and_calls_are_not(jail):
    cell = f"boom()\nimport math as m\nTWO = m.floor(2.5)\n{F}\nONE = f()\nprint(ONE)"
    assert ran(jail, cell, test="assert f() == 1 and TWO == 2") == (
        1,
        ["m", "TWO", "f"],
    )
    cell = "boom()\nf = lambda: g() - 1\ndef g(): return 2"
    assert ran(jail, cell) == (1, ["f", "g"])


@pytest.mark.parametrize(
    "broken",
    [
        f"{F}\n\n\ndef h(:\n    return 3{G}",
        f"{F}\n\n\n@timed\ndef h():\n    return (3{G}",
        f'{F}\n\n\ndef h():\n  """A text.\n\n    return 3"""\n return 4{G}',
    ],
)
def test_one_function_that_is_no_python_costs_itself(jail, broken):
    assert ran(jail, broken) == (1, ["f", "g"])


@pytest.mark.parametrize(
    "cell",
    [
        MAKES.replace("    ", "\u00a0\u00a0\u00a0\u00a0"),
        f"\ufeff{MAKES}\u200b",
        f"{MAKES}\nfrom __future__ import annotations",
        MAKES.replace(
            "return 1",
            "\u201c\u201c\u201cOne.\u201c\u201d\u201d\n    return len(\u2018b\u2019)",
        ),
        MAKES.replace("return 1", "return 3 \u2212 2 \u00d7 1"),
        MAKES.replace("return 1", "return \uff082 \uff0d 1\uff09"),
        MAKES.replace("return 1", "x = 1\n\treturn x"),
    ],
    ids=[
        "pasted spaces",
        "nothing to see",
        "too late",
        "quotes of a word processor",
        "signs of mathematics",
        "a keyboard of another language",
        "a tab among spaces",
    ],
)
def test_what_only_looks_like_python_is_taken_for_what_it_looks_like(jail, cell):
    score, behind = ran(jail, cell)
    assert (score, behind[:2]) == (1, ["f", "g"])


def test_quotes_in_texts_stay_as_they_are(jail):
    kept = MAKES.replace("return 1", "return len('\u2212\u201c') - 1")
    assert ran(jail, f"import not_there\n{kept}") == (1, ["f", "g"])


def test_tabs_that_can_be_read_in_two_ways_are_no_python(jail):
    two = "def f():\n    x = 1\n    if x > 1:\n        x = 3\n\tx = 2\n    return 3 - x"
    assert ran(jail, f"{two}{G}")[0] == 0


def test_a_function_that_is_cut_off_is_not_taken_for_a_shorter_one(jail):
    """Its docstring alone would answer None, and the reason would be that."""
    cut = f'{F}\n\ndef h():\n    """A text."""\nx = 3\n    return x{G}'
    assert ran(jail, cut) == (1, ["f", "g"])


def test_a_hint_that_names_what_is_not_there_costs_nothing(jail):
    hinted = "def f(\n    a: Optional[int] = None\n) -> List:\n    return 1"
    method = (
        "class H:\n    def h(self) -> Union: return 1\n\ndef g(): return 1 + H().h()"
    )
    assert ran(jail, f"{hinted}\n\n{method}") == (1, ["f", "H", "g"])


@pytest.mark.parametrize(
    "magic",
    [
        "%%timeit -n1 -r1",
        "%%writefile mine.py",
        "%%memit",
        "%%cython -a",
        "%%python3",
        "%%script python3 -u",
        "%%snakeviz\n%%memit",
    ],
)
def test_a_magic_that_keeps_no_name_costs_nothing(jail, magic):
    assert ran(jail, f"{magic}\n{MAKES}") == (1, ["f", "g"])
    assert ran(jail, MAKES, f"{magic}\ndef f():\n    return 7") == (1, [])


def test_a_magic_that_keeps_names_costs_nothing_where_its_cell_ends_in_an_error(jail):
    assert ran(jail, f"%%time\n{MAKES}") == (1, [])
    assert ran(jail, f"%%capture said\nimport not_there\n{MAKES}") == (1, ["f", "g"])


@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%js", "%%sql -a"])
def test_what_is_another_language_is_not_run_as_python(jail, magic):
    assert ran(jail, f"{magic}\n{MAKES}") == (0, [])


def test_what_has_a_value_keeps_it(jail):
    """An old attempt that never ran, since its cell always ended before it."""
    old = "import not_there\n\ndef f():\n    return 7"
    assert ran(jail, MAKES, old) == (1, [])


@pytest.mark.parametrize("last", ["raise NotImplementedError\n", "exit()\n"])
def test_who_stops_a_cell_wants_nothing_more_of_it(jail, last):
    assert ran(jail, f"{last}{MAKES}") == (0, [])


def test_nothing_is_said_where_nothing_stands_behind_it(jail):
    assert ran(jail, f"{MAKES}\nimport not_there") == (1, [])


def test_a_test_that_runs_together_ends_where_it_fails(jail):
    first = processes.test_cell("one", "import not_there\nmine = 1", 1.0)
    last = processes.test_cell("two", "assert mine", 1.0)
    with processes.runs(jail) as opened:
        opened.pass_by(first)
        opened.pass_by(last)
        found = opened.run_together({first, last})
    assert [found[test].score for test in (first, last)] == [0, 0]
