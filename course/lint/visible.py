"""What the visible checks let pass: each mistake of a bank, tried as students see it.

A mistake that no fixed example shows stands in ``silent.py`` beside the bank, in the
dictionary ``SILENT``: the mistake's id, and why. What is not listed must be caught.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field

from nbformat import NotebookNode

from course.autograder import read_bank
from course.cells import (
    Region,
    graded_cells,
    grading,
    is_graded,
    is_solution,
    read_regions,
)
from course.project import CourseError, Project
from course.truth import read_truth

_BANK, _SILENT = "bugs.py", "silent.py"
_SKIPPED = "skip-grading"


@dataclass(frozen=True)
class Seen:
    """What the visible checks of an assignment see.

    Attributes
    ----------
    caught
        By the id of each mistake, in the bank's order, why its check stopped; empty
        where the check passed.
    right
        The same for the reference's cells, and for each variant.
    silent
        By id, why no fixed example shows a mistake.
    """

    caught: dict[str, str] = field(default_factory=dict)
    right: dict[str, str] = field(default_factory=dict)
    silent: dict[str, str] = field(default_factory=dict)

    def problems(self) -> list[str]:
        """Return what should not be, one line each."""
        found = [
            f"the visible check refuses {name}, which is right: {why}"
            for name, why in self.right.items()
            if why
        ]
        for name, why in self.silent.items():
            if name not in self.caught:
                found.append(
                    f"{_SILENT} lists {name!r}, which is no mistake of the bank"
                )
            elif self.caught[name]:
                found.append(
                    f"{_SILENT} lists {name!r}, which the visible check catches: take "
                    "it off the list"
                )
            elif not why.strip():
                found.append(f"{_SILENT} lists {name!r} without a reason")
        found += [
            f"the visible check lets {name!r} pass: add an example that shows it, or "
            f"list it in {_SILENT} with the reason"
            for name in self.passed()
            if name not in self.silent
        ]
        return found

    def passed(self) -> list[str]:
        """Return the mistakes that no visible check catches."""
        return [name for name, why in self.caught.items() if not why]

    def lines(self) -> list[str]:
        """Return a line for each mistake: what the check says, or why it cannot."""
        return [
            f"{name}: {why or 'not seen: ' + self.silent.get(name, 'no reason given')}"
            for name, why in self.caught.items()
        ]

    def summary(self) -> str:
        """Return in one line how many are caught, and how many right ways pass."""
        caught = len(self.caught) - len(self.passed())
        good = sum(not why for why in self.right.values())
        return (
            f"visible checks catch {caught} of {len(self.caught)} mistakes and pass "
            f"{good} of {len(self.right)} right solutions"
        )


def with_bank(project: Project) -> list[str]:
    """Return the assignments that have a bank of mistakes, sorted."""
    return [
        name
        for name in project.assignments()
        if (project.notebooks / name / _BANK).is_file()
    ]


def see(project: Project, assignment: str) -> Seen:
    """Try each mistake and each right solution of an assignment's bank.

    What ``notebooks/`` and ``source/`` hold must agree.

    Raises
    ------
    CourseError
        If the bank or its list cannot be read, or the trial does not end.
    """
    bank = read_bank(project.root, assignment)
    regions = read_regions(project)
    notebooks = [
        list(_cells(read_truth(truth, regions), regions.hidden_tests))
        for truth in project.truths(assignment)
    ]
    trials = [
        {"key": f"bug {bug['id']}", "cell": bug["cell"], "text": bug["text"]}
        for bug in bank["bugs"]
    ]
    right = [
        (f"the reference of {cell['name']}", cell["name"], cell["text"])
        for cells in notebooks
        for cell in cells
        if cell["kind"] == "solution"
    ]
    right += [
        (f"variant {one['name']} of {one['cell']}", one["cell"], one["text"])
        for one in bank["variants"]
    ]
    trials += [{"key": key, "cell": cell, "text": text} for key, cell, text in right]
    found = _try(project, {"notebooks": notebooks, "trials": trials})
    return Seen(
        {bug["id"]: found[f"bug {bug['id']}"] for bug in bank["bugs"]},
        {key: found[key] for key, _, _ in right},
        _read_silent(project, assignment),
    )


def _cells(notebook: NotebookNode, hidden: Region):
    """Yield the cells that run when a notebook is graded, as a student sees them."""
    tests = {grading(cell).grade_id for cell in graded_cells(notebook)}
    for cell in notebook.cells:
        if cell.cell_type != "code" or _SKIPPED in cell.metadata.get("tags", []):
            continue
        name, kind = grading(cell).get("grade_id", ""), "given"
        if is_solution(cell):
            # What a person reads has no test to be tried by.
            kind = "solution" if f"test-{name}" in tests else "given"
        elif is_graded(cell):
            kind = "test"
        yield {"name": name, "kind": kind, "text": hidden.outside(cell.source)}


def _try(project: Project, wanted: dict) -> dict[str, str]:
    # Threads and forks do not go together.
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-m", "course.lint.trying"],
        cwd=project.root,
        env=os.environ | one_thread,
        input=json.dumps(wanted),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()
        raise CourseError(f"the visible checks could not be tried: {said[-1]}")
    return json.loads(done.stdout)


def _read_silent(project: Project, assignment: str) -> dict[str, str]:
    path = project.notebooks / assignment / _SILENT
    if not path.is_file():
        return {}
    names: dict = {}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
        silent = names["SILENT"]
        good = all(isinstance(part, str) for pair in silent.items() for part in pair)
    except Exception as error:
        kind = type(error).__name__
        raise CourseError(f"{path} cannot be read: {kind}: {error}") from None
    if not good:
        raise CourseError(
            f"{path}: SILENT is a dictionary of ids, each with its reason"
        )
    return silent
