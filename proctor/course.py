"""A course folder as the grader sees it: submissions, gradebook, feedback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from proctor.project import CONFIG, GradingError, SubmissionError


class Course:
    """A course folder, through nbgrader's own configuration and API.

    Parameters
    ----------
    root
        The folder that holds ``nbgrader_config.py``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = PyFileConfigLoader(CONFIG, path=str(root)).load_config()
        self._folders = CourseDirectory(config=self.config)
        self.api = NbGraderAPI(self._folders, config=self.config)

    def path(self, stage: str, student: str, assignment: str) -> Path:
        """Return where ``stage`` (submitted, autograded, feedback) keeps a student."""
        directory = getattr(self._folders, f"{stage}_directory")
        return Path(self._folders.format_path(directory, student, assignment))

    def students(self, assignment: str) -> list[str]:
        """Return the students who handed in ``assignment``, sorted."""
        pattern = self.path("submitted", "*", assignment).relative_to(self.root)
        depth = pattern.parts.index("*")
        found = self.root.glob(pattern.as_posix())
        return sorted(
            p.relative_to(self.root).parts[depth] for p in found if p.is_dir()
        )

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open the gradebook; nbgrader makes it where it is missing."""
        with Gradebook(self._folders.db_url, self._folders.course_id) as gradebook:
            yield gradebook

    def notebooks(self, assignment: str) -> dict[str, float]:
        """Return the assignment's notebooks and what the tests of each are worth.

        Raises
        ------
        GradingError
            If the gradebook does not know the assignment.
        """
        with self.gradebook() as gradebook:
            try:
                entry = gradebook.find_assignment(assignment)
            except MissingEntry:
                known = sorted(a.name for a in gradebook.assignments) or ["none"]
                raise GradingError(
                    f"no assignment {assignment!r} in the gradebook (it has: "
                    f"{', '.join(known)}): run nbgrader generate_assignment "
                    f"{assignment} first"
                ) from None
            return {notebook.name: notebook.max_score for notebook in entry.notebooks}


def read_submission(path: Path) -> NotebookNode:
    """Return a submitted notebook.

    Raises
    ------
    SubmissionError
        If there is no such file, or if it is no notebook.
    """
    if not path.parent.is_dir():
        raise SubmissionError(f"nothing handed in: no folder {path.parent}")
    if not path.is_file():
        there = ", ".join(sorted(p.name for p in path.parent.iterdir())) or "nothing"
        raise SubmissionError(f"{path.name} is missing; handed in: {there}")
    try:
        text = path.read_text(encoding="utf-8-sig")
        content = json.loads(text)
    except UnicodeDecodeError:
        raise SubmissionError(f"{path.name} is no notebook: not a text file") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise SubmissionError(
            f"{path.name} is no notebook: not JSON ({error})"
        ) from None
    except OSError as error:
        raise SubmissionError(f"{path.name} cannot be read: {error.strerror}") from None
    try:
        return nbformat.reads(json.dumps(content), as_version=4)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SubmissionError(f"{path.name} is no notebook: {reason}") from None
