"""The reader's process: it makes of a file the notebook that is run.

A file can take many times its size in memory, and long. Here that costs nobody else.
"""

from __future__ import annotations

import contextlib

from proctor.errors import SubmissionError
from proctor.notebook.another import is_anothers
from proctor.notebook.assignment import AssignedNotebook, Wanted
from proctor.notebook.cells import Marks, grade_id
from proctor.notebook.given import give_back
from proctor.notebook.lent import lend_imports
from proctor.notebook.mend import mend
from proctor.notebook.misplaced import answers_elsewhere, find_by_place
from proctor.notebook.read import MAX_BYTES, read_notebook
from proctor.notebook.write import finish
from proctor.text import plain_line
from proctor.wire.frames import Channel, ChannelError

_assigned: dict[str, tuple[AssignedNotebook, Marks]] = {}
_given: dict[str, list[tuple[str, str]]] = {}
_skipped: dict[str, list[str]] = {}
_around: dict[str, list[tuple[str, str]]] = {}


def prepare(preload: list[str]) -> None:
    """Do nothing: what is imported above is all."""


def warm_up() -> None:
    """Do nothing."""


def learn(lesson: dict) -> None:
    """Learn a notebook of the assignment, a piece at a time.

    Parameters
    ----------
    lesson
        ``notebook``, its name; and ``kernelspec`` and ``marks``, a ``cell``, or what is
        ``given``: a text, and the name of the cell before it; or ``skipped``: a text;
        or ``around``, a cell as `AssignedNotebook` has it.
    """
    name = lesson["notebook"]
    if "cell" in lesson:
        _assigned[name][0].cells.append(Wanted(**lesson["cell"]))
        return
    if "given" in lesson:
        _given[name].append(tuple(lesson["given"]))
        return
    if "skipped" in lesson:
        _skipped[name].append(lesson["skipped"])
        return
    if "around" in lesson:
        _around[name].append(tuple(lesson["around"]))
        return
    _given[name], _skipped[name], _around[name] = [], [], []
    notebook = AssignedNotebook(name, [], lesson["kernelspec"])
    _assigned[name] = notebook, Marks(**lesson["marks"])


def serve(descriptors: list[int], limits: dict) -> None:
    """Read and mend what comes, until the grader closes its end."""
    grader = Channel(descriptors[0], max_body=MAX_BYTES)
    with contextlib.suppress(ChannelError):
        while True:
            asked, body = grader.receive()
            try:
                if asked["look"]:
                    grader.send(_look(asked, bytes(body)))
                else:
                    grader.send(_read(asked, bytes(body)))
            except SubmissionError as error:
                grader.send({"refused": str(error)})


def _look(asked: dict, data: bytes) -> dict:
    """Return how many of the assignment's cells are there, and what was written.

    Where all have lost their names, those count that are found otherwise, if they are
    half of them or more: a few may be another assignment's, or somebody's notes.
    """
    notebook, _ = read_notebook(asked["file"], data)
    assigned, marks = _assigned[asked["notebook"]]
    _refuse_anothers(asked["file"], notebook["cells"], assigned, marks)
    known = {cell.name for cell in assigned.cells}
    there = sum(grade_id(cell) in known for cell in notebook["cells"])
    own = {id(cell) for cell in notebook["cells"]}
    find_by_place(notebook["cells"], assigned.cells, _around[asked["notebook"]])
    mend(notebook["cells"], assigned.cells, marks, _texts(asked["notebook"]))
    if not there:
        found = [c for c in notebook["cells"] if id(c) in own and grade_id(c) in known]
        there = len(found) if 2 * len(found) >= len(known) else 0
    handed_out = {c.name: c.source.strip() for c in assigned.cells if c.is_solution}
    texts = {grade_id(cell): cell["source"].strip() for cell in notebook["cells"]}
    written = {
        name: texts[name]
        for name, source in handed_out.items()
        if texts.get(name, source) != source
    }
    return {"cells": there, "written": written}


def _read(asked: dict, data: bytes) -> dict:
    """Return the notebook, what was done, and the given cells that were changed."""
    notebook, notes = read_notebook(asked["file"], data)
    assigned, marks = _assigned[asked["notebook"]]
    _refuse_anothers(asked["file"], notebook["cells"], assigned, marks)
    wanted = [cell for cell in assigned.cells if cell.name in asked["cells"]]
    around = _around[asked["notebook"]]
    notes += find_by_place(notebook["cells"], wanted, around)
    notes += mend(notebook["cells"], wanted, marks, _texts(asked["notebook"]))
    places = {grade_id(c): c for c in notebook["cells"] if grade_id(c)}
    name = asked["notebook"]
    found = give_back(notebook["cells"], _given[name], places, _skipped[name])
    notes += answers_elsewhere(notebook["cells"], wanted, around)
    notes += lend_imports(notebook["cells"], _skipped[name], around)
    finish(notebook, assigned.kernelspec)
    ids = {id(cell): cell["id"] for cell in notebook["cells"]}
    return {
        "notebook": notebook,
        "notes": notes + found.notes,
        "given": {ids[one]: text for one, text in found.changed.items()},
        "others": [ids[one] for one in found.others],
    }


def _refuse_anothers(
    file: str, found: list[dict], assigned: AssignedNotebook, marks: Marks
) -> None:
    if theirs := is_anothers(found, assigned.cells, marks):
        raise SubmissionError(
            f"{plain_line(file, 100)} seems to be another assignment's: "
            f"{plain_line(theirs, 200)}"
        )


def _texts(notebook: str) -> list[str]:
    """Return the texts of an assignment's given cells."""
    return [text for text, _ in _given[notebook]]
