"""Run a whole notebook, cell by cell, and write into it what each cell showed."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from proctor.assignment import SKIP
from proctor.examination import UNWRITTEN
from proctor.examine import outputs
from proctor.examine.diagnosis import Diagnosis
from proctor.examine.session import Session, Verdict
from proctor.known import Known
from proctor.sandbox.jail import Jail

_MAX_FILES = 200
_MAX_BYTES = 16 << 20
_MAX_FOLDERS = 50
_LONGEST_LINE = 200
_DEFINITION = re.compile(r"^(?:def|class) +(\w+)", re.MULTILINE)
# A notebook whose process ends more often, or hangs once more, is not run to its end.
_MOST_RESTARTS, _SECONDS_OF_A_HANG = 3, 1.0


def run_notebook(
    notebook: dict,
    jail: Jail,
    seed: int,
    files: dict[str, bytes] | None = None,
    processor: int | None = None,
    *,
    skipped: Collection[str] = (),
    known: Known | None = None,
) -> dict[str, Verdict]:
    """Run the cells of ``notebook`` in order; their outputs are replaced.

    A locked test cell is run by the examiner, every other code cell by the student's
    process. The cells' grading metadata must be the assignment's, not the submission's.

    Parameters
    ----------
    skipped
        Texts, stripped, of cells that are not run.
    known
        What is known of the assignment, to name the mistakes behind failing checks.

    Returns
    -------
    dict[str, Verdict]
        The verdict on each test cell, by grade_id.
    """
    raised: dict[str | None, str] = {}
    texts = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell["source"]
        for cell in notebook["cells"]
    }
    diagnosis = Diagnosis(jail, known or Known("", Path()), seed, processor)
    with (
        contextlib.closing(diagnosis),
        contextlib.closing(_Run(jail, seed, files or {}, processor)) as run,
    ):
        for cell in notebook["cells"]:
            if cell["cell_type"] != "code":
                continue
            cell["execution_count"] = None
            grading = cell["metadata"].get("nbgrader", {})
            if is_test(grading):
                name, points = grading["grade_id"], float(grading["points"])
                observe = diagnosis.wanted(name)
                own = texts.get(name.removeprefix("test-"), "")
                verdict = run.examine(name, cell["source"], points, observe, own)
                if verdict.observed:
                    diagnosis.name_bugs(
                        name,
                        cell["source"],
                        verdict.checks,
                        verdict.observed,
                        verdict.stood_in,
                    )
                    verdict.observed = None
                why = raised.get(name.removeprefix("test-"))
                if why and verdict.message.startswith(UNWRITTEN):
                    verdict.message = f"the cell itself ended in an error: {why}"
                cell["outputs"] = show(verdict, points)
            elif cell["source"].strip() and not _is_skipped(cell, skipped):
                shown = cell["outputs"] = run.run_cell(cell["source"])
                raised[grading.get("grade_id")] = _raised(shown)
            else:
                cell["outputs"] = []
    return run.verdicts


class _Run:
    """A notebook's session, and the new ones that go on from where it stands.

    Attributes
    ----------
    verdicts
        On the tests so far, by grade_id.
    """

    def __init__(
        self, jail: Jail, seed: int, files: dict[str, bytes], processor: int | None
    ) -> None:
        self._jail, self._seed, self._processor = jail, seed, processor
        self._files = files
        self.verdicts: dict[str, Verdict] = {}
        # The functions that lost points; None: it cannot be told which.
        self._wrong: set[str] | None = set()
        # The student's cells so far, without those that ended a process or took too
        # long.
        self._ran: list[str] = []
        self._ends = 0
        self._session = Session(jail, seed, processor)
        self._session.give_files(files)

    def run_cell(self, source: str) -> list[dict]:
        """Run a cell of the student's; return its outputs."""
        self._go_on()
        with self._counting():
            shown = self._session.run_cell(source)
        late = any(output.get("ename") == "TimeLimit" for output in shown)
        if not self._session.ended and not late:
            self._ran.append(source)
        return shown

    def examine(
        self, name: str, source: str, points: float, observe: bool, own: str
    ) -> Verdict:
        """Run a test cell; ``own`` is the text of the student's cell that it tests."""
        self._go_on()
        given_up = self._session.ended
        with self._counting():
            verdict = self._session.examine(name, source, points, observe)
        # Where these functions lost nothing before, right ones cannot help.
        helped = self._wrong is None or self._wrong & set(verdict.stand_ins)
        if verdict.again and helped and not given_up:
            with contextlib.closing(self._again()) as session:
                if not session.ended:
                    verdict = session.examine(name, source, points, observe, verdict)
        if verdict.score < points and self._wrong is not None:
            names = set(_DEFINITION.findall(own))
            self._wrong = self._wrong | names if names else None
        self.verdicts[name] = verdict
        return verdict

    def _go_on(self) -> None:
        """Start anew after a process that ended: it costs its own cell alone."""
        if not self._session.ended or self._ends > _MOST_RESTARTS:
            return
        if time.monotonic() >= self._session.deadline:
            return
        session = self._again()
        if session.ended:
            session.close()
            self._ends = _MOST_RESTARTS + 1
            return
        self._session.close()
        self._session = session

    @contextlib.contextmanager
    def _counting(self) -> Iterator[None]:
        """Count the ends of processes; whoever hangs costs time, and does so twice."""
        before, start = self._session.ended, time.monotonic()
        yield
        if self._session.ended and not before:
            hung = time.monotonic() - start > _SECONDS_OF_A_HANG
            self._ends += _MOST_RESTARTS if hung else 1

    def _again(self) -> Session:
        """Return a new session in which the student's cells so far have run."""
        session = Session(
            self._jail, self._seed, self._processor, self._session.deadline
        )
        try:
            session.give_files(self._files)
            for source in self._ran:
                session.run_cell(source)
        except BaseException:
            session.close()
            raise
        return session

    def close(self) -> None:
        """End the processes."""
        self._session.close()


def _raised(shown: list[dict]) -> str:
    """Return in a line what ended a cell; empty where nothing did."""
    last = shown[-1] if shown else {}
    unwritten = last.get("ename") == "NotImplementedError"
    if last.get("output_type") != "error" or unwritten:
        return ""
    line = " ".join(f"{last['ename']}: {last['evalue']}".split())
    return "".join(c if c.isprintable() else "?" for c in line)[:_LONGEST_LINE]


def _is_skipped(cell: dict, skipped: Collection[str]) -> bool:
    """Tell whether a cell is not run when it is graded; a task's always is."""
    if cell["metadata"].get("nbgrader"):
        return False
    tags = cell["metadata"].get("tags")
    tagged = isinstance(tags, list) and SKIP in tags
    return tagged or cell["source"].strip() in skipped


def is_test(grading: dict) -> bool:
    """Tell from a cell's grading metadata whether the examiner runs it."""
    return bool(grading.get("grade")) and not grading.get("solution")


def show(verdict: Verdict, points: float) -> list[dict]:
    """Return a verdict as outputs, which nbgrader reads as the same score."""
    shown = []
    if verdict.printed:
        shown.append(_stream(verdict.printed))
    if verdict.checks:
        if verdict.score < points and verdict.message:
            shown.append(_stream(f"{verdict.message}\n"))
        shown.append(
            {
                "output_type": "execute_result",
                "execution_count": None,
                "metadata": {},
                "data": {"text/plain": repr(float(verdict.score))},
            }
        )
    elif verdict.score < points:
        names = {"failed": "CheckFailed", "timeout": "TimeLimit"}
        name = names.get(verdict.status, "Error")
        shown.append(outputs.error(name, verdict.message))
    return shown


def _stream(text: str) -> dict:
    return {"output_type": "stream", "name": "stdout", "text": text}


def files_beside(folder: Path) -> dict[str, bytes]:
    """Return the files of a submission's folder, notebooks left out, by relative name.

    Links are not followed, and what is no regular file is passed over. So is what goes
    beyond 16 MiB or 200 files in all: the student's process sees a part.
    """
    found: dict[str, bytes] = {}
    room, folders = _MAX_BYTES, 0
    for parent, below, names in os.walk(folder, followlinks=False):
        folders += 1
        if folders > _MAX_FOLDERS:
            break
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if len(found) >= _MAX_FILES or name.endswith(".ipynb"):
                continue
            data = _read(Path(parent, name), room)
            if data is not None:
                room -= len(data)
                found[str(Path(parent, name).relative_to(folder))] = data
    return found


def _read(path: Path, at_most: int) -> bytes | None:
    try:
        # Not blocking: what looks like a file may be a pipe by now.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > at_most:
            return None
        return file.read(at_most)
