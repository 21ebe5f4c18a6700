"""Git's marks of a conflict: in a notebook's file, or in the text of a cell.

Git itself writes them between the lines of the file, and what merges notebooks cell by
cell (nbdime) into a cell's text. Each side by itself may be whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from proctor.notebook.cells import grade_id
from proctor.text import listed

_ANY = re.compile(r"^[<>]{7} ", re.MULTILINE)
_ALL = (
    re.compile(r"^<{7}( .*)?$", re.MULTILINE),
    re.compile(r"^={7}$", re.MULTILINE),
    re.compile(r"^>{7}( .*)?$", re.MULTILINE),
)
# As a task is handed out: after a rebase the student's own side is the other one.
_UNWRITTEN = re.compile(r"NotImplementedError|YOUR CODE HERE")


def has_mark(text: str) -> bool:
    """Tell whether a line of a text looks like a mark of a conflict."""
    return _ANY.search(text) is not None


def sides_of(text: str) -> Iterator[tuple[str, str]]:
    """Yield each side's name and text: before the other the one that is written."""
    sides = [(name, _side_of(text, name)) for name in ("first", "second")]
    yield from sorted(sides, key=lambda side: len(_UNWRITTEN.findall(side[1])))


def take_sides(cells: list[dict]) -> list[str]:
    """Leave of each conflict in a cell one side; return notes that say so."""
    taken: dict[str, list[str]] = {}
    for number, cell in enumerate(cells, 1):
        text = cell["source"]
        if not all(mark.search(text) for mark in _ALL):
            continue
        side, cell["source"] = next(sides_of(text))
        taken.setdefault(side, []).append(grade_id(cell) or str(number))
    return [
        f"git's marks of a conflict in a cell ({listed(names, 4)}): the {side} version "
        "was taken"
        for side, names in taken.items()
    ]


def _side_of(text: str, wanted: str) -> str:
    # Line by line: a pattern takes too long where a hostile text has many marks.
    kept = []
    side = ""
    for line in text.split("\n"):
        mark = line[:7]
        if mark == "<<<<<<<":
            side = "first"
        elif side and mark == "|||||||":
            side = "base"
        elif side and mark == "=======":
            side = "second"
        elif side and mark == ">>>>>>>":
            side = ""
        elif side in ("", wanted):
            kept.append(line)
    return "\n".join(kept)
