"""``proctor bank``: an assignment's known mistakes and variants, as data."""

from __future__ import annotations

import argparse
import json

from proctor.settings import Course


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "bank",
        help="print an assignment's solution, known mistakes and variants as JSON",
    )
    parser.add_argument("assignment", help="e.g. 09_spatial")
    parser.set_defaults(
        run=lambda options: show_bank(Course.find(), options.assignment)
    )


def show_bank(course: Course, assignment: str) -> int:
    """Print an assignment's bank as one JSON document.

    ``bugs`` has for each mistake its ``id``, ``cell``, ``title``, ``question`` and the
    ``text`` of the cell with the mistake in it; ``same`` the groups of ids that no
    value tells apart; ``variants`` has ``cell``, ``name`` and ``text``; ``reference``
    the cells that are solved, exported or imported, with ``cell`` (empty where it is no
    assignment's) and ``text``. All of it holds solutions.

    Returns
    -------
    int
        0.

    Raises
    ------
    GradingError
        If the assignment or its bank cannot be read.
    """
    # Imported late: the other commands have no need of it.
    from proctor.bank.reference import read_reference
    from proctor.notebook.built import Built

    layout, truth = course.layout, course.truth(assignment)
    built = Built.read(layout, course.marks, assignment, course.config)
    known = read_reference(layout.root, assignment, truth, lambda: built, whole=True)
    bank = known.bank
    bugs = [
        {
            "id": bug.id,
            "cell": bug.cell,
            "title": bug.title,
            "question": bug.question,
            "text": bank.source_of(bug),
        }
        for bug in bank.bugs
    ]
    same = [sorted(group) for group in bank.same_values]
    variants = [
        {"cell": one.cell, "name": one.name, "text": one.source}
        for one in bank.variants
    ]
    reference = [{"cell": cell, "text": text} for cell, text in known.cells]
    document = {"bugs": bugs, "same": same, "variants": variants}
    print(json.dumps({**document, "reference": reference}, indent=1))
    return 0
