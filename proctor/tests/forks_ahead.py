"""What Dask's workers are forked from, as a fork of proctor kept warm.

A run starts ``python -m proctor.grade.cluster.forks``, which imports Dask anew: that
takes longer than to grade a small class. Here a process waits, forked before proctor
has a thread, to be that program, with the same pipes; it is proctor's child, in a
session of its own, as that is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from types import SimpleNamespace

from proctor.grade.cluster import forks, local

# prctl(2). So that who looks at /proc finds it.
_SET_NAME = 15
NAME = "dask-forks"


def fork_ahead() -> None:
    """Have this process's next :class:`proctor.grade.cluster.local.Forks` be a fork."""
    here, there = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        here.close()
        _be_forks(there)
    there.close()
    local.subprocess = SimpleNamespace(
        Popen=lambda command, **options: _Begun(pid, here, command, options["stderr"]),
        PIPE=subprocess.PIPE,
        DEVNULL=subprocess.DEVNULL,
        TimeoutExpired=subprocess.TimeoutExpired,
    )


def _be_forks(there: socket.socket) -> None:
    """Wait for the pipes, and be the program; does not return."""
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        ctypes.CDLL(None).prctl(_SET_NAME, NAME.encode(), 0, 0, 0)
        _, found, _, _ = socket.recv_fds(there, 1, 2)
        if found:  # none: the run has ended
            nothing = os.open(os.devnull, os.O_WRONLY)
            for number, descriptor in enumerate((found[0], nothing, found[1])):
                os.dup2(descriptor, number)
            os.closerange(3, 256)
            forks.main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


class _Begun:
    """The process, as :class:`subprocess.Popen` has one."""

    def __init__(self, pid: int, here: socket.socket, command: list, errors) -> None:
        assert command[1:] == ["-m", forks.__name__], command
        self.pid, self.returncode = pid, None
        read, write = os.pipe()
        socket.send_fds(here, [b"."], [read, errors.fileno()])
        os.close(read)
        here.close()
        self.stdin = os.fdopen(write, "wb", buffering=0)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(NAME, timeout)
            time.sleep(0.01)
        return self.returncode
