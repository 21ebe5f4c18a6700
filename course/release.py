"""Source to release: nbgrader's own generate_assignment, without a gradebook."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from course.project import CourseError, Project


def build_release(project: Project, assignment: str = "*") -> None:
    """Write the student notebooks of one assignment, or of all.

    No gradebook is read or written: an assignment enters it only by the command
    ``nbgrader generate_assignment``.

    Raises
    ------
    CourseError
        If nbgrader refuses a notebook.
    """
    loader = PyFileConfigLoader("nbgrader_config.py", path=str(project.root))
    config = loader.load_config()
    config.CourseDirectory.root = str(project.root)
    config.CourseDirectory.assignment_id = assignment
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    app = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    with _errors_only(app.log):
        try:
            app.start()
        except NbGraderException as error:
            raise CourseError(f"nbgrader refuses {assignment!r}: {error}") from error


@contextlib.contextmanager
def _errors_only(log: logging.Logger) -> Iterator[None]:
    """Keep nbgrader's account of each step off the author's terminal."""
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)
