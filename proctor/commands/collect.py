"""``proctor collect``: what a course's system gives, into ``submitted/``."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from proctor.errors import GradingError


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "collect",
        help="take submissions from an archive of Canvas, Moodle, Gradescope or Google "
        "Drive, or from git",
    )
    parser.add_argument(
        "archive",
        type=Path,
        help="the zip, or the folder that it was unpacked into; of --from git a CSV "
        "with the columns id and url",
    )
    parser.add_argument("assignment", help="e.g. 09_spatial")
    parser.add_argument(
        "--from",
        dest="system",
        choices=("canvas", "moodle", "gradescope", "drive", "git"),
        help="whose archive it is (default: seen from its names)",
    )
    parser.add_argument(
        "--worksheet",
        type=Path,
        metavar="FILE",
        help="Moodle's grading worksheet: who has which participant's number",
    )
    parser.add_argument(
        "--zone",
        metavar="NAME",
        help="in which the worksheet's times are, e.g. Europe/Berlin: then lateness is "
        "known",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported late: these take seconds.
    from proctor.commands.listing import counted, print_lines
    from proctor.gradebook.fast_import import spare_nbgrader
    from proctor.settings import Course

    course = Course.find()
    course.layout.require(options.assignment)
    if options.zone and not options.worksheet:
        raise GradingError("--zone is of the times in a worksheet: name one as well")
    spare_nbgrader()
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.folders import Folders
    from proctor.gradebook.people import people_of
    from proctor.lms.archive import Archive
    from proctor.lms.class_list import ClassList, read_worksheet
    from proctor.lms.collect import Collection, system_of
    from proctor.lms.collected import Collected
    from proctor.lms.drive import Drive
    from proctor.lms.gradescope_export import Export
    from proctor.lms.repositories import Repositories
    from proctor.lms.sheets import Sheet
    from proctor.lms.systems import DRIVE, GIT, GRADESCOPE

    with (
        Folders(course).only_one(),
        open_gradebook(course.layout) as gradebook,
        contextlib.ExitStack() as stack,
    ):
        people = people_of(gradebook)
        if not people:
            raise GradingError(
                "the gradebook has no students: enter the class first, with proctor "
                "roster"
            )
        notebooks = course.layout.notebooks(options.assignment)
        if options.system == GIT:
            sheet = Sheet.read(options.archive)
            archive = Repositories(sheet, options.assignment, notebooks)
        else:
            archive = Archive(options.archive)
        stack.enter_context(archive)
        participants, times = {}, {}
        if options.worksheet:
            sheet = Sheet.read(options.worksheet)
            participants, times = read_worksheet(sheet, people, options.zone)
        in_class = ClassList(people, participants)
        system, reader = options.system or system_of(archive), None
        if system == GRADESCOPE:
            export = Export(archive)
            reader, times = export.named, export.times
        elif system == DRIVE:
            reader = Drive(notebooks, in_class).named
        lines = Collection(
            archive,
            system,
            in_class,
            Collected(course.layout, options.assignment),
            notebooks,
            times,
            reader,
        ).run()
    said = [
        (
            line.student or "?",
            line.name,
            f"{line.what}{', late' * line.late}",
            "; ".join(line.notes),
        )
        for line in lines
    ]
    title = f"Collected for {options.assignment}"
    print_lines(title, ("student", "in the archive", "what", "notes"), said)
    late = sum(line.late for line in lines)
    print(f"{counted(line.what for line in lines)}; {late} late")
    taken = {line.student for line in lines}
    missing = [person.id for person in people if person.id not in taken]
    if missing:
        print(f"nothing in the archive of {len(missing)}: {', '.join(missing)}")
    return int(any(line.attention for line in lines))
