"""The files that lie beside a notebook, as far as a submission may have them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from proctor.text import listed

# What a message to the student's process has room for: 48 MiB.
_MAX_FILES, _AUTHORS_FILES = 200, 1_000
_MAX_BYTES, _AUTHORS_BYTES = 16 << 20, 32 << 20
_MAX_FOLDERS = 50
_MOST_NAMED = 5
NO_NOTEBOOK = "no other notebook is there when it is graded: a .py file would be"


@dataclass
class Beside:
    """The files of a submission's folder, notebooks left out.

    Attributes
    ----------
    files
        By relative name, as the student's process finds them.
    left_out
        Relative names of those that it does not find.
    most
        How many bytes, and files, there may be.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    most: tuple[int, int] = (_MAX_BYTES, _MAX_FILES)

    def notes(self) -> list[str]:
        """Say what was left out, in a line."""
        if not self.left_out:
            return []
        size, count = self.most
        return [
            f"files left out, beyond {size >> 20} MiB or {count} in all: "
            f"{listed(self.left_out, _MOST_NAMED)}"
        ]


def files_beside(folder: Path, authors: bool = False) -> Beside:
    """Return the files that the student's process finds beside its notebook.

    Links are not followed, and what is no regular file is passed over. What goes beyond
    16 MiB or 200 files in all is left out.

    Parameters
    ----------
    authors
        Whether they are the author's: there may be 32 MiB, and 1000 files.
    """
    most = (_AUTHORS_BYTES, _AUTHORS_FILES) if authors else (_MAX_BYTES, _MAX_FILES)
    beside = Beside(most=most)
    (room, files), folders = most, 0
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
            full = len(beside.files) >= files
            data = None if full else _read(path, room)
            if data is None:
                if len(beside.left_out) <= files:
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
