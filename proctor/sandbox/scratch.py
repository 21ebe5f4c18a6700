"""Bound what a locked-in process writes where the kernel does not."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path

from proctor.sandbox.children import Child


class ScratchWatch:
    """Look at what children write where the kernel does not bound it.

    Parameters
    ----------
    megabytes
        What each may write.
    """

    _SECONDS = 0.1
    _MAX_FILES = 4096

    def __init__(self, megabytes: int) -> None:
        self._bytes = megabytes << 20
        self._children: set[Child] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, child: Child) -> None:
        """Look at ``child`` from now on."""
        with self._lock:
            self._children.add(child)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def remove(self, child: Child) -> None:
        """Look at it no more."""
        with self._lock:
            self._children.discard(child)

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(self._SECONDS):
            with self._lock:
                for child in list(self._children):
                    if self._too_much(child.scratch):
                        child.stopped_for = (
                            f"it wrote more than {self._bytes >> 20} MB of files"
                        )
                        child.signal(signal.SIGKILL)
                        self._children.discard(child)

    def _too_much(self, folder: Path) -> bool:
        size = count = 0
        for parent, _, names in os.walk(folder):
            for name in names:
                count += 1
                with contextlib.suppress(OSError):
                    size += os.lstat(f"{parent}/{name}").st_blocks * 512
                if size > self._bytes or count > self._MAX_FILES:
                    return True
        return False
