"""Who handed what in, and where; and that one run writes at a time."""

from __future__ import annotations

import contextlib
import difflib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from proctor.errors import GradingError
from proctor.notebook.beside import files_beside
from proctor.settings import CONFIG, Course
from proctor.text import listed, plain

# From here on a folder's name is taken for an assignment's, mistyped: 0 to 1.
_LIKENESS = 0.8


class Folders:
    """The submissions of a course."""

    def __init__(self, course: Course) -> None:
        self._home, self._layout = course.home, course.layout
        self.path = course.layout.path

    def students(self, assignment: str) -> list[str]:
        """Return the students who handed in ``assignment``, sorted."""
        everybody, below = self._submitted(assignment)
        names = _folders_in(everybody)
        return sorted(name for name in names if _is_there(everybody / name / below))

    def misplaced(
        self, assignment: str, notebooks: list[str], others: list[str]
    ) -> dict[str, str]:
        """Return who handed ``assignment`` in at a wrong place, and what to say of it.

        A folder of another assignment is none, whatever is in it.

        Parameters
        ----------
        notebooks
            The names of the assignment's notebooks.
        others
            All assignments of the course that are known.
        """
        everybody, below = self._submitted(assignment)
        if len(below.parts) != 1:  # a course of another layout
            return {}
        files = {f"{name}.ipynb" for name in notebooks}
        found = {}
        for student in _folders_in(everybody):
            place = everybody / student
            if _is_there(place / below) or place.is_symlink():
                continue
            try:
                there = sorted(
                    path.name
                    for path in place.iterdir()
                    if path.name in files
                    or (path.name not in others and _is_meant(path, assignment, files))
                )
            except OSError:  # a closed folder is one that may be there
                continue
            if there:
                shown = plain(listed(there, 20))
                found[student] = f"no folder {below} (there is: {shown})"
        return found

    def _submitted(self, assignment: str) -> tuple[Path, Path]:
        """Return the folder of all submissions, and what follows a student's name."""
        parts = self.path("submitted", "*", assignment).parts
        depth = parts.index("*")
        return Path(*parts[:depth]), Path(*parts[depth + 1 :])

    def support_files(self, assignment: str) -> dict[str, bytes]:
        """Return the files that an assignment hands out beside its notebooks."""
        return files_beside(self._layout.built(assignment), authors=True).files

    @contextlib.contextmanager
    def only_one(self) -> Iterator[None]:
        """Keep a second grading run of this course out.

        Raises
        ------
        GradingError
            If one is under way.
        """
        with (self._home / CONFIG).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise GradingError(
                    f"another proctor autograde is grading {self._home}: wait for it, "
                    "or end it; what it graded is kept"
                ) from None
            except OSError as error:
                raise GradingError(
                    f"{self._home / CONFIG} cannot be locked ({error.strerror}): keep "
                    "the course on a file system that has locks"
                ) from None
            yield


def _folders_in(folder: Path) -> list[str]:
    """Return the names of the folders in a folder; none if there is no such one."""
    try:
        return [path.name for path in folder.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise GradingError(
            f"{folder} cannot be read ({error.strerror}): the user who grades must be "
            "able to"
        ) from None


def _is_meant(path: Path, assignment: str, files: set[str]) -> bool:
    """Tell whether a folder seems to be an assignment's, by its name or its files."""
    if not path.is_dir() or path.is_symlink():
        return False
    likeness = difflib.SequenceMatcher(None, path.name.lower(), assignment.lower())
    if likeness.ratio() >= _LIKENESS:
        return True
    return any((path / name).exists() for name in (*files, assignment))


def _is_there(folder: Path) -> bool:
    """Tell whether a folder is there, or may be behind a closed one."""
    try:
        return folder.is_dir()
    except PermissionError:
        return True
