"""A locked-in process that a warm parent forked, seen from the grader."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
from pathlib import Path

from proctor.sandbox.gatekeeper import Gate
from proctor.sandbox.remove import remove_tree

# proc(5), of a descriptor from pidfd_open(2).
_PID = re.compile(rb"^Pid:\s*(\d+)$", re.MULTILINE)


def wanted_by(pid: int) -> float:
    """Return the seconds that a process's threads ran, or waited for a processor."""
    total = 0
    # By plain calls: it is asked for ten times a second of each that waits.
    with contextlib.suppress(OSError, ValueError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            ran, waited, _ = read(f"/proc/{pid}/task/{thread}/schedstat").split()
            total += int(ran) + int(waited)
    return total / 1e9


def read(path: str) -> bytes:
    """Return what the system says in a file of ``/proc``: what fits one page.

    Raises
    ------
    OSError
        If it is gone.
    """
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, 4096)
    finally:
        os.close(file)


class Child:
    """A locked-in process, known by a handle that no other process can come to have.

    Parameters
    ----------
    pid, handle
        The number that its parent knows, and a descriptor of pidfd_open(2); None where
        the system has no such thing.
    scratch
        The folder that it writes into, where it has no mount of its own.

    Attributes
    ----------
    gate
        Where it asks before it forks; None: it does not ask.
    stopped_for
        Why it was stopped for what it used; empty: it was not.
    """

    def __init__(
        self,
        pid: int,
        handle: int | None,
        scratch: Path | None = None,
    ) -> None:
        self._pid, self._handle = pid, handle
        self.scratch = scratch
        self.gate: Gate | None = None
        self.stopped_for = ""

    @property
    def handle(self) -> int | None:
        """The descriptor of pidfd_open(2); None where there is none, or any more."""
        return self._handle

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        if self._handle is None:
            return not self._pid
        gone = select.poll()
        gone.register(self._handle, select.POLLIN)
        return bool(gone.poll(0))

    def number(self) -> int:
        """Return its number in this process's own namespace.

        Raises
        ------
        OSError
            If it is not to be had, or the process is gone.
        """
        if self._handle is None:
            return self._pid
        about = read(f"/proc/self/fdinfo/{self._handle}")
        pid = _PID.search(about)
        if pid is None:
            raise OSError("a child is not in /proc: is that this machine's own?")
        return int(pid[1])

    def open_usage(self) -> list[int]:
        """Open the file in which the kernel says what this process has used.

        Returns
        -------
        list[int]
            Its descriptor, which stands for this process and no other; none where the
            system has no such file.

        Raises
        ------
        OSError
            If Linux does not give it.
        """
        if self._handle is None:
            return []
        usage = os.open(f"/proc/{self.number()}/stat", os.O_RDONLY | os.O_CLOEXEC)
        if self.ended:
            os.close(usage)
            raise ProcessLookupError("the process has ended")
        return [usage]

    def wanted_seconds(self) -> float:
        """Return how long its threads have run, or waited for a processor.

        0 where the system does not say; of a process that is gone, too.
        """
        with contextlib.suppress(OSError):
            return wanted_by(self.number())
        return 0.0

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens if the process has ended."""
        with contextlib.suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, number)
            elif self._pid:
                os.kill(self._pid, number)

    def stop(self, why: str) -> None:
        """Kill the process for what it used, and keep the reason."""
        self.stopped_for = self.stopped_for or why
        self.signal(signal.SIGKILL)

    def end(self, seconds: float = 5.0) -> bool:
        """Kill the process, wait until it is gone, and tell whether it is.

        What it wrote is removed. That cannot fail a run: what is left is in the run's
        folder, which this run and the next try to remove again.
        """
        self.signal(signal.SIGKILL)
        ended = self._wait(seconds)
        if self.scratch and ended:
            remove_tree(self.scratch)
        return ended

    def _wait(self, seconds: float) -> bool:
        if self._handle is None:
            self._pid = 0
            return True
        gone = select.poll()
        gone.register(self._handle, select.POLLIN)
        ended = bool(gone.poll(seconds * 1000))
        os.close(self._handle)
        self._handle, self._pid = None, 0
        return ended
