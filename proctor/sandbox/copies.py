"""A root made of copies: for root in a container that may not mount.

It holds what :func:`proctor.sandbox.namespaces.enter_root` shows in place: the
interpreter's modules, the packages, the shared libraries that these need, and four
devices. There is nothing else to be seen in it, no ``/proc``, and no folder that two
processes may write to.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import stat
import sysconfig
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from proctor.sandbox.remove import remove_tree

# Parts of packages and of the standard library that no notebook imports.
# Stubs are what completes names for jedi: a thousand folders, and no module in them.
_FOLDERS = {
    "dist-packages", "django-stubs", "ensurepip", "idlelib", "site-packages", "test",
    "tests", "turtledemo", "typeshed",
}  # fmt: skip
_ENDINGS = (".opt-1.pyc", ".opt-2.pyc", ".pyi", ".h", ".c", ".a", ".exe")
DEVICES = ("null", "zero", "random", "urandom")
# See proctor.sandbox.users.Scratches.
_SCRATCH = re.compile("[0-9a-f]{32}")
_YEARS = 10 * 365 * 86400


def lay_out(root: Path, packages: Path) -> None:
    """Fill ``root``, an empty folder, with the libraries and ``packages``.

    Each is found at the same path inside.

    Raises
    ------
    OSError
        If there is no room, or a device cannot be made.
    """
    make_devices(root)
    standard = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    for folder in dict.fromkeys(standard):
        _copy(folder, root)
    for entry in packages.iterdir():
        _copy(entry, root)
    inside = [*standard, *(entry.resolve() for entry in packages.iterdir())]
    outside = [
        path
        for path in _libraries_of(inside)
        if not any(path.is_relative_to(folder) for folder in inside)
    ]
    _copy_libraries(outside, root)
    # The loader's own index, and where the system has moved what it looks for.
    if (index := Path("/etc/ld.so.cache")).exists():
        _copy(index, root)
    for link in ("lib", "lib64"):
        if Path("/", link).is_symlink() and not (root / link).exists():
            (root / link).symlink_to(Path("/", link).readlink())
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o711)  # nobody lists it


def link(first: Path, root: Path) -> None:
    """Fill the new ``root`` with the files of another, in folders of its own."""
    for folder, inner, files in os.walk(first):
        place = root / Path(folder).relative_to(first)
        place.mkdir(mode=0o755)
        place.chmod(stat.S_IMODE(Path(folder).stat().st_mode))
        for name in (*files, *(n for n in inner if Path(folder, n).is_symlink())):
            os.link(Path(folder, name), place / name, follow_symlinks=False)


def make_read(path: Path) -> None:
    """Make a file that shows, at any time later, whether its disk notes readers."""
    path.write_text("x")
    # A disk that notes little does so where a file was changed after it was read.
    os.utime(path, (0, time.time() + _YEARS))


def freshen(root: Path, read: Path) -> None:
    """Make a root that was laid out in an image as it was then.

    Parameters
    ----------
    read
        From :func:`make_read`, of the same image.

    Raises
    ------
    OSError
        If that is not possible.
    """
    if not all((root / "dev" / name).is_char_device() for name in DEVICES):
        remove_tree(root / "dev")
        make_devices(root)
    empty_scratch(root)
    # An image does not keep when a file was read. Where it lies below the container's
    # own layer, readers are not noted at all, and to change the time would copy it.
    if late := _show_readers(root):
        before = read.stat().st_atime_ns
        read.read_bytes()
        if read.stat().st_atime_ns != before:
            for place, changed in late:
                _hide_readers(place, changed)
    for folder in (root, root / "tmp"):
        _hide_readers(str(folder))


def _show_readers(root: Path) -> list[tuple[str, float]]:
    """Return what would show that it was read, and when each was changed."""
    soon = time.time() + _YEARS / 2
    found = []
    for folder, inner, files in os.walk(root):
        for place in (folder, *(f"{folder}/{name}" for name in (*inner, *files))):
            about = os.lstat(place)
            if about.st_atime < soon:
                found.append((place, about.st_mtime))
    return found


def empty_scratch(root: Path) -> None:
    """Remove what a run left where its processes write."""
    # Packages may lie below it as well.
    for place in (root / "tmp").iterdir():
        if _SCRATCH.fullmatch(place.name):
            remove_tree(place)


def hide_readers(root: Path) -> None:
    """Have no folder below ``root``, and no link, show that it was read."""
    for folder, inner, files in os.walk(root, topdown=False):
        for name in (*inner, *files):
            if os.path.islink(place := f"{folder}/{name}"):  # noqa: PTH114 (as text)
                _hide_readers(place)
        _hide_readers(folder)


def _notes_readers(folder: Path) -> bool:
    """Tell whether the disk notes who reads, whatever is done to hide it."""
    tried = folder / "tried"
    tried.write_text("x")
    _hide_readers(str(tried))
    before = tried.stat().st_atime_ns
    tried.read_text()
    after = tried.stat().st_atime_ns
    tried.unlink()
    return before != after


def make_devices(root: Path) -> None:
    """Open ``root`` to all, make the devices below it, and try one.

    Raises
    ------
    OSError
        If they cannot be made, or not be used there, or libraries cannot.
    """
    if os.statvfs(root).f_flag & os.ST_NOEXEC:
        raise OSError(f"no library can be loaded from {root}: it is mounted noexec")
    if _notes_readers(root):
        raise OSError(
            f"whoever reads a file below {root} leaves its time in it, for the disk is "
            "mounted strictatime: mount it relatime or noatime"
        )
    root.chmod(0o755)
    (root / "dev").mkdir()
    (root / "dev").chmod(0o755)  # whatever the umask is
    for name in DEVICES:
        device = root / "dev" / name
        kind = Path("/dev", name).stat().st_rdev
        os.mknod(device, stat.S_IFCHR | 0o666, kind)
        device.chmod(0o666)
    os.close(os.open(root / "dev" / "null", os.O_RDWR))


def _copy(path: Path, root: Path) -> None:
    """Copy ``path`` to the same place below ``root``; for a link, what it leads to."""
    place, source = root / path.relative_to("/"), path.resolve()
    if place.exists():
        return
    _make_folders(place.parent, root)
    if source.is_dir():
        _copy_folder(str(source), str(place))
    else:
        _copy_file(str(source), str(place))


def _copy_folder(source: str, place: str) -> None:
    os.mkdir(place, 0o755)  # noqa: PTH102 (as text: there are thousands)
    with os.scandir(source) as entries:
        for entry in entries:
            there = f"{place}/{entry.name}"
            if entry.is_dir():
                if entry.name not in _FOLDERS and entry.name[:7] != "config-":
                    _copy_folder(entry.path, there)
            elif entry.is_file() and not entry.name.endswith(_ENDINGS):
                _copy_file(entry.path, there)


def _copy_file(source: str, place: str) -> None:
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with open(source, "rb", 0) as old, open(os.open(place, new, 0o644), "wb", 0) as new:  # noqa: PTH123
        about = os.fstat(old.fileno())
        left = about.st_size
        while left:
            left -= os.sendfile(new.fileno(), old.fileno(), None, left)
        # Modules are compiled anew where their time is not that of their source.
        _hide_readers(new.fileno(), about.st_mtime)


def _hide_readers(place: str | int, changed: float = 0.0) -> None:
    """Have it not show that it was read.

    The kernel notes that a file was read where that is later than it had noted.
    """
    times = (time.time() + _YEARS, changed)
    if isinstance(place, int):
        os.utime(place, times)
    else:
        os.utime(place, times, follow_symlinks=False)


def _make_folders(folder: Path, root: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    while folder != root:
        folder.chmod(0o755)
        folder = folder.parent


def _copy_libraries(paths: list[Path], root: Path) -> None:
    """Copy libraries, and the names by which others ask for them."""
    for path in paths:
        _copy(path, root)
    wanted = set(paths)
    # The system's folder has thousands of names: each is looked at once.
    for folder in {path.parent for path in paths}:
        with os.scandir(folder) as entries:
            links = [Path(entry.path) for entry in entries if entry.is_symlink()]
        for name in links:
            if ".so" in name.name and (path := name.resolve()) in wanted:
                link = root / name.relative_to("/")
                # In another folder it is found by its whole path.
                target = path.name if path.parent == name.parent else path
                if not link.is_symlink():
                    link.symlink_to(target)


def _libraries_of(places: Iterable[Path]) -> list[Path]:
    """Return the shared libraries that all compiled modules below ``places`` need."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # What a library does when it is loaded is done here, and gone.
        try:
            for library in ("libgcc_s.so.1", *_compiled(places)):
                with contextlib.suppress(OSError):
                    ctypes.CDLL(library)
            lines = Path("/proc/self/maps").read_text().splitlines()
            found = {line.partition("/")[2] for line in lines if ".so" in line}
            os.write(write, "\n".join(sorted(found)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        names = said.read().splitlines()
    os.waitpid(child, 0)
    return [Path("/", name) for name in names if not name.endswith(" (deleted)")]


def _compiled(places: Iterable[Path]) -> Iterator[str]:
    for place in places:
        # Below the standard library there may be others' packages.
        modules = place / "lib-dynload"
        for path in (modules if modules.is_dir() else place).rglob("*.so*"):
            yield str(path)
