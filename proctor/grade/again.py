"""Tests that lost points and run once more, where other cells may be behind it.

The better verdict counts, and what was done is said. It comes last: it takes no other
test's time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from proctor.grade.causes import NOT_THERE, Broken
from proctor.grade.namer_process import Namer
from proctor.grade.student_runs import StudentRuns
from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import TestCell
from proctor.text import listed


@dataclass(frozen=True)
class Held:
    """A test cell, to be examined when all cells have run.

    Attributes
    ----------
    task
        The grade_id of the cell that it is about.
    together
        Whether it runs together with the student's code.
    asked
        The names that its task asks for.
    below
        The names that cells below it make, but for those that they are asked for.
    """

    cell: dict
    task: str
    test: TestCell
    together: bool
    asked: frozenset[str] = frozenset()
    below: set[str] = field(default_factory=set)


def examine_as_given(
    held: list[Held],
    examined: dict[TestCell, Verdict],
    runs: StudentRuns,
    namer: Namer,
) -> dict[TestCell, Verdict]:
    """Run what lost points again, changed given cells in it as they were given.

    Return the verdicts that are better so.
    """
    lost = _lost(held, examined)
    found: dict[TestCell, Verdict] = {}
    for one in lost:
        if not one.together and runs.may_run_as_given(one.test):
            found[one.test] = runs.examine_as_given(one.test, namer.knows(one.task))
    together = {t.test for t in lost if t.together and runs.may_run_as_given(t.test)}
    if together:
        found |= runs.run_together(together, as_given=True)
    better = _better(found, examined)
    if better:
        names = listed([test.name for test in better], 4)
        runs.notes.append(f"given cells were run as they were given too, for {names}")
    return better


def examine_below(
    held: list[Held],
    examined: dict[TestCell, Verdict],
    runs: StudentRuns,
    namer: Namer,
    broken: list[Broken],
) -> dict[TestCell, Verdict]:
    """Run what lost points behind the cells below it too, where they may save it.

    That is where one makes a name that was not there, or defines the task's once more:
    whoever wrote it has run it, and the check again. Return the verdicts that are
    better so.

    Parameters
    ----------
    broken
        The cells that ended in an error: a task's own one runs once more, too.
    """
    ended = {cells.grade_id(one.cell): one for one in broken}
    better: dict[TestCell, Verdict] = {}
    for one in _lost(held, examined):
        own = ended.get(one.task)
        said = NOT_THERE.search(examined[one.test].message)
        wanted = {own.lacks if own else "", said[1] if said else "", *one.asked}
        wanted &= one.below
        if not wanted or one.together or not runs.may_run_below(one.test):
            continue
        more = [own.cell["source"]] if own else []
        verdict = runs.examine_below(one.test, more, namer.knows(one.task))
        found = _better({one.test: verdict}, examined)
        if found:
            names = listed(sorted(wanted), 4)
            runs.notes.append(
                f"{one.test.name} ran behind the cells below it too, which make {names}"
            )
        better |= found
    return better


def _lost(held: list[Held], examined: dict[TestCell, Verdict]) -> list[Held]:
    there = [one for one in held if one.test in examined]
    return [one for one in there if examined[one.test].score < one.test.points]


def _better(
    found: dict[TestCell, Verdict], examined: dict[TestCell, Verdict]
) -> dict[TestCell, Verdict]:
    return {t: v for t, v in found.items() if v.score > examined[t].score}
