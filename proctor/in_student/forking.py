"""How a student's process copies itself: as Python does, or in half the work."""

from __future__ import annotations

import _thread
import ctypes
import importlib
import os
import random
import sys
import warnings

_python_fork = os.fork
# With Python's lock held, as one call that nothing comes between.
_plain_fork = ctypes.PyDLL(None).fork if sys.platform == "linux" else None
_count_threads = getattr(_thread, "_count", None)
# What these ask for at a fork is about locks, seeds and threads.
_KNOWN = ("IPython.core.history", "logging", "random", "threading")
# Whether something else is to be done.
_has_more_to_do = False


def watch_for_more() -> None:
    """Take note from now on where more is to be done at each fork."""
    for name in _KNOWN:
        importlib.import_module(name)
    register = os.register_at_fork

    def register_at_fork(**called: object) -> None:
        global _has_more_to_do
        _has_more_to_do = True
        register(**called)

    os.register_at_fork = register_at_fork


def fork() -> int:
    """Fork; return what `os.fork` does, or raise an OSError.

    Behind a fork Python makes its locks anew and draws a new seed, by which a copy has
    150 pages of memory more of its own. Locks are held by other threads: where there
    is none, and nothing that came later asks for more, the C library's fork is enough.
    """
    plain = _plain_fork is not None and os.fork is _python_fork
    if plain and not _has_more_to_do and _count_threads and not _count_threads():
        return _plain_fork()
    # The notebook may have set one.
    seeded = random.getstate()
    with warnings.catch_warnings():
        # Of the student's threads none is in the copy.
        warnings.simplefilter("ignore")
        copy = os.fork()
    if not copy:
        random.setstate(seeded)
    return copy
