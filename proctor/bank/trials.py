"""The submissions that try an assignment's tests: what is right, and what is not."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from pathlib import Path

from proctor.bank.bank import Bank, Bug
from proctor.bank.reference import Known
from proctor.errors import GradingError
from proctor.notebook.assignment import Assignment
from proctor.notebook.cells import SKIP

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


class Reference:
    """The released notebooks with every solution filled in.

    Parameters
    ----------
    source, release
        The assignment's folders of instructor's and students' notebooks.
    """

    def __init__(self, source: Path, release: Path, known: Known) -> None:
        self._bank: Bank = known.bank
        self._released = {path.name: _read(path) for path in release.glob("*.ipynb")}
        self._solutions = {
            _grade_id(cell): "".join(cell["source"])
            for path in source.glob("*.ipynb")
            for cell in _read(path)["cells"]
            if cell["metadata"].get("nbgrader", {}).get("solution")
        }

    def draws(self, wanted: Assignment) -> bool:
        """Tell whether a cell that is run when it is graded needs Matplotlib."""
        skipped = {text for n in wanted.notebooks for text in n.skipped}
        return any(
            "matplotlib" in "".join(cell["source"])
            for notebook in self._released.values()
            for cell in notebook["cells"]
            if cell["cell_type"] == "code"
            and SKIP not in cell["metadata"].get("tags", [])
            and "".join(cell["source"]).strip() not in skipped
        )

    def trials(self, bug_id: str | None) -> list[Trial]:
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
        """Return the notebooks that are handed in, by file name."""
        notebooks = copy.deepcopy(self._released)
        if trial.name == RELEASE:
            return notebooks
        texts = self._solutions | trial.cells
        for notebook in notebooks.values():
            for cell in notebook["cells"]:
                if (name := _grade_id(cell)) in texts:
                    cell["source"] = texts[name]
        return notebooks


def _grade_id(cell: dict) -> str | None:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
