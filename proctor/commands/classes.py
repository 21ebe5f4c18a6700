"""``proctor autograde`` and ``proctor merge``: the options of grading a class."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from proctor.commands.common import add_cluster, add_results, shard
from proctor.settings import Course

if TYPE_CHECKING:
    from proctor.grade.pool import How


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands."""
    autograde = commands.add_parser("autograde", help="grade a course's submissions")
    autograde.add_argument("assignment", help="e.g. 09_spatial")
    autograde.add_argument(
        "--student",
        action="append",
        metavar="ID",
        help="only this student; may be given several times",
    )
    autograde.add_argument(
        "--shard",
        type=shard,
        metavar="I/N",
        help="only the I-th of N parts of the class, for several machines at once",
    )
    add_cluster(autograde)
    autograde.add_argument(
        "--force", action="store_true", help="grade again what is graded already"
    )
    autograde.add_argument(
        "--feedback", action="store_true", help="write the students' pages as well"
    )
    autograde.add_argument(
        "--show-tests",
        action="store_true",
        help="let the pages show the hidden tests",
    )
    add_results(autograde)
    autograde.set_defaults(run=_autograde)

    merge = commands.add_parser(
        "merge", help="enter what other machines graded into this gradebook"
    )
    merge.add_argument(
        "results", type=Path, nargs="+", metavar="FILE", help="of autograde --results"
    )
    merge.add_argument(
        "--autograded",
        type=Path,
        action="append",
        metavar="DIR",
        help="what the folder autograded was there, for notebooks, Formgrader and "
        "pages; may be given several times (default: scores alone)",
    )
    merge.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write all results into one document as well",
    )
    merge.set_defaults(run=_merge)


def how_of(
    options: argparse.Namespace, course: Course, tell: Callable[[str], None]
) -> How:
    """Return where and how submissions run, of the options and the configuration."""
    from proctor.grade.pool import How

    return How(
        options.sandbox,
        options.seed,
        options.jobs or os.cpu_count() or 1,
        course.cluster if options.cluster is None else options.cluster,
        options.tls,
        tell,
    )


def _autograde(options: argparse.Namespace) -> int:
    # Imported late: these take seconds. The sandbox starts while nbgrader is loaded.
    from proctor.commands.autograde import autograde, tell
    from proctor.gradebook.plan import Plan

    course = Course.find()
    how = how_of(options, course, tell)
    return autograde(
        course,
        options.assignment,
        how,
        Plan(tuple(options.student or ()), options.force, options.shard),
        feedback=options.feedback,
        show_tests=options.show_tests,
        results=options.results,
    )


def _merge(options: argparse.Namespace) -> int:
    from proctor.commands.merge import merge

    folders = options.autograded or []
    return merge(Course.find(), options.results, folders, options.out)
