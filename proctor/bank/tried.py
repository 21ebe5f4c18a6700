"""Try solutions by what their tasks promise: ``python -m proctor.bank.tried``.

Reads one JSON document and prints one line of JSON for each solution. Each is tried in
a process of its own, since it may never end or use all memory; what is wrong with it is
the number of the first call that does not give what is promised.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import resource
import runpy
import sys
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from proctor.bank import promises
from proctor.rubric import pace

_MEMORY = 2 << 30
# A solution may take so many times the processor time of the reference, and that of so
# many lines of Python: no number of seconds says who is wrong.
_TIMES, _LINES = 60, 20e6
# What comes of two solutions is the same to so many digits.
_RTOL, _ATOL = 1e-5, 1e-8


def main() -> None:
    """Answer what stands on standard input.

    The document: ``promises``, the file; ``cells``, pairs of grade_id and text of the
    reference's cells; ``seed``; ``solutions``, each with ``cell``, ``source`` and
    ``beside``, another text of the cell, or null.
    """
    asked = json.load(sys.stdin)
    runpy.run_path(asked["promises"])
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    # What the reference imports is imported once.
    world(asked["cells"], "", "")
    right, allowed = dict(asked["cells"]), {}
    for solution in asked["solutions"]:
        if (cell := solution["cell"]) not in allowed:
            reference = {"cell": cell, "source": right[cell], "beside": None}
            allowed[cell] = allowance(_apart(asked, reference)[1])
        answer, _ = _apart(asked, solution, allowed[cell])
        print(json.dumps(answer), flush=True)


def allowance(took: float) -> int:
    """Return the processor seconds that a solution may take.

    Parameters
    ----------
    took
        Those that the reference took.
    """
    return math.ceil(_TIMES * took + pace.seconds_of_python(_LINES))


def world(cells: list, cell: str, source: str) -> SimpleNamespace:
    """Run the reference's cells, one of them replaced; return all names."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for name, text in cells:
        ends = contextlib.suppress(Exception, SystemExit)
        with ends, contextlib.redirect_stdout(io.StringIO()):
            exec(source if cell and name == cell else text, names)
    return SimpleNamespace(**names)


def _apart(
    asked: dict, solution: dict, seconds: int | None = None
) -> tuple[dict, float]:
    """Try a solution in a process of its own; return what came, and what it took.

    Parameters
    ----------
    seconds
        Of a processor, that it may take; None: as long as it needs.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _limit(seconds)
        status = 1
        try:
            os.close(reading)
            answer = json.dumps(_tried(asked, solution)).encode()
            os.write(writing, answer)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    _, _, used = os.wait4(child, 0)
    # Killed, since it takes too long or too much: nobody would call it right.
    answer = json.loads(text) if text else {"wrong": "does not end", "alike": [0, 0]}
    return answer, used.ru_utime + used.ru_stime


def _limit(seconds: int | None) -> None:
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No line of a solution's is read by anybody.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _tried(asked: dict, solution: dict) -> dict:
    cell = solution["cell"]
    given = world(asked["cells"], cell, solution["source"])
    other = solution["beside"]
    beside = other and world(asked["cells"], cell, other)
    wrong, alike = "", [0, 0]
    cases = enumerate(_cases(cell, asked["seed"]), 1)
    while True:
        try:
            number, (call, wanted) = next(cases)
        except StopIteration:
            break
        except Exception as error:  # of the author's own
            return {"broken": f"{type(error).__name__}: {error}"}
        found = call.outcome(given)
        met = _is_met(wanted, found)
        if not met and not wrong:
            wrong = f"call {number}, of {_name(call)}"
        if not beside:
            if wrong:
                break
            continue
        another = call.outcome(beside)
        # Where both are right they are no more alike than all others.
        if not (met and _is_met(wanted, another)):
            alike[0] += _same(found, another)
            alike[1] += 1
    return {"wrong": wrong, "alike": alike if beside else None}


def _is_met(wanted: Any, found: Any) -> bool:
    try:
        return bool(promises.is_met(wanted, found))
    except Exception:  # a solution may return anything
        return False


def _cases(cell: str, seed: int) -> Iterator:
    yield from promises.registered[cell](np.random.default_rng(seed))


def _name(call: promises.Call) -> str:
    function = call.function
    return function if isinstance(function, str) else function.__name__


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, Exception) or isinstance(two, Exception):
        return type(one) is type(two)
    if isinstance(one, tuple | list) and isinstance(two, tuple | list):
        return len(one) == len(two) and all(map(_same, one, two))
    try:
        a, b = np.asarray(one), np.asarray(two)
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if a.dtype.kind not in "biuf":
            return bool(one == two)
        return np.allclose(a.astype(float), b.astype(float), _RTOL, _ATOL, True)
    except Exception:
        return False


if __name__ == "__main__":
    main()
