"""Text that a stranger wrote, as it may be shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Letters of no width, or that look like a space.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"

# A spreadsheet takes what begins so for a formula, also in letters of full width.
_FORMULA = re.compile(r"(^|;)(?=\s*[=+@\uff1d\uff0b\uff0d\uff20-])")

# How NumPy shows one number: `np.float64(0.5)`, `array(3, dtype=int8)`.
_NUMPY_NUMBER = re.compile(r"(?:np\.\w+|array)\(([^(),]+)(?:, dtype=\w+)?\)")


def plain(text: str) -> str:
    """Return text that a terminal shows and does not obey, and that reads as written.

    Signs that turn the direction of what follows, or have no width, become ``?``, as
    control characters do.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = unicodedata.normalize("NFC", text)
    return "".join("?" if _is_hidden(c) else c for c in shown)


def _is_hidden(character: str) -> bool:
    marks = unicodedata.category(character) in ("Mn", "Me")
    return marks or character in _BLANK or not character.isprintable()


def plain_line(text: str, longest: int) -> str:
    """Return the first line that is not empty, plain, with single spaces, and cut."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    return plain(" ".join(line.split()))[:longest]


def for_spreadsheet(text: str) -> str:
    """Return text that a spreadsheet shows and does not obey, plain as above.

    What begins a field as a formula does gets an apostrophe. So does what comes behind
    a semicolon: where a comma is the decimal point, there a spreadsheet cuts.
    """
    return _FORMULA.sub(r"\1'", plain(text))


def short(name: str, most: int = 32) -> str:
    """Return a name that is no longer than most: beginning and end of a longer one."""
    if len(name) <= most:
        return name
    end = most // 3
    return f"{name[: most - end - 3]}...{name[-end:]}"


def listed(names: Sequence[str], most: int) -> str:
    """Return the first of some names, and how many there are beside them."""
    shown = ", ".join(names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def number_in(shown: str) -> float | None:
    """Return the number that a notebook shows as a value; None: it shows none."""
    if numpy := _NUMPY_NUMBER.fullmatch(shown):
        shown = numpy[1]
    try:
        return float(shown)
    except ValueError:
        return None
