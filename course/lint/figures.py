"""Figures in prose: where they stand, and whether a computed value agrees with one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
# Not the 2 of Conv2d, the 32 of float32, or the second half of 3.14.
_START = r"(?:(?<![\w.,])|(?<=\dx))"

_SCALES = {
    "%": 0.01,
    "percent": 0.01,
    "per cent": 0.01,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "kB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "TB": 1e12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}
_SCALE = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_FIGURE = re.compile(rf"{_START}({_NUMBER})(?:[ -]?({_SCALE})(?!\w))?")

# "9 times" and "2.25x", but not the sides of "3x3" or the product "2 x padding".
_FACTOR = r"(?:\s?times\b|[x\u00d7](?!\s?[\d(])(?![\w$^]))"
_TIME = r"[ -]?(?:ns|\u00b5s|us|ms|s|seconds?|min|minutes?|h|hours?|days?)(?![\w'])"
_CLAIM = re.compile(
    rf"{_START}(?:(?P<number>{_NUMBER})"
    rf"(?P<unit>{_FACTOR}|{_TIME}|[ -]?(?:{_SCALE})(?!\w))?)"
)
_YEAR = re.compile(r"(?:19|20)\d\ds?")

# What is read as code or as an address, not as a statement.
_NO_PROSE = re.compile(
    r"```.*?```|~~~.*?~~~|`[^`\n]*`"  # code
    r"|</?[A-Za-z][^>]*>|<!--.*?-->"  # tags
    r"|(?<=\])\([^)\s]*\)|https?://\S+|arXiv:\S+|doi:\S+"  # targets of links
    r"|\(\d+(?:,\s+\d+)+,?\)",  # shapes such as (32, 3, 224, 224)
    re.DOTALL,
)


@dataclass(frozen=True)
class Claim:
    """A figure in a text that a reader would believe.

    Attributes
    ----------
    text
        As it stands there, ``97 %`` for example.
    start, end
        Where, in the text that :func:`plain` gives.
    """

    text: str
    start: int
    end: int


def plain(text: str) -> str:
    """Return ``text`` on one line: line breaks and quote marks do not matter."""
    text = re.sub(r"^[ \t]*>[ \t]?", "", text, flags=re.MULTILINE)
    return re.sub(r"\s+", " ", text.replace("{,}", ",")).strip()


def claims(markdown: str) -> Iterator[Claim]:
    """Find the figures that need a fact; positions are those in ``plain(markdown)``.

    That is a number of four digits or more, a percentage, a factor (``9 times``,
    ``2.25x``), a size in bytes, a duration, and what is counted in thousands or more.
    Code, link targets, addresses, shapes and years are none.
    """
    # Of the same length, so that positions hold.
    text = plain(markdown)
    text = _NO_PROSE.sub(lambda found: "\0" * len(found[0]), text)
    for found in _CLAIM.finditer(text):
        number, unit = found["number"], found["unit"]
        digits = sum(map(str.isdigit, number.partition(".")[0]))
        if (unit or digits >= 4) and not _YEAR.fullmatch(found[0]):
            yield Claim(found[0], found.start(), found.end())


def numbers(text: str) -> list[tuple[str, float, float]]:
    """Return the numbers of a text: as written, the value, and how far off it may be.

    ``2.8 billion`` is ``("2.8 billion", 2.8e9, 0.05e9)``: half of the last digit that
    is written.
    """
    result = []
    for found in _FIGURE.finditer(plain(text)):
        written, scale = found[1].replace(",", ""), _SCALES.get(found[2], 1)
        decimals = len(written.partition(".")[2])
        result.append((found[0], float(written) * scale, 0.5 * 10**-decimals * scale))
    return result


def agrees(value: float, written: float, tolerance: float) -> bool:
    """Tell whether ``value``, rounded, is the number that is written.

    A whole number without a scale must be met exactly by a whole value.
    """
    if tolerance == 0.5 and isinstance(value, int):
        return value == written
    return abs(value - written) <= tolerance * (1 + 1e-9)


def spelled(value: float) -> str:
    """Return ``value`` as it is shown to an author."""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.1f}"
