"""Run a whole notebook, cell by cell, and write into it what each cell showed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from proctor.errors import UNWRITTEN
from proctor.grade import safe_outputs
from proctor.grade.absent import for_want_of_a_machine
from proctor.grade.again import (
    Held,
    examine_as_given,
    examine_as_said,
    examine_below,
    examine_with_pythons_own,
)
from proctor.grade.causes import Broken, Task
from proctor.grade.in_turn import is_run, run_cells
from proctor.grade.kept import naming_what_is_kept
from proctor.grade.namer_process import Namer
from proctor.grade.others import Others
from proctor.grade.questions import Questions
from proctor.grade.reasons import Reasons
from proctor.grade.student_runs import StudentRuns
from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook, Assignment, TestCell
from proctor.notebook.names import bound, imported

_DRAWS = re.compile("matplotlib|pylab")


def run_notebook(
    notebook: dict,
    assigned: AssignedNotebook,
    assignment: Assignment,
    runs: StudentRuns,
    namer: Namer,
) -> dict[str, Verdict]:
    """Run the cells of ``notebook`` in order; their outputs are replaced.

    A locked test cell is run by the examiner, every other code cell by the student's
    process. The cells' grading metadata must be the assignment's, not the submission's.

    Returns
    -------
    dict[str, Verdict]
        The verdict on each test cell, by grade_id.
    """
    sources = _sources(notebook)
    handed_out = {cell.name: cell.source for cell in assigned.cells}
    held, broken = run_cells(notebook, assigned, assignment, runs, sources)
    examined = _examine(held, runs, namer, broken)
    questions = Questions(notebook, assigned)
    as_said = examine_as_said(held, examined, runs, namer, questions.said)
    examined |= as_said
    verdicts: dict[str, Verdict] = {}
    others = Others(notebook)
    reasons = Reasons(notebook, assigned, lambda cell: is_run(cell, assigned), broken)
    runs.notes += reasons.notes()
    for one in held:
        name = one.test.name
        if one.test not in examined:
            verdicts[name] = Verdict(0.0, "failed", "")
            continue
        verdict = _for_a_person(examined[one.test], notebook)
        if name in assigned.unpassed and verdict.score < one.test.points:
            verdict = _as_the_authors(verdict)
        if verdict.visible:
            excused = others.may_be_at_fault(one.task, one.test, verdict)
            verdict = verdict.excused() if excused else verdict.less_visible()
        if verdict.score < one.test.points:
            source, given = sources.get(one.task, ""), handed_out.get(one.task, "")
            read = (
                {} if one.test in as_said else questions.said(one.task, one.questions())
            )
            task = Task(one.task, source, given, one.test.visible, read)
            verdict = questions.for_a_person(verdict, one)
            verdict = reasons.of(verdict, one.cell, task)
            verdict = for_want_of_a_machine(verdict, one.test)
            others.lost(one.task)
        verdicts[name] = verdict
        one.cell["outputs"] = show(verdict, one.test.points)
    # Not before: the notebook's time runs, and the namer may be busy with another's.
    for one in held:
        if one.test in examined and not one.together:
            verdict = namer.name(one.task, one.test, verdicts[one.test.name])
            verdicts[one.test.name] = naming_what_is_kept(verdict).likening()
    return verdicts


def _examine(
    held: list[Held], runs: StudentRuns, namer: Namer, broken: list[Broken]
) -> dict[TestCell, Verdict]:
    """Run the tests, those last that run together with the student's code."""
    examined = {
        one.test: runs.examine(one.test, namer.knows(one.task))
        for one in held
        if not (one.together or runs.only_together)
    }
    if together := {one.test for one in held if one.together}:
        examined |= runs.run_together(together)
    examined |= examine_as_given(held, examined, runs, namer)
    examined |= examine_with_pythons_own(held, examined, runs, namer, broken)
    return examined | examine_below(held, examined, runs, namer, broken)


def _for_a_person(verdict: Verdict, notebook: dict) -> Verdict:
    """Have a person look where a test lacks a name that no student is to define."""
    name = verdict.missing
    if not name or verdict.score:
        return verdict
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        data = cells.grading(cell)
        if cells.is_test(data) and name in bound(cell["source"]):
            where = f"which the test cell {cells.grade_id(cell)} defines"
        elif not data.get("grade_id") and name in imported(cell["source"]):
            where = "which another cell imports"
        else:
            continue
        why = f"the test cannot be examined apart: it uses {name!r}, {where}"
        return replace(verdict, message=why, status="error", author_error=True)
    return verdict


def _as_the_authors(verdict: Verdict) -> Verdict:
    """Have a person look at what the author's own solution does not pass either.

    Such as a test of what lies in the network, or in a package that is not there. What
    is not written is nothing, all the same.
    """
    if verdict.author_error or verdict.message.startswith(UNWRITTEN):
        return verdict
    why = f"the author's own solution does not pass this test here ({verdict.message})"
    return replace(verdict, message=why, author_error=True)


def _sources(notebook: dict) -> dict[str, str]:
    """Return the texts of cells by grade_id; of two with one, the first."""
    found: dict[str, str] = {}
    for cell in notebook["cells"]:
        found.setdefault(cells.grade_id(cell), cell["source"])
    return found


def draws(
    notebook: dict, assigned: AssignedNotebook, files: Mapping[str, bytes]
) -> bool:
    """Tell whether a cell that is run, or a module beside it, names Matplotlib."""
    return any(
        _DRAWS.search(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and is_run(cell, assigned)
    ) or any(
        _DRAWS.search(data.decode("utf-8", "replace"))
        for name, data in files.items()
        if name.endswith(".py")
    )


def show(verdict: Verdict, points: float) -> list[dict]:
    """Return a verdict as outputs, which nbgrader reads as the same score."""
    shown = []
    if verdict.printed:
        shown.append(_stream(verdict.printed))
    if verdict.checks or 0 < verdict.score < points:
        if verdict.score < points and verdict.message:
            shown.append(_stream(f"{verdict.message}\n"))
        shown.append(
            {
                "output_type": "execute_result",
                "execution_count": None,
                "metadata": {},
                "data": {"text/plain": repr(float(verdict.score))},
            }
        )
    elif verdict.score < points:
        names = {"failed": "CheckFailed", "timeout": "TimeLimit"}
        name = names.get(verdict.status, "Error")
        shown.append(safe_outputs.error(name, verdict.message))
    return shown


def _stream(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": text}
