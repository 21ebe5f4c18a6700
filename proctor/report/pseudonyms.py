"""Names that say nobody's: the same in every report of a course, and no way back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.results import Cell, Submission

_KEY = ".pseudonyms"
_BYTES = 32
# An id of fewer letters stands in too many words to be taken out of them.
SHORTEST_NAME = 3


class Names:
    """What the students of a report are called.

    Parameters
    ----------
    key
        Of the course; without it, students have their own names.
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key

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
        """Return a submission under its other name; its messages do not say the own."""
        if not self._key:
            return submission
        own, other = submission.student, self(submission.student)
        submission = replace(submission, student=other)
        if len(own) < SHORTEST_NAME:
            return submission
        return replace(
            submission,
            message=submission.message.replace(own, other),
            mended=tuple(note.replace(own, other) for note in submission.mended),
            cells=tuple(_renamed(cell, own, other) for cell in submission.cells),
        )


def _renamed(cell: Cell, own: str, other: str) -> Cell:
    """Return a cell whose messages, such as of a file that is missing, name nobody."""
    said = [cell.message, *(check.message for check in cell.checks)]
    if not any(own in one for one in said):
        return cell
    checks = tuple(
        replace(check, message=check.message.replace(own, other))
        for check in cell.checks
    )
    return replace(cell, message=cell.message.replace(own, other), checks=checks)


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
