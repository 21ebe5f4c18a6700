"""Collect from git repositories: the notebooks of each student's last commit.

A repository is cloned without its past and without a work tree, into a folder that is
thrown away; nothing of it is checked out, so that no filter, link or hook of it acts.
"""

from __future__ import annotations

import functools
import os
import re
import resource
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from proctor.errors import GradingError, SubmissionError
from proctor.lms.archive import Entry
from proctor.lms.names import plain_stem
from proctor.lms.sheets import Sheet
from proctor.notebook.read import MAX_BYTES
from proctor.text import listed, plain_line

SECONDS = 120
# Of one file, which a pack is.
MOST_BYTES = 512 << 20
# Of the names of all files: a few folders that hold each other stand for billions.
MOST_NAMES = 16 << 20
# Of what git says.
_LONGEST = 2_000
# What leads to another machine, and to nothing on this one.
_SSH = "ssh -o BatchMode=yes"
_URL = re.compile(r"(https://|ssh://|[\w.-]+@[\w.-]+:)[^\s]+", re.ASCII)


@dataclass(frozen=True)
class _Found:
    folder: Path
    blob: str
    size: int


class Repositories:
    """Students' repositories, read as an archive is; use it as a context.

    Parameters
    ----------
    sheet
        With the columns ``id`` and ``url``.
    seen
        The commit of each student that need not be fetched again.

    Attributes
    ----------
    commits
        The last commit of each student whose repository can be read.
    same
        Whose last commit is the one that was seen.

    Raises
    ------
    GradingError
        If the sheet has not, or there is no git.
    """

    def __init__(
        self,
        sheet: Sheet,
        assignment: str,
        notebooks: list[str],
        seen: Mapping[str, str] | None = None,
    ) -> None:
        self.path = sheet.path
        self._assignment, self._notebooks = assignment, notebooks
        self._seen, self.same = seen or {}, []
        self.commits: dict[str, str] = {}
        self._found: dict[Entry, _Found | None] = {}
        self._scratch = tempfile.TemporaryDirectory(prefix="proctor-git-")
        for number, (student, url) in enumerate(addresses_of(sheet)):
            self._read(student, url, Path(self._scratch.name, f"{number}"))

    def __enter__(self) -> Repositories:
        return self

    def __exit__(self, *error: object) -> None:
        self._scratch.cleanup()

    def entries(self) -> list[Entry]:
        """Return the notebooks, each called ``<student>/<notebook>``."""
        return sorted(self._found, key=lambda entry: entry.name)

    def read(self, entry: Entry) -> bytes:
        """Return a notebook.

        Raises
        ------
        SubmissionError
            If it cannot be read, or is too large.
        """
        found = self._found[entry]
        if found is None:
            raise SubmissionError(entry.why_not)
        if found.size > MAX_BYTES:
            raise SubmissionError(
                f"{entry.parts[-1]} has more than {MAX_BYTES >> 20} MB"
            )
        return _git("-C", str(found.folder), "cat-file", "blob", found.blob)

    def _read(self, student: str, url: str, folder: Path) -> None:
        try:
            if not _URL.fullmatch(url):
                raise SubmissionError(
                    f"{plain_line(url, 80)!r} is no address as https://... or "
                    "git@host:..."
                )
            if student in self._seen:
                head = _git("ls-remote", "--", url, "HEAD").decode().split()
                if head and head[0] == self._seen[student]:
                    self.same.append(student)
                    return
            options = "--quiet", "--depth=1", "--no-checkout", "--no-tags", "--bare"
            _git("clone", *options, "--", url, str(folder))
            head = _git("-C", str(folder), "rev-parse", "HEAD").decode().strip()
            self.commits[student] = head
            names = "ls-tree", "-r", "-l", "-z", "HEAD"
            tree = _git("-C", str(folder), *names, most=MOST_NAMES)
            found = self._choose(tree.decode("utf-8", "replace"), folder)
        except SubmissionError as error:
            entry = Entry(f"{student}/{self._notebooks[0]}.ipynb", str(error))
            self._found[entry] = None
            return
        for name, one in found.items():
            self._found[Entry(f"{student}/{name}.ipynb")] = one

    def _choose(self, tree: str, folder: Path) -> dict[str, _Found]:
        """Return which file of a repository is which notebook."""
        files: dict[PurePosixPath, _Found] = {}
        for line in filter(None, tree.split("\0")):
            about, _, path = line.partition("\t")
            mode, _, blob, size = about.split()
            if mode in ("100644", "100755") and path.lower().endswith(".ipynb"):
                files[PurePosixPath(path)] = _Found(folder, blob, int(size))
        found = {}
        for name in self._notebooks:
            paths = self._paths_of(name, list(files))
            if len(paths) > 1:
                some = listed(sorted(plain_line(str(p), 60) for p in paths), 5)
                raise SubmissionError(f"several may be {name}.ipynb: {some}")
            if paths:
                found[name] = files[paths[0]]
        if not found:
            some = listed(sorted(plain_line(str(p), 60) for p in files), 5)
            raise SubmissionError(
                f"no {self._notebooks[0]}.ipynb (there is: {some or 'no notebook'})"
            )
        return found

    def _paths_of(self, name: str, paths: list[PurePosixPath]) -> list[PurePosixPath]:
        """Return which paths may be a notebook's: the likely ones, if there are some.

        Those in a folder called after the assignment come before all others, and the
        plain name before that of a copy.
        """
        stem = name.casefold()
        found = [p for p in paths if plain_stem(p.name).casefold() == stem]
        found = [p for p in found if self._assignment in p.parent.parts] or found
        return [p for p in found if p.name == f"{name}.ipynb"] or found


def addresses_of(sheet: Sheet) -> list[tuple[str, str]]:
    """Return a sheet's students, each with the address of a repository.

    Raises
    ------
    GradingError
        If it lacks a column, or an id is none.
    """
    id_at, url_at = sheet.require("id", "student_id"), sheet.require("url")
    found = []
    for number, row in enumerate(sheet.rows):
        student, url = row[id_at].strip(), row[url_at].strip()
        if not student or "/" in student:
            raise GradingError(
                f"{sheet.path}, row {number + 2}: {plain_line(student, 60)!r} is no "
                "student's id"
            )
        found.append((student, url))
    return found


def _bounded(most: int) -> None:
    """Bound what a process may write into a file, as the kernel keeps it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def _git(*arguments: str, most: int = MOST_BYTES) -> bytes:
    """Run git within bounds, asking nobody anything.

    Parameters
    ----------
    most
        How many bytes it may write into a file, which what it says goes to as well.

    Raises
    ------
    SubmissionError
        If it fails.
    """
    settings = ["-c", "core.hooksPath=/dev/null", "-c", "credential.interactive=false"]
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(
                ["git", *settings, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=said,
                timeout=SECONDS,
                env=os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": _SSH},
                preexec_fn=functools.partial(_bounded, most),
            )
        except FileNotFoundError:
            raise GradingError("there is no git here: install it") from None
        except subprocess.TimeoutExpired:
            raise SubmissionError(f"took more than {SECONDS} seconds") from None
        if done.returncode == -signal.SIGXFSZ:
            raise SubmissionError(f"too large: more than {most >> 20} MB")
        if done.returncode:
            said.seek(0)
            why = plain_line(said.read(_LONGEST).decode("utf-8", "replace"), 200)
            raise SubmissionError(f"cannot be cloned: {why or 'git ended'}")
        answer.seek(0)
        return answer.read()
