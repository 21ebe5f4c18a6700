"""The checks on authors: what a truth must satisfy before anything is built from it."""

from __future__ import annotations

import contextlib
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

from nbformat import NotebookNode

from course import facts, prose, testcells
from course.cells import (
    SOLUTION_BEGIN,
    graded_cells,
    grading,
    is_graded,
    is_solution,
    points_of,
)
from course.project import CourseError, Project
from course.truth import read_truth

_TIDYING = 10  # seconds


def problems(notebook: NotebookNode) -> list[str]:
    """Return what is wrong with a truth, one line each; empty if nothing is."""
    # The other checks read what this one is about.
    if unusable := _unusable_metadata(notebook):
        return unusable
    return [
        *_duplicates(notebook),
        *_solutions_without_region(notebook),
        *_unclosed_regions(notebook),
        *_regions_elsewhere(notebook),
        *_tests_without_solution(notebook),
        *_points(notebook),
        *testcells.problems(notebook),
    ]


def require_sound(project: Project, assignment: str = "*") -> None:
    """Refuse an assignment whose truth is not sound.

    Raises
    ------
    CourseError
        With one line for each problem, each naming the file.
    """
    lines = [
        f"{project.relative(truth)}: {problem}"
        for truth in project.truths(assignment)
        for problem in problems(read_truth(truth))
    ]
    if lines:
        raise CourseError("\n".join(lines))


def unsound_prose(project: Project) -> list[str]:
    """Return what the prose of graded notebooks lacks: hints, alt text, facts.

    A build does not ask for it, so that a page can be looked at while it is written.
    """
    lines = [
        f"{project.relative(truth)}: {problem}"
        for truth in project.truths()
        if graded_cells(notebook := read_truth(truth))
        for problem in prose.problems(notebook)
    ]
    return [*lines, *facts.problems(project)]


def _first_line(cell: NotebookNode) -> str:
    return next((line for line in cell.source.splitlines() if line.strip()), "")


def _unusable_metadata(notebook: NotebookNode) -> list[str]:
    found = []
    for cell in notebook.cells:
        data = grading(cell)
        if data and not (isinstance(data.get("grade_id"), str) and data["grade_id"]):
            found.append(
                f"the cell that begins {_first_line(cell)!r} has nbgrader metadata "
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


def _solutions_without_region(notebook: NotebookNode) -> list[str]:
    """Find the cells that nbgrader would empty whole, ``#| export`` included."""
    return [
        f"solution cell {grading(cell).grade_id!r} has no ### BEGIN SOLUTION region: "
        "nbgrader would replace the whole cell; mark what the student writes"
        for cell in notebook.cells
        if is_solution(cell)
        and cell.cell_type == "code"
        and not SOLUTION_BEGIN.search(cell.source)
    ]


def _unclosed_regions(notebook: NotebookNode) -> list[str]:
    found = []
    for cell in notebook.cells:
        for region in ("SOLUTION", "HIDDEN TESTS"):
            begins, ends = (
                cell.source.count(f"### {word} {region}") for word in ("BEGIN", "END")
            )
            if begins != ends:
                name = grading(cell).get("grade_id", _first_line(cell))
                found.append(
                    f"cell {name!r} has {begins} BEGIN {region} and {ends} END "
                    f"{region}: close each region in its own cell"
                )
    return found


def _regions_elsewhere(notebook: NotebookNode) -> list[str]:
    """Find the regions that nbgrader would leave in the release."""
    found = []
    for cell in notebook.cells:
        if "BEGIN HIDDEN TESTS" in cell.source and not is_graded(cell):
            found.append(
                "a cell without points has a HIDDEN TESTS region: only a graded cell "
                "may have one, or students would read it"
            )
        if "BEGIN SOLUTION" in cell.source and not is_solution(cell):
            found.append(
                f"the cell that begins {_first_line(cell)!r} has a SOLUTION region and "
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


def run_bank_gates(project: Project) -> None:
    """Try each graded assignment's tests on stubs, solutions, bugs and variants.

    The grader does that, as a program of its own, and prints what it finds.

    Raises
    ------
    CourseError
        If an assignment's tests let something wrong through, or stop something right.
    """
    graded = {
        truth.parent.name
        for truth in project.truths()
        if any(is_graded(cell) for cell in read_truth(truth).cells)
    }
    failing = []
    for assignment in sorted(graded):
        print(f"proctor gate {assignment}", flush=True)
        command = [sys.executable, "-m", "proctor", "gate", assignment]
        if _status(command, project.root):
            failing.append(assignment)
    if failing:
        raise CourseError(
            "\n".join(
                f"the tests of {assignment} are not what they should be: see the lines "
                f"of proctor gate {assignment} above"
                for assignment in failing
            )
        )


def _status(command: list[str], folder: Path) -> int:
    """Run a program; after Ctrl-C, which it gets as well, let it tidy up."""
    with subprocess.Popen(command, cwd=folder) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_TIDYING)
            process.kill()
            process.wait()
            raise


def stale_products(project: Project) -> list[Path]:
    """Return the built notebooks that no truth stands for any more."""
    wanted = {project.source_of(truth) for truth in project.truths()}
    wanted |= {project.release / p.relative_to(project.source) for p in wanted}
    built = [*project.source.glob("*/*.ipynb"), *project.release.glob("*/*.ipynb")]
    return sorted(path for path in built if path not in wanted)
