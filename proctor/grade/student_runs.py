"""One notebook's cells, and its tests on copies of the process that ran them.

All cells run first, in order, in one process; where it ends, another goes on from the
cells so far. At each test it is copied. When the last cell has run it stands still for
good, and one copy after the other wakes for its own test. So nothing that has seen a
test can change what a cell shows, or what another test finds.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Set

from proctor.grade.cell_runs import GIVEN_UP, CellRuns
from proctor.grade.examiner_process import ExaminerPool, ExaminerProcess
from proctor.grade.places import Place
from proctor.grade.programs import PLAIN
from proctor.grade.snapshot import ALONE, Examined, Seeds, Snapshot, Way
from proctor.grade.student_process import StudentProcess
from proctor.grade.together import run_together
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.notebook.names import taken
from proctor.sandbox.jail import Jail

# So often the checks behind one that ends the process are tried, in a part of the time
# of a test, but so many seconds if it has them: most take moments.
_MOST_GOING_ON, _LEAST_GOING_ON = 2, 5.0
_TOO_LONG = "the notebook's tests took too long"


class StudentRuns(CellRuns):
    """Runs a notebook's cells, and then its tests.

    Parameters
    ----------
    examiners
        Who run the test cells.
    seeds
        From which the tests' random inputs follow.

    Attributes
    ----------
    only_together
        Whether the tests that are examined apart are left out.
    """

    def __init__(
        self,
        jail: Jail,
        examiners: ExaminerPool,
        seeds: Seeds,
        files: dict[str, bytes],
        place: Place,
        program: str = PLAIN,
    ) -> None:
        super().__init__(jail, examiners, files, place, program)
        self._seeds, self.only_together = seeds, False
        self._deadline = 0.0
        # Why the cells were not run to their end; empty if they were.
        self._cut_short = ""
        self._hung: set[TestCell] = set()
        # Of files, seen before the last test; None: there was none.
        self._changes: object = None

    def may_run_as_given(self, test: TestCell) -> bool:
        """Tell whether a test may have failed for what a given cell was changed to."""
        return bool(self._as_given) and not (test in self._unwritten or self.spent)

    def examine_as_given(self, test: TestCell, observe: bool) -> Verdict:
        """Run a test behind cells of which those that were given run so as well.

        What a student defined later stays. It has no files that a test has seen.
        """
        steps = self._steps_as_given(self._ran[: self._ran.index(test)])
        return self._examine_behind(steps, test, observe).verdict

    def may_run_below(self, test: TestCell) -> bool:
        """Tell whether there is time for a test to run behind all cells."""
        return not self.spent

    def examine_below(self, test: TestCell, more: list[str], observe: bool) -> Verdict:
        """Run a test behind all cells, those below it too, and more."""
        self._rest()
        return self._examine_behind([*self._ran, *more], test, observe).verdict

    def examine_with_pythons_own(
        self, test: TestCell, names: Set[str], observe: bool
    ) -> Verdict:
        """Run a test behind cells that have not got these names for their own.

        Given cells run as they were given too, where a cell took those names as well.
        """
        self._rest()
        given = self._steps_as_given(self._ran[: self._ran.index(test)])
        steps = self._steps_with_pythons_own(given, names)
        return self._examine_behind(steps, test, observe).verdict

    def _steps_with_pythons_own(
        self, steps: Iterable[str | TestCell], names: Set[str]
    ) -> Iterator[str | TestCell]:
        for step in steps:
            yield step
            if isinstance(step, str) and (ours := sorted(taken(step) & names)):
                yield "\n".join(f"globals().pop({name!r}, None)" for name in ours)

    def _steps_as_given(self, steps: list[str | TestCell]) -> Iterator[str | TestCell]:
        for number, step in enumerate(steps, 1):
            yield step
            if number in self._as_given:
                yield self._as_given[number]

    def run_together(
        self, chosen: set[TestCell], as_given: bool = False
    ) -> dict[TestCell, Verdict]:
        """Run all cells again, these tests among them; return the verdicts on them.

        It is the last that is run, in a process of its own and with files of its own.
        Nothing that it shows is kept.

        Parameters
        ----------
        as_given
            Whether the given cells that were changed run as they were given as well.
        """
        if self._snapshots:
            raise RuntimeError("a test that is examined apart comes first")
        self._process.rest()

        def begin(earlier: StudentProcess | None) -> StudentProcess:
            return self._new_process(earlier)

        steps = list(self._steps_as_given(self._ran)) if as_given else self._ran
        return run_together(begin, steps, chosen)

    def examine(self, test: TestCell, observe: bool) -> Verdict:
        """Run a test that was held; no cell runs afterwards.

        Parameters
        ----------
        observe
            Whether what the failing checks see is wanted as well.
        """
        if test in self._unwritten:
            return self._unwritten[test]
        self._rest()
        if not self._is_as_it_was(test):
            self._process.deadline = self._deadline
            self._start_anew()
            self._process.rest()
            while self._spent:
                self._spent.pop().close()
            self._changes = self._process.changes()
        if spent := self._spent_in_tests():
            self._untried.setdefault(test, spent)
        begun = self._place.now()
        found = self._examine(self._snapshots.pop(test), test, observe)
        self._used_up.test(test.name, self._place.now() - begun, bool(found.ended))
        if why := self._untried.get(test):
            return found.verdict.untried(self._used_up.told(why))
        if found.verdict.again:
            again = self._examine_again(test, observe, Way(assisted=True))
            if again.verdict.score > found.verdict.score:
                return again.verdict
        return self._go_on_in(test, found)

    def _go_on_in(self, test: TestCell, found: Examined) -> Verdict:
        """Try the checks behind one that ended the process, each time in a new one.

        So it costs its own points. Who ends one after the other is not tried for ever.
        """
        verdict = first = found.verdict
        for _ in range(_MOST_GOING_ON):
            left = len(verdict.checks) - len(verdict.tried)
            if not (found.ended and left) or self._spent_in_tests():
                break
            found = self._examine_again(test, False, Way(over=verdict.tried))
            verdict = verdict.going_on(found.verdict)
        all_pass = verdict.score >= test.points > first.score
        return verdict.ended_visibly(test.points) if all_pass else verdict

    def _examine(
        self, snapshot: Snapshot, test: TestCell, observe: bool, way: Way = ALONE
    ) -> Examined:
        snapshot.ended = snapshot.ended or self._spent_in_tests()
        left = self._deadline - self._place.now()
        most = self._jail.limits.cell_seconds
        if way.over is not None:
            most = min(most, max(most / 4, _LEAST_GOING_ON))
        seconds = max(min(most, left), 0.1)
        if self._examiner.ended:
            self._examiner = self._new_examiner()
        found = snapshot.examine(
            test, self._examiner, self._seeds, seconds, observe, way, self._place
        )
        # Once for a test: another way of running it is no other mistake.
        if found.hung and way.over is None and test not in self._hung:
            self._hung.add(test)
            self._count(hung=True)
        return found

    def _examine_again(self, test: TestCell, observe: bool, way: Way) -> Examined:
        """Run a test in a new process, in another way."""
        steps = self._ran[: self._ran.index(test)]
        return self._examine_behind(steps, test, observe, way)

    def _examine_behind(
        self,
        steps: Iterable[str | TestCell],
        test: TestCell,
        observe: bool,
        way: Way = ALONE,
    ) -> Examined:
        """Run a test in a new process, behind the cells among what has run."""
        with self._new_process(self._process) as process:
            for step in steps:
                if isinstance(step, str):
                    process.run_cell(step, quiet=True)
            snapshot = process.snapshot()
            process.rest()
            return self._examine(snapshot, test, observe, way)

    def _rest(self) -> None:
        """Stop the cells' process for good; have one if all have ended."""
        if self._deadline:
            return
        if self._process.ended and not self._may_go_on():
            self._cut_short = self._why_not()
        # Cells that use up the notebook's time leave some to the tests.
        least = self._place.now() + self._jail.limits.cell_seconds
        self._deadline = max(self._process.deadline, least)
        if self._process.lost:
            self._process.deadline = self._deadline
            self._start_anew()
        self._process.rest()
        self._ends = 0

    def _is_as_it_was(self, test: TestCell) -> bool:
        """Tell whether no other test left anything where this one could find it."""
        changes, self._changes = self._changes, self._process.changes()
        same = changes in (None, self._changes)
        return same and self._snapshots[test].is_as_it_was()

    @property
    def spent(self) -> str:
        """Why a test behind the others would be lost, whatever it asks; or empty."""
        return self._cut_short or self._spent_in_tests()

    def _spent_in_tests(self) -> str:
        if self._gives_up():
            return GIVEN_UP
        return _TOO_LONG if 0 < self._deadline <= self._place.now() else ""

    def _new_examiner(self) -> ExaminerProcess:
        processor = self._place.processor
        examiner = self._examiners.take(processor)
        self._open.callback(self._examiners.give_back, examiner, processor)
        return examiner

    def __enter__(self) -> StudentRuns:
        with contextlib.ExitStack() as on_failure:
            on_failure.push(self._open)
            self._process = self._new_process(None)
            self._examiner = self._new_examiner()
            on_failure.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._open.close()
