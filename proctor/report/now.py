"""What the gradebook knows now that no results document has."""

from __future__ import annotations

from nbgrader import api
from sqlalchemy import func, select

from proctor.gradebook.by_hand import by_hand
from proctor.report.classroom import Decided

_STUDENT, _ASSIGNMENT, _SUBMISSION, _NOTEBOOK = (
    kind.__table__
    for kind in (
        api.Student,
        api.Assignment,
        api.SubmittedAssignment,
        api.SubmittedNotebook,
    )
)


def read_decided(gradebook: api.Gradebook, assignment: str) -> Decided:
    """Return who is on the list, what was decided by hand, and what being late costs.

    Parameters
    ----------
    gradebook
        An open one; nothing is written.
    """
    db = gradebook.db
    students = [row.id for row in db.execute(select(_STUDENT.c.id))]
    lost = func.sum(_NOTEBOOK.c.late_submission_penalty)
    rows = db.execute(
        select(_SUBMISSION.c.student_id, lost.label("lost"))
        .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMISSION.c.assignment_id)
        .join(_NOTEBOOK, _NOTEBOOK.c.assignment_id == _SUBMISSION.c.id)
        .where(_ASSIGNMENT.c.name == assignment)
        .group_by(_SUBMISSION.c.student_id)
    )
    penalties = {row.student_id: float(row.lost) for row in rows if row.lost}
    persons = by_hand(db, assignment, students)
    return Decided(frozenset(students), penalties, dict(persons))
