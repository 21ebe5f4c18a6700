"""The submissions that try an assignment's tests: what is right, and what is not."""

from __future__ import annotations

import copy
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

    def part(self, assignment: Assignment, trial: Trial) -> Assignment:
        """Return what of an assignment a trial is graded by."""
        notebooks = []
        for notebook in assignment.notebooks:
            kept = self._kept(notebook.name, trial)
            if kept is not None:
                cells = [c for c in notebook.cells if not c.is_test or c.name in kept]
                notebooks.append(replace(notebook, cells=cells))
        return replace(assignment, notebooks=notebooks)

    def submission(self, trial: Trial) -> dict[str, dict]:
        """Return the notebooks that are handed in, by their names."""
        handed_in = {}
        texts = {} if trial.name == RELEASE else self._solutions | trial.cells
        for name, released in self._built.released.items():
            kept = self._kept(name, trial)
            if kept is None:
                continue
            handed_in[name] = notebook = copy.deepcopy(released)
            notebook["cells"] = [
                cell
                for cell in notebook["cells"]
                if not is_test(grading(cell)) or grade_id(cell) in kept
            ]
            for cell in notebook["cells"]:
                if (task := grade_id(cell)) in texts:
                    cell["source"] = texts[task]
        return handed_in

    def _kept(self, notebook: str, trial: Trial) -> set[str] | None:
        """Return the tests of a notebook that a trial can fail; None: it has no part.

        The last one is among them: it is lost where too much of the notebook's time
        was, or too many of its processes.
        """
        cells = [
            Text(grade_id(cell), source_of(cell), is_test(grading(cell)))
            for cell in self._built.source[notebook]["cells"]
            if cell["cell_type"] == "code"
        ]
        tests = [cell.name for cell in cells if cell.is_test]
        if trial.tries is None:
            return set(tests)
        right = next((c.source for c in cells if c.name == trial.tries), None)
        if right is None:
            return None
        cells = [replace(c, source=trial.cells.get(c.name, c.source)) for c in cells]
        others = right, trial.cells[trial.tries]
        if notebook in self.whole:
            return set(tests)
        own = self._built.marks.test_of(trial.tries)
        return {own, *tests[-1:], *reached_tests(cells, trial.tries, *others)}
