"""What a graded cell earned, and the named checks that say why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

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
