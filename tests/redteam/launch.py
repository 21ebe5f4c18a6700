"""Run a command, and tell which of its processes outlived it.

``python launch.py SECONDS REPORT COMMAND...``: this process becomes the parent of all
orphans below it, so that a daemon cannot hide. REPORT is written as JSON.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

CHILD_SUBREAPER = 36
# The kernel takes a moment to take namespaces apart.
PATIENCE = 60.0


def children() -> list[int]:
    """Return the processes below this one, those that ended left out."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return [int(pid) for pid in listed.split()]


def reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def run_folders(pid: int) -> set[str]:
    """Return the folders that a grader holds the lock of, which it works in."""
    found = set()
    with contextlib.suppress(OSError):  # it has ended
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                target = descriptor.readlink()
                if target.name.startswith("proctor-run-"):
                    found.add(str(target))
    return found


def main() -> None:
    seconds, report, command = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    ctypes.CDLL(None).prctl(CHILD_SUBREAPER, 1, 0, 0, 0)
    start = time.monotonic()
    process = subprocess.Popen(command, start_new_session=True)
    folders: set[str] = set()
    while (status := process.poll()) is None:
        if time.monotonic() > start + seconds:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            status = "took too long"
            break
        folders |= run_folders(process.pid)
        time.sleep(0.1)
    took = time.monotonic() - start
    end = time.monotonic() + PATIENCE
    while children() and time.monotonic() < end:
        reap()
        time.sleep(0.05)
    survivors = []
    for pid in children():
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
            survivors.append(f"{pid}: {name}")
            os.kill(pid, signal.SIGKILL)
    # Of the largest process below this one.
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    outcome = {"status": status, "seconds": took, "memory_mb": memory}
    outcome["folders"] = sorted(folders)
    report.write_text(json.dumps(outcome | {"survivors": survivors}))


if __name__ == "__main__":
    main()
