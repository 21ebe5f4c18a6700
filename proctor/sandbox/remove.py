"""Remove a folder that a hostile process filled."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Names that are read before they are dealt with: there may be millions.
_MOST = 1000


def remove_tree(top: Path) -> bool:
    """Remove a folder with all in it, and tell whether it is gone; it never raises.

    It follows no link. How deep, how many, how closed and how long the paths are does
    not matter: what lies two folders down is moved up before it is looked into, so that
    this neither calls itself nor makes a path. Whoever filled the folder must have
    ended.
    """
    try:
        folder = _open(top, None)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        _empty(folder)
    finally:
        os.close(folder)
    with contextlib.suppress(OSError):
        top.rmdir()
    return not os.path.lexists(top)


def _open(name: str | Path, parent: int | None) -> int:
    """Open a folder, and open it to its owner first."""
    about = os.stat(name, dir_fd=parent, follow_symlinks=False)
    wanted = stat.S_IRWXU
    if stat.S_ISDIR(about.st_mode) and about.st_mode & wanted != wanted:
        os.chmod(name, wanted, dir_fd=parent)
    return os.open(name, _FOLDER, dir_fd=parent)


def _empty(top: int) -> None:
    # None of what is in it can be called so by accident or by guessing.
    new_names = (f".{secrets.token_hex(16)}" for _ in itertools.repeat(None))
    while names := _some_names(top):
        removed = 0
        for name in names:
            removed += _remove(name, top, top, new_names)
        if not removed:
            return  # what is left cannot be removed by this user


def _remove(name: str, parent: int, top: int, new_names: Iterator[str]) -> bool:
    """Remove an entry of ``top``: a file, or a folder whose own folders move up."""
    if _remove_if_simple(name, parent):
        return True
    try:
        folder = _open(name, parent)
    except OSError:
        return False
    try:
        moved = True
        while moved and (names := _some_names(folder)):
            moved = False
            for inner in names:
                moved |= _remove_if_simple(inner, folder) or _move(
                    inner, folder, top, next(new_names)
                )
    finally:
        os.close(folder)
    return _remove_if_simple(name, parent)


def _remove_if_simple(name: str, parent: int) -> bool:
    """Remove what is no folder, or an empty one."""
    for remove in (os.unlink, os.rmdir):
        with contextlib.suppress(OSError):
            remove(name, dir_fd=parent)
            return True
    return False


def _move(name: str, parent: int, top: int, new_name: str) -> bool:
    try:
        # To move a folder is to write into it.
        os.close(_open(name, parent))
        os.rename(name, new_name, src_dir_fd=parent, dst_dir_fd=top)
    except OSError:
        return False
    return True


def _some_names(folder: int) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in itertools.islice(entries, _MOST)]
    except OSError:
        return []
