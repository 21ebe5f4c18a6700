"""What a run has found so far: on the disk, with what is counted of it in memory."""

from __future__ import annotations

import json
import tempfile
import weakref
import zlib
from dataclasses import replace

from proctor.errors import GradingError
from proctor.grade.results import Submission, shared


class Kept:
    """A run's submissions: a class of any size takes little memory.

    Attributes
    ----------
    submissions
        Without the digests of their answers, so that most cells are the same object.
    """

    def __init__(self) -> None:
        self.submissions: list[Submission] = []
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (as long as this object)
        weakref.finalize(self, self._file.close)
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, submission: Submission) -> None:
        """Take note of a submission.

        Raises
        ------
        GradingError
            If the disk does not take it.
        """
        data = zlib.compress(json.dumps(submission.as_dict()).encode(), 1)
        try:
            self._places[submission.student] = self._file.seek(0, 2), len(data)
            self._file.write(data)
        except OSError as error:
            raise GradingError(
                f"the folder {tempfile.gettempdir()} for what lasts as long as the run "
                f"takes nothing more ({error.strerror}): make room there, then run the "
                "same command to go on"
            ) from None
        cells = tuple(shared(replace(c, answer="")) for c in submission.cells)
        self.submissions.append(replace(submission, cells=cells))

    def line(self, student: str) -> str:
        """Return a submission as the JSON document has it."""
        place, size = self._places[student]
        self._file.seek(place)
        return zlib.decompress(self._file.read(size)).decode()
