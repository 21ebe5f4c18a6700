"""A grading run as a table for a terminal."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from proctor.results import NEEDS_ATTENTION, Run, Submission


def make_console() -> Console:
    """Return a console for standard output."""
    # Without a terminal rich takes 80 columns; a log has room for whole reasons.
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def plain(text: str) -> str:
    """Return text that a terminal shows and does not obey."""
    return "".join(c if c.isprintable() else "?" for c in text)


def print_run(run: Run, console: Console) -> None:
    """Print the scores, cell by cell, and below them what was lost and why."""
    console.print(scores(run))
    losses = reasons(run)
    if losses.row_count:
        console.print(losses)


def scores(run: Run) -> Table:
    """Return a table of students, scores and cells."""
    tasks = {
        cell.grade_id.removeprefix("test-"): cell.max_score
        for submission in run.submissions
        for cell in submission.cells
    }
    table = _table(f"Scores for {run.assignment}")
    table.add_column("student", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    for task, points in tasks.items():
        # A word a line, so that the table fits a terminal of 80 columns.
        heading = task.replace("-", "-\n") + f"\n({points:g})"
        table.add_column(heading, justify="right", no_wrap=True)
    for submission in run.submissions:
        earned = {c.grade_id.removeprefix("test-"): c.score for c in submission.cells}
        table.add_row(
            Text(plain(submission.student)),
            _score(submission),
            *(f"{earned[task]:g}" if task in earned else "-" for task in tasks),
        )
    return table


def reasons(run: Run) -> Table:
    """Return a table with one line for each loss."""
    table = _table("What was lost")
    table.add_column("student", no_wrap=True)
    table.add_column("cell", no_wrap=True)
    table.add_column("lost", justify="right", no_wrap=True)
    table.add_column("reason")
    for submission in run.submissions:
        if submission.status == NEEDS_ATTENTION:
            table.add_row(
                Text(plain(submission.student)),
                "",
                "all",
                Text(plain(submission.message)),
            )
        for cell in submission.lost:
            table.add_row(
                Text(plain(submission.student)),
                Text(cell.grade_id.removeprefix("test-")),
                f"{cell.max_score - cell.score:g}",
                Text(plain(cell.message)),
            )
    return table


def _score(submission: Submission) -> str:
    if submission.status == NEEDS_ATTENTION:
        return "needs\nattention"
    return f"{submission.score:g}/{submission.max_score:g}"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
