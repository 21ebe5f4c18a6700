"""Due dates, and the own ones of some students."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from nbgrader import api
from sqlalchemy import insert, select, update

from proctor.errors import GradingError
from proctor.text import plain

_SUBMISSION = api.SubmittedAssignment.__table__


@dataclass(frozen=True)
class Due:
    """When an assignment is due.

    Attributes
    ----------
    student
        For whom alone; empty: for everybody who has no date of their own.
    when
        In UTC, as the gradebook keeps it; None: no date.
    """

    assignment: str
    student: str
    when: datetime | None


def set_dates(gradebook: api.Gradebook, dates: list[Due]) -> None:
    """Enter dates: first an assignment's, then those that are a student's own.

    Raises
    ------
    GradingError
        If an assignment or a student is not known, or somebody's own date stands where
        the assignment has none: nothing is entered then.
    """
    known = {assignment.name for assignment in gradebook.assignments}
    students = {student.id for student in gradebook.students}
    for due in dates:
        if due.assignment not in known:
            raise GradingError(
                f"no assignment {plain(due.assignment)!r} in the gradebook (it has: "
                f"{', '.join(sorted(known)) or 'none'}): run nbgrader "
                "generate_assignment first, or correct the name"
            )
        if due.student and due.student not in students:
            raise GradingError(
                f"the gradebook does not know {plain(due.student)!r}: enter the class "
                "with proctor roster, or correct the name"
            )
    db = gradebook.db
    try:
        for due in dates:
            if not due.student:
                gradebook.find_assignment(due.assignment).duedate = due.when
        for due in dates:
            if due.student:
                _extend(gradebook, due)
        db.commit()
    except BaseException:
        db.rollback()
        raise


def _extend(gradebook: api.Gradebook, due: Due) -> None:
    assignment = gradebook.find_assignment(due.assignment)
    if assignment.duedate is None:
        raise GradingError(
            f"{due.assignment} has no due date, and {plain(due.student)} an own one: "
            "give the assignment one, in a line without a student"
        )
    longer = due.when - assignment.duedate if due.when else None
    if longer is not None and longer < timedelta(0):
        raise GradingError(
            f"{plain(due.student)}'s own date for {due.assignment}, {due.when} UTC, is "
            f"before the assignment's, {assignment.duedate} UTC"
        )
    found = gradebook.db.execute(
        select(_SUBMISSION.c.id).where(
            _SUBMISSION.c.assignment_id == assignment.id,
            _SUBMISSION.c.student_id == due.student,
        )
    ).scalar()
    if found:
        change = update(_SUBMISSION).where(_SUBMISSION.c.id == found)
        gradebook.db.execute(change.values(extension=longer))
    elif longer is not None:
        # The gradebook keeps an extension with what was handed in; nothing was so far.
        gradebook.db.execute(
            insert(_SUBMISSION).values(
                id=uuid.uuid4().hex,
                assignment_id=assignment.id,
                student_id=due.student,
                extension=longer,
            )
        )
