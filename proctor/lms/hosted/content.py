"""What grading elsewhere takes along: proctor, the packages' versions, the course."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import proctor
from proctor.errors import GradingError
from proctor.notebook.beside import files_beside
from proctor.sandbox.packages import UnknownPackage, versions
from proctor.settings import CONFIG, Course

UV = "0.13.9"
# What checking needs of proctor's own requirements: no gradebook.
_NEEDED = (
    "ipython",
    "jinja2",
    "matplotlib",
    "matplotlib-inline",
    "mistune",
    "nbformat",
    "numpy",
    "pygments",
    "pyseccomp",
    "python-dateutil",
    "rapidfuzz",
    "rich",
    "traitlets",
)
_SUFFIXES = (".py", ".html", ".css")
_ONE_WORD = re.compile(r"\w[\w.-]*", re.ASCII)
_VISIBLE = '''\
"""The course as students have it, for the visible checks alone.

Written by `proctor package`: no solution and no hidden test of this assignment is here.
"""

import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821 (traitlets provides it)
c.CourseDirectory.root = str(HERE)
c.Sandbox.level = {levels!r}
c.Sandbox.packages = {packages!r}
c.Sandbox.build_package = lambda folder, assignment: shutil.copytree(
    HERE / "package", folder, dirs_exist_ok=True
)
'''


def require_words(assignment: str, notebooks: list[str]) -> None:
    """Require names that a shell reads as one word.

    Raises
    ------
    GradingError
        If one is none.
    """
    for name in (assignment, *notebooks):
        if not _ONE_WORD.fullmatch(name):
            raise GradingError(
                f"{name!r} has other signs than letters, digits, '.', '_' and '-': "
                "rename it"
            )


def python_version() -> str:
    """Return the version of Python that grades here: ``3.11``."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def requirements(course: Course) -> bytes:
    """Return ``requirements.txt``: what is installed here, with its version.

    Raises
    ------
    GradingError
        If one of the course's packages is not installed.
    """
    try:
        pins = versions([*_NEEDED, *course.sandbox.packages])
    except UnknownPackage as error:
        raise GradingError(
            f"{error}: install it, so that its version is known"
        ) from None
    return "".join(f"{name}=={version}\n" for name, version in pins.items()).encode()


def own_files() -> Iterator[tuple[str, bytes]]:
    """Yield proctor's files, its tests left out."""
    folder = Path(proctor.__file__).parent
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix in _SUFFIXES and name.parts[0] != "tests":
            yield name.as_posix(), path.read_bytes()


def course_files(course: Course) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a course that git knows, and how its tests are examined.

    That is what makes it work, and nothing of a run.

    Raises
    ------
    GradingError
        If git knows none of it.
    """
    home = course.home
    done = subprocess.run(
        ["git", "-C", home, "ls-files", "-z"], capture_output=True, text=True
    )
    if done.returncode:
        why = " ".join(done.stderr.split()) or "git ls-files failed"
        raise GradingError(
            f"{home} is no git repository ({why}): what git knows is packed, so commit "
            "the course first"
        )
    # Measured once for an assignment, and not for each submission.
    kept = [path.relative_to(home) for path in (home / ".proctor").glob("*.json")]
    for name in {*done.stdout.split("\0"), *map(Path.as_posix, kept)}:
        path = home / name
        if not name or path.is_symlink() or not path.is_file():
            continue
        # proctor's own sources, where the course is developed with it.
        own = Path(proctor.__file__).parent
        if not path.is_relative_to(own) and os.access(path, os.R_OK):
            yield name, path.read_bytes()


def visible_course(course: Course, assignment: str) -> dict[str, bytes]:
    """Return a course that holds an assignment as it was handed out, and no more.

    Raises
    ------
    GradingError
        If it was not.
    """
    released = course.layout.released(assignment)
    notebooks = sorted(p for p in released.glob("*.ipynb") if p.name[0] != ".")
    if not notebooks:
        raise GradingError(
            f"no notebook in {released}: run nbgrader generate_assignment {assignment}"
        )
    config = _VISIBLE.format(
        levels=course.sandbox.levels, packages=course.sandbox.packages
    )
    files = {CONFIG: config.encode()}
    handed_out = {path.name: path.read_bytes() for path in notebooks}
    handed_out |= files_beside(released).files
    # As both: without a release, nbgrader would be wanted to make one.
    for stage in ("source", "release"):
        files |= {f"{stage}/{assignment}/{n}": d for n, d in handed_out.items()}
    with tempfile.TemporaryDirectory() as scratch:
        package = Path(scratch, "package")
        course.sandbox.build_package(package, assignment)
        for path in sorted(package.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                name = path.relative_to(package).as_posix()
                files[f"package/{name}"] = path.read_bytes()
    files.setdefault("package/.keep", b"")
    return files


def require_new(folder: Path) -> None:
    """Require a folder that is not there, or empty: nothing is written over.

    Raises
    ------
    GradingError
        If it is another.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise GradingError(f"{folder} is not empty: name a new folder with --out")


def write_all(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a new folder; what begins with ``#!`` can be run.

    Raises
    ------
    GradingError
        If one cannot be written.
    """
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            if data.startswith(b"#!"):
                path.chmod(0o755)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise GradingError(f"{folder} cannot be written ({error.strerror})") from None
