"""The command ``proctor``: grade a course's submissions, or one notebook."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from proctor.commands import (
    backup,
    bank,
    collect,
    dates,
    export,
    feedback,
    package,
    roster,
)
from proctor.commands.reports import add_reports
from proctor.errors import GradingError
from proctor.options import of_command_line
from proctor.sandbox.levels import LEVELS, parse
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
    except KeyboardInterrupt:
        print("proctor: interrupted", file=sys.stderr)
        return _INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="proctor",
        description="The autograder. Settings of nbgrader_config.py may be given for "
        "one run, as nbgrader takes them: --Sandbox.cell_seconds=20",
    )
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
        "--jobs", type=_at_least_one, metavar="N", help="how many at once"
    )
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
    _add_common(autograde)
    autograde.set_defaults(run=_autograde)

    check = commands.add_parser("check", help="grade one notebook, without a gradebook")
    check.add_argument("notebook", type=Path)
    check.add_argument(
        "--assignment",
        metavar="NAME",
        help="default: the one that has a notebook of this name",
    )
    check.add_argument(
        "--format",
        choices=("json", "junit", "gradescope", "classroom50", "markdown"),
        help="print it in the form of another system",
    )
    check.add_argument(
        "--out", type=Path, metavar="FILE", help="where to write that (default: print)"
    )
    _add_common(check)
    check.set_defaults(run=_check)

    gate = commands.add_parser(
        "gate", help="try an assignment's tests on its bug bank and its variants"
    )
    gate.add_argument("assignment", help="e.g. 09_spatial")
    gate.add_argument("--bug", metavar="ID", help="try only this mistake")
    gate.add_argument(
        "--jobs", type=_at_least_one, metavar="N", help="how many at once"
    )
    _add_grading(gate)
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
        "--count", type=_at_least_one, default=50, metavar="N", help="how many (50)"
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
        "--jobs", type=_at_least_one, metavar="N", help="how many at once"
    )
    _add_grading(mutate)
    mutate.set_defaults(run=_mutate)

    add_reports(commands)
    term = (roster, dates, collect, export, feedback, backup, package)
    for command in (bank, *term):
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


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--results", type=Path, metavar="FILE", help="write the results as JSON"
    )
    _add_grading(parser)


def _add_grading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sandbox",
        type=_levels,
        metavar="LEVEL",
        help="ask for this level in place of those in nbgrader_config.py: "
        f"{', '.join(LEVELS)}; or for the first that is given of several, with commas",
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help="of the tests' random inputs, to repeat an earlier run",
    )


def _levels(text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _at_least_one(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(
            f"a whole number of 1 or more was wanted, got {text!r}"
        )
    return number


def _autograde(options: argparse.Namespace) -> int:
    # Imported late: these take seconds. The sandbox starts while nbgrader is loaded.
    from proctor.commands.autograde import autograde

    return autograde(
        Course.find(),
        options.assignment,
        students=options.student or [],
        jobs=options.jobs or os.cpu_count() or 1,
        force=options.force,
        seed=options.seed,
        level=options.sandbox,
        feedback=options.feedback,
        show_tests=options.show_tests,
        results=options.results,
    )


def _check(options: argparse.Namespace) -> int:
    from proctor.commands.check import check

    show = None
    if options.format:
        from proctor.commands.formats import show as show_as

        show = show_as(options.format, options.out)
    elif options.out:
        raise GradingError("--out is of --format: name one as well")
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

    return gate(
        Course.find(),
        options.assignment,
        bug=options.bug,
        level=options.sandbox,
        jobs=options.jobs or os.cpu_count() or 1,
        seed=options.seed,
    )


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
