"""The autograder, as a program: course and proctor import nothing of each other."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from course.project import CourseError

_PROCTOR = (sys.executable, "-m", "proctor")
_TIDYING = 60  # seconds, and a slow machine's as well


def autograder(folder: Path, *arguments: str) -> int:
    """Run ``proctor`` in ``folder``, which prints what it has to say.

    Returns
    -------
    int
        Its exit status: 0, or 1 where something of what was graded needs attention, or
        2 where nothing could be graded.
    """
    return _status([*_PROCTOR, *arguments], folder)


def run_gates(folder: Path, assignments: Iterable[str]) -> None:
    """Try each assignment's tests on stubs, solutions, known mistakes and variants.

    Raises
    ------
    CourseError
        If an assignment's tests let something wrong through, or stop something right.
    """
    failing = []
    for assignment in assignments:
        print(f"proctor gate {assignment}", flush=True)
        if autograder(folder, "gate", assignment):
            failing.append(assignment)
    if failing:
        raise CourseError(
            "\n".join(
                f"the tests of {assignment} are not what they should be: see the lines "
                f"of proctor gate {assignment} above"
                for assignment in failing
            )
        )


def best_sandbox(folder: Path) -> str:
    """Return the name of the best level of isolation that this machine gives.

    Raises
    ------
    CourseError
        If there is no autograder to ask.
    """
    command = [*_PROCTOR, "doctor", "--best"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip() or f"exit status {done.returncode}"
        raise CourseError(f"proctor doctor --best failed: {said}")
    return done.stdout.strip()


def read_bank(folder: Path, assignment: str) -> dict:
    """Return an assignment's known mistakes and variants, as ``proctor bank`` says.

    Raises
    ------
    CourseError
        If the bank cannot be read.
    """
    command = [*_PROCTOR, "bank", assignment]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip() or f"exit status {done.returncode}"
        raise CourseError(f"proctor bank {assignment} failed: {said}")
    return json.loads(done.stdout)


def _status(command: list[str], folder: Path) -> int:
    """Run a program; after Ctrl-C, which it gets as well, let it tidy up."""
    with subprocess.Popen(command, cwd=folder) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_TIDYING)
            process.kill()
            process.wait()
            raise
