"""Which test cells of an assignment are examined apart, and which run together.

It is measured, once: the reference and what was handed out are graded both ways. A test
that gives apart what it gives in one kernel, as nbgrader has it, is examined apart.
What was found is kept with a digest of all that it depends on. No submission has a part
in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from proctor.bank.bank import Bank
from proctor.bank.trials import REFERENCE, RELEASE, Trial, Trials
from proctor.errors import GradingError
from proctor.grade.results import NEEDS_ATTENTION, Cell
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.names import bound, uses_rubric
from proctor.notebook.write import write_file
from proctor.settings import ONLY, WHERE_POSSIBLE, Course

if TYPE_CHECKING:
    from proctor.grade.grader import Grader, Task

_KEPT = ".proctor"
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
    """

    notebook: str
    name: str
    points: float
    apart: tuple[float, float]
    one_kernel: tuple[float, float]
    why: str = ""
    together: bool = False

    @property
    def differs(self) -> bool:
        """Whether apart it does not give what nbgrader gives."""
        return bool(self.why)


def settle(grader: Grader, course: Course, task: Task) -> list[Found]:
    """Have a grader run those tests together that cannot be examined apart.

    Returns
    -------
    list[Found]
        What is known of each test that was tried; those that use a rubric are not.
    """
    names = _to_try(course, task.assignment)
    if names and task.built is None:
        return []  # as it was settled where the notebooks are
    found = kept(course, task)
    if found is None:
        file, key = _file(course, task.assignment.name), _key(course, task, names)
        found = _Trying(grader, task, names).find()
        data = {"key": key, "tests": [asdict(one) for one in found]}
        # Where it cannot be kept, the next run finds it again.
        with contextlib.suppress(OSError):
            write_file(file, json.dumps(data, indent=1).encode())
    grader.assignment = together_as(grader.assignment, found)
    return found


def kept(course: Course, task: Task) -> list[Found] | None:
    """Return what is known of the tests that have to be tried; None: nothing yet."""
    names = _to_try(course, task.assignment)
    if not names:
        return []
    if task.built is None:
        tests = as_settled(course, task.assignment)
        return _read(_file(course, tests.name)) or []
    return _read(_file(course, task.assignment.name), _key(course, task, names))


def together_as(assignment: Assignment, found: list[Found]) -> Assignment:
    """Return the assignment with those tests run together that were found to be."""
    return together(
        assignment, {(one.notebook, one.name) for one in found if one.together}
    )


def as_settled(course: Course, assignment: Assignment) -> Assignment:
    """Return the assignment as the last run had it, without looking anew."""
    if course.apart == ONLY:
        return assignment
    found = _read(_file(course, assignment.name)) or []
    return together(assignment, {(f.notebook, f.name) for f in found if f.together})


def _file(course: Course, assignment: str) -> Path:
    return course.layout.root / _KEPT / f"{assignment}.json"


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


def _to_try(course: Course, assignment: Assignment) -> set[tuple[str, str]]:
    """Return the tests that are not by themselves examined apart."""
    apart = course.apart
    if apart == ONLY:
        return set()
    always = () if apart == WHERE_POSSIBLE else apart
    return {
        (notebook.name, cell.name)
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if cell.is_test
        and cell.cell_type == "code"
        and cell.name not in always
        and not uses_rubric(cell.source)
    }


class _Trying:
    """Grades the reference and what was handed out.

    Parameters
    ----------
    names
        Notebook and name of the tests to try.
    """

    def __init__(self, grader: Grader, task: Task, names: set[tuple[str, str]]) -> None:
        self._names = names
        notebooks = {notebook for notebook, _ in names}
        self._part = replace(
            task.assignment,
            notebooks=[n for n in task.assignment.notebooks if n.name in notebooks],
        )
        self._grader, self._built = grader, task.built()

    def find(self) -> list[Found]:
        """Return what each test gives.

        Raises
        ------
        GradingError
            If the assignment's own notebooks cannot be graded.
        """
        apart = self._both(set())
        one_kernel = self._both(self._names)
        found = []
        for notebook in self._part.notebooks:
            for cell in notebook.cells:
                if (notebook.name, cell.name) in self._names:
                    found.append(_compare(notebook, cell.name, apart, one_kernel))
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
            graded = grader.grade("reference", paths).submission
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
    return Found(notebook.name, name, points, *ways, why, bool(why))


def _other(one: Cell, two: Cell) -> bool:
    return _result(one) != _result(two)


def _result(cell: Cell) -> tuple[float, bool]:
    return cell.score, cell.status == "passed"


def _scores(graded: Iterable[Mapping[str, Cell]], name: str) -> tuple[float, ...]:
    return tuple(cells[name].score for cells in graded)


def _key(course: Course, task: Task, names: set[tuple[str, str]]) -> str:
    """Return a digest of all that decides which tests run together."""
    built = task.built()
    content = [
        together(task.assignment, set()).key(),
        sorted(names),
        built.source,
        built.released,
        sorted(course.sandbox.packages),
    ]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for name, data in sorted(task.support.items()):
        digest.update(f"{len(name)} {name} {len(data)} ".encode() + data)
    return digest.hexdigest()


def _read(file: Path, key: str | None = None) -> list[Found] | None:
    """Return what an earlier run found; None: nothing that still holds.

    Parameters
    ----------
    key
        Of what decides it now; None: whatever it is.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if key is not None and data["key"] != key:
            return None
        return [
            Found(**one | {way: tuple(one[way]) for way in ("apart", "one_kernel")})
            for one in data["tests"]
        ]
    except (OSError, ValueError, TypeError, KeyError):
        return None
