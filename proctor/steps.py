"""Count what Python itself does in a call: the measure of code that loops."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

# By name: what a student's cell puts in its place afterwards is not called.
from sys import gettrace, settrace
from types import FrameType
from typing import Any

# What hands work to threads and waits for it: how many lines of it run is chance.
_PYTHON = Path(threading.__file__).parent
_OF_THREADS = frozenset(
    str(_PYTHON / name)
    for name in (
        "threading.py",
        "queue.py",
        "weakref.py",
        "_weakrefset.py",
        "concurrent/futures/_base.py",
        "concurrent/futures/thread.py",
        "multiprocessing/pool.py",
    )
)
# What runs where a module is imported that was not.
_IMPORT = "<frozen importlib._bootstrap>", "_find_and_load"
# What counts at this moment, in whatever thread; None: nothing does.
_counting: Callable | None = None


class _Enough(BaseException):
    """More was done than anybody asks about."""


def follow_threads() -> None:
    """Have the threads that begin from now on counted, in each call that is.

    Those of a pool go on from call to call.
    """
    threading.settrace(_follow)


def _follow(frame: FrameType, event: str, argument: Any) -> Callable | None:
    trace = _counting
    return None if trace is None else trace(frame, event, argument)


def counted(
    function: Callable, positional: Sequence, named: dict[str, Any], most: int
) -> tuple[int, Any]:
    """Call a function; return how many lines of Python ran, and what it returned.

    A line counts each time it runs, and so does each call of a function, in all that
    the function calls, and in all threads that it begins; each turn of a comprehension
    counts too. Neither work inside compiled code is seen, nor what waits for threads,
    nor the import of a module, which the first call of all may need and no other: NumPy
    has parts that are imported when somebody asks for them. A call that passes ``most``
    is ended: the number is then ``most + 1`` or more, and None stands for the answer.
    """
    global _counting
    steps, importing = 0, False

    def imported(frame: FrameType, event: str, argument: Any) -> Callable:
        nonlocal importing
        if event == "return":  # also where an exception ends it
            importing = False
        return imported

    def trace(frame: FrameType, event: str, argument: Any) -> Callable | None:
        nonlocal steps, importing
        if event == "line":
            steps += 1
        elif event == "call":
            code = frame.f_code
            if importing or code.co_filename in _OF_THREADS:
                return None
            if (code.co_filename, code.co_name) == _IMPORT:
                importing = True
                return imported
            steps += 1
        if steps > most:
            raise _Enough
        return trace

    before, counting, hook = gettrace(), _counting, threading.gettrace()
    answer = None
    _counting = trace
    follow_threads()
    settrace(trace)
    try:
        answer = function(*positional, **named)
    except _Enough:
        pass
    finally:
        settrace(before)
        threading.settrace(hook)
        _counting = counting
    # Code that catches everything goes on untraced, and its answer counts for nothing.
    return (steps, answer) if steps <= most else (steps, None)
