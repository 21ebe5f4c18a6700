"""What the verdicts on a notebook's tests come to: its cells, and what they need."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from proctor.grade.cell_results import BY_HAND, UNGRADED, Cell, shared
from proctor.grade.results import LONGEST
from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook
from proctor.notebook.mend import PUT_BACK
from proctor.text import listed, plain_line

_MOST_NAMED, _LONGEST_NAME = 3, 100


def trouble_of(verdicts: Mapping[str, Verdict]) -> str:
    """Return why somebody must look; empty where nobody must."""
    for name, verdict in verdicts.items():
        if verdict.author_error:
            return f"{name}: {verdict.message}"
    return ""


def nothing_of(
    assigned: AssignedNotebook,
    left: set[str],
    notes: Collection[str],
    beside: Collection[str],
) -> str:
    """Return why somebody must look where nothing was written; empty: nobody must.

    Who forgot to save, or handed in something else, has no such notebook as was handed
    out.

    Parameters
    ----------
    left
        The solution cells that are as they were handed out.
    notes
        What was done with the notebook.
    beside
        The names of what was handed in with it, and may hold the work.
    """
    file = f"{assigned.name}.ipynb"
    # (What a person reads, may hold a note on what lies elsewhere by now.)
    asked = {c.name for c in assigned.cells if c.is_solution and not c.is_answer}
    if not asked or not asked <= left:
        return ""
    missing = sum(note.endswith(PUT_BACK) for note in notes)
    if missing == len(assigned.cells):
        return f"{file} has none of the assignment's cells: a person has to look"
    if beside:
        names = (plain_line(name, _LONGEST_NAME) for name in beside)
        return (
            f"nothing is written in {file}, and beside it lies "
            f"{listed([*names], _MOST_NAMED)}: a person has to look"
        )
    return ""


def cells_of(
    notebook: dict, verdicts: Mapping[str, Verdict], unanswered: set[str]
) -> list[Cell]:
    """Return the graded cells in the notebook's order."""
    found = []
    for cell in notebook["cells"]:
        data = cells.grading(cell)
        if not cells.is_graded(data):
            continue
        name, points = data["grade_id"], cells.points_of(data)
        if name in verdicts:
            v = verdicts[name]
            message = v.message[:LONGEST]  # names that it repeats may be long
            cell = Cell(name, v.score, points, v.status, message, v.checks)
            found.append(shared(replace(cell, together=v.together)))
        elif name in unanswered:
            found.append(Cell(name, 0.0, points, "failed", "no answer was written"))
        else:
            found.append(Cell(name, 0.0, points, UNGRADED, BY_HAND))
    return found


def unanswered_in(notebook: dict, assigned: AssignedNotebook) -> set[str]:
    """Return the solution cells that are as they were handed out."""
    handed_out = {c.name: c.source.strip() for c in assigned.cells if c.is_solution}
    return {
        name
        for cell in notebook["cells"]
        if (name := cells.grade_id(cell)) in handed_out
        and cell["source"].strip() == handed_out[name]
    }
