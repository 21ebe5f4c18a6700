"""The marks of a class, as they go out: penalties inside, nobody a silent zero."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader import api

from proctor.grade.results import GRADED, Submission
from proctor.gradebook.by_hand import ByHand, by_hand
from proctor.gradebook.class_run import read_assigned
from proctor.gradebook.folders import Folders
from proctor.gradebook.graded import GradedNotebooks
from proctor.gradebook.penalties import Penalties
from proctor.gradebook.people import Person, people_of
from proctor.settings import Course
from proctor.text import plain_line

# What a mark says of a submission.
ATTENTION, WAITS, ABSENT = "needs attention", "waits for a person", "absent"


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
    assigned = read_assigned(course, gradebook, assignment)
    folders = Folders(course)
    graded = GradedNotebooks(course.layout, assigned, folders.support_files(assignment))
    handed_in = set(folders.students(assignment))
    people = people_of(gradebook)
    # Dates, extensions and points may have changed since grading.
    students = [person.id for person in people]
    Penalties(course, gradebook, assignment).assign(students)
    persons = by_hand(gradebook.db, assignment, students)
    entry = gradebook.find_assignment(assignment)
    max_score = assigned.max_score
    for person in people:
        there = person.id in handed_in
        try:
            found = gradebook.find_submission(assignment, person.id)
        except api.MissingEntry:
            found = None
        # nbgrader's own fails where there is an extension and no date.
        due = found.duedate if found and entry.duedate else entry.duedate
        tasks = _tasks(found)
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
        penalty = found.late_submission_penalty or 0.0 if known else 0.0
        raw = found.score if known else None
        yield Mark(
            person,
            status,
            max_score,
            note,
            score=None if raw is None else max(0.0, raw - penalty),
            raw=raw,
            penalty=penalty,
            handed_in=found.timestamp if found else None,
            due=due,
            tasks=tasks,
        )


def _tasks(submission: api.SubmittedAssignment | None) -> dict[str, float | None]:
    """Return the points of each graded cell; none of one that has none yet."""
    if submission is None:
        return {}
    return {
        grade.name: None
        if grade.auto_score is None and grade.manual_score is None
        else grade.score
        for notebook in submission.notebooks
        for grade in notebook.grades
    }


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
        return ATTENTION, "changed since it was graded: run proctor autograde"
    return ATTENTION, "not graded: proctor autograde grades it, or says why not"


def _earlier(graded: GradedNotebooks, student: str) -> Submission | None:
    for path in graded.written(student):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            return Submission.from_dict(record["metadata"]["proctor"]["submission"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None
