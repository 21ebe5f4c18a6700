"""A warm parent, which forks locked-in processes, seen from the grader."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox import levels, start
from proctor.sandbox.children import Child
from proctor.sandbox.confine import NAMESPACE
from proctor.sandbox.gatekeeper import Gate, Gatekeeper

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
