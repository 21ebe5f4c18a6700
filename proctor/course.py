"""A course folder as the grader sees it: where each stage lies, and the gradebook."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from proctor.examine.notebook import files_beside
from proctor.gradebook import open_gradebook
from proctor.project import CONFIG, GradingError
from proctor.settings import read_config


class Course:
    """A course folder, through nbgrader's own configuration.

    Parameters
    ----------
    root
        The folder that holds ``nbgrader_config.py``.
    config
        What it says, if that is known already.
    """

    def __init__(self, root: Path, config: Config | None = None) -> None:
        self.root = root
        self.config = read_config(root) if config is None else config
        self._folders = CourseDirectory(config=self.config)

    def path(self, stage: str, student: str, assignment: str) -> Path:
        """Return where ``stage`` (submitted, autograded, feedback) keeps a student."""
        directory = getattr(self._folders, f"{stage}_directory")
        return Path(self._folders.format_path(directory, student, assignment))

    def students(self, assignment: str) -> list[str]:
        """Return the students who handed in ``assignment``, sorted."""
        pattern = self.path("submitted", "*", assignment).relative_to(self.root)
        depth = pattern.parts.index("*")
        everybody = self.root.joinpath(*pattern.parts[:depth])
        below = Path(*pattern.parts[depth + 1 :])
        names = [path.name for path in everybody.glob("*") if path.is_dir()]
        return sorted(name for name in names if _is_there(everybody / name / below))

    def built(self, assignment: str) -> Path:
        """Return the folder of an assignment's instructor notebooks."""
        return self.path("source", ".", assignment)

    def released(self, assignment: str) -> Path:
        """Return the folder of an assignment's notebooks as they were handed out."""
        return self.path("release", ".", assignment)

    def support_files(self, assignment: str) -> dict[str, bytes]:
        """Return the files that an assignment hands out beside its notebooks."""
        return files_beside(self.built(assignment))

    def gradebook(self) -> AbstractContextManager[Gradebook]:
        """Open the gradebook; see :func:`proctor.gradebook.open_gradebook`."""
        return open_gradebook(self._folders.db_url, self._folders.course_id)

    @property
    def db_url(self) -> str:
        """The gradebook's address."""
        return self._folders.db_url

    @contextlib.contextmanager
    def only_one(self) -> Iterator[None]:
        """Keep a second grading run of this course out.

        Raises
        ------
        GradingError
            If one is under way.
        """
        with (self.root / CONFIG).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise GradingError(
                    f"another proctor autograde is grading {self.root}: wait for it, "
                    "or end it; what it graded is kept"
                ) from None
            except OSError as error:
                raise GradingError(
                    f"{self.root / CONFIG} cannot be locked ({error.strerror}): keep "
                    "the course on a file system that has locks"
                ) from None
            yield


def _is_there(folder: Path) -> bool:
    """Tell whether a folder is there, or may be behind a closed one."""
    try:
        return folder.is_dir()
    except PermissionError:
        return True
