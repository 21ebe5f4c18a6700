"""``proctor package``: an assignment's autograder as a hosted system wants it."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "package", help="write an assignment's autograder for Gradescope"
    )
    parser.add_argument("system", choices=("gradescope",))
    parser.add_argument("assignment", help="e.g. 09_spatial")
    parser.add_argument(
        "--out", type=Path, metavar="ZIP", help="default: gradescope-ASSIGNMENT.zip"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from proctor.lms.files import write_new
    from proctor.lms.gradescope import gradescope_zip
    from proctor.settings import Course

    course = Course.find()
    course.layout.require(options.assignment)
    folder = course.layout.built(options.assignment)
    notebooks = sorted(p.stem for p in folder.glob("*.ipynb") if p.name[0] != ".")
    data = gradescope_zip(course, options.assignment, notebooks)
    out = options.out or Path(f"gradescope-{options.assignment}.zip")
    if kept := write_new(out, data):
        print(f"the earlier {out} is {kept} now")
    print(f"{out} ({len(data) / 1e6:.1f} MB): upload it as the assignment's autograder")
    return 0
