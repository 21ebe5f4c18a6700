"""What the examiner says of one test cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from proctor.bank.bank import Bug
from proctor.grade.results import Check


@dataclass(frozen=True)
class Verdict:
    """What the examiner says of one test cell.

    Attributes
    ----------
    author_error
        Whether the test itself is at fault, or the examiner: somebody must look.
    observed
        What the failing checks saw, for the namer; None where nothing can be made of
        it.
    again
        Whether right versions of earlier functions may save it: with the student's own
        the process ended.
    missing
        A name that a plain test uses and nobody defined; empty: none.
    together
        Whether the test ran together with the student's code, which may have forged
        it.
    """

    score: float
    status: str
    message: str
    checks: tuple[Check, ...] = ()
    printed: str = ""
    author_error: bool = False
    observed: tuple[dict, memoryview] | None = None
    again: bool = False
    missing: str = ""
    together: bool = False

    @classmethod
    def of_reply(cls, reply: Mapping[str, Any], points: float) -> Verdict:
        """Return the verdict that an examiner sent on a cell worth ``points``.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is none.
        """
        score = float(reply["score"])
        if not 0 <= score <= points:  # also where it is no number
            raise ValueError(f"a score of {score} of {points:g}")
        return cls(
            score,
            reply["status"],
            reply["message"],
            tuple(map(Check.from_dict, reply["checks"])),
            reply["printed"],
            reply["author_error"],
            again=reply["again"] is True,
            missing=str(reply["missing"]),
        )

    def naming(self, bugs: Mapping[str, Bug]) -> Verdict:
        """Return the verdict with the known mistakes behind its checks, by name."""
        checks = [
            replace(c, bug=bug.id, title=bug.title, question=bug.question)
            if c.message and (bug := bugs.get(c.name))
            else c
            for c in self.checks
        ]
        return replace(self, checks=tuple(checks))
