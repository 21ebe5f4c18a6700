"""Dask's workers on this machine, forks of one process: to import Dask takes seconds.

``python -m proctor.grade.cluster.forks`` reads a line of JSON from its standard input:
the scheduler's ``address``, Dask's ``settings``, and the ``tls`` to reach it with; then
a byte for each worker that is wanted. One that is killed has another in its place. All
end with the input.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
import traceback

import dask

_JOINS_WITHIN = 60
_ENDS_WITHIN = 10.0
# Milliseconds; that it is gone is seen at once.
_TELLS_EVERY = 10_000


def main() -> None:
    """Fork a worker for each byte, and in place of each that is killed."""
    asked = open(0, "rb", buffering=0)  # noqa: SIM115 (as long as this process)
    about = json.loads(asked.readline())
    logging = {"distributed": "error"}
    dask.config.set({**about["settings"], "logging": logging})
    # It forks: this process must never have a thread.
    from proctor.grade.cluster import there  # noqa: F401 (what a worker works with)

    gc.collect()
    gc.freeze()
    ended = _told_of_ends()
    workers: set[int] = set()
    while True:
        ready, _, _ = select.select([asked, ended], [], [])
        wanted = 0
        if ended in ready:
            ended.recv(1 << 10)
            wanted += _killed(workers)
        if asked in ready:
            if not (bytes_ := os.read(0, 1 << 10)):
                break
            wanted += len(bytes_)
        for _ in range(wanted):
            workers.add(_fork(about))
        if not workers:
            sys.exit(1)  # none could be one
    _end(workers)


def _told_of_ends() -> socket.socket:
    """Return a socket at which something comes when a worker has ended."""
    here, there = socket.socketpair()
    there.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *signalled: None)
    signal.set_wakeup_fd(there.detach(), warn_on_full_buffer=False)
    return here


def _killed(workers: set[int]) -> int:
    """Take note of workers that ended, and return how many were killed."""
    killed = 0
    for pid, status in _ended(workers):
        workers.discard(pid)
        killed += os.WIFSIGNALED(status)
    return killed


def _ended(workers: set[int]) -> list[tuple[int, int]]:
    found = [os.waitpid(pid, os.WNOHANG) for pid in workers]
    return [(pid, status) for pid, status in found if pid]


def _end(workers: set[int]) -> None:
    """Have workers end, and kill those that do not."""
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _ENDS_WITHIN
    while workers and time.monotonic() < deadline:
        workers -= {pid for pid, _ in _ended(workers)}
        time.sleep(0.02)
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


def _fork(about: dict) -> int:
    """Begin a worker; return its process."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        asyncio.run(_work(about))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stderr.flush()
        os._exit(status)


async def _work(about: dict) -> None:
    """Be a worker, until the scheduler is gone or somebody ends this process."""
    from distributed import Worker
    from distributed.security import Security

    class Calm(Worker):
        """Seldom tells how it is: nobody looks at that here."""

        async def heartbeat(self) -> None:
            await super().heartbeat()
            self.periodic_callbacks["heartbeat"].callback_time = _TELLS_EVERY

    worker = Calm(
        about["address"],
        nthreads=1,
        host="127.0.0.1",
        memory_limit=0,
        death_timeout=_JOINS_WITHIN,
        security=Security(require_encryption=True, **about["tls"]),
    )
    closing: set[asyncio.Task] = set()

    def close() -> None:
        closing.add(asyncio.ensure_future(worker.close(executor_wait=False)))

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, close)
    async with worker:
        await worker.finished()


if __name__ == "__main__":
    main()
