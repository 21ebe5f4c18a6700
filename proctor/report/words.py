"""Numbers in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence

from proctor.text import listed


def many(number: int, noun: str) -> str:
    """Return a number and what it counts: 1 check, 2 checks."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Return a share in per cent: 0 % is none, 100 % is all, and nothing else.

    In whole ones, but for halves.
    """
    if 1e-9 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1 - 1e-9:
        return ">99 %"
    whole = 100 * share
    # Exactly between two, it is neither.
    if abs(whole % 1 - 0.5) < 1e-9:
        return f"{whole:.1f} %"
    return f"{whole:.0f} %"


def at_most(share: float) -> str:
    """Return a share that nothing exceeds: where most are near to all, in tenths."""
    if 0.995 <= share < 1 - 1e-9:
        return f"{math.ceil(1000 * share - 1e-9) / 10:g} %"
    return "1 %" if 1e-9 < share < 0.005 else percent(share)


def changed_words(students: Sequence[str], assignment: str) -> str:
    """Say whose work, or what grades it, is another than when it was graded."""
    what = "it" if len(students) == 1 else "them"
    return (
        f"{many(len(students), 'submission')}, or what grades {what}, changed after "
        f"the grading ({listed(students, 3)}): run proctor autograde {assignment}."
    )


def odd_words(students: Sequence[str], reckoned: bool = False) -> str:
    """Say whose total is not the sum of what it is made of, and which one counts.

    Parameters
    ----------
    reckoned
        Whether their points come from the gradebook, and so the total has no effect.
    """
    one = len(students) == 1
    counts = "it counts as it stands" if one else "they count as they stand"
    if reckoned:
        counts = (
            f"that has no effect, for {'it is' if one else 'they are'} in the "
            "gradebook, and what the cells give and persons gave counts"
        )
    return (
        f"In the results {'the total' if one else 'the totals'} of "
        f"{many(len(students), 'submission')} ({listed(students, 8)}) "
        f"{'is' if one else 'are'} not what the cells give, less the penalty: "
        f"{counts}."
    )
