"""Source to release: nbgrader's own generate_assignment, without a gradebook."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from course.configuration import read_configuration
from course.nbgrader_hooks import source_is_built
from course.project import CourseError, Project


def build_release(project: Project, assignment: str = "*") -> None:
    """Write the student notebooks of one assignment, or of all, from ``source/``.

    No gradebook is read or written: an assignment enters it only by the command
    ``nbgrader generate_assignment``.

    Raises
    ------
    CourseError
        If nbgrader refuses a notebook, or ``release/`` cannot be written.
    """
    _require_writable(project, assignment)
    config = read_configuration(project)
    config.CourseDirectory.root = str(project.root)
    config.CourseDirectory.assignment_id = assignment
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    app = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    with _errors_only(app.log), source_is_built():
        try:
            app.start()
        except NbGraderException as error:
            raise CourseError(f"nbgrader refuses {assignment!r}: {error}") from error


def _require_writable(project: Project, assignment: str) -> None:
    """Look before nbgrader does, which prints a traceback for each notebook."""
    names = sorted({truth.parent.name for truth in project.truths(assignment)})
    for folder in (project.release, *(project.release / name for name in names)):
        if folder.exists() and not os.access(folder, os.W_OK | os.X_OK):
            raise CourseError(
                f"{folder} cannot be written: let your user write there, then run the "
                "same command again"
            )


@contextlib.contextmanager
def _errors_only(log: logging.Logger) -> Iterator[None]:
    """Keep nbgrader's account of each step off the author's terminal."""
    level = log.level
    log.setLevel(logging.ERROR)
    log.addFilter(_is_no_interrupt)
    try:
        yield
    finally:
        log.removeFilter(_is_no_interrupt)
        log.setLevel(level)


def _is_no_interrupt(record: logging.LogRecord) -> bool:
    """Leave Ctrl-C to the command, which says it in its own line."""
    return record.getMessage() != "Canceled"
