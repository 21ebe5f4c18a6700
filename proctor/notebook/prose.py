"""Answers for a person that a student wrote beside the cell that asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from proctor.notebook.assignment import Wanted
from proctor.notebook.cells import grade_id, is_known
from proctor.notebook.names import lines

# As for cells: so alike a text is the author's, and longer ones are not compared.
_LIKENESS, _LONGEST_COMPARED = 60, 20_000
_PROSE = ("markdown", "raw")


def around(cells: list[dict], cell: dict) -> Iterator[dict]:
    """Yield the texts around a cell, up to code and the assignment's cells."""
    at = next(i for i, one in enumerate(cells) if one is cell)
    before = [*takewhile(_is_prose, reversed(cells[:at]))]
    yield from reversed(before)
    yield from takewhile(_is_prose, cells[at + 1 :])


def answers_beside(
    cells: list[dict], wanted: list[Wanted], prose: Iterable[tuple[str, str]]
) -> list[str]:
    """Fill answers that were left empty with what stands beside them.

    A person reads them; what is beside them stays there. Called when all cells of the
    assignment have their places.

    Parameters
    ----------
    prose
        The author's own texts there, each with the name of the answer.

    Returns
    -------
    list[str]
        What was done, a line each.
    """
    theirs: dict[str, list[str]] = {}
    for text, name in prose:
        theirs.setdefault(name, []).append(text)
    places = {grade_id(cell): cell for cell in cells if grade_id(cell)}
    notes = []
    for asked in wanted:
        if asked.name not in theirs or not asked.is_answer:
            continue
        cell = places[asked.name]
        if lines(cell["source"]) != lines(asked.source):
            continue
        beside = (one["source"] for one in around(cells, cell))
        own = [text for text in beside if _is_own(text, theirs[asked.name])]
        if own:
            cell["source"] = "\n\n".join(own)
            notes.append(
                f"cell {asked.name!r} was not filled in: what stands beside it was "
                "taken for the answer"
            )
    return notes


def _is_prose(cell: dict) -> bool:
    return cell["cell_type"] in _PROSE and not is_known(
        cell["metadata"].get("nbgrader", {})
    )


def _is_own(text: str, theirs: list[str]) -> bool:
    """Tell whether a text is the student's, and no heading or text of the author's."""
    known = {line for one in theirs for line in lines(one)}
    written = [line for line in lines(text) if line not in known]
    if not any(line.lstrip("# ") for line in written):
        return False
    if len(text) > _LONGEST_COMPARED:
        return True
    from rapidfuzz import fuzz  # here: most submissions need no likeness

    return not any(
        len(one) <= _LONGEST_COMPARED and fuzz.ratio(text, one) >= _LIKENESS
        for one in theirs
    )
