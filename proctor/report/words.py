"""Numbers in sentences."""

from __future__ import annotations


def many(number: int, noun: str) -> str:
    """Return a number and what it counts: 1 check, 2 checks."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def percent(share: float) -> str:
    """Return a share in whole per cent; 0 and 100 where it is neither are not said."""
    found = round(100 * share)
    if 1e-9 < share < 1 - 1e-9:
        found = min(max(found, 1), 99)
    return f"{found} %"
