"""Mend what editors do to a submission's cells before anything is graded.

Colab, copy and paste, and version control lose or double nbgrader's metadata. nbgrader
gives zero for a lost test cell, and one doubled cell stops its whole batch. Here every
cell of the assignment is found again, or put back, so that the steps that follow see
exactly the cells that the assignment has, once each, the tests as they were handed out
and in their order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from proctor.notebook.assignment import Wanted
from proctor.notebook.cells import Marks, grade_id, index_of
from proctor.notebook.doubled import is_written, silence_stubs, which_counts
from proctor.notebook.names import bound, defined, lines
from proctor.notebook.own_text import known_lines, own_text

PUT_BACK = "was missing: put back as handed out"
_WORD = re.compile(r"\w+")
# Around code in Markdown.
_FENCE = re.compile(r"^(?:```|~~~)[^\n]*\n?", re.MULTILINE)
# Below this likeness (rapidfuzz.fuzz.ratio, 0 to 100) a text is not taken for the cell.
_LIKENESS = 60
# Neither are longer texts, nor more cells: the time grows with all three.
_LONGEST_COMPARED = 20_000
_MOST_COMPARED = 200
_ELSEWHERE = (
    "(This cell was missing from the submission and put back. The answer may stand in "
    "another cell.)"
)


def mend(
    cells: list[dict], wanted: list[Wanted], marks: Marks, given: Iterable[str] = ()
) -> list[str]:
    """Give each wanted cell one place in ``cells``; return what was done, a line each.

    Their grading metadata, and the text of locked ones, are the assignment's after
    this, whatever the submission says.

    Parameters
    ----------
    given
        Texts of the author's other cells: what these define is no student's answer.
    """
    notes: list[str] = []
    owner: dict[str, int] = {}
    taken: set[int] = set()
    doubled: dict[str, list[dict]] = {}
    by_name = {cell.name: cell for cell in wanted}
    for how, identify in _WAYS:
        compared = 0
        missing = [w for w in wanted if w.name not in owner]
        if not missing:
            break
        for index, cell in enumerate(cells):
            if index in taken:
                continue
            if how == "text":
                compared += 1
                if compared > _MOST_COMPARED:
                    break
            name = identify(cell, missing, marks)
            if not isinstance(name, str) or name not in by_name:
                continue
            if how == "grade_id" and name in owner:
                earlier, asked = cells[owner[name]], by_name[name]
                doubled.setdefault(name, [earlier]).append(cell)
                if is_written(earlier, asked) and not is_written(cell, asked):
                    continue
                taken.discard(owner[name])
            elif name in owner:
                continue
            elif how != "grade_id":
                notes.append(f"cell {name!r} had lost its metadata: found by its {how}")
            owner[name] = index
            taken.add(index)
            missing = [w for w in missing if w.name != name]
    places = {name: cells[index] for name, index in owner.items()}
    notes[:0] = [
        f"cell {name!r} is there more than once: "
        + which_counts(there, places[name], by_name[name])
        for name, there in doubled.items()
    ]
    for cell in cells:
        cell["metadata"].pop("nbgrader", None)
    for name, cell in places.items():
        notes += _keep_what_was_written(cells, cell, by_name[name], marks)
        notes += _restore(cell, by_name[name])
    notes += _put_back(cells, wanted, places)
    theirs = {lines(text) for text in given}
    others = [cell for cell in cells if lines(cell["source"]) not in theirs]
    elsewhere = _written_elsewhere(others, wanted, places)
    for name in elsewhere:
        names = ", ".join(sorted(defined(by_name[name].source)))
        places[name]["source"] = f"# {names}: written in another cell"
        notes.append(f"cell {name!r} was not filled in: its code is in another cell")
    notes += silence_stubs(others, wanted, places, elsewhere)
    notes += _put_in_order(cells, wanted, places | elsewhere, marks)
    return notes


def _keep_what_was_written(
    cells: list[dict], cell: dict, wanted: Wanted, marks: Marks
) -> list[str]:
    """Move what a student wrote into a locked cell to a cell before it."""
    handed_out = marks.without_hidden(wanted.source)
    # The instructor's own notebook has the hidden tests as well.
    known = lines(handed_out), lines(wanted.source)
    if not wanted.locked or lines(cell["source"]) in known:
        return []
    note = f"cell {wanted.name!r} was not as it was handed out: it is again"
    more = bound(cell["source"]) - bound(handed_out)
    kept = {"cell_type": "code", "id": None, "metadata": {}}
    if cell["cell_type"] == "code" and more:
        source = _without_test(cell["source"], handed_out.strip())
        cells.insert(index_of(cells, cell), kept | {"source": source})
        note += ", and what was written into it runs before it"
    elif said := own_text(cell, known_lines([wanted.source])):
        kind = "markdown" if wanted.cell_type == "markdown" else "raw"
        pictures = {k: dict(v) for k, v in cell.items() if k == "attachments"}
        kept |= {"cell_type": kind, "source": said} | pictures
        cells.insert(index_of(cells, cell) + 1, kept)
        note += ", and what was written into it stands below it"
    return [note]


def is_put_back(answer: dict) -> bool:
    """Tell whether an answer was missing, and nobody wrote what stands there."""
    return answer["source"].endswith(_ELSEWHERE)


def _without_test(source: str, test: str) -> str:
    """Return what a student wrote into a test cell, where the rest is as it was.

    The test would end in an error before what is written below it.
    """
    rest = source.replace(test, "", 1) if test else source
    uses = bound(test) & set(_WORD.findall(rest))
    return source if uses else rest.strip("\n")


def _written_elsewhere(
    cells: list[dict], wanted: list[Wanted], places: dict[str, dict]
) -> dict[str, dict]:
    """Find the solution cells that are as they were handed out, but written elsewhere.

    Where they ran, they would take the place of the student's own functions.

    Returns
    -------
    dict[str, dict]
        By name, the last of the cells that have the code.
    """
    found = {}
    locked = [places[cell.name] for cell in wanted if cell.locked]
    # What another task asks for by the same name, is that task's.
    asked = {id(places[cell.name]): bound(cell.source) for cell in wanted}
    for cell in wanted:
        names = defined(cell.source)
        own = places[cell.name]
        stub = lines(cell.source)
        if lines(own["source"]) != stub or not cell.is_solution or not names:
            continue
        for other in cells:
            code = other["cell_type"] == "code" and other is not own
            mine = not any(other is one for one in locked)
            new = bound(other["source"]) - asked.get(id(other), frozenset())
            if code and mine and names & new and lines(other["source"]) != stub:
                found[cell.name] = other
    return found


def _restore(cell: dict, wanted: Wanted) -> list[str]:
    """Give a cell the assignment's metadata and type and, if locked, its text."""
    notes = []
    cell["metadata"]["nbgrader"] = dict(wanted.metadata)
    if cell["cell_type"] != wanted.cell_type:
        notes.append(f"cell {wanted.name!r} was turned into {cell['cell_type']}")
        cell["cell_type"] = wanted.cell_type
        if wanted.cell_type == "code":
            cell["source"] = _FENCE.sub("", cell["source"])
    if wanted.locked:
        cell["source"] = wanted.source
    return notes


def _put_back(
    cells: list[dict], wanted: list[Wanted], places: dict[str, dict]
) -> list[str]:
    """Insert each missing cell after the one it follows in the assignment."""
    notes = []
    before: dict | None = None
    for cell in wanted:
        if cell.name not in places:
            position = 0 if before is None else index_of(cells, before) + 1
            places[cell.name] = cell.new_cell()
            _restore(places[cell.name], cell)
            if cell.is_answer:
                # Not the text handed out, which nobody reads.
                places[cell.name]["source"] += f"\n\n{_ELSEWHERE}"
            cells.insert(position, places[cell.name])
            notes.append(f"cell {cell.name!r} {PUT_BACK}")
        before = places[cell.name]
    return notes


def _put_in_order(
    cells: list[dict], wanted: list[Wanted], places: dict[str, dict], marks: Marks
) -> list[str]:
    """Move tests that do not follow their solution, or the tests before them.

    A test may build on what an earlier one has judged, so their order is no student's
    to choose; that of all other cells is.
    """
    tests = [cell for cell in wanted if cell.is_test]
    solutions = {cell.name for cell in wanted if cell.is_solution}

    def follows(test: Wanted) -> list[str]:
        own = [name for name in [marks.task_of(test.name)] if name in solutions]
        earlier = tests[: tests.index(test)]
        return own + [cell.name for cell in earlier[-1:]]

    moved = []
    for test in tests:
        cell = places[test.name]
        after = max((index_of(cells, places[n]) for n in follows(test)), default=-1)
        position = index_of(cells, cell)
        if position < after:
            cells.insert(after + 1, cell)
            del cells[position]
            moved.append(test.name)
    if not moved:
        return []
    return [f"put in the assignment's order: {', '.join(moved)}"]


def _by_grade_id(cell: dict, missing: list[Wanted], marks: Marks) -> str | None:
    return grade_id(cell) or None


def _by_cell_id(cell: dict, missing: list[Wanted], marks: Marks) -> str | None:
    return cell.get("id")


def _by_colab_id(cell: dict, missing: list[Wanted], marks: Marks) -> str | None:
    return cell["metadata"].get("id")


def _by_definitions(cell: dict, missing: list[Wanted], marks: Marks) -> str | None:
    """Find the solution cell that defines the same functions and classes."""
    names = defined(cell["source"]) if cell["cell_type"] == "code" else set()
    for candidate in missing:
        if candidate.is_solution and candidate.cell_type == "code":
            needed = defined(candidate.source)
            if needed and needed <= names:
                return candidate.name
    return None


def _by_definitions_in_words(
    cell: dict, missing: list[Wanted], marks: Marks
) -> str | None:
    """Find the solution cell whose code stands in a cell for words, by a wrong key."""
    if cell["cell_type"] == "code":
        return None
    return _by_definitions(cell | {"cell_type": "code"}, missing, marks)


def _by_text(cell: dict, missing: list[Wanted], marks: Marks) -> str | None:
    """Find the cell whose text is most like this one's."""
    if not cell["source"].strip() or len(cell["source"]) > _LONGEST_COMPARED:
        return None
    from rapidfuzz import fuzz  # here: most submissions need no likeness

    likeness, name = 0.0, None
    for candidate in missing:
        if candidate.cell_type == cell["cell_type"]:
            score = fuzz.ratio(marks.without_hidden(candidate.source), cell["source"])
            if score > likeness:
                likeness, name = score, candidate.name
    return name if likeness >= _LIKENESS else None


_Identify = Callable[[dict, list[Wanted], Marks], str | None]
# The surest way first; a later way looks only at cells and names still free.
_WAYS: list[tuple[str, _Identify]] = [
    ("grade_id", _by_grade_id),
    ("cell id", _by_cell_id),
    ("Colab id", _by_colab_id),
    ("definitions", _by_definitions),
    ("text", _by_text),
    ("definitions", _by_definitions_in_words),
]
