"""What a grading run found: one record, of which every report is a projection."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from proctor.errors import GradingError

SCHEMA = "proctor/results/v1"

GRADED = "graded"
NEEDS_ATTENTION = "needs_attention"
# The status of a cell that no machine grades, until a person did, and its message.
UNGRADED = "ungraded"
BY_HAND = "waits for a person to grade it"
# The message of a cell whose points a person gave, and where it was graded anew since.
GIVEN = "a person gave these points"
AGAIN = "a person gave these points, and has to look at it again"


def status_of(score: float, max_score: float) -> str:
    """Return the status of a cell that follows from its points alone."""
    if score >= max_score:
        return "passed"
    return "partial" if score > 0 else "failed"


def plain(text: str) -> str:
    """Return text that a terminal shows and does not obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True)
class Cell:
    """A graded cell.

    Attributes
    ----------
    status
        ``passed``, ``partial``, ``failed`` (a check said no), ``error`` (something was
        raised), ``timeout`` or ``ungraded`` (a person has to).
    message
        One line that says what was lost and why, or who gave the points; empty where
        nothing was lost.
    checks
        The named behaviours of the test, each with ``name``, ``score``, ``max_score``,
        ``message`` and ``bug`` (None, or the known mistake it was found to be); where
        there is a bug also its ``title`` and its ``question``.
    """

    grade_id: str
    score: float
    max_score: float
    status: str
    message: str = ""
    checks: list[dict] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether a person has to look at it."""
        return self.status == UNGRADED or self.message == AGAIN

    @property
    def bugs(self) -> dict[str, str]:
        """The known mistakes behind its checks: title and question."""
        return {c["title"]: c["question"] for c in self.checks if c["bug"]}

    @property
    def reason(self) -> str:
        """Why points were lost, in short: the known mistakes.

        The message comes first where they do not explain every failing check.
        """
        failing = [check for check in self.checks if check["message"]]
        explained = bool(failing) and all(check["bug"] for check in failing)
        return "; ".join([*([] if explained else [self.message]), *self.bugs])


@dataclass(frozen=True)
class Submission:
    """One student's submission: graded, or in need of somebody's attention.

    Attributes
    ----------
    seconds
        Wall time that grading took.
    message
        Why it needs attention, in plain words; empty where it does not.
    """

    student: str
    status: str
    max_score: float
    score: float = 0.0
    needs_manual_grade: bool = False
    seconds: float = 0.0
    mended: list[str] = field(default_factory=list)
    message: str = ""
    cells: list[Cell] = field(default_factory=list)

    @property
    def lost(self) -> list[Cell]:
        """The cells that did not earn all their points, those not graded left out."""
        graded = [cell for cell in self.cells if cell.status != UNGRADED]
        return [cell for cell in graded if cell.score < cell.max_score]

    def as_dict(self) -> dict:
        """Return the submission as the JSON documents have it."""
        return vars(self) | {"cells": [dict(vars(cell)) for cell in self.cells]}

    @classmethod
    def of_cells(
        cls,
        student: str,
        max_score: float,
        cells: list[Cell],
        mended: list[str],
        trouble: str = "",
        seconds: float = 0.0,
    ) -> Submission:
        """Return a submission whose cells were graded; ``trouble``: who must look."""
        return cls(
            student,
            NEEDS_ATTENTION if trouble else GRADED,
            max_score,
            score=sum(cell.score for cell in cells),
            needs_manual_grade=any(cell.status == UNGRADED for cell in cells),
            seconds=round(seconds, 3),
            mended=list(mended),
            message=trouble,
            cells=cells,
        )

    @classmethod
    def from_dict(cls, data: dict) -> Submission:
        """Return the submission that :meth:`as_dict` made ``data`` of.

        Raises
        ------
        TypeError, KeyError
            If it did not.
        """
        cells = [Cell(**cell) for cell in data["cells"]]
        return cls(**(data | {"cells": cells}))


class Records:
    """The submissions of a run in full, kept on disk: a class may be large.

    Raises
    ------
    GradingError
        If there is no room for temporary files, also from :meth:`add`.
    """

    def __init__(self) -> None:
        with _needing_room():
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._places: dict[str, tuple[int, int]] = {}

    def add(self, submission: Submission) -> Submission:
        """Keep a submission; return it without its checks, for memory.

        What the checks say is in short in each cell's message.
        """
        line = json.dumps(submission.as_dict()).encode()
        with _needing_room():
            self._places[submission.student] = self._file.seek(0, 2), len(line)
            self._file.write(line)
            self._file.flush()
        cells = [
            replace(cell, message=cell.reason, checks=[]) for cell in submission.cells
        ]
        return replace(submission, cells=cells)

    def lines(self) -> Iterator[str]:
        """Return the submissions as JSON, by student."""
        for student in sorted(self._places):
            start, length = self._places[student]
            self._file.seek(start)
            yield self._file.read(length).decode()

    def close(self) -> None:
        """Let go of them."""
        with contextlib.suppress(OSError):  # what found no room is still to be written
            self._file.close()


@contextlib.contextmanager
def _needing_room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise GradingError(
            f"temporary files cannot be written ({error.strerror}): make room in the "
            "temporary folder, or set TMPDIR to another one; then run the same command "
            "again; what was graded is kept"
        ) from None


def require_place(path: Path | None) -> None:
    """Require that results can be written to a file, before anything is graded.

    Raises
    ------
    GradingError
        If they cannot.
    """
    if path is None:
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise GradingError(f"no folder {path.parent} for the results")
    if path.is_dir():
        raise GradingError(f"the results {path} cannot be written: it is a folder")
    place = path if path.exists() else folder
    as_it_acts = os.access in os.supports_effective_ids
    if not os.access(place, os.W_OK, effective_ids=as_it_acts):
        raise GradingError(
            f"the results {path} cannot be written (Permission denied): name another "
            "file"
        )


@dataclass(frozen=True)
class Run:
    """A grading run.

    Attributes
    ----------
    started
        When, in ISO 8601 with the time zone.
    sandbox
        The isolation that the submissions ran in: ``namespace``, ``landlock`` or
        ``process``.
    seed
        From which the random inputs of all tests follow.
    submissions
        What reports need: without the checks, which are in the records.
    finished
        Whether all submissions were looked at; not where the run was interrupted.
    """

    assignment: str
    started: str
    sandbox: str
    seed: int
    submissions: list[Submission]
    records: Records
    finished: bool = True

    def write(self, path: Path, kept: str = "") -> None:
        """Write the run as a JSON document of the schema ``proctor/results/v1``.

        Each submission is one line of it.

        Parameters
        ----------
        kept
            What is not lost where the file cannot be written.

        Raises
        ------
        GradingError
            If the file cannot be written.
        """
        head = {
            "schema": SCHEMA,
            "assignment": self.assignment,
            "started": self.started,
            "sandbox": self.sandbox,
            "seed": self.seed,
            "finished": self.finished,
        }
        try:
            with path.open("w", encoding="utf-8") as file:
                file.write(json.dumps(head)[:-1] + ',\n "submissions": [')
                separator = "\n  "
                for line in self.records.lines():
                    file.write(separator + line)
                    separator = ",\n  "
                file.write("]}\n")
        except OSError as error:
            raise GradingError(
                f"the results {path} cannot be written ({error.strerror}"
                + (f"); {kept}: " if kept else "): ")
                + "mend that, then run the same command again"
            ) from None

    @property
    def exit_status(self) -> int:
        """0 if all are graded, 1 if some submission needs attention."""
        return int(any(s.status == NEEDS_ATTENTION for s in self.submissions))
