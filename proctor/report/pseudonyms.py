"""Names that say nobody's: the same in every report of a course, and no way back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.cell_results import Cell
from proctor.grade.results import Submission
from proctor.report.hidden import MASK, Hidden, without_files

_KEY = ".pseudonyms"
_BYTES = 32
_NOTHING = Hidden({})


class Names:
    """What the students of a report are called.

    Parameters
    ----------
    key
        Of the course; without it, students have their own names.
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key
        self._texts = self._code = _NOTHING
        self._files: Collection[str] = ()

    def knowing(
        self,
        called: Mapping[str, Iterable[str]],
        files: Collection[str] = (),
        words: Collection[str] = (),
    ) -> Names:
        """Return names that take those of a class out of texts as well.

        Parameters
        ----------
        called
            First and last names by the id of every student.
        files
            The names of files that are the assignment's, and so nobody's.
        words
            Of the course's own texts, see :class:`~proctor.report.hidden.Hidden`.
        """
        made = Names(self._key)
        if self._key:
            names = [name for several in called.values() for name in several]
            made._texts = Hidden({one: self(one) for one in called}, names, words)
            # In Python a number stays a number, and a word a word.
            masks = {one: "0" if one.isdigit() else MASK for one in called}
            made._code = Hidden(masks, names, words)
            made._files = files
        return made

    def text(self, said: str, own: str = "") -> str:
        """Return what was said, without the names of the class and of its files.

        Parameters
        ----------
        own
            Of whom it was said.
        """
        return self._texts(without_files(said, self._files), own) if self._key else said

    def code(self, answer: str) -> str:
        """Return Python without the names of the class; it stays Python."""
        return self._code(answer) if self._key else answer

    def __call__(self, student: str) -> str:
        """Return what a student is called."""
        if not self._key:
            return student
        name = student.encode("utf-8", "surrogateescape")
        digest = hmac.digest(self._key, name, hashlib.sha256)
        return f"student-{base64.b32encode(digest)[:8].decode().lower()}"

    @property
    def hides(self) -> bool:
        """Whether students have other names than their own."""
        return bool(self._key)

    def all(self, students: Iterable[str]) -> list[str]:
        """Return what these are called, sorted by that."""
        return sorted(map(self, students))

    def submission(self, submission: Submission) -> Submission:
        """Return a submission under its other name; its messages name nobody."""
        if not self._key:
            return submission
        own = submission.student
        return replace(
            submission,
            student=self(own),
            message=self.text(submission.message, own),
            mended=tuple(self.text(note, own) for note in submission.mended),
            cells=tuple(self._cell(cell, own) for cell in submission.cells),
        )

    def _cell(self, cell: Cell, own: str) -> Cell:
        """Return a cell whose messages name nobody."""
        checks = tuple(
            replace(check, message=self.text(check.message, own))
            if check.message
            else check
            for check in cell.checks
        )
        said, found = (self.text(one, own) for one in (cell.message, cell.found))
        return replace(cell, message=said, found=found, checks=checks)


def course_names(folder: Path, make_folder) -> Names:
    """Return the pseudonyms of a course, whose key lies in its folder of results.

    Parameters
    ----------
    folder
        Of the results.
    make_folder
        Makes it.

    Raises
    ------
    GradingError
        If the key can be neither read nor written.
    """
    path = folder / _KEY
    try:
        if not path.exists():
            make_folder()
            with os.fdopen(
                os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb"
            ) as file:
                file.write(secrets.token_bytes(_BYTES))
        key = path.read_bytes()
    except OSError as error:
        raise GradingError(
            f"the key of the pseudonyms {path} cannot be read or written "
            f"({error.strerror}): whoever makes the report must be able to"
        ) from None
    if len(key) != _BYTES:
        raise GradingError(
            f"the key of the pseudonyms {path} is damaged: move it away for new names"
        )
    return Names(key)
