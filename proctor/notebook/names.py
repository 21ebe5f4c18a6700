"""The names that a cell's text gives, and its lines; the text is not parsed.

It may be hostile, and keep a parser busy, or end it: no expression here goes back over
what it has read.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

# A submission's cells are looked at again and again, and there may be so many.
_REMEMBERED = 1 << 15

_DEFINITION = re.compile(r"^(?:async +def|def|class) +(\w+)", re.MULTILINE)
_IMPORT = re.compile(r"^(?:from|import) .*", re.MULTILINE)
_IMPORTING = re.compile(r"\bimport\b")
_NAME = re.compile(r"\w+")
_RUBRIC = re.compile(r"^[ \t]*(?:from|import) +proctor\.rubric\b", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^(\w+) *(?::[^=\n]*)?=(?!=)", re.MULTILINE)


def defined(text: str) -> set[str]:
    """Return the names of the functions and classes that a text defines."""
    return set(_DEFINITION.findall(text))


def names_given(text: str) -> set[str]:
    """Return these, and the names that it imports."""
    return defined(text) | imported(text)


def imported(text: str) -> set[str]:
    """Return the names that a text imports."""
    return {name for line in _IMPORT.findall(text) for name in _names_in(line)}


def uses_rubric(text: str) -> bool:
    """Tell whether a test cell is written for the examiner."""
    return _RUBRIC.search(text) is not None


@functools.lru_cache(_REMEMBERED)
def bound(text: str) -> frozenset[str]:
    """Return these, and the names that it gives a value to."""
    return frozenset(names_given(text) | set(_ASSIGNMENT.findall(text)))


@functools.lru_cache(_REMEMBERED)
def lines(text: str) -> tuple[str, ...]:
    """Return its lines, without the empty ones and the space at their ends."""
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())


def _names_in(line: str) -> Iterator[str]:
    """Yield the names that a line imports, in time that grows with it alone."""
    for listed in _IMPORTING.split(line)[1:]:
        for one in listed.partition(";")[0].split(","):
            words = one.replace("(", " ").split(maxsplit=3)
            if words[1:2] == ["as"]:
                words = words[2:]
            if words and (name := _NAME.match(words[0])):
                yield name[0]
