"""A user who owns nothing, and a Python that this user can run.

The tests of a plain user run wherever the clone lies. A clone, its environment or the
interpreter may lie in a folder that is closed to others, as any home folder is: what is
needed of them is then laid out anew where everybody may read.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# It has no entry in the system's tables: what the harness drops to from root.
PLAIN_USER = 12345
# Where everybody may make and read files, unlike a TMPDIR of one's own.
OPEN = "/var/tmp"
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
# Of the standard library: what no grader imports, and packages that are not its own.
_LEFT_OUT = shutil.ignore_patterns("site-packages", "test", "idlelib", "config-*")


@dataclass(frozen=True)
class Python:
    """An interpreter, and the packages to put on its path."""

    program: str
    packages: str

    def trouble(self, user: int) -> str:
        """Return why this user cannot run it; empty: it can."""
        try:
            done = subprocess.run(
                [self.program, "-c", "import numpy, rich, sqlalchemy, ssl, zlib"],
                env={"PYTHONPATH": self.packages, "HOME": "/"},
                cwd="/",
                user=user,
                group=user,
                extra_groups=[],
                capture_output=True,
                text=True,
            )
        except OSError as error:
            return str(error)
        return done.stderr.strip() if done.returncode else ""


def find_python(folder: Path, user: int = PLAIN_USER) -> Python:
    """Return a Python that ``user`` can run, with the packages of this environment.

    Parameters
    ----------
    folder
        Where copies go, if some are needed: open to all, and not given to ``user``, for
        a copy may share its files with the original.

    Raises
    ------
    RuntimeError
        If there is none, not even a copy; it says what was tried.
    """
    here = sysconfig.get_path("purelib")
    programs = [sys.executable, f"/usr/bin/{_VERSION}"]
    tried = {}
    for python in candidates(programs, here, folder):
        if not (trouble := python.trouble(user)):
            return python
        tried[python] = trouble
    raise RuntimeError(f"no {_VERSION} that user {user} can run: {tried}")


def candidates(programs: list[str], here: str, folder: Path) -> Iterable[Python]:
    """Yield what may do, with as little of it copied as can be."""
    yield from (Python(program, here) for program in programs)
    packages = folder / "packages"
    shutil.copytree(here, packages, symlinks=True, copy_function=_open_copy)
    _open_folders(packages)
    yield from (Python(program, str(packages)) for program in programs)
    python = _copy_of_interpreter(folder / "python")
    _open_folders(folder / "python")
    yield Python(str(python), str(packages))


def _open_copy(source: str | Path, target: str | Path) -> None:
    """Make a file that all may read: the same one where that is so, or else a copy."""
    mode = Path(source).stat().st_mode
    if mode & stat.S_IROTH:
        try:
            os.link(source, target)
            return
        except OSError:  # another file system, or one without such links
            pass
    shutil.copy2(source, target)
    Path(target).chmod(mode | stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)


def _open_folders(top: Path) -> None:
    """Let everybody list and enter the folders in which copies were laid out."""
    for path, _, _ in os.walk(top):
        Path(path).chmod(0o755)


def _copy_of_interpreter(folder: Path) -> Path:
    """Copy the interpreter and its standard library; return the program."""
    base = Path(sys.base_prefix)
    library = folder / "lib"
    shutil.copytree(
        sysconfig.get_path("stdlib"),
        library / _VERSION,
        symlinks=True,
        ignore=_LEFT_OUT,
        copy_function=_open_copy,
    )
    for path in (base / "lib").glob(f"lib{_VERSION}*.so*"):
        _open_copy(path.resolve(), library / path.name)
    program = folder / "bin" / _VERSION
    program.parent.mkdir()
    # The program names the folder of a shared library; as many bytes name the new one.
    old = os.fsencode(base / "lib") + b"\0"
    new = b"$ORIGIN/../lib".ljust(len(old), b"\0")
    content = (base / "bin" / _VERSION).read_bytes()
    program.write_bytes(content.replace(old, new) if len(new) == len(old) else content)
    program.chmod(0o755)
    return program
