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
from dataclasses import asdict, replace
from importlib import metadata
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.both_ways import BothWays, Found, together
from proctor.grade.grader import Grader
from proctor.grade.task import Task
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.beside import files_beside
from proctor.notebook.cells import points_of
from proctor.notebook.names import uses_rubric
from proctor.notebook.write import write_file
from proctor.options import require_python
from proctor.sections import ONLY, WHERE_POSSIBLE
from proctor.settings import Course
from proctor.text import listed, plain

_KEPT = ".proctor"
_MOST_NAMED = 5
# Of what is measured: another than before is measured anew.
_WAY = 2


def settle(grader: Grader, course: Course, task: Task) -> list[Found]:
    """Have a grader run those tests together that cannot be examined apart.

    Returns
    -------
    list[Found]
        What is known of each test that was tried; those that use a rubric are not.
    """
    found = kept(course, task)
    if found is None:
        names, built = _to_try(course, task.assignment), task.built()
        # Of a kernel the gradebook may have the name alone.
        require_python(built.as_assignment().notebooks)
        found = BothWays(grader, task.assignment, built, names).find()
        data = {
            "key": _key(course, task, names),
            "texts": _digest_of_texts(task.assignment, names),
            "tests": [asdict(one) for one in found],
        }
        # Where it cannot be kept, the next run finds it again.
        with contextlib.suppress(OSError):
            file = _file(course, task.assignment.name)
            write_file(file, json.dumps(data, indent=1).encode())
    grader.assignment = together_as(grader.assignment, found)
    return found


def kept(course: Course, task: Task) -> list[Found] | None:
    """Return what is known of the tests that have to be tried; None: nothing yet.

    Raises
    ------
    GradingError
        If nothing is known, and the notebooks are not there by which to find out.
    """
    names = _to_try(course, task.assignment)
    if not names:
        return []
    file = _file(course, task.assignment.name)
    texts = _digest_of_texts(task.assignment, names)
    if task.built is not None:
        found = _read(file, _key(course, task, names))
        # What has no solutions says nothing, and was measured where they are.
        alone = found is None and not task.built().has_solutions
        return _read(file, texts=texts) if alone else found
    found = _read(file, texts=texts)
    if found is None:
        raise _nothing_known(course, task.assignment.name)
    return found


def told_of(course: Course, assignment: str, found: list[Found]) -> list[str]:
    """Return what an instructor should know of an assignment's tests, a line each."""
    told = []
    if several := sum(one.together for one in found):
        told.append(
            f"{several} test{'s' * (several > 1)} of {assignment} cannot be examined "
            "apart and will run together with the student's code: see proctor lint "
            f"{assignment}"
        )
    beside = files_beside(course.layout.built(assignment), authors=True)
    told += [f"no submission finds these: {plain(note)}" for note in beside.notes()]
    if failing := [plain(one.name) for one in found if not one.passes]:
        told.append(
            f"the solutions in source/ do not pass {listed(failing, _MOST_NAMED)} "
            "here: who loses points there needs attention (packages, network, files?): "
            f"see proctor lint {assignment}"
        )
    return told


def together_as(assignment: Assignment, found: list[Found]) -> Assignment:
    """Return the assignment with those tests run together that were found to be.

    And with those known that the author's own solutions do not pass, and those that
    they answer with values.
    """
    unpassed = {(one.notebook, one.name) for one in found if not one.passes}
    by_value = {(one.notebook, one.name) for one in found if one.by_value}
    notebooks = [
        replace(
            notebook,
            unpassed=_of(notebook, unpassed),
            by_value=_of(notebook, by_value),
        )
        for notebook in assignment.notebooks
    ]
    return together(
        replace(assignment, notebooks=notebooks),
        {(one.notebook, one.name) for one in found if one.together},
    )


def _of(notebook: AssignedNotebook, chosen: set[tuple[str, str]]) -> tuple[str, ...]:
    """Return the names of a notebook's cells among those chosen."""
    names = (cell.name for cell in notebook.cells)
    return tuple(name for name in names if (notebook.name, name) in chosen)


def _nothing_known(course: Course, assignment: str) -> GradingError:
    return GradingError(
        f"{course.layout.built(assignment)} has no notebooks, and nothing is known of "
        f"the tests of {assignment} as they are: put the instructor's notebooks there, "
        'or set c.Proctor.apart = "only", which has every test examined apart'
    )


def as_settled(course: Course, assignment: Assignment) -> Assignment:
    """Return the assignment as the last run had it, without looking anew."""
    if course.apart == ONLY:
        return assignment
    return together_as(assignment, _read(_file(course, assignment.name)) or [])


def _file(course: Course, assignment: str) -> Path:
    return course.layout.root / _KEPT / f"{assignment}.json"


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


def _digest_of_texts(assignment: Assignment, names: set[tuple[str, str]]) -> str:
    """Return a digest of what is known of the tests where their notebooks are not."""
    content = [
        [notebook.name, cell.name, cell.source.strip(), points_of(cell.metadata)]
        for notebook in assignment.notebooks
        for cell in notebook.cells
        if (notebook.name, cell.name) in names
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _key(course: Course, task: Task, names: set[tuple[str, str]]) -> str:
    """Return a digest of all that decides which tests run together."""
    built = task.built()
    content = [
        _WAY,
        # Not the gradebook's, which says of a cell what the notebooks do not.
        built.as_assignment().key(),
        sorted(names),
        built.source,
        built.released,
        # What goes by value is proctor's own doing.
        sorted(map(_version, [*course.sandbox.packages, "nbgrader-proctor"])),
    ]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode())
    for name, data in sorted(task.support.items()):
        digest.update(f"{len(name)} {name} {len(data)} ".encode() + data)
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return package


def _read(
    file: Path, key: str | None = None, texts: str | None = None
) -> list[Found] | None:
    """Return what an earlier run found; None: nothing that still holds.

    Parameters
    ----------
    key
        Of what decides it now; None: whatever it is.
    texts
        Of the tests alone; None: whatever they are.
    """
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if key is not None and data["key"] != key:
            return None
        if texts is not None and data["texts"] != texts:
            return None
        return [
            Found(**one | {way: tuple(one[way]) for way in ("apart", "one_kernel")})
            for one in data["tests"]
        ]
    except (OSError, ValueError, TypeError, KeyError):
        return None
