"""The examiner's process, seen from the grader."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict

from proctor.errors import UNWRITTEN
from proctor.grade.programs import EXAMINER
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import TestCell
from proctor.sandbox.children import Child
from proctor.sandbox.jail import Jail
from proctor.wire.frames import Channel, ChannelError, Late, with_timeouts

# A guard against a process that hangs, far from what any takes.
_TAKES = 60.0
_MOST_STUDENTS = 500


class Busy(Exception):
    """The examiner was asked by student code for what takes it too long."""


class ExaminerProcess:
    """Runs test cells, on each student's process that it is made to meet.

    It runs no byte of a student's, and what it knows of one is gone when it has left
    it. So it may serve several submissions, one after the other; not many, and none
    after one in which anything was amiss.

    Parameters
    ----------
    jail
        Where it comes from.
    processor
        The one to run on; None: any.

    Attributes
    ----------
    ended
        Whether it can be asked no more.
    """

    def __init__(self, jail: Jail, processor: int | None = None) -> None:
        here, there = socket.socketpair()
        # Only descriptors go over these.
        self._handover, takes = socket.socketpair()
        self.ended, self._amiss, self._met = False, False, 0
        with_timeouts(here)
        try:
            self._child = jail.trusted.fork(
                [there.fileno(), takes.fileno()], processor, EXAMINER
            )
        except BaseException:
            here.close()
            self._handover.close()
            raise
        finally:
            there.close()
            takes.close()
        self._channel = Channel(here.detach())

    def meet(self, descriptors: list[int]) -> int:
        """Have it know a student's process, and return the number for :meth:`ask`.

        Parameters
        ----------
        descriptors
            Of the socket to that process, and of the file that tells what it uses,
            where there is one. They are copied.
        """
        self._met += 1
        self._send({"meet": self._met})
        if not self.ended:
            socket.send_fds(self._handover, [b"."], descriptors)
        return self._met

    def leave(self, student: int) -> None:
        """Have it forget a student's process."""
        self._send({"leave": student})

    def _send(self, message: dict) -> None:
        """Send what has no answer; that it failed is seen by who asks next."""
        if self.ended:
            return
        try:
            self._channel.send(message, seconds=_TAKES)
        except ChannelError:
            self.close()

    def ask(
        self, task: dict, seconds: float, idle: Callable[[Child], bool]
    ) -> tuple[dict, memoryview]:
        """Have it run a test cell and return what it says.

        Parameters
        ----------
        task
            See :class:`proctor.in_examiner.examiner.Examiner`.
        seconds
            How long it may take.
        idle
            Called with this process now and then while it says nothing; tells whether
            this while does not count.

        Raises
        ------
        ChannelError
            If it says nothing in this time, or cannot be asked. It is ended then.
        Busy
            If it says nothing since student code asked it for what may take long. So it
            is, too.
        """
        if self.ended:
            raise ChannelError("its process had ended")
        asked = False
        try:
            self._channel.send(task, seconds=_TAKES)
            self._channel.idle = lambda: idle(self._child)
            deadline = self._channel.now() + seconds
            reply, body = self._channel.receive(seconds)
            while "asked" in reply:
                asked = reply["asked"]
                left = deadline - self._channel.now()
                reply, body = self._channel.receive(max(left, 0.0))
        except ChannelError as error:
            self.close()
            if asked and isinstance(error, Late):
                raise Busy("what it asked of a right version takes too long") from None
            raise
        self._amiss |= bool(reply["ended"] or reply["author_error"])
        return reply, body

    def can_go_on(self) -> bool:
        """Tell whether it is as good as new; what it does not need any more is gone."""
        if self.ended or self._amiss or self._met >= _MOST_STUDENTS:
            return False
        try:
            self._channel.send({"rest": True}, seconds=_TAKES)
            reply, _ = self._channel.receive(_TAKES)
        except ChannelError:
            self.close()
            return False
        return not reply["worn"]

    def close(self) -> None:
        """End it; nothing of it remains."""
        if not self.ended:
            self.ended = True
            self._child.end()
            self._channel.close()
            self._handover.close()


class ExaminerPool:
    """The examiners of a run: who has served one submission waits for the next.

    Parameters
    ----------
    tests
        Made ready in their parent, before the first fork.
    """

    def __init__(self, jail: Jail, tests: list[TestCell]) -> None:
        self._jail = jail
        self._idle: dict[int | None, list[ExaminerProcess]] = {}
        self._unwritten: dict[TestCell, Verdict | None] = {}
        self._one_asks = threading.Lock()
        for test in tests:
            jail.trusted.learn(asdict(test), EXAMINER)

    def take(self, processor: int | None) -> ExaminerProcess:
        """Return one that runs on this processor, and serves nobody else."""
        try:
            return self._idle.setdefault(processor, []).pop()
        except IndexError:  # also where somebody else was faster
            return ExaminerProcess(self._jail, processor)

    def give_back(self, examiner: ExaminerProcess, processor: int | None) -> None:
        """Let it wait for the next submission, or end it."""
        if examiner.can_go_on():
            self._idle.setdefault(processor, []).append(examiner)
        else:
            examiner.close()

    def unwritten(self, test: TestCell, names: Sequence[str]) -> Verdict | None:
        """Return what a test says where these functions are as they were handed out.

        None: it does not follow from that alone. It is found out once.
        """
        with self._one_asks:
            if test not in self._unwritten:
                self._unwritten[test] = self._try_unwritten(test, names)
            return self._unwritten[test]

    def _try_unwritten(self, test: TestCell, names: Sequence[str]) -> Verdict | None:
        task = asdict(test) | {"unwritten": list(names), "seed": 0, "common_seed": None}
        task |= {"seconds": _TAKES, "ended": "", "assisted": False, "over": None}
        examiner = self.take(None)
        try:
            reply, _ = examiner.ask(task, _TAKES, idle=lambda _: False)
            verdict = Verdict.of_reply(reply, test.points)
        except (ChannelError, KeyError, TypeError, ValueError):
            return None  # whoever runs the test says why
        finally:
            self.give_back(examiner, None)
        said = {check.message for check in verdict.checks}
        return verdict if said == {UNWRITTEN} and not verdict.score else None

    def close(self) -> None:
        """End those that wait."""
        for waiting in self._idle.values():
            while waiting:
                waiting.pop().close()
