"""``proctor prepare``: what submissions can read, laid out in a container's image."""

from __future__ import annotations

import argparse
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.programs import prepare_roots
from proctor.settings import CONFIG, Course


def add(commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "prepare",
        help="lay out what submissions can read at the level uid, once for an image",
    )
    parser.add_argument("folder", type=Path, help="a new one, in the image")
    parser.add_argument("--assignment", metavar="NAME", required=True)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    course = Course.find()
    known = course.layout.assignments()
    if options.assignment not in known:
        raise GradingError(
            f"no assignment {options.assignment!r} (there is "
            f"{', '.join(sorted(known)) or 'none'})"
        )
    folder = options.folder.resolve()
    prepare_roots(course, options.assignment, folder)
    print(f"laid out in {folder}: use it by c.Sandbox.prepared in {CONFIG}, or by")
    print(f"  --Sandbox.prepared={folder}")
    return 0
