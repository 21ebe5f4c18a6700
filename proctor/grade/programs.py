"""What runs in the jail: the student's side, and ours."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox import levels
from proctor.sandbox.jail import Jail, Program
from proctor.sandbox.limits import Limits
from proctor.sandbox.prepared import prepare
from proctor.settings import Course

EXAMINER, NAMER, READER = "examiner", "namer", "reader"
# The student's process is an IPython shell, as the notebook's kernel is, and answers
# with arrays.
_ALWAYS = ("ipython", "matplotlib-inline", "numpy")
# Matplotlib takes long to start, and what has it long to copy: who does not draw is
# better off without.
PLAIN, DRAWING = "plain", "drawing"
_DRAWING = ("matplotlib.pyplot", "matplotlib_inline.backend_inline")


def open_jail(course: Course, assignment: str, level: str | None) -> Jail:
    """Return a jail for an assignment, whose processes are being started.

    Parameters
    ----------
    level
        Asked for by name, or several with commas, in place of the configured ones.

    Raises
    ------
    GradingError
        If no such level is given, there is no such package, or the students' package
        cannot be built. (That this machine does not give the level is seen by
        :meth:`~proctor.sandbox.jail.Jail.wait`.)
    """
    settings = course.sandbox
    return make_jail(
        levels.choose(levels.parse(level) if level else settings.levels),
        settings.limits,
        settings.packages,
        _builder(course, assignment),
        preload=tuple(settings.preload),
        prepared=settings.prepared,
    )


def prepare_roots(course: Course, assignment: str, folder: Path) -> None:
    """Lay out in ``folder`` what an assignment's submissions can read.

    Raises
    ------
    GradingError
        If that is not possible.
    """
    settings = course.sandbox
    allowed, students = _allowed(settings.packages), _students_of(settings.packages, ())
    prepare(folder, allowed, _builder(course, assignment), len(students))


def _builder(course: Course, assignment: str) -> Callable[[Path], object]:
    """Return what builds the package of an assignment's students."""

    def build_package(folder: Path) -> None:
        try:
            course.sandbox.build_package(folder, assignment)
        except Exception as error:
            lines = str(error).splitlines() or [type(error).__name__]
            raise GradingError(
                f"c.Sandbox.build_package did not make the package of {assignment!r}: "
                f"{lines[0]}"
            ) from error

    return build_package


def make_jail(
    level: str,
    limits: Limits,
    packages: Sequence[str],
    build_package: Callable[[Path], object],
    *,
    landlock: int | None = None,
    preload: tuple[str, ...] = (),
    prepared: str = "",
) -> Jail:
    """Return a jail for notebooks; see :class:`~proctor.sandbox.jail.Jail`.

    Parameters
    ----------
    preload
        Modules that the students' processes begin with.
    prepared
        A folder of :func:`prepare_roots`; empty: none.
    """
    trusted = {
        # A test cell may import what draws, and draws nothing that is looked at.
        EXAMINER: Program(
            "proctor.in_examiner.main",
            preload,
            environment={"MPLBACKEND": "agg", "MPLCONFIGDIR": _fonts()},
        ),
        NAMER: Program("proctor.in_namer.main"),
        READER: Program("proctor.in_reader.main"),
    }
    return Jail(
        level,
        limits,
        _allowed(packages),
        _students_of(packages, preload),
        trusted,
        build_package,
        Path(prepared) if prepared else None,
        landlock,
    )


def _allowed(packages: Sequence[str]) -> list[str]:
    return [*packages, *_ALWAYS]


def _students_of(
    packages: Sequence[str], preload: tuple[str, ...]
) -> dict[str, Program]:
    students = {PLAIN: _students(preload)}
    if "matplotlib" in packages:
        students[DRAWING] = _students((*_DRAWING, *preload))
    return students


def _students(preload: tuple[str, ...] = ()) -> Program:
    return Program(
        "proctor.in_student.main",
        ("numpy", *preload),
        {
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "MPLCONFIGDIR": _fonts(),
        },
        folders=("IPYTHONDIR",),
    )


def _fonts() -> str:
    """Return where Matplotlib's list of fonts is, which takes seconds to make."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    fonts = os.environ.get("MPLCONFIGDIR") or f"{cache}/matplotlib"
    try:
        return str(Path(fonts).expanduser())
    except RuntimeError:
        return "/nonexistent"  # who has no home has no list
