"""What decides a grade on a machine, as digests that two machines can compare."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import proctor
from proctor.errors import GradingError
from proctor.sandbox.packages import UnknownPackage, versions
from proctor.settings import Course

# What every student's process has, and what reads and judges beside it.
_ALWAYS = ("numpy", "ipython", "matplotlib")
_PASSED_OVER = {"__pycache__", ".ipynb_checkpoints", ".DS_Store", ".gitkeep"}


def digests(course: Course, assignment: str) -> dict[str, str]:
    """Return a digest, or a version, of each thing that decides a grade.

    Raises
    ------
    GradingError
        If the course's package for students cannot be made.
    """
    layout = course.layout
    folders = {
        "source": layout.built(assignment),
        "release": layout.released(assignment),
        "truth": course.truth(assignment),
    }
    settings = {
        "limits": course.sandbox.limits.as_dict(),
        "packages": sorted(course.sandbox.packages),
        "marks": asdict(course.marks),
    }
    package = Path(proctor.__file__).parent
    ours = [
        path
        for path in _files_in(package)
        if path.suffix == ".py" and path.relative_to(package).parts[0] != "tests"
    ]
    return {
        "proctor": _of_files(package, ours),
        "Python": f"{sys.implementation.name} {sys.version_info[0]}."
        f"{sys.version_info[1]}",
        "packages": _versions(course.sandbox.packages),
        "course": _of(
            [_of_files(folder, _files_in(folder)) for folder in folders.values()]
        ),
        "settings": _of(settings),
        "students' package": _students(course, assignment),
    }


def difference(here: dict[str, str], there: dict[str, str]) -> str:
    """Say what of a worker is another than here; empty: nothing."""
    for name, value in here.items():
        if there.get(name) == value:
            continue
        if name == "Python":
            return f"its Python is {there.get(name)}, here {value}"
        if name == "packages":
            others, ours = (set(x.split(", ")) for x in (there.get(name, ""), value))
            more, less = (", ".join(sorted(x)) for x in (others - ours, ours - others))
            return f"its packages are others: {more or 'none'}, here {less or 'none'}"
        return f"its {name} is not what it is here"
    return ""


def _students(course: Course, assignment: str) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "package")
        try:
            course.sandbox.build_package(folder, assignment)
        except Exception as error:
            raise GradingError(
                f"c.Sandbox.build_package did not make the package of {assignment!r}: "
                f"{type(error).__name__}: {error}"
            ) from None
        return _of_files(folder, _files_in(folder))


def _files_in(folder: Path) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        # Names above the folder are the machine's own, whatever they are.
        if path.is_file() and not _PASSED_OVER & {*path.relative_to(folder).parts}
    ]


def _of_files(folder: Path, files: Iterable[Path]) -> str:
    content = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    return _of(content)


def _of(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _versions(packages: Iterable[str]) -> str:
    """Return the versions of what students may import, all that it needs with it."""
    found: dict[str, str] = {}
    for name in (*packages, *_ALWAYS):
        try:
            needed = versions([name])
        except UnknownPackage:
            needed = {name.lower(): "(none)"}
        found |= needed if name in packages else {name: needed[name]}
    return ", ".join(f"{name} {found[name]}" for name in sorted(found))
