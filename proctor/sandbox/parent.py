"""The warm parent: it imports what everybody needs once, and forks a child per job.

It is started by :mod:`proctor.sandbox.jail` in a process of its own, with an empty
environment, so that no secret and no test is ever in its memory. It stays
single-threaded. Python starts it by :mod:`proctor.sandbox.start`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from proctor.sandbox.confine import lock_for
from proctor.sandbox.holes import fill_holes

_REAP_SECONDS = 1.0


def main(control: socket.socket, settings: dict, forget: Callable[[], None]) -> None:
    """Prepare, say so, and fork until the other end closes.

    Parameters
    ----------
    settings
        ``level``; ``programs``, by name a module with the functions of
        :class:`proctor.sandbox.jail.Program` and what is preloaded for it; ``limits``;
        ``packages``, ``root`` and ``scratch``, folders; ``trusted``, whether the
        children run our code alone.
    forget
        Called where they do not, when all is imported: takes our own modules from what
        a student can import by name.
    """
    os.umask(0o022)
    # A shell has what it starts in the background ignore it, and Python keeps that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Nothing of what is imported is garbage.
    gc.disable()
    try:
        jail = lock_for(settings)
        jail.leave()
        memory = _memory_map()
        programs = {}
        for name, (module, preload) in settings["programs"].items():
            programs[name] = importlib.import_module(module)
            programs[name].prepare(preload)
        jail.enter()
        # Nothing new comes into a root that all its children have.
        kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        for program in programs.values():
            program.warm_up()
        sys.dont_write_bytecode = kept
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        refused = isinstance(error, OSError)
        _say(control, {"error": message, "refused": refused})
        return
    # What is alive now stays; a collection in a child would copy all its pages.
    gc.collect()
    fill_holes()
    gc.freeze()
    gc.enable()
    _keep_freed_memory()
    if not settings["trusted"]:
        _use_large_pages(memory)
        forget()
    about = {"landlock": jail.has_landlock, "gate": jail.has_gate}
    _say(control, {"ready": True} | about)
    _fork_for(control, jail, programs, settings)


def _memory_map() -> int | None:
    """Open the list of this process's memory, which cannot be found any more inside."""
    try:
        return os.open("/proc/self/maps", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _keep_freed_memory() -> None:
    from proctor.sandbox import linux

    linux.keep_freed_memory()


def _use_large_pages(memory: int | None) -> None:
    """Have what is alive lie in pages of 2 MB: a fork copies a list of all pages.

    Where the kernel does not do it (before 6.1), forks take longer, and nothing else.
    """
    if memory is None:
        return
    from proctor.sandbox import linux

    with os.fdopen(memory) as listed:
        regions = [line.split() for line in listed]
    for span, rights, _, _, inode, *name in regions:
        if rights == "rw-p" and inode == "0" and name in ([], ["[heap]"]):
            start, end = (int(number, 16) for number in span.split("-"))
            with contextlib.suppress(OSError):
                linux.use_large_pages(start, end)


def _fork_for(control: socket.socket, jail, programs: dict, settings: dict) -> None:
    children: set[int] = set()
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    while True:
        if not waiting.poll(_REAP_SECONDS * 1000):
            _reap(children)
            continue
        try:
            request, descriptors, _, _ = socket.recv_fds(control, 1 << 20, 8)
        except ConnectionError:
            break
        if not request:
            break
        _reap(children)
        message = json.loads(request)
        program = programs[message["program"]]
        if "learn" in message:
            program.learn(message["learn"])
            gc.freeze()
            _say(control, {"ready": True})
            continue
        number = message["number"]
        try:
            scratch = jail.make_scratch(number)
            child = jail.fork()
        except OSError as error:
            _say(control, {"error": f"no process could be started: {error}"})
        else:
            if child == 0:
                processor = message["processor"]
                _be_a_child(
                    jail, number, processor, program, descriptors, settings["limits"]
                )
            children.add(child)
            _answer(control, child, scratch)
        for descriptor in descriptors:
            os.close(descriptor)
    for child in children:
        _kill_group(child)
    while children:
        _reap(children, wait=True)


def _be_a_child(
    jail,
    number: int,
    processor: int | None,
    program,
    descriptors: list[int],
    limits: dict,
) -> None:
    """Lock this process in and serve; it never returns.

    The last descriptor is the socket to the gatekeeper, where the jail has a gate.
    """
    try:
        if processor is not None:
            os.sched_setaffinity(0, {processor})
        first = 3 + len(descriptors)
        # Away from the numbers that they shall have, then there.
        away = [os.dup2(d, 200 + i) for i, d in enumerate(descriptors)]
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1):
            os.dup2(null, standard)
        given = [os.dup2(d, 3 + i, inheritable=False) for i, d in enumerate(away)]
        gate = given.pop() if jail.has_gate else None
        # What it forks is ended with it.
        os.setsid()
        try:
            jail.lock(number, first, gate)
        except BaseException as error:
            os.write(2, f"proctor: no lock for a child: {error!r}\n".encode())
            raise
        # What is written there goes nowhere, not to the grader's terminal.
        os.dup2(1, 2)
        program.serve(given, limits)
    finally:
        os._exit(0)


def _answer(control: socket.socket, child: int, scratch: Path | None) -> None:
    message = {"pid": child, "scratch": scratch and str(scratch)}
    if not hasattr(os, "pidfd_open"):
        _say(control, message)
        return
    # Nobody else reaps children here, so the number is still this child's.
    handle = os.pidfd_open(child)
    try:
        with contextlib.suppress(ConnectionError):
            socket.send_fds(control, [json.dumps(message).encode()], [handle])
    finally:
        os.close(handle)


def _reap(children: set[int], wait: bool = False) -> None:
    """Collect children that ended; what they wrote is for the grader to remove."""
    while children:
        try:
            child = _collect(wait)
        except ChildProcessError:
            children.clear()
            return
        if child == 0:
            return
        children.discard(child)


def _collect(wait: bool) -> int:
    """Collect one child that ended, what it forked killed before; 0: none ended."""
    flags = 0 if wait else os.WNOHANG
    if hasattr(os, "waitid"):
        # As long as it is not collected, its group's number is its own.
        ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | flags)
        if ended is None:
            return 0
        _kill_group(ended.si_pid)
        return os.waitpid(ended.si_pid, 0)[0]
    child, _ = os.waitpid(-1, flags)
    if child:
        _kill_group(child)
    return child


def _kill_group(child: int) -> None:
    """Kill a child and what it forked."""
    # Before it has a group of its own there is nothing that it forked.
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)


def _say(control: socket.socket, message: dict) -> None:
    # The grader may be gone: the next look at the socket says so.
    with contextlib.suppress(ConnectionError):
        control.sendall(json.dumps(message).encode())
