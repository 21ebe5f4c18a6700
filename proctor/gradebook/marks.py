"""The marks of a class, as they go out: penalties inside, nobody a silent zero."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nbgrader import api
from sqlalchemy import select

from proctor.grade.results import GRADED, Submission
from proctor.gradebook.by_hand import ByHand, by_hand
from proctor.gradebook.class_run import read_assigned
from proctor.gradebook.folders import Folders
from proctor.gradebook.graded import GradedNotebooks
from proctor.gradebook.penalties import Penalties
from proctor.gradebook.people import Person, people_of
from proctor.notebook.assignment import Assignment
from proctor.settings import Course
from proctor.text import plain_line

_ASSIGNMENT, _SUBMISSION, _NOTEBOOK, _CELL, _GRADE = (
    kind.__table__
    for kind in (
        api.Assignment,
        api.SubmittedAssignment,
        api.SubmittedNotebook,
        api.BaseCell,
        api.Grade,
    )
)
# What a mark says of a submission.
ATTENTION, WAITS, ABSENT = "needs attention", "waits for a person", "absent"
_CHANGED = "changed since it was graded: run proctor autograde"


@dataclass(frozen=True)
class Mark:
    """What a student has for an assignment.

    Attributes
    ----------
    status
        ``graded``, or one of the words above.
    note
        Why it is not graded; or empty.
    score
        The points that count, with what lateness costs taken off. Where the status is
        not ``graded``: what there is so far, or None.
    raw, penalty
        The points without it, and what it costs.
    tasks
        The points by grade_id; None where nobody gave any.
    """

    person: Person
    status: str
    max_score: float
    note: str = ""
    score: float | None = None
    raw: float | None = None
    penalty: float = 0.0
    handed_in: datetime | None = None
    due: datetime | None = None
    tasks: dict[str, float | None] = field(default_factory=dict)


def read_marks(
    course: Course, gradebook: api.Gradebook, assignment: str
) -> Iterator[Mark]:
    """Return the mark of each student of the gradebook, by id.

    Raises
    ------
    GradingError
        If the gradebook has no such assignment.
    """
    assigned, folders, graded = _read(course, gradebook, assignment)
    handed_in = set(folders.students(assignment))
    people = people_of(gradebook)
    # Dates, extensions and points may have changed since grading.
    students = [person.id for person in people]
    Penalties(course, gradebook, assignment).assign(students)
    persons = by_hand(gradebook.db, assignment, students)
    entries = _entries(gradebook, assignment)
    general = gradebook.find_assignment(assignment).duedate
    max_score = assigned.max_score
    for person in people:
        there = person.id in handed_in
        found = entries.get(person.id)
        extension = found.extension if found else None
        due = general + extension if general and extension else general
        tasks = found.tasks if found else {}
        if not there and all(points is None for points in tasks.values()):
            yield Mark(person, ABSENT, max_score, "nothing handed in", due=due)
            continue
        status, note = GRADED, ""
        if there and not _all_by_hand(persons[person.id], tasks):
            status, note = _of_record(graded, person.id)
        if status == GRADED and persons[person.id].waiting:
            waiting = sorted(map(course.marks.task_of, persons[person.id].waiting))
            status, note = WAITS, ", ".join(waiting)
        known = found is not None and any(p is not None for p in tasks.values())
        penalty = found.penalty if known else 0.0
        raw = sum(p or 0.0 for p in tasks.values()) if known else None
        yield Mark(
            person,
            status,
            max_score,
            note,
            score=None if raw is None else max(0.0, raw - penalty),
            raw=raw,
            penalty=penalty,
            handed_in=found.handed_in if found else None,
            due=due,
            tasks=tasks,
        )


def changed_since(
    course: Course, gradebook: api.Gradebook, assignment: str
) -> list[str]:
    """Return the students who have a grade for something else than lies there now.

    Raises
    ------
    GradingError
        If the gradebook has no such assignment.
    """
    _, folders, graded = _read(course, gradebook, assignment)
    return [
        student
        for student in folders.students(assignment)
        if _of_record(graded, student)[1] == _CHANGED
    ]


def _read(
    course: Course, gradebook: api.Gradebook, assignment: str
) -> tuple[Assignment, Folders, GradedNotebooks]:
    """Return an assignment, where it was handed in, and what was graded of that."""
    assigned = read_assigned(course, gradebook, assignment)
    folders = Folders(course)
    support = folders.support_files(assignment)
    return assigned, folders, GradedNotebooks(course.layout, assigned, support)


@dataclass
class _Entry:
    """What the gradebook has of a submission."""

    handed_in: datetime | None
    extension: timedelta | None
    penalty: float = 0.0
    tasks: dict[str, float | None] = field(default_factory=dict)


def _entries(gradebook: api.Gradebook, assignment: str) -> dict[str, _Entry]:
    """Return what the gradebook has of each student, in three queries for a class."""
    db, found = gradebook.db, {}
    of_ours = _ASSIGNMENT.c.name == assignment
    for row in db.execute(
        select(
            _SUBMISSION.c.student_id, _SUBMISSION.c.timestamp, _SUBMISSION.c.extension
        )
        .join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMISSION.c.assignment_id)
        .where(of_ours)
    ):
        found[row.student_id] = _Entry(row.timestamp, row.extension)
    notebooks = _NOTEBOOK.join(
        _SUBMISSION, _SUBMISSION.c.id == _NOTEBOOK.c.assignment_id
    ).join(_ASSIGNMENT, _ASSIGNMENT.c.id == _SUBMISSION.c.assignment_id)
    for student, penalty in db.execute(
        select(_SUBMISSION.c.student_id, _NOTEBOOK.c.late_submission_penalty)
        .select_from(notebooks)
        .where(of_ours, _NOTEBOOK.c.late_submission_penalty.is_not(None))
    ):
        found[student].penalty += penalty
    for row in db.execute(
        select(
            _SUBMISSION.c.student_id,
            _CELL.c.name,
            _GRADE.c.auto_score,
            _GRADE.c.manual_score,
            _GRADE.c.extra_credit,
        )
        .select_from(
            notebooks.join(_GRADE, _GRADE.c.notebook_id == _NOTEBOOK.c.id).join(
                _CELL, _CELL.c.id == _GRADE.c.cell_id
            )
        )
        .where(of_ours)
    ):
        # As nbgrader counts it.
        points = row.auto_score if row.manual_score is None else row.manual_score
        if points is not None:
            points += row.extra_credit or 0.0
        found[row.student_id].tasks[row.name] = points
    return found


def _all_by_hand(persons: ByHand, tasks: dict) -> bool:
    """Tell whether a person gave all points, whatever the grader could not do."""
    return bool(tasks) and persons.scores.keys() >= tasks.keys()


def _of_record(graded: GradedNotebooks, student: str) -> tuple[str, str]:
    """Return what grading says of the submission that lies there now."""
    if graded.find(student, graded.key_of(student)):
        return GRADED, ""
    earlier = _earlier(graded, student)
    if earlier and earlier.status != GRADED and earlier.message:
        return ATTENTION, plain_line(earlier.message, 300)
    if earlier:
        return ATTENTION, _CHANGED
    return ATTENTION, "not graded: proctor autograde grades it, or says why not"


def _earlier(graded: GradedNotebooks, student: str) -> Submission | None:
    for path in graded.written(student):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return Submission.from_dict(record["metadata"]["proctor"]["submission"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None
