"""A copy of a student's process, in which one test runs; it is thrown away after it."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import asdict, dataclass, replace

from proctor.grade.examiner_process import Busy, ExaminerProcess
from proctor.grade.places import Place
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.sandbox import forks
from proctor.sandbox.children import Child
from proctor.wire.frames import ChannelError

# Guards against a process that hangs, far from what any takes.
_EXAMINER_GRACE = 30.0
_NO_COPY = "the notebook's process did not let itself be copied"
_KEPT = "the notebook's process kept, or used, what only a test may use"


@dataclass(frozen=True)
class Seeds:
    """From which the random inputs of tests follow.

    Attributes
    ----------
    own
        Of this student: what one saw is of no use to another.
    common
        Of the run. No points depend on it: known mistakes are looked for on the same
        inputs for all, or what each of them gives would be found out for each student.
    """

    own: int
    common: int


@dataclass(frozen=True)
class Way:
    """How a test runs.

    Attributes
    ----------
    assisted
        Whether right versions of earlier functions stand in from the beginning.
    over
        The checks that are left out, for they have run, and the part that the student
        sees with them; None: nothing is left out.
    """

    assisted: bool = False
    over: tuple[str, ...] | None = None


ALONE = Way()


@dataclass(frozen=True)
class Examined:
    """What came of a test.

    Attributes
    ----------
    ended
        Why the process ended in it; empty if it did not.
    hung
        Whether that was for taking too long.
    """

    verdict: Verdict
    ended: str = ""
    hung: bool = False


def _has_said_more(end: socket.socket) -> bool:
    """Tell whether something came before anything was asked."""
    try:
        return bool(end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return False
    except OSError:
        return True


class Snapshot:
    """A copy of a student's process as it was when some of the cells had run.

    It stands still until its test. No code of the student's that has seen a test runs
    after it, or with another.

    Parameters
    ----------
    end
        The socket to it.
    ended
        Why there is no such process; empty if there should be one.
    """

    def __init__(self, end: socket.socket, ended: str = "") -> None:
        self._end, self.ended = end, ended
        self._process: Child | None = None
        self._open: forks.OpenFiles | None = None

    def stop(self, parent: int, taken: set[int], told: int, seconds: float) -> None:
        """Find the process, and stop it: before its test it does nothing.

        Parameters
        ----------
        parent
            The number of the student's process, which must have forked it.
        taken
            The numbers of other copies; this one's is added.
        told
            Its number as that process said it, for a system that does not tell.
        seconds
            How long it may take to come.
        """
        if self.ended:
            return
        pid = forks.sender_of(self._end, seconds)
        if not hasattr(os, "pidfd_open"):
            self._process = Child(told, None)
            return
        if pid in taken or not pid:
            self.ended = _NO_COPY
            return
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self.ended = "the notebook's process ended"
            return
        # Not before: its number is its own from now on.
        if forks.parent_of(pid) != parent:
            os.close(handle)
            self.ended = _NO_COPY
            return
        taken.add(pid)
        self._process = Child(pid, handle)
        forks.freeze(self._process)
        if not forks.has_first_thread(self._process):
            self.end(_NO_COPY)

    def hold(self) -> None:
        """See, when the student's process stands too, that it has what it may have."""
        if self.ended or not hasattr(os, "pidfd_open"):
            return
        if self._process.ended:
            self.ended = "the notebook's process ended"
            return
        forks.freeze(self._process)
        self._open = forks.OpenFiles(self._process)
        if self._open.sockets != 1 or _has_said_more(self._end):
            self.end(_KEPT)

    def memory(self, exact: bool) -> int:
        """Return how many bytes it has; exact: of those in common, its part."""
        return forks.memory_of(self._process, exact) if self._process else 0

    def is_as_it_was(self) -> bool:
        """Put back what other copies may have moved; tell whether that is all done."""
        return self._open is None or self.ended != "" or self._open.put_back()

    def examine(
        self,
        test: TestCell,
        examiner: ExaminerProcess,
        seeds: Seeds,
        seconds: float,
        observe: bool,
        way: Way,
        place: Place,
    ) -> Examined:
        """Have the test run, and throw the process away.

        Parameters
        ----------
        observe
            Whether what the failing checks see is wanted as well.
        way
            How it runs.
        place
            Where it runs.
        """
        task = asdict(test) | {
            "seed": seeds.own,
            "common_seed": seeds.common if observe else None,
            "seconds": seconds,
            "ended": self.ended,
            "assisted": way.assisted,
            "over": way.over,
        }
        try:
            return self._ask(test, examiner, task, place)
        finally:
            self.close()

    def _ask(
        self, test: TestCell, examiner: ExaminerProcess, task: dict, place: Place
    ) -> Examined:
        usage: list[int] = []
        if self._process:
            with contextlib.suppress(OSError):
                usage = self._process.open_usage()
            forks.thaw(self._process)
        try:
            number = examiner.meet([self._end.fileno(), *usage])
        finally:
            for descriptor in usage:
                os.close(descriptor)
        wait = task["seconds"] + _EXAMINER_GRACE
        try:
            reply, body = examiner.ask(
                task | {"student": number},
                wait,
                lambda examining: place.look(self._process, examining),
            )
            verdict = Verdict.of_reply(reply, test.points)
            observed = (reply["observed"], body) if reply["observed"] else None
        except Busy as error:
            return Examined(Verdict(0.0, "timeout", str(error)), str(error), hung=True)
        except (ChannelError, KeyError, TypeError, ValueError) as error:
            examiner.close()
            why = f"the examiner did not finish: {error}"
            return Examined(Verdict(0.0, "error", why, author_error=True))
        examiner.leave(number)
        verdict = replace(verdict, observed=observed)
        ended = "" if self.ended else reply["ended"]
        hung = "in time" in ended
        if hung and verdict.score < test.points:
            verdict = replace(verdict, status="timeout")
        return Examined(verdict, ended, hung)

    def end(self, why: str) -> None:
        """End the process before its test."""
        self.ended = self.ended or why
        if self._process:
            self._process.end()
            self._process = None

    def close(self) -> None:
        """End the process; nothing of it remains."""
        if self._process:
            self._process.end()
            self._process = None
        self._end.close()
