"""The name of a mistake that shows in any task: a call leaves something for the next.

No bank can hold it. What comes of it follows from the calls that were made before, on
inputs that no known mistake is given; but the check that compares knows an answer that
was wanted earlier, and says so. So the name is read off what it says.
"""

from __future__ import annotations

from collections.abc import Mapping

from proctor.bank.bank import Bug
from proctor.grade.verdict import Verdict
from proctor.rubric.earlier import ADDED, KEPT

_NAMES = {
    KEPT: Bug(
        "kept-from-an-earlier-call",
        "",
        "An earlier call's answer is given again",
        "Your function is called twice, with other numbers of the same shapes: what "
        "does the second call find that the first one left, and is it right for these?",
    ),
    ADDED: Bug(
        "added-to-an-earlier-call",
        "",
        "An earlier call's answer is added to this one's",
        "Your function is called twice: what is in the array that you add to, when the "
        "second call begins?",
    ),
}


def naming_what_is_kept(verdict: Verdict) -> Verdict:
    """Return the verdict with that name, where no known mistake was recognised."""
    if any(check.bug for check in verdict.checks):
        return verdict
    found: Mapping[str, Bug] = {
        check.name: bug
        for check in verdict.checks
        for says, bug in _NAMES.items()
        if check.message.endswith(says)
    }
    return verdict.naming(found)
