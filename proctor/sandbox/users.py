"""User ids of their own for processes, and a root of copies: the level ``uid``."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox import copies, linux
from proctor.sandbox.confine import NAMESPACE, UID
from proctor.sandbox.work import locked

# Where user ids are taken from: the first of these that a container has. Nobody gives
# out the one; the other is given to containers, and few of them have it all.
_FIRST = (0x78000000, 0x30000000)
_BLOCKS, _OF_A_BLOCK = 1 << 11, 1 << 16
# Where runs hold what they took: of these, the first that root has, or can make, for
# itself. In the others anybody can be first.
_HELD_IN = ("/run", "/var/tmp", "/tmp", "/dev/shm")
_NAME = "proctor-user-ids"
_OTHERS_WRITE = 0o022
# How many processes of one warm parent can have a folder at once.
_SCRATCHES = 1024


def are_given(level: str) -> bool:
    """Tell whether each process gets a user id of its own: where root grades."""
    return level in (NAMESPACE, UID) and os.getuid() == 0


class UserIds:
    """User ids that no other run of this machine has, for as long as this one goes on.

    The kernel counts threads by them. They are a block that the kernel itself holds for
    a run, by the lock of a file, and lets go when the run has ended, however it ended.
    Nobody but root can have that lock. Runs in containers with files of their own do
    not see it: which block it is, and where in it the first id lies, is drawn by lot.

    Raises
    ------
    GradingError
        If there are none to be had.
    """

    def __init__(self) -> None:
        first, folder = first_id(), _folder()
        for block in _shuffled(_BLOCKS):
            place = folder / str(block)
            place.touch(mode=0o600)
            self._claim = locked(place)
            if self._claim is not None:
                self._first = first + block * _OF_A_BLOCK
                return
        raise GradingError(
            "no user ids to be had: all are taken by other runs; end some of them"
        )

    def each(self) -> Iterator[int]:
        """Return an iterator of all of them, again and again; threads may share it."""
        drawn = secrets.randbelow(_OF_A_BLOCK)
        return map(self._at, itertools.count(drawn))

    def _at(self, number: int) -> int:
        return self._first + number % _OF_A_BLOCK

    def give_back(self) -> None:
        """Let another run have them; again: nothing."""
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None


def _folder() -> Path:
    """Return the folder in which the runs of this machine hold their user ids."""
    for place in _HELD_IN:
        folder = Path(place, _NAME)
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
            about = folder.lstat()
            is_own = about.st_uid == os.getuid() and not about.st_mode & _OTHERS_WRITE
            if stat.S_ISDIR(about.st_mode) and is_own and os.access(folder, os.W_OK):
                return folder
    raise GradingError(
        f"no user ids to be had: none of {', '.join(_HELD_IN)} can have a folder "
        f"{_NAME} of root's own"
    )


def first_id() -> int:
    """Return the first user id of all that may be given."""
    return next((first for first in _FIRST if _are_here(first)), _FIRST[0])


def _are_here(first: int) -> bool:
    """Tell whether this container has all user ids from the first on."""
    last = first + _BLOCKS * _OF_A_BLOCK
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        start, _, many = map(int, line.split())
        if start <= first and last <= start + many:
            return True
    return False


def _shuffled(many: int) -> list[int]:
    found = list(range(many))
    secrets.SystemRandom().shuffle(found)
    return found


def enter_root(root: Path) -> None:
    """Make ``root`` the root of this process."""
    os.chroot(root)
    os.chdir("/")


class Scratches:
    """Folders for children to write into, inside the root of copies.

    Each lies in a folder that is closed to all others, whose name they do not know, and
    in which the child cannot change anything. These are made at once: that a process
    began, or ended, changes none that another could ask for.

    Parameters
    ----------
    top
        Where they are made, before the root is entered.
    many
        How many.
    """

    def __init__(self, top: Path, many: int = _SCRATCHES) -> None:
        self._closed = []
        for _ in range(many):
            closed = top / secrets.token_hex(16)
            closed.mkdir()
            closed.chmod(0o710)
            self._closed.append(Path("/", top.name, closed.name))
        self._next = itertools.cycle(self._closed)

    def make(self, user: int) -> Path:
        """Make one, after the root was entered; who removes it gives it back.

        Raises
        ------
        OSError
            If there is none left.
        """
        for closed in itertools.islice(self._next, len(self._closed)):
            scratch = closed / "work"
            try:
                scratch.mkdir(mode=0o700)
            except FileExistsError:
                continue
            os.chown(closed, 0, user)
            os.chown(scratch, user, user)
            return scratch
        raise OSError("as many processes as can have a folder are there")


def try_it(root: Path) -> None:
    """Do, in a process that ends, what the level needs, in an empty folder.

    Raises
    ------
    OSError
        If this container does not allow it.
    """
    copies.make_devices(root)
    (root / "tmp").mkdir()
    scratches, user = Scratches(root / "tmp", 1), first_id()
    enter_root(root)
    scratches.make(user)
    linux.drop_privileges(user)
