"""A grading run as a table for a terminal."""

from __future__ import annotations

import itertools
import string
import sys
from collections import Counter
from collections.abc import Callable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from proctor.grade.cell_results import UNGRADED, Cell
from proctor.grade.results import NEEDS_ATTENTION, Run, Submission
from proctor.notebook.cells import Marks
from proctor.text import plain, short

_UNGRADED = "?"


class _Console(Console):
    """One whose reader may leave, as ``| head`` does: the command's own matter."""

    def on_broken_pipe(self) -> None:
        # Rich would end the program, with the status of one that went wrong.
        raise BrokenPipeError


def make_console() -> Console:
    """Return a console for standard output."""
    # Without a terminal rich takes 80 columns; a log has room for whole reasons.
    return _Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def print_run(run: Run, console: Console, marks: Marks) -> None:
    """Print the scores, cell by cell, and below them what was lost and why."""
    tasks = _tasks(run, marks)
    console.print(scores(run, tasks, marks))
    names = (
        f"{letter} {task} ({points:g})"
        for letter, (task, points) in zip(_letters(), tasks.items(), strict=False)
    )
    console.print(Text(" " + " · ".join(names)))
    if together := _together(run, marks):
        console.print(
            Text(
                f" together with the student's code, as in nbgrader's kernel, ran the "
                f"tests of {together}: such points can be forged (see proctor lint "
                f"{run.assignment})"
            )
        )
    if any(c.status == UNGRADED for s in run.submissions for c in s.cells):
        console.print(Text(f" {_UNGRADED} not graded yet"))
    console.print()
    losses = reasons(run, marks)
    if losses.row_count:
        console.print(losses)
    persons = {
        "Points by hand": _by_hand(run, marks),
        "Extra credit": _extra(run, marks),
        "A person still grades": _waiting(run, marks),
    }
    for what, found in persons.items():
        if found:
            console.print(Text(f" {what}: {', '.join(found)}"))
    if any(persons.values()):
        console.print()


def _tasks(run: Run, marks: Marks) -> dict[str, float]:
    """Return each task and its points."""
    return {
        marks.task_of(cell.grade_id): cell.max_score
        for submission in run.submissions
        for cell in submission.cells
    }


def _together(run: Run, marks: Marks) -> str:
    """Return the tasks whose tests ran together with the student's code."""
    found = [c for s in run.submissions for c in s.cells if c.together]
    return ", ".join(dict.fromkeys(marks.task_of(cell.grade_id) for cell in found))


def _letters() -> Iterator[str]:
    """Return A to Z, AA, AB and so on."""
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_uppercase, repeat=length):
            yield "".join(letters)


def _waiting(run: Run, marks: Marks) -> list[str]:
    """Return the tasks that wait for a person, and for how many students."""
    return _counted(run, marks, lambda cell: cell.waits)


def _by_hand(run: Run, marks: Marks) -> list[str]:
    """Return the tasks that a person gave points for, and to how many students."""
    return _counted(run, marks, lambda cell: cell.by_hand)


def _counted(run: Run, marks: Marks, counts: Callable[[Cell], bool]) -> list[str]:
    found = Counter(
        marks.task_of(cell.grade_id)
        for submission in run.submissions
        for cell in submission.cells
        if counts(cell)
    )
    return [f"{task} of {n} student{'s' * (n > 1)}" for task, n in found.items()]


def _extra(run: Run, marks: Marks) -> list[str]:
    """Return what a person gave beside a cell's points, for each cell and student."""
    return [
        f"{_name(submission)} {cell.extra_credit:g} for " + marks.task_of(cell.grade_id)
        for submission in run.submissions
        for cell in submission.cells
        if cell.extra_credit
    ]


def scores(run: Run, tasks: dict[str, float], marks: Marks) -> Table:
    """Return a table of students and scores, with a letter for each task."""
    table = _table(f"Scores for {run.assignment}")
    table.padding = 0  # twelve tasks fit a terminal of 80 columns
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for letter, _ in zip(_letters(), tasks, strict=False):
        # The students' names give way first.
        table.add_column(letter, justify="right", no_wrap=True, min_width=2)
    for submission in run.submissions:
        earned = {marks.task_of(c.grade_id): _earned(c) for c in submission.cells}
        table.add_row(
            Text(_name(submission)),
            _score(submission),
            *(earned.get(task, "-") for task in tasks),
        )
    return table


def reasons(run: Run, marks: Marks) -> Table:
    """Return a table with one line for each loss."""
    table = _table("What was lost")
    table.add_column("student", no_wrap=True)
    table.add_column("cell", no_wrap=True)
    table.add_column("lost", justify="right", no_wrap=True)
    table.add_column("reason")
    for submission in run.submissions:
        if submission.status == NEEDS_ATTENTION:
            table.add_row(
                Text(_name(submission)),
                "",
                "all",
                Text(plain(submission.message)),
            )
        if submission.late_penalty:
            table.add_row(
                Text(_name(submission)),
                "",
                f"{submission.late_penalty:g}",
                "handed in late",
            )
        for cell in submission.lost:
            table.add_row(
                Text(_name(submission)),
                Text(marks.task_of(cell.grade_id)),
                f"{cell.max_score - cell.score:g}",
                Text(plain(cell.reason)),
            )
    return table


def _name(submission: Submission) -> str:
    """Return a student's id so that a table has room for all else."""
    return short(plain(submission.student))


def _earned(cell: Cell) -> str:
    return _UNGRADED if cell.status == UNGRADED else f"{cell.score:g}"


def _score(submission: Submission) -> str:
    if submission.status == NEEDS_ATTENTION:
        return "needs\nattention"
    return f"{submission.score:g}/{submission.max_score:g}"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
