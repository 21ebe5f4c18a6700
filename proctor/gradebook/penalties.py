"""Late submissions: nbgrader's own plugin decides what they lose.

A penalty follows from the score, the due date, an extension and the time of handing in,
and each of these may have changed since: it is found anew whenever scores are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from nbgrader import api
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from proctor.errors import GradingError
from proctor.settings import Course

# Of how many students one query is: a statement has only so many values.
_AT_ONCE = 1000
_ASSIGNMENT, _SUBMISSION, _NOTEBOOK = (
    kind.__table__
    for kind in (api.Assignment, api.SubmittedAssignment, api.SubmittedNotebook)
)


class Penalties:
    """Assigns the late penalties of one assignment, as things are now.

    Parameters
    ----------
    gradebook
        An open one, used from one thread.
    """

    def __init__(self, course: Course, gradebook: api.Gradebook, name: str) -> None:
        self._db: Session = gradebook.db
        self._config, self._name = course.config, name
        self._plugin = None

    def assign(self, students: Iterable[str]) -> None:
        """Give each student's submission its penalty, or take it away, for good.

        Raises
        ------
        GradingError
            If the course's plugin fails.
        """
        students = list(students)
        for begin in range(0, len(students), _AT_ONCE):
            self.enter(students[begin : begin + _AT_ONCE])
            self._db.commit()

    def enter(self, students: list[str]) -> None:
        """Do the same, until somebody commits it.

        What is right already is not written again.

        Raises
        ------
        GradingError
            If the course's plugin fails.
        """
        rows = self._db.execute(
            select(
                _NOTEBOOK.c.id,
                _NOTEBOOK.c.late_submission_penalty.label("penalty"),
                _SUBMISSION.c.student_id,
                _SUBMISSION.c.timestamp,
                _SUBMISSION.c.extension,
                _ASSIGNMENT.c.duedate,
            )
            .join(_SUBMISSION, _SUBMISSION.c.id == _NOTEBOOK.c.assignment_id)
            .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMISSION.c.assignment_id)
            .where(_ASSIGNMENT.c.name == self._name)
            .where(_SUBMISSION.c.student_id.in_(students))
        ).all()
        late = {
            row.id: seconds
            for row in rows
            if (seconds := _late(row.timestamp, row.duedate, row.extension)) > 0
        }
        scores, changes = self._scores(late), []
        for row in rows:
            penalty = None
            if row.id in late:
                score = scores.get(row.id, 0.0)
                penalty = self._decide(row.student_id, score, late[row.id])
            if penalty != row.penalty:
                changes.append({"row": row.id, "penalty": penalty})
        if changes:
            values = {"late_submission_penalty": bindparam("penalty")}
            change = update(_NOTEBOOK).where(_NOTEBOOK.c.id == bindparam("row"))
            self._db.connection().execute(change.values(values), changes)

    def _scores(self, notebooks: Mapping[str, float]) -> dict[str, float]:
        """Return what submitted notebooks earned in all, by their id."""
        if not notebooks:
            return {}
        rows = self._db.execute(
            select(api.Grade.notebook_id, func.sum(api.Grade.score))
            .where(api.Grade.notebook_id.in_(list(notebooks)))
            .group_by(api.Grade.notebook_id)
        )
        return dict(map(tuple, rows))

    def _decide(self, student: str, score: float, seconds: float) -> float | None:
        """Return what the plugin takes off: nothing below 0, and no more than there is.

        None: it takes nothing.
        """
        if self._plugin is None:
            # Here, for most courses have nobody late: it loads nbconvert.
            from nbgrader.preprocessors import AssignLatePenalties

            step = AssignLatePenalties(config=self._config)
            step.init_plugin()
            self._plugin = step.plugin_inst
        try:
            penalty = self._plugin.late_submission_penalty(student, score, seconds)
            return None if penalty is None else float(max(0, min(penalty, score)))
        except Exception as error:
            raise GradingError(
                f"{type(self._plugin).__name__}, which decides on late penalties, "
                f"failed for {student!r}: {type(error).__name__}: {error}"
            ) from None


def _late(
    handed_in: datetime | None, due: datetime | None, extension: timedelta | None
) -> float:
    """Return how many seconds too late something was handed in; 0 if it was not."""
    if handed_in is None or due is None:
        return 0.0
    return max(0.0, (handed_in - due - (extension or timedelta())).total_seconds())
