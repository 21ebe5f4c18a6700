"""``proctor package``: an assignment's grading as a hosted system wants it."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from proctor.errors import GradingError

_GRADESCOPE, _CLASSROOM50 = "gradescope", "classroom50"
_SYSTEMS = ("github", "gitlab", _GRADESCOPE, _CLASSROOM50)


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command's arguments."""
    parser = commands.add_parser(
        "package",
        help="write what GitHub, GitLab, Gradescope or Classroom 50 grades with",
    )
    parser.add_argument("system", choices=_SYSTEMS)
    parser.add_argument("assignment", nargs="?", help="e.g. 09_spatial")
    parser.add_argument("--assignment", dest="named", help=argparse.SUPPRESS)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="PLACE",
        help="a new folder; of gradescope a zip (default: SYSTEM-ASSIGNMENT)",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from proctor.settings import Course

    assignment = options.assignment or options.named
    if not assignment:
        raise GradingError(
            f"which assignment? proctor package {options.system} ASSIGNMENT"
        )
    course = Course.find()
    course.layout.require(assignment)
    if options.system == _GRADESCOPE:
        return _zip(course, assignment, options.out)
    return _folder(course, options.system, assignment, options.out)


def _zip(course, assignment: str, out: Path | None) -> int:
    from proctor.lms.files import write_new
    from proctor.lms.hosted.gradescope import gradescope_zip

    data = gradescope_zip(course, assignment, course.layout.notebooks(assignment))
    out = out or Path(f"gradescope-{assignment}.zip")
    if out.is_dir():
        out /= f"gradescope-{assignment}.zip"
    if kept := write_new(out, data):
        print(f"the earlier {out} is {kept} now")
    print(f"{out} ({len(data) / 1e6:.1f} MB): upload it as the assignment's autograder")
    return 0


def _folder(course, system: str, assignment: str, out: Path | None) -> int:
    from proctor.lms.hosted.ci_jobs import (
        VISIBLE,
        names_of,
        private_files,
        visible_files,
    )
    from proctor.lms.hosted.classroom50 import classroom50_files
    from proctor.lms.hosted.content import require_new, write_all
    from proctor.lms.hosted.github import github_files
    from proctor.lms.hosted.gitlab import gitlab_files

    out = out or Path(f"{system}-{assignment}")
    require_new(out)
    names = names_of(course, assignment)
    visible = visible_files(course, assignment)
    visible |= _how_examined(course, assignment, visible)
    if system == _CLASSROOM50:
        files, texts = visible, classroom50_files(names)
    else:
        files = {f"students/{VISIBLE}/{name}": data for name, data in visible.items()}
        beside = private_files(course, names)
        files |= {f"private/{name}": data for name, data in beside.items()}
        texts = github_files(names) if system == "github" else gitlab_files(names)
    files |= {name: text.encode() for name, text in texts.items()}
    write_all(out, files)
    print(f"{len(files)} files in {out}: its README.md says which goes where")
    return 0


def _how_examined(course, assignment: str, visible: dict[str, bytes]) -> dict:
    """Return what says which of the visible tests run together with a student's code.

    That is measured with right solutions, which are here and not where it is needed.
    """
    from proctor.commands.check import checking
    from proctor.lms.hosted.content import write_all
    from proctor.notebook.built import Built
    from proctor.notebook.cells import grade_id, grading, is_test
    from proctor.sandbox.levels import best_level
    from proctor.settings import Course

    built = Built.read(course.layout, course.marks, assignment, course.config)
    handed_out = built.handed_out()
    place, kept = "course/", Path(".proctor", f"{assignment}.json")
    files = {n.removeprefix(place): d for n, d in visible.items() if n[:7] == place}
    for name, notebook in built.source.items():
        for cell in notebook["cells"]:
            if is_test(grading(cell)):
                cell["source"] = handed_out[grade_id(cell)]
        files[f"source/{assignment}/{name}.ipynb"] = json.dumps(notebook).encode()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch, "course")
        write_all(home, files)
        sys.path.insert(0, str(home / "package"))  # the checks may be of the students'
        try:
            there = Course.read(home)
            with checking(there, assignment, level=best_level(), seed=None):
                found = home / kept
                return (
                    {place + str(kept): found.read_bytes()} if found.is_file() else {}
                )
        finally:
            sys.path.remove(str(home / "package"))
