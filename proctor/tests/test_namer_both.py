"""Two known mistakes in one cell are named where neither alone explains it."""

import pytest

from proctor.in_namer.both import with_both
from proctor.tests.naming import NEGATIVE, POSITIVE, returns
from proctor.tests.tiny import bug

pytest_plugins = ["proctor.tests.namer_fixtures"]


def test_two_mistakes_of_which_neither_explains_the_cell_are_both_named(named):
    # Of negative numbers neither gives what both together give.
    bugs = [
        bug("thrice", "double", ("2 *", "3 *")),
        bug("size", "double", ("* x", "* abs(x)")),
    ]
    both = returns("3 * abs(x)")
    assert named(both, bugs=bugs, same=[]) == {POSITIVE: "thrice", NEGATIVE: "size"}
    # A third that nobody knows of.
    other = returns("3 * abs(x) + (x < 0)")
    assert set(named(other, bugs=bugs, same=[]).values()) == {None}


def test_of_a_mistake_in_two_forms_either_may_stand_first(named):
    bugs = [
        bug("size", "double", ("* x", "* abs(x)")),
        bug("thrice", "double", ("2 *", "3 *")),
        bug("without-sign", "double", ("* x", "* np.sqrt(x * x)")),
    ]
    both, same = returns("3 * abs(x)"), [{"size", "without-sign"}]
    assert named(both, bugs=bugs, same=same) == {POSITIVE: "thrice", NEGATIVE: "size"}


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("a = 3 * x\nb = 1", "a = 2 * x\nb = 2", "a = 3 * x\nb = 2"),
        ("a = 3 * x\nb = 1", "a = 2 * y\nb = 1", "a = 3 * y\nb = 1"),
        ("b = 1", "a = 2 * x\nb = 2", "b = 2"),
        # Which of them stands there is not to be said.
        ("a = 3 * x\nb = 1", "a = 4 * x\nb = 1", None),
        ("b = 1", "a = 3 * x\nb = 1", None),
    ],
)
def test_a_text_with_what_two_others_change(one, other, both):
    assert with_both("a = 2 * x\nb = 1", one, other) == both
    assert with_both("a = 2 * x\nb = 1", other, one) == both
