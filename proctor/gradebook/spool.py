"""What a run has found so far: on the disk, with what is counted of it in memory."""

from __future__ import annotations

import json
import tempfile
import weakref
import zlib
from dataclasses import replace

from proctor.errors import GradingError
from proctor.grade.cell_results import shared
from proctor.grade.results import Submission

# Where a text lies, and how long it is there.
Place = tuple[int, int]


class Spool:
    """Texts on the disk, for as long as this object is there."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (as long as this object)
        weakref.finalize(self, self._file.close)

    def put(self, text: str) -> Place:
        """Put a text there, and return where it is.

        Raises
        ------
        GradingError
            If the disk does not take it.
        """
        data = zlib.compress(text.encode(), 1)
        try:
            place = self._file.seek(0, 2), len(data)
            self._file.write(data)
        except OSError as error:
            raise GradingError(
                f"the folder {tempfile.gettempdir()} for what lasts as long as the run "
                f"takes nothing more ({error.strerror}): make room there, then run the "
                "same command to go on"
            ) from None
        return place

    def get(self, place: Place) -> str:
        """Return what was put at a place."""
        begin, size = place
        self._file.seek(begin)
        return zlib.decompress(self._file.read(size)).decode()


class SpooledSubmissions:
    """A run's submissions: a class of any size takes little memory.

    Attributes
    ----------
    submissions
        Without the digests of their answers, so that most cells are the same object.
    """

    def __init__(self) -> None:
        self.submissions: list[Submission] = []
        self._spool = Spool()
        self._places: dict[str, Place] = {}

    def add(self, submission: Submission) -> None:
        """Take note of a submission.

        Raises
        ------
        GradingError
            If the disk does not take it.
        """
        line = json.dumps(submission.as_dict())
        self._places[submission.student] = self._spool.put(line)
        cells = tuple(shared(replace(c, answer="")) for c in submission.cells)
        self.submissions.append(replace(submission, cells=cells))

    def line(self, student: str) -> str:
        """Return a submission as the JSON document has it."""
        return self._spool.get(self._places[student])
