"""Cells that are there more than once: which counts, and which would do harm."""

from __future__ import annotations

from proctor.notebook.assignment import Wanted
from proctor.notebook.cells import grade_id
from proctor.notebook.names import defined, lines, parts

# What stands in place of a copy that would take back what is written.
SILENCED = "# A copy of what was handed out: it is not run."


def is_written(cell: dict, wanted: Wanted) -> bool:
    """Tell whether a student wrote something into a cell."""
    return not wanted.locked and lines(cell["source"]) not in ((), lines(wanted.source))


def which_counts(there: list[dict], own: dict, wanted: Wanted) -> str:
    """Say which of several cells of one name counts."""
    written = [cell for cell in there if is_written(cell, wanted)]
    if len(written) == 1:
        return "the one that is written counts"
    if len(written) > 1 and wanted.cell_type == "code":
        return "each is run, and the last value of a name counts"
    return "the last counts" if own is there[-1] else "the last that is written counts"


def silence_stubs(
    others: list[dict],
    wanted: list[Wanted],
    places: dict[str, dict],
    elsewhere: dict[str, dict],
) -> list[str]:
    """Keep copies of what was handed out from taking the place of what is written.

    Parameters
    ----------
    others
        The cells of a submission, those of the author's left out.
    places, elsewhere
        The cell of each name; and, where it is not that, the one that has its code.

    Returns
    -------
    list[str]
        What was done, a line each.
    """
    notes = []
    others = [other for other in others if other["cell_type"] == "code"]
    for cell in wanted:
        own, stub = places[cell.name], lines(cell.source)
        done = cell.name in elsewhere or is_written(own, cell)
        if cell.cell_type != "code" or not cell.is_solution or not stub or not done:
            continue
        names = defined(cell.source)
        pieces = [(made & names, part) for made, part in parts(cell.source)]
        below = [
            _silence_below(one, made, part)
            for made, part in pieces
            for one in others
            if made and part.partition("\n")[0] in one["source"]
        ]
        if any(below):
            notes.append(
                f"cell {cell.name!r}: what was handed out stands once more below the "
                "answer, in the same cell, and is not run"
            )
        copies = [
            other
            for other in others
            if lines(other["source"]) == stub and not grade_id(other)
        ]
        for other in copies:
            other["source"] = SILENCED
        if copies:
            notes.append(f"cell {cell.name!r}: a copy as it was handed out is not run")
    return notes


def _silence_below(cell: dict, names: frozenset[str], part: str) -> bool:
    """Take a part of what was handed out from below an answer in the same cell.

    Parameters
    ----------
    names
        What the part defines.
    """
    written, stub = cell["source"].split("\n"), part.split("\n")
    full = [i for i, line in enumerate(written) if line.strip()]
    texts = [written[i].rstrip() for i in full]
    at = len(texts) - len(stub)
    while at > 0 and (texts[at] != stub[0] or texts[at : at + len(stub)] != stub):
        at -= 1
    if at <= 0 or not names & defined("\n".join(texts[:at])):
        return False
    first, last = full[at], full[at + len(stub) - 1]
    written[first : last + 1] = [SILENCED]
    cell["source"] = "\n".join(written)
    return True
