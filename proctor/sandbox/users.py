"""A user id and a root of copies for each process: the level ``uid``."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from proctor.sandbox import copies, linux

# User ids for the children of root, one each: no other process has them.
_FIRST, _MANY = 200_000, 50_000


def user_of(number: int) -> int:
    """Return the user id of a child, by its number."""
    return _FIRST + number % _MANY


def enter_root(root: Path) -> None:
    """Make ``root`` the root of this process."""
    os.chroot(root)
    os.chdir("/")


def make_scratch(number: int) -> Path:
    """Make a folder for a child, inside the root of copies.

    It lies in one that is closed to all others and in which the child cannot change
    anything: whoever asks for that one learns nothing, if the name were known.
    """
    user, closed = user_of(number), Path("/tmp", secrets.token_hex(16))
    closed.mkdir()
    os.chown(closed, 0, user)
    closed.chmod(0o710)
    scratch = closed / "work"
    scratch.mkdir()
    os.chown(scratch, user, user)
    scratch.chmod(0o700)
    return scratch


def try_it(root: Path) -> None:
    """Do, in a process that ends, what the level needs, in an empty folder.

    Raises
    ------
    OSError
        If this container does not allow it.
    """
    copies.make_devices(root)
    (root / "tmp").mkdir()
    enter_root(root)
    make_scratch(0)
    linux.drop_privileges(user_of(0))
