"""The files that lie beside a notebook, as far as a submission may have them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

_MAX_FILES = 200
_MAX_BYTES = 16 << 20
_MAX_FOLDERS = 50
_MOST_NAMED = 5


@dataclass
class Beside:
    """The files of a submission's folder, notebooks left out.

    Attributes
    ----------
    files
        By relative name, as the student's process finds them.
    left_out
        Relative names of those that it does not find.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Say what was left out, in a line."""
        if not self.left_out:
            return []
        named = ", ".join(self.left_out[:_MOST_NAMED])
        more = len(self.left_out) - _MOST_NAMED
        return [
            f"files left out, beyond {_MAX_BYTES >> 20} MiB or {_MAX_FILES} in all: "
            f"{named}{f' and {more} more' if more > 0 else ''}"
        ]


def files_beside(folder: Path) -> Beside:
    """Return the files that the student's process finds beside its notebook.

    Links are not followed, and what is no regular file is passed over. What goes beyond
    16 MiB or 200 files in all is left out.
    """
    beside = Beside()
    room, folders = _MAX_BYTES, 0
    for parent, below, names in os.walk(folder, followlinks=False):
        folders += 1
        if folders > _MAX_FOLDERS:
            beside.left_out.append(f"more than {_MAX_FOLDERS} folders")
            break
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if name.endswith(".ipynb") or not _is_file(path):
                continue
            relative = str(path.relative_to(folder))
            full = len(beside.files) >= _MAX_FILES
            data = None if full else _read(path, room)
            if data is None:
                if len(beside.left_out) <= _MAX_FILES:
                    beside.left_out.append(relative)
            else:
                room -= len(data)
                beside.files[relative] = data
    return beside


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


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
