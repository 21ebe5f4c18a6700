"""Write grades into nbgrader's database, one transaction a batch."""

from __future__ import annotations

import importlib
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader import api
from sqlalchemy import Row, Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from proctor.grade.cell_results import UNGRADED, Cell
from proctor.grade.results import Submission
from proctor.gradebook.by_hand import ByHand, by_hand
from proctor.gradebook.locks import Meeting

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

# What leaves alone a row that is there already is not in the common SQL.
_DIALECTS = {"postgresql", "sqlite"}


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


@dataclass(frozen=True)
class Entry:
    """What is entered of one submission.

    Attributes
    ----------
    unanswered
        Notebook and grade_id of the cells left as they were handed out.
    changed
        The same of the answers that are not what they were.
    """

    submission: Submission
    unanswered: set[tuple[str, str]] = field(default_factory=set)
    time: HandedIn = HandedIn()
    changed: set[tuple[str, str]] = field(default_factory=set)

    @property
    def student(self) -> str:
        """Whose it is."""
        return self.submission.student


class _Part:
    """One notebook of a submission, and its id in the gradebook."""

    def __init__(self, entry: Entry, name: str, id_: str) -> None:
        self.name, self.id = name, id_
        self.graded: Mapping[str, Cell] = {
            cell.grade_id: cell for cell in entry.submission.cells
        }
        self.unanswered = {cell for book, cell in entry.unanswered if book == name}
        self.changed = {cell for book, cell in entry.changed if book == name}


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
        self._db.commit()

    def graded_students(self) -> set[str]:
        """Return the students of whose submissions every cell has its grade."""
        wanted = sum(len(cells["graded"]) for cells in self._cells.values())
        rows = self._db.execute(
            select(_SUBMISSION.c.student_id)
            .join(_NOTEBOOK, _NOTEBOOK.c.assignment_id == _SUBMISSION.c.id)
            .join(_GRADE, _GRADE.c.notebook_id == _NOTEBOOK.c.id)
            .where(
                _SUBMISSION.c.assignment_id == self._id,
                _GRADE.c.auto_score.is_not(None)
                | _GRADE.c.manual_score.is_not(None)
                | _GRADE.c.needs_manual_grade,
            )
            .group_by(_SUBMISSION.c.student_id)
            .having(func.count() >= wanted)
        )
        found = {row.student_id for row in rows}
        self._db.commit()
        return found

    def write(self, entries: Sequence[Entry]) -> None:
        """Enter the scores of submissions; :meth:`commit` makes them last.

        A score that a person gave stays. It is marked to be looked at again where the
        answer, or what the machine says of it, is another one.

        The number of queries does not follow from the number of submissions.
        """
        if not entries:
            return
        self._enter_students([entry.student for entry in entries])
        submissions = self._enter_submissions(entries)
        notebooks = self._enter_notebooks(list(submissions.values()))
        parts = [
            _Part(entry, name, notebooks[submissions[entry.student], known])
            for entry in entries
            for name, known in self._notebooks.items()
        ]
        self._write_grades(parts)
        self._write_comments(parts)

    def _enter_students(self, students: list[str]) -> None:
        rows = self._db.execute(
            select(_STUDENT.c.id).where(_STUDENT.c.id.in_(students))
        )
        there = {row.id for row in rows}
        self._add(_STUDENT, [{"id": s} for s in students if s not in there])

    def _enter_submissions(self, entries: Sequence[Entry]) -> dict[str, str]:
        """Return the submissions' ids by student, with the times that they say."""
        there = self._submissions(entries)
        new = [
            {
                "id": _new_id(),
                "assignment_id": self._id,
                "student_id": entry.student,
                "timestamp": entry.time.now,
            }
            for entry in entries
            if entry.student not in there
        ]
        self._add(_SUBMISSION, new)
        times = []
        for entry in entries:
            time = entry.time
            if entry.student not in there or not (time.now or time.before):
                continue
            row = there[entry.student]
            # What another wrote into the gradebook is not taken away.
            ours = time.now or row.timestamp == time.before
            if ours and row.timestamp != time.now:
                times.append({"row": row.id, "timestamp": time.now})
        self._change(_SUBMISSION, times)
        found = self._submissions(entries) if new else there
        return {student: row.id for student, row in found.items()}

    def _submissions(self, entries: Sequence[Entry]) -> dict[str, Row]:
        rows = self._db.execute(
            select(_SUBMISSION.c.student_id, _SUBMISSION.c.id, _SUBMISSION.c.timestamp)
            .where(_SUBMISSION.c.assignment_id == self._id)
            .where(_SUBMISSION.c.student_id.in_([entry.student for entry in entries]))
        )
        return {row.student_id: row for row in rows}

    def _enter_notebooks(self, submissions: list[str]) -> dict[tuple[str, str], str]:
        """Return the ids of what was handed in, by submission and notebook."""
        there = self._handed_in(submissions)
        new = [
            {
                "id": _new_id(),
                "assignment_id": submission,
                "notebook_id": notebook,
                "flagged": False,
            }
            for submission in submissions
            for notebook in self._notebooks.values()
            if (submission, notebook) not in there
        ]
        self._add(_NOTEBOOK, new)
        return self._handed_in(submissions) if new else there

    def _handed_in(self, submissions: list[str]) -> dict[tuple[str, str], str]:
        rows = self._db.execute(
            select(
                _NOTEBOOK.c.assignment_id, _NOTEBOOK.c.notebook_id, _NOTEBOOK.c.id
            ).where(_NOTEBOOK.c.assignment_id.in_(submissions))
        )
        return {(row.assignment_id, row.notebook_id): row.id for row in rows}

    def _write_grades(self, parts: list[_Part]) -> None:
        there = self._rows(_GRADE, parts)
        new, changes = [], []
        for part in parts:
            for name, cell in self._cells[part.name]["graded"].items():
                auto, manual = _auto_score(part.graded.get(name))
                row = there.get((part.id, cell))
                if row is None:
                    about = {"id": _new_id(), "cell_id": cell, "notebook_id": part.id}
                    scores = {"auto_score": auto, "needs_manual_grade": manual}
                    new.append(about | scores)
                    continue
                if row.manual_score is not None or row.extra_credit:
                    other = name in part.changed or auto != row.auto_score
                    manual = row.needs_manual_grade or other
                if (auto, manual) != (row.auto_score, row.needs_manual_grade):
                    scores = {"auto_score": auto, "needs_manual_grade": manual}
                    changes.append({"row": row.id} | scores)
        self._add(_GRADE, new)
        self._change(_GRADE, changes)

    def _write_comments(self, parts: list[_Part]) -> None:
        there = self._rows(_COMMENT, parts)
        new, changes = [], []
        for part in parts:
            for name, cell in self._cells[part.name]["answered"].items():
                comment = UNANSWERED if name in part.unanswered else None
                row = there.get((part.id, cell))
                if row is None:
                    about = {"id": _new_id(), "cell_id": cell, "notebook_id": part.id}
                    new.append(about | {"auto_comment": comment})
                elif row.auto_comment != comment:
                    changes.append({"row": row.id, "auto_comment": comment})
        self._add(_COMMENT, new)
        self._change(_COMMENT, changes)

    def _rows(self, table: Table, parts: list[_Part]) -> dict[tuple[str, str], Row]:
        """Return what a table has of these, by notebook and cell; nobody changes it."""
        rows = self._db.execute(
            select(table)
            .where(table.c.notebook_id.in_([part.id for part in parts]))
            .with_for_update()
        )
        return {(row.notebook_id, row.cell_id): row for row in rows}

    def _add(self, table: Table, rows: list[dict]) -> None:
        """Add rows in one go; one that somebody else has added since stays theirs."""
        if rows:
            name, new = self._db.get_bind().dialect.name, insert(table)
            if name in _DIALECTS:
                # The one that is used: each takes long to import.
                dialect = importlib.import_module(f"sqlalchemy.dialects.{name}")
                new = dialect.insert(table).on_conflict_do_nothing()
            self._db.execute(new, rows)

    def _change(self, table: Table, rows: list[dict]) -> None:
        """Change rows in one go; each has its id as ``row``, and new values."""
        if rows:
            values = {name: bindparam(name) for name in rows[0] if name != "row"}
            change = update(table).where(table.c.id == bindparam("row")).values(values)
            # The connection's: a session takes a list of values for its own objects.
            self._db.connection().execute(change, rows)

    def alone(self, meeting: Meeting) -> None:
        """Begin a batch, when nobody else writes one."""
        meeting.write_alone(self._db)

    def commit(self) -> None:
        """Make what was written last."""
        self._db.commit()

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
