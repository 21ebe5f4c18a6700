"""Answer what locked-in processes ask before they may do it: to fork, to write.

The kernel holds a call that the filter of :class:`proctor.sandbox.seccomp.Gate` asks
about until somebody outside says yes or no (seccomp_unotify(2)). Only what stands in
registers is looked at, which the asking process cannot change meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from proctor.sandbox import calls, seccomp

# linux/seccomp.h: SECCOMP_IOCTL_NOTIF_RECV and _SEND with their structs
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_ASKED, _ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")
_CONTINUE = 1
_MOST_REFUSED = 1000
# What counts at least, in bytes, for each call: for what the disk keeps of it, and so
# that they come to an end.
_LEAST_WRITTEN, _OF_AN_ENTRY = 4 << 10, 16 << 10
# Where the kernel itself bounds what is written, so that they come to an end.
_OF_A_CALL = 256


class Gate:
    """What a locked-in process, with all that it forks, may do that it has to ask for.

    What it writes is counted when it is written, for what becomes of it afterwards
    cannot be followed: a file may be open, or be mapped, when its name is gone.

    Parameters
    ----------
    end
        The socket over which the process sends the listener of its filter.
    limits
        ``files_mb`` and ``threads``.
    bounded
        Whether the kernel bounds what it writes in all.
    stop
        Called with the reason where it asks again and again for what it may not do.

    Attributes
    ----------
    listener
        The descriptor over which the kernel asks; negative: it was not sent yet.
    forked
        How often it was let fork. What came of it, if anything, nobody says.
    """

    def __init__(
        self,
        end: socket.socket,
        limits: Mapping,
        bounded: bool,
        stop: Callable[[str], None],
    ) -> None:
        self.end, self._bounded, self._stop = end, bounded, stop
        self._asked = self.forked = 0
        self.listener = -1
        self._lock = threading.Lock()
        self._forks = self._refused = 0
        self._most_mb, self._threads = limits["files_mb"], limits["threads"]
        self._room = self._most_mb << 20

    @property
    def changes(self) -> int:
        """How often it asked to change anything of a file, for a thread, or to fork.

        Also where it was refused: what is refused is counted for all copies together,
        and who has asked too often is stopped. When a copy has ended, all that it asked
        is in this.
        """
        with self._lock:
            return self._asked

    def allow_fork(self) -> None:
        """Let the process, or one forked from it, fork once."""
        with self._lock:
            # Not more: what was not used is not saved.
            self._forks = 1

    def close_forks(self) -> None:
        """Let nothing fork any more."""
        with self._lock:
            self._forks = 0

    def look(self, names: Mapping[int, str]) -> None:
        """Answer who asks, if somebody still does.

        Parameters
        ----------
        names
            Of the calls, by the kernel's number.
        """
        asked = bytearray(_ASKED.size)
        # The process may have been killed while it waited. Locked before it is taken
        # out, so that nothing is counted any more of a process that was seen to end.
        with self._lock, contextlib.suppress(OSError):
            fcntl.ioctl(self.listener, _RECEIVE, asked)
            number, thread, _, call, _, _, *arguments = _ASKED.unpack(asked)
            error = self._answer(names[call], thread, arguments)
            flags = 0 if error else _CONTINUE
            fcntl.ioctl(self.listener, _SEND, _ANSWER.pack(number, 0, -error, flags))

    def _answer(self, call: str, thread: int, arguments: Sequence[int]) -> int:
        """Return 0 where a call may be made, which counts as made; or an error.

        Parameters
        ----------
        thread
            The number of who asks.
        """
        self._asked += 1
        if call == "clone":
            error = self._clone(thread, arguments[0])
            why = "it asked again and again for more processes or threads"
        else:
            error = self._write(call, arguments)
            why = f"it wrote more than {self._most_mb} MB of files"
        if error:
            self._refused += 1
            if self._refused == _MOST_REFUSED:
                self._stop(why)
        return error

    def _clone(self, thread: int, flags: int) -> int:
        if flags != seccomp.FORK:
            # The numbers of threads are counted for all copies together.
            return errno.EAGAIN if _threads_of(thread) >= self._threads else 0
        if not self._forks:
            return errno.EPERM
        self._forks -= 1
        self.forked += 1
        return 0

    def _write(self, call: str, arguments: Sequence[int]) -> int:
        if self._bounded or call in calls.NOTED:
            cost = _OF_A_CALL
        elif call in ("write", "pwrite64"):
            cost = max(arguments[2], _LEAST_WRITTEN)
        else:
            cost = _OF_AN_ENTRY
        if cost > self._room:
            return errno.ENOSPC
        self._room -= cost
        return 0


def _threads_of(thread: int) -> int:
    """Return how many threads the process of this one has."""
    try:
        # A folder's links are those in it, and two of its own.
        return Path(f"/proc/{thread}/task").stat().st_nlink - 2
    except OSError:
        return 0  # it is gone


class Gatekeeper:
    """A thread that stands at all gates of a jail."""

    def __init__(self) -> None:
        self._gates: dict[int, Gate] = {}
        self._names: dict[int, str] = {}
        self._lock = threading.Lock()
        self._waiting = select.epoll()
        self._thread: threading.Thread | None = None
        self._woken, self._wake = os.pipe()
        self._waiting.register(self._woken, select.EPOLLIN)

    def add(self, gate: Gate) -> None:
        """Stand at a gate until its process has ended."""
        with self._lock:
            self._names = self._names or seccomp.names_of_asked()
            self._register(gate.end.fileno(), gate)
            if self._thread is None:
                self._thread = threading.Thread(target=self._stand, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Leave all gates; again: nothing."""
        if self._wake < 0:
            return
        os.close(self._wake)
        self._wake = -1
        if self._thread:
            self._thread.join()
        os.close(self._woken)
        for descriptor in list(self._gates):
            self._leave(descriptor)
        self._waiting.close()

    def _register(self, descriptor: int, gate: Gate) -> None:
        self._gates[descriptor] = gate
        self._waiting.register(descriptor, select.EPOLLIN)

    def _leave(self, descriptor: int) -> None:
        gate = self._gates.pop(descriptor)
        self._waiting.unregister(descriptor)
        if descriptor == gate.listener:
            os.close(descriptor)
        else:
            gate.end.close()

    def _stand(self) -> None:
        while True:
            for descriptor, event in self._waiting.poll():
                if descriptor == self._woken:
                    return
                with self._lock:
                    self._look(descriptor, event)

    def _look(self, descriptor: int, event: int) -> None:
        gate = self._gates[descriptor]
        if not event & select.EPOLLIN:
            self._leave(descriptor)
        elif descriptor == gate.listener:
            gate.look(self._names)
        else:
            self._open(gate)

    def _open(self, gate: Gate) -> None:
        """Take the listener that the process sends before it runs anything."""
        found: list[int] = []
        with contextlib.suppress(OSError):
            _, found, _, _ = socket.recv_fds(gate.end, 1, 1)
        self._leave(gate.end.fileno())
        if found:
            gate.listener = found[0]
            self._register(found[0], gate)
