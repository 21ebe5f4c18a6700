"""How fast this machine is at this moment: nothing is decided by a number of seconds.

What may take only so long may take as long as a piece of work whose size is known, done
beside it.
"""

from __future__ import annotations

import mmap
import time
from collections.abc import Callable

import numpy as np

_TURNS = 10_000


def own_seconds() -> float:
    """Return the processor time of this thread.

    Unlike a process's, it is exact where the process has a limit of processor time: the
    kernel then counts that of all threads together in steps of milliseconds.
    """
    return time.thread_time()


def seconds_of(work: Callable[[], object], tries: int = 1) -> float:
    """Return the processor time that some work takes here and now.

    Others on this processor make it longer, never shorter: the shortest of some tries
    counts.
    """
    found = []
    for _ in range(tries):
        begin = own_seconds()
        work()
        found.append(own_seconds() - begin)
    return min(found)


def seconds_of_python(lines: float) -> float:
    """Return that of so many short lines of Python."""
    return seconds_of(_loop, tries=8) * lines / (2 * _TURNS)


def seconds_of_bytes(count: int) -> float:
    """Return that of writing so many bytes into memory that nobody had before."""
    return seconds_of(lambda: _write(count)) if count else 0.0


def _write(count: int) -> None:
    room = mmap.mmap(-1, count, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    np.frombuffer(room, np.uint8)[:] = 1


def _loop() -> None:
    for turn in range(_TURNS):
        _ = turn
