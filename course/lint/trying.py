"""Run visible checks on wrong and on right solutions: ``python -m course.lint.trying``.

A program of its own, in one thread, for it forks: each solution is tried in a copy of a
process in which the notebook ran up to its cell as the reference has it. What a graded
notebook leaves out is left out here.

Standard input is a JSON document. ``notebooks`` has lists of cells, in order, each with
``name`` (grade_id or empty), ``kind`` (``given``, ``solution`` or ``test``) and
``text``; of a test it is what students see. ``trials`` has ``key``, ``cell`` and
``text``: what stands in the solution cell ``cell``. The answer is, by key, why the test
``test-<cell>`` stopped, in one line; empty where it passed.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import json
import os
import resource
import signal
import sys
from collections import defaultdict

# Of the processor's time; a check takes a hundredth of it.
_MOST_SECONDS = 10
_ENDLESS = f"it was still running after {_MOST_SECONDS} s of the processor's time"


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
        if cell["kind"] == "solution":
            for trial in trials[cell["name"]]:
                found[trial["key"]] = _in_a_copy(world, trial["text"], cells[i:])
        if cell["kind"] != "test":
            _run(cell["text"], world, cell["name"])
    return found


def _in_a_copy(world: dict, text: str, cells: list[dict]) -> str:
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.close(reads)
        said = "the process ended"
        try:
            limits = _MOST_SECONDS, _MOST_SECONDS + 1
            resource.setrlimit(resource.RLIMIT_CPU, limits)
            said = _try(world, text, cells)
        finally:
            os.write(writes, said.encode()[:4000])
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8", errors="replace") as answer:
        said = answer.read()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        return said
    number = os.WTERMSIG(status)
    return _ENDLESS if number == signal.SIGXCPU else f"it was ended by signal {number}"


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
            # A name by which the checks know a notebook's lines.
            exec(compile(text, f"<cell {name or 'given'}>", "exec"), world)
    except BaseException as error:
        said = (str(error).splitlines() or [""])[0]
        return f"{type(error).__name__}: {said}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
