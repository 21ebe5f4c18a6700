"""The command ``proctor``: grade a course's submissions, or one notebook."""

from __future__ import annotations

import argparse
import os
import sys
from itertools import zip_longest
from pathlib import Path
from typing import NoReturn

from proctor.commands import (
    backup,
    bank,
    canvas,
    classes,
    collect,
    dates,
    export,
    feedback,
    package,
    prepare,
    pushes,
    roster,
    upgrade,
)
from proctor.commands.common import (
    add_cluster,
    add_grading,
    add_results,
    at_least_one,
)
from proctor.commands.reports import add_reports
from proctor.errors import GradingError
from proctor.options import of_command_line
from proctor.settings import Course
from proctor.text import plain

_INTERRUPTED = 130
_NOT_READ = 141


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    int
        0 if every submission was graded, whatever the scores; 1 if some needs
        attention; 2 if the run could not begin or go on, with one line that says why;
        130 after Ctrl-C; 141 if nobody reads what it prints.
    """
    given = sys.argv[1:] if arguments is None else arguments
    Course.more, given = of_command_line(given)
    options = _parser().parse_args(given)
    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Such as `| head`: nobody reads on. Nor shall Python write at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOT_READ
    except GradingError as error:
        # It may quote names that a student chose.
        lines = str(error).splitlines()
        print(f"proctor: {' '.join(map(plain, lines))}", file=sys.stderr)
        return 2
    except OSError as error:
        if not isinstance(error.__context__, KeyboardInterrupt):
            raise
        return _interrupted()  # what it cut short failed for it
    except KeyboardInterrupt:
        return _interrupted()


def _interrupted() -> int:
    print("proctor: interrupted", file=sys.stderr)
    return _INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, as all of proctor does."""

    def error(self, message: str) -> NoReturn:
        """End with a line that says what was wanted, what came, and where to look."""
        said = " ".join(map(plain, message.splitlines()))
        print(f"proctor: {said} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="proctor",
        description="The autograder. Settings of nbgrader_config.py may be given for "
        "one run, as nbgrader takes them: --Sandbox.cell_seconds=20",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    classes.add(commands)

    check = commands.add_parser("check", help="grade one notebook, without a gradebook")
    check.add_argument(
        "notebook", type=Path, help="or the folder of what somebody handed in"
    )
    check.add_argument(
        "--assignment",
        metavar="NAME",
        help="default: the one that has a notebook of this name",
    )
    check.add_argument(
        "--format",
        action="append",
        choices=("json", "junit", "gradescope", "classroom50", "markdown"),
        help="print it in the form of another system; may be given several times, each "
        "with its --out",
    )
    check.add_argument(
        "--out",
        action="append",
        type=Path,
        metavar="FILE",
        help="where to write that (default: print)",
    )
    add_results(check)
    check.set_defaults(run=_check)

    gate = commands.add_parser(
        "gate", help="try an assignment's tests on its bug bank and its variants"
    )
    gate.add_argument("assignment", help="e.g. 09_spatial")
    gate.add_argument("--bug", metavar="ID", help="try only this mistake")
    add_cluster(gate)
    add_grading(gate)
    gate.set_defaults(run=_gate)

    lint = commands.add_parser(
        "lint", help="say which of an assignment's tests are examined apart"
    )
    lint.add_argument("assignment", help="e.g. ps1")
    lint.set_defaults(run=_lint)

    compare = commands.add_parser(
        "compare", help="say where an assignment's marks would differ from nbgrader's"
    )
    compare.add_argument("assignment", help="e.g. ps1")
    compare.set_defaults(run=_compare)

    init = commands.add_parser(
        "init", help="put proctor under the nbgrader course in this folder"
    )
    init.set_defaults(run=_init)

    mutate = commands.add_parser(
        "mutate", help="try an assignment's tests on solutions with one small change"
    )
    mutate.add_argument("assignment", help="e.g. 09_spatial")
    mutate.add_argument(
        "--count", type=at_least_one, default=50, metavar="N", help="how many (50)"
    )
    mutate.add_argument("--cell", metavar="ID", help="change only this solution cell")
    mutate.add_argument(
        "--variants",
        action="store_true",
        help="change the bank's variants as well as the reference",
    )
    mutate.add_argument(
        "--sample",
        type=Path,
        metavar="FILE",
        help="write down which got which name, for a person to judge",
    )
    mutate.add_argument(
        "--jobs", type=at_least_one, metavar="N", help="how many at once"
    )
    add_grading(mutate)
    mutate.set_defaults(run=_mutate)

    add_reports(commands)
    term = (roster, dates, upgrade, collect, export, feedback, canvas, backup)
    hosted = (package, prepare, pushes)
    for command in (bank, *term, *hosted):
        command.add(commands)

    doctor = commands.add_parser(
        "doctor", help="say which sandbox this machine gives, and how to get a better"
    )
    doctor.add_argument(
        "--best",
        action="store_true",
        help="print the name of the best level that this machine gives, nothing else",
    )
    doctor.set_defaults(run=_doctor)
    return parser


def _check(options: argparse.Namespace) -> int:
    from proctor.commands.check import check

    show = None
    formats, places = options.format or [], options.out or []
    if len(places) > len(formats):
        raise GradingError("--out is of --format: name one as well")
    if len(formats) > 1 and len(places) < len(formats):
        raise GradingError("several formats go to several files: name each --out")
    if formats:
        from proctor.commands.formats import show as show_as

        show = show_as(list(zip_longest(formats, places)))
    return check(
        options.notebook,
        options.assignment,
        level=options.sandbox,
        seed=options.seed,
        results=options.results,
        show=show,
    )


def _gate(options: argparse.Namespace) -> int:
    from proctor.commands.gate import gate

    course = Course.find()
    how = classes.how_of(
        options, course, lambda line: print(f"proctor: {plain(line)}", file=sys.stderr)
    )
    return gate(course, options.assignment, how, bug=options.bug)


def _lint(options: argparse.Namespace) -> int:
    from proctor.commands.lint import lint

    return lint(Course.find(), options.assignment)


def _compare(options: argparse.Namespace) -> int:
    from proctor.commands.compare import compare

    return compare(Course.find(), options.assignment)


def _init(options: argparse.Namespace) -> int:
    from proctor.commands.init import init

    return init(Path.cwd())


def _mutate(options: argparse.Namespace) -> int:
    from proctor.commands.mutate import Options, mutate

    return mutate(
        Course.find(),
        options.assignment,
        Options(options.count, options.cell, options.variants, options.sample),
        level=options.sandbox,
        jobs=options.jobs or os.cpu_count() or 1,
        seed=options.seed,
    )


def _doctor(options: argparse.Namespace) -> int:
    from proctor.commands.doctor import report, report_best

    return report_best() if options.best else report()
