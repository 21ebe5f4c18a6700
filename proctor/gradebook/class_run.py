"""Grade a class: several submissions at once, one writer, nothing lost.

Scores are committed to the gradebook first; the graded notebook is written after that,
and names the content that it was graded from. So a run that was killed at any moment
goes on where it stopped, and what is written is never ahead of the gradebook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from nbgrader.api import Gradebook

from proctor.bank.reference import read_reference
from proctor.errors import GradingError, SubmissionError
from proctor.grade.places import Place
from proctor.grade.pool import HandedIn, Pool, PoolLost
from proctor.grade.results import NEEDS_ATTENTION, Run, Submission
from proctor.grade.settle import as_settled
from proctor.grade.task import Graded, Task
from proctor.grade.workers import NotTaken, Workers, interruptible
from proctor.gradebook.database import read_assignment
from proctor.gradebook.folders import Folders
from proctor.gradebook.graded import GradedNotebooks
from proctor.gradebook.history import History
from proctor.gradebook.locks import Meeting
from proctor.gradebook.plan import Plan
from proctor.gradebook.spool import SpooledSubmissions
from proctor.gradebook.times import read_time
from proctor.gradebook.writer import Done, Render, Writing
from proctor.notebook.agreement import require_current
from proctor.notebook.assignment import Assignment
from proctor.notebook.built import Built, with_given
from proctor.settings import Course

# Scores are committed together: each commit waits for the disk.
_BATCH, _BATCH_SECONDS = 16, 0.5
_TIMESTAMP = "timestamp.txt"
LONGEST_ID = 128


def read_task(course: Course, gradebook: Gradebook, assignment: str) -> Task:
    """Return what is graded, as the gradebook remembers it.

    Raises
    ------
    GradingError
        If it does not, or the assignment's bank cannot be used.
    """
    layout = course.layout
    found = read_assigned(course, gradebook, assignment)
    require_current(found, layout)
    built = partial(Built.read, layout, course.marks, assignment, course.config)
    reference = read_reference(layout.root, assignment, course.truth(assignment), built)
    support = Folders(course).support_files(assignment)
    known = built if assignment in layout.assignments() else None
    return Task(found, reference, support, known)


def read_assigned(course: Course, gradebook: Gradebook, assignment: str) -> Assignment:
    """Return an assignment as the gradebook remembers it, with its given cells.

    Raises
    ------
    GradingError
        If it does not.
    """
    layout = course.layout
    found = read_assignment(gradebook, assignment, layout.assignments(), course.marks)
    places = layout.built(assignment), layout.released(assignment)
    notebooks = [with_given(notebook, *places) for notebook in found.notebooks]
    return as_settled(course, replace(found, notebooks=notebooks))


class ClassRun:
    """A grading run of one assignment.

    Parameters
    ----------
    gradebook
        An open one; it is used from this thread alone.
    pool
        Who grades.
    begin
        Called with the number of submissions.
    report
        Called with each submission when it is graded and written.
    render
        Makes a feedback page of a graded notebook and its record; None: no pages.
    tell
        Called with a line for who reads along.
    """

    def __init__(
        self,
        course: Course,
        gradebook: Gradebook,
        pool: Pool,
        *,
        begin: Callable[[int], None] = lambda number: None,
        report: Callable[[Submission], None] = lambda submission: None,
        render: Render | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        grader = pool.grader
        self._pool, self._grader, self._render = pool, grader, render
        self._begin, self._report = begin, report
        without = course.config.CourseDirectory.get("student_id_exclude") or ""
        self._excluded = set(without.split(","))
        self._folders, self._assignment = Folders(course), grader.assignment
        self._graded = GradedNotebooks(course.layout, self._assignment, grader.support)
        self._history = History(course.layout)
        self._meeting = Meeting(gradebook, self._assignment.name, tell)
        self._writing = Writing(course, gradebook, grader, self._graded, self._meeting)
        name = self._assignment.name
        others = [
            *course.layout.assignments(),
            *(a.name for a in gradebook.assignments),
        ]
        notebooks = [notebook.name for notebook in self._assignment.notebooks]
        self._misplaced = self._folders.misplaced(name, notebooks, others)

    def run(self, plan: Plan) -> Run:
        """Grade, and return what was found; after Ctrl-C, of what was done.

        Raises
        ------
        GradingError
            If there is nobody to grade, or what was graded cannot be written.
        """
        students = self._students(plan)
        self._begin(len(students))
        in_gradebook = self._writing.graded_students()
        # Whom it has may be graded already; nobody knows before their files are read.
        new = (
            {*students}
            - self._misplaced.keys()
            - (set() if plan.force else in_gradebook)
        )
        self._pool.expect(len(new))

        def grade(student: str, place: Place) -> Done:
            return self._one(student, place, student in in_gradebook, plan.force)

        found = SpooledSubmissions()
        workers, lost = Workers(grade, students, self._pool.places()), None
        with self._meeting.grading(), interruptible(workers), workers:
            try:
                for batch in workers.batches(_BATCH, _BATCH_SECONDS):
                    for submission in self._writing.write(batch, self._render):
                        self._report(submission)
                        found.add(submission)
            except PoolLost as error:
                lost = error
        graded = found.submissions
        run = self._grader.run(graded, finished=len(graded) == len(students))
        run = replace(run, line=found.line)
        self._history.keep(run)
        if lost:
            raise lost
        return run

    def _students(self, plan: Plan) -> list[str]:
        name = self._assignment.name
        students = list(plan.students)
        if not students:
            handed_in = self._folders.students(name)
            handed_in = [s for s in handed_in if s not in self._excluded]
            students = sorted([*handed_in, *self._misplaced])
        if not students:
            place = self._folders.path("submitted", "<student>", name)
            raise GradingError(
                f"nothing handed in for {name!r}: put each notebook at "
                f"{place}/<notebook>.ipynb"
            )
        return [s for s in dict.fromkeys(students) if plan.has(s)]

    def _one(self, student: str, place: Place, known: bool, force: bool) -> Done:
        """Grade a submission, or find what an earlier run found.

        Parameters
        ----------
        known
            Whether the gradebook has all its grades.
        """
        name = student.encode("utf-8", "replace").decode()
        if name != student:
            return self._not_graded(name, "the folder's name is not UTF-8: rename it")
        if len(student) > LONGEST_ID:
            why = f"the gradebook takes ids of {LONGEST_ID} letters: rename the folder"
            return self._not_graded(student, why)
        if student in self._misplaced:
            return self._not_graded(student, self._misplaced[student])
        try:
            key = self._graded.key_of(student)
            if not force and known and (earlier := self._graded.find(student, key)):
                return Done(Graded(*earlier), key, was_there=True)
            graded = self._grade(student, place)
            if not graded.notebooks and known:
                found = graded.submission
                message = f"{found.message} (the gradebook keeps the earlier grade)"
                graded.submission = replace(found, message=message)
            return _with_time(graded, key)
        except (PoolLost, NotTaken):
            raise
        except Exception as error:
            # A mistake of ours must not cost the others their grades.
            why = f"the grader failed: {type(error).__name__}: {error}"
            return self._not_graded(student, why)

    def _grade(self, student: str, place: Place) -> Graded:
        handed = HandedIn.at(student, self._graded.handed_in(student))
        return self._pool.grade(handed, place)

    def _not_graded(self, student: str, why: str) -> Done:
        return Done(self._grader.not_graded(student, why), "")


def _with_time(graded: Graded, key: str) -> Done:
    when, unclear = None, False
    try:
        when = read_time(graded.files.get(_TIMESTAMP, b""))
    except SubmissionError as error:
        # It may be late: a person has to say.
        unclear = True
        found = graded.submission
        message = found.message or str(error)
        graded.submission = replace(found, status=NEEDS_ATTENTION, message=message)
    return Done(graded, key, handed_in=when, time_is_unclear=unclear)
