"""A notebook's process and the examiner's, seen from the grader."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import dataclass, field

from proctor.grade import safe_outputs as outputs
from proctor.grade.examiner_process import ExaminerProcess
from proctor.sandbox.children import Child
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, Late, with_timeouts

# What a cell may print as JSON, pictures included.
_MAX_HEADER = 10 << 20
_AFTER_INTERRUPT = 1.0
_EXAMINER_GRACE = 10.0
_TAKES = 10.0


@dataclass
class Verdict:
    """What the examiner says of one test cell.

    Attributes
    ----------
    author_error
        Whether the test itself is at fault, or the examiner: somebody must look.
    observed
        What the failing checks saw, for the namer;
        None where nothing can be made of it.
    again
        The failed checks that right versions of earlier functions may save.
    stand_ins
        The names of these functions.
    stood_in
        Whether those stood in when the checks failed.
    """

    score: float
    status: str
    message: str
    checks: list[dict] = field(default_factory=list)
    printed: str = ""
    author_error: bool = False
    observed: tuple[dict, memoryview] | None = None
    again: list[str] = field(default_factory=list)
    stand_ins: list[str] = field(default_factory=list)
    stood_in: bool = False


class Session:
    """Run the cells of one notebook, the student's and the examiner's.

    Parameters
    ----------
    jail
        Where the processes come from.
    seed
        Of this grading run's random inputs.
    processor
        The one that both run on; None: any. They take turns, and to wake another
        processor at each call takes longer than most calls.
    earlier
        The session that this one goes on from: the notebook's time runs already, and
        what it may show is one for all.
    examiner
        Who runs the test cells, and is not ended with the session; None: one of its
        own.
    """

    def __init__(
        self,
        jail: Jail,
        seed: int,
        processor: int | None = None,
        earlier: Session | None = None,
        examiner: ExaminerProcess | None = None,
    ) -> None:
        self._jail, self._limits, self._seed = jail, jail.limits, seed
        self.deadline = time.monotonic() + self._limits.notebook_seconds
        self._room = outputs.Room()
        if earlier:
            self.deadline, self._room = earlier.deadline, earlier._room
        self._ended = ""
        self._own = None if examiner else ExaminerProcess(jail, processor)
        self._examiner = examiner or self._own
        cells, cells_there = socket.socketpair()
        calls, calls_there = socket.socketpair()
        for end in (cells, calls):
            with_timeouts(end)
        usage: list[int] = []
        self._student: Child | None = None
        try:
            self._student = jail.student.fork(
                [cells_there.fileno(), calls_there.fileno()], processor
            )
            usage = self._student.open_usage()
            self._number = self._examiner.meet([calls.fileno(), *usage])
        except BaseException:
            cells.close()
            self._end_processes()
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
            return [outputs.error("NotRun", self.ended)]
        seconds = self._seconds()
        try:
            self._cells.send({"source": source, "quiet": quiet}, seconds=seconds)
            reply, _ = self._cells.receive(seconds)
        except Late:
            return self._interrupt(seconds)
        except ChannelError as error:
            self._stop(self._jail.why_ended(self._student) or str(error))
            return [outputs.error("ProcessEnded", self.ended)]
        return [] if quiet else self._outputs_of(reply)

    def _outputs_of(self, reply: object) -> list[dict]:
        shown = reply.get("outputs") if isinstance(reply, dict) else None
        return outputs.rebuild(shown, self._limits.output_kb << 10, self._room)

    def _interrupt(self, seconds: float) -> list[dict]:
        """Stop a cell that takes too long; the process goes on if it lets itself."""
        late = f"the cell took longer than {seconds:.3g} s"
        self._student.signal(signal.SIGINT)
        try:
            reply, _ = self._cells.receive(_AFTER_INTERRUPT)
        except ChannelError:
            self._stop(late)
            return [outputs.error("TimeLimit", f"{late} and was stopped")]
        return [*self._outputs_of(reply), outputs.error("TimeLimit", late)]

    def examine(
        self,
        name: str,
        source: str,
        points: float,
        observe: bool = False,
        earlier: Verdict | None = None,
    ) -> Verdict:
        """Run a test cell and return the examiner's verdict.

        Parameters
        ----------
        observe
            Whether what the failing checks saw is wanted as well.
        earlier
            The verdict of another session, whose failed checks are run again with right
            versions of earlier functions.
        """
        before = self.ended
        seconds = self._seconds()
        task = {
            "student": self._number,
            "name": name,
            "source": source,
            "points": points,
            "seed": self._seed,
            "seconds": seconds,
            "ended": self.ended,
            "observe": observe,
            "earlier": None,
        }
        body = memoryview(b"")
        if earlier:
            failed, body = earlier.observed or (None, body)
            messages = {check["name"]: check["message"] for check in earlier.checks}
            task["earlier"] = {
                "messages": messages,
                "again": earlier.again,
                "failed": failed,
            }
        try:
            reply, body = self._examiner.ask(task, body, seconds + _EXAMINER_GRACE)
            verdict = self._verdict(reply, points)
            verdict.stood_in = earlier is not None
            if reply["observed"]:
                verdict.observed = reply["observed"], body
        except (ChannelError, KeyError, TypeError, ValueError) as error:
            self._examiner.close()
            return Verdict(
                0.0, "error", f"the examiner did not finish: {error}", author_error=True
            )
        if reply["ended"] and not before:
            late = "in time" in reply["ended"]
            why = self._jail.why_ended(self._student) or reply["ended"]
            self._stop(f"stopped in {name}: {why}")
            if late and verdict.score < points:
                verdict.status = "timeout"
        return verdict

    @staticmethod
    def _verdict(reply: dict, points: float) -> Verdict:
        score = float(reply["score"])
        if not 0 <= score <= points:  # also where it is no number
            raise ValueError(f"a score of {score} of {points:g}")
        return Verdict(
            score,
            reply["status"],
            reply["message"],
            reply["checks"],
            reply["printed"],
            reply["author_error"],
            again=reply["again"],
            stand_ins=reply["stand_ins"],
        )

    def _seconds(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0 and not self.ended:
            limit = self._limits.notebook_seconds
            self._stop(f"the notebook took longer than {limit:g} s")
        return max(min(self._limits.cell_seconds, left), 0.1)

    def _stop(self, why: str) -> None:
        self._ended = self._ended or why
        if self._student:
            self._jail.unwatch(self._student)
            self._student.end()
            self._student = None

    def _end_processes(self) -> None:
        if self._student:
            self._jail.unwatch(self._student)
            self._student.end()
            self._student = None
        if self._own:
            self._own.close()

    def close(self) -> None:
        """End the student's process, and the examiner's if it is its own."""
        if self._cells.descriptor >= 0:
            self._end_processes()
            self._cells.close()
            self._examiner.leave(self._number)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_) -> None:
        self.close()
