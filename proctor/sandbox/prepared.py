"""Roots that were laid out beforehand, in a container's image, for the level ``uid``.

To copy hundreds of megabytes takes most of the time of grading one notebook. An image
is made once: what a submission could read is laid out then, and each run uses it::

    about.json    what it was made of
    packages/     what students' code can import
    roots/0, 1    one for each parent; all have the same files, and folders of their own
    read          never read but to see whether this disk notes it

A run takes a root only where all in it is still of its kind, its size and its
permissions, and its owner's who grades.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox import copies, packages
from proctor.sandbox.remove import remove_tree
from proctor.sandbox.work import locked, reading_takes_room

_ABOUT, _PACKAGES, _ROOTS, _READ = "about.json", "packages", "roots", "read"
_OTHERS_WRITE = 0o022


def prepare(
    folder: Path,
    allowed: Sequence[str],
    build_package: Callable[[Path], object],
    roots: int,
) -> None:
    """Lay out ``roots`` roots in the new ``folder``.

    Parameters
    ----------
    allowed, build_package
        See :class:`proctor.sandbox.jail.Jail`.

    Raises
    ------
    GradingError
        If there is something already, or it cannot be made here.
    """
    if os.path.lexists(folder):
        raise GradingError(f"{folder} is there already: remove it, or name another")
    try:
        folder.mkdir(parents=True)
        built = fill_packages(folder / _PACKAGES, allowed, build_package)
        first, *others = (folder / _ROOTS / str(n) for n in range(roots))
        first.mkdir(parents=True)
        copies.lay_out(first, folder / _PACKAGES)
        for root in others:
            copies.link(first, root)
        for root in (first, *others):
            copies.hide_readers(root)
        copies.make_read(folder / _READ)
        about = _about(allowed, folder / _PACKAGES, built, roots)
        places = [folder / _ROOTS / str(number) for number in range(roots)]
        about |= {"folder": str(folder.resolve()), "listed": list(map(_listed, places))}
        (folder / _ABOUT).write_text(json.dumps(about, indent=1, sort_keys=True))
    except OSError as error:
        remove_tree(folder)
        raise GradingError(f"no roots can be laid out in {folder}: {error}") from None
    except BaseException:
        remove_tree(folder)
        raise


def fill_packages(
    folder: Path, allowed: Sequence[str], build_package: Callable[[Path], object]
) -> list[str]:
    """Fill the new ``folder`` with packages; return the names of what was built.

    Raises
    ------
    GradingError
        If one is not installed, or cannot be built.
    """
    try:
        packages.lay_out(folder, allowed)
    except packages.UnknownPackage as error:
        raise GradingError(str(error)) from None
    edition = folder.with_name("edition")
    build_package(edition)
    own = sorted(path.name for path in edition.iterdir() if path.is_dir())
    for name in own:
        (edition / name).rename(folder / name)
    remove_tree(edition)
    return own


class Prepared:
    """Roots laid out by :func:`prepare`, held by this run until it is closed.

    Attributes
    ----------
    packages
        The folder of packages.

    Raises
    ------
    GradingError
        If there are none, or others than root could have changed them.
    """

    def __init__(self, folder: Path) -> None:
        folder = folder.resolve()
        self._folder, self.packages = folder, folder / _PACKAGES
        try:
            self._said = json.loads((folder / _ABOUT).read_text())
            where, listed = self._said["folder"], self._said["listed"]
            self._listed: list[str] = [str(digest) for digest in listed]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise GradingError(
                f"c.Sandbox.prepared: no roots in {folder} ({error}): make them by "
                "proctor prepare"
            ) from None
        if where != str(folder):
            raise GradingError(
                f"c.Sandbox.prepared: {folder} was made as {where}: move it back, or "
                "make it anew by proctor prepare"
            )
        for place in (folder, folder / _ROOTS, self.packages):
            self._require_own(place)
        self._used: list[Path] = []
        self._lock: int | None = None

    def _require_own(self, place: Path) -> None:
        try:
            about = place.lstat()
        except OSError as error:
            raise GradingError(f"c.Sandbox.prepared: {error}") from None
        if about.st_uid != os.getuid() or about.st_mode & _OTHERS_WRITE:
            raise GradingError(
                f"c.Sandbox.prepared: {place} can be changed by others: it must be "
                "the user's own who grades"
            )

    def take(
        self, allowed: Sequence[str], packages: Path, built: Sequence[str]
    ) -> bool:
        """Hold them for this run; tell whether they are to be had: no other has them.

        Parameters
        ----------
        packages, built
            The folder of packages as it would be laid out now, and what was built.

        Raises
        ------
        GradingError
            If they were made of something else.
        """
        now = _about(allowed, packages, built, len(self._listed))
        now = json.loads(json.dumps(now))
        differing = sorted(name for name in now if now[name] != self._said.get(name))
        if differing:
            raise GradingError(
                f"c.Sandbox.prepared: {self._folder} was made of something else "
                f"({', '.join(differing)}): remove it, and make it by proctor prepare"
            )
        self._lock = locked(self._folder)
        return self._lock is not None

    def root(self, number: int) -> Path:
        """Return one of the roots, as it was when it was made.

        Raises
        ------
        GradingError
            If it cannot be had as it was.
        """
        root = self._folder / _ROOTS / str(number)
        if reading_takes_room(root / "tmp"):
            raise GradingError(
                f"c.Sandbox.prepared: {root / 'tmp'} is not writable, or in memory, "
                "where what is written cannot be bounded: have it on a disk"
            )
        try:
            copies.freshen(root, self._folder / _READ)
            listed = _listed(root)
        except OSError as error:
            raise GradingError(f"c.Sandbox.prepared: {root}: {error}") from None
        if listed != self._listed[number]:
            raise GradingError(
                f"c.Sandbox.prepared: {root} is not as it was made: remove "
                f"{self._folder}, and make it by proctor prepare"
            )
        self._used.append(root)
        return root

    def close(self) -> None:
        """Let others have them; again: nothing."""
        if self._lock is not None:
            for root in self._used:
                copies.empty_scratch(root)
            os.close(self._lock)
            self._lock = None


def _about(
    allowed: Sequence[str], folder: Path, built: Sequence[str], roots: int
) -> dict:
    """Return what roots are made of."""
    return {
        "python": [sys.version, sysconfig.get_path("stdlib")],
        "packages": packages.versions(allowed),
        "students' package": {name: _digest(folder / name) for name in built},
        "proctor": hashlib.sha256(Path(copies.__file__).read_bytes()).hexdigest(),
        "roots": roots,
    }


def _listed(root: Path) -> str:
    """Return a digest of what lies in a root: kinds, permissions, owners and sizes."""
    found = hashlib.sha256()
    for folder, inner, files in os.walk(root):
        inner.sort()
        for name in sorted((".", *inner, *files)):
            place = f"{folder}/{name}"
            about = os.lstat(place)
            size = about.st_size if stat.S_ISREG(about.st_mode) else 0
            line = f"{about.st_mode:o} {about.st_uid} {about.st_gid} {size} "
            found.update(line.encode() + os.fsencode(place[len(str(root)) :]) + b"\0")
    return found.hexdigest()


def _digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix == ".pyc":
            continue
        for part in (str(path.relative_to(folder)).encode(), path.read_bytes()):
            found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()
