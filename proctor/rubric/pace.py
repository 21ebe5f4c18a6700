"""How fast this machine is at this moment: nothing is decided by a number of seconds.

What may take only so long may take as long as a piece of work whose size is known, done
beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

_TURNS, _TRIES = 10_000, 8


def own_seconds() -> float:
    """Return the processor time of this thread.

    Unlike a process's, it is exact where the process has a limit of processor time: the
    kernel then counts that of all threads together in steps of milliseconds.
    """
    return time.thread_time()


def seconds_of_python(lines: float) -> float:
    """Return the processor time that so many short lines of Python take here and now.

    Others on this processor make it longer, never shorter: the shortest of some tries
    counts.
    """
    return _shortest(_loop) * lines / (2 * _TURNS)


def seconds_of_arrays(times: float) -> float:
    """Return that of array work: so many convolutions of 400x640 pixels by hand.

    Each copies its windows, multiplies them by a matrix and is transformed.
    """
    return _shortest(_convolve) * times


def _shortest(work: Callable[[], object]) -> float:
    found = []
    for _ in range(_TRIES):
        begin = own_seconds()
        work()
        found.append(own_seconds() - begin)
    return min(found)


def _loop() -> None:
    for turn in range(_TURNS):
        _ = turn


def _convolve() -> np.ndarray:
    image = np.ones((400, 640), np.float32)
    seen = np.lib.stride_tricks.sliding_window_view(image, (2, 2))
    columns = seen.reshape(-1, 4)
    return np.fft.rfft2((columns @ np.ones(4, np.float32)).reshape(399, 639))
