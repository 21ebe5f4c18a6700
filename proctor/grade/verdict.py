"""What the examiner says of one test cell."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from proctor.bank.bank import Bug
from proctor.errors import NOT_TRIED
from proctor.grade.cell_results import Check


@dataclass(frozen=True)
class VisibleFault:
    """A test's visible part that fails where every named check passes.

    Attributes
    ----------
    costs
        The points that it takes, if no other cell is at fault.
    status, message
        What the cell's are then.
    stood_in
        The names whose right versions were in place.
    """

    costs: float
    status: str
    message: str
    stood_in: frozenset[str]

    @classmethod
    def of_reply(cls, reply: Mapping[str, Any]) -> VisibleFault:
        """Return what an examiner sent.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is none.
        """
        costs, names = float(reply["costs"]), frozenset(reply["stood_in"])
        return cls(costs, reply["status"], reply["message"], names)


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
    visible
        What the visible part takes, if the fault is this cell's.
    uses_objects
        Whether a plain test asked an object for more than its parts, or its text.
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
    visible: VisibleFault | None = None
    uses_objects: bool = False

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
        visible = VisibleFault.of_reply(found) if (found := reply["visible"]) else None
        if visible and not 0 < visible.costs <= score:
            raise ValueError(f"{visible.costs} of {score:g} points")
        return cls(
            score,
            reply["status"],
            reply["message"],
            tuple(map(Check.from_dict, reply["checks"])),
            reply["printed"],
            reply["author_error"],
            again=reply["again"] is True,
            missing=str(reply["missing"]),
            visible=visible,
            uses_objects=reply["uses_objects"] is True,
        )

    def less_visible(self) -> Verdict:
        """Return the verdict without the points that the visible part takes."""
        fault = self.visible
        score = self.score - fault.costs
        points = f"{fault.costs:g} point{'s' * (fault.costs != 1)}"
        return replace(
            self,
            score=score,
            status="partial" if score > 0 else fault.status,
            message=f"{fault.message} (a check that you see: {points})",
        )

    def excused(self) -> Verdict:
        """Return the verdict that says why the visible part takes nothing."""
        why = f"{self.visible.message} (perhaps another task's mistake: no points lost)"
        return replace(self, message=why)

    def untried(self, why: str) -> Verdict:
        """Return the verdict of a test that never ran: no zero, but a person's."""
        checks = tuple(replace(c, score=0.0, message="not tried") for c in self.checks)
        return Verdict(0.0, "error", why, checks, author_error=True)

    @property
    def tried(self) -> tuple[str, ...]:
        """The names of the checks that the student's process lived to see."""
        seen = (c for c in self.checks if not c.message.startswith(NOT_TRIED))
        return tuple(check.name for check in seen)

    def going_on(self, later: Verdict) -> Verdict:
        """Return the verdict with what came of checks that had not been tried."""
        over, found = set(self.tried), {check.name: check for check in later.checks}
        checks = tuple(
            c if c.name in over else found.get(c.name, c) for c in self.checks
        )
        score = math.fsum(check.score for check in checks)
        return replace(self, score=score, checks=checks)

    def ended_visibly(self, points: float) -> Verdict:
        """Return the verdict where the process ended in what the student sees alone."""
        heaviest = max(check.max_score for check in self.checks)
        costs = min(heaviest, points / 2)
        fault = VisibleFault(costs, self.status, self.message, frozenset())
        return replace(self, status="passed", visible=fault)

    def likening(self) -> Verdict:
        """Return the verdict with what tells like wrong answers, where none is named.

        What the checks saw is not in it any more: it may be a megabyte.
        """
        alike = self.observed[0].get("alike", {}) if self.observed else {}
        checks = [
            replace(c, alike=alike.get(c.name, "")) if c.message and not c.bug else c
            for c in self.checks
        ]
        return replace(self, checks=tuple(checks), observed=None)

    def naming(self, bugs: Mapping[str, Bug]) -> Verdict:
        """Return the verdict with the known mistakes behind its checks, by name."""
        checks = [
            replace(c, bug=bug.id, title=bug.title, question=bug.question)
            if c.message and (bug := bugs.get(c.name))
            else c
            for c in self.checks
        ]
        return replace(self, checks=tuple(checks))
