"""Commands as a user types them, and proctor kept warm to run them sooner."""

from __future__ import annotations

import atexit
import contextlib
import csv
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from proctor.tests.typed import PROGRAMS, Typed

BIN = Path(sys.executable).parent
MINUTES = 10


def environment() -> dict[str, str]:
    """Return the variables that a user has who types a command."""
    found = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    for name in ("PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        found.pop(name, None)
    return found


# By program: the process that runs it; begun when it is first wanted.
_typed: dict[str, Typed] = {}


def run(*command: str | Path, cwd: Path, **options) -> subprocess.CompletedProcess:
    """Run a command as a user would, the environment's programs found first.

    Those that take long to start are run in forks of a process that has started.
    """
    program, *arguments = map(str, command)
    if program in PROGRAMS and not options:
        if program not in _typed:
            _typed[program] = Typed(program, environment())
            atexit.register(_typed[program].close)
        return _typed[program].run(arguments, cwd)
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment() | options.pop("env", {}),
        capture_output=True,
        text=True,
        **options,
    )


def exported(course: Path) -> dict[str, dict[str, str]]:
    """Return the rows that ``nbgrader export`` writes, by student."""
    done = run("nbgrader", "export", cwd=course)
    assert done.returncode == 0, done.stderr
    with (course / "grades.csv").open() as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


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


# By what else it has imported, and the settings that Dask read then: the process that
# proctor is forked from.
_warm: dict[tuple, Warm] = {}


class WarmProctor:
    """Runs proctor in forks of a process that has imported nbgrader.

    It is begun when it is first wanted, and serves all who want the same.

    Parameters
    ----------
    folder
        Where its output may lie.
    modules
        What else it has imported.
    """

    def __init__(self, folder: Path, *modules: str) -> None:
        self._output = folder / "output"
        settings = sorted(one for one in os.environ.items() if one[0][:5] == "DASK_")
        same = modules, *settings
        if same not in _warm:
            _warm[same] = Warm(modules)
            atexit.register(_warm[same].close)
        self._warm = _warm[same]
        self._running: int | None = None

    def begin(self, course: Path, *arguments: str, **more) -> int:
        """Begin a run and return its process; ``more`` as in ``warm.py``."""
        self._output.unlink(missing_ok=True)
        request = {
            "arguments": [str(a) for a in arguments],
            "folder": str(course),
            "output": str(self._output),
        } | more
        self._warm.ask(request)
        pid = self._warm.answer(self.said)["pid"]
        self._running = os.pidfd_open(pid)
        return pid

    def signal(self, number: int) -> None:
        """Send the run a signal, if it has not ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._running, number)

    def said(self) -> str:
        """Return what the run has printed so far."""
        return self._output.read_text() if self._output.exists() else ""

    def wait_for(self, text: str, seconds: float = 600) -> None:
        """Wait until the run has printed a text."""
        deadline = time.monotonic() + seconds
        while text not in self.said():
            assert time.monotonic() < deadline, f"no {text!r} in {self.said()!r}"
            time.sleep(0.005)

    def wait_for_lines(self, number: int, seconds: float = 600) -> None:
        """Wait until it has reported so many submissions, or printed its table."""
        deadline = time.monotonic() + seconds
        while self.said().count("\n") < number:
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.005)

    def end(self) -> Ended:
        """Wait for the end of the run."""
        answer = self._warm.answer(self.said)
        os.close(self._running)
        self._running = None
        return Ended(answer["status"], self.said(), answer["survivors"])

    def run(self, course: Path, *arguments: str, **more) -> Ended:
        """Run to the end."""
        self.begin(course, *arguments, **more)
        return self.end()

    def close(self) -> None:
        """End a run that is under way."""
        if self._running:
            self.signal(signal.SIGKILL)
            self.end()


class Warm:
    """The process that proctor is forked from."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (as long as it)
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("warm.py"), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, "TERM": "xterm"},
        )

    def ask(self, request: dict) -> None:
        """Have it run proctor."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def answer(self, said: Callable[[], str]) -> dict:
        """Return what it answers next; ``said`` gives what the run has printed."""
        ready, _, _ = select.select([self._process.stdout], [], [], MINUTES * 60)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._errors.seek(0)
            raise AssertionError(f"no answer: {said()} {self._errors.read()}")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()
