"""The student's process, the examiner's and the namer's, without a course around."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from proctor.bank.reference import Reference
from proctor.grade.examiner_process import ExaminerPool
from proctor.grade.namer_process import Namer
from proctor.grade.places import ANYWHERE
from proctor.grade.programs import make_jail
from proctor.grade.run import run_notebook
from proctor.grade.snapshot import Seeds
from proctor.grade.student_process import StudentProcess
from proctor.grade.student_runs import StudentRuns
from proctor.grade.verdict import Verdict
from proctor.notebook.assignment import AssignedNotebook, Assignment, TestCell
from proctor.notebook.cells import KERNEL
from proctor.sandbox.jail import Jail
from proctor.sandbox.limits import Limits

NOTHING = Reference("", Path())
NO_NOTEBOOK = AssignedNotebook("", [], KERNEL)
_ANY = Assignment("", [])
# An examiner waits for the next notebook in the same jail.
_pools: dict[Jail, ExaminerPool] = {}


def empty_package(folder: Path) -> None:
    """Make a folder of packages without one."""
    folder.mkdir()


@contextlib.contextmanager
def open_jail(
    level: str,
    limits: Limits | None = None,
    packages: Sequence[str] = ("numpy",),
    build: Callable[[Path], object] = empty_package,
    landlock: int | None = None,
) -> Iterator[Jail]:
    """Open a jail, and wait until it is ready."""
    given = level, limits or Limits(), packages, build
    with make_jail(*given, landlock=landlock) as jail:
        jail.wait()
        yield jail
        if pool := _pools.pop(jail, None):
            pool.close()


def examiners(jail: Jail) -> ExaminerPool:
    """Return the examiners of a jail."""
    return _pools.setdefault(jail, ExaminerPool(jail, []))


def student(jail: Jail) -> StudentProcess:
    """Return a process of the student's; it is to be opened."""
    return StudentProcess(jail)


def verdict_on(jail: Jail, source: str, test: TestCell, seed: int = 1) -> Verdict:
    """Return the verdict on one cell."""
    with runs(jail, seed) as opened:
        assert not opened.run_cell(source)
        opened.hold(test)
        return opened.examine(test, False)


def runs(jail: Jail, seed: int = 1) -> StudentRuns:
    """Return what runs the cells of one notebook; it is to be opened."""
    return StudentRuns(jail, examiners(jail), Seeds(seed, seed), {}, ANYWHERE)


def test_cell(name: str, source: str, points: float) -> TestCell:
    """Return a test cell in its two parts."""
    return _ANY.test(name, source, points)


test_cell.__test__ = False  # for pytest: it is none of ours


def run(
    jail: Jail,
    notebook: dict,
    seed: int = 1,
    reference: Reference = NOTHING,
    assigned: AssignedNotebook = NO_NOTEBOOK,
) -> dict[str, Verdict]:
    """Run a notebook as one that was handed in; its outputs are replaced."""
    with contextlib.closing(Namer(jail, reference, seed)) as namer:
        return run_with(namer, jail, notebook, seed, assigned)


def run_with(
    namer: Namer,
    jail: Jail,
    notebook: dict,
    seed: int = 1,
    assigned: AssignedNotebook = NO_NOTEBOOK,
) -> dict[str, Verdict]:
    """Run one of a run's notebooks, which have one namer."""
    with runs(jail, seed) as opened:
        return run_notebook(notebook, assigned, _ANY, opened, namer)
