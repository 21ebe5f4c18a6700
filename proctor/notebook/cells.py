"""What nbgrader's metadata and marks say of a cell: said here and nowhere else."""

from __future__ import annotations

import re

_REGION = re.compile(r"[ \t]*#+ (BEGIN|END) HIDDEN TESTS[ \t]*")
# The tag of cells that are not run when a notebook is graded.
SKIP = "skip-grading"
KERNEL = {"display_name": "python3", "language": "python", "name": "python3"}


def visible_and_hidden(source: str) -> tuple[str, str]:
    """Return a test cell's visible part and its hidden region, as two cells.

    Each keeps its place: the other's lines are blank. proctor runs both, so that a
    failure in the visible part, which the student has seen, hides no check.
    """
    parts: tuple[list[str], list[str]] = [], []
    hidden = False
    for line in source.splitlines():
        mark = _REGION.fullmatch(line)
        if mark:
            hidden = mark[1] == "BEGIN"
            line = ""
        for part, text in zip(parts, ("", line) if hidden else (line, ""), strict=True):
            part.append(text)
    return "\n".join(parts[0]), "\n".join(parts[1])
