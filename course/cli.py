"""The command ``course``: build the products, check the authors."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from course.project import NOBODY, CourseError, Project

_INTERRUPTED = 130
_NOT_READ = 141


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    int
        0, or 2 with one line for each thing to put right; 130 after Ctrl-C; 141 if
        nobody reads what it prints.
    """
    options = _parser().parse_args(arguments)
    # jsonschema, which nbformat loads, goes on without these by its own design: to
    # build their grammar takes longer than all that a command imports besides.
    for name in ("rfc3987_syntax", "isoduration"):
        sys.modules.setdefault(name, None)
    try:
        status = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Such as `| head`: nobody reads on. Nor shall Python write at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _NOT_READ
    except CourseError as error:
        for line in str(error).splitlines():
            print(f"course: {line}", file=sys.stderr)
        return 2
    except OSError as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            return _interrupted()  # what it cut short failed for it
        # Without a file's name it is nothing that an author could mend.
        if error.filename is None:
            raise
        print(
            f"course: {error.filename} cannot be read or written ({error.strerror}): "
            "mend that, then run the same command again",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        return _interrupted()


def _interrupted() -> int:
    print("course: interrupted", file=sys.stderr)
    return _INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong, as the whole command does."""

    def error(self, message: str) -> NoReturn:
        """End with a line that says what was wanted, what came, and where to look."""
        said = " ".join(message.split())
        print(f"course: {said} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="course", description="The author's tools: build the course, check it."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    build = commands.add_parser(
        "build", help="write source/, release/ and tinytorch/ from notebooks/"
    )
    build.add_argument(
        "assignment", nargs="?", default="*", help="only this one, e.g. 09_spatial"
    )
    build.add_argument(
        "--student",
        metavar="DIR",
        type=Path,
        help="write only the student's edition of tinytorch, into the new folder DIR",
    )
    build.set_defaults(run=_build)

    check = commands.add_parser(
        "check",
        help="say what is wrong in notebooks/ or stale in what is built from it, and "
        "try the tests on the known mistakes",
        description="Say, a line each, what is to be put right: in the cells, tests "
        "and prose of notebooks/; what in source/, tinytorch/, release/ and README.md "
        "is not what they give now, or shows students a solution or hidden test; what "
        "visible checks say of known mistakes. Then run proctor gate for each "
        "assignment.",
    )
    check.add_argument(
        "--fast",
        action="store_true",
        help="leave out proctor gate, which grades each known mistake and each right "
        "variant, and takes minutes",
    )
    check.add_argument(
        "--mistakes",
        action="store_true",
        help="say of each known mistake what the visible check of its cell says",
    )
    check.set_defaults(run=_check)

    publish = commands.add_parser(
        "publish", help="write the students' repository, without what solves or tests"
    )
    publish.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help="a new folder, or a clone of the students' repository",
    )
    publish.add_argument(
        "--until",
        metavar="ASSIGNMENT",
        help="the last one, by name, that goes out (default: the first that students "
        "write)",
    )
    publish.set_defaults(run=_publish)

    upgrade = commands.add_parser(
        "upgrade",
        help="bring gradebook and release/ to an assignment's new tests; grades stay",
    )
    upgrade.add_argument("assignment", help="e.g. 09_spatial")
    upgrade.set_defaults(run=_upgrade)

    tutor = commands.add_parser(
        "tutor", help="say which known mistakes the public examples tell apart"
    )
    tutor.add_argument("assignment", help="e.g. 09_spatial")
    tutor.set_defaults(run=_tutor)

    outputs = commands.add_parser(
        "outputs", help="draw anew the pictures that the student's notebook comes with"
    )
    outputs.add_argument("assignment", help="e.g. 09_spatial")
    outputs.set_defaults(run=_outputs)

    links = commands.add_parser(
        "links", help="print the addresses under which students open the notebooks"
    )
    links.add_argument(
        "--hub",
        metavar="ADDRESS",
        help="a JupyterHub's, for links that nbgitpuller follows there",
    )
    links.set_defaults(run=_links)

    site = commands.add_parser("site", help="build the course's web pages")
    site.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="where to (default: build/site); an earlier site there is replaced",
    )
    site.add_argument(
        "--lite",
        action="store_true",
        help="add the notebooks that the browser alone runs (JupyterLite; needs npm)",
    )
    site.set_defaults(run=_site)

    demo = commands.add_parser(
        "demo", help="build the course in a scratch folder and grade examples/ there"
    )
    demo.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="where to (default: build/demo); an earlier demo there is replaced",
    )
    demo.set_defaults(run=_demo)
    return parser


def _build(options: argparse.Namespace) -> int:
    project = Project.find()
    if options.student:
        from course.student import build_student

        folder = build_student(project, options.student)
        print(f"student's edition of tinytorch: {folder}")
        return 0
    from course.build import build

    for line in build(project, options.assignment):
        print(line)
    print("built source/, tinytorch/ and release/")
    return 0


def _upgrade(options: argparse.Namespace) -> int:
    from course.upgrade import upgrade

    upgrade(Project.find(), options.assignment)
    return 0


def _tutor(options: argparse.Namespace) -> int:
    from course.tutor.build import say_what_is_named

    say_what_is_named(Project.find(), options.assignment)
    return 0


def _outputs(options: argparse.Namespace) -> int:
    from course.build import build
    from course.outputs import make

    project = Project.find()
    build(project, options.assignment)
    count = make(project, options.assignment)
    for line in build(project, options.assignment):
        print(line)
    print(f"the outputs of {count} cells are kept, and built into source/ and release/")
    return 0


def _check(options: argparse.Namespace) -> int:
    from course.build import check

    project = Project.find()
    seen = check(project)
    print("the truth is sound, and source/, tinytorch/ and release/ agree with it")
    for assignment, one in seen:
        print(f"{assignment}: {one.summary()}")
        for line in one.lines() if options.mistakes else ():
            print(f"  {line}")
    if options.fast:
        return 0
    from course.autograder import run_gates
    from course.truth import graded_assignments

    run_gates(project.root, graded_assignments(project))
    return 0


def _publish(options: argparse.Namespace) -> int:
    from course.publish import publish

    folder = options.folder.resolve()
    done = publish(Project.find(), folder, options.until)
    lines, places = done.searched
    print(f"{done.files} files in {folder}, until {done.assignments[-1]}")
    print(f"none of {lines} lines that solve or test is in {places} files and objects")
    print(f"committed as {done.commit}" if done.commit else "nothing has changed")
    return 0


def _links(options: argparse.Namespace) -> int:
    from course.student import is_written

    project = Project.find()
    if project.setting("user") == NOBODY:
        raise CourseError(
            "settings.ini names no repository yet: write yours into user, repo and "
            "branch, and run make build"
        )
    for folder in sorted(filter(is_written, project.release.iterdir())):
        for path in sorted(folder.glob("*.ipynb")):
            notebook = project.relative(path)
            links = project.links(notebook)
            if options.hub:
                links = {"JupyterHub": project.hub_link(options.hub, notebook)}
            print(notebook)
            for name, address in links.items():
                print(f"  {name}: {address}")
    return 0


def _site(options: argparse.Namespace) -> int:
    # Late: Sphinx is an extra.
    from course.site.build import build_site

    project = Project.find()
    folder = (options.folder or project.root / "build" / "site").resolve()
    count = build_site(project, folder, options.lite)
    print(f"{count} pages in {folder}: open {folder / 'index.html'}")
    return 0


def _demo(options: argparse.Namespace) -> int:
    from course.demo import demo

    project = Project.find()
    demo(project, (options.folder or project.root / "build" / "demo").resolve())
    return 0
