"""Processors for submissions: one for each, and none for who only waits."""

from __future__ import annotations

import signal
import threading
import time
from typing import Protocol

from proctor.sandbox.jail import processors
from proctor.sandbox.memory import available_megabytes

# So many may wait, each in a few processes, while others have their processors.
_MOST_WAITING = 16
# Who wants less than this part of a processor's time, over so many seconds, waits.
_PART, _SECONDS = 0.5, 1.0
# Who has had a processor for so long, and shows nothing yet, lets others go first.
_TURN = 8.0


class Runs(Protocol):
    """One process, or several, seen from here."""

    def wanted_seconds(self) -> float:
        """Return how long its threads ran, or waited for a processor."""

    def signal(self, number: int) -> None:
        """Send it a signal."""


class Place:
    """Where one submission runs.

    Parameters
    ----------
    processor
        The one that its processes run on; None: any.
    places
        Where another may take it while this submission waits; None: nobody wants it.

    Attributes
    ----------
    held_still
        For how many seconds the submission was held still while others ran.
    """

    def __init__(self, processor: int | None, places: Places | None = None) -> None:
        self.processor, self._places = processor, places
        self.held_still = 0.0
        self._left: Places | None = None
        # By which processes, since when, and what they had wanted by then.
        self._seen: tuple[tuple[Runs | None, ...], float, float] | None = None
        # When, and what the student's code had wanted; of its present turn, before it.
        self._own, self._turn = (0.0, 0.0), 0.0

    def now(self) -> float:
        """Return the time by the submission's own clock: what limits it goes by that.

        It is ``time.monotonic`` without the time for which it was held still.
        """
        return time.monotonic() - self.held_still

    def look(self, student: Runs | None, *others: Runs) -> bool:
        """Take note that nothing came from these for a while; another may go on.

        Not the time that passes decides, but what the processes do or want to do: on a
        machine that is busy, work takes long and is work all the same.

        Parameters
        ----------
        student
            What runs the student's code. Where that computes for long it is held still
            until all others have begun, and the submission's clock with it.

        Returns
        -------
        bool
            Whether it was.
        """
        processes = (student, *others)
        own = student.wanted_seconds() if student else 0.0
        now, wanted = time.monotonic(), own + sum(p.wanted_seconds() for p in others)
        if not wanted:
            return False  # the system does not say
        before, self._own = self._own, (now, own)
        if self._seen is None or self._seen[0] != processes:
            self._seen, self._turn = (processes, now, wanted), own
        elif student and own - self._turn >= _TURN and _computes(before, self._own):
            self._turn = own
            return self._let_others_go_first(student)
        elif now - self._seen[1] >= _SECONDS:
            if wanted - self._seen[2] < _PART * (now - self._seen[1]):
                self.leave()
            self._seen = processes, now, wanted
        return False

    def leave(self) -> None:
        """Let another have the processor; what runs here goes on beside it."""
        if self._places and self._places.take_back(self, waits=True):
            self._places, self._left = None, self._places

    def _let_others_go_first(self, student: Runs) -> bool:
        """Hold a process still while others want its processor; tell whether one did.

        Also one that has left its place, and came back to work beside others.
        """
        places = self._places or self._left
        if places is None or not places.wanted:
            return False
        begun = time.monotonic()
        student.signal(signal.SIGSTOP)
        self.leave()
        if self._left:  # there is room for one more that waits
            places.take_again(self)
            self._places, self._left = places, None
        student.signal(signal.SIGCONT)
        self.held_still += time.monotonic() - begun
        return True

    def end(self) -> None:
        """Give the processor back: the submission is done."""
        if self._places:
            self._places.take_back(self)
        if self._left:
            self._left.done_waiting()
        self._places = self._left = None


def _computes(before: tuple[float, float], now: tuple[float, float]) -> bool:
    """Tell whether what was looked at twice works, and does not wait for an answer."""
    return now[1] - before[1] >= _PART * (now[0] - before[0])


ANYWHERE = Place(None)


class Places:
    """The processors of a run.

    Parameters
    ----------
    jobs
        How many submissions work at once.
    megabytes
        What memory each of those that wait may come to take: what wait in all may take
        no more than is available.
    """

    def __init__(self, jobs: int, megabytes: int) -> None:
        self._free: list[int | None] = list(processors(jobs))
        self._megabytes = megabytes
        self.jobs, self.most = jobs, jobs + _MOST_WAITING
        self._waiting = self._wanting = 0
        self._closed = False
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        # For who waits until all others have begun.
        self._all_begun = threading.Condition(lock)

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for a place that was not given yet."""
        return self._wanting > 0 and not self._closed

    def take(self) -> Place | None:
        """Return a place, when there is one; None: no more are given."""
        with self._changed:
            self._wanting += 1
            self._changed.wait_for(lambda: self._free or self._closed)
            self._wanting -= 1
            return None if self._closed else Place(self._free.pop(0), self)

    def take_again(self, place: Place) -> None:
        """Wait until all others have begun and a left place's processor is free."""
        with self._all_begun:
            self._all_begun.wait_for(
                lambda: self._closed and place.processor in self._free
            )
            self._free.remove(place.processor)
            self._waiting -= 1

    def take_back(self, place: Place, waits: bool = False) -> bool:
        """Give a place's processor to the next; tell whether it was taken.

        Parameters
        ----------
        waits
            Whether its submission goes on, waiting.
        """
        with self._changed:
            if waits:
                # Those that wait may be about to take what is theirs.
                needed = (self._waiting + 1) * self._megabytes
                full = self._waiting >= _MOST_WAITING
                if full or available_megabytes() < needed:
                    return False
                self._waiting += 1
            self._free.append(place.processor)
            self._changed.notify()
            self._all_begun.notify_all()
            return True

    def done_waiting(self) -> None:
        """Take note that one of those that waited is done."""
        with self._changed:
            self._waiting -= 1

    def close(self) -> None:
        """Give no place any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._all_begun.notify_all()

    stop = close  # who has a place needs no other
