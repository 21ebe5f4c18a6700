"""The packages that a student's process can import, and nothing beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

_REQUIRES = re.compile(r"^Requires-Dist: *([A-Za-z0-9._-]+)[^;\n]*(.*)$", re.M)


class UnknownPackage(Exception):
    """A package that may be imported and is not installed."""


def entries(packages: Iterable[str]) -> dict[str, Path]:
    """Return what must lie on the import path for ``packages`` and what they need.

    Returns
    -------
    dict[str, Path]
        Name in the folder of packages (``numpy``, ``numpy.libs``, ``six.py``) to where
        it is installed.

    Raises
    ------
    UnknownPackage
        If one of ``packages`` itself is not installed.
    """
    found: dict[str, Path] = {}
    for distribution in _closure(packages):
        for name in _top_level(distribution):
            path = Path(distribution.locate_file(name))
            if path.exists():
                found[name] = path
    return found


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return the versions of ``packages`` and of all that they require, as installed.

    Raises
    ------
    UnknownPackage
        If one of ``packages`` itself is not installed.
    """
    return {d.name.lower(): d.version for d in sorted(_closure(packages), key=_name)}


def _name(distribution: metadata.Distribution) -> str:
    return distribution.name.lower()


def _closure(packages: Iterable[str]) -> list[metadata.Distribution]:
    """Return the distributions of ``packages`` and of all that they require."""
    wanted = list(packages)
    known: dict[str, metadata.Distribution] = {}
    todo = [(name, True) for name in wanted]
    while todo:
        name, needed = todo.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in known:
            continue
        try:
            known[key] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if needed:
                raise UnknownPackage(
                    f"the package {name!r} of c.Sandbox.packages is not installed"
                ) from None
            continue
        todo += [(name, False) for name in _required(known[key])]
    return list(known.values())


def _required(distribution: metadata.Distribution) -> list[str]:
    """Return what a distribution requires, its extras left out.

    Every check of a notebook waits for this. `packaging` would evaluate the markers and
    `distribution.requires` parse the whole text as a mail: ten times the time. What a
    marker leaves out for this system is not installed here.
    """
    header = (distribution.read_text("METADATA") or "").partition("\n\n")[0]
    found = _REQUIRES.findall(header)
    return [name for name, marker in found if "extra" not in marker]


def _top_level(distribution: metadata.Distribution) -> set[str]:
    """Return the files and folders that a distribution put on the import path."""
    # `distribution.files` says the same in a hundred times the time.
    record = distribution.read_text("RECORD") or ""
    names = {line.split(",", 1)[0].split("/", 1)[0] for line in record.splitlines()}
    return names - {"", "..", "__pycache__"}


def lay_out(folder: Path, packages: Iterable[str]) -> None:
    """Fill the new ``folder`` with a link to each entry of ``packages``."""
    folder.mkdir()
    for name, path in entries(packages).items():
        (folder / name).symlink_to(path)
