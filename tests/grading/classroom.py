"""Small classes to be graded, and proctor kept warm to grade them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from proctor.sandbox.levels import best_level

NAME, FILE = "09_spatial", "spatial.ipynb"
# The machine grades all but the reflection, which waits for a person.
MAX_SCORE, BY_MACHINE = 100, 95
SEED = 20_250
MINUTES = 2
_COPIED = ("release", "source", "tinytorch", "notebooks", "settings.ini")
_GRADED = ("grade", "comment", "submitted_notebook", "submitted_assignment", "student")


def new_course(demo: Path, folder: Path) -> Path:
    """Copy the demo's course, with its gradebook and without its students."""
    folder.mkdir(parents=True)
    for name in (*_COPIED, "nbgrader_config.py", "gradebook.db"):
        if (demo / name).is_dir():
            shutil.copytree(demo / name, folder / name)
        else:
            shutil.copy(demo / name, folder / name)
    with open_database(folder) as database:
        for table in _GRADED:
            database.execute(f"delete from {table}")
    settings = f'c.Sandbox.level = "{best_level()}"\n'
    # Matplotlib takes longer to start than these submissions to grade.
    settings += 'c.Sandbox.packages = ["numpy"]\n'
    config = folder / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\n{settings}")
    return folder


def example(demo: Path, name: str) -> bytes:
    """Return a sample submission as its file has it."""
    return (demo / "submitted" / name / NAME / FILE).read_bytes()


def hand_in(course: Path, student: str, content: bytes | dict) -> Path:
    """Hand a notebook in."""
    path = course / "submitted" / student / NAME / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    path.write_bytes(content)
    return path


@contextlib.contextmanager
def open_database(course: Path):
    """Open the gradebook; what is changed is committed."""
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        yield database
        database.commit()


def grades(course: Path) -> dict[str, dict[str, tuple]]:
    """Return automatic score, manual score and what is to be seen, by student, cell."""
    query = """
        select submitted_assignment.student_id, base_cell.name, grade.auto_score,
            grade.manual_score, grade.needs_manual_grade
        from grade
        join base_cell on base_cell.id = grade.cell_id
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
    """
    found: dict[str, dict[str, tuple]] = {}
    with open_database(course) as database:
        for student, cell, *rest in database.execute(query):
            cells = found.setdefault(student, {})
            assert cell not in cells, f"{student} has two grades for {cell}"
            cells[cell] = tuple(rest)
    return found


def totals(course: Path) -> dict[str, float]:
    """Return the automatic scores by student."""
    return {
        student: sum(auto or 0 for auto, _, _ in cells.values())
        for student, cells in grades(course).items()
    }


def read_results(path: Path) -> dict[str, dict]:
    """Return a results file's submissions by student, each of whom is there once."""
    submissions = json.loads(path.read_text())["submissions"]
    found = {submission["student"]: submission for submission in submissions}
    assert len(found) == len(submissions)
    return found


@contextlib.contextmanager
def plain_user():
    """Be nobody in particular, where root would be let in everywhere."""
    if os.getuid() != 0:
        yield
        return
    os.seteuid(12345)
    try:
        yield
    finally:
        os.seteuid(0)


@dataclass
class Ended:
    """How a run ended."""

    status: int
    output: str
    survivors: list[str]

    @property
    def lines(self) -> dict[str, str]:
        """What was said of each submission as it was graded."""
        head = self.output.split("Scores for")[0]
        pairs = [line.partition(": ") for line in head.splitlines()]
        return {student: said for student, _, said in pairs}


class Proctor:
    """Runs proctor in forks of a process that has imported nbgrader."""

    def __init__(self, folder: Path) -> None:
        self._output = folder / "output"
        self._errors = (folder / "errors").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("warm.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "TERM": "xterm"},
        )
        self._running: int | None = None

    def begin(self, course: Path, *arguments: str, **more) -> int:
        """Begin a run and return its process; ``more`` as in ``warm.py``."""
        self._output.unlink(missing_ok=True)
        request = {
            "arguments": [str(a) for a in arguments],
            "folder": str(course),
            "output": str(self._output),
        } | more
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        pid = self._answer()["pid"]
        self._running = os.pidfd_open(pid)
        return pid

    def signal(self, number: int) -> None:
        """Send the run a signal, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._running, number)

    def said(self) -> str:
        """Return what the run has printed so far."""
        return self._output.read_text() if self._output.exists() else ""

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Wait until the run has printed a text."""
        deadline = time.monotonic() + seconds
        while text not in self.said():
            assert time.monotonic() < deadline, f"no {text!r} in {self.said()!r}"
            time.sleep(0.005)

    def wait_for_lines(self, number: int, seconds: float = 60) -> None:
        """Wait until it has reported so many submissions, or printed its table."""
        deadline = time.monotonic() + seconds
        while self.said().count("\n") < number:
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.005)

    def end(self) -> Ended:
        """Wait for the end of the run."""
        answer = self._answer()
        os.close(self._running)
        self._running = None
        return Ended(answer["status"], self.said(), answer["survivors"])

    def run(self, course: Path, *arguments: str, **more) -> Ended:
        """Run to the end."""
        self.begin(course, *arguments, **more)
        return self.end()

    def autograde(self, course: Path, *arguments: str, **more) -> Ended:
        """Grade the class to the end, with a fixed seed."""
        return self.run(course, *AUTOGRADE, *arguments, **more)

    def _answer(self) -> dict:
        ready, _, _ = select.select([self._process.stdout], [], [], MINUTES * 60)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._errors.seek(0)
            raise AssertionError(f"no answer: {self.said()} {self._errors.read()}")
        return json.loads(line)

    def close(self) -> None:
        """End it, and a run that is under way."""
        if self._running:
            self.signal(signal.SIGKILL)
            os.close(self._running)
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()


AUTOGRADE = ("autograde", NAME, "--jobs", "2", "--seed", f"{SEED}")
AUTOGRADE += ("--results", "results.json")
