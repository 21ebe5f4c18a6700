"""``proctor upgrade``: an assignment with submissions gets other tests or tasks."""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "upgrade",
        help="bring gradebook and release to an assignment's new tests, tasks and "
        "points; grades stay",
    )
    parser.add_argument("assignment", help="e.g. 09_spatial")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    # Imported late: these take seconds. nbgrader first: the configuration has more to
    # say where it is loaded.
    import nbgrader.converters  # noqa: F401

    from proctor.commands.listing import print_lines
    from proctor.gradebook.class_run import read_assigned
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.folders import Folders
    from proctor.gradebook.graded import GradedNotebooks
    from proctor.gradebook.releasing import put_in_place
    from proctor.gradebook.upgrade import Upgrading, generate, scratch_beside
    from proctor.settings import Course

    course, name = Course.find(), options.assignment
    layout, folders = course.layout, Folders(course)
    with (
        folders.only_one(),
        open_gradebook(layout) as gradebook,
        scratch_beside(course) as scratch,
    ):
        read_assigned(course, gradebook, name)  # refuses what is not there
        made = generate(course, name, Path(scratch))
        done = Upgrading(gradebook, name).bring_to(made.notebooks)
        kept = _keep(layout.root / "results" / name, done.gone)
        gradebook.db.commit()
        put_in_place(made.release, layout.released(name), Path(scratch, "old"))
        found = read_assigned(course, gradebook, name)
        graded = GradedNotebooks(layout, found, folders.support_files(name))
        handed_in = folders.students(name)
        without = [
            student
            for student in handed_in
            if not _has_all(graded.handed_in(student).values(), done.new)
        ]
        again = [
            student
            for student in handed_in
            if not graded.find(student, graded.key_of(student))
        ]
    print_lines("Changed", ("cell", "how"), done.changes)
    if kept:
        print(f"what was known of the tasks that are gone: {kept}")
    print_lines(
        "Points by hand, which stay; look at them again",
        ("student", "cell", "points"),
        done.by_hand,
    )
    if not done.changes:
        print(f"{name}: the gradebook knew all of it")
    if without:
        new = ", ".join(done.new)
        print(f"handed in before there was {new}: {', '.join(without)}")
    if again:
        print(f"to be graded anew: {len(again)}: {', '.join(again)}")
        print(f"run: proctor autograde {name}")
    else:
        print("nobody has to be graded anew")
    return 0


def _has_all(notebooks: Iterable[Path], cells: list[str]) -> bool:
    """Tell whether a submission names cells; it is not read as a notebook here."""
    from proctor.errors import SubmissionError
    from proctor.notebook.read import bytes_of

    text = b""
    for path in notebooks:
        with contextlib.suppress(SubmissionError):
            text += bytes_of(path)
    return all(json.dumps(name).encode() in text for name in cells)


def _keep(folder: Path, gone: list[tuple[str, ...]]) -> Path | None:
    """Write down what the gradebook is about to forget."""
    from proctor.lms.files import write_new

    if not gone:
        return None
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ("student", "cell", "points", "by hand", "beside", "comment")
    writer.writerows([head, *gone])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"taken-out-{datetime.now():%Y-%m-%d-%H%M%S}.csv"
    write_new(path, text.getvalue().encode())
    return path
