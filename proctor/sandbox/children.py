"""A warm parent, and the locked-in processes that it forks, seen from the grader."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox import levels, start
from proctor.sandbox.confine import NAMESPACE
from proctor.sandbox.gatekeeper import Gate, Gatekeeper
from proctor.sandbox.remove import remove_tree

# What a warm parent runs first, as text: it shall not know the file.
_START = Path(start.__file__).read_text()
# One thread each, so that a fork is safe and nobody takes the other core.
_ENVIRONMENT = {
    "HOME": "/tmp/work",
    "LANG": "C.UTF-8",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
}


def wanted_by(pid: int) -> float:
    """Return the seconds that a process's threads ran, or waited for a processor."""
    total = 0
    with contextlib.suppress(OSError, ValueError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            ran, waited, _ = (thread / "schedstat").read_text().split()
            total += int(ran) + int(waited)
    return total / 1e9


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
    def alive(self) -> bool:
        """Whether the process can still be signalled."""
        return self._handle is not None or bool(self._pid)

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
        about = Path(f"/proc/self/fdinfo/{self._handle}").read_text()
        pid = re.search(r"^Pid:\s*(\d+)$", about, re.MULTILINE)
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


class WarmParent:
    """A warm parent, seen from the grader.

    Parameters
    ----------
    settings
        See :func:`proctor.sandbox.start.begin`.
    gatekeeper
        Whom its children ask before they fork, where the level has that.
    numbers
        From which each child gets one; several parents have them in common.

    Raises
    ------
    proctor.errors.GradingError
        If it cannot be started, with the reason (from :meth:`wait`).
    """

    def __init__(
        self,
        settings: dict,
        environment: dict[str, str],
        gatekeeper: Gatekeeper | None,
        numbers: Iterator[int],
    ) -> None:
        self._gatekeeper, self._has_gate = gatekeeper, False
        self._numbers = numbers
        kind = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM)
        if sys.platform != "linux":
            kind = socket.SOCK_DGRAM
        self._control, theirs = socket.socketpair(socket.AF_UNIX, kind)
        self._lock = threading.Lock()
        self.level, self._limits = settings["level"], settings["limits"]
        # Not by a link in a course's own environment, which the process would know.
        python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        self._process = subprocess.Popen(
            [python, "-I", "-S", "-c", start.COMMAND, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=_ENVIRONMENT,
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the grader to answer
        )
        told = settings | {"start": _START, "environment": environment}
        # Broken where it ended: `wait` says so.
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(json.dumps(told).encode())
        theirs.close()

    def wait(self) -> dict:
        """Wait until it is ready, and return what it says of itself."""
        said = self._control.recv(65536)
        message = json.loads(said) if said else {"error": "it ended at once"}
        if "error" in message:
            self.close()
            if message.get("refused"):
                raise GradingError(levels.explain(self.level, message["error"]))
            raise GradingError(f"the sandbox did not start: {message['error']}")
        self._has_gate = message["gate"]
        return message

    def learn(self, lesson: dict, program: str = "") -> None:
        """Have the parent prepare for what its children will be asked."""
        with self._lock:
            message = {"learn": lesson, "program": program}
            self._control.sendall(json.dumps(message).encode())
            self._control.recv(65536)

    def fork(
        self,
        descriptors: list[int],
        processor: int | None = None,
        program: str = "",
    ) -> Child:
        """Return a new locked-in process that has ``descriptors`` as 3, 4, ...

        Parameters
        ----------
        processor
            The one to run on; None: any.
        program
            Which of the parent's programs.

        Raises
        ------
        OSError
            If there is none to be had.
        """
        if not self._has_gate:
            return Child(*self._ask_for_child(descriptors, processor, program))
        ours, theirs = socket.socketpair()
        try:
            descriptors = [*descriptors, theirs.fileno()]
            child = Child(*self._ask_for_child(descriptors, processor, program))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        child.gate = Gate(ours, self._limits, self.level == NAMESPACE, child.stop)
        self._gatekeeper.add(child.gate)
        return child

    def _ask_for_child(
        self, descriptors: list[int], processor: int | None, program: str
    ) -> tuple[int, int | None, Path | None]:
        with self._lock:
            message = {
                "number": next(self._numbers),
                "processor": processor,
                "program": program,
            }
            request = json.dumps(message).encode()
            socket.send_fds(self._control, [request], descriptors)
            reply, handles, _, _ = socket.recv_fds(self._control, 65536, 1)
        if not reply:
            raise OSError("the warm parent has ended")
        message = json.loads(reply)
        if "error" in message:
            raise OSError(message["error"])
        scratch = Path(message["scratch"]) if message["scratch"] else None
        return message["pid"], handles[0] if handles else None, scratch

    def close(self) -> None:
        """End the parent and every process that it forked."""
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
