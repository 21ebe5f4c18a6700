"""Read an archive of submissions, whose content strangers chose.

Nothing is unpacked: names are texts here, and a file is read into memory, within
bounds, when it is wanted.
"""

from __future__ import annotations

import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from proctor.errors import GradingError, SubmissionError
from proctor.notebook.read import MAX_BYTES
from proctor.text import plain_line

# Whoever hands in a folder of libraries has thousands: it costs the others nothing.
MOST_ENTRIES = 250_000
MOST_BYTES = 8 << 30
_CHUNK = 1 << 16
_UTF8 = 0x800
_ENCRYPTED = 0x1
# What reading a file of a zip raises.
_DAMAGED = (
    *(OSError, EOFError, ValueError, struct.error),
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
# Of a path, in bytes and in folders: more has no room on a disk below a course's own.
_LONGEST_PATH, _DEEPEST = 1000, 30
# What systems and file managers add.
_NOBODYS = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Entry:
    """A file of an archive.

    Attributes
    ----------
    name
        Its path in the archive, with forward slashes.
    why_not
        Why it is not to be read; or empty.
    """

    name: str
    why_not: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of its path."""
        return PurePosixPath(self.name).parts


class Archive:
    """A zip, or a folder that a browser unpacked one into.

    Use it as a context.

    Raises
    ------
    GradingError
        If it is neither, or holds more than a class hands in.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        self._left = MOST_BYTES
        if path.is_dir():
            self._found = dict(_in_folder(path))
        else:
            self._zip = _open(path)
            self._found = dict(_in_zip(self._zip))
        if len(self._found) > MOST_ENTRIES:
            raise GradingError(
                f"{path} has {len(self._found)} files, more than {MOST_ENTRIES}: that "
                "is no class's submissions"
            )

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        if self._zip:
            self._zip.close()

    def entries(self) -> list[Entry]:
        """Return its files, by name."""
        return sorted(self._found, key=lambda entry: entry.name)

    def read(self, entry: Entry) -> bytes:
        """Return a file's content.

        Raises
        ------
        SubmissionError
            If it cannot be read, or is too large.
        GradingError
            If all that was read is more than a class hands in.
        """
        shown = plain_line(entry.parts[-1], 80)
        if entry.why_not:
            raise SubmissionError(f"{shown}: {entry.why_not}")
        try:
            data = self._content(entry)
        except _DAMAGED as error:
            raise SubmissionError(f"{shown} is damaged ({error})") from None
        except MemoryError:
            # LZMA takes as much as the file's head says, before it reads anything.
            raise SubmissionError(f"{shown} takes too much memory to be read") from None
        except (NotImplementedError, RuntimeError) as error:
            raise SubmissionError(f"{shown} cannot be read ({error})") from None
        if len(data) > MAX_BYTES:
            raise SubmissionError(
                f"{shown} has more than {MAX_BYTES >> 20} MB: too large to be taken"
            )
        self._left -= len(data)
        if self._left < 0:
            raise GradingError(
                f"{self.path} holds more than {MOST_BYTES >> 30} GB: collect it in "
                "parts"
            )
        return data

    def _content(self, entry: Entry) -> bytes:
        """Return at most one byte more than a file may have, whatever its head says."""
        place = self._found[entry]
        if isinstance(place, Path):
            descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                return file.read(MAX_BYTES + 1)
        parts, size = [], 0
        with self._zip.open(place) as file:
            while size <= MAX_BYTES and (part := file.read(_CHUNK)):
                parts.append(part)
                size += len(part)
        return b"".join(parts)


def _open(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except OSError as error:
        raise GradingError(
            f"{path} cannot be read ({error.strerror}): name the zip that the course's "
            "system gave you, or the folder that it was unpacked into"
        ) from None
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise GradingError(
            f"{path} is no whole zip ({error}): download it again"
        ) from None


def _in_zip(archive: zipfile.ZipFile) -> Iterator[tuple[Entry, zipfile.ZipInfo]]:
    seen: set[str] = set()
    for info in archive.infolist():
        name = _name_of(info)
        if info.is_dir() or _is_nobodys(name):
            continue
        why = _why_not(name)
        if stat.S_ISLNK(info.external_attr >> 16):
            why = "is a link"
        elif info.flag_bits & _ENCRYPTED:
            why = "is encrypted"
        elif name in seen:
            why = "stands twice in the archive"
        seen.add(name)
        yield Entry(name, why), info


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return an entry's name: in UTF-8, also where the archive does not say so."""
    # As written: zipfile cuts names at a null byte.
    name = info.orig_filename
    if info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except ValueError:
        return name


def _in_folder(folder: Path) -> Iterator[tuple[Entry, Path]]:
    for parent, below, names in os.walk(folder, followlinks=False):
        below.sort()
        for name in [*names, *(n for n in below if Path(parent, n).is_symlink())]:
            path = Path(parent, name)
            relative = path.relative_to(folder).as_posix()
            if _is_nobodys(relative):
                continue
            regular = stat.S_ISREG(path.lstat().st_mode)
            why = _why_not(relative) if regular else "is a link, or no file"
            yield Entry(relative, why), path


def _is_nobodys(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(p in _NOBODYS or p.startswith("._") for p in parts)


def _why_not(name: str) -> str:
    """Return why a path of an archive is none that an honest system writes."""
    if name.startswith("/") or "\\" in name or (len(name) > 1 and name[1] == ":"):
        return "has a path from a disk's root in the archive, or backslashes"
    if ".." in PurePosixPath(name).parts:
        return "has a path out of the archive"
    if any(len(part.encode("utf-8", "replace")) > 200 for part in name.split("/")):
        return "has a name of more than 200 bytes"
    if len(name.encode("utf-8", "replace")) > _LONGEST_PATH:
        return f"has a path of more than {_LONGEST_PATH} bytes"
    if name.count("/") > _DEEPEST:
        return f"lies in more than {_DEEPEST} folders"
    if not name.isprintable():
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            return "has a name that is no text"
        return "has a name with signs that cannot be seen"
    return "" if name.strip("/. ") else "has no name"
