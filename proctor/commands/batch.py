"""Grade a class: several submissions at once, one writer, nothing lost.

Scores are committed to the gradebook first; the graded notebook is written after that,
and names the content that it was graded from. So a run that was killed at any moment
goes on where it stopped, and what is written is never ahead of the gradebook.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import FrameType

from nbgrader.api import Gradebook

from proctor.bank.reference import read_known
from proctor.errors import GradingError, SubmissionError
from proctor.grade.grader import Graded, grade_submission, record
from proctor.grade.results import NEEDS_ATTENTION, Records, Run, Submission
from proctor.gradebook.database import read_assignment
from proctor.gradebook.folders import Course
from proctor.gradebook.graded import Kept
from proctor.gradebook.scores import read_time
from proctor.gradebook.writer import Done, Writing
from proctor.notebook.assignment import Assignment, with_skipped
from proctor.sandbox.jail import Jail, processors

# Scores are committed together: each commit waits for the disk.
_BATCH, _BATCH_SECONDS = 16, 0.5
_TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Plan:
    """What a run is to do.

    Attributes
    ----------
    students
        Whom to grade; None: everybody who handed something in.
    jobs
        How many submissions at once.
    force
        Whether to grade again what is graded already.
    seed
        From which the random inputs of all tests follow.
    """

    assignment: str
    students: list[str] | None
    jobs: int
    force: bool
    seed: int


class Batch:
    """A grading run of one assignment.

    Parameters
    ----------
    jail
        Where submissions run; it must be ready.
    begin
        Called with the number of submissions.
    report
        Called with each submission when it is graded and written.
    render
        Makes a feedback page of a graded notebook and its record; None: no pages.
    """

    def __init__(
        self,
        course: Course,
        jail: Jail,
        plan: Plan,
        begin: Callable[[int], None] = lambda number: None,
        report: Callable[[Submission], None] = lambda submission: None,
        render: Callable[[dict, dict], str] | None = None,
    ) -> None:
        self._course, self._jail, self._plan = course, jail, plan
        self._begin, self._report, self._render = begin, report, render
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._records = Records()
        self._stop = threading.Event()
        self._todo: queue.SimpleQueue[str] = queue.SimpleQueue()
        # Bounded, so that notebooks do not pile up before a slow disk.
        self._done: queue.Queue[Done | BaseException | None]
        self._done = queue.Queue(2 * plan.jobs)

    def run(self) -> Run:
        """Grade, and return what was found; after Ctrl-C, of what was done.

        Raises
        ------
        GradingError
            If the run cannot begin, or cannot write what it graded.
        """
        with self._course.only_one(), self._course.gradebook() as gradebook:
            self._assignment = self._read_assignment(gradebook)
            name = self._plan.assignment
            built = self._course.built(name)
            self._known = read_known(self._course.root, name, built)
            students = self._students(gradebook)
            self._support = self._course.support_files(name)
            self._kept = Kept(self._course, self._assignment, self._support)
            self._writing = Writing(self._course, gradebook, name, self._kept)
            self._in_gradebook = self._writing.graded_students()
            for student in students:
                self._todo.put(student)
            self._jail.learn(self._assignment.tests())
            self._begin(len(students))
            with self._stopped_by_interrupt():
                found = self._grade_all()
        return Run(
            self._plan.assignment,
            self._started,
            self._jail.level,
            self._plan.seed,
            sorted(found, key=lambda submission: submission.student),
            self._records,
            finished=len(found) == len(students),
        )

    def _read_assignment(self, gradebook: Gradebook) -> Assignment:
        name = self._plan.assignment
        folders = self._course.built(name), self._course.released(name)
        found = read_assignment(gradebook, name, self._course.assignments())
        notebooks = [with_skipped(n, *folders) for n in found.notebooks]
        return replace(found, notebooks=notebooks)

    def _students(self, gradebook: Gradebook) -> list[str]:
        name = self._plan.assignment
        notebooks = [notebook.name for notebook in self._assignment.notebooks]
        others = self._course.assignments() + [a.name for a in gradebook.assignments]
        self._misplaced = self._course.misplaced(name, notebooks, others)
        students = self._plan.students
        if not students:
            students = sorted([*self._course.students(name), *self._misplaced])
        if not students:
            place = self._course.path("submitted", "<student>", name)
            raise GradingError(
                f"nothing handed in for {name!r}: put each notebook at "
                f"{place}/<notebook>.ipynb"
            )
        return list(dict.fromkeys(students))

    def _grade_all(self) -> list[Submission]:
        workers = [
            threading.Thread(target=self._work, args=(processor,), daemon=True)
            for processor in processors(self._plan.jobs)
        ]
        for worker in workers:
            worker.start()
        found: list[Submission] = []
        facts = {"started": self._started, "sandbox": self._jail.level}
        record_of = partial(record, **facts, seed=self._plan.seed)
        working = len(workers)
        try:
            while working:
                batch, ended = self._next_batch(working)
                working -= ended
                self._writing.write(batch, record_of, self._render)
                for done in batch:
                    self._report(done.graded.submission)
                    found.append(self._records.add(done.graded.submission))
        finally:
            self._stop.set()
            # A worker may wait to hand in what nobody takes any more.
            while any(worker.is_alive() for worker in workers):
                with contextlib.suppress(queue.Empty):
                    self._done.get(timeout=0.05)
        return found

    @contextlib.contextmanager
    def _stopped_by_interrupt(self) -> Iterator[None]:
        """Have Ctrl-C let what runs be finished and written; a second one ends it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, frame: FrameType | None) -> None:
            if self._stop.is_set():
                raise KeyboardInterrupt
            self._stop.set()

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _next_batch(self, working: int) -> tuple[list[Done], int]:
        """Return results to be written together, and how many workers have ended."""
        batch: list[Done] = []
        ended = 0
        deadline = None
        while len(batch) < _BATCH and ended < working:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            try:
                item = self._done.get(timeout=left)
            except queue.Empty:
                break
            if isinstance(item, BaseException):
                raise item
            if item is None:
                ended += 1
            else:
                batch.append(item)
                deadline = deadline or time.monotonic() + _BATCH_SECONDS
        return batch, ended

    def _work(self, processor: int | None) -> None:
        """Grade submissions until there are no more, or the run is stopped."""
        try:
            while not self._stop.is_set():
                try:
                    student = self._todo.get_nowait()
                except queue.Empty:
                    break
                self._done.put(self._one(student, processor))
        except BaseException as error:
            self._done.put(error)
        self._done.put(None)

    def _one(self, student: str, processor: int | None) -> Done:
        name = student.encode("utf-8", "replace").decode()
        if name != student:
            return self._not_graded(name, "the folder's name is not UTF-8: rename it")
        if student in self._misplaced:
            return self._not_graded(student, self._misplaced[student])
        try:
            key = self._kept.key_of(student)
            if not self._plan.force and student in self._in_gradebook:
                earlier = self._kept.find(student, key)
                if earlier:
                    return Done(Graded(*earlier), key, was_there=True)
            graded = grade_submission(
                self._assignment,
                student,
                self._kept.handed_in(student),
                self._jail,
                self._plan.seed,
                self._support,
                processor,
                self._known,
            )
            if not graded.notebooks and student in self._in_gradebook:
                found = graded.submission
                message = f"{found.message} (the gradebook keeps the earlier grade)"
                graded.submission = replace(found, message=message)
            return self._with_time(graded, key)
        except Exception as error:
            # A mistake of ours must not cost the others their grades.
            message = f"the grader failed: {type(error).__name__}: {error}"
            return self._not_graded(student, message[:300])

    def _not_graded(self, student: str, message: str) -> Done:
        worth = self._assignment.max_score
        submission = Submission(student, NEEDS_ATTENTION, worth, message=message)
        return Done(Graded(submission), "")

    @staticmethod
    def _with_time(graded: Graded, key: str) -> Done:
        when = None
        try:
            when = read_time(graded.files.get(_TIMESTAMP, b""))
        except SubmissionError as error:
            # It may be late: a person has to say.
            found = graded.submission
            message = found.message or str(error)
            graded.submission = replace(found, status=NEEDS_ATTENTION, message=message)
        return Done(graded, key, handed_in=when)
