"""One class of all submissions, graded once by each variant of the sandbox."""

from __future__ import annotations

import compileall
import contextlib
import functools
import hashlib
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import copy_checkout, run

from proctor.sandbox import levels
from proctor.sandbox.confine import UID
from proctor.tests import container
from proctor.tests.commands import BIN
from redteam import attacks, honest  # noqa: F401 (importing enters them)
from redteam.outside import listening
from redteam.plain_user import OPEN, PLAIN_USER, Python, find_python
from redteam.submission import FILE, NAME, SUBMISSIONS, Submission, with_few_tasks

HERE = Path(__file__).parent
SECRET = "redteam-secret-of-who-grades"
MINUTES = 15
# Short, for the sake of those that run into them.
LIMITS = """
c.Sandbox.cell_seconds = 5
c.Sandbox.notebook_seconds = 40
c.Sandbox.memory_mb = 1024
"""
# Many wait for a limit, and those need no processor.
JOBS = 4
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
# One variant grades everything, and what is about the whole module in another run. The
# others grade what depends on the jail, and few of those that run into a time limit.
OF_THE_JAIL = """
    bombs channels copies disk files neighbours network reading reference survivors
    whereabouts
""".split()  # noqa: SIM905 (shorter than quoted)
# What is handed in is read, and what ends is seen to end, alike at every level: of
# these each variant grades some.
LITTLE_OF_THE_JAIL = ["crashes", "paths"]
ALWAYS = """
    a-neighbour awaits copies-and-stores data-file draws-figures guesses-again
    guesses-random-numbers helper-file imports-from-the-library
    imports-the-framework loops-in-c m-neighbour steals-a-stand-in stops-itself
    uses-magics uses-threads writes-much z-neighbour
""".split()  # noqa: SIM905


@dataclass(frozen=True)
class Variant:
    """A level of the sandbox, who grades, and whether it is the whole module."""

    level: str
    as_root: bool
    module: bool = False

    def __str__(self) -> str:
        user = "root" if self.as_root else "user"
        return f"{self.level}-{user}{'-module' if self.module else ''}"

    @property
    def thorough(self) -> bool:
        """Whether it grades all: the first that this machine gives does."""
        return self == next((v for v in VARIANTS if v.likely), VARIANTS[-1])

    @property
    def likely(self) -> bool:
        """Whether these tests can have it, as far as is known before trying."""
        given = {finding.level for finding in MACHINE if not finding.reason}
        return self.level in given and self.as_root == (os.getuid() == 0)

    @property
    def is_known(self) -> bool:
        """Whether another grades at its level, and as much as it needs."""
        return any(v.level == self.level for v in VARIANTS if v.thorough and v != self)

    def grades(self, submission: Submission) -> bool:
        """Tell whether this variant grades it."""
        if self.module or submission.module:
            return self.module and submission.module
        if self.thorough:
            return True
        if submission.alike:
            return False
        if submission.slow:
            return submission.student in ALWAYS and not self.is_known
        if submission.student in ALWAYS:
            return True
        if submission.family in OF_THE_JAIL and not self.is_known:
            return True
        return submission.student in some_of_the_jail()


@functools.cache
def some_of_the_jail() -> set[str]:
    """Return every fifth of each family of attacks on the jail."""
    found: set[str] = set()
    for family in (*OF_THE_JAIL, *LITTLE_OF_THE_JAIL):
        of_it = [
            one
            for one in SUBMISSIONS.values()
            if one.family == family and not (one.slow or one.alike or one.module)
        ]
        found.update(one.student for one in of_it[::5])
    return found


MACHINE = levels.examine_machine()
VARIANTS = [
    Variant("namespace", as_root=True),
    Variant("namespace", as_root=False),
    Variant("landlock", as_root=False),
    # In what a container leaves to its root.
    Variant("uid", as_root=True),
]
OF_THE_MODULE = replace(next(v for v in VARIANTS if v.thorough), module=True)


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


def make_course(folder: Path, few: bool = True) -> Path:
    """Make a course with its gradebook and no submissions; return its folder.

    Parameters
    ----------
    few
        Whether the module has a few of its tasks.
    """
    copy_checkout(folder)
    config = folder / "nbgrader_config.py"
    config.write_text(config.read_text() + LIMITS + AS_IT_STANDS)
    bugs = folder / "notebooks" / NAME / "bugs.py"
    bugs.write_text(bugs.read_text() + FEW_BUGS)
    source = folder / "source" / NAME / FILE
    text = source.read_text(encoding="utf-8")
    if few:
        text = json.dumps(with_few_tasks(json.loads(text)))
    source.write_text(text, encoding="utf-8")  # newer than the truth
    done = run("nbgrader", "generate_assignment", NAME, cwd=folder)
    assert done.returncode == 0, done.stderr
    # Or the first to import them would write new files into the course.
    for package in ("course", "proctor", "tinytorch"):
        compileall.compile_dir(folder / package, quiet=1)
    return folder


class Gradings:
    """The class as each variant graded it: once, when the first test asks."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        # By whether it has few tasks: to be copied by each run.
        self._courses: dict[bool, Path] = {}
        self._found: dict[Variant, Graded | BaseException] = {}
        self._plain: Python | None = None

    def of(self, variant: Variant) -> Graded:
        """Return what was found; skip, or fail, as often as asked."""
        if variant not in self._found:
            try:
                user, python = self._who_grades(variant)
                base = self._stack.enter_context(_folder())
                course = self._course(few=not variant.module)
                found = _grade(variant, course, base, user, python)
            except (Exception, pytest.skip.Exception) as error:
                found = error
            self._found[variant] = found
        found = self._found[variant]
        if isinstance(found, BaseException):
            raise found
        return found

    def _course(self, few: bool) -> Path:
        if few not in self._courses:
            base = self._stack.enter_context(_folder())
            self._courses[few] = make_course(base / "course", few)
        return self._courses[few]

    def _who_grades(self, variant: Variant) -> tuple[int | None, Python]:
        """Return the user to become (None: stay), and a Python that this user can run.

        A copy of what is closed to that user lies there as long as the tests run.
        """
        if variant.as_root and os.getuid() != 0:
            pytest.skip("grading as root needs the tests to run as root")
        if variant.as_root or os.getuid() != 0:
            return None, Python(sys.executable, "")
        if self._plain is None:
            # Not `_folder`: what makes that one writable would reach the originals.
            copies = tempfile.TemporaryDirectory(prefix="class-", dir=OPEN)
            folder = Path(self._stack.enter_context(copies))
            folder.chmod(0o755)
            self._plain = find_python(folder)
        return PLAIN_USER, self._plain


@pytest.fixture(scope="session")
def gradings() -> Iterator[Gradings]:
    with contextlib.ExitStack() as stack:
        yield Gradings(stack)


@pytest.fixture
def graded(variant, gradings) -> Graded:
    """The class as ``variant`` graded it; skipped, with the reason, where it cannot."""
    return gradings.of(variant)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
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


def _grade(
    variant: Variant, original: Path, base: Path, user: int | None, python: Python
) -> Graded:
    course, home = base / "course", base / "home"
    shutil.copytree(original, course, symlinks=True)
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
