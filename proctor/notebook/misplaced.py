"""Answers for a person that a student wrote elsewhere than in the cell that asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from proctor.notebook.assignment import Wanted
from proctor.notebook.cells import grade_id, grading, index_of, is_known, is_solution
from proctor.notebook.doubled import SILENCED
from proctor.notebook.mend import is_put_back
from proctor.notebook.names import lines
from proctor.notebook.own_text import (
    is_prose,
    known_lines,
    long_text,
    new_lines,
    own_text,
    plain_lines,
)

# Of what was found, so much is put into an answer; the rest stands where it was.
_LONGEST, _MOST = 20_000, 3


def find_by_place(
    cells: list[dict], wanted: list[Wanted], around: Iterable[tuple[str, str]]
) -> list[str]:
    """Give answers that lost their metadata alone their names again.

    An answer is in its place where it follows, or else comes before, the author's text
    that it followed. Called before anything else of a submission is looked at.

    Parameters
    ----------
    around
        The author's notebook: see `AssignedNotebook`.

    Returns
    -------
    list[str]
        What was done, a line each.
    """
    around = list(around)
    ids = ((grade_id(c), c["id"], c["metadata"].get("id")) for c in cells)
    there = {id_ for of_cell in ids for id_ in of_cell if isinstance(id_, str)}
    missing = [asked for asked in _texts_asked(wanted) if asked.name not in there]
    known = known_lines(text for text, _ in around) if missing else frozenset()
    notes = []
    for asked in missing:
        before, after = _neighbours(cells, asked.name, around)
        behind = [] if before is None else cells[before + 1 : before + 2]
        ahead = cells[after - 1 : after] if after else []
        for found in behind + ahead:
            if _is_free(found) and own_text(found, known):
                found["metadata"]["nbgrader"] = dict(asked.metadata)
                notes.append(
                    f"cell {asked.name!r} had lost its metadata: found by its place"
                )
                break
    return notes


def _neighbours(
    cells: list[dict], name: str, around: list[tuple[str, str]]
) -> tuple[int | None, int | None]:
    """Return where the author's texts before and after an answer stand, if they do.

    A text that the author has twice tells no place.
    """
    found: list[int | None] = [None, None]
    at = around.index(("", name)) if ("", name) in around else None
    for side, next_to in enumerate((-1, 1)):
        if at is None or not 0 <= at + next_to < len(around):
            continue
        text = plain_lines(around[at + next_to][0])
        if text and [plain_lines(one) for one, _ in around].count(text) == 1:
            found[side] = next(
                (i for i, c in enumerate(cells) if plain_lines(c["source"]) == text),
                None,
            )
    return found[0], found[1]


def answers_elsewhere(
    cells: list[dict], wanted: list[Wanted], around: Iterable[tuple[str, str]]
) -> list[str]:
    """Fill answers that were left empty with what was written elsewhere.

    A person reads them. What stands between the same cells of the assignment comes
    first; else, of texts, it is all that was added anywhere. What is nothing but one
    answer is moved to it, the rest stays there as well; an answer in code says where it
    may be. Called when all cells of the assignment
    have their places.

    Parameters
    ----------
    around
        The author's notebook: see `AssignedNotebook`.

    Returns
    -------
    list[str]
        What was done, a line each.
    """
    around = list(around)
    places = {grade_id(cell): cell for cell in cells if grade_id(cell)}
    for asked in _texts_asked(wanted):
        if is_put_back(places[asked.name]):
            _to_its_place(cells, places[asked.name], around)
    empty = {
        asked.name: places[asked.name]
        for asked in wanted
        if asked.is_answer and _is_empty(places[asked.name], asked)
    }
    if not empty:
        return []
    texts = [text for text, _ in around] + [cell.source for cell in wanted]
    known = known_lines([*texts, SILENCED])
    free = [cell for cell in cells if _is_free(cell)]
    own = [(cell, text) for cell in free if (text := own_text(cell, known))]
    in_code = [c for c in cells if c["cell_type"] == "code" and is_solution(grading(c))]
    said = [(cell, text) for cell in in_code if (text := long_text(cell, known))]
    new = [(cell, text) for cell in free if (text := new_lines(cell, known))]
    claims, notes = {}, []
    for name, answer in empty.items():
        code = answer["cell_type"] == "code"
        found = _near(cells, answer, new if code else own)
        if not found and not code:
            found = own + said
        if not found:
            continue
        where = _all_places(cells, answer, [cell for cell, _ in found])
        what = f"a person reads what was written {where}"
        notes.append(f"cell {name!r} was not filled in: {what}")
        if code:  # what is written there is run there
            answer["source"] += f"\n# This was not filled in: {what}."
        else:
            claims[name] = found
    _take_over(cells, empty, claims, known)
    return notes


def _take_over(
    cells: list[dict],
    answers: dict[str, dict],
    claims: dict[str, list[tuple[dict, str]]],
    known: frozenset[str],
) -> None:
    """Give answers what was written for them; what is no more than that is moved."""
    claimed = Counter(id(cell) for found in claims.values() for cell, _ in found)
    moved = set()
    for name, found in claims.items():
        answer = answers[name]
        answer["source"] = "\n\n".join(text for _, text in found)[:_LONGEST]
        for cell, _ in found:
            if claimed[id(cell)] == 1 and _takes(answer, cell, known):
                moved.add(id(cell))
    cells[:] = [cell for cell in cells if id(cell) not in moved]


def _all_places(cells: list[dict], answer: dict, found: list[dict]) -> str:
    """Say where cells stand, seen from an answer."""
    shown = ", ".join(_where(cells, answer, cell) for cell in found[:_MOST])
    more = len(found) - _MOST
    return f"{shown}, and in {more} more" if more > 0 else shown


def _takes(answer: dict, cell: dict, known: frozenset[str]) -> bool:
    """Tell whether an answer has all that a cell has; its pictures go there."""
    theirs = any(line in known for line in plain_lines(cell["source"]))
    if (
        theirs
        or not is_prose(cell)
        or cell["source"].strip("\n") not in answer["source"]
    ):
        return False
    pictures, there = (one.get("attachments", {}) for one in (cell, answer))
    if pictures.keys() & there.keys():
        return False
    if pictures:
        answer["attachments"] = there | pictures
    return True


def _to_its_place(
    cells: list[dict], answer: dict, around: list[tuple[str, str]]
) -> None:
    """Move an answer that was put back to where the author has it, if that is told."""
    del cells[(here := index_of(cells, answer))]
    before, after = _neighbours(cells, grade_id(answer), around)
    if before is not None:
        here = before + 1
    elif after is not None:
        here = after
    cells.insert(here, answer)


def _texts_asked(wanted: list[Wanted]) -> Iterator[Wanted]:
    return (w for w in wanted if w.is_answer and w.cell_type == "markdown")


def _is_empty(answer: dict, asked: Wanted) -> bool:
    """Tell whether nothing was written into an answer, or it was put back."""
    return lines(answer["source"]) == lines(asked.source) or is_put_back(answer)


def _is_free(cell: dict) -> bool:
    return not is_known(grading(cell))


def _near(
    cells: list[dict], answer: dict, own: list[tuple[dict, str]]
) -> list[tuple[dict, str]]:
    """Return what was written between the same cells of the assignment."""
    first = last = index_of(cells, answer)
    while first > 0 and _is_free(cells[first - 1]):
        first -= 1
    while last + 1 < len(cells) and _is_free(cells[last + 1]):
        last += 1
    region = {id(cell) for cell in cells[first : last + 1]}
    return [(cell, text) for cell, text in own if id(cell) in region]


def _where(cells: list[dict], answer: dict, cell: dict) -> str:
    if name := grade_id(cell):
        return f"in the cell {name!r}"
    away = index_of(cells, cell) - index_of(cells, answer)
    side = "below" if away > 0 else "above"
    if abs(away) == 1:
        return f"in the cell {side} it"
    return f"{abs(away)} cells {side} it"
