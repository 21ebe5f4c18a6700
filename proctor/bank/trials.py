"""The submissions that try an assignment's tests: what is right, and what is not."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from proctor.bank.bank import Bank, Bug
from proctor.errors import GradingError
from proctor.notebook.built import Built
from proctor.notebook.cells import grade_id

REFERENCE, RELEASE = "the reference", "what is handed out"


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
    """

    name: str
    cells: dict[str, str] = field(default_factory=dict)
    bug: Bug | None = None


class Trials:
    """Fills the released notebooks with right and with wrong solutions."""

    def __init__(self, built: Built, bank: Bank) -> None:
        self._bank, self._released = bank, built.released
        self._solutions = built.solutions()

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
            Trial(f"bug {bug.id}", fast | {bug.cell: bank.source_of(bug)}, bug)
            for bug in bank.bugs
            if bug_id in (None, bug.id)
        ]
        if bug_id is not None:
            if not bugs:
                raise GradingError(f"no bug {bug_id!r} in the bank: see its bugs.py")
            return bugs
        variants = [
            Trial(f"variant {v.name} of {v.cell}", fast | {v.cell: v.source})
            for v in bank.variants
        ]
        return [Trial(REFERENCE), Trial(RELEASE), *variants, *bugs]

    def submission(self, trial: Trial) -> dict[str, dict]:
        """Return the notebooks that are handed in, by their names."""
        notebooks = copy.deepcopy(self._released)
        if trial.name == RELEASE:
            return notebooks
        texts = self._solutions | trial.cells
        for notebook in notebooks.values():
            for cell in notebook["cells"]:
                if (name := grade_id(cell)) in texts:
                    cell["source"] = texts[name]
        return notebooks
