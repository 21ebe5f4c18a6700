"""Text that a stranger wrote, as it may be shown."""

from __future__ import annotations


def plain(text: str) -> str:
    """Return text that a terminal shows and does not obey, and that reads as written.

    Signs that turn the direction of what follows, or have no width, become ``?``, as
    control characters do.
    """
    return "".join(c if c.isprintable() else "?" for c in text)


def plain_line(text: str, longest: int) -> str:
    """Return the first line that is not empty, plain, with single spaces, and cut."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return plain(" ".join(line.split()))[:longest]
