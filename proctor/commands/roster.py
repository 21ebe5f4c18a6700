"""``proctor roster``: a class's list from Canvas, Moodle or a CSV."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "roster", help="enter a class's list into the gradebook"
    )
    parser.add_argument(
        "file",
        type=Path,
        help="Canvas's gradebook export, Moodle's participants or grading worksheet, "
        "or a CSV with the columns id, first_name, last_name, email",
    )
    parser.add_argument(
        "--id",
        metavar="COLUMN",
        help="where students' ids come from (default: SIS Login ID, SIS User ID or ID "
        "of Canvas; Username, ID number or Email address of Moodle)",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported late: these take seconds.
    from proctor.commands.listing import print_lines
    from proctor.gradebook.fast_import import spare_nbgrader
    from proctor.settings import Course
    from proctor.text import listed

    course = Course.find()
    spare_nbgrader()
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.people import enter
    from proctor.lms.roster import read_roster
    from proctor.lms.sheets import Sheet

    roster = read_roster(Sheet.read(options.file), options.id)
    people = list(roster.people.values())
    with open_gradebook(course.layout, new=True) as gradebook:
        entered = enter(gradebook, people)
    names = {person.id: person.name for person in people}
    lines = [
        *((student, names[student], "new") for student in entered.new),
        *((student, names[student], "changed") for student in entered.changed),
        *((student, "", "in the gradebook alone: stays") for student in entered.absent),
    ]
    print_lines("Roster", ("student", "name", "what"), lines)
    if same := [f"{new} of {there}" for new, there in entered.namesakes]:
        print(
            f"new, with a name that was there: {listed(same, 5)}; if they are one, "
            "take the earlier column with --id, and the new ones out with nbgrader db "
            "student remove ID"
        )
    for why in roster.left_out:
        print(f"left out: {why}")
    print(
        f"{len(people)} students of a {roster.kind} list, ids from "
        f"{roster.id_column!r}: {len(entered.new)} new, {len(entered.changed)} "
        f"changed, {len(entered.same)} as they were; in the gradebook alone: "
        f"{len(entered.absent)}"
    )
    return 0
