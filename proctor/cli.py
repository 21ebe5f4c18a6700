"""The command ``proctor``: grade a course's submissions, show the demo."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from proctor.project import GradingError, find_course


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    int
        0 if every submission was graded, whatever the scores; 1 if some needs
        attention; 2 if the run could not begin, with one line that says why.
    """
    options = _parser().parse_args(arguments)
    # Without a terminal rich takes 80 columns; a log has room for whole reasons.
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    try:
        return options.run(options, console)
    except GradingError as error:
        print(f"proctor: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="proctor", description="The autograder.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    autograde = commands.add_parser("autograde", help="grade a course's submissions")
    autograde.add_argument("assignment", help="e.g. 09_spatial")
    autograde.add_argument(
        "--student",
        action="append",
        metavar="ID",
        help="only this student; may be given several times",
    )
    autograde.add_argument(
        "--results", type=Path, metavar="FILE", help="write the results as JSON"
    )
    autograde.set_defaults(run=_autograde)

    demo = commands.add_parser(
        "demo", help="build the course in a scratch folder and grade examples/ there"
    )
    demo.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="where to (default: build/demo); an earlier demo there is replaced",
    )
    demo.set_defaults(run=_demo)
    return parser


def _autograde(options: argparse.Namespace, console: Console) -> int:
    # Imported late: these bring nbgrader, which takes seconds.
    from proctor.course import Course
    from proctor.grading import grade
    from proctor.report import print_run

    course = Course(find_course())
    run = grade(
        course,
        options.assignment,
        options.student,
        report=lambda s: console.print(f"{s.student}: {s.status}", style="dim"),
    )
    if options.results:
        run.write(options.results)
    print_run(run, console)
    return run.exit_status


def _demo(options: argparse.Namespace, console: Console) -> int:
    from proctor.demo import demo

    root = find_course()
    folder = (options.folder or root / "build" / "demo").resolve()
    run = demo(root, folder, console)
    return 0 if run.submissions else 2
