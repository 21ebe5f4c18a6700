"""``proctor canvas``: marks and pages into Canvas by its API."""

from __future__ import annotations

import argparse
import os

from proctor.errors import GradingError

_TOKEN = "CANVAS_TOKEN"


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "canvas", help="send marks and pages to Canvas by its API; first show what"
    )
    parser.add_argument("assignment", help="e.g. 09_spatial")
    parser.add_argument(
        "--url", required=True, help="Canvas's: https://school.instructure.com"
    )
    parser.add_argument(
        "--course", type=int, required=True, metavar="NUMBER", help="as in its address"
    )
    parser.add_argument(
        "--column",
        metavar="NAME",
        help="the assignment's name in Canvas (default: the same)",
    )
    parser.add_argument(
        "--send", action="store_true", help="send the marks (default: show them)"
    )
    parser.add_argument(
        "--pages", action="store_true", help="with --send: the students' pages as well"
    )
    parser.add_argument(
        "--zero-if-absent", action="store_true", help="as in proctor export"
    )
    parser.add_argument("--partial", action="store_true", help="as in proctor export")
    parser.add_argument("--scale", action="store_true", help="as in proctor export")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported late: these take seconds.
    from proctor.gradebook.fast_import import spare_nbgrader
    from proctor.settings import Course

    course, token = Course.find(), os.environ.get(_TOKEN, "").strip()
    if not token:
        raise GradingError(
            f"no token: put one into the environment as {_TOKEN} (Canvas: Account > "
            "Settings > New Access Token)"
        )
    spare_nbgrader()
    from proctor.commands.listing import print_lines
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.marks import ATTENTION, read_marks
    from proctor.lms.canvas_api import CanvasAssignment
    from proctor.lms.grades import Wish

    name = options.assignment
    wish = Wish(options.column, options.zero_if_absent, options.partial, options.scale)
    with open_gradebook(course.layout) as gradebook:
        marks = list(read_marks(course, gradebook, name))
        there = CanvasAssignment(
            options.url, options.course, token, options.column or name
        )
        entries = there.entries(marks, wish)
        changes = [e for e in entries if e.now is not None and e.was != f"{e.now:g}"]
        lines = [(e.student, e.was or "-", f"{e.now:g}") for e in changes]
        print_lines(f"Marks in {there.name!r}", ("student", "was", "will be"), lines)
        stay = [(e.student, e.why) for e in entries if e.now is None]
        print_lines("Without a mark", ("student", "why"), stay)
        if not options.send:
            print(f"{len(changes)} marks would change; --send sends them")
            return int(any(mark.status == ATTENTION for mark in marks))
        left = there.send(changes)
        print(f"{len(changes) - len(left)} marks sent")
        if options.pages:
            users = {e.student: e.user for e in entries if e.user}
            left += _send_pages(course, gradebook, name, there, users)
    print_lines("Not as it was sent", ("student", "why"), left)
    return int(bool(left) or any(mark.status == ATTENTION for mark in marks))


def _send_pages(course, gradebook, assignment, there, users) -> list[tuple[str, str]]:
    """Send each page that Canvas has not; return whose could not be sent, and why."""
    from proctor.commands.feedback import pages_of
    from proctor.lms.canvas_api import SentPages

    sent = SentPages(course.layout.root / "results" / assignment / "canvas-pages.json")
    waiting: list[tuple[str, str]] = []
    number = same = 0
    for page in pages_of(course, gradebook, assignment, waiting):
        user = users.get(page.student)
        if user is None:
            waiting.append((page.student, "not in Canvas's course"))
        elif sent.has(user, page):
            same += 1
        else:
            there.send_page(user, page)
            sent.note(user, page)
            number += 1
    print(f"{number} pages sent, {same} were there")
    return waiting
