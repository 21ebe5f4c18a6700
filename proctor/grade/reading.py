"""Read what was handed in, and tell which file counts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from proctor.errors import SubmissionError
from proctor.grade import which
from proctor.grade.places import Place
from proctor.grade.reader_process import Read, ReaderPool
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.read import bytes_of
from proctor.sandbox.jail import Jail


class Reading:
    """Reads the submissions of one assignment, in processes apart."""

    def __init__(self, jail: Jail, assignment: Assignment) -> None:
        self._readers = ReaderPool(jail, assignment)
        self._assignment = assignment

    def read(self, notebook: AssignedNotebook, path: Path, place: Place) -> Read:
        """Return what was handed in as one of the assignment's, or of a part of it.

        Raises
        ------
        SubmissionError
            If it cannot be read.
        """
        data = bytes_of(path)
        with self._readers.one(place.processor) as reader:
            return reader.read(notebook, path.name, data)

    def which(
        self, paths: Mapping[str, Path], others: list[Path], place: Place
    ) -> tuple[dict[str, Path], list[str]]:
        """Return the files to grade where others lie beside them, and what to say.

        Raises
        ------
        SubmissionError
            If a person has to say which counts.
        """
        found, notes = {}, []
        for notebook in self._assignment.notebooks:
            look = functools.partial(self._look, notebook, place)
            name = notebook.name
            found[name], note = which.choose(name, paths[name], others, look)
            notes += [note] if note else []
        return found, notes

    def _look(
        self, notebook: AssignedNotebook, place: Place, path: Path
    ) -> which.Held | None:
        try:
            data = bytes_of(path)
            with self._readers.one(place.processor) as reader:
                return reader.look(notebook, path.name, data)
        except SubmissionError:
            return None

    def close(self) -> None:
        """End the processes."""
        self._readers.close()
