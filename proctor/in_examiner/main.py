"""The examiner's process: test cells run here, and no byte of the student's does.

A name that a test cell uses and does not define is the student's, and stands for an
object in the student's process (:mod:`proctor.in_examiner.handles`).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import resource
import socket
import sys
import time

import numpy as np

from proctor.in_examiner import testcell
from proctor.in_examiner.calls import Calls
from proctor.in_examiner.examiner import Examiner
from proctor.in_examiner.unwritten import Unwritten
from proctor.rubric.errors import AuthorError
from proctor.wire.frames import Channel, ChannelError

# What an examiner may have used before it serves another submission.
_MOST_SECONDS, _MOST_MEMORY = 20.0, 256 << 20
# Above this, what a test leaves is looked for at once and not when there is time.
_MUCH_MEMORY = 128 << 20


def prepare(preload: list[str]) -> None:
    """Import what tests use, before the first fork."""
    import numpy.lib.stride_tricks
    import numpy.ma  # `np.unique` imports it
    import numpy.random  # noqa: F401

    for name in preload:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def warm_up() -> None:
    """Do once what takes longer the first time: each child would do it again."""
    np.ones((8, 8)) @ np.ones((8, 8))


def learn(lesson: dict) -> None:
    """Make a test cell ready: ``name``, ``visible`` and ``hidden``."""
    with contextlib.suppress(AuthorError):
        testcell.find(lesson["name"], lesson["visible"], lesson["hidden"])


def serve(descriptors: list[int], limits: dict) -> None:
    """Examine until the grader closes its end.

    Parameters
    ----------
    descriptors
        Of the grader's channel, and of the socket over which the descriptors of
        students' processes come.
    """
    gc.disable()  # not while a student waits
    grader = Channel(descriptors[0])
    # Its kind is said: to ask for it takes a call that is not allowed.
    kind = socket.AF_UNIX, socket.SOCK_STREAM, 0
    with contextlib.suppress(ChannelError):
        _examine_all(grader, socket.socket(*kind, fileno=descriptors[1]))


def _examine_all(grader: Channel, descriptors: socket.socket) -> None:
    """Run test cells on the students' processes that the grader names by a number."""
    students: dict[int, Calls] = {}
    # A test for one kernel may leave modules changed: nobody else meets them so.
    touched = False
    while True:
        task, _ = grader.receive()
        if "meet" in task:
            _, (channel, *usage), _, _ = socket.recv_fds(descriptors, 1, 2)
            students[task["meet"]] = Calls(Channel(channel), *usage)
            students[task["meet"]].tell = lambda asked: grader.send({"asked": asked})
            continue
        if "leave" in task:
            students.pop(task["leave"]).close()
            continue
        if "rest" in task:
            gc.collect()
            grader.send({"worn": touched or _is_worn()})
            continue
        if "unwritten" in task:
            calls = Unwritten(task["unwritten"])
        else:
            calls = students[task["student"]]
        calls.ended = calls.ended or task["ended"]
        examiner = Examiner(calls, task)
        touched = touched or calls.plain
        verdict = examiner.examine() | {"ended": calls.ended}
        observed, buffers = examiner.observed(task["common_seed"])
        grader.send(verdict | {"observed": observed}, buffers)
        if _memory() > _MUCH_MEMORY:
            del examiner, verdict, observed, buffers
            gc.collect()


def _is_worn() -> bool:
    """Tell whether this process has used so much that a new one should take over."""
    return time.process_time() > _MOST_SECONDS or _memory() > _MOST_MEMORY


def _memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
