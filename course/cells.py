"""What nbgrader's metadata says about a cell."""

from __future__ import annotations

import re

from nbformat import NotebookNode

SOLUTION_BEGIN = re.compile(r"^[ \t]*#+ BEGIN SOLUTION[ \t]*$", re.MULTILINE)
SOLUTION_MARK = re.compile(r"^[ \t]*#+ (?:BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def grading(cell: NotebookNode) -> NotebookNode:
    """Return the cell's nbgrader metadata, empty where there is none."""
    return cell.metadata.get("nbgrader", NotebookNode())


def is_solution(cell: NotebookNode) -> bool:
    """Tell whether a student writes this cell."""
    return bool(grading(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Tell whether this cell carries points."""
    return bool(grading(cell).get("grade") or grading(cell).get("task"))


def graded_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that carry points, in order."""
    return [cell for cell in notebook.cells if is_graded(cell)]


def points_of(cell: NotebookNode) -> float:
    """Return what a graded cell is worth."""
    return float(grading(cell).get("points", 0))
