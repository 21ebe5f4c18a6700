"""Where the memory of a command comes from."""

from __future__ import annotations

import contextlib
import ctypes

_M_ARENA_MAX = -8  # glibc's malloc.h


def one_heap() -> None:
    """Have all threads take memory from one heap; to be called before there are any.

    glibc gives each thread a heap of its own, and none of these takes what another has
    free: with some twenty threads that was a third of what a large class took. Threads
    that wait for Python's lock seldom meet at the heap's.
    """
    # Only glibc's has it.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
