"""What the grader knows of an assignment beside its tests."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from proctor.bank import bank as banks
from proctor.bank.bank import Bank
from proctor.errors import GradingError
from proctor.notebook.cells import SKIP

# The notebooks as their authors write them, one folder for each assignment.
TRUTHS = "notebooks"
_EXPORT = "#| export"


@dataclass(frozen=True)
class Known:
    """An assignment's bug bank, and the reference solution that it is about.

    Attributes
    ----------
    assignment
        Its name.
    root
        The course folder, from which the reference's package is imported.
    cells
        Grade_id (or an empty text) and source of the reference's cells: what it
        imports and exports, and its solutions.
    """

    assignment: str
    root: Path
    cells: tuple[tuple[str, str], ...] = ()
    bank: Bank = field(default_factory=Bank)

    def lessons(self) -> Iterator[dict]:
        """Return the reference, for :func:`proctor.in_namer.world.learn`."""
        yield {"of": self.assignment, "path": str(self.root)}
        for cell in self.cells:
            yield {"of": self.assignment, "cell": cell}
        same = [sorted(group) for group in self.bank.same_values]
        yield {"of": self.assignment, "same": same, "warm": True}

    def lessons_on(self, cell: str) -> Iterator[dict]:
        """Return the bugs of a cell, for the same."""
        for bug in self.bank.of_cell(cell):
            lesson = [cell, bug.id, self.bank.source_of(bug)]
            yield {"of": self.assignment, "bug": lesson}


def read_known(root: Path, assignment: str, source: Path, whole: bool = False) -> Known:
    """Read an assignment's bank and its reference solution.

    Parameters
    ----------
    source
        The folder with the assignment's instructor notebooks.
    whole
        See :func:`proctor.bank.load`.

    Raises
    ------
    GradingError
        If the bank cannot be used.
    """
    folder = root / TRUTHS / assignment
    if not any((folder / n).is_file() for n in (banks.BUGS_FILE, banks.VARIANTS_FILE)):
        return Known(assignment, root)
    cells: list[tuple[str, str]] = []
    solutions: dict[str, str] = {}
    paths = sorted(source.glob("*.ipynb"))
    if not paths:
        raise GradingError(f"no notebooks in {source}: run course build")
    for path in paths:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "code":
                continue
            text = "".join(cell["source"])
            grading = cell["metadata"].get("nbgrader", {})
            name = grading.get("grade_id", "")
            if grading.get("solution"):
                solutions[name] = text
            if grading.get("solution") or text.startswith(_EXPORT) or _imports(cell):
                cells.append((name, text))
    bank = banks.load(folder, solutions, whole)
    return Known(assignment, root, tuple(cells), bank)


def _imports(cell: dict) -> bool:
    """Tell whether a cell that graders run does nothing but import."""
    if SKIP in cell["metadata"].get("tags", []):
        return False
    try:
        statements = ast.parse("".join(cell["source"])).body
    except SyntaxError:
        return False
    kinds = (ast.Import, ast.ImportFrom)
    return bool(statements) and all(isinstance(s, kinds) for s in statements)
