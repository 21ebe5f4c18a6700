"""Whether a notebook is another assignment's, handed in under this one's name."""

from __future__ import annotations

from proctor.notebook.assignment import Wanted
from proctor.notebook.cells import Marks, grade_id
from proctor.notebook.names import lines
from proctor.text import listed


def is_anothers(cells: list[dict], wanted: list[Wanted], marks: Marks) -> str:
    """Return the names of cells if they are another assignment's; or nothing.

    Few of this one's cells are there, as many of others as make half of it, and none of
    its tests is there by whatever name.
    """
    names = {name for cell in cells if (name := _name_of(cell))}
    known = {cell.name for cell in wanted}
    tests = {lines(marks.without_hidden(c.source)) for c in wanted if c.is_test}
    few = 2 * len(names & known) < len(wanted) < 2 * len(names - known)
    if not few or any(lines(cell["source"]) in tests for cell in cells):
        return ""
    return listed(sorted(names - known), 4)


def _name_of(cell: dict) -> str:
    name = grade_id(cell)
    return name if isinstance(name, str) else ""
