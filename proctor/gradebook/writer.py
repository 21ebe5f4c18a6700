"""Write what workers graded: the gradebook first, then notebooks and pages.

There is one writer. Scores of several submissions are committed together, since each
commit waits for the disk; what is written after it is never ahead of the gradebook.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from nbgrader.api import Gradebook

from proctor.errors import GradingError
from proctor.grade.results import GRADED, NEEDS_ATTENTION, Submission
from proctor.grade.task import Graded
from proctor.gradebook.answers import changed_cells, digests
from proctor.gradebook.by_hand import ByHand
from proctor.gradebook.graded import GradedNotebooks
from proctor.gradebook.locks import Meeting
from proctor.gradebook.penalties import Penalties
from proctor.gradebook.scores import Entry, HandedIn, Scores
from proctor.notebook.assignment import Assignment
from proctor.settings import Course
from proctor.text import plain

# Makes a feedback page of a graded notebook and its record.
Render = Callable[[dict, dict], str]


@dataclass
class Done:
    """A worker's result.

    Attributes
    ----------
    was_there
        Whether an earlier run had written it.
    handed_in
        When, if the submission says so.
    time_is_unclear
        Whether it says so in a way that a person has to read.
    scores_alone
        Whether its scores are entered without a graded notebook.
    """

    graded: Graded
    key: str
    was_there: bool = False
    handed_in: datetime | None = None
    time_is_unclear: bool = False
    scores_alone: bool = False

    @property
    def is_new(self) -> bool:
        """Whether its scores are to be entered."""
        if self.scores_alone:
            return bool(self.graded.submission.cells)
        return bool(self.graded.notebooks) and not self.was_there


class Recorder(Protocol):
    """Says of which assignment, and what is kept of a graded submission.

    Attributes
    ----------
    assignment
        The one that is written.
    """

    assignment: Assignment

    def record(self, submission: Submission, key: str) -> dict:
        """Return what a graded notebook's metadata keeps."""


class Writing:
    """The one who writes, for an assignment; others may on the same database.

    Parameters
    ----------
    meeting
        The runs that do.
    """

    def __init__(
        self,
        course: Course,
        gradebook: Gradebook,
        grader: Recorder,
        notebooks: GradedNotebooks,
        meeting: Meeting,
    ) -> None:
        self._meeting = meeting
        self._assignment, self._marks = grader.assignment.name, grader.assignment.marks
        self._grader, self._notebooks = grader, notebooks
        self._scores = Scores(gradebook, self._assignment)
        self._penalties = Penalties(course, gradebook, self._assignment)

    def graded_students(self) -> set[str]:
        """Return whom the gradebook has grades of."""
        return self._scores.graded_students()

    def write(self, batch: list[Done], render: Render | None) -> list[Submission]:
        """Write results, and return the submissions with the points that count.

        Parameters
        ----------
        render
            None: no pages.
        """
        new = [done for done in batch if done.is_new]
        students = [done.graded.submission.student for done in batch]
        # In earlier runs' notebooks, which are read before anybody has to wait.
        entries = [self._entry(done) for done in new]
        self._scores.alone(self._meeting)
        self._scores.write(entries)
        failed = None
        try:
            # Dates and points may be others than in the run that graded it.
            self._penalties.enter(students)
        except GradingError as error:
            failed = error
        persons = self._scores.given_by_hand(students)
        self._scores.commit()
        for done, entry in zip(new, entries, strict=True):
            if done.scores_alone:
                continue
            found = done.graded.submission
            # Only what is settled need not be graded again.
            key = done.key if found.status == GRADED else ""
            record = self._grader.record(found, key)
            handed_in = entry.time.now
            record["handed_in"] = handed_in and handed_in.isoformat()
            with _costing_nobody_else(done.graded):
                self._notebooks.write(done.graded, record)
        if failed:
            raise failed
        for done, student in zip(batch, students, strict=True):
            if render:
                with _costing_nobody_else(done.graded):
                    self._write_pages(done.graded, persons[student], render)
        # autograded/ keeps what was found here; all reports say what counts.
        return [
            persons[student].apply(self._with_answers(done.graded))
            for done, student in zip(batch, students, strict=True)
        ]

    def _entry(self, done: Done) -> Entry:
        """Return a submission's scores with the time that is kept with them."""
        graded = done.graded
        earlier = self._notebooks.earlier(graded.submission.student)
        changed = changed_cells(earlier, graded.notebooks, self._marks)
        before = _handed_in(earlier)
        now = before if done.time_is_unclear else done.handed_in
        time = HandedIn(now, before)
        return Entry(graded.submission, graded.unanswered, time, changed)

    def _with_answers(self, graded: Graded) -> Submission:
        """Return a submission with digests of its answers, if these are here."""
        found = digests(graded.notebooks, self._marks)
        cells = tuple(
            replace(cell, answer=found.get(cell.grade_id, cell.answer))
            for cell in graded.submission.cells
        )
        return replace(graded.submission, cells=cells)

    def _write_pages(self, graded: Graded, persons: ByHand, render: Render) -> None:
        student = graded.submission.student
        for name, notebook in graded.notebooks.items():
            shown = notebook["metadata"]["proctor"] | persons.for_page()
            shown |= {"assignment": self._assignment}
            self._notebooks.write_page(student, name, render(notebook, shown))


def _handed_in(earlier: dict[str, dict]) -> datetime | None:
    """Return the time that graded notebooks were kept with."""
    for notebook in earlier.values():
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return datetime.fromisoformat(notebook["metadata"]["proctor"]["handed_in"])
    return None


@contextlib.contextmanager
def _costing_nobody_else(graded: Graded) -> Iterator[None]:
    """Have what cannot be written of one submission looked at by somebody.

    A disk that takes nothing more is everybody's, and ends the run.
    """
    try:
        yield
    except GradingError:
        raise
    except Exception as error:
        why = f"the grader failed: {type(error).__name__}: {error}"
        found = graded.submission
        message = plain(why)[:300]
        graded.submission = replace(found, status=NEEDS_ATTENTION, message=message)
