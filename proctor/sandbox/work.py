"""The folder that a run works in, and those that killed runs left behind."""

from __future__ import annotations

import fcntl
import mmap
import os
import signal
import tempfile
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox.remove import remove_tree
from proctor.sandbox.trial import fails_in_child

# Not below /tmp: each child may mount a /tmp of its own over it.
_PLACES = ("/var/tmp", "~/.cache", "/dev/shm")
# Where what is written is counted, none does.
_ON_A_DISK = ("/var/tmp", "/tmp", "~/.cache")
# Who runs inside knows its name: it says nothing of who grades.
_PREFIX = "proctor-run-"
_ANY = "proctor-*-*"
_TRIED = 1 << 16


class WorkFolder:
    """A new folder, locked for as long as this process lives.

    The lock, and not a process's number, tells that a run goes on: in another
    container, or on another machine with the same files, the number says nothing.

    Parameters
    ----------
    counted
        Whether what others write there is bounded by counting it.

    Attributes
    ----------
    path
        The folder.

    Raises
    ------
    GradingError
        If there is no place for one.
    """

    def __init__(self, counted: bool = False) -> None:
        base = place_for(counted)
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


def place_for(counted: bool) -> Path:
    """Return where a work folder can be; see :class:`WorkFolder`.

    Raises
    ------
    GradingError
        If there is no such place.
    """
    places = _ON_A_DISK if counted else _PLACES
    for place in map(Path, places):
        base = place.expanduser()
        open_to_us = base.is_dir() and os.access(base, os.W_OK | os.X_OK)
        if open_to_us and not (counted and reading_takes_room(base)):
            return base
    said = "a folder that can be written to"
    if counted:
        said += ", on a disk: in memory what is written cannot be bounded"
    raise GradingError(f"none of {', '.join(places)} is {said}")


def reading_takes_room(folder: Path) -> bool:
    """Tell whether a part that was never written may take room when it is read.

    So it does in memory (a tmpfs), by way of a mapping, which nobody has to ask for.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(_TRIED)
            return bool(fails_in_child(lambda: _read_a_hole(file.fileno())))
    except OSError:
        return True  # it has no room for a file


def _read_a_hole(file: int) -> None:
    # The kernel ends who reads so where there is no room left: without a word.
    signal.signal(signal.SIGBUS, signal.SIG_DFL)
    before = os.fstat(file).st_blocks
    private = {"flags": mmap.MAP_PRIVATE, "prot": mmap.PROT_READ}
    with mmap.mmap(file, _TRIED, **private) as mapped:
        _ = mapped[_TRIED // 2]
    if os.fstat(file).st_blocks != before:
        raise OSError("it takes room")


def _remove_if_left(folder: Path) -> None:
    lock = locked(folder)
    if lock is not None:
        if os.fstat(lock).st_uid == os.getuid():
            remove_tree(folder)
        os.close(lock)


def locked(place: Path) -> int | None:
    """Return a descriptor that holds the lock of a folder or file; None: not to be had.

    It waits for nothing: a pipe is opened as it is.
    """
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None  # gone, a link, or somebody else's
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
