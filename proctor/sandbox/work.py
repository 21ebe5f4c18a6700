"""The folder that a run works in, and those that killed runs left behind."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox.remove import remove_tree

# Not below /tmp: each child mounts a /tmp of its own over it.
_PLACES = ("/var/tmp", "~/.cache", "/dev/shm")
# Who runs inside knows its name: it says nothing of who grades.
_PREFIX = "proctor-run-"
_ANY = "proctor-*-*"


class WorkFolder:
    """A new folder, locked for as long as this process lives.

    The lock, and not a process's number, tells that a run goes on: in another
    container, or on another machine with the same files, the number says nothing.

    Attributes
    ----------
    path
        The folder.

    Raises
    ------
    GradingError
        If there is no place for one.
    """

    def __init__(self) -> None:
        base = _place()
        for old in base.glob(_ANY):
            _remove_if_left(old)
        while True:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
            self._lock = locked(self.path)
            # Between the two, another run could take it for one that was left.
            if self._lock is not None and self.path.exists():
                return
            self.remove()

    def remove(self) -> None:
        """Remove the folder with all in it; again: nothing."""
        if self._lock is not None:
            remove_tree(self.path)
            os.close(self._lock)
            self._lock = None


def _place() -> Path:
    for place in map(Path, _PLACES):
        base = place.expanduser()
        if base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            return base
    raise GradingError(
        f"no folder to work in: make one of {', '.join(_PLACES)} writable"
    )


def _remove_if_left(folder: Path) -> None:
    lock = locked(folder)
    if lock is not None:
        if os.fstat(lock).st_uid == os.getuid():
            remove_tree(folder)
        os.close(lock)


def locked(folder: Path) -> int | None:
    """Return a descriptor that holds the folder's lock; None: not to be had."""
    try:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        descriptor = os.open(folder, flags)
    except OSError:
        return None  # gone, a link, a file, or somebody else's
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
