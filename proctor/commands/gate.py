"""``proctor gate``: an assignment's tests, tried on its own bugs and variants.

Each wrong solution of the bug bank goes into an otherwise perfect submission, which is
graded as any other: it must lose points in its own cell alone, and be named. Each
correct variant must get full marks and pass what a student sees of the tests, the
reference too; what was handed out must earn nothing. What any check says must be fixed
words, for hidden inputs are nobody's to read.

Solutions of cells that have nothing to do with each other share a submission. Where
anything is amiss with one of them, each is tried by itself, and that counts.
"""

from __future__ import annotations

import gc
import itertools
import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from proctor.bank.bank import Bank, Bug
from proctor.bank.trials import RELEASE, Trial, Trials
from proctor.commands.own import read_own
from proctor.grade import namer_process
from proctor.grade.cell_results import Cell
from proctor.grade.grader import Grader
from proctor.grade.places import Place
from proctor.grade.pool import HandedIn, How, Pool, open_pool
from proctor.grade.results import NEEDS_ATTENTION
from proctor.grade.task import Graded
from proctor.grade.workers import Workers
from proctor.rubric.said import is_fixed, is_name, is_of_process, texts_of
from proctor.sandbox.levels import best_level
from proctor.settings import Course


@dataclass(frozen=True)
class Outcome:
    """What came of a trial.

    Attributes
    ----------
    failures
        What should not be, a line each.
    caught, named
        Whether the mistake lost points where it should, and there alone; whether it
        was named.
    """

    trial: Trial
    failures: list[str]
    caught: bool = False
    named: bool = False


def gate(course: Course, assignment: str, how: How, *, bug: str | None) -> int:
    """Try an assignment's tests; print what fails and the counts.

    Parameters
    ----------
    how
        Without a level, it is the best that this machine gives, for the submissions are
        our own.
    bug
        The id of the only mistake to try; None: everything.

    Returns
    -------
    int
        0 if all is as it must be, else 1.

    Raises
    ------
    GradingError
        If the assignment or its bank cannot be read.
    """
    with _all_stays():
        own = read_own(course, assignment)
        trials = Trials(own.built, own.reference.bank)
        wanted = trials.all(bug)

    def prepare(grader: Grader) -> None:
        grader.quiet = grader.alike = True
        grader.expect(trials.right())

    if not how.cluster:
        how = replace(how, level=how.level or best_level())
    # A cell's trouble with its diagnosis is the author's to know.
    with (
        _troubles() as troubles,
        open_pool(course, assignment, own.read, how, prepare) as pool,
        tempfile.TemporaryDirectory() as folder,
    ):
        trials.whole = {n.name for n in pool.grader.assignment.notebooks if n.together}
        judge = _Judge(pool, trials, own.reference.bank, Path(folder))
        outcomes = []
        with _all_stays():
            groups = trials.groups(wanted)
        pool.expect(len(groups))
        with Workers(judge, groups, pool.places()) as workers:
            for outcome in _in_order(wanted, workers.in_order()):
                outcomes.append(outcome)
                for failure in outcome.failures:
                    print(f"{outcome.trial.name}: {failure}", flush=True)
    gc.unfreeze()  # who called this may go on
    for trouble in dict.fromkeys(troubles):
        print(trouble)
    print(f"{_summary(outcomes)}; seed {pool.grader.seed}")
    return int(any(outcome.failures for outcome in outcomes))


@contextmanager
def _all_stays() -> Iterator[None]:
    """Have nobody look through what is made here for garbage, again and again.

    A bank, parsed, is a great many objects.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _in_order(
    trials: Sequence[Trial], found: Iterable[list[Outcome]]
) -> Iterator[Outcome]:
    """Yield outcomes in the order of their trials, what is of no one trial at once."""
    numbers = {trial.name: number for number, trial in enumerate(trials)}
    early: dict[int, Outcome] = {}
    coming = 0
    for outcome in itertools.chain.from_iterable(found):
        number = numbers.get(outcome.trial.name)
        if number is None:
            yield outcome
            continue
        early[number] = outcome
        while coming in early:
            yield early.pop(coming)
            coming += 1


def _summary(outcomes: list[Outcome]) -> str:
    bugs = [outcome for outcome in outcomes if outcome.trial.bug]
    variants = [o for o in outcomes if o.trial.tries and not o.trial.bug]
    caught, named = sum(o.caught for o in bugs), sum(o.named for o in bugs)
    good = sum(not o.failures for o in variants)
    return (
        f"caught {caught}/{len(bugs)}, named {named}/{len(bugs)}, "
        f"variants {good}/{len(variants)}"
    )


@contextmanager
def _troubles() -> Iterator[list[str]]:
    """Collect why mistakes could not be looked for."""
    found: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: found.append(record.getMessage())
    log = logging.getLogger(namer_process.__name__)
    log.addHandler(handler)
    before = log.level
    log.setLevel(logging.INFO)
    try:
        yield found
    finally:
        log.setLevel(before)
        log.removeHandler(handler)


class _Judge:
    """Grades trials, and judges the tests by the grades.

    Parameters
    ----------
    folder
        Where submissions may lie while they are graded.
    """

    def __init__(self, pool: Pool, trials: Trials, bank: Bank, folder: Path) -> None:
        self._pool, self._trials, self._bank = pool, trials, bank
        self._folder = folder
        # By the name of a test cell that a machine runs: the texts that stand in it.
        self._texts = {
            test.name: texts_of(test.hidden) for test in pool.grader.assignment.tests()
        }

    def __call__(self, trials: Sequence[Trial], place: Place) -> list[Outcome]:
        """Grade trials that share a submission, and say what should not be."""
        found = self._try(trials, place)
        if len(trials) == 1 or not any(outcome.failures for outcome in found):
            return found
        alone = [outcome for trial in trials for outcome in self._try([trial], place)]
        right = all(trial.bug is None for trial in trials)
        if right and not any(outcome.failures for outcome in alone):
            # Right answers that lose points beside each other alone.
            names = " with ".join(trial.name for trial in trials)
            lines = [line for outcome in found for line in outcome.failures]
            alone.append(Outcome(Trial(names), [*dict.fromkeys(lines)]))
        return alone

    def _try(self, trials: Sequence[Trial], place: Place) -> list[Outcome]:
        graded = self._grade(trials, place)
        submission = graded.submission
        if submission.status == NEEDS_ATTENTION and not graded.spent:
            failures = [f"needs attention: {submission.message}"]
            return [Outcome(trial, failures) for trial in trials]
        cells = [c for c in submission.cells if c.grade_id in self._texts]
        told = [line for cell in cells for line in self._told(cell)]
        if spent := graded.spent:
            told.append(f"every test behind these would be lost: {spent}")
        outcomes = []
        for trial in trials:
            others = {self._test_of(other) for other in trials if other is not trial}
            seen = [cell for cell in cells if cell.grade_id not in others]
            outcome = self._judge(trial, seen)
            failures = [*outcome.failures, *told]
            caught = outcome.caught and not spent
            outcomes.append(replace(outcome, failures=failures, caught=caught))
        return outcomes

    def _test_of(self, trial: Trial) -> str:
        return self._pool.grader.assignment.marks.test_of(trial.tries or "")

    def _told(self, cell: Cell) -> list[str]:
        """Say which checks tell a student what only the test may know.

        And where it comes to no verdict, for who is asked ended or never answers.
        """
        texts = self._texts[cell.grade_id]
        told = [
            check
            for check in cell.checks
            if not (is_name(check.name) and is_fixed(check.message, texts))
        ]
        unasked = [check for check in told if is_of_process(check.message)]
        lines = [
            f"{cell.grade_id} tells its inputs: {check.name}: {check.message}"
            for check in told
            if check not in unasked
        ]
        for check in unasked[:1]:
            lines.append(
                f"{cell.grade_id} comes to no verdict in {len(unasked)} of "
                f"{len(cell.checks)} checks: {check.name}: {check.message}"
            )
        return lines

    def _judge(self, trial: Trial, cells: list[Cell]) -> Outcome:
        if trial.bug is not None:
            return self._judge_bug(trial, trial.bug, cells)
        if trial.name == RELEASE:
            return Outcome(trial, [_earned(c) for c in cells if c.score])
        # Full marks and a reason: what the student sees of the test fails.
        wrong = [c for c in cells if c.score < c.max_score or c.message]
        return Outcome(trial, [_lost(c) for c in wrong])

    def _judge_bug(self, trial: Trial, bug: Bug, cells: list[Cell]) -> Outcome:
        test = self._test_of(trial)
        elsewhere = [
            _lost(c) for c in cells if c.grade_id != test and c.score < c.max_score
        ]
        (own,) = [cell for cell in cells if cell.grade_id == test] or [None]
        if own is None:
            return Outcome(trial, [f"no test cell {test}: name it after the solution"])
        group = self._bank.group_of(bug.id)
        failures = elsewhere
        if own.score == own.max_score:
            failures = [f"{test} gives full marks: no check catches it", *failures]
        caught = not failures
        found = {check.bug for check in own.checks if check.bug}
        named = bool(found) and found <= group
        if caught and not found:
            lost = [check for check in own.checks if check.message]
            shown = "; ".join(f"{c.name}: {c.message}" for c in lost[:2])
            failures = [*failures, f"not named where it fails {shown}"]
        elif not named and found:
            failures = [*failures, f"taken for {', '.join(sorted(found - group))}"]
        return Outcome(trial, failures, caught, named)

    def _grade(self, trials: Sequence[Trial], place: Place) -> Graded:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            paths = {}
            for name, notebook in self._trials.submission(*trials).items():
                paths[name] = Path(folder, f"{name}.ipynb")
                paths[name].write_text(json.dumps(notebook), encoding="utf-8")
            part = self._trials.part(self._pool.grader.assignment, *trials)
            handed = HandedIn("gate", paths, part=part)
            return self._pool.grade(handed, place)


def _lost(cell: Cell) -> str:
    """Say what a cell lost that should lose nothing."""
    return f"{cell.grade_id} gives {_points(cell)}: {cell.message}"


def _earned(cell: Cell) -> str:
    """Say what a cell earned that is not written yet."""
    return f"{cell.grade_id} gives {_points(cell)} for nothing"


def _points(cell: Cell) -> str:
    return f"{cell.score:g} of {cell.max_score:g} points"
