"""Grade one submission: read, mend, run, and say what each cell earned.

One :class:`Grader` stands behind every command, and behind nbgrader's own.
"""

from __future__ import annotations

import copy
import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from proctor.bank.reference import Reference
from proctor.errors import SubmissionError
from proctor.grade.both_ways import Found
from proctor.grade.cell_results import Cell
from proctor.grade.examiner_process import ExaminerPool
from proctor.grade.namer_process import Namer
from proctor.grade.outcome import cells_of, nothing_of, trouble_of, unanswered_in
from proctor.grade.places import ANYWHERE, Place, Places
from proctor.grade.programs import DRAWING, PLAIN
from proctor.grade.reading import Reading
from proctor.grade.results import NEEDS_ATTENTION, SCHEMA, Run, Submission
from proctor.grade.run import draws, run_notebook
from proctor.grade.snapshot import Seeds
from proctor.grade.student_runs import StudentRuns
from proctor.grade.task import Graded, Task
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.beside import files_beside
from proctor.notebook.papers import answers_beside, work_beside
from proctor.notebook.stubs import stubs_of
from proctor.sandbox.jail import Jail
from proctor.text import plain_line

_LONGEST_REASON = 300
# Of a cell that is compiled beforehand; it goes in one message.
_LONGEST_TAUGHT = 16_000


class Grader:
    """Grades the submissions of one assignment; several threads may ask.

    Parameters
    ----------
    jail
        Where submissions run; it must be ready, and is closed with the grader.
    seed
        From which, with the student's name, the random inputs of all tests follow;
        None: a new one.
    namer
        Makes what names known mistakes, from the jail, the reference and a seed.

    Attributes
    ----------
    started
        When, in ISO 8601 with the time zone.
    reading
        Reads what was handed in.
    quiet
        Whether nobody reads what the cells show: nothing is drawn.
    only_together
        Whether the tests that are examined apart are left out.
    alike
        Whether all submissions get the inputs on which mistakes are looked for, and
        these follow from the seed: of no use to anybody where the submissions are the
        author's own.
    settled
        What is known of the tests that were tried apart and in one kernel.
    """

    def __init__(
        self,
        task: Task,
        jail: Jail,
        seed: int | None = None,
        namer: Callable[[Jail, Reference, int], Namer] = Namer,
    ) -> None:
        self.assignment, self.support = task.assignment, task.support
        self.seed = secrets.randbits(63) if seed is None else seed
        self.quiet = self.only_together = False
        self.settled: list[Found] = []
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self._jail = jail
        self.reading = Reading(jail, task.assignment)
        # What most notebooks have is compiled once, and what nobody has written yet.
        self.expect(_handed_out(task.assignment))
        self._examiners = ExaminerPool(jail, task.assignment.tests())
        self._namer = namer(jail, task.reference, 0)
        self.alike = False

    @property
    def sandbox(self) -> str:
        """The level of isolation that submissions run in."""
        return self._jail.level

    @property
    def alike(self) -> bool:
        """See :class:`Grader`."""
        return self._alike

    @alike.setter
    def alike(self, alike: bool) -> None:
        # Of students the same in each run: what is wrong in one way stays so, and no
        # points hang on it.
        of_name = 0, f"all of {self.assignment.name}"
        self._common_seed = _derived(*((self.seed, "for all") if alike else of_name))
        self._namer.seed = self._common_seed
        self._alike = alike

    def expect(self, texts: Iterable[str]) -> None:
        """Have cells compiled once that most of the notebooks have."""
        for text in texts:
            if len(text) <= _LONGEST_TAUGHT:
                self._jail.teach({"cell": text})

    def of(self, assignment: Assignment) -> Grader:
        """Return a grader of a part of the assignment; it is not to be closed."""
        part = copy.copy(self)
        part.assignment = assignment
        return part

    def grade(
        self,
        student: str,
        paths: Mapping[str, Path],
        *,
        files: Mapping[str, bytes] | None = None,
        place: Place = ANYWHERE,
    ) -> Graded:
        """Grade one submission; whatever is wrong with it, the result says so.

        Parameters
        ----------
        paths
            Where each notebook was handed in, by its name.
        files
            What its cells find beside them; None: what lies beside the first notebook.
        place
            Where it runs.
        """
        start = time.perf_counter()
        try:
            graded = self._grade(student, paths, files, place, start)
        except SubmissionError as error:
            return self.not_graded(student, str(error), start)
        except OSError as error:
            return self.not_graded(student, f"it could not be run: {error}", start)
        return graded

    def _grade(
        self,
        student: str,
        paths: Mapping[str, Path],
        files: Mapping[str, bytes] | None,
        place: Place,
        start: float,
    ) -> Graded:
        notebooks = self.assignment.notebooks
        read = {n.name: self.reading.read(n, paths[n.name], place) for n in notebooks}
        mended: list[str] = []
        if files is None:
            found_beside = files_beside(next(iter(paths.values())).parent)
            files, mended = found_beside.files, found_beside.notes()
        beside = {**files, **self.support}
        own = _derived(self.seed, f"student {student}")
        seeds = Seeds(self._common_seed if self.alike else own, self._common_seed)
        found: list[Cell] = []
        unanswered: set[tuple[str, str]] = set()
        uses_objects: set[tuple[str, str]] = set()
        trouble = spent = ""
        for assigned in notebooks:
            notebook, notes = read[assigned.name].notebook, read[assigned.name].notes
            notes += answers_beside(notebook, assigned, files, self.support, notes)
            with StudentRuns(
                self._jail,
                self._examiners,
                seeds,
                beside,
                place,
                self._program_for(notebook, assigned, files),
            ) as runs:
                runs.quiet, runs.only_together = self.quiet, self.only_together
                runs.given = read[assigned.name].given
                runs.others = frozenset(read[assigned.name].others)
                verdicts = run_notebook(
                    notebook, assigned, self.assignment, runs, self._namer
                )
                notes += runs.notes
                spent = spent or runs.spent
            left = unanswered_in(notebook, assigned)
            found += cells_of(notebook, verdicts, left)
            mended += notes
            uses_objects |= {
                (assigned.name, name) for name, v in verdicts.items() if v.uses_objects
            }
            trouble = trouble or trouble_of(verdicts)
            if not any(verdict.score for verdict in verdicts.values()):
                work = work_beside(files, self.support)
                trouble = trouble or nothing_of(assigned, left, notes, work)
            unanswered |= {(assigned.name, name) for name in left}
        seconds = time.perf_counter() - start - place.held_still
        submission = Submission.of_cells(
            student, self.assignment.max_score, found, mended, trouble, seconds
        )
        done = {n.name: read[n.name].notebook for n in notebooks}
        return Graded(submission, done, beside, unanswered, spent, uses_objects)

    def _program_for(
        self, notebook: dict, assigned: AssignedNotebook, files: Mapping[str, bytes]
    ) -> str:
        drawing = draws(notebook, assigned, files) and self._jail.has(DRAWING)
        return DRAWING if drawing else PLAIN

    def not_graded(self, student: str, why: str, start: float | None = None) -> Graded:
        """Return what is said of a submission that could not be graded.

        Parameters
        ----------
        why
            In plain words; the first line counts.
        start
            When its grading began, by ``time.perf_counter``.
        """
        return Graded(
            Submission(
                student,
                NEEDS_ATTENTION,
                self.assignment.max_score,
                seconds=0.0 if start is None else round(time.perf_counter() - start, 3),
                # It may quote names of files that a student chose.
                message=plain_line(why, _LONGEST_REASON),
            )
        )

    def places(self, jobs: int) -> Places:
        """Return where submissions may run, so many at once."""
        # Two processes of a student's at their limit; their files may be in memory.
        limits = self._jail.limits
        return Places(jobs, 2 * limits.memory_mb + limits.files_mb)

    def record(self, submission: Submission, key: str) -> dict:
        """Return what a graded notebook's metadata keeps, for pages and for resuming.

        Parameters
        ----------
        key
            Of what it was graded from; empty where it is to be graded again.
        """
        return {
            "schema": SCHEMA,
            "key": key,
            "started": self.started,
            "sandbox": self.sandbox,
            "seed": self.seed,
            "submission": submission.as_dict(),
        }

    def run(self, submissions: list[Submission], finished: bool = True) -> Run:
        """Return the record of a run in which these were graded."""
        return Run(
            self.assignment.name,
            self.started,
            self.sandbox,
            self.seed,
            sorted(submissions, key=lambda submission: submission.student),
            finished,
        )

    def close(self) -> None:
        """End every process."""
        self._namer.close()
        self.reading.close()
        self._examiners.close()
        self._jail.close()

    def __enter__(self) -> Grader:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _handed_out(assignment: Assignment) -> set[str]:
    """Return the texts of given cells, and of those with functions to be written."""
    notebooks = assignment.notebooks
    stubs = [stubs_of(n, cell.name) for n in notebooks for cell in n.cells]
    given = {text for n in notebooks for text, _ in n.given}
    return given | {found.source for found in stubs if found}


def _derived(seed: int, purpose: str) -> int:
    """Return a seed that follows from another, and tells nothing of it."""
    digest = hashlib.sha256(f"{seed} {purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
