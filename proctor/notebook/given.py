"""The cells that a student is given: put back where they were lost, and found changed.

They import what the tasks need, and define what the tasks build on; on what only
computes or shows something, nobody depends. The gradebook does not know them: they are
known by their text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from proctor.notebook.cells import index_of
from proctor.notebook.names import bound, defined, lines, names_given, parts, used
from proctor.text import listed

# As for the cells that the gradebook knows: likeness, and what is compared at most.
_LIKENESS, _LONGEST_COMPARED, _MOST_COMPARED = 60, 20_000, 100


@dataclass(frozen=True)
class Given:
    """What became of the cells that were given.

    Attributes
    ----------
    changed
        By the identity of a changed cell, the text that was given.
    others
        The identity of each that makes something that is needed otherwise.
    notes
        What was done, a line each.
    """

    changed: dict[int, str] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def give_back(
    cells: list[dict],
    given: Iterable[tuple[str, str]],
    places: dict[str, dict],
    skipped: Iterable[str] = (),
) -> Given:
    """Put lost cells back, each after the one that it follows in the assignment.

    Parameters
    ----------
    cells
        Of the submission; the assignment's have their places.
    given
        Text, and the name of the assignment's cell before it.
    places
        The assignment's cells by name.
    skipped
        Texts of cells that are not run: they give nothing, and need nothing.
    """
    known = {id(cell) for cell in places.values()}
    unrun = set(map(str.strip, skipped))
    codes = [c for c in cells if c["cell_type"] == "code"]
    codes = [c for c in codes if c["source"].strip() not in unrun]
    own = [c for c in codes if id(c) not in known]
    texts = {lines(cell["source"]): cell for cell in own}
    lacking = [(text, after) for text, after in given if lines(text) not in texts]
    as_given = {lines(text) for text, _ in given}
    left = [cell for cell in own if lines(cell["source"]) not in as_given]
    theirs = [c["source"] for c in codes if lines(c["source"]) not in as_given]
    # What a given function builds on is needed, too; not what shows it.
    helpers = (part for text, _ in given for _, part in parts(text) if defined(part))
    needed = frozenset().union(*map(used, theirs), *map(used, helpers))
    found = Given()
    last = dict(places)
    for text, after in given:
        lost = names_given(text) | (bound(text) & needed)
        if (text, after) not in lacking:
            there = texts[lines(text)]
            if lost and _is_late(cells, there, last.get(after), known):
                there = _insert(cells, text, last.get(after))
                note = f"a given cell had moved down ({_shown(lost)}): run before, too"
                found.notes.append(note)
            last[after] = there
            continue
        like = _most_like(text, left)
        if like is not None:
            left = [cell for cell in left if cell is not like]
            found.changed[id(like)] = text
            last[after] = like
        # One that is all comments now gives nothing, however like it is.
        missing = _missing(text, needed, map(_source, own), theirs) if lost else ""
        if missing:
            last[after] = _insert(cells, missing, last.get(after))
            what = "a given cell" if missing == text else "a part of a given cell"
            names = _shown(lost & bound(missing))
            found.notes.append(f"{what} was missing ({names}): put back")
        if like is not None:
            differ = set(_differing(text, like["source"])) & needed - bound(missing)
            if differ:
                found.others.append(id(like))
                found.notes.append(f"a given cell was changed: {_shown(differ)}")
    return found


def _missing(
    text: str, needed: frozenset[str], own: Iterable[str], theirs: Iterable[str]
) -> str:
    """Return what is to be put back of a given cell: nothing that a student defined.

    Parameters
    ----------
    own
        The texts of the cells that are no task's.
    theirs
        Of those that are not as they were given.
    """
    beside, given = frozenset().union(*map(bound, own)), names_given(text)
    made = beside.union(*map(bound, theirs))
    if (given and not given & beside) or not bound(text) & made:
        return text
    left = ((names & needed, part) for names, part in parts(text) if not names & made)
    return "\n\n\n".join(part for names, part in left if names and _is_whole(part))


def _is_whole(part: str) -> bool:
    try:
        ast.parse(part)
    except SyntaxError:  # it is the author's: of a text of many lines, say
        return False
    return True


def _differing(text: str, changed: str) -> Iterator[str]:
    """Yield the names that a changed cell makes otherwise, or not at all."""
    there = {part for _, part in parts(changed)}
    made = bound(changed)
    for names, part in parts(text):
        if part not in there:
            is_import = not defined(part) and names <= names_given(part)
            yield from names - made if is_import else names


def _source(cell: dict) -> str:
    return cell["source"]


def _shown(names: Iterable[str]) -> str:
    return listed(sorted(names), 4)


def _insert(cells: list[dict], text: str, before: dict | None) -> dict:
    """Insert a given cell after another, or as the first; return it."""
    cell = {"cell_type": "code", "id": None, "metadata": {}, "source": text}
    cells.insert(0 if before is None else index_of(cells, before) + 1, cell)
    return cell


def _is_late(
    cells: list[dict], cell: dict, before: dict | None, known: set[int]
) -> bool:
    """Tell whether cells of the assignment stand before one that they come after.

    Who moves a cell in a notebook has run it, and does not see that it is too late.
    """
    start = 0 if before is None else index_of(cells, before) + 1
    return any(id(one) in known for one in cells[start : index_of(cells, cell)])


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
