"""A process of the student's, seen from the grader."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import asdict, replace

from proctor.grade import safe_outputs
from proctor.grade.examiner_process import ExaminerProcess
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.sandbox.children import Child
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, Late, with_timeouts

# What a cell may print as JSON, pictures included.
_MAX_HEADER = 10 << 20
_AFTER_INTERRUPT = 5.0
# Guards against a process that hangs, far from what any takes.
_EXAMINER_GRACE = 30.0
_TAKES = 60.0


class StudentProcess:
    """Runs cells of the student's, and has the examiner run tests on what they define.

    Parameters
    ----------
    jail
        Where the process comes from.
    examiner
        Who runs the test cells; it is not ended with this process.
    seed
        Of this grading run's random inputs.
    processor
        The one that both run on; None: any. They take turns, and to wake another
        processor at each call takes longer than most calls.
    earlier
        The process that this one goes on from: the notebook's time runs already, and
        what it may show is one for all.

    Attributes
    ----------
    deadline
        When the notebook's time is over, by ``time.monotonic``.
    hung
        Whether it was ended for taking too long.
    """

    def __init__(
        self,
        jail: Jail,
        examiner: ExaminerProcess,
        seed: int,
        processor: int | None = None,
        earlier: StudentProcess | None = None,
    ) -> None:
        self._jail, self._limits, self._seed = jail, jail.limits, seed
        self.deadline = time.monotonic() + self._limits.notebook_seconds
        self._room = safe_outputs.Room()
        if earlier:
            self.deadline, self._room = earlier.deadline, earlier._room
        self._ended, self.hung = "", False
        self._examiner = examiner
        cells, cells_there = socket.socketpair()
        calls, calls_there = socket.socketpair()
        for end in (cells, calls):
            with_timeouts(end)
        usage: list[int] = []
        self._student: Child | None = None
        try:
            self._student = jail.untrusted.fork(
                [cells_there.fileno(), calls_there.fileno()], processor
            )
            usage = self._student.open_usage()
            self._number = self._examiner.meet([calls.fileno(), *usage])
        except BaseException:
            cells.close()
            self._end_process()
            raise
        finally:
            for end in (cells_there, calls, calls_there):
                end.close()
            for descriptor in usage:
                os.close(descriptor)
        jail.watch(self._student)
        self._cells = Channel(cells.detach(), _MAX_HEADER, max_body=0)

    @property
    def ended(self) -> str:
        """Why nothing can be run any more; empty while it can."""
        if self._examiner.ended and not self._ended:
            self._stop("the examiner's process ended")
        return self._ended

    def give_files(self, files: dict[str, bytes]) -> None:
        """Put files into the folder that the student's cells run in."""
        if not files or self.ended:
            return
        names = [[name, len(data)] for name, data in files.items()]
        try:
            self._cells.send({"files": names}, files.values(), _TAKES)
            self._cells.receive(_TAKES)
        except ChannelError as error:
            self._stop(
                f"the files beside the notebook could not be given to it: {error}"
            )

    def run_cell(self, source: str, quiet: bool = False) -> list[dict]:
        """Run a cell of the student's; return its outputs, safe to keep.

        Parameters
        ----------
        quiet
            Whether nobody reads them: no figure is drawn, and no output is kept.
        """
        if self.ended:
            return [safe_outputs.error("NotRun", self.ended)]
        seconds = self._seconds()
        try:
            self._cells.send({"source": source, "quiet": quiet}, seconds=seconds)
            reply, _ = self._cells.receive(seconds)
        except Late:
            return self._interrupt(seconds)
        except ChannelError as error:
            self._stop(self._why_stopped() or str(error))
            return [safe_outputs.error("ProcessEnded", self.ended)]
        return [] if quiet else self._outputs_of(reply)

    def _outputs_of(self, reply: object) -> list[dict]:
        shown = reply.get("outputs") if isinstance(reply, dict) else None
        return safe_outputs.rebuild(shown, self._limits.output_kb << 10, self._room)

    def _interrupt(self, seconds: float) -> list[dict]:
        """Stop a cell that takes too long; the process goes on if it lets itself."""
        late = f"the cell took longer than {seconds:.3g} s"
        self._student.signal(signal.SIGINT)
        try:
            reply, _ = self._cells.receive(_AFTER_INTERRUPT)
        except ChannelError:
            self.hung = True
            self._stop(late)
            return [safe_outputs.error("TimeLimit", f"{late} and was stopped")]
        return [*self._outputs_of(reply), safe_outputs.error("TimeLimit", late)]

    def examine(
        self, test: TestCell, observe: bool = False, earlier: Verdict | None = None
    ) -> Verdict:
        """Have a test cell run and return the examiner's verdict.

        Parameters
        ----------
        observe
            Whether what the failing checks saw is wanted as well.
        earlier
            The verdict of another process, whose failed checks are run again with right
            versions of earlier functions.
        """
        before, seconds = self.ended, self._seconds()
        task = asdict(test) | {
            "student": self._number,
            "seed": self._seed,
            "seconds": seconds,
            "ended": self.ended,
            "observe": observe,
            "earlier": earlier and _said_of(earlier),
        }
        body = memoryview(b"")
        if earlier and earlier.observed:
            _, body = earlier.observed
        try:
            reply, body = self._examiner.ask(task, body, seconds + _EXAMINER_GRACE)
            verdict = Verdict.of_reply(reply, test.points)
            observed = (reply["observed"], body) if reply["observed"] else None
        except (ChannelError, KeyError, TypeError, ValueError) as error:
            self._examiner.close()
            return Verdict(
                0.0, "error", f"the examiner did not finish: {error}", author_error=True
            )
        verdict = replace(verdict, observed=observed, stood_in=earlier is not None)
        if reply["ended"] and not before:
            self.hung = "in time" in reply["ended"]
            why = self._why_stopped() or reply["ended"]
            self._stop(f"stopped in {test.name}: {why}")
            if self.hung and verdict.score < test.points:
                verdict = replace(verdict, status="timeout")
        return verdict

    def _why_stopped(self) -> str:
        """Return why the grader itself stopped the process; empty if it did not."""
        return self._student.stopped_for if self._student else ""

    def _seconds(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0 and not self.ended:
            limit = self._limits.notebook_seconds
            self.hung = True
            self._stop(f"the notebook took longer than {limit:g} s")
        return max(min(self._limits.cell_seconds, left), 0.1)

    def _stop(self, why: str) -> None:
        self._ended = self._ended or why
        self._end_process()

    def _end_process(self) -> None:
        if self._student:
            self._jail.unwatch(self._student)
            self._student.end()
            self._student = None

    def close(self) -> None:
        """End the process, and have the examiner forget it."""
        if self._cells.descriptor >= 0:
            self._end_process()
            self._cells.close()
            self._examiner.leave(self._number)

    def __enter__(self) -> StudentProcess:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _said_of(earlier: Verdict) -> dict:
    """Return an earlier verdict as the examiner reads it."""
    return {
        "messages": {check.name: check.message for check in earlier.checks},
        "again": list(earlier.again),
        "failed": earlier.observed[0] if earlier.observed else None,
    }
