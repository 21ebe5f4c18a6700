"""Run a whole notebook, cell by cell, and write into it what each cell showed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from proctor.errors import UNWRITTEN
from proctor.grade import safe_outputs
from proctor.grade.absent import for_want_of_a_module
from proctor.grade.again import (
    Held,
    examine_as_given,
    examine_as_said,
    examine_below,
    examine_with_pythons_own,
)
from proctor.grade.causes import Broken, Task
from proctor.grade.namer_process import Namer
from proctor.grade.others import Others
from proctor.grade.questions import Questions
from proctor.grade.reasons import Reasons
from proctor.grade.student_runs import StudentRuns
from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook, Assignment, TestCell
from proctor.notebook.imports import imports_for
from proctor.notebook.names import bound, imported, lines, taken, words
from proctor.notebook.stubs import stubs_of
from proctor.text import listed, plain_line

_LONGEST_LINE = 200
# In a SyntaxError's text: a file's name that is none.
_NO_FILE = re.compile(r" \(<[^>]*>, (line \d+)\)")
_DRAWS = re.compile("matplotlib|pylab")
_MAGIC = re.compile(r"\s*(%%(?!(?:capture|code_wrap|debug|prun|time)\b)\w+)")


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
    held, broken = _run_cells(notebook, assigned, assignment, runs, sources)
    examined = _examine(held, runs, namer, broken)
    questions = Questions(notebook, assigned)
    as_said = examine_as_said(held, examined, runs, namer, questions.said)
    examined |= as_said
    verdicts: dict[str, Verdict] = {}
    others = Others(notebook)
    reasons = Reasons(notebook, assigned, lambda cell: _is_run(cell, assigned), broken)
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
            verdict = for_want_of_a_module(verdict, one.test)
            others.lost(one.task)
        verdicts[name] = verdict
        one.cell["outputs"] = show(verdict, one.test.points)
    # Not before: the notebook's time runs, and the namer may be busy with another's.
    for one in held:
        if one.test in examined and not one.together:
            verdict = namer.name(one.task, one.test, verdicts[one.test.name])
            verdicts[one.test.name] = verdict.likening()
    return verdicts


def _run_cells(
    notebook: dict,
    assigned: AssignedNotebook,
    assignment: Assignment,
    runs: StudentRuns,
    sources: dict[str, str],
) -> tuple[list[Held], list[Broken]]:
    """Run the student's cells; return the tests between them, and what broke.

    Parameters
    ----------
    sources
        The texts of its cells by grade_id.
    """
    held: list[Held] = []
    broken: list[Broken] = []
    made: set[str] = set()
    hidden: set[str] = set()
    # By the tasks so far, what cells below theirs make anew.
    anew: dict[str, set[str]] = {}
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    asked = {one.name: bound(one.source) for one in assigned.cells if one.is_solution}
    given = {lines(text) for text, _ in assigned.given}
    given |= {lines(assignment.marks.without_hidden(c.source)) for c in assigned.cells}
    runs.prepare(c["source"] for c in codes if _is_run(c, assigned))
    for cell in codes:
        cell["execution_count"] = None
        data = cells.grading(cell)
        if cells.is_test(data):
            name, points = data["grade_id"], cells.points_of(data)
            task = assignment.marks.task_of(name)
            imports = imports_for(assigned, cell["source"])
            test = assignment.test(name, cell["source"], points, imports)
            test = test.about(sources.get(task, ""))
            test = replace(test, by_value=name in assigned.by_value)
            together = name in assigned.together
            if together or runs.only_together:
                runs.pass_by(test)
            else:
                runs.hold(test, stubs_of(assigned, task), task)
            names = asked.get(task, frozenset())
            own = sources.get(task, "") if anew.get(task) else ""
            sets = set(), frozenset(made), own, frozenset(hidden)
            held.append(Held(cell, task, test, together, names, *sets))
        elif _is_run(cell, assigned):
            name, own = cells.grade_id(cell), cell.get("id", "")
            here = bound(cell["source"])
            made |= here
            if lines(cell["source"]) not in given:
                hidden |= taken(cell["source"]).difference(*asked.values())
            if name in asked and not asked[name]:
                made |= words(cell["source"])  # an answer in whatever form
            for task in anew:
                theirs = asked[task] & bound(sources[task])
                anew[task] |= theirs & (here - asked.get(name, frozenset()))
            if name in asked:
                anew[name] = set()
            for one in held:
                one.below.update(bound(cell["source"]) - asked.get(name, frozenset()))
            shown = cell["outputs"] = runs.run_cell(cell["source"], name, own)
            if runs.behind and lines(cell["source"]) not in given:
                runs.notes.append(_defined_behind(cell, shown, runs.behind))
            if why := _raised(shown):
                broken.append(Broken(cell, why))
                runs.run_given(own, why)
        else:
            cell["outputs"] = []
    return held, broken


def _defined_behind(cell: dict, shown: list[dict], names: list[str]) -> str:
    name = cells.grade_id(cell)
    which = f"the cell {name!r}" if name else "a cell"
    if magic := _MAGIC.match(cell["source"]):
        return (
            f"{which} begins with `{magic[1]}`, which keeps nothing that it defines: "
            f"it is there all the same ({listed(names, 4)})"
        )
    if {"TimeLimit", "ProcessEnded"} & {output.get("ename") for output in shown}:
        return (
            f"{which} was stopped before its end, or ended its process: what it "
            f"defines is there all the same ({listed(names, 4)})"
        )
    return (
        f"{which} ended in an error: what else it defines is there all the same "
        f"({listed(names, 4)})"
    )


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
        if cell["cell_type"] == "code" and _is_run(cell, assigned)
    ) or any(
        _DRAWS.search(data.decode("utf-8", "replace"))
        for name, data in files.items()
        if name.endswith(".py")
    )


def _raised(shown: list[dict]) -> str:
    """Return in a line what ended a cell; empty where nothing did."""
    last = shown[-1] if shown else {}
    unwritten = last.get("ename") == "NotImplementedError"
    if last.get("output_type") != "error" or unwritten:
        return ""
    why = plain_line(f"{last['ename']}: {last['evalue']}", _LONGEST_LINE)
    return _NO_FILE.sub(r" (\1)", why)


def _is_run(cell: dict, assigned: AssignedNotebook) -> bool:
    """Tell whether a code cell is run by the student's process.

    A tagged one is not, unless it is a task's. What a student changed, or wrote, may be
    what other cells need, whatever its tags.
    """
    data, source = cells.grading(cell), cell["source"].strip()
    if cells.is_test(data) or not source:
        return False
    return bool(data) or source not in assigned.skipped


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
