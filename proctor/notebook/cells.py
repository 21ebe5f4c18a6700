"""What nbgrader's metadata and marks say of a cell: said here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from proctor.notebook.remembered import remembered

# The tag of cells that are not run when a notebook is graded.
SKIP = "skip-grading"
# A dict is told from others in less time than a mapping is.
_MAPPINGS = (dict, Mapping)
KERNEL = {"display_name": "python3", "language": "python", "name": "python3"}


def grading(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a cell's nbgrader metadata; empty where there is none."""
    metadata = cell.get("metadata")
    found = metadata.get("nbgrader") if isinstance(metadata, _MAPPINGS) else None
    return found if found is not None and isinstance(found, _MAPPINGS) else {}


def grade_id(cell: Mapping[str, Any]) -> str:
    """Return the name of an assignment's cell; empty for any other."""
    name = grading(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def is_solution(data: Mapping[str, Any]) -> bool:
    """Tell from grading metadata whether a student writes the cell."""
    return bool(data.get("solution"))


def is_test(data: Mapping[str, Any]) -> bool:
    """Tell whether a machine grades the cell: it has points, and is not written."""
    return bool(data.get("grade")) and not data.get("solution")


def is_answer(data: Mapping[str, Any]) -> bool:
    """Tell whether a student writes the cell and a person grades it."""
    return bool(data.get("grade") and data.get("solution"))


def is_graded(data: Mapping[str, Any]) -> bool:
    """Tell whether the cell carries points."""
    return bool(data.get("grade") or data.get("task"))


def is_locked(data: Mapping[str, Any]) -> bool:
    """Tell whether a student may not change the cell."""
    return bool(data.get("locked") or data.get("grade")) and not data.get("solution")


def is_known(data: Mapping[str, Any]) -> bool:
    """Tell whether the gradebook would know the cell."""
    return any(data.get(key) for key in ("grade", "solution", "locked", "task"))


def points_of(data: Mapping[str, Any]) -> float:
    """Return what a graded cell is worth."""
    return float(data.get("points") or 0)


def source_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, which a file may have line by line."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def index_of(cells: Sequence[Mapping[str, Any]], cell: Mapping[str, Any]) -> int:
    """Return where a cell stands among others, of which one may be equal to it."""
    return next(i for i, c in enumerate(cells) if c is cell)


def is_skipped(cell: Mapping[str, Any]) -> bool:
    """Tell whether a cell has the tag of those that are not run; a task's has not."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return isinstance(tags, list) and SKIP in tags and not grading(cell)


@dataclass(frozen=True)
class Marks:
    """How a course marks what a cell is.

    Attributes
    ----------
    begin_hidden, end_hidden
        A line that contains the first begins a region of hidden tests, one with the
        second ends it, as for nbgrader's ``ClearHiddenTests``.
    test_prefix
        A test cell is called after the cell that it tests, with this before.
    export
        The first line of a cell that goes into the course's package.
    """

    begin_hidden: str = "BEGIN HIDDEN TESTS"
    end_hidden: str = "END HIDDEN TESTS"
    test_prefix: str = "test-"
    export: str = "#| export"

    def task_of(self, name: str) -> str:
        """Return the name of the task that a cell decides."""
        return name.removeprefix(self.test_prefix)

    def test_of(self, task: str) -> str:
        """Return the name of the test cell of a task."""
        return f"{self.test_prefix}{task}"

    def visible_and_hidden(self, source: str) -> tuple[str, str]:
        """Return a test cell's visible part and its hidden regions, as two cells.

        Each keeps its place: the other's lines are blank. A region that is not closed
        reaches to the end of the cell.
        """
        return _in_two(self.begin_hidden, self.end_hidden, source)

    def without_hidden(self, source: str, instead: str | None = None) -> str:
        """Return the text without its hidden regions: what a student was shown.

        Parameters
        ----------
        instead
            A line that stands where a region began.
        """
        kept = []
        for line, where in _regions(self.begin_hidden, self.end_hidden, source):
            if where == "visible":
                kept.append(line)
            elif where == "begin" and instead is not None:
                kept.append(instead)
        return "\n".join(kept)

    def hides(self, source: str) -> bool:
        """Tell whether a text has a hidden region."""
        return self.begin_hidden in source


@remembered  # the tests are the same in all submissions
def _in_two(begin: str, end: str, source: str) -> tuple[str, str]:
    visible, hidden = [], []
    for line, where in _regions(begin, end, source):
        visible.append(line if where == "visible" else "")
        hidden.append(line if where == "hidden" else "")
    return "\n".join(visible), "\n".join(hidden)


@remembered
def _regions(begin: str, end: str, source: str) -> list[tuple[str, str]]:
    """Return each line, and what it is: ``visible``, ``hidden``, ``begin``, ``end``."""
    found, hidden = [], False
    for line in source.split("\n"):
        where = "hidden" if hidden else "visible"
        if begin in line:
            where, hidden = "hidden" if hidden else "begin", True
        elif end in line:
            where, hidden = "end", False
        found.append((line, where))
    return found
