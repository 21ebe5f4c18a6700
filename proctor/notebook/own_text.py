"""What of a cell a student wrote in words, whatever kind of cell it stands in.

A text is compared line by line with what was handed out. It is not parsed: it may be
hostile, and no expression here goes back over what it has read.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

# A comment or a string in code says something if it is so long, in words, or in letters
# of a script that puts no space between them.
_A_SENTENCE, _LETTERS = 5, 10
# In an answer of code, which has comments, it takes more; and in one line, in which a
# remark stands, or what an error says, more still.
_AT_LENGTH, _IN_A_LINE = 12, 20
# Names that follow each other, with nothing between, are no Python.
_IN_A_ROW = 3
_PROSE = ("markdown", "raw")
_NOT_PYTHON = ("%", "!", "?")
_WORD = re.compile(r"[^\W\d_]+")
_CODE_SIGN = re.compile(r"[=()\[\]{}<>_*+/]|:$")
_OTHER_SCRIPT = re.compile(r"[^\W\d_\x00-\u02ff]")
_SAID = re.compile(
    r"#[^\n]*"
    r"|\"{3}.*?(?:\"{3}|\Z)|'{3}.*?(?:'{3}|\Z)"
    r"|\"(?:\\.|[^\"\\\n])*\"?|'(?:\\.|[^'\\\n])*'?",
    re.DOTALL,
)


def is_prose(cell: dict) -> bool:
    """Tell whether a cell is for words."""
    return cell["cell_type"] in _PROSE


def plain_lines(text: str) -> list[str]:
    """Return a text's lines as they are compared: spaces count for nothing."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def known_lines(texts: Iterable[str]) -> frozenset[str]:
    """Return the lines of what was handed out."""
    return frozenset(line for text in texts for line in plain_lines(text))


def own_text(cell: dict, known: frozenset[str]) -> str:
    """Return what is said in a cell that was not handed out; empty: nothing is.

    That is its new lines. Code says something if there are no others than comments and
    strings, if one of these is a sentence, or if a line is words and no Python.
    """
    new = new_lines(cell, known)
    if is_prose(cell):
        return new if any(map(_says_something, plain_lines(new))) else ""
    pieces: list[str] = []

    def keep(found: re.Match[str]) -> str:
        pieces.append(found[0])
        return " "

    code = _SAID.sub(keep, new)
    if not code.strip():
        return new if any(map(_WORD.search, pieces)) else ""
    said = any(map(_is_sentence, pieces)) or any(map(_is_no_python, code.splitlines()))
    return new if said else ""


def long_text(cell: dict, known: frozenset[str]) -> str:
    """Return what is said at length in a task's own code; empty: nothing is.

    Code has comments, and they are no answer to a question; one is that goes on for
    some lines, or in a string.
    """
    pieces: list[str] = []
    source, rest = cell["source"], 0
    for found in _SAID.finditer(source):
        between, rest = source[rest : found.start()], found.end()
        goes_on = pieces and not between.strip() and found[0].startswith("#")
        if goes_on and pieces[-1].startswith("#"):
            pieces[-1] += f"\n{found[0]}"
        else:
            pieces.append(found[0])
    new = (_without(known, piece) for piece in pieces)
    return "\n\n".join(filter(_is_long, new))


def new_lines(cell: dict, known: frozenset[str]) -> str:
    """Return what is new in a cell, with the empty lines between."""
    return _without(known, cell["source"])


def _without(known: frozenset[str], text: str) -> str:
    lines = (line.rstrip() for line in text.splitlines())
    return "\n".join(
        line for line in lines if " ".join(line.split()) not in known
    ).strip("\n")


def _says_something(line: str) -> bool:
    """Tell whether a line of prose is more than a rule or a short heading.

    A picture of something written has a line as well.
    """
    if line.startswith("#"):
        return _is_sentence(line)
    return any(map(str.isalnum, line))


def _is_sentence(text: str) -> bool:
    words = len(_WORD.findall(text))
    return words >= _A_SENTENCE or len(_OTHER_SCRIPT.findall(text)) >= _LETTERS


def _is_long(text: str) -> bool:
    """Tell whether a comment or a string has many words; old code has not."""
    prose = "\n".join(filter(_is_prose_line, text.splitlines()))
    wanted = _AT_LENGTH if "\n" in text.strip() else _IN_A_LINE
    if len(_OTHER_SCRIPT.findall(prose)) >= 2 * wanted:
        return True
    return len(_WORD.findall(prose)) >= wanted


def _is_prose_line(line: str) -> bool:
    """Tell whether a line has more words than signs of code."""
    words = len(_WORD.findall(line)) or len(_OTHER_SCRIPT.findall(line))
    return 2 * len(_CODE_SIGN.findall(line)) < words


def _is_no_python(line: str) -> bool:
    """Tell whether a line of code is words."""
    if line.lstrip().startswith(_NOT_PYTHON):
        return False
    in_a_row = 0
    for word in line.split():
        whole = _WORD.fullmatch(word.rstrip(",.;:")) and not keyword.iskeyword(word)
        in_a_row = in_a_row + 1 if whole else 0
        if in_a_row >= _IN_A_ROW:
            return True
        if not word.isalpha():  # it ends in a comma or the like
            in_a_row = 0
    return len(_OTHER_SCRIPT.findall(line)) >= _LETTERS
