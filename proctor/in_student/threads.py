"""A student's pools of threads, in a copy of the process: no thread is copied."""

from __future__ import annotations

import contextlib
import gc
import queue
import sys
import threading


def begin_pools_anew() -> None:
    """Have pools that count on threads that are not there begin new ones.

    Else what is given to one waits for ever.
    """
    pools = sys.modules.get("concurrent.futures.thread")
    if not getattr(pools, "_threads_queues", None):
        return
    for pool in gc.get_objects():
        if type(pool) is pools.ThreadPoolExecutor:
            # As it makes them itself; another Python may call them otherwise.
            with contextlib.suppress(AttributeError):
                pool._threads.clear()
                pool._idle_semaphore = threading.Semaphore(0)
                pool._work_queue = queue.SimpleQueue()
                pool._shutdown_lock = threading.Lock()
    pools._threads_queues.clear()
