"""The files that lie beside a notebook, as far as a submission may have them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_MAX_FILES = 200
_MAX_BYTES = 16 << 20
_MAX_FOLDERS = 50


def files_beside(folder: Path) -> dict[str, bytes]:
    """Return the files of a submission's folder, notebooks left out, by relative name.

    Links are not followed, and what is no regular file is passed over. So is what goes
    beyond 16 MiB or 200 files in all: the student's process sees a part.
    """
    found: dict[str, bytes] = {}
    room, folders = _MAX_BYTES, 0
    for parent, below, names in os.walk(folder, followlinks=False):
        folders += 1
        if folders > _MAX_FOLDERS:
            break
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            if len(found) >= _MAX_FILES or name.endswith(".ipynb"):
                continue
            data = _read(Path(parent, name), room)
            if data is not None:
                room -= len(data)
                found[str(Path(parent, name).relative_to(folder))] = data
    return found


def _read(path: Path, at_most: int) -> bytes | None:
    try:
        # Not blocking: what looks like a file may be a pipe by now.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > at_most:
            return None
        return file.read(at_most)
