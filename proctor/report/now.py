"""What the gradebook knows now that no results document has."""

from __future__ import annotations

from nbgrader import api
from sqlalchemy import select

from proctor.gradebook.by_hand import ByHand, by_hand
from proctor.report.classroom import Decided

_STUDENT = api.Student.__table__


def read_decided(gradebook: api.Gradebook, assignment: str) -> Decided:
    """Return who is on the list, and what persons decided.

    Parameters
    ----------
    gradebook
        An open one; nothing is written.
    """
    db = gradebook.db
    columns = _STUDENT.c.id, _STUDENT.c.first_name, _STUDENT.c.last_name
    rows = db.execute(select(*columns)).all()
    students = [row.id for row in rows]
    called = {row.id: tuple(filter(None, row[1:])) for row in rows}
    persons, nothing = by_hand(db, assignment, students), ByHand()
    # Of whom nobody decided anything, that counts, too: what was, may be no more.
    found = {one: persons.get(one, nothing) for one in students}
    return Decided(frozenset(students), found, called=called)
