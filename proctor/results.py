"""What a grading run found: one record, of which every report is a projection."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

SCHEMA = "proctor/results/v1"

GRADED = "graded"
NEEDS_ATTENTION = "needs_attention"
# The message of a cell that no machine grades.
BY_HAND = "waits for a person to grade it"


@dataclass(frozen=True)
class Cell:
    """A graded cell.

    Attributes
    ----------
    status
        ``passed``, ``partial``, ``failed`` (a check said no), ``error`` (something was
        raised) or ``timeout``.
    message
        One line that says what was lost and why; empty where nothing was.
    checks
        The named behaviours of the test, each with ``name``, ``score``, ``max_score``,
        ``message`` and ``bug`` (None, or the known mistake it was found to be).
    """

    grade_id: str
    score: float
    max_score: float
    status: str
    message: str = ""
    checks: list[dict] = field(default_factory=list)


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
        """The cells that did not earn all their points."""
        return [cell for cell in self.cells if cell.score < cell.max_score]

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
            needs_manual_grade=any(cell.message == BY_HAND for cell in cells),
            seconds=round(seconds, 3),
            mended=list(mended),
            message=trouble,
            cells=cells,
        )

    @classmethod
    def from_dict(cls, data: dict) -> Submission:
        """Return the submission that ``asdict`` made ``data`` of.

        Raises
        ------
        TypeError, KeyError
            If it did not.
        """
        cells = [Cell(**cell) for cell in data["cells"]]
        return cls(**(data | {"cells": cells}))


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
    finished
        Whether all submissions were looked at; not where the run was interrupted.
    """

    assignment: str
    started: str
    sandbox: str
    submissions: list[Submission]
    seed: int = 0
    finished: bool = True

    def to_json(self) -> str:
        """Return the run as a JSON document of the schema ``proctor/results/v1``."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n"

    def write(self, path: Path) -> None:
        """Write the JSON document."""
        path.write_text(self.to_json(), encoding="utf-8")

    @property
    def exit_status(self) -> int:
        """0 if all are graded, 1 if some submission needs attention."""
        return int(any(s.status == NEEDS_ATTENTION for s in self.submissions))
