"""Numbers in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from proctor.text import listed


def many(number: int, noun: str) -> str:
    """Return a number and what it counts: 1 check, 2 checks."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Return a share in whole per cent: 0 % is none, 100 % is all, and nothing else."""
    if 1e-9 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1 - 1e-9:
        return ">99 %"
    return f"{100 * share:.0f} %"


def changed_words(students: Sequence[str], assignment: str) -> str:
    """Say whose work, or what grades it, is another than when it was graded."""
    one = len(students) == 1
    what, since = ("it", "it was") if one else ("them", "they were")
    return (
        f"{many(len(students), 'submission')}, or what grades {what}, changed since "
        f"{since} graded ({listed(students, 8)}): run proctor autograde {assignment}."
    )


def odd_words(students: Sequence[str]) -> str:
    """Say whose total is not the sum of what it is made of, and which one counts."""
    one = len(students) == 1
    return (
        f"In the results {'the total' if one else 'the totals'} of "
        f"{many(len(students), 'submission')} ({listed(students, 8)}) "
        f"{'is' if one else 'are'} not what the cells give, less the penalty: "
        f"{'it counts as it stands' if one else 'they count as they stand'}, unless "
        "the gradebook has points."
    )
