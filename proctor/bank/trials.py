"""The submissions that try an assignment's tests: what is right, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from proctor.bank.bank import Bank, Bug
from proctor.bank.reach import Text, reached_tests
from proctor.errors import GradingError
from proctor.notebook.assignment import Assignment
from proctor.notebook.built import Built
from proctor.notebook.cells import grade_id, grading, is_test, source_of

REFERENCE, RELEASE = "the reference", "what is handed out"
FAST = "the fast variants"


@dataclass(frozen=True)
class Trial:
    """A submission, and what must come of it.

    Attributes
    ----------
    name
        What is tried, as the lines say it.
    cells
        The texts of solution cells that differ from the reference, by grade_id.
    bug
        The mistake in it; None: it is right.
    tries
        The grade_id of the solution cell that it is about, so that only the tests count
        which that cell can reach: another trial, which is about all cells, has passed
        the others. None: it is such a trial.
    """

    name: str
    cells: dict[str, str] = field(default_factory=dict)
    bug: Bug | None = None
    tries: str | None = None


class Trials:
    """Fills the released notebooks with right and with wrong solutions.

    Attributes
    ----------
    whole
        Names of notebooks of which every trial keeps all tests: what runs together with
        the student's code meets it in more than names.
    """

    def __init__(self, built: Built, bank: Bank) -> None:
        self._bank, self._built = bank, built
        self._solutions = built.solutions()
        self.whole: set[str] = set()
        self._code = {
            name: [
                Text(grade_id(cell), source_of(cell), is_test(grading(cell)))
                for cell in notebook["cells"]
                if cell["cell_type"] == "code"
            ]
            for name, notebook in built.source.items()
        }
        self._tests = {
            name: [cell.name for cell in cells if cell.is_test]
            for name, cells in self._code.items()
        }
        # Of each released notebook the cells, with name and whether it is a test.
        self._released = {
            name: [
                (cell, grade_id(cell), is_test(grading(cell)))
                for cell in notebook["cells"]
            ]
            for name, notebook in built.released.items()
        }

    def all(self, bug_id: str | None) -> list[Trial]:
        """Return what is to be tried: everything, or one mistake.

        Raises
        ------
        GradingError
            If there is no such mistake.
        """
        bank = self._bank
        fast = {v.cell: v.source for v in bank.variants if v.fast}
        bugs = [
            Trial(
                f"bug {bug.id}", fast | {bug.cell: bank.source_of(bug)}, bug, bug.cell
            )
            for bug in bank.bugs
            if bug_id in (None, bug.id)
        ]
        if bug_id is not None:
            if not bugs:
                raise GradingError(f"no bug {bug_id!r} in the bank: see its bugs.py")
            return bugs
        variants = [
            Trial(
                f"variant {v.name} of {v.cell}",
                fast | {v.cell: v.source},
                tries=v.cell,
            )
            for v in bank.variants
        ]
        whole = [
            Trial(REFERENCE),
            Trial(RELEASE),
            *([Trial(FAST, fast)] if fast else []),
        ]
        return [*whole, *variants, *bugs]

    def right(self) -> set[str]:
        """Return the texts of solution cells that stand beside what is tried."""
        fast = {variant.source for variant in self._bank.variants if variant.fast}
        return {*self._solutions.values(), *fast}

    def groups(self, trials: Iterable[Trial]) -> list[list[Trial]]:
        """Return trials that share a submission, in the order of the first of each.

        They are about cells of which none can reach the test of another, so that each
        test meets what it meets where they are tried one by one.
        """
        groups: list[list[Trial]] = []
        # By whether they are right: the groups that others may join, with the cells
        # that they are about, their tests, and the tests that these can reach.
        known: dict[bool, list[tuple[list[Trial], set[str], set[str]]]] = {}
        for trial in trials:
            own, reached = self._own(trial), self._reached(trial)
            for group, owned, met in known.setdefault(trial.bug is None, []):
                apart = own and own not in met and not owned & (reached | {own})
                if apart and self._is_apart([*group, trial]):
                    group.append(trial)
                    owned.add(own)
                    met |= reached
                    break
            else:
                groups.append([trial])
                if own:
                    known[trial.bug is None].append((groups[-1], {own}, reached))
        return groups

    def part(self, assignment: Assignment, *trials: Trial) -> Assignment:
        """Return what of an assignment trials are graded by that share a submission."""
        notebooks = []
        for notebook in assignment.notebooks:
            kept = self._kept(notebook.name, trials)
            if kept is not None:
                cells = [c for c in notebook.cells if not c.is_test or c.name in kept]
                notebooks.append(replace(notebook, cells=cells))
        return replace(assignment, notebooks=notebooks)

    def submission(self, *trials: Trial) -> dict[str, dict]:
        """Return the notebooks that are handed in, by their names.

        They are to be read: what is in no trial's hands is that of the released ones.
        """
        handed_in = {}
        released = trials[0].name == RELEASE
        texts = {} if released else self._solutions | _texts_of(trials)
        for name, released in self._built.released.items():
            kept = self._kept(name, trials)
            if kept is None:
                continue
            cells = [
                cell | {"source": texts.get(own, cell["source"])}
                for cell, own, tests in self._released[name]
                if not tests or own in kept
            ]
            handed_in[name] = released | {"cells": cells}
        return handed_in

    def _kept(self, notebook: str, trials: Sequence[Trial]) -> set[str] | None:
        """Return the tests of a notebook that trials can fail; None: they have no part.

        All others pass, as long as the grader has not given the notebook up.
        """
        found = [self._reached_in(notebook, trial, trials) for trial in trials]
        reached = [tests for tests in found if tests is not None]
        return set().union(*reached) if reached else None

    def _own(self, trial: Trial) -> str:
        """Return the test of the cell that a trial is about; empty: it is of all."""
        return self._built.marks.test_of(trial.tries) if trial.tries else ""

    def _reached(self, trial: Trial, trials: Sequence[Trial] = ()) -> set[str]:
        """Return the tests that the cell can reach which a trial is about.

        Parameters
        ----------
        trials
            All that share the submission.
        """
        found = (
            self._reached_in(name, trial, trials or [trial]) for name in self._code
        )
        return set().union(*(tests for tests in found if tests))

    def _is_apart(self, trials: Sequence[Trial]) -> bool:
        """Tell whether no cell of these trials can reach the test of another.

        Each text may use names that the others do not.
        """
        owned = {self._own(trial) for trial in trials}
        return all(
            self._reached(trial, trials) & owned <= {self._own(trial)}
            for trial in trials
        )

    def _reached_in(
        self, notebook: str, trial: Trial, trials: Sequence[Trial]
    ) -> set[str] | None:
        """Return the tests of a notebook that a trial can fail; None: none of it."""
        cells, tests = self._code[notebook], self._tests[notebook]
        if trial.tries is None:
            return set(tests)
        right = next((c.source for c in cells if c.name == trial.tries), None)
        if right is None:
            return None
        if notebook in self.whole:
            return set(tests)
        texts = _texts_of(trials)
        cells = [
            replace(cell, source=texts[cell.name]) if cell.name in texts else cell
            for cell in cells
        ]
        others = right, trial.cells[trial.tries]
        return {self._own(trial), *reached_tests(cells, trial.tries, *others)}


def _texts_of(trials: Sequence[Trial]) -> dict[str, str]:
    """Return the texts of the cells that differ where trials share a submission."""
    own = {t.tries: t.cells[t.tries] for t in trials if t.tries}
    return trials[0].cells | own
