"""What a grading run found: one record, of which every report is a projection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from proctor.grade.cell_results import UNGRADED, Cell
from proctor.text import plain

SCHEMA = "proctor/results/v1"

GRADED = "graded"
NEEDS_ATTENTION = "needs_attention"
# Of what is said of a submission, whose author may choose how much that is.
LONGEST, _MOST_NOTES = 2_000, 200


def _bounded(notes: list[str]) -> Iterator[str]:
    """Yield what is said of a submission, which may give cause for any of it."""
    for note in notes[:_MOST_NOTES]:
        yield plain(note[:LONGEST])
    if (more := len(notes) - _MOST_NOTES) > 0:
        yield f"and so on: {more} more"


@dataclass(frozen=True)
class Submission:
    """One student's submission: graded, or in need of somebody's attention.

    Attributes
    ----------
    score
        What counts: the sum of the cells, less the penalty, and not below 0.
    late_penalty
        What is taken off for handing in late.
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
    mended: tuple[str, ...] = ()
    message: str = ""
    cells: tuple[Cell, ...] = ()
    late_penalty: float = 0.0

    @property
    def lost(self) -> list[Cell]:
        """The cells that did not earn all their points, those not graded left out."""
        graded = [cell for cell in self.cells if cell.status != UNGRADED]
        return [cell for cell in graded if cell.score < cell.max_score]

    def as_dict(self) -> dict:
        """Return the submission as the JSON documents have it."""
        cells = [cell.as_dict() for cell in self.cells]
        return vars(self) | {"mended": list(self.mended), "cells": cells}

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
            mended=tuple(_bounded(mended)),
            message=trouble,
            cells=tuple(cells),
        )

    @classmethod
    def from_dict(cls, data: dict) -> Submission:
        """Return the submission that :meth:`as_dict` made ``data`` of.

        Raises
        ------
        TypeError, KeyError
            If it did not.
        """
        cells = tuple(map(Cell.from_dict, data["cells"]))
        return cls(**(data | {"mended": tuple(data["mended"]), "cells": cells}))


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
        By student.
    finished
        Whether all submissions were looked at; not where the run was interrupted.
    line
        Returns what the document has of a student, where that is more than is in
        ``submissions``; None: it is not.
    """

    assignment: str
    started: str
    sandbox: str
    seed: int
    submissions: list[Submission]
    finished: bool = True
    line: Callable[[str], str] | None = None

    def head(self) -> dict[str, Any]:
        """Return all but the submissions, as the JSON document has it."""
        return {
            "schema": SCHEMA,
            "assignment": self.assignment,
            "started": self.started,
            "sandbox": self.sandbox,
            "seed": self.seed,
            "finished": self.finished,
        }

    def document(self) -> Iterator[str]:
        """Yield the JSON document piece by piece; each submission is one line."""
        yield json.dumps(self.head())[:-1] + ',\n "submissions": ['
        separator = "\n  "
        for submission in self.submissions:
            if self.line:
                yield separator + self.line(submission.student)
            else:
                yield separator + json.dumps(submission.as_dict())
            separator = ",\n  "
        yield "]}\n"

    @property
    def exit_status(self) -> int:
        """0 if all are graded, 1 if some submission needs attention."""
        return int(any(s.status == NEEDS_ATTENTION for s in self.submissions))
