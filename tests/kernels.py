"""Jupyter's kernels as forks of a process that has imported what each of them imports.

``python kernels.py`` is that process: for each line that it reads, JSON with
``arguments``, ``folder`` and ``environment``, it begins a kernel and answers with the
kernel's process. Whatever a kernel does beside being started is as always.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback

# Beside the kernel itself: what takes long and is in most notebooks.
IMPORTED = "numpy", "matplotlib.pyplot", "matplotlib_inline.backend_inline"


class Kernel:
    """One of them, as jupyter_client holds what it has started."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid, self._alive = pid, os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return a status once it has ended; which one, only its parent knows."""
        if self._alive >= 0 and select.select([self._alive], [], [], 0)[0]:
            os.close(self._alive)
            self._alive = -1
        return None if self._alive >= 0 else 0

    def wait(self) -> int:
        """Wait for its end."""
        while self.poll() is None:
            time.sleep(0.01)
        return 0

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._alive, number)


class Kernels:
    """Starts kernels."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def launch(self, command: list[str], **options) -> Kernel:
        """Start one in place of ``jupyter_client.launcher.launch_kernel``."""
        # python -m ipykernel_launcher ARGUMENTS
        assert command[2] == "ipykernel_launcher", command
        request = {"arguments": command[3:], "folder": str(options["cwd"])}
        request["environment"] = dict(options["env"])
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Kernel(int(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process that they come from."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve() -> None:
    # As a kernel has it: not the folder of this file.
    del sys.path[0]
    from ipykernel import kernelapp

    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    for module in IMPORTED:
        __import__(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    answers = os.dup(1)
    os.dup2(2, 1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            be_kernel(kernelapp.launch_new_instance, json.loads(line))
        # Before anybody signals its group, and takes ours for it.
        os.setpgid(child, child)
        os.write(answers, f"{child}\n".encode())


def be_kernel(launch, request: dict) -> None:
    """Be a kernel, to its end; does not return."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.argv = ["ipykernel_launcher", *request["arguments"]]
        sys.path.insert(0, "")
        with contextlib.suppress(SystemExit):
            launch()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    serve()
