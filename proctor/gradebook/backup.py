"""A course run in one file, and back: the gradebook and what was handed in.

The archive is a tar: names of folders need not be text. ``manifest.json``, its first
file, lists every other one with its digest; what is put back is compared with it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from proctor.errors import GradingError
from proctor.gradebook.stored import DUMP, FILE, Stored
from proctor.layout import Layout

SCHEMA = "proctor/backup/v1"
_MANIFEST = "manifest.json"
_STAGES = ("submitted", "autograded", "feedback")
# What lies beside them in the course: archives that were read, results of runs.
_BESIDE = ("collected", "results")
_MANIFEST_BYTES = 256 << 20
_CHUNK = 1 << 20


def folders_of(layout: Layout) -> dict[str, Path]:
    """Return what is in a backup beside the gradebook, by name.

    Raises
    ------
    GradingError
        If the folders of a course are not one for each stage.
    """
    found = {}
    for stage in _STAGES:
        # The part of the path before what differs from student to student.
        path = layout.path(stage, "\0", "\0")
        parts = [part for part in path.parts if "\0" not in part]
        folder = Path(*parts)
        if folder == layout.root or not folder.is_relative_to(layout.root):
            raise GradingError(
                f"the folder of {stage!r} is {folder}: a backup needs one of its own "
                f"below {layout.root} (c.CourseDirectory.directory_structure)"
            )
        found[stage] = folder
    return found | {name: layout.root / name for name in _BESIDE}


def back_up(layout: Layout, out: Path) -> int:
    """Write a backup; return the number of its files.

    Raises
    ------
    GradingError
        If something of the course cannot be read, or the file cannot be written.
    """
    if os.path.lexists(out):
        raise GradingError(f"{out} is there already: name another file")
    gradebook, folders = Stored(layout), folders_of(layout)
    part = out.with_name(f".{out.name}.part")
    try:
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch, gradebook.name)
            gradebook.copy(copy)
            files = {gradebook.name: copy} | {
                f"{stage}/{path.relative_to(folder).as_posix()}": path
                for stage, folder in folders.items()
                for path in _files_below(folder)
            }
            with tarfile.open(part, "w:gz", format=tarfile.PAX_FORMAT) as archive:
                _write(archive, files)
        part.rename(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise GradingError(
            f"{error.filename or out} cannot be read or written ({error.strerror}): "
            "mend that, then run the same command again"
        ) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return len(files)


def _files_below(folder: Path) -> Iterator[Path]:
    """Return files and links, links to folders too; nothing that is neither."""
    for parent, below, names in os.walk(folder, followlinks=False):
        below.sort()
        for name in sorted([*names, *below]):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                yield path


def _write(archive: tarfile.TarFile, files: dict[str, Path]) -> None:
    listed = {name: _digest(path) for name, path in files.items()}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = {"schema": SCHEMA, "made": made, "files": listed}
    data = json.dumps(manifest).encode()
    info = tarfile.TarInfo(_MANIFEST)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
    for name, path in files.items():
        info = archive.gettarinfo(path, name)
        # No second name of one file: each is whole.
        if info.islnk():
            info.type, info.size = tarfile.REGTYPE, path.stat().st_size
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        if info.issym():
            archive.addfile(info)
        else:
            with path.open("rb") as file:
                archive.addfile(info, file)


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"link:{path.readlink()}"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(layout: Layout, file: Path) -> int:
    """Put a backup into a course that has none of it; return the number of files.

    All is unpacked beside the course and compared first; then it is moved in.

    Raises
    ------
    GradingError
        If something of it is there already, or the backup is not whole.
    """
    gradebook, folders = Stored(layout), folders_of(layout)
    places = *gradebook.require_room(), *folders.values()
    there = [path for path in places if _is_taken(path)]
    if there:
        raise GradingError(
            f"there is {', '.join(map(str, there))} already: move it away, or restore "
            "into a new copy of the course; nothing is overwritten"
        )
    scratch = layout.root / ".restore.part"
    if os.path.lexists(scratch):
        raise GradingError(
            f"{scratch} is left of a restore that was interrupted: delete it first"
        )
    try:
        scratch.mkdir()
        try:
            number = _unpack(file, scratch)
            if not (scratch / gradebook.name).exists():
                wanted = "a file" if gradebook.is_file else "on a PostgreSQL server"
                raise GradingError(
                    f"{file} has another kind of gradebook: this course's is {wanted} "
                    "(c.CourseDirectory.db_url)"
                )
            # A file last: a course that has one was restored whole. A server first:
            # it takes all or nothing, and may refuse.
            if not gradebook.is_file:
                gradebook.put(scratch / gradebook.name)
            for stage, folder in folders.items():
                if (scratch / stage).exists():
                    _move(scratch / stage, folder)
            if gradebook.is_file:
                gradebook.put(scratch / gradebook.name)
        finally:
            _remove(scratch)
    except OSError as error:
        raise GradingError(
            f"{error.filename or file} cannot be read or written ({error.strerror}): "
            "mend that, then run the same command again"
        ) from None
    return number


def _is_taken(path: Path) -> bool:
    """Tell whether something lies there; an empty folder, or a README's, is nothing."""
    if path.is_dir() and not path.is_symlink():
        return any(entry.name != "README.md" for entry in path.iterdir())
    return os.path.lexists(path)


def _move(origin: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        for entry in origin.iterdir():
            if not (target / entry.name).exists():
                entry.rename(target / entry.name)
    else:
        origin.rename(target)


def _remove(folder: Path) -> None:
    for parent, below, names in os.walk(folder, topdown=False):
        for name in names:
            Path(parent, name).unlink()
        for name in below:
            path = Path(parent, name)
            path.unlink() if path.is_symlink() else path.rmdir()
    folder.rmdir()


def _unpack(file: Path, scratch: Path) -> int:
    """Unpack an archive by hand: no member decides where it goes, or as what."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            first = archive.next()
            if first is None or first.name != _MANIFEST:
                raise GradingError(f"{file} is no backup: it has no manifest")
            listed = _manifest(archive.extractfile(first).read(_MANIFEST_BYTES))
            number = len(listed)
            links: list[tuple[str, str]] = []
            while member := archive.next():
                wanted = listed.pop(member.name, None)
                if wanted is None or _leads_out(member.name):
                    raise GradingError(f"{file}: {member.name!r} is in no manifest")
                if member.issym() and wanted == f"link:{member.linkname}":
                    links.append((member.name, member.linkname))
                elif not member.isreg() or _take(archive, member, scratch) != wanted:
                    raise GradingError(f"{file}: {member.name!r} is damaged")
            if listed:
                raise GradingError(f"{file} lacks {len(listed)} files: it is cut off")
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError) as error:
        raise GradingError(f"{file} is no whole backup ({error})") from None
    # After all files: none is written through a link.
    for name, target in links:
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        (scratch / name).symlink_to(target)
    return number


def _manifest(data: bytes) -> dict[str, str]:
    content = json.loads(data)
    if content["schema"] != SCHEMA:
        raise ValueError(f"its schema is {content['schema']}, wanted {SCHEMA}")
    return dict(content["files"])


def _leads_out(name: str) -> bool:
    parts = PurePosixPath(name).parts
    stages = (*_STAGES, *_BESIDE)
    if name not in (FILE, DUMP) and (len(parts) < 2 or parts[0] not in stages):
        return True
    return name.startswith("/") or ".." in parts


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, scratch: Path) -> str:
    path = scratch / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with archive.extractfile(member) as origin, path.open("xb") as file:
        while part := origin.read(_CHUNK):
            digest.update(part)
            file.write(part)
    path.chmod(member.mode & 0o755 | 0o600)
    os.utime(path, (member.mtime, member.mtime))
    return digest.hexdigest()
