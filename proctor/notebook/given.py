"""The cells that a student is given: put back where they were lost, and found changed.

They import what the tasks need, and define what the tasks build on; on what only
computes or shows something, nobody depends. The gradebook does not know them: they are
known by their text.
"""

from __future__ import annotations

from collections.abc import Iterable

from proctor.notebook.names import bound, lines, names_given
from proctor.text import listed

# As for the cells that the gradebook knows: likeness, and what is compared at most.
_LIKENESS, _LONGEST_COMPARED, _MOST_COMPARED = 60, 20_000, 100


def give_back(
    cells: list[dict], given: Iterable[tuple[str, str]], places: dict[str, dict]
) -> tuple[dict[int, str], list[str]]:
    """Put lost cells back, each after the one that it follows in the assignment.

    Parameters
    ----------
    cells
        Of the submission; the assignment's have their places.
    given
        Text, and the name of the assignment's cell before it.
    places
        The assignment's cells by name.

    Returns
    -------
    tuple
        By the identity of a changed cell, the text that was given; and what was done,
        a line each.
    """
    known = {id(cell) for cell in places.values()}
    own = [c for c in cells if c["cell_type"] == "code" and id(c) not in known]
    texts = {lines(cell["source"]): cell for cell in own}
    lacking = [(text, after) for text, after in given if lines(text) not in texts]
    as_given = {lines(text) for text, _ in given}
    left = [cell for cell in own if lines(cell["source"]) not in as_given]
    changed: dict[int, str] = {}
    notes: list[str] = []
    last = dict(places)
    for text, after in given:
        lost = names_given(text)
        if (text, after) not in lacking:
            found = texts[lines(text)]
            if lost and _is_late(cells, found, last.get(after), known):
                found = _insert(cells, text, last.get(after))
                shown = listed(sorted(lost), 4)
                notes.append(f"a given cell had moved down ({shown}): run before, too")
            last[after] = found
            continue
        like = _most_like(text, left)
        if like is not None:
            left = [cell for cell in left if cell is not like]
            changed[id(like)] = text
            last[after] = like
        if lost and not any(lost & bound(cell["source"]) for cell in own):
            # One that is all comments now gives nothing, however like it is.
            last[after] = _insert(cells, text, last.get(after))
            shown = listed(sorted(lost), 4)
            notes.append(f"a given cell was missing ({shown}): put back")
    return changed, notes


def _insert(cells: list[dict], text: str, before: dict | None) -> dict:
    """Insert a given cell after another, or as the first; return it."""
    cell = {"cell_type": "code", "id": None, "metadata": {}, "source": text}
    cells.insert(0 if before is None else _index(cells, before) + 1, cell)
    return cell


def _is_late(
    cells: list[dict], cell: dict, before: dict | None, known: set[int]
) -> bool:
    """Tell whether cells of the assignment stand before one that they come after.

    Who moves a cell in a notebook has run it, and does not see that it is too late.
    """
    start = 0 if before is None else _index(cells, before) + 1
    return any(id(one) in known for one in cells[start : _index(cells, cell)])


def _most_like(text: str, candidates: list[dict]) -> dict | None:
    if len(text) > _LONGEST_COMPARED:
        return None
    from rapidfuzz import fuzz  # here: most submissions need no likeness

    best, found = 0.0, None
    for cell in candidates[:_MOST_COMPARED]:
        if len(cell["source"]) <= _LONGEST_COMPARED:
            likeness = fuzz.ratio(text, cell["source"])
            if likeness > best:
                best, found = likeness, cell
    return found if best >= _LIKENESS else None


def _index(cells: list[dict], cell: dict) -> int:
    return next(i for i, c in enumerate(cells) if c is cell)
