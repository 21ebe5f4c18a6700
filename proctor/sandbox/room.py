"""How much room is taken where a locked-in process writes, seen from outside.

A file may have parts that were never written and take no room. Some file systems give
them room when they are read by way of a mapping, which no process has to ask for; and
what room a file takes, each process can see that has it.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from pathlib import Path

from proctor.sandbox import linux
from proctor.sandbox.children import Child

_SIZE = 1 << 16


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
        if process.handle is None:
            return
        try:
            if process.scratch is None:
                self._descriptor = _open_mount_of(process)
            elif _reading_takes_room(process.scratch.parent):
                self._descriptor = os.open(process.scratch.parent, os.O_RDONLY)
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


def _reading_takes_room(folder: Path) -> bool:
    """Tell whether a part that was never written takes room when it is read."""
    return sys.platform == "linux" and _tried(folder.stat().st_dev, folder)


# The folder is another each time, and its file system the same.
_seen: dict[int, bool] = {}


def _tried(device: int, folder: Path) -> bool:
    if device not in _seen:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(_SIZE)
            before = os.fstat(file.fileno()).st_blocks
            private = {"flags": mmap.MAP_PRIVATE, "prot": mmap.PROT_READ}
            with mmap.mmap(file.fileno(), _SIZE, **private) as mapped:
                _ = mapped[_SIZE // 2]
            _seen[device] = os.fstat(file.fileno()).st_blocks != before
    return _seen[device]
