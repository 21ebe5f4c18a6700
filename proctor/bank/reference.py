"""The reference solution of an assignment, and the mistakes that are known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from proctor.bank import bank as banks
from proctor.bank.bank import Bank
from proctor.notebook.built import Built


@dataclass(frozen=True)
class Reference:
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
        same = [sorted(group) for group in self.bank.one_name]
        yield {"of": self.assignment, "same": same, "warm": True}

    def lessons_on(self, cell: str) -> Iterator[dict]:
        """Return the bugs of a cell, for the same."""
        for bug in self.bank.of_cell(cell):
            lesson = [cell, bug.id, self.bank.source_of(bug)]
            yield {"of": self.assignment, "bug": lesson}


def read_reference(
    root: Path,
    assignment: str,
    truth: Path,
    built: Callable[[], Built],
    whole: bool = False,
) -> Reference:
    """Read an assignment's bank and its reference solution.

    Parameters
    ----------
    root
        The course folder.
    truth
        The folder with the bank; without one, nothing is known.
    built
        Returns the assignment's notebooks.
    whole
        See :func:`proctor.bank.bank.load`.

    Raises
    ------
    GradingError
        If the bank cannot be used.
    """
    files = (banks.BUGS_FILE, banks.VARIANTS_FILE)
    if not any((truth / name).is_file() for name in files):
        return Reference(assignment, root)
    found = built()
    bank = banks.load(truth, found.solutions(), whole, found.marks.export)
    return Reference(assignment, root, tuple(found.reference()), bank)
