"""The student's processes of one notebook: that of its cells, and those beside it.

The examiner's is one for all. Where the student's ends, another goes on from the cells
so far. Where right versions of earlier functions stand in, that is in a process of its
own, which no later cell runs in.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator

from proctor.grade.examiner_process import ExaminerPool, ExaminerProcess
from proctor.grade.student_process import StudentProcess
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.sandbox.jail import Jail

_DEFINITION = re.compile(r"^(?:def|class) +(\w+)", re.MULTILINE)
# A notebook whose process ends more often, or hangs once more, is not run to its end.
_MOST_RESTARTS = 3


class StudentRuns:
    """Runs a notebook's cells and tests in turn.

    Parameters
    ----------
    examiners
        Who run the test cells.
    seed
        Of this grading run's random inputs.
    files
        What the cells find beside them, by relative name.
    processor
        The one to run on; None: any.
    """

    def __init__(
        self,
        jail: Jail,
        examiners: ExaminerPool,
        seed: int,
        files: dict[str, bytes],
        processor: int | None,
    ) -> None:
        self._jail, self._examiners = jail, examiners
        self._seed, self._processor, self._files = seed, processor, files
        # The functions that lost points; None: it cannot be told which.
        self._wrong: set[str] | None = set()
        # The student's cells so far, without those that ended a process or took too
        # long.
        self._ran: list[str] = []
        self._ends = self._ends_beside = 0
        self._beside: _Beside | None = None
        self._open = contextlib.ExitStack()

    def run_cell(self, source: str) -> list[dict]:
        """Run a cell of the student's; return its outputs."""
        self._go_on()
        with self._counting(self._process):
            shown = self._process.run_cell(source)
        late = any(output.get("ename") == "TimeLimit" for output in shown)
        if not self._process.ended and not late:
            self._ran.append(source)
        return shown

    def examine(self, test: TestCell, observe: bool, own: str) -> Verdict:
        """Run a test cell; ``own`` is the text of the student's cell that it tests."""
        self._go_on()
        given_up = self._process.ended
        with self._counting(self._process):
            verdict = self._process.examine(test, observe)
        # Where these functions lost nothing before, right ones cannot help.
        helped = self._wrong is None or self._wrong & set(verdict.stand_ins)
        given_up = given_up or self._ends_beside > _MOST_RESTARTS
        if verdict.again and helped and not given_up:
            process = self._process_beside(set(verdict.stand_ins))
            if not process.ended:
                with self._counting(process):
                    verdict = process.examine(test, observe, verdict)
        if verdict.score < test.points and self._wrong is not None:
            names = set(_DEFINITION.findall(own))
            self._wrong = self._wrong | names if names else None
        return verdict

    def _go_on(self) -> None:
        """Start anew after a process that ended: it costs its own cell alone."""
        if not self._process.ended or self._ends > _MOST_RESTARTS:
            return
        if time.monotonic() >= self._process.deadline:
            return
        process = self._new_process(self._process)
        self._replay(process)
        if process.ended:
            process.close()
            self._ends = _MOST_RESTARTS + 1
            return
        self._process.close()
        self._process = process

    @contextlib.contextmanager
    def _counting(self, process: StudentProcess) -> Iterator[None]:
        """Count the ends of processes; whoever hangs costs time, and does so twice."""
        before = process.ended
        yield
        if not process.ended or before:
            return
        ends = _MOST_RESTARTS if process.hung else 1
        if process is self._process:
            self._ends += ends
        else:
            self._ends_beside += ends

    def _process_beside(self, stand_ins: set[str]) -> StudentProcess:
        """Return a process in which the cells so far have run and these may stand in.

        The one that was used before serves again, unless it has seen the right version
        of a function that is the student's own in this test.
        """
        beside = self._beside
        if beside and (beside.process.ended or not beside.seen <= stand_ins):
            beside.process.close()
            beside = None
        if beside is None:
            beside = _Beside(self._new_process(self._process))
        self._beside = beside
        beside.seen |= stand_ins
        with self._counting(beside.process):
            self._replay(beside.process, beside.ran)
        beside.ran = len(self._ran)
        return beside.process

    def _new_examiner(self) -> ExaminerProcess:
        examiner = self._examiners.take(self._processor)
        self._open.callback(self._examiners.give_back, examiner, self._processor)
        return examiner

    def _new_process(self, earlier: StudentProcess | None = None) -> StudentProcess:
        if self._examiner.ended:
            self._examiner = self._new_examiner()
        process = StudentProcess(
            self._jail, self._examiner, self._seed, self._processor, earlier
        )
        self._open.callback(process.close)
        process.give_files(self._files)
        return process

    def _replay(self, process: StudentProcess, first: int = 0) -> None:
        for source in self._ran[first:]:
            process.run_cell(source, quiet=True)

    def __enter__(self) -> StudentRuns:
        with contextlib.ExitStack() as on_failure:
            on_failure.push(self._open)
            self._examiner = self._new_examiner()
            self._process = self._new_process()
            on_failure.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._open.close()


class _Beside:
    """A process in which right versions stand in.

    Attributes
    ----------
    seen
        The names of those that it may have seen.
    ran
        How many of the student's cells have run in it.
    """

    def __init__(self, process: StudentProcess) -> None:
        self.process = process
        self.seen: set[str] = set()
        self.ran = 0
