"""Write grades into nbgrader's database, one transaction a batch."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from nbgrader import api
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from proctor.grade.grader import Graded
from proctor.grade.results import UNGRADED
from proctor.gradebook.by_hand import ByHand, by_hand

# nbgrader's own comment on a cell that was left as it was handed out.
UNANSWERED = "No response."
_STUDENT, _SUBMISSION, _NOTEBOOK, _GRADE, _COMMENT = (
    kind.__table__
    for kind in (
        api.Student,
        api.SubmittedAssignment,
        api.SubmittedNotebook,
        api.Grade,
        api.Comment,
    )
)


@dataclass(frozen=True)
class HandedIn:
    """When something was handed in, as it says itself; None: it does not.

    Attributes
    ----------
    before
        What it said when it was graded before.
    """

    now: datetime | None = None
    before: datetime | None = None


class Scores:
    """Writes the grades of one assignment; the only one that does.

    Parameters
    ----------
    gradebook
        An open one, used from one thread.
    """

    def __init__(self, gradebook: api.Gradebook, name: str) -> None:
        self._db: Session = gradebook.db
        entry = gradebook.find_assignment(name)
        self._name, self._id = name, entry.id
        self._notebooks = {notebook.name: notebook.id for notebook in entry.notebooks}
        self._cells = {
            notebook.name: {
                "graded": {
                    c.name: c.id for c in [*notebook.grade_cells, *notebook.task_cells]
                },
                "answered": {
                    c.name: c.id
                    for c in [*notebook.solution_cells, *notebook.task_cells]
                },
            }
            for notebook in entry.notebooks
        }
        self._students = {row.id for row in self._db.execute(select(_STUDENT.c.id))}
        rows = self._db.execute(
            select(_SUBMISSION.c.student_id, _SUBMISSION.c.id).where(
                _SUBMISSION.c.assignment_id == self._id
            )
        )
        self._submissions = dict(tuple(row) for row in rows)
        self._db.commit()

    def graded_students(self) -> set[str]:
        """Return the students of whose submissions every cell has its grade."""
        rows = self._db.execute(
            select(_SUBMISSION.c.student_id, _GRADE.c.auto_score, _GRADE.c.id)
            .join(_NOTEBOOK, _NOTEBOOK.c.assignment_id == _SUBMISSION.c.id)
            .join(_GRADE, _GRADE.c.notebook_id == _NOTEBOOK.c.id)
            .where(
                _SUBMISSION.c.assignment_id == self._id,
                _GRADE.c.auto_score.is_not(None)
                | _GRADE.c.manual_score.is_not(None)
                | _GRADE.c.needs_manual_grade,
            )
        )
        marked = Counter(row.student_id for row in rows)
        wanted = sum(len(cells["graded"]) for cells in self._cells.values())
        return {student for student, number in marked.items() if number >= wanted}

    def write(self, graded: Graded, time: HandedIn, changed: set) -> None:
        """Enter a submission's scores; :meth:`commit` makes them last.

        A score that a person gave stays. It is marked to be looked at again where the
        answer, or what the machine says of it, is another one.

        Parameters
        ----------
        changed
            Notebook and grade_id of the answers that are not what they were.
        """
        student = graded.submission.student
        if student not in self._students:
            self._db.execute(insert(_STUDENT).values(id=student))
            self._students.add(student)
        submission = self._submission_of(student, time)
        known = {cell.grade_id: cell for cell in graded.submission.cells}
        for name, cells in self._cells.items():
            notebook = self._notebook_of(submission, name)
            others = {cell for book, cell in changed if book == name}
            self._write_grades(notebook, cells["graded"], known, others)
            unanswered = {cell for book, cell in graded.unanswered if book == name}
            self._write_comments(notebook, cells["answered"], unanswered)

    def _submission_of(self, student: str, time: HandedIn) -> str:
        found = self._submissions.get(student)
        if found is None:
            found = _new_id()
            self._db.execute(
                insert(_SUBMISSION).values(
                    id=found,
                    assignment_id=self._id,
                    student_id=student,
                    timestamp=time.now,
                )
            )
            self._submissions[student] = found
        elif time.now or time.before:
            entry = update(_SUBMISSION).where(_SUBMISSION.c.id == found)
            if not time.now:
                # What another wrote into the gradebook is not taken away.
                entry = entry.where(_SUBMISSION.c.timestamp == time.before)
            self._db.execute(entry.values(timestamp=time.now))
        return found

    def _notebook_of(self, submission: str, name: str) -> str:
        notebook = self._notebooks[name]
        found = self._db.execute(
            select(_NOTEBOOK.c.id).where(
                _NOTEBOOK.c.assignment_id == submission,
                _NOTEBOOK.c.notebook_id == notebook,
            )
        ).scalar()
        if found is None:
            found = _new_id()
            self._db.execute(
                insert(_NOTEBOOK).values(
                    id=found,
                    assignment_id=submission,
                    notebook_id=notebook,
                    flagged=False,
                )
            )
        return found

    def _write_grades(
        self, notebook: str, cells: dict, known: dict, changed: set[str]
    ) -> None:
        rows = self._db.execute(select(_GRADE).where(_GRADE.c.notebook_id == notebook))
        there = {row.cell_id: row for row in rows}
        new = []
        for name, cell in cells.items():
            auto, manual = _auto_score(known.get(name))
            row = there.get(cell)
            if row is None:
                new.append(
                    {
                        "id": _new_id(),
                        "cell_id": cell,
                        "notebook_id": notebook,
                        "auto_score": auto,
                        "needs_manual_grade": manual,
                    }
                )
                continue
            if row.manual_score is not None or row.extra_credit:
                other = name in changed or auto != row.auto_score
                manual = row.needs_manual_grade or other
            self._db.execute(
                update(_GRADE)
                .where(_GRADE.c.id == row.id)
                .values(auto_score=auto, needs_manual_grade=manual)
            )
        if new:
            self._db.execute(insert(_GRADE), new)

    def _write_comments(self, notebook: str, cells: dict, unanswered: set) -> None:
        rows = self._db.execute(
            select(_COMMENT.c.cell_id, _COMMENT.c.id, _COMMENT.c.auto_comment).where(
                _COMMENT.c.notebook_id == notebook
            )
        )
        there = {row.cell_id: row for row in rows}
        new = []
        for name, cell in cells.items():
            comment = UNANSWERED if name in unanswered else None
            row = there.get(cell)
            if row is None:
                new.append(
                    {
                        "id": _new_id(),
                        "cell_id": cell,
                        "notebook_id": notebook,
                        "auto_comment": comment,
                    }
                )
            elif row.auto_comment != comment:
                self._db.execute(
                    update(_COMMENT)
                    .where(_COMMENT.c.id == row.id)
                    .values(auto_comment=comment)
                )
        if new:
            self._db.execute(insert(_COMMENT), new)

    def commit(self) -> None:
        """Make what was written last."""
        self._db.commit()

    def roll_back(self) -> None:
        """Undo what was written since the last commit."""
        self._db.rollback()

    def given_by_hand(self, students: list[str]) -> defaultdict[str, ByHand]:
        """Return what persons decided, by student."""
        return by_hand(self._db, self._name, students)


def _auto_score(cell) -> tuple[float | None, bool]:
    """Return a cell's score and whether a person must grade it."""
    if cell is None:
        return 0.0, False
    if cell.status == UNGRADED:
        return None, True
    return cell.score, False


def _new_id() -> str:
    return uuid.uuid4().hex
