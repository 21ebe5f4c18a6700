"""One class, graded by ``proctor autograde`` in a course of its own; what was found."""

from __future__ import annotations

import compileall
import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import copy_checkout, run

from proctor.sandbox.confine import UID
from proctor.tests import container
from proctor.tests.commands import BIN
from redteam.outside import listening
from redteam.plain_user import OPEN, Python
from redteam.submission import FILE, NAME, SUBMISSIONS, with_few_tasks
from redteam.variants import LATE, Variant

HERE = Path(__file__).parent
SECRET = "redteam-secret-of-who-grades"
MINUTES = 15
# Short, for the sake of those that run into them: where honest work is graded as well,
# not too short for that.
LIMITS = """
c.Sandbox.cell_seconds = 5
c.Sandbox.notebook_seconds = 40
c.Sandbox.memory_mb = 1024
"""
# Many wait for a limit, and those need no processor.
JOBS = 4
# Where all that is graded runs into them: an attack works in milliseconds, and what
# computes until the limit has a processor for as long.
LIMITS_OF_LATE = """
c.Sandbox.cell_seconds = 2
"""
# Of the known mistakes a few will do, in two cells that nearly all attacks answer, one
# with an array: to compare what an attack answers with each mistake, or to see the
# answers once more for that, takes longer than all else.
FEW_BUGS = """
BUGS, SAME_VALUES = [
    bug for bug in BUGS if bug.cell in ("output-size", "avg-pool2d-forward")
][::12], []
"""
# Of what is not built from its truth: nbgrader takes it as it stands in source/.
AS_IT_STANDS = """
if "nbgrader" in sys.modules:
    as_it_stands = course.nbgrader_hooks.source_is_built()
    as_it_stands.__enter__()
"""
HASHED = 32 << 20
# By a grader, in its course.
WRITTEN = "autograded", "feedback", "results"


@dataclass
class Graded:
    """What was found after a run."""

    course: Path
    home: Path
    base: Path
    status: int | str
    seconds: float
    memory_mb: float
    stdout: str
    stderr: str
    survivors: list[str]
    contacts: list[str]
    results: dict
    before: dict[str, str]
    after: dict[str, str]
    home_before: dict[str, str]
    home_after: dict[str, str]
    left_in_tmp: list[str]
    left_elsewhere: list[str]
    grades: dict[str, dict[str, float]]
    sizes: dict[str, int]

    def submission(self, student: str) -> dict:
        """Return the results of a student, who is there once."""
        name = as_shown(student)
        found = [s for s in self.results["submissions"] if s["student"] == name]
        assert len(found) == 1, f"{student!r} is in the results {len(found)} times"
        return found[0]

    def autograded(self, student: str) -> str:
        """Return the graded notebook as text; empty where there is none."""
        path = self.course / "autograded" / student / NAME / FILE
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def page(self, student: str) -> str:
        """Return the feedback page; empty where there is none."""
        path = self.course / "feedback" / student / NAME / "spatial.html"
        return path.read_text(encoding="utf-8") if path.is_file() else ""


def as_shown(student: str) -> str:
    """Return a student's name as text; a folder's name may be other bytes."""
    return student.encode("utf-8", "replace").decode()


def make_course(folder: Path) -> Path:
    """Make a course in which nothing is handed out yet; return its folder."""
    copy_checkout(folder)
    config = folder / "nbgrader_config.py"
    config.write_text(config.read_text() + LIMITS + AS_IT_STANDS)
    bugs = folder / "notebooks" / NAME / "bugs.py"
    bugs.write_text(bugs.read_text() + FEW_BUGS)
    # Or the first to import them would write new files into the course.
    for package in ("course", "proctor", "tinytorch"):
        tests = re.compile(r"/tests/")
        compileall.compile_dir(folder / package, rx=tests, quiet=1)
    return folder


def hand_out(course: Path, few: bool) -> Path:
    """Enter the module into the course's gradebook; return the course.

    Parameters
    ----------
    few
        Whether it has a few of its tasks.
    """
    source = course / "source" / NAME / FILE
    text = source.read_text(encoding="utf-8")
    if few:
        text = json.dumps(with_few_tasks(json.loads(text)))
    source.write_text(text, encoding="utf-8")  # newer than the truth
    done = run("nbgrader", "generate_assignment", NAME, cwd=course)
    assert done.returncode == 0, done.stderr
    return course


@contextlib.contextmanager
def new_folder() -> Iterator[Path]:
    # Not below pytest's own folder, which a plain user may not enter; and not called as
    # what a run of the autograder leaves, which the next one removes.
    base = Path(tempfile.mkdtemp(prefix="class-", dir=OPEN))
    base.chmod(0o755)
    try:
        yield base
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", str(base)], check=False)
        shutil.rmtree(base)


def _environment(base: Path, home: Path, python: Python) -> dict[str, str]:
    programs = base / "bin"
    programs.mkdir(exist_ok=True)
    # nbgrader starts alembic by name; a Python without an environment has none.
    alembic = programs / "alembic"
    alembic.write_text(
        f"#!/bin/sh\nexec {python.program} -c "
        "'from alembic.config import main; main()' \"$@\"\n"
    )
    alembic.chmod(0o755)
    temporary = base / "tmp"
    temporary.mkdir(exist_ok=True)
    kept = {n: os.environ[n] for n in ("LANG", "LC_ALL") if n in os.environ}
    return kept | {
        "HOME": str(home),
        "PATH": f"{BIN}:{programs}:/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": python.packages,
        "REDTEAM_SECRET": SECRET,
        "TMPDIR": str(temporary),
        "USER": "redteam",
    }


def grade(
    variant: Variant, original: Path, base: Path, user: int | None, python: Python
) -> Graded:
    """Grade with a copy of a course; return what was found.

    Parameters
    ----------
    original
        The course, nothing handed in.
    base
        An empty folder for the copy, and for all else that the run may write.
    user, python
        Whom to become (None: nobody), and what this user can run.
    """
    course, home = base / "course", base / "home"
    shutil.copytree(original, course, symlinks=True)
    if variant.part == LATE:
        with (course / "nbgrader_config.py").open("a") as config:
            config.write(LIMITS_OF_LATE)
    home.mkdir()
    (home / "secret.txt").write_text(SECRET)
    environment = _environment(base, home, python)
    report, results = base / "report.json", course / "r.json"
    with listening(course, home) as (outside, contacts):
        for submission in SUBMISSIONS.values():
            if variant.grades(submission):
                release = course / "release" / NAME / FILE
                submission.build(release, course / "submitted", outside)
        who: dict = {}
        if user is not None:
            who = {"user": user, "group": user, "extra_groups": []}
            owner = f"{user}:{user}"
            subprocess.run(["chown", "-R", "-h", owner, str(base)], check=True)

        before, home_before = _snapshot(course), _snapshot(home)
        grading = ["autograde", NAME, "--sandbox", variant.level, "--force"]
        grading += ["--feedback", "--results", "r.json", "--jobs", str(JOBS)]
        launch = shutil.copy(HERE / "launch.py", base)
        launcher = [python.program, launch, str(MINUTES * 60), str(report)]
        if variant.level == UID:
            launcher += [python.program, container.__file__]
        done = subprocess.run(
            [*launcher, python.program, "-m", "proctor", *grading],
            cwd=course,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            **who,
        )
        assert report.is_file(), f"{done.stdout}\n{done.stderr}"
        outcome = json.loads(report.read_text())
        if outcome["status"] == 2 and "cannot be had here" in done.stderr:
            pytest.skip(done.stderr.strip())
        assert results.is_file(), f"{outcome}\n{done.stdout}\n{done.stderr}"
        after = _snapshot(course)
    return Graded(
        course,
        home,
        base,
        outcome["status"],
        outcome["seconds"],
        outcome["memory_mb"],
        done.stdout,
        done.stderr,
        outcome["survivors"],
        contacts,
        json.loads(results.read_text(encoding="utf-8")),
        before,
        after,
        home_before,
        _snapshot(home),
        sorted(path.name for path in (base / "tmp").iterdir()),
        _left_elsewhere(outcome["folders"]),
        _grades(course / "gradebook.db"),
        {
            s: path.stat().st_size
            for s in SUBMISSIONS
            if (path := course / "submitted" / s / NAME / FILE).is_file()
        },
    )


def _snapshot(top: Path) -> dict[str, str]:
    """Return what each file below ``top`` is; what a grader writes is left out."""
    found = {}
    for folder, below, names, descriptor in os.fwalk(top, follow_symlinks=False):
        inside = os.path.relpath(folder, top)
        if inside == ".":
            below[:] = [n for n in below if n not in WRITTEN]
        for name in [*below, *names]:
            path = os.path.normpath(os.path.join(inside, name))  # noqa: PTH118
            about = os.lstat(name, dir_fd=descriptor)
            content = f"{about.st_size}"
            if stat.S_ISLNK(about.st_mode):
                content = os.readlink(name, dir_fd=descriptor)
            elif stat.S_ISREG(about.st_mode) and about.st_size <= HASHED:
                with open(name, "rb", opener=_opener(descriptor)) as file:
                    content = hashlib.file_digest(file, "sha256").hexdigest()
            elif stat.S_ISDIR(about.st_mode):
                content = ""
            found[path] = f"{stat.filemode(about.st_mode)} {content}"
    for name in ("gradebook.db", "gradebook.db-journal", "r.json"):
        found.pop(name, None)
    return found


def _opener(folder: int):
    return lambda name, flags: os.open(name, flags, dir_fd=folder)


def _left_elsewhere(folders: list[str]) -> list[str]:
    """Return what attacks leave in places that all share, and this grader's folders."""
    # Without its folder nobody would know one that is left.
    assert folders
    left = [folder for folder in folders if Path(folder).exists()]
    for place in map(Path, ("/tmp", "/var/tmp", "/dev/shm", Path.home(), "/")):
        if place.is_dir():
            left += [str(path) for path in place.iterdir() if "redteam" in path.name]
    for kind in ("shm", "msg", "sem"):
        table = Path("/proc/sysvipc", kind)
        if table.exists() and str(0x72656474) in table.read_text():
            left.append(f"System V {kind}")
    return left


def _grades(database: Path) -> dict[str, dict[str, float]]:
    """Return the score of each cell of each student, as the gradebook has it."""
    query = """
        SELECT submitted_assignment.student_id, base_cell.name,
               COALESCE(grade.manual_score, grade.auto_score, 0) + COALESCE(
                   grade.extra_credit, 0)
        FROM grade
        JOIN base_cell ON grade.cell_id = base_cell.id
        JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
        JOIN submitted_assignment
             ON submitted_notebook.assignment_id = submitted_assignment.id
    """
    found: dict[str, dict[str, float]] = {}
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for student, cell, score in connection.execute(query):
            found.setdefault(student, {})[cell] = score
    return found
