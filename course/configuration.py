"""What ``nbgrader_config.py`` says, read as nbgrader reads it, and without nbgrader."""

from __future__ import annotations

import sys

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from course.project import CourseError, Project

_FILE = "nbgrader_config.py"


def read_configuration(project: Project) -> Config:
    """Return the course's configuration; an empty one if it has no such file.

    Raises
    ------
    CourseError
        If the file raises an error.
    """
    if not (project.root / _FILE).is_file():
        return Config()
    # A module of the course's own stands beside it. Last: it hides nothing.
    if str(project.root) not in sys.path:
        sys.path.append(str(project.root))
    try:
        return PyFileConfigLoader(_FILE, path=str(project.root)).load_config()
    except Exception as error:
        kind = type(error).__name__
        raise CourseError(f"{_FILE} cannot be read: {kind}: {error}") from error
