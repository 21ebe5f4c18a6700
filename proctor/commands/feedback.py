"""``proctor feedback``: the students' pages, in an archive that an LMS takes back."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from proctor.errors import GradingError


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "feedback", help="pack the students' pages for Canvas or Moodle"
    )
    parser.add_argument("assignment", help="e.g. 09_spatial")
    parser.add_argument(
        "--for",
        dest="system",
        choices=("canvas", "moodle"),
        required=True,
        help="who takes them back",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="ZIP",
        help="default: feedback-ASSIGNMENT-SYSTEM.zip",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported late: these take seconds.
    from proctor.gradebook.fast_import import spare_nbgrader
    from proctor.settings import Course

    course = Course.find()
    spare_nbgrader()
    from proctor.commands.listing import print_lines
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.folders import Folders
    from proctor.lms.collected import Collected
    from proctor.lms.files import write_new
    from proctor.lms.pack import packed

    with Folders(course).only_one(), open_gradebook(course.layout) as gradebook:
        record = Collected(course.layout, options.assignment)
        waiting: list[tuple[str, str]] = []
        pages = pages_of(course, gradebook, options.assignment, waiting)
        data, number, left = packed(pages, record.students, options.system)
    if not number and not left and not waiting:
        raise GradingError(
            f"nothing is graded of {options.assignment}: run proctor autograde first"
        )
    left = sorted(waiting + left)
    print_lines("Without a page", ("student", "why"), left)
    if not number:
        raise GradingError(f"no page of {options.assignment} can be packed")
    out = options.out or Path(f"feedback-{options.assignment}-{options.system}.zip")
    if kept := write_new(out, data):
        print(f"the earlier {out} is {kept} now")
    print(f"pages: {number}, in {out}")
    return int(bool(waiting))


def pages_of(course, gradebook, assignment, waiting) -> Iterator:
    """Render each graded student's pages anew, with what persons decided since."""
    from proctor.gradebook.marks import ABSENT, ATTENTION, read_marks
    from proctor.lms.pack import Page
    from proctor.lms.pages import Pages

    pages = Pages(course, gradebook, assignment)
    for mark in read_marks(course, gradebook, assignment):
        student = mark.person.id
        if mark.status == ABSENT:
            continue
        if mark.status == ATTENTION:
            waiting.append((student, f"{mark.status}: {mark.note}"))
            continue
        found = list(pages.of(student))
        if not found:
            waiting.append((student, "not graded by proctor: no page to be made"))
        yield from (Page(student, name, html) for name, html in found)
