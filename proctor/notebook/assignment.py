"""What an assignment consists of, as its gradebook or built notebooks have it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace

from proctor.notebook import cells
from proctor.notebook.cells import Marks

# A test in which this stands reads what the task's cell computes; see
# `proctor.rubric.Rubric.answers_again`. Longer cells are not run again.
_AGAIN = ".answers_again("
_LONGEST_WRITTEN = 50_000
# Raised when a change of the grader can change a score, or what is kept with it: what
# is graded is graded anew.
_GRADER = 10


@dataclass(frozen=True)
class Wanted:
    """A cell that the assignment has.

    Attributes
    ----------
    source
        As it is to be run where the cell is locked; else as it was handed out.
    metadata
        nbgrader's, of schema 3.
    """

    name: str
    cell_type: str
    source: str
    metadata: dict

    @property
    def locked(self) -> bool:
        """Whether a student may not change it."""
        return cells.is_locked(self.metadata)

    @property
    def is_test(self) -> bool:
        """Whether it is a test that a machine runs."""
        return cells.is_test(self.metadata)

    @property
    def is_answer(self) -> bool:
        """Whether a student writes it and a person grades it."""
        return cells.is_answer(self.metadata)

    @property
    def is_solution(self) -> bool:
        """Whether a student writes it."""
        return cells.is_solution(self.metadata)

    def new_cell(self) -> dict:
        """Return the cell as it was handed out."""
        return {
            "cell_type": self.cell_type,
            "id": self.name,
            "metadata": {},
            "source": self.source,
        }


@dataclass(frozen=True)
class AssignedNotebook:
    """A notebook of an assignment.

    Attributes
    ----------
    skipped
        Texts of cells that are not run when it is graded, stripped: those tagged
        ``skip-grading``, found by their text, since submissions lose tags.
    given
        Of the code cells that are run and that the gradebook does not know, the text,
        and the name of the last cell before it that is known; empty: there is none.
    around
        Of all cells in their order: the text, empty where a student writes it or a
        machine runs it; and the name, empty where the gradebook does not know it.
    together
        Names of the test cells that run together with the student's code, as in
        nbgrader's one kernel; all others are examined apart.
    unpassed
        Names of the test cells that the author's own solutions do not pass here.
    by_value
        Of those that ask nothing of an object of the author's, but for its parts.
    """

    name: str
    cells: list[Wanted]
    kernelspec: dict
    skipped: tuple[str, ...] = ()
    given: tuple[tuple[str, str], ...] = ()
    around: tuple[tuple[str, str], ...] = ()
    together: tuple[str, ...] = ()
    unpassed: tuple[str, ...] = ()
    by_value: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        """What its cells are worth in all."""
        return sum(cells.points_of(cell.metadata) for cell in self.cells)


@dataclass(frozen=True)
class TestCell:
    """A test cell that a machine runs, in its two parts; each keeps its lines' places.

    Attributes
    ----------
    name
        The grade_id.
    visible
        What the student has seen.
    hidden
        The hidden tests.
    imports
        What it takes from the imports of the author's other cells, a line each.
    written
        What the student wrote in the task's cell, where it may have to be run again.
    by_value
        Whether the author's own answers to it are values.
    """

    name: str
    visible: str
    hidden: str
    points: float
    imports: str = ""
    written: str = ""
    by_value: bool = False

    def about(self, written: str) -> TestCell:
        """Return the test with what was written, if it may have to be run again."""
        again = _AGAIN in self.hidden and len(written) <= _LONGEST_WRITTEN
        return replace(self, written=written) if again else self

    @property
    def whole(self) -> str:
        """The cell as nbgrader runs it."""
        pairs = zip(self.visible.split("\n"), self.hidden.split("\n"), strict=True)
        return "\n".join(visible or hidden for visible, hidden in pairs)


@dataclass(frozen=True)
class Assignment:
    """An assignment and its notebooks."""

    name: str
    notebooks: list[AssignedNotebook]
    marks: Marks = field(default_factory=Marks)

    @property
    def max_score(self) -> float:
        """What its notebooks are worth in all."""
        return sum(notebook.max_score for notebook in self.notebooks)

    def tests(self) -> list[TestCell]:
        """Return its test cells."""
        return [
            self.test(cell.name, cell.source, cells.points_of(cell.metadata))
            for notebook in self.notebooks
            for cell in notebook.cells
            if cell.is_test and cell.cell_type == "code"
        ]

    def test(
        self, name: str, source: str, points: float, imports: str = ""
    ) -> TestCell:
        """Return a test cell in its two parts."""
        return TestCell(name, *self.marks.visible_and_hidden(source), points, imports)

    def key(self) -> str:
        """Return a digest of all that a grade depends on, beside the submission."""
        content = [_GRADER, asdict(self)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
