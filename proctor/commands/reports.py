"""What ``proctor report`` and ``proctor similar`` are asked on the command line."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

from proctor.errors import GradingError
from proctor.settings import Course
from proctor.text import plain


def add_reports(commands) -> None:
    """Add both commands to the parser's."""
    report = commands.add_parser("report", help="say what a class got wrong")
    report.add_argument(
        "assignment", nargs="?", help="e.g. 09_spatial; left out with --student"
    )
    asked = report.add_mutually_exclusive_group()
    asked.add_argument(
        "--draft-bug",
        metavar="GROUP",
        help="print the skeleton of a known mistake from a group of like wrong answers",
    )
    asked.add_argument(
        "--student",
        metavar="ID",
        help="one student's progress over all assignments: feedback/ID/index.html",
    )
    asked.add_argument(
        "--all", action="store_true", help="print every score and every loss as well"
    )
    report.add_argument(
        "--results",
        action="append",
        type=Path,
        metavar="FILE",
        help="of this document, in place of those that the course keeps; of several "
        "runs, oldest first, if it is given several times",
    )
    report.add_argument(
        "--since",
        metavar="TIME",
        help="tell what changed by all runs from this day or time on, such as "
        "2026-10-02 or 2026-10-02T14:30 (UTC); default: by the last run",
    )
    _add_common(report)
    report.set_defaults(run=_report)

    similar = commands.add_parser("similar", help="list submissions that are alike")
    similar.add_argument("assignment", help="e.g. 09_spatial")
    similar.add_argument(
        "--against",
        action="append",
        type=Path,
        metavar="DIR",
        help="compare with the notebooks and Python files below this folder, too",
    )
    _add_common(similar)
    similar.set_defaults(run=_similar)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="where the pages go; default: results/ASSIGNMENT in the course",
    )
    parser.add_argument(
        "--anonymous",
        action="store_true",
        help="call students by other names, the same in each report of the course",
    )


def _report(options: argparse.Namespace) -> int:
    # Imported late, as all commands are: these take seconds.
    from proctor.commands import report

    course = Course.find()
    if options.student is not None:
        if options.assignment is not None or options.results or options.since:
            raise GradingError(
                "--student is of all assignments, and of the results that the course "
                "keeps: leave ASSIGNMENT, --results and --since out"
            )
        from proctor.commands.student import student_page

        return student_page(course, options.student, options.anonymous, options.to)
    if options.assignment is None:
        raise GradingError(
            "name an assignment, such as proctor report "
            f"{(course.layout.assignments() or ['01_intro'])[0]}; or --student ID"
        )
    asked = report.Options(
        tuple(options.results or ()),
        options.to,
        options.all,
        options.anonymous,
        _moment(options.since) if options.since is not None else None,
    )
    if options.draft_bug is not None:
        return report.draft_bug(course, options.assignment, options.draft_bug, asked)
    return report.report(course, options.assignment, asked)


def _moment(given: str) -> datetime:
    from proctor.report.documents import moment

    try:
        return moment(given)
    except ValueError:
        raise GradingError(
            f"--since takes a day or a time, such as 2026-10-02 or 2026-10-02T14:30, "
            f"and got {plain(given)!r}"
        ) from None


def _similar(options: argparse.Namespace) -> int:
    from proctor.commands.similar import similar

    return similar(
        Course.find(),
        options.assignment,
        against=tuple(options.against or ()),
        folder=options.to,
        anonymous=options.anonymous,
    )
