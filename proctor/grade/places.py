"""Processors for submissions: one for each, and none for who only waits."""

from __future__ import annotations

import re
import threading
import time
from pathlib import Path

from proctor.sandbox.children import Child
from proctor.sandbox.jail import processors

# So many may wait, each in a few processes, while others have their processors.
_MOST_WAITING = 16
# Who wants less than this part of a processor's time, over so many seconds, waits.
_PART, _SECONDS = 0.5, 1.0
_AVAILABLE = re.compile(r"^MemAvailable: *(\d+) kB$", re.MULTILINE)


class Place:
    """Where one submission runs.

    Parameters
    ----------
    processor
        The one that its processes run on; None: any.
    places
        Where another may take it while this submission waits; None: nobody wants it.
    """

    def __init__(self, processor: int | None, places: Places | None = None) -> None:
        self.processor, self._places = processor, places
        self._left: Places | None = None
        self._seen: tuple[tuple[Child, ...], float, float] | None = None

    def look(self, *processes: Child) -> None:
        """Take note that nothing came from these for a while; another may go on.

        Not the time that passes decides, but what the processes do or want to do: on a
        machine that is busy, work takes long and is work all the same.
        """
        now, wanted = time.monotonic(), sum(p.wanted_seconds() for p in processes)
        seen = self._seen
        if not wanted:
            return  # the system does not say
        if seen is None or seen[0] != processes:
            self._seen = processes, now, wanted
        elif now - seen[1] >= _SECONDS:
            if wanted - seen[2] < _PART * (now - seen[1]):
                self.leave()
            self._seen = processes, now, wanted

    def leave(self) -> None:
        """Let another have the processor; what runs here goes on beside it."""
        if self._places and self._places.take_back(self, waits=True):
            self._places, self._left = None, self._places

    def end(self) -> None:
        """Give the processor back: the submission is done."""
        if self._places:
            self._places.take_back(self)
        if self._left:
            self._left.done_waiting()
        self._places = self._left = None


ANYWHERE = Place(None)


class Places:
    """The processors of a run.

    Parameters
    ----------
    jobs
        How many submissions work at once.
    megabytes
        What memory must be available for one more, while others wait.
    """

    def __init__(self, jobs: int, megabytes: int) -> None:
        self._free: list[int | None] = list(processors(jobs))
        self._megabytes = megabytes
        self.jobs, self.most = jobs, jobs + _MOST_WAITING
        self._waiting = 0
        self._closed = False
        self._changed = threading.Condition()

    def take(self) -> Place | None:
        """Return a place, when there is one; None: no more are given."""
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._closed)
            return None if self._closed else Place(self._free.pop(0), self)

    def take_back(self, place: Place, waits: bool = False) -> bool:
        """Give a place's processor to the next; tell whether it was taken.

        Parameters
        ----------
        waits
            Whether its submission goes on, waiting.
        """
        with self._changed:
            if waits:
                full = self._waiting >= _MOST_WAITING
                if full or _available_megabytes() < self._megabytes:
                    return False
                self._waiting += 1
            self._free.append(place.processor)
            self._changed.notify()
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

    stop = close  # who has a place needs no other


def _available_megabytes() -> float:
    try:
        found = _AVAILABLE.search(Path("/proc/meminfo").read_text())
    except OSError:
        found = None
    return int(found[1]) / 1024 if found else 0.0
