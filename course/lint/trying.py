"""Run visible checks on wrong and on right solutions: ``python -m course.lint.trying``.

A program of its own, in one thread, for it forks: each solution is tried in a copy of a
process in which the notebook ran up to its cell as the reference has it. What a graded
notebook leaves out is left out here. The reference's own solution is tried first: what
takes far longer than it does is not tried to its end.

Standard input is a JSON document. ``notebooks`` has lists of cells, in order, each with
``name`` (grade_id or empty), ``kind`` (``given``, ``solution`` or ``test``) and
``text``; of a test it is what students see. ``trials`` has ``key``, ``cell`` and
``text``: what stands in the solution cell ``cell``. The answer is, by key, why the test
``test-<cell>`` stopped, in one line; empty where it passed.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import signal
import sys
import time
from collections import defaultdict
from types import CodeType
from typing import NamedTuple

# What a trial may take of the processor: so many times what the reference took, and as
# long as so many short lines of Python, for the reference may take no time at all. One
# that is written in loops takes some twenty times. And what the reference may take.
_TIMES, _LINES, _LINES_OF_REFERENCE = 60, 60e6, 2e9
_TURNS = 10_000


class _Most(NamedTuple):
    """How many of the processor's seconds a trial may take, and what is said then."""

    seconds: float
    told: str


def main() -> int:
    """Read what is to be tried, try it, print what came of it."""
    wanted = json.load(sys.stdin)
    trials = defaultdict(list)
    for trial in wanted["trials"]:
        trials[trial["cell"]].append(trial)
    found: dict[str, str] = {}
    for cells in wanted["notebooks"]:
        found |= _try_all(cells, trials)
    print(json.dumps(found))
    return 0


def _try_all(cells: list[dict], trials: dict[str, list[dict]]) -> dict[str, str]:
    """Walk through a notebook; at each solution cell, try what belongs there."""
    world = {"__name__": "__main__", "__builtins__": builtins}
    found = {}
    for i, cell in enumerate(cells):
        wanted = trials[cell["name"]] if cell["kind"] == "solution" else []
        if wanted:
            right, after = cell["text"], cells[i:]
            _make_ready(after)
            said, took = _in_a_copy(world, right, after, _most_of_reference())
            most = _most_beside(took)
        for trial in wanted:
            is_right = trial["text"] == right
            found[trial["key"]] = (
                said if is_right else _in_a_copy(world, trial["text"], after, most)[0]
            )
        if cell["kind"] != "test":
            _run(cell["text"], world, cell["name"])
    return found


def _most_of_reference() -> _Most:
    told = f"it was still running after the time of {_LINES_OF_REFERENCE:.0e} lines"
    return _Most(_seconds_of_lines(_LINES_OF_REFERENCE), told)


def _most_beside(took: float) -> _Most:
    """Return what others may take where the reference took so many seconds."""
    told = f"it was still running after {_TIMES} times as long as the reference takes"
    return _Most(_TIMES * took + _seconds_of_lines(_LINES), told)


def _seconds_of_lines(number: float) -> float:
    """Return the processor time that so many short lines of Python take here and now.

    Others on this processor make it longer, never shorter: the shortest time counts.
    """
    return min(_loop() for _ in range(8)) * number / (2 * _TURNS)


def _loop() -> float:
    begin = time.process_time()
    for turn in range(_TURNS):
        _ = turn
    return time.process_time() - begin


def _in_a_copy(
    world: dict, text: str, cells: list[dict], most: _Most
) -> tuple[str, float]:
    """Try a solution; return why its test stopped, and the processor's seconds."""
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        said = "the process ended"
        try:
            # Nobody handles it, so that it ends the process.
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, most.seconds)
            said = _try(world, text, cells)
        finally:
            os.write(writes, said.encode()[:4000])
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8", errors="replace") as answer:
        said = answer.read()
    _, status, used = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        late = number == signal.SIGPROF
        said = most.told if late else f"it was ended by signal {number}"
    return said, used.ru_utime + used.ru_stime


def _try(world: dict, text: str, cells: list[dict]) -> str:
    """Run the solution, what is given after it, and its test."""
    first, *after = cells
    test = f"test-{first['name']}"
    stopped = _run(text, world, first["name"])
    for cell in after:
        if cell["kind"] == "test" and cell["name"] == test:
            return _run(cell["text"], world, test)
        if cell["kind"] != "test":
            stopped = stopped or _run(cell["text"], world, cell["name"])
    return stopped


def _run(text: str, world: dict, name: str) -> str:
    """Run a cell; return why it stopped, or nothing."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(_code(text, name), world)
    except BaseException as error:
        said = (str(error).splitlines() or [""])[0]
        return f"{type(error).__name__}: {said}"
    return ""


@functools.cache
def _code(text: str, name: str) -> CodeType:
    # A name by which the checks know a notebook's lines.
    return compile(text, f"<cell {name or 'given'}>", "exec")


def _make_ready(cells: list[dict]) -> None:
    """Do once what each trial of a task would do by itself, in a copy of this process.

    That is to compile what it runs, to import what NumPy imports late, to read what the
    checks know of mistakes, and to look through all that is here for garbage.
    """
    for cell in cells:
        with contextlib.suppress(SyntaxError, ValueError):
            _code(cell["text"], cell["name"])
    if "numpy" in sys.modules:
        importlib.import_module("numpy.ma")
    if checks := sys.modules.get("tinytorch.lessons"):
        checks.lessons()
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
