"""Which tests the gate asks about a changed cell: all that it can reach."""

import pytest

from proctor.bank.reach import Text, reached_tests

OTHER = Text("test-other", "rows = [other(1)]\nassert rows", True)
USES = Text(
    "test-half", "def is_right(x):\n    return half(x)\n\nassert is_right(2)", True
)
CHANGED = Text("half", "def half(x):\n    return x / 2", False)


def reached(*between, text="def half(x):\n    return x // 2", after=(USES, OTHER)):
    earlier = Text("test-early", "assert half(2)", True)
    cells = [earlier, CHANGED, *(Text("", b, False) for b in between), *after]
    return reached_tests(cells, "half", CHANGED.source, text)


def test_below_and_by_name():
    assert reached() == {"test-half"}


@pytest.mark.parametrize(
    "between",
    [
        "def other(x):\n    return half(x)",
        "class Base:\n    def f(self):\n        return half(1)\n\ndef other(x=Base): x",
        "again = half\nother = [again]",
        "def outer():\n    global other\n    other = half",
        "from half_of import *\nhalf",  # other may be among them
        "other = globals()['ha' + 'lf']",
        "%time other = half(1)",
    ],
)
def test_through_cells_between(between):
    assert reached(between) == {"test-half", "test-other"}


@pytest.mark.parametrize(
    "between",
    [
        "def other(x):\n    half = x / 2\n    return half",
        "def third(x):\n    return half(x)",
    ],
)
def test_not_through_cells_that_use_other_names(between):
    assert reached(between) == {"test-half"}


@pytest.mark.parametrize(
    "between",
    [
        "rest = [1]\nhalf(2)\nother = len",  # where half raises, it is not there
        "import math as other\nfor other in half(2): pass",
        "other = print\nhalf(other)",  # it may change what it is given
        "other = print\nother.at = half(2)",
    ],
)
def test_through_what_a_cell_does_after_it_used_it(between):
    assert reached(between) == {"test-half", "test-other"}


@pytest.mark.parametrize(
    "between",
    [
        "from math import sqrt as other\nhalf(2)",  # the same, whatever half does
        "def other(x):\n    return x\n\nhalf(2)",
        "half(2)\n",
        # What is bound anew is what it would be.
        ["other = half(2)", "other = len"],
        ["other = half(2)", "def other(x):\n    return x"],
        ["for i in [half(2)]:\n    pass", "for i in [1, 2]:\n    other = i"],
    ],
)
def test_not_to_what_a_cell_binds_without_it(between):
    between = between if isinstance(between, list) else [between]
    assert reached(*between) == {"test-half"}


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ("other = len\nassert other([])", False),
        ("assert other([])\nother = len", True),
        ("other = len; assert other([])", True),  # in one line: who knows
        ("if True:\n    other = len\nassert other([])", True),
        ("def other(x):\n    return x\n\nassert other(1)", False),
        ("for other in [1, 2]:\n    assert other", False),
        ("for a, other in zip([1], [2]):\n    def f():\n        return other", False),
        ("for other in [other]:\n    pass", True),
        ("for other in []:\n    pass\nelse:\n    assert other", True),
        ("for a[other], other in []:\n    pass", True),
        ("for other in []:\n    pass\nassert other", True),  # it may have no turn
    ],
)
def test_what_a_test_binds_first_is_its_own(source, reads):
    test = Text("test-other", source, True)
    found = reached("def other(x):\n    return half(x)", after=(test,))
    assert found == ({"test-other"} if reads else set())


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nnp.seterr(all='raise')\ndef half(x): ...",
        "import numpy as np\nnp.pi = 3\ndef half(x): ...",
        "import numpy as np\nold = np.seterr(all='raise')",
        "class Half:\n    print = print('at once')",
        "!half",
    ],
)
def test_what_acts_as_it_runs_may_reach_all(text):
    assert reached(text=text) == {"test-half", "test-other"}


def test_names_that_only_one_of_the_two_texts_binds():
    assert "test-other" in reached(text="def half(x): ...\ndef other(x): ...")
