"""``proctor dates``: due dates, and those of some students, from a CSV."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "dates", help="enter due dates and students' own ones into the gradebook"
    )
    parser.add_argument(
        "file",
        type=Path,
        help="a CSV with the columns assignment, due and student: empty for everybody, "
        "an id for a date of one's own; due as '2026-10-01 23:59 Europe/Berlin', or "
        "'none'",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported late: these take seconds.
    from proctor.commands.listing import print_lines
    from proctor.gradebook.fast_import import spare_nbgrader
    from proctor.settings import Course

    course = Course.find()
    spare_nbgrader()
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.due import set_dates
    from proctor.lms.dates import read_dates
    from proctor.lms.sheets import Sheet

    dates = read_dates(Sheet.read(options.file))
    with open_gradebook(course.layout) as gradebook:
        set_dates(gradebook, dates)
    lines = [
        (
            due.assignment,
            due.student or "everybody",
            f"{due.when} UTC" if due.when else "no date",
        )
        for due in dates
    ]
    print_lines("Due", ("assignment", "student", "until"), lines)
    return 0
