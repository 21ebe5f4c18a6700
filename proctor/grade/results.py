"""What a grading run found: one record, of which every report is a projection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from proctor.text import plain

SCHEMA = "proctor/results/v1"

GRADED = "graded"
NEEDS_ATTENTION = "needs_attention"
# The status of a cell that no machine grades, until a person did, and its message.
UNGRADED = "ungraded"
BY_HAND = "waits for a person to grade it"
# The message of a cell whose points a person gave, and where it was graded anew since.
GIVEN = "a person gave these points"
AGAIN = "a person gave these points, and has to look at it again"
# Of what is said of a submission, whose author may choose how much that is.
LONGEST, _MOST_NOTES = 2_000, 200


def status_of(score: float, max_score: float) -> str:
    """Return the status of a cell that follows from its points alone."""
    if score >= max_score:
        return "passed"
    return "partial" if score > 0 else "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """A named behaviour that a test asked for, from the rubric's reply to the page.

    Attributes
    ----------
    message
        Why it lost points; empty where it did not.
    bug
        The id of the known mistake that a failing answer was found to be, or empty.
    title, question
        What this mistake is, and what a tutor would ask.
    alike
        The same text where failing answers of one run were wrong in the same way, and
        no known mistake was found behind them; empty where that is not known.
    """

    name: str
    score: float
    max_score: float
    message: str = ""
    bug: str = ""
    title: str = ""
    question: str = ""
    alike: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the check as the JSON documents have it."""
        data = {
            "name": self.name,
            "score": self.score,
            "max_score": self.max_score,
            "message": self.message,
            "bug": self.bug or None,
        }
        if self.bug:
            data |= {"title": self.title, "question": self.question}
        if self.alike:
            data["alike"] = self.alike
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Check:
        """Return the check of a rubric's reply, or that :meth:`as_dict` wrote.

        Raises
        ------
        TypeError, KeyError, ValueError
            If it is none.
        """
        return _one_check(
            _text(data["name"]),
            float(data["score"]),
            float(data["max_score"]),
            _text(data["message"]),
            _text(data.get("bug") or ""),
            _text(data.get("title", "")),
            _text(data.get("question", "")),
            _text(data.get("alike", "")),
        )


@lru_cache(1 << 13)
def _one_check(*values: Any) -> Check:
    """Return one object for equal checks: a class has thousands of the same."""
    return Check(*values)


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError(f"a text was wanted, got {type(value).__name__}")
    return value


@dataclass(frozen=True, slots=True)
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
        The named behaviours of the test.
    extra_credit
        What of the score a person gave beside the points of the cell.
    together
        Whether the test ran together with the student's code: such points can be
        forged.
    found
        What the machine said of a cell whose points a person gave, if it took some.
    answer
        A digest of the answer, which is another where the answer is; empty where it is
        not known.
    """

    grade_id: str
    score: float
    max_score: float
    status: str
    message: str = ""
    checks: tuple[Check, ...] = ()
    extra_credit: float = 0.0
    together: bool = False
    found: str = ""
    answer: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether a person gave the points."""
        return self.message in (GIVEN, AGAIN)

    @property
    def by_machine(self) -> str:
        """What the machine said was lost, whoever gave the points."""
        return self.found if self.by_hand else self.message

    @property
    def waits(self) -> bool:
        """Whether a person has to look at it."""
        return self.status == UNGRADED or self.message == AGAIN

    @property
    def bugs(self) -> dict[str, str]:
        """The known mistakes behind its checks: title and question."""
        return {check.title: check.question for check in self.checks if check.bug}

    @property
    def reason(self) -> str:
        """Why points were lost, in short: the known mistakes.

        The message comes first where they do not explain every failing check, and
        stands alone where a person gave the points.
        """
        if self.by_hand:
            return self.message
        failing = [check for check in self.checks if check.message]
        explained = bool(failing) and all(check.bug for check in failing)
        return "; ".join([*([] if explained else [self.message]), *self.bugs])

    def as_dict(self) -> dict[str, Any]:
        """Return the cell as the JSON documents have it."""
        data = {
            "grade_id": self.grade_id,
            "score": self.score,
            "max_score": self.max_score,
            "status": self.status,
            "message": self.message,
            "checks": [check.as_dict() for check in self.checks],
            "extra_credit": self.extra_credit,
        }
        data |= {"together": True} if self.together else {}
        more = {"found": self.found, "answer": self.answer}
        return data | {name: text for name, text in more.items() if text}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Cell:
        """Return the cell that :meth:`as_dict` made ``data`` of."""
        checks = tuple(map(Check.from_dict, data["checks"]))
        return shared(cls(**(dict(data) | {"checks": checks})))


@lru_cache(1 << 13)
def shared(cell: Cell) -> Cell:
    """Return one object for equal cells, of which a large class has mostly."""
    return cell


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
