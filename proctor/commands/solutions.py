"""Solutions of single cells, each graded in an otherwise perfect submission."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proctor.bank.mutants import Mutant
from proctor.bank.reference import Reference
from proctor.bank.trials import Trial, Trials
from proctor.commands.own import read_own
from proctor.grade.cell_results import Cell
from proctor.grade.course_grader import make_grader
from proctor.grade.grader import Grader
from proctor.grade.places import Place
from proctor.grade.results import NEEDS_ATTENTION, Submission
from proctor.grade.workers import Workers
from proctor.notebook.built import Built
from proctor.sandbox.levels import best_level
from proctor.settings import Course


@dataclass(frozen=True)
class Outcome:
    """What came of a solution.

    Attributes
    ----------
    own
        The cell that tests it.
    others
        The cells that lost points beside that.
    score, most
        Of all cells that it can reach.
    """

    mutant: Mutant
    own: Cell | None
    others: list[Cell]
    score: float = 0.0
    most: float = 0.0
    attention: str = ""

    @property
    def bugs(self) -> dict[str, str]:
        """The titles of the known mistakes that were named, by id."""
        checks = self.own.checks if self.own else ()
        return {check.bug: check.title for check in checks if check.bug}


class Solutions:
    """Grades solutions of an assignment's cells: see :func:`graded_alone`.

    Attributes
    ----------
    built, reference, seed
        The assignment's notebooks, its bank, and the seed of the random inputs.
    """

    def __init__(
        self, grader: Grader, built: Built, reference: Reference, folder: Path
    ) -> None:
        self.built, self.reference, self.seed = built, reference, grader.seed
        self._grader, self._folder = grader, folder
        self._trials = Trials(built, reference.bank)
        notebooks = grader.assignment.notebooks
        self._trials.whole = {n.name for n in notebooks if n.together}
        self._tests = {test.name for test in grader.assignment.tests()}

    def grade(self, chosen: Sequence[Mutant], jobs: int) -> list[Outcome]:
        """Return what comes of each, in order."""
        with Workers(self._one, chosen, self._grader.places(jobs)) as workers:
            return list(workers.in_order())

    def _one(self, mutant: Mutant, place: Place) -> Outcome:
        trial = Trial(mutant.change, {mutant.cell: mutant.source}, tries=mutant.cell)
        submission = self._graded(trial, place)
        if submission.status == NEEDS_ATTENTION:
            return Outcome(mutant, None, [], attention=submission.message)
        test = self._grader.assignment.marks.test_of(mutant.cell)
        cells = [c for c in submission.cells if c.grade_id in self._tests]
        own = next((c for c in cells if c.grade_id == test), None)
        others = [c for c in cells if c is not own and c.score < c.max_score]
        score, most = sum(c.score for c in cells), sum(c.max_score for c in cells)
        return Outcome(mutant, own, others, score, most)

    def _graded(self, trial: Trial, place: Place) -> Submission:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            paths = {}
            for name, notebook in self._trials.submission(trial).items():
                paths[name] = Path(folder, f"{name}.ipynb")
                paths[name].write_text(json.dumps(notebook), encoding="utf-8")
            grader = self._grader.of(self._trials.part(self._grader.assignment, trial))
            return grader.grade("mutant", paths, place=place).submission


@contextmanager
def graded_alone(
    course: Course, assignment: str, *, level: str | None, seed: int | None
) -> Iterator[Solutions]:
    """Give what grades solutions of this assignment's cells.

    Parameters
    ----------
    level
        None: the best that this machine gives, for the submissions are our own.

    Raises
    ------
    GradingError
        If the assignment or its bank cannot be read.
    """
    own = read_own(course, assignment)
    with (
        make_grader(
            course, assignment, own.read, level=level or best_level(), seed=seed
        ) as grader,
        tempfile.TemporaryDirectory() as folder,
    ):
        grader.quiet = grader.alike = True
        yield Solutions(grader, own.built, own.reference, Path(folder))
