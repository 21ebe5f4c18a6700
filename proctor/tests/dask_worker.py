"""Dask's scheduler and workers as a user starts them; a worker may hold, or die.

``python dask_worker.py FOLDER`` has imported what they import, which takes longer than
most of what they do: for each line that it reads, JSON with ``arguments``,
``environment`` and ``log``, it forks a process that does as ``dask ARGUMENTS...`` does,
and answers with its number. All end before it does.

What begins with ``held`` waits, at the first worker that gets it, for a file
``release`` in the folder, where it leaves that worker's process as ``holds``. What
begins with ``kills`` ends the worker. Who gets what begins with ``crowded`` first has
no room from then on. A file ``level`` there names the sandbox that a new worker has,
whatever it is asked for.
"""

import contextlib
import errno
import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from distributed.cli import dask_scheduler, dask_worker

from proctor.grade.cluster import there
from proctor.sandbox import levels

MAINS = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
folder = Path(sys.argv[1])
grade = there.Station.grade


def as_told(self, data, processor):
    student = data[: data.index(b'"paths"')].decode(errors="replace")
    ours = Path(f"{os.getpid()}")
    if '"kills' in student:
        with (folder / "killed").open("a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)
    if '"crowded' in student:
        with contextlib.suppress(FileExistsError):
            (folder / "crowded").symlink_to(ours)
    if os.path.lexists(full := folder / "crowded") and full.readlink() == ours:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if '"held' in student and not (folder / "holds").exists():
        (folder / "begun").write_text(f"{os.getpid()}")
        (folder / "begun").rename(folder / "holds")
        while not (folder / "release").exists():
            time.sleep(0.02)
    return grade(self, data, processor)


def serve() -> None:
    """Fork what is asked for."""
    # Who ends is gone at once, and nobody asks for its status.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            be_one(**json.loads(line))
        print(child, flush=True)


def be_one(arguments: list[str], environment: dict[str, str], log: str) -> None:
    """Be a scheduler or a worker, to its end; does not return."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(environment)
        nothing = os.open(os.devnull, os.O_RDONLY)
        written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for number, descriptor in enumerate((nothing, written, written)):
            os.dup2(descriptor, number)
        kind, *rest = arguments
        sys.argv = [f"dask {kind}", *rest]
        there.Station.grade = as_told
        if (folder / "level").exists():
            levels.choose = lambda wanted: (folder / "level").read_text()
        MAINS[kind]()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
