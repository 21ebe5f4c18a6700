"""Count what Python itself does in a call: the measure of code that loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence

# By name: what a student's cell puts in its place afterwards is not called.
from sys import gettrace, settrace
from types import FrameType
from typing import Any


class _Enough(BaseException):
    """More was done than anybody asks about."""


def counted(
    function: Callable, positional: Sequence, named: dict[str, Any], most: int
) -> tuple[int, Any]:
    """Call a function; return how many lines of Python ran, and what it returned.

    A line counts each time it runs, and so does each call of a function, in all that
    the function calls; each turn of a comprehension counts too. Work inside compiled
    code is not seen. A call that passes ``most`` is ended: the number is then
    ``most + 1`` or more, and None stands for the answer.
    """
    steps = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Callable:
        nonlocal steps
        if event in ("line", "call"):
            steps += 1
            if steps > most:
                raise _Enough
        return trace

    before = gettrace()
    answer = None
    settrace(trace)
    try:
        answer = function(*positional, **named)
    except _Enough:
        pass
    finally:
        settrace(before)
    # Code that catches everything goes on untraced, and its answer counts for nothing.
    return (steps, answer) if steps <= most else (steps, None)
