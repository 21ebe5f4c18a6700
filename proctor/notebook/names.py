"""The names that a cell's text gives, and its lines; the text is not parsed.

It may be hostile, and keep a parser busy, or end it: no expression here goes back over
what it has read.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator

from proctor.notebook.remembered import remembered

_DEFINITION = re.compile(r"^(?:async +def|def|class) +(\w+)", re.MULTILINE)
_IMPORT = re.compile(r"^(?:from|import) .*", re.MULTILINE)
_IMPORTING = re.compile(r"\bimport\b")
_NAME = re.compile(r"\w+")
_RUBRIC = re.compile(r"^[ \t]*(?:from|import) +proctor\.rubric\b", re.MULTILINE)
_ASSIGNMENT = re.compile(r"^(\w+(?:, *\w+)*) *(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_DELETION = re.compile(r"^(?:.*;)? *del +([^;#\n]+)", re.MULTILINE)
_WORD = re.compile(r"\b[^\W\d]\w*")
# A comment, or a string to its end, with what stands before it.
_NO_CODE = re.compile(
    r"#[^\n]*"
    r"|(?P<prefix>(?<!\w)[A-Za-z]{0,2})"
    r"(?:\"{3}(?:.*?\"{3}|.*)|'{3}(?:.*?'{3}|.*)"
    r"|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?)",
    re.DOTALL,
)
# What gives a name a value inside a loop, a condition or a `with`, besides at the top.
_TARGETS = re.compile(
    r"[ \t]*(?:(?:async +)?for +(?P<loop>\(?\w[\w, ()]*) in\b"
    r"|with\b.* as +(?P<opened>\w+) *:"
    r"|(?P<made>\w+(?: *, *\w+)*) *(?::[^=\n]*)?[-+*/|&]?=(?!=))"
)
_LONGEST_LINE = 300
_IN_A_DEFINITION = ("def ", "class ", "async def ")
_USED = re.compile(r"(?<![\w.])[^\W\d]\w*")
_MAKES = re.compile(r"\b(?:def|lambda)\b")
_IN_BRACKETS = re.compile(r"\[[^\[\]]*\]")
_LOOPS = re.compile(r"\bfor\b")
# What comes of a name of NumPy's that has the place of one of Python's.
ALL_OF_NUMPY = re.compile(
    r"^[ \t]*(?:from +(?:numpy|(?:matplotlib\.)?pylab) +import +\*|%pylab\b)",
    re.MULTILINE,
)
HIDDEN_BY_NUMPY = frozenset("abs all any max min pow round sum".split())  # noqa: SIM905
_PYTHONS = frozenset(name for name in dir(builtins) if not name.startswith("_"))
# A line that goes on with what the one before it has begun.
_GOES_ON = (" ", "\t", ")", "]", "}", "else", "elif", "except", "finally")


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


@remembered
def bound(text: str) -> frozenset[str]:
    """Return these, and the names that it gives a value to."""
    return frozenset(names_given(text) | _assigned(text))


def deleted(text: str) -> set[str]:
    """Return the names that a text deletes, outside of all that is indented."""
    listed = _DELETION.findall(without_texts(text))
    return {name for names in listed for name in _WORD.findall(names)}


def taken(text: str) -> frozenset[str]:
    """Return the names of Python's own that it gives another value."""
    by_numpy = HIDDEN_BY_NUMPY if ALL_OF_NUMPY.search(text) else frozenset()
    # Several statements of a line are lines here, as deep as if they went on with it.
    code = without_texts(text).replace(";", "\n ")
    made = bound(text).union(name for name, _ in hides(code))
    return (made & _PYTHONS) | by_numpy


@remembered
def used(text: str) -> frozenset[str]:
    """Return the names in its code that it does not bind at all, not even inside."""
    code = without_texts(text)
    own = set(bound(text))
    for line in code.split("\n"):
        head, equals, value = line.partition("=")
        compared = value.startswith("=") or head.endswith(("<", ">", "!"))
        if equals and not compared and head.count("(") == head.count(")"):
            own.update(_WORD.findall(head.partition(":")[0]))
    for loop in _LOOPS.split(code)[1:]:
        own.update(_WORD.findall(loop.partition(" in ")[0]))
    for made in _MAKES.split(code)[1:]:
        taken = made.partition(")" if "(" in made.partition(":")[0] else ":")[0]
        for one in _IN_BRACKETS.sub("", taken).replace("(", ",").split(","):
            own.update(_WORD.findall(one)[:1])
    return frozenset(_USED.findall(code)) - own


def words(text: str) -> set[str]:
    """Return all names that stand in its code, whatever for."""
    return set(_WORD.findall(without_texts(text)))


def without_texts(text: str) -> str:
    """Return a text's code, without comments and strings but those of format."""
    return _NO_CODE.sub(_code_of, text)


@remembered
def parts(text: str) -> tuple[tuple[frozenset[str], str], ...]:
    """Return what a text makes, from its beginning to its end: names, and lines.

    A decorator stands with what it decorates; what makes no name is left out.
    """
    found: list[list[str]] = []
    opened = False
    for line in lines(text):
        if line.startswith("#"):
            continue
        if found and (opened or line.startswith(_GOES_ON)):
            found[-1].append(line)
        else:
            found.append([line])
        made = line.startswith(("def", "class", "async"))
        opened = line.startswith("@") or (opened and not made)
    texts = ["\n".join(part) for part in found]
    return tuple((bound(part), part) for part in texts if bound(part))


@remembered
def hides(text: str) -> frozenset[tuple[str, str]]:
    """Return the names to which a text's own lines give a value, each with its line.

    In its loops too, and not inside a function or a class, whose names are its own.
    Of a line its code stands there, without strings.
    """
    found: set[tuple[str, str]] = set()
    within, depth = False, 0
    for line in lines(without_texts(text)):
        if line[0].strip() and not line.startswith((")", "]", "}")):
            within = line.startswith(_IN_A_DEFINITION)
        if len(line) <= _LONGEST_LINE and not (within or depth):
            given = _TARGETS.match(line)
            names = " ".join(filter(None, given.groups())) if given else ""
            found |= {(name, line) for name in _WORD.findall(names)}
        found |= {(name, line) for name in _DEFINITION.findall(line)}
        depth = max(
            depth + sum(map(line.count, "([{")) - sum(map(line.count, ")]}")), 0
        )
    return frozenset(found)


def _assigned(text: str) -> set[str]:
    targets = _ASSIGNMENT.findall(text)
    return {name for listed in targets for name in _WORD.findall(listed)}


def _code_of(found: re.Match[str]) -> str:
    """Return what is code in a comment or a string: an f-string has some."""
    return found[0] if "f" in (found["prefix"] or "").lower() else " "


@remembered
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
