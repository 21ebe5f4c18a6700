"""Try, in a process that ends, what may fail or end it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable


def fails_in_child(function: Callable[[], None]) -> str:
    """Run ``function`` in a fork; return why it failed, or an empty text."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        # From a process with threads too: the child makes system calls, and ends.
        warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            function()
            os._exit(0)
        except BaseException as error:
            os.write(write, str(error).encode()[:500])
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as said:
        reason = said.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "" if status == 0 else reason or f"it ended with {status}"
