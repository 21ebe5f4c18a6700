"""Whether a notebook is another assignment's, handed in under this one's name."""

from __future__ import annotations

from proctor.notebook.assignment import Wanted
from proctor.notebook.cells import Marks, grade_id
from proctor.notebook.names import defined, lines
from proctor.text import listed

# One in so many of the tasks is not there in any form: no student deletes these.
_LACKING = 4


def is_anothers(cells: list[dict], wanted: list[Wanted], marks: Marks) -> str:
    """Return what tells that cells are another assignment's; or nothing.

    None of this one's tests is there by whatever name. Few of its cells are, and as
    many of others as make half of it; or no cell has a name, it has functions, and some
    of the tasks are not there at all.
    """
    names = {name for cell in cells if (name := _name_of(cell))}
    known = {cell.name for cell in wanted}
    tests = {lines(marks.without_hidden(c.source)) for c in wanted if c.is_test}
    if any(lines(cell["source"]) in tests for cell in cells):
        return ""
    if names:
        few = 2 * len(names & known) < len(wanted) < 2 * len(names - known)
        return f"its cells are {listed(sorted(names - known), 4)}" if few else ""
    there = set().union(*(defined(cell["source"]) for cell in cells))
    asked = {c.name: defined(c.source) for c in wanted if c.is_solution}
    asked = {name: functions for name, functions in asked.items() if functions}
    lacking = [name for name, functions in asked.items() if not functions & there]
    theirs = there and lacking and _LACKING * len(lacking) >= len(asked)
    shown = listed(sorted(lacking), 4)
    return f"it has no test of this one, and nothing of {shown}" if theirs else ""


def _name_of(cell: dict) -> str:
    name = grade_id(cell)
    return name if isinstance(name, str) else ""
