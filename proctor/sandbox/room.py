"""How much room is taken where a locked-in process writes, seen from outside.

A file may have parts that were never written and take no room. Some file systems give
them room when they are read by way of a mapping, which no process has to ask for; and
what room a file takes, each process can see that has it. Where a process has a folder
outside, it is on a file system of another kind (:mod:`proctor.sandbox.work`).
"""

from __future__ import annotations

import os
from pathlib import Path

from proctor.sandbox import linux
from proctor.sandbox.children import Child


class Room:
    """The room in the files of a process that stands still, for as long as it is open.

    Parameters
    ----------
    process
        The process. Where it has no folder outside, it has a mount of its own.
    """

    def __init__(self, process: Child) -> None:
        self._descriptor: int | None = None
        self._says = True
        if process.handle is None or process.scratch is not None:
            return
        try:
            self._descriptor = _open_mount_of(process)
        except OSError:
            self._says = False

    def taken(self) -> object:
        """Return what is equal to what it was before, if as much room was taken.

        Where that is not known, it never is.
        """
        if not self._says:
            return object()
        if self._descriptor is None:
            return None
        found = os.fstatvfs(self._descriptor)
        # Of a file system without a size it would be the same at any time.
        return (found.f_bfree, found.f_ffree) if found.f_blocks else object()

    def close(self) -> None:
        """Let go of it; again: nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor, self._says = None, False


def _open_mount_of(process: Child) -> int:
    place = Path(f"/proc/{process.number()}")
    with linux.counting_as(place.stat().st_uid):
        return os.open(place / "root" / "tmp", os.O_PATH | os.O_CLOEXEC)
