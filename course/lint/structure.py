"""How a truth is put together: names, points, tests beside tasks, closed regions."""

from __future__ import annotations

import ast
import math
import sys
from collections import Counter

from nbformat import NotebookNode

from course.cells import (
    Regions,
    first_line,
    graded_cells,
    grading,
    is_graded,
    is_solution,
    points_of,
)

# The tag of cells that grading passes over.
_SKIPPED = "skip-grading"


def problems(notebook: NotebookNode, regions: Regions) -> list[str]:
    """Return what is wrong with a truth, one line each; empty if nothing is.

    The notebook must have no :func:`unusable_metadata`.
    """
    return [
        *_duplicates(notebook),
        *_solutions_without_region(notebook, regions),
        *_unclosed_regions(notebook, regions),
        *_regions_elsewhere(notebook, regions),
        *_tests_without_solution(notebook),
        *_points(notebook),
        *_imports_for_students_alone(notebook),
    ]


def unusable_metadata(notebook: NotebookNode) -> list[str]:
    """Return what no other check could read, one line each; empty if nothing."""
    found = []
    for cell in notebook.cells:
        data = grading(cell)
        if data and not (isinstance(data.get("grade_id"), str) and data["grade_id"]):
            found.append(
                f"the cell that begins {first_line(cell)!r} has nbgrader metadata "
                "without a grade_id: name the cell"
            )
        points = data.get("points", 0)
        good = isinstance(points, (int, float)) and not isinstance(points, bool)
        if is_graded(cell) and not (good and 0 <= points < math.inf):
            found.append(
                f"cell {data.get('grade_id')!r} is worth {points!r}: points must be a "
                "number, 0 or more"
            )
    return found


def _duplicates(notebook: NotebookNode) -> list[str]:
    ids = Counter(
        grading(cell).grade_id
        for cell in notebook.cells
        if grading(cell).get("grade_id")
    )
    return [
        f"grade_id {name!r} stands on {times} cells: give each cell its own"
        for name, times in ids.items()
        if times > 1
    ]


def _solutions_without_region(notebook: NotebookNode, regions: Regions) -> list[str]:
    """Find the cells that nbgrader would empty whole, ``#| export`` included."""
    begin = regions.solution.begin
    return [
        f"solution cell {grading(cell).grade_id!r} has no ### {begin} region: "
        "nbgrader would replace the whole cell; mark what the student writes"
        for cell in notebook.cells
        if is_solution(cell)
        and cell.cell_type == "code"
        and not regions.solution.stands_in(cell.source)
    ]


def _unclosed_regions(notebook: NotebookNode, regions: Regions) -> list[str]:
    """Find the regions that nbgrader would refuse: nested, or not closed."""
    return [
        f"cell {grading(cell).get('grade_id', first_line(cell))!r}, {problem}"
        for cell in notebook.cells
        for region in (regions.solution, regions.hidden_tests)
        if (problem := region.problem(cell.source))
    ]


def _regions_elsewhere(notebook: NotebookNode, regions: Regions) -> list[str]:
    """Find the regions that nbgrader would leave in the release."""
    found = []
    for cell in notebook.cells:
        if regions.hidden_tests.stands_in(cell.source) and not is_graded(cell):
            found.append(
                "a cell without points has a HIDDEN TESTS region: only a graded cell "
                "may have one, or students would read it"
            )
        if regions.solution.stands_in(cell.source) and not is_solution(cell):
            found.append(
                f"the cell that begins {first_line(cell)!r} has a SOLUTION region and "
                "is no solution cell: is its nbgrader metadata complete?"
            )
    return found


def _tests_without_solution(notebook: NotebookNode) -> list[str]:
    """Find locked tests that are not named after a solution cell."""
    solutions = {grading(cell).grade_id for cell in notebook.cells if is_solution(cell)}
    return [
        f"test cell {grading(cell).grade_id!r} belongs to no solution cell: "
        "name it 'test-' and the solution cell's grade_id"
        for cell in graded_cells(notebook)
        if not is_solution(cell)
        and grading(cell).grade_id.removeprefix("test-") not in solutions
    ]


def _points(notebook: NotebookNode) -> list[str]:
    total = sum(points_of(cell) for cell in graded_cells(notebook))
    declared = notebook.metadata.get("course", {}).get("points")
    graded = any(is_graded(cell) for cell in notebook.cells)
    if declared is None and not graded:
        return []
    if declared is None:
        return [
            f"the cells are worth {total:g} points and the header declares none: "
            f"put 'course: {{points: {total:g}}}' under 'jupyter:'"
        ]
    if float(declared) != total:
        return [
            f"the header declares {declared} points and the cells add up to {total:g}: "
            "correct the one that is wrong"
        ]
    return []


def _imports_for_students_alone(notebook: NotebookNode) -> list[str]:
    """Find what a task below may use, and grading does not have.

    A student's answer may need any module of the standard library that a cell above it
    imports: where that cell is skipped, a right answer would lose its points.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    tasks = [place for place, cell in enumerate(code) if is_solution(cell)]
    run, found = set(), []
    for cell in code:
        if _SKIPPED not in cell.metadata.get("tags", []):
            run |= _imported(cell.source)
    for cell in code[: max(tasks, default=0)]:
        if _SKIPPED in cell.metadata.get("tags", []) and (
            missing := sorted(_imported(cell.source) - run)
        ):
            found.append(
                f"the cell that begins {first_line(cell)!r} imports "
                f"{', '.join(missing)}, and is not run where it is graded: import that "
                "in a cell that is, since an answer below may use it"
            )
    return found


def _imported(source: str) -> set[str]:
    """Return the standard library's modules that a cell's statements import."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # IPython's own commands
        return set()
    names = {alias.name for n in body if isinstance(n, ast.Import) for alias in n.names}
    names |= {n.module for n in body if isinstance(n, ast.ImportFrom) if n.module}
    return {name for name in names if name.split(".")[0] in sys.stdlib_module_names}
