"""Tests that lost points and run once more, where other cells may be behind it.

The better verdict counts, and what was done is said. It comes last: it takes no other
test's time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from proctor.grade.causes import NOT_THERE, TAKEN, Broken, asked_by_name
from proctor.grade.namer_process import Namer
from proctor.grade.student_process import Answers
from proctor.grade.student_runs import StudentRuns
from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import TestCell
from proctor.notebook.names import bound, uses_rubric
from proctor.notebook.said import Said
from proctor.text import listed

_WORD = re.compile(r"\w+")
# So often cells run again of which one may want what the next one makes.
_CHAIN = 3


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
    tasks_below
        Those that they are asked for.
    above
        The names that cells above it make, its own too.
    own
        The text of its task's cell, where one between that and the test makes a name
        anew that the task's makes: an attempt more, say.
    taken
        The names of Python's own that cells of the student's above it have taken.
    """

    cell: dict
    task: str
    test: TestCell
    together: bool
    asked: frozenset[str] = frozenset()
    below: set[str] = field(default_factory=set)
    tasks_below: set[str] = field(default_factory=set)
    above: frozenset[str] = frozenset()
    own: str = ""
    taken: frozenset[str] = frozenset()

    def questions(self) -> list[str]:
        """Return the names of the answers to questions that the test asks for.

        None of a test that is not written for the examiner: there a name in quotes may
        be anything.
        """
        test = self.test
        if self.asked or not uses_rubric(f"{test.visible}\n{test.hidden}"):
            return []
        return asked_by_name(test.visible)

    def answered_below(self) -> set[str]:
        """Return what the test a student sees asks for, and only cells below give.

        Such as the answers to questions, of which no function is handed out.
        """
        if self.asked:
            return set()
        test = self.test.visible
        return set(_WORD.findall(test)) & (self.below - self.above - bound(test))


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


def examine_with_pythons_own(
    held: list[Held],
    examined: dict[TestCell, Verdict],
    runs: StudentRuns,
    namer: Namer,
    broken: list[Broken],
) -> dict[TestCell, Verdict]:
    """Run what ended in an error again, without names that have the place of Python's.

    Who counts something with a variable `sum`, below what it was first run for, takes
    the function from all that calls it. Return the verdicts that are better so.

    Parameters
    ----------
    broken
        The cells that ended in an error, perhaps for that.
    """
    better: dict[TestCell, Verdict] = {}
    ended = any(TAKEN.search(one.why) for one in broken)
    for one in _lost(held, examined):
        if not one.taken or one.together or runs.spent:
            continue
        if not (ended or TAKEN.search(examined[one.test].message)):
            continue
        observe = namer.knows(one.task)
        verdict = runs.examine_with_pythons_own(one.test, one.taken, observe)
        found = _better({one.test: verdict}, examined)
        if found:
            names = listed(sorted(one.taken), 4)
            runs.notes.append(
                f"{one.test.name} ran with Python's own {names} too: another cell has "
                "taken that name"
            )
        better |= found
    return better


def examine_below(
    held: list[Held],
    examined: dict[TestCell, Verdict],
    runs: StudentRuns,
    namer: Namer,
    broken: list[Broken],
) -> dict[TestCell, Verdict]:
    """Run what lost points behind the cells below it too, where they may save it.

    That is where one makes a name that was not there, answers a question that nothing
    above answers, or defines the task's once more: whoever wrote it has run it, and the
    check again. Or where one between the task's cell and the test does. Return the
    verdicts that are better so.

    Parameters
    ----------
    broken
        The cells that ended in an error: a task's own one runs once more, too, and
        those that wanted a name which another cell makes.
    """
    ended = {cells.grade_id(one.cell): one for one in broken}
    stuck = _stuck(held, broken)
    better: dict[TestCell, Verdict] = {}
    for one in _lost(held, examined):
        own = ended.get(one.task)
        said = NOT_THERE.search(examined[one.test].message)
        missing = said[1] if said else ""
        wanted = {own.lacks if own else "", missing, *one.asked}
        wanted = (wanted & one.below) | one.answered_below()
        wanted |= {missing} & one.tasks_below
        also = stuck if own in stuck or missing in _names_of(stuck) else []
        if not (wanted or one.own or also) or one.together or runs.spent:
            continue
        more = [each.cell["source"] for each in broken if each is own or each in also]
        # One that stands above another may want what that one makes.
        more = more * min(len(more), _CHAIN) or [one.own] * bool(one.own)
        verdict = runs.examine_below(one.test, more, namer.knows(one.task))
        found = _better({one.test: verdict}, examined)
        if found:
            runs.notes.append(_done(one, wanted, also))
        better |= found
    return better


def _stuck(held: list[Held], broken: list[Broken]) -> list[Broken]:
    """Return the cells that did not find a name which a cell makes somewhere."""
    made = {n for one in held for n in (*one.above, *one.below, *one.tasks_below)}
    return [one for one in broken if one.lacks in made]


def _names_of(stuck: list[Broken]) -> set[str]:
    """Return the names that such cells make, and those that they want."""
    made = (bound(one.cell["source"]) for one in stuck)
    return set().union(*made, (one.lacks for one in stuck))


def examine_as_said(
    held: list[Held],
    examined: dict[TestCell, Verdict],
    runs: StudentRuns,
    namer: Namer,
    said: Callable[[str, list[str]], dict[str, Said]],
) -> dict[TestCell, Verdict]:
    """Run what asks questions again, with the numbers that the answers say.

    Such as a text of digits, a list of one number, or what is printed and given to no
    name. Return the verdicts that are better so.

    Parameters
    ----------
    said
        Returns, of a task, what is read of the names of its answers.
    """
    better: dict[TestCell, Verdict] = {}
    for one in _lost(held, examined):
        names = one.questions()
        if not names or one.together or not runs.may_run_below(one.test):
            continue
        read = said(one.task, names)
        texts = {n: list(read[n].texts) if n in read else [] for n in names}
        more = [Answers(json.dumps(texts))]
        found = runs.examine_below(one.test, more, namer.knows(one.task))
        if found := _better({one.test: found}, examined):
            read = _that_counted(read, examined[one.test], found[one.test])
            where = listed(sorted({each.where for each in read.values()}), 2)
            stand = f" ({listed([*read], 4)} {where})" if read else ""
            runs.notes.append(
                f"{one.test.name} took answers in another form for the numbers that "
                f"they say{stand}"
            )
        better |= found
    return better


def _that_counted(
    read: dict[str, Said], before: Verdict, now: Verdict
) -> dict[str, Said]:
    """Return the answers whose checks, by their names, have more points than before.

    All, where no check says which answer it is about.
    """
    scores = {check.name: check.score for check in before.checks}
    more = [c.name for c in now.checks if c.score > scores.get(c.name, 0.0)]
    about = {word for name in more for word in _WORD.findall(name)}
    return {name: said for name, said in read.items() if name in about} or read


def _done(one: Held, wanted: set[str], stuck: list[Broken]) -> str:
    """Say what a test was run behind."""
    name = one.test.name
    if wanted:
        names = listed(sorted(wanted), 4)
        return f"{name} ran behind the cells below it too, which make {names}"
    if stuck:
        names = listed(sorted({each.lacks for each in stuck}), 4)
        return f"{name} ran once more behind cells that had not found {names} at first"
    return (
        f"{name} ran behind the cell {one.task!r} once more too: a cell "
        "between the two defines the same"
    )


def _lost(held: list[Held], examined: dict[TestCell, Verdict]) -> list[Held]:
    there = [one for one in held if one.test in examined]
    return [one for one in there if examined[one.test].score < one.test.points]


def _better(
    found: dict[TestCell, Verdict], examined: dict[TestCell, Verdict]
) -> dict[TestCell, Verdict]:
    return {t: v for t, v in found.items() if v.score > examined[t].score}
