"""``proctor pushes``: grade the last commit of each student's repository."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import replace
from pathlib import Path


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "pushes",
        help="grade each student's last commit, without a gradebook, and write reports",
    )
    parser.add_argument(
        "urls", type=Path, help="a CSV with the columns id and url of the repositories"
    )
    parser.add_argument("assignment", help="e.g. 09_spatial")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="for ID.md, ID.xml (JUnit) and ID.json of each student, pushes.tsv and "
        "summary.md",
    )
    parser.add_argument(
        "--seen",
        type=Path,
        metavar="FILE",
        help="remember there what was graded, and grade only what is new",
    )
    parser.add_argument("--sandbox", metavar="LEVEL", help="as in proctor check")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from proctor.commands.check import by_itself, checking
    from proctor.commands.formats import FORMATS
    from proctor.lms.files import write_new
    from proctor.lms.pushes import grade_pushes, read_seen, table_of, write_seen
    from proctor.lms.repositories import Repositories, addresses_of
    from proctor.lms.sheets import Sheet
    from proctor.settings import Course

    course = Course.find()
    course.layout.require(options.assignment)
    sheet, seen = Sheet.read(options.urls), read_seen(options.seen)
    urls = dict(addresses_of(sheet))
    notebooks = course.layout.notebooks(options.assignment)
    options.out.mkdir(parents=True, exist_ok=True)
    done = []
    with contextlib.ExitStack() as stack:
        found = Repositories(sheet, options.assignment, notebooks, seen)
        repositories = stack.enter_context(found)
        grader = None
        if repositories.commits:  # else there is nothing to be graded
            opened = checking(
                course, options.assignment, level=options.sandbox, seed=None
            )
            grader = stack.enter_context(opened)
        for push in grade_pushes(repositories, grader):
            if push.submission:
                push = replace(push, submission=by_itself(push.submission))
                for ending, name in (
                    ("md", "markdown"),
                    ("xml", "junit"),
                    ("json", "json"),
                ):
                    text = FORMATS[name](push.run, push.submission, course.marks)
                    path = options.out / f"{push.student}.{ending}"
                    write_new(path, text.encode("utf-8", "replace"))
                seen[push.student] = push.commit
                if options.seen:
                    write_seen(options.seen, seen)
            done.append(push)
            print(f"{push.student}: {_said(push)}", flush=True)
        same = len(repositories.same)
    write_new(options.out / "pushes.tsv", table_of(done, urls))
    write_new(options.out / "summary.md", _summary(options.assignment, done, same))
    print(f"{len(done)} new, {same} as before")
    return int(any(push.attention for push in done))


def _said(push) -> str:
    from proctor.text import plain_line

    if push.submission is None:
        return f"not graded: {plain_line(push.why_not, 300)}"
    found = push.submission
    what = f"{found.score:g} of {found.max_score:g} points"
    return f"{what}; {plain_line(found.message, 300)}" if push.attention else what


def _summary(assignment: str, done: list, same: int) -> bytes:
    from proctor.commands.formats import as_cell

    lines = [f"## {assignment}: {len(done)} new, {same} as before", ""]
    if done:
        lines += ["| student | what came of it |", "| --- | --- |"]
        lines += [
            f"| {as_cell(push.student)} | {as_cell(_said(push))} |" for push in done
        ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")
