"""The name of what one call leaves for the next."""

import pytest

from proctor.grade.cell_results import Check
from proctor.grade.kept import naming_what_is_kept
from proctor.grade.verdict import Verdict

AGAIN = "wrong values: those of an earlier call, as if they had been kept"
ADDED = "wrong values: those of an earlier call are added to them"


def bugs_of(*checks: Check) -> list[str]:
    named = naming_what_is_kept(Verdict(1.0, "partial", "", checks))
    return [check.bug for check in named.checks]


@pytest.mark.parametrize(
    ("message", "bug"),
    [(AGAIN, "kept-from-an-earlier-call"), (ADDED, "added-to-an-earlier-call")],
)
def test_the_check_that_says_so_has_the_name_and_no_other(message, bug):
    kept, other = Check("all", 0.0, 1.0, message), Check("b", 0.0, 1.0, "wrong values")
    assert bugs_of(kept, other, Check("c", 1.0, 1.0)) == [bug, "", ""]


def test_a_known_mistake_goes_before():
    known = Check("a", 0.0, 1.0, "wrong values", "flat", "It is flat", "Why?")
    assert bugs_of(known, Check("all", 0.0, 1.0, AGAIN)) == ["flat", ""]
