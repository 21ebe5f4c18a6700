"""``proctor export``: marks as Canvas and Moodle import them, or as a plain CSV."""

from __future__ import annotations

import argparse
from pathlib import Path

from proctor.errors import GradingError

_CSV = "csv"


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "export", help="write marks for Canvas or Moodle, or as a CSV"
    )
    parser.add_argument("system", choices=("canvas", "moodle", _CSV))
    parser.add_argument(
        "assignment",
        nargs="*",
        help="e.g. 09_spatial; csv takes several, or none for all",
    )
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="Canvas's own gradebook export, or Moodle's grading worksheet: it is "
        "written anew with the marks in it",
    )
    parser.add_argument(
        "--column",
        metavar="NAME",
        help="the roster's column (default: the one that has the assignment's name)",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="default: grades-ASSIGNMENT-SYSTEM.csv"
    )
    parser.add_argument(
        "--tasks", action="store_true", help="csv: the points of each task as well"
    )
    parser.add_argument(
        "--zero-if-absent",
        action="store_true",
        help="who handed nothing in gets a zero (default: no mark)",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="points so far go out where a person still grades (default: no mark)",
    )
    parser.add_argument(
        "--scale",
        action="store_true",
        help="stretch the points to what the roster's column says is possible",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported late: these take seconds.
    from proctor.gradebook.fast_import import spare_nbgrader
    from proctor.settings import Course

    course = Course.find()
    if options.system != _CSV and (len(options.assignment) != 1 or not options.roster):
        raise GradingError(
            f"{options.system} takes one assignment at a time and its own export: "
            f"proctor export {options.system} ASSIGNMENT --roster FILE"
        )
    spare_nbgrader()
    from proctor.gradebook.database import open_gradebook
    from proctor.lms.grades import Wish

    wish = Wish(options.column, options.zero_if_absent, options.partial, options.scale)
    with open_gradebook(course.layout) as gradebook:
        if options.system == _CSV:
            return _table(options, course, gradebook, wish)
        return _sheet(options, course, gradebook, wish)


def _sheet(options, course, gradebook, wish) -> int:
    from proctor.commands.listing import print_lines
    from proctor.gradebook.marks import read_marks
    from proctor.lms.grades import fill
    from proctor.lms.sheets import Sheet

    (assignment,) = options.assignment
    sheet = Sheet.read(options.roster)
    marks = list(read_marks(course, gradebook, assignment))
    filled = fill(sheet, options.system, assignment, marks, wish)
    out = options.out or Path(f"grades-{assignment}-{options.system}.csv")
    _write(out, filled.sheet.to_bytes(), options.roster)
    print_lines("Without a mark", ("student", "why"), filled.left)
    print(f"marks: {filled.number}, in {filled.column!r} of {out}")
    return _status(marks)


def _table(options, course, gradebook, wish) -> int:
    from proctor.commands.listing import counted
    from proctor.gradebook.marks import read_marks
    from proctor.lms.table import marks_table

    names = options.assignment or [entry.name for entry in gradebook.assignments]
    marks = [
        (name, mark) for name in names for mark in read_marks(course, gradebook, name)
    ]
    text = marks_table(marks, wish, course.marks.task_of if options.tasks else None)
    out = options.out or Path(f"grades-{'-'.join(options.assignment) or 'all'}.csv")
    _write(out, text.encode(), None)
    print(f"{counted(mark.status for _, mark in marks) or 'nobody'}; in {out}")
    return _status(mark for _, mark in marks)


def _status(marks) -> int:
    """Return 1 if somebody has to look at a submission, else 0."""
    from proctor.gradebook.marks import ATTENTION

    return int(any(mark.status == ATTENTION for mark in marks))


def _write(out: Path, data: bytes, read: Path | None) -> None:
    from proctor.lms.files import write_new

    if read and out.resolve() == read.resolve():
        raise GradingError(f"{out} is the roster itself: name another file with --out")
    if kept := write_new(out, data):
        print(f"the earlier {out} is {kept} now")
