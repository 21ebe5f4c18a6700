"""An assignment's own notebooks, graded with its tests apart and in one kernel."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from proctor.bank.bank import Bank
from proctor.bank.trials import REFERENCE, RELEASE, Trial, Trials
from proctor.errors import GradingError
from proctor.grade.cell_results import Cell
from proctor.grade.results import NEEDS_ATTENTION
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.imports import imports_for
from proctor.notebook.names import bound
from proctor.notebook.replaces import replaced_in

if TYPE_CHECKING:
    from proctor.grade.grader import Grader
    from proctor.notebook.built import Built

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Found:
    """A test cell, tried both ways.

    Attributes
    ----------
    apart, one_kernel
        What it gave to the reference, and to what was handed out.
    why
        What it said of the reference apart, or where that was right, of what was handed
        out; empty where both ways agree.
    together
        Whether it runs together with the student's code.
    said
        Of the reference, in one kernel, where that does not pass.
    by_value
        Whether apart it asks no object of the reference's for more than its parts.
    """

    notebook: str
    name: str
    points: float
    apart: tuple[float, float]
    one_kernel: tuple[float, float]
    why: str = ""
    together: bool = False
    said: str = ""
    by_value: bool = False

    @property
    def differs(self) -> bool:
        """Whether apart it does not give what nbgrader gives."""
        return bool(self.why)

    @property
    def passes(self) -> bool:
        """Whether the reference has all its points, in one kernel."""
        return self.one_kernel[0] >= self.points


def together(assignment: Assignment, chosen: set[tuple[str, str]]) -> Assignment:
    """Return the assignment with these tests, of notebook and name, run together."""
    notebooks = [
        replace(
            notebook,
            together=tuple(
                c.name for c in notebook.cells if (notebook.name, c.name) in chosen
            ),
        )
        for notebook in assignment.notebooks
    ]
    return replace(assignment, notebooks=notebooks)


class BothWays:
    """Grades the reference and what was handed out.

    Parameters
    ----------
    names
        Notebook and name of the tests to try.
    """

    def __init__(
        self,
        grader: Grader,
        assignment: Assignment,
        built: Built,
        names: set[tuple[str, str]],
    ) -> None:
        self._names = names
        notebooks = {notebook for notebook, _ in names}
        self._part = replace(
            assignment,
            notebooks=[n for n in assignment.notebooks if n.name in notebooks],
        )
        self._grader, self._built = grader, built
        # Of the reference, when it was graded last.
        self._uses_objects: set[tuple[str, str]] = set()

    def find(self) -> list[Found]:
        """Return what each test gives.

        Raises
        ------
        GradingError
            If the assignment's own notebooks cannot be graded.
        """
        apart = self._both(set())
        objects = self._uses_objects
        one_kernel = self._both(self._names)
        found = []
        for notebook in self._part.notebooks:
            for cell in notebook.cells:
                if (notebook.name, cell.name) in self._names:
                    one = _compare(notebook, cell.name, apart, one_kernel)
                    one = _by_its_text(one, notebook, cell.source)
                    values = (notebook.name, cell.name) not in objects
                    values = values and one.passes and not one.together
                    found.append(replace(one, by_value=values))
        return self._with_what_they_need(found, one_kernel)

    def _with_what_they_need(
        self, found: list[Found], one_kernel: list[dict[str, Cell]]
    ) -> list[Found]:
        """Have those run together as well without which another gives other points.

        Of a test that is examined apart the student's process never sees the hidden
        part, and that may leave what a later test needs.
        """
        chosen = {(one.notebook, one.name) for one in found if one.together}
        if not chosen or chosen == self._names:
            return found
        now = self._both(chosen, only=True)
        wrong = [
            one
            for one in found
            if one.together
            and any(
                _other(a[one.name], b[one.name])
                for a, b in zip(now, one_kernel, strict=True)
            )
        ]
        needed = {name for one in wrong for name in self._needed_by(one, found)}
        return [replace(f, together=f.together or f.name in needed) for f in found]

    def _needed_by(self, one: Found, found: list[Found]) -> list[str]:
        """Return the tests before it that define what it uses; all, if none does."""
        texts = {
            cell.name: cell.source
            for notebook in self._part.notebooks
            for cell in notebook.cells
        }
        words = set(_WORD.findall(texts[one.name]))
        before = [
            other.name
            for other in found[: found.index(one)]
            if other.notebook == one.notebook and not other.together
        ]
        return [name for name in before if words & bound(texts[name])] or before

    def _both(
        self, chosen: set[tuple[str, str]], only: bool = False
    ) -> list[dict[str, Cell]]:
        part = together(self._part, chosen)
        return [self._grade(part, name, only) for name in (REFERENCE, RELEASE)]

    def _grade(self, part: Assignment, name: str, only: bool) -> dict[str, Cell]:
        submission = Trials(self._built, Bank()).submission(Trial(name))
        with tempfile.TemporaryDirectory() as folder:
            paths = {}
            for notebook in part.notebooks:
                paths[notebook.name] = Path(folder, f"{notebook.name}.ipynb")
                text = json.dumps(submission[notebook.name])
                paths[notebook.name].write_text(text, encoding="utf-8")
            grader = self._grader.of(part)
            grader.quiet, grader.only_together = True, only
            task = grader.grade("reference", paths)
        if name == REFERENCE:
            self._uses_objects = task.uses_objects
        graded = task.submission
        if graded.status == NEEDS_ATTENTION and not graded.cells:
            raise GradingError(
                f"{name} of {part.name} cannot be graded, so nothing says which tests "
                f"can be examined apart: {graded.message}"
            )
        return {cell.grade_id: cell for cell in graded.cells}


def _compare(
    notebook: AssignedNotebook,
    name: str,
    apart: list[dict[str, Cell]],
    one_kernel: list[dict[str, Cell]],
) -> Found:
    pairs = zip(apart, one_kernel, strict=True)
    # A test without points passes or fails, too.
    why = next(
        (a[name].message or "it passes" for a, b in pairs if _other(a[name], b[name])),
        "",
    )
    ways = _scores(apart, name), _scores(one_kernel, name)
    points = apart[0][name].max_score
    said = one_kernel[0][name].message
    return Found(notebook.name, name, points, *ways, why, bool(why), said)


def _by_its_text(found: Found, notebook: AssignedNotebook, source: str) -> Found:
    """Have a test run together that replaces what wrong answers alone may call."""
    replaced = replaced_in(source, imports_for(notebook, source))
    if found.why or not replaced:
        return found
    return replace(found, why=f"it replaces {replaced}", together=True)


def _other(one: Cell, two: Cell) -> bool:
    return _result(one) != _result(two)


def _result(cell: Cell) -> tuple[float, bool]:
    return cell.score, cell.status == "passed"


def _scores(graded: Iterable[Mapping[str, Cell]], name: str) -> tuple[float, ...]:
    return tuple(cells[name].score for cells in graded)
