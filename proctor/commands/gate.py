"""``proctor gate``: an assignment's tests, tried on its own bugs and variants.

Each wrong solution of the bug bank goes into an otherwise perfect submission, which is
graded as any other: it must lose points in its own cell alone, and be named. Each
correct variant must get full marks, the reference too; what was handed out must earn
nothing.
"""

from __future__ import annotations

import json
import logging
import queue
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from proctor.bank.bank import Bug
from proctor.bank.reference import Known, read_known
from proctor.bank.trials import REFERENCE, RELEASE, Reference, Trial
from proctor.grade import namer_process as diagnosis
from proctor.grade.grader import grade_submission
from proctor.grade.results import NEEDS_ATTENTION, Cell, Submission
from proctor.notebook import assignment as assignments
from proctor.notebook.assignment import Assignment
from proctor.notebook.beside import files_beside
from proctor.sandbox.jail import Jail, processors
from proctor.sandbox.levels import best_level
from proctor.settings import Sandbox, read_config


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


def gate(
    root: Path,
    assignment: str,
    *,
    bug: str | None,
    sandbox: str | None,
    jobs: int,
    seed: int,
) -> int:
    """Try an assignment's tests; print what fails and the counts.

    Parameters
    ----------
    bug
        The id of the only mistake to try; None: everything.
    sandbox
        None: the best that this machine gives, for the submissions are our own.

    Returns
    -------
    int
        0 if all is as it must be, else 1.

    Raises
    ------
    GradingError
        If the assignment or its bank cannot be read.
    """
    config = read_config(root)
    source = root / config.CourseDirectory.get("source_directory", "source")
    wanted = assignments.from_source(root, assignment, source, root / "release")
    known = read_known(root, assignment, source / assignment, whole=True)
    reference = Reference(source / assignment, root / "release" / assignment, known)
    trials = reference.trials(bug)
    # A cell's trouble with its diagnosis is the author's to know.
    with (
        _troubles() as troubles,
        Sandbox(config=config).open_jail(
            assignment, sandbox or best_level(), drawing=reference.draws(wanted)
        ) as jail,
        tempfile.TemporaryDirectory() as folder,
    ):
        jail.wait()
        jail.learn(wanted.tests())
        grader = _Grader(wanted, known, jail, seed, Path(folder), source / assignment)
        outcomes = []
        with ThreadPoolExecutor(jobs, initializer=grader.prepare(jobs)) as pool:
            notebooks = ((trial, reference.submission(trial)) for trial in trials)
            for outcome in pool.map(lambda pair: grader.judge(*pair), notebooks):
                outcomes.append(outcome)
                for failure in outcome.failures:
                    print(f"{outcome.trial.name}: {failure}", flush=True)
    for trouble in dict.fromkeys(troubles):
        print(trouble)
    print(f"{_summary(outcomes)}; seed {seed}")
    return int(any(outcome.failures for outcome in outcomes))


def _summary(outcomes: list[Outcome]) -> str:
    bugs = [outcome for outcome in outcomes if outcome.trial.bug]
    right = [outcome for outcome in outcomes if not outcome.trial.bug]
    variants = [o for o in right if o.trial.name not in (REFERENCE, RELEASE)]
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
    log = logging.getLogger(diagnosis.__name__)
    log.addHandler(handler)
    before = log.level
    log.setLevel(logging.INFO)
    try:
        yield found
    finally:
        log.setLevel(before)
        log.removeHandler(handler)


class _Grader:
    """Grades trials, several at once, and judges the tests by the grades."""

    def __init__(
        self,
        wanted: Assignment,
        known: Known,
        jail: Jail,
        seed: int,
        folder: Path,
        built: Path,
    ) -> None:
        self._wanted, self._known, self._jail = wanted, known, jail
        self._seed, self._folder = seed, folder
        self._support = files_beside(built)
        self._by_machine = {name for name, _ in wanted.tests()}
        self._free: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._own = threading.local()

    def prepare(self, jobs: int):
        """Return what each of ``jobs`` threads calls first: it takes a processor."""
        for processor in processors(jobs):
            self._free.put(processor)

        def take() -> None:
            self._own.processor = self._free.get()

        return take

    def judge(self, trial: Trial, notebooks: dict[str, dict]) -> Outcome:
        """Grade a trial's notebooks, and say what should not be."""
        submission = self._grade(notebooks)
        if submission.status == NEEDS_ATTENTION:
            return Outcome(trial, [f"needs attention: {submission.message}"])
        cells = [c for c in submission.cells if c.grade_id in self._by_machine]
        if trial.name == RELEASE:
            return Outcome(trial, [_earned(c) for c in cells if c.score])
        if trial.bug is None:
            return Outcome(trial, [_lost(c) for c in cells if c.score < c.max_score])
        return self._judge_bug(trial, trial.bug, cells)

    def _judge_bug(self, trial: Trial, bug: Bug, cells: list[Cell]) -> Outcome:
        test = f"test-{bug.cell}"
        elsewhere = [
            _lost(c) for c in cells if c.grade_id != test and c.score < c.max_score
        ]
        (own,) = [cell for cell in cells if cell.grade_id == test] or [None]
        if own is None:
            return Outcome(trial, [f"no test cell {test}: name it after the solution"])
        group = self._known.bank.group_of(bug.id)
        failures = elsewhere
        if own.score == own.max_score:
            failures = [f"{test} gives full marks: no check catches it", *failures]
        caught = not failures
        found = {check["bug"] for check in own.checks if check["bug"]}
        named = bool(found) and found <= group
        if caught and not found:
            lost = [check for check in own.checks if check["message"]]
            shown = "; ".join(f"{c['name']}: {c['message']}" for c in lost[:2])
            failures = [*failures, f"not named where it fails {shown}"]
        elif not named and found:
            failures = [*failures, f"taken for {', '.join(sorted(found - group))}"]
        return Outcome(trial, failures, caught, named)

    def _grade(self, notebooks: dict[str, dict]) -> Submission:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            paths = {}
            for name, notebook in notebooks.items():
                path = Path(folder, name)
                path.write_text(json.dumps(notebook), encoding="utf-8")
                paths[path.stem] = path
            return grade_submission(
                self._wanted,
                "gate",
                paths,
                self._jail,
                self._seed,
                self._support,
                self._own.processor,
                self._known,
            ).submission


def _lost(cell: Cell) -> str:
    """Say what a cell lost that should lose nothing."""
    return f"{cell.grade_id} gives {_points(cell)}: {cell.message}"


def _earned(cell: Cell) -> str:
    """Say what a cell earned that is not written yet."""
    return f"{cell.grade_id} gives {_points(cell)} for nothing"


def _points(cell: Cell) -> str:
    return f"{cell.score:g} of {cell.max_score:g} points"
