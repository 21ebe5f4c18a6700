"""Whether a course's truths are sound: the lint, asked as a whole."""

from __future__ import annotations

from course.cells import graded_cells, read_regions
from course.lint import claims, prose, structure, testcells
from course.project import CourseError, Project
from course.truth import read_truth


def require_sound(project: Project, assignment: str = "*") -> None:
    """Refuse an assignment whose truth is not sound.

    Raises
    ------
    CourseError
        With one line for each problem, each naming the file.
    """
    regions = read_regions(project)
    lines = []
    for truth in project.truths(assignment):
        notebook = read_truth(truth, regions)
        found = structure.unusable_metadata(notebook) or [
            *structure.problems(notebook, regions),
            *testcells.problems(notebook, regions),
        ]
        lines += [f"{project.relative(truth)}: {problem}" for problem in found]
    if lines:
        raise CourseError("\n".join(lines))


def unsound_prose(project: Project) -> list[str]:
    """Return what the prose of graded notebooks lacks: hints, alt text, facts."""
    regions = read_regions(project)
    lines = [
        f"{project.relative(truth)}: {problem}"
        for truth in project.truths()
        if graded_cells(notebook := read_truth(truth, regions))
        for problem in prose.problems(notebook)
    ]
    return [*lines, *claims.problems(project)]
