"""``course demo``: the whole chain on sample submissions, in a scratch copy."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from course.autograder import autograder, best_sandbox
from course.examples import read_examples, submit
from course.project import CourseError, Project

ASSIGNMENT = "09_spatial"
# What the course is built from. No gradebook and no submission is among it.
_COPIED = ("notebooks", "settings.ini", "README.md", "nbgrader_config.py")
# The name that it had in the first demos, which are replaced as well.
_MARK = ".proctor-demo"


def demo(project: Project, folder: Path) -> None:
    """Build the course in ``folder`` and grade ``examples/`` there.

    Raises
    ------
    CourseError
        If ``folder`` holds anything but an earlier demo or cannot be written, or a
        step fails.
    """
    with _writing(folder):
        _copy_course(project.root, folder)
    _run(folder, "course build", "course", "build")
    _run(
        folder,
        f"nbgrader generate_assignment {ASSIGNMENT}",
        "nbgrader",
        "generate_assignment",
        ASSIGNMENT,
    )
    for example in read_examples(project.root / "examples"):
        submitted = folder / "submitted" / example.name / ASSIGNMENT
        with _writing(folder):
            for notebook in (folder / "release" / ASSIGNMENT).glob("*.ipynb"):
                submit(example, notebook, submitted)
        _say(f"submitted/{example.name}: {example.about}")
    # The examples are our own, so the best that there is will do.
    level = best_sandbox(folder)
    options = ["--sandbox", level, "--feedback", "--results", "results.json"]
    _say(f"proctor autograde {ASSIGNMENT} --sandbox {level} --feedback")
    status = autograder(folder, "autograde", ASSIGNMENT, *options)
    # 1: one of the examples is no notebook, and needs attention.
    if status not in (0, 1):
        raise CourseError("the examples could not be graded")
    print(f"Feedback pages: {folder}/feedback/<student>/{ASSIGNMENT}/spatial.html")
    print(f"Results: {folder / 'results.json'}")


def _copy_course(root: Path, folder: Path) -> None:
    """Copy what the course is built from into ``folder``, in place of an old demo."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise CourseError(
            f"{folder} is not empty and is no earlier demo: name another --folder"
        )
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    for name in _COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name)
        else:
            shutil.copyfile(root / name, folder / name)


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # copytree gathers its errors, and has then no single reason.
        why = error.strerror or "not all files could be copied"
        raise CourseError(
            f"the demo cannot be written to {folder} ({why}): mend that, or name "
            "another --folder"
        ) from None


def _run(folder: Path, said: str, module: str, *arguments: str) -> None:
    _say(said)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CourseError(f"{said} failed: {done.stderr or done.stdout}".rstrip())


def _say(line: str) -> None:
    print(line, flush=True)
