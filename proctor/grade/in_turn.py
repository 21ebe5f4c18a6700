"""Run a notebook's cells one after the other, and hold the tests between them."""

from __future__ import annotations

import re
from dataclasses import replace

from proctor.grade.again import Held
from proctor.grade.causes import Broken
from proctor.grade.student_runs import StudentRuns
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook, Assignment
from proctor.notebook.imports import imports_for
from proctor.notebook.names import bound, lines, taken, words
from proctor.notebook.stubs import stubs_of
from proctor.notebook.took import given_that_is_taken, needed_of
from proctor.text import listed, plain_line

_LONGEST_LINE = 200
# In a SyntaxError's text: a file's name that is none.
_NO_FILE = re.compile(r" \(<[^>]*>, (line \d+)\)")
_MAGIC = re.compile(r"\s*(%%(?!(?:capture|code_wrap|debug|prun|time)\b)\w+)")


def run_cells(
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
    texts = [text for text, _ in assigned.given]
    given, needed = set(map(lines, texts)), needed_of(sources.values(), texts)
    given |= {lines(assignment.marks.without_hidden(c.source)) for c in assigned.cells}
    runs.prepare(c["source"] for c in codes if is_run(c, assigned))
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
            sets = set(), set(), frozenset(made), own, frozenset(hidden)
            held.append(Held(cell, task, test, together, names, *sets))
        elif is_run(cell, assigned):
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
                one.below.update(here - asked.get(name, frozenset()))
                one.tasks_below.update(here & asked.get(name, frozenset()))
            known = own in runs.given or lines(cell["source"]) in given
            theirs = cell["source"] if not known else ""
            theirs = given_that_is_taken(theirs, texts, needed)
            shown = cell["outputs"] = runs.run_cell(cell["source"], name, own, theirs)
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


def _raised(shown: list[dict]) -> str:
    """Return in a line what ended a cell; empty where nothing did."""
    last = shown[-1] if shown else {}
    unwritten = last.get("ename") == "NotImplementedError"
    if last.get("output_type") != "error" or unwritten:
        return ""
    why = plain_line(f"{last['ename']}: {last['evalue']}", _LONGEST_LINE)
    return _NO_FILE.sub(r" (\1)", why)


def is_run(cell: dict, assigned: AssignedNotebook) -> bool:
    """Tell whether a code cell is run by the student's process.

    A tagged one is not, unless it is a task's. What a student changed, or wrote, may be
    what other cells need, whatever its tags.
    """
    data, source = cells.grading(cell), cell["source"].strip()
    if cells.is_test(data) or not source:
        return False
    return bool(data) or source not in assigned.skipped
