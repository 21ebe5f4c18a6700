"""Whether an assignment's instructor notebooks are what its truth gives now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from course.project import CourseError, Project


def why_stale(project: Project, assignment: str) -> str:
    """Return in one line why an assignment is not to be graded as it is built.

    Empty where it may be, and where there is no truth to compare it with, as in the
    students' repository. Only a truth that was written after its notebook is compared,
    which takes seconds: Jupytext has to be imported.
    """
    if not any((project.notebooks / assignment).glob("*.py")):
        return ""
    try:
        written = [
            truth
            for truth in project.truths(assignment)
            if _is_newer(truth, project.source_of(truth))
        ]
        stale = next((truth for truth in written if _differs(truth, project)), None)
    except CourseError as error:
        return str(error).splitlines()[0]
    if stale is None:
        return ""
    return (
        f"{project.relative(project.source_of(stale))} is not what "
        f"{project.relative(stale)} and its hidden_tests/ give: run nbgrader "
        f"generate_assignment {assignment}, then the same command again"
    )


def _is_newer(truth: Path, source: Path) -> bool:
    try:
        built = source.stat().st_mtime_ns
    except OSError:  # a notebook that was never built
        return True
    return any(path.stat().st_mtime_ns >= built for path in _parts(truth))


def _parts(truth: Path) -> Iterator[Path]:
    """Yield what a notebook is made of; a folder is written when a file is deleted."""
    yield truth
    hidden = truth.parent / "hidden_tests"
    if hidden.is_dir():
        yield hidden
        yield from hidden.glob("*.py")


def _differs(truth: Path, project: Project) -> bool:
    from course.truth import source_text

    source = project.source_of(truth)
    return not source.is_file() or source.read_text("utf-8") != source_text(
        truth, project
    )
