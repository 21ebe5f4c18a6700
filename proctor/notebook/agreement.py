"""Whether a gradebook, the built notebooks and the released ones are of one version.

Where they are not, a student would be graded half by what was handed out and half by
what came later, or a task would be left out, in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from proctor.errors import GradingError
from proctor.layout import Layout
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.built import read_notebook
from proctor.notebook.cells import Marks
from proctor.text import listed

_SHOWN = 3


@dataclass(frozen=True)
class _Asked:
    """What must be the same of a cell.

    Attributes
    ----------
    kind
        Whether it is code, graded, written by a student, for a person, locked.
    points
        None where it has none.
    text
        Of a cell that is run as it was handed out.
    """

    kind: tuple
    points: float | None
    text: str


def _asked(data: dict, cell_type: str, source: str) -> _Asked:
    kinds = (cells.is_graded, cells.is_solution, cells.is_locked)
    return _Asked(
        (cell_type, bool(data.get("task")), *(kind(data) for kind in kinds)),
        cells.points_of(data) if cells.is_graded(data) else None,
        source.strip() if cells.is_locked(data) else "",
    )


def require_current(assignment: Assignment, layout: Layout) -> None:
    """Refuse an assignment that is not built, or handed out, as the gradebook has it.

    What is not there of the released notebooks is not compared.

    Raises
    ------
    GradingError
        One line: what differs, and which command makes them agree.
    """
    name = assignment.name
    built, released = layout.built(name), layout.released(name)
    wanted = {notebook.name: notebook for notebook in assignment.notebooks}
    there = set(layout.notebooks(name))
    if not wanted:
        raise GradingError(
            f"the gradebook knows {name!r} without a notebook: run nbgrader "
            f"generate_assignment {name}, then the same command again"
        )
    if not there:
        raise GradingError(
            f"{built} has no notebook, and the gradebook knows {name!r} with "
            f"{_named(wanted)}: put the folder back and run nbgrader "
            f"generate_assignment {name}, then the same command again"
        )
    if there != wanted.keys():
        raise GradingError(
            f"{built} has {_named(there)}, and the gradebook {_named(wanted)}: where "
            f"that is meant, run proctor upgrade {name}, then the same command again"
        )
    for notebook in assignment.notebooks:
        file = f"{notebook.name}.ipynb"
        _compare_with_built(notebook, built / file, name)
        if (released / file).is_file():
            _compare_with_released(notebook, released / file, assignment)


def _compare_with_built(notebook: AssignedNotebook, path: Path, name: str) -> None:
    """Refuse what is built otherwise than the gradebook has it."""
    known, found = _known(notebook), _found(path, name)
    kinds = {cell: asked.kind for cell, asked in known.items()}
    if other := _differing(kinds, {cell: asked.kind for cell, asked in found.items()}):
        raise GradingError(
            f"{path} and the gradebook have different cells: {listed(other, _SHOWN)}: "
            f"run proctor upgrade {name}, which keeps what is graded, then the same "
            "command again"
        )
    if other := _differing(known, found):
        raise GradingError(
            f"{path} and the gradebook have different versions of "
            f"{listed(other, _SHOWN)}: run nbgrader generate_assignment {name}, then "
            "the same command again"
        )


def _compare_with_released(
    notebook: AssignedNotebook, path: Path, assignment: Assignment
) -> None:
    """Refuse a release that lacks a task, or shows other points or another check.

    What students write in it may be written: it may be the author's own try.
    """
    known, found = _known(notebook), _found(path, assignment.name)
    other = _differing(
        {cell: (asked.kind, asked.points) for cell, asked in known.items()},
        {cell: (asked.kind, asked.points) for cell, asked in found.items()},
    )
    other = other or [
        cell
        for cell, asked in known.items()
        if not _shows_part(found[cell].text, asked.text, assignment.marks)
    ]
    if other:
        raise GradingError(
            f"{path} is not what the gradebook has: it differs in "
            f"{listed(sorted(other), _SHOWN)}: run nbgrader generate_assignment "
            f"{assignment.name} and hand it out anew, then the same command again"
        )


def _shows_part(released: str, text: str, marks: Marks) -> bool:
    """Tell whether what students see of a cell stands in what is run.

    They see less than that: regions are taken out of it.
    """
    seen = {line.strip() for line in marks.without_hidden(text).splitlines()}
    return all(line.strip() in seen for line in released.splitlines() if line.strip())


def _known(notebook: AssignedNotebook) -> dict[str, _Asked]:
    return {c.name: _asked(c.metadata, c.cell_type, c.source) for c in notebook.cells}


def _found(path: Path, assignment: str) -> dict[str, _Asked]:
    """Return what a notebook's cells ask, by their names."""
    named = [
        (cells.grade_id(cell), cell)
        for cell in read_notebook(path)["cells"]
        if cells.is_known(cells.grading(cell))
    ]
    often = Counter(name for name, _ in named)
    if doubled := sorted(name for name, times in often.items() if times > 1):
        raise GradingError(
            f"{path} has several cells called {listed(doubled, _SHOWN)}: give each a "
            f"name of its own and run nbgrader generate_assignment {assignment}, then "
            "the same command again"
        )
    return {
        name: _asked(
            dict(cells.grading(cell)), cell["cell_type"], cells.source_of(cell)
        )
        for name, cell in named
    }


def _differing(one: dict, other: dict) -> list[str]:
    return sorted(n for n in {*one, *other} if one.get(n) != other.get(n))


def _named(notebooks: Iterable[str]) -> str:
    return listed(sorted(f"{name}.ipynb" for name in notebooks), _SHOWN)
