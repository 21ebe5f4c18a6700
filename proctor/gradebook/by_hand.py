"""What counts beside the machine's points: what persons decided, and a penalty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nbgrader import api
from sqlalchemy import select
from sqlalchemy.orm import Session

from proctor.grade.cell_results import AGAIN, GIVEN, UNGRADED, Cell, status_of
from proctor.grade.results import Submission

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
    """What the gradebook knows of a submission beside the points of the machine.

    Attributes
    ----------
    scores
        The points that count, by grade_id, where a person gave some.
    extra
        What is given beside a cell's points, by grade_id; it is part of ``scores``,
        or, where no person gave points, comes to the machine's.
    late_penalty
        What is taken off for handing in late.
    waiting
        The grade_ids of what a person has to grade, or to look at again.
    comments
        Each with ``grade_id`` and ``text``.
    """

    scores: dict[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    comments: list[dict] = field(default_factory=list)
    extra: dict[str, float] = field(default_factory=dict)
    late_penalty: float = 0.0

    def apply(self, submission: Submission) -> Submission:
        """Return the submission with the points that count."""
        if not submission.cells:
            return submission
        cells = tuple(map(self._cell, submission.cells))
        return replace(
            submission,
            cells=cells,
            score=max(0.0, sum(cell.score for cell in cells) - self.late_penalty),
            late_penalty=self.late_penalty,
            needs_manual_grade=any(cell.grade_id in self.waiting for cell in cells),
        )

    def _cell(self, cell: Cell) -> Cell:
        name, most = cell.grade_id, cell.max_score
        extra = self.extra.get(name, 0.0)
        if name in self.scores:
            score = self.scores[name]
            message = AGAIN if name in self.waiting else GIVEN
            return replace(
                cell,
                score=score,
                status=status_of(score, most),
                message=message,
                extra_credit=extra,
                together=False,
                found=_found(cell),
            )
        if extra:
            # Why the machine took points is as true as it was.
            return replace(cell, score=cell.score + extra, extra_credit=extra)
        return cell

    def for_page(self) -> dict:
        """Return it as :func:`proctor.feedback.render_page` reads it."""
        return {
            "manual_scores": self.scores,
            "extra_credit": self.extra,
            "late_penalty": self.late_penalty,
            "waiting": sorted(self.waiting),
            "comments": self.comments,
        }


def _found(cell: Cell) -> str:
    """Return what the machine found wrong, which stays true whoever gives points."""
    if cell.by_hand:
        return cell.found
    whole = cell.checks or cell.status not in (UNGRADED, "partial")
    return cell.message if whole else ""


def by_hand(
    db: Session, assignment: str, students: Iterable[str]
) -> defaultdict[str, ByHand]:
    """Return what persons decided, by student."""
    found: defaultdict[str, ByHand] = defaultdict(ByHand)
    students = list(students)
    points = _about(_GRADE, assignment, students).where(
        _GRADE.c.needs_manual_grade
        | _GRADE.c.manual_score.is_not(None)
        | (_GRADE.c.extra_credit != 0)
    )
    for row in db.execute(points):
        if row.needs_manual_grade:
            found[row.student_id].waiting.add(row.name)
        _add_points(row, found[row.student_id])
    comments = _about(_COMMENT, assignment, students).where(
        _COMMENT.c.manual_comment.is_not(None)
    )
    for row in db.execute(comments):
        if row.manual_comment:
            comment = {"grade_id": row.name, "text": row.manual_comment}
            found[row.student_id].comments.append(comment)
    penalties = (
        select(_SUBMISSION.c.student_id, _NOTEBOOK.c.late_submission_penalty)
        .join(_NOTEBOOK, _NOTEBOOK.c.assignment_id == _SUBMISSION.c.id)
        .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMISSION.c.assignment_id)
        .where(_ASSIGNMENT.c.name == assignment)
        .where(_SUBMISSION.c.student_id.in_(students))
        .where(_NOTEBOOK.c.late_submission_penalty.is_not(None))
    )
    for student, penalty in db.execute(penalties):
        found[student].late_penalty += penalty
    return found


def _add_points(row, persons: ByHand) -> None:
    """Take note of what nbgrader counts for a grade, if a person had a part in it."""
    extra = row.extra_credit or 0.0
    if row.manual_score is not None:
        persons.scores[row.name] = row.manual_score + extra
    # nbgrader counts none where nothing else counts.
    if extra and (row.manual_score is not None or row.auto_score is not None):
        persons.extra[row.name] = extra


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
