"""Read values whose type and content a submission chose."""

from __future__ import annotations

import base64
import math
import re
from typing import Any

# Terminal control sequences: colours and cursor movement, titles, two-letter ones.
_TERMINAL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?"
)
# Not allowed in HTML, or, as the marks that reverse the reading order, misleading.
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_PNG = b"\x89PNG\r\n\x1a\n"
# A few kilobytes of PNG can unpack to gigabytes of pixels: each picture, and all of a
# page. A browser takes four bytes or more for each.
_MOST_PIXELS_PER_SIDE, _MOST_PIXELS = 10_000, 100_000_000
_LONGEST_PICTURE = 5_000_000
_LONGEST_FORMATTED = 20_000


def mapping(value: Any) -> dict:
    """Return ``value`` if it is a dict, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Any) -> list:
    """Return the members of a list or tuple; none of anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def number(value: Any) -> float:
    """Return ``value`` if it is a finite number, otherwise 0."""
    try:
        value = float(value) if isinstance(value, int | float) else 0.0
    except OverflowError:  # an integer of hundreds of digits
        return 0.0
    return value if math.isfinite(value) else 0.0


def text(value: Any, longest: int | None = None) -> str:
    """Return a string, or a list of strings joined, free of control characters.

    Parameters
    ----------
    longest
        How many characters to read at most; the rest is dropped unseen.
    """
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    elif not isinstance(value, str):
        return ""
    value = value[:longest]
    if not _CONTROL.search(value):
        return value
    value = _TERMINAL.sub("", value.replace("\r\n", "\n"))
    if "\r" in value:
        # A progress bar writes its line again and again: the last time counts.
        lines = (line.rstrip("\r") for line in value.split("\n"))
        value = "\n".join(line.rpartition("\r")[2] for line in lines)
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", value)


def line(value: Any, longest: int = 600) -> str:
    """Return ``value`` as one line, shortened where it is long."""
    joined = " ".join(text(value, 10 * longest).split())
    return joined if len(joined) <= longest else joined[: longest - 3] + "..."


def png(value: Any) -> str | None:
    """Return a picture's base64 on one line, or None if it is no PNG picture."""
    return picture("image/png", value)


def picture(kind: str, value: Any) -> str | None:
    """Return a picture's base64 on one line, or None if it is none of this kind.

    Parameters
    ----------
    kind
        ``image/png`` or ``image/jpeg``; there are no pictures of another.
    """
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str) or kind not in _SIDES:
        return None
    data = "".join(value.split())
    sides = _sides(kind, data)
    if sides is None or max(sides) > _MOST_PIXELS_PER_SIDE:
        return None
    return data


def pixels(kind: str, data: str) -> int:
    """Return how many pixels a picture has that :func:`picture` has returned."""
    width, height = _sides(kind, data) or (0, 0)
    return width * height


def _sides(kind: str, data: str) -> tuple[int, int] | None:
    try:
        return _SIDES[kind](base64.b64decode(data, validate=True))
    except ValueError:
        return None


def _png_sides(content: bytes) -> tuple[int, int] | None:
    """Return a PNG's width and height in pixels; None if it does not begin as one."""
    if not content.startswith(_PNG) or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg_sides(content: bytes) -> tuple[int, int] | None:
    """Return a JPEG's width and height in pixels; None if it does not begin as one.

    Its segments follow each other: 0xFF, a marker, a length of two bytes that counts
    itself. The first frame header (ITU T.81, table B.1 and B.2.2) has the sides.
    """
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    place = 2
    while content[place : place + 1] == b"\xff" and place + 9 <= len(content):
        marker = content[place + 1]
        if marker == 0xFF:  # a byte that fills up
            place += 1
            continue
        if marker in _JPEG_FRAMES:
            height, width = content[place + 5 : place + 7], content[place + 7 :][:2]
            return int.from_bytes(width), int.from_bytes(height)
        length = int.from_bytes(content[place + 2 : place + 4])
        if marker in _JPEG_NO_HEADER or length < 2:
            return None
        place += 2 + length
    return None


_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length, and those that cannot stand before the frame.
_JPEG_NO_HEADER = frozenset({0x00, 0x01, *range(0xD0, 0xDB)})
_SIDES = {"image/png": _png_sides, "image/jpeg": _jpeg_sides}


class Allowance:
    """How much one page may take: a bound on its size, and on the time it costs.

    Attributes
    ----------
    text, formatted, pictures
        Characters left: of plain text, of Markdown and code to be formatted, and of
        base64.
    pixels
        What is left of those that its pictures have.
    """

    def __init__(self) -> None:
        self.text = 2_000_000
        self.formatted = 200_000
        self.pictures = 20_000_000
        self.pixels = _MOST_PIXELS

    def take_text(self, content: str, longest: int) -> tuple[str, int]:
        """Return as much of ``content`` as may be shown, and how much is left out."""
        shown = content[: min(longest, self.text)]
        self.text -= len(shown)
        return shown, len(content) - len(shown)

    def take_formatted(self, content: str) -> bool:
        """Return whether ``content`` may be formatted, and count it if so."""
        if len(content) > min(_LONGEST_FORMATTED, self.formatted):
            return False
        self.formatted -= len(content)
        return True

    def take_picture(self, kind: str, data: str) -> bool:
        """Return whether a picture may be shown, and count it if so.

        Parameters
        ----------
        kind, data
            What :func:`picture` was given, and what it returned.
        """
        large = pixels(kind, data)
        if len(data) > min(_LONGEST_PICTURE, self.pictures) or large > self.pixels:
            return False
        self.pictures -= len(data)
        self.pixels -= large
        return True
