"""``proctor demo``: the whole chain on sample submissions, in a scratch copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from proctor.course import Course
from proctor.examples import read_examples, submit
from proctor.grading import grade
from proctor.project import CONFIG, GradingError
from proctor.report import print_run
from proctor.results import GRADED, Run, Submission

ASSIGNMENT = "09_spatial"
# What the course is built from. No gradebook and no submission is among it.
_COPIED = ("notebooks", "settings.ini", "README.md", CONFIG)
_MARK = ".proctor-demo"


def demo(root: Path, folder: Path, console: Console) -> Run:
    """Build the course in ``folder``, grade ``examples/`` there, print the scores.

    Raises
    ------
    GradingError
        If ``folder`` holds anything but an earlier demo, or a step fails.
    """
    _copy_course(root, folder)
    course = _build_course(folder, console)
    examples = {example.name: example for example in read_examples(root / "examples")}
    for name, example in examples.items():
        submitted = course.path("submitted", name, ASSIGNMENT)
        for notebook in (folder / "release" / ASSIGNMENT).glob("*.ipynb"):
            submit(example, notebook, submitted)

    def report(submission: Submission) -> None:
        about = examples[submission.student].about
        _say(console, f"nbgrader autograde: {submission.student} ({about})")

    _say(console, "Sandbox: none. The examples are our own; they run with your rights.")
    run = grade(course, ASSIGNMENT, list(examples), report)
    run.write(folder / "results.json")
    _say(console, f"nbgrader generate_feedback {ASSIGNMENT}")
    for submission in run.submissions:
        if submission.status == GRADED:
            course.api.generate_feedback(ASSIGNMENT, submission.student)
    print_run(run, console)
    feedback = course.path("feedback", "<student>", ASSIGNMENT)
    console.print(f"Feedback pages: {feedback}/spatial.html", soft_wrap=True)
    console.print(f"Results: {folder / 'results.json'}", soft_wrap=True)
    return run


def _copy_course(root: Path, folder: Path) -> None:
    """Copy what the course is built from into ``folder``, in place of an old demo."""
    if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise GradingError(
            f"{folder} is not empty and is no earlier demo: name another --folder"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / _MARK).touch()
    for name in _COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name)
        else:
            shutil.copyfile(root / name, folder / name)


def _build_course(folder: Path, console: Console) -> Course:
    """Build every product, and enter the assignment into a new gradebook."""
    _say(console, "course build")
    command = [sys.executable, "-m", "course", "build"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise GradingError(
            f"course build failed: {done.stderr or done.stdout}".rstrip()
        )
    _say(console, f"nbgrader generate_assignment {ASSIGNMENT}")
    course = Course(folder)
    outcome = course.api.generate_assignment(ASSIGNMENT, force=True)
    if not outcome["success"]:
        raise GradingError(
            f"nbgrader generate_assignment failed:\n{outcome.get('log')}"
        )
    return course


def _say(console: Console, line: str) -> None:
    console.print(line, style="dim", soft_wrap=True)
