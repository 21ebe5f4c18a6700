"""How long a known mistake may run: as the reference does, and no number of seconds."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from proctor.in_namer.replay import Replay
from proctor.rubric import pace

# What a known mistake may take in one check: so many times what the reference took in
# this process, and as long as so many lines of Python, since the first of all may have
# to import something. One that is written in loops takes some twenty times.
_TIMES, _LINES = 60, 60e6
# Mistaken code may swallow the exception that is to end it: it comes again, after a
# part of that time; and after some times that the kernel ends the process.
_AGAIN, _AT_LAST = 0.25, 4


class TooLong(BaseException):
    """What runs takes longer than it may."""


class Clock:
    """Bounds the processor time of what runs."""

    def __init__(self) -> None:
        self._armed = False
        self.late = False
        signal.signal(signal.SIGPROF, self._ring)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._armed:
            self.late = True
            raise TooLong

    @contextlib.contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        """Raise a :class:`TooLong` in the body when its processor time is over."""
        self.late, self._armed = False, True
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds * _AT_LAST)
        signal.setitimer(signal.ITIMER_PROF, seconds, seconds * _AGAIN)
        try:
            yield
        finally:
            self._armed = False
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class Allowance:
    """What a known mistake may take, by what the reference took in this process.

    Parameters
    ----------
    reference
        Makes its world, in which nothing is mistaken, and runs the same checks.
    """

    def __init__(self, reference: Replay) -> None:
        self._reference = reference
        self._took: dict[tuple[str, int], float] = {}
        self._least = 0.0

    def took(self, name: str, turn: int) -> float:
        """Return the processor time that the reference took in a check.

        With its world, where that had to be made for it.
        """
        if (name, turn) not in self._took:
            begin = pace.own_seconds()
            self._reference.attempt(name, turn)
            self._took[name, turn] = pace.own_seconds() - begin
        return self._took[name, turn]

    def seconds(self, name: str, turn: int) -> float:
        """Return the processor time that a check may take, the world made for it."""
        self._least = self._least or pace.seconds_of_python(_LINES)
        return _TIMES * self.took(name, turn) + self._least
