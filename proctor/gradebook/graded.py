"""What a graded submission leaves on disk, and how it is found again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from proctor.errors import GradingError, SubmissionError
from proctor.grade.results import GRADED, Submission
from proctor.grade.task import Graded
from proctor.grade.which import others_beside
from proctor.layout import Layout
from proctor.notebook.assignment import Assignment
from proctor.notebook.beside import files_beside
from proctor.notebook.read import bytes_of
from proctor.notebook.write import to_text, write_file

# As nbgrader's exchange writes it.
_TIMESTAMP, _LONGEST_TIME = "timestamp.txt", 200


class GradedNotebooks:
    """The graded notebooks of one assignment, and their feedback pages.

    Parameters
    ----------
    support
        The files that the assignment hands out beside its notebooks.
    """

    def __init__(
        self, layout: Layout, assignment: Assignment, support: Mapping[str, bytes]
    ) -> None:
        self._layout, self._assignment = layout, assignment
        self._key = assignment.key() + _digest(support)
        self._support = support

    def folder_of(self, student: str) -> Path:
        """Return where a student handed in."""
        return self._layout.path("submitted", student, self._assignment.name)

    def handed_in(self, student: str) -> dict[str, Path]:
        """Return where each notebook was to be handed in, by its name."""
        folder = self.folder_of(student)
        return {n.name: folder / f"{n.name}.ipynb" for n in self._assignment.notebooks}

    def written(self, student: str) -> list[Path]:
        """Return where the graded notebooks are, or would be."""
        folder = self._layout.path("autograded", student, self._assignment.name)
        return [folder / f"{n.name}.ipynb" for n in self._assignment.notebooks]

    def key_of(self, student: str) -> str:
        """Return a digest of submission and assignment; empty if it is unreadable."""
        paths, folder = self.handed_in(student), self.folder_of(student)
        try:
            content = {name: bytes_of(path) for name, path in paths.items()}
            others = others_beside(paths)
            for path in others:
                content[path.relative_to(folder).as_posix()] = bytes_of(path)
        except SubmissionError:
            return ""
        beside = files_beside(folder).files
        key = self._key + _digest(content) + _digest(beside)
        return hashlib.sha256(key.encode()).hexdigest()

    def find(self, student: str, key: str) -> tuple[Submission, dict[str, dict]] | None:
        """Return what an earlier run found and wrote, if it was of the same content."""
        notebooks = {}
        folder = self._layout.path("autograded", student, self._assignment.name)
        submission = None
        for assigned in self._assignment.notebooks:
            try:
                path = folder / f"{assigned.name}.ipynb"
                notebook = json.loads(path.read_text(encoding="utf-8"))
                earlier = notebook["metadata"]["proctor"]
                if not key or earlier["key"] != key:
                    return None
                submission = Submission.from_dict(earlier["submission"])
            except (OSError, ValueError, KeyError, TypeError):
                return None
            notebooks[assigned.name] = notebook
        if submission is None or submission.status != GRADED:
            return None
        return submission, notebooks

    def earlier(self, student: str) -> dict[str, dict]:
        """Return the notebooks that an earlier run wrote, whatever it was of.

        One that is not there, or cannot be read, is not among them.
        """
        folder = self._layout.path("autograded", student, self._assignment.name)
        found = {}
        for assigned in self._assignment.notebooks:
            with contextlib.suppress(OSError, ValueError):
                text = (folder / f"{assigned.name}.ipynb").read_text(encoding="utf-8")
                notebook = json.loads(text)
                if isinstance(notebook, dict):
                    found[assigned.name] = notebook
        return found

    def write(self, graded: Graded, record: dict) -> None:
        """Write the graded notebooks, and the course's own files beside them.

        Of what else was handed in, the time of it: formgrader would serve the rest,
        whatever it is, from the instructor's own server.

        Raises
        ------
        GradingError
            If the disk does not take them.
        """
        student = graded.submission.student
        folder = self._layout.path("autograded", student, self._assignment.name)
        for name, notebook in graded.notebooks.items():
            notebook["metadata"]["proctor"] = record
            text = to_text(notebook).encode("utf-8", "replace")
            self._write(folder / f"{name}.ipynb", text)
        said = graded.files.get(_TIMESTAMP, b"")
        times = {_TIMESTAMP: said} if 0 < len(said) <= _LONGEST_TIME else {}
        for name, data in {**times, **self._support}.items():
            path = folder / name
            if not (path.is_file() and path.read_bytes() == data):
                self._write(path, data)

    def write_page(self, student: str, name: str, page: str) -> None:
        """Write a feedback page."""
        folder = self._layout.path("feedback", student, self._assignment.name)
        self._write(folder / f"{name}.html", page.encode("utf-8", "replace"))

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        try:
            write_file(path, data)
        except OSError as error:
            raise GradingError(
                f"{path} cannot be written ({error.strerror}): mend that, then run the "
                "same command again; what was graded is kept"
            ) from None


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        for part in (name.encode("utf-8", "surrogateescape"), data):
            digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()
