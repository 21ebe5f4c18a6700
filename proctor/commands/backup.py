"""``proctor backup`` and ``proctor restore``: a course run in one file, and back."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path


def add(commands: argparse._SubParsersAction) -> None:
    """Add the commands' arguments."""
    parser = commands.add_parser(
        "backup", help="write the gradebook and what was handed in into one file"
    )
    parser.add_argument(
        "file",
        type=Path,
        nargs="?",
        help="default: backups/COURSE-DATE.tar.gz in the course's folder",
    )
    parser.set_defaults(run=_back_up)
    parser = commands.add_parser(
        "restore", help="put a backup into a course that has no run yet"
    )
    parser.add_argument("file", type=Path)
    parser.set_defaults(run=_restore)


def _back_up(options: argparse.Namespace) -> int:
    # Imported late: these take seconds.
    from proctor.gradebook.backup import back_up
    from proctor.gradebook.folders import Folders
    from proctor.settings import Course

    course = Course.find()
    out = options.file
    if out is None:
        name = course.layout.course_id or course.layout.root.name
        now = f"{datetime.now():%Y-%m-%d-%H%M%S}"
        out = course.layout.root / "backups" / f"{name}-{now}.tar.gz"
        out.parent.mkdir(exist_ok=True)
    with Folders(course).only_one():
        number = back_up(course.layout, out.absolute())
    print(f"{number} files in {out} ({out.stat().st_size / 1e6:.1f} MB)")
    return 0


def _restore(options: argparse.Namespace) -> int:
    from proctor.gradebook.backup import restore
    from proctor.gradebook.folders import Folders
    from proctor.settings import Course

    course = Course.find()
    with Folders(course).only_one():
        number = restore(course.layout, options.file.absolute())
    print(f"{number} files of {options.file} are in {course.layout.root}")
    return 0
