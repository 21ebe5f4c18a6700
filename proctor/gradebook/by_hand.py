"""What persons decided of a submission: their points, their comments, what they owe."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from proctor.grade.results import AGAIN, GIVEN, Cell, Submission, status_of

_ASSIGNMENT, _SUBMISSION, _NOTEBOOK, _CELL, _GRADE, _COMMENT = (
    kind.__table__
    for kind in (
        api.Assignment,
        api.SubmittedAssignment,
        api.SubmittedNotebook,
        api.BaseCell,
        api.Grade,
        api.Comment,
    )
)


@dataclass
class ByHand:
    """What the gradebook knows of a submission that no machine decided.

    Attributes
    ----------
    scores
        The points that count, by grade_id, where a person gave some.
    waiting
        The grade_ids of what a person has to grade, or to look at again.
    comments
        Each with ``grade_id`` and ``text``.
    """

    scores: dict[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    comments: list[dict] = field(default_factory=list)

    def apply(self, submission: Submission) -> Submission:
        """Return the submission with the points that count."""
        if not submission.cells:
            return submission
        cells = [self._cell(cell) for cell in submission.cells]
        return replace(
            submission,
            cells=cells,
            score=sum(cell.score for cell in cells),
            needs_manual_grade=any(cell.grade_id in self.waiting for cell in cells),
        )

    def _cell(self, cell: Cell) -> Cell:
        if cell.grade_id not in self.scores:
            return cell
        score = self.scores[cell.grade_id]
        message = AGAIN if cell.grade_id in self.waiting else GIVEN
        status = status_of(score, cell.max_score)
        return Cell(cell.grade_id, score, cell.max_score, status, message)

    def for_page(self) -> dict:
        """Return it as :func:`proctor.feedback.render_page` reads it."""
        return {
            "manual_scores": self.scores,
            "waiting": sorted(self.waiting),
            "comments": self.comments,
        }


def by_hand(
    db: Session, assignment: str, students: Iterable[str]
) -> defaultdict[str, ByHand]:
    """Return what persons decided, by student."""
    found: defaultdict[str, ByHand] = defaultdict(ByHand)
    students = list(students)
    for row in db.execute(_about(_GRADE, assignment, students)):
        if row.needs_manual_grade:
            found[row.student_id].waiting.add(row.name)
        points = _points(row)
        if points is not None:
            found[row.student_id].scores[row.name] = points
    for row in db.execute(_about(_COMMENT, assignment, students)):
        if row.manual_comment:
            comment = {"grade_id": row.name, "text": row.manual_comment}
            found[row.student_id].comments.append(comment)
    return found


def _points(row) -> float | None:
    """Return what nbgrader counts for a grade, if a person had a part in it."""
    extra = row.extra_credit or 0.0
    if row.manual_score is not None:
        return row.manual_score + extra
    if row.auto_score is not None and extra:
        return row.auto_score + extra
    return None


def _about(table, assignment: str, students: list[str]):
    """Return a query for the rows of a table that are about these submissions."""
    return (
        select(_SUBMISSION.c.student_id, _CELL.c.name, table)
        .join(_NOTEBOOK, _NOTEBOOK.c.id == table.c.notebook_id)
        .join(_SUBMISSION, _SUBMISSION.c.id == _NOTEBOOK.c.assignment_id)
        .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMISSION.c.assignment_id)
        .join(_CELL, _CELL.c.id == table.c.cell_id)
        .where(_ASSIGNMENT.c.name == assignment)
        .where(_SUBMISSION.c.student_id.in_(students))
    )
