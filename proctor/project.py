"""Where the course lies, and what can be wrong; standard library only, to load fast."""

from __future__ import annotations

from pathlib import Path

CONFIG = "nbgrader_config.py"
# The notebooks as their authors write them, one folder for each assignment.
TRUTHS = "notebooks"


class GradingError(Exception):
    """Why a run cannot begin: one line that says what, where and what to do."""


class SubmissionError(Exception):
    """Why one submission cannot be graded, in plain words."""


def find_course(start: Path | None = None) -> Path:
    """Return the course folder that ``start`` (default: the current one) lies in.

    Raises
    ------
    GradingError
        If there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise GradingError(
        f"no course in {start} or above it: a course has {CONFIG}; change to its folder"
    )
