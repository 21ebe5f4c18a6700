"""Where a rubric's checks run: beside the student's code, or apart from it.

A rubric asks the questions below of an `Examination`. Under plain nbgrader test and
student share one process, and `InOneProcess` answers. Where proctor runs the student's
cells in a process of their own, its examiner puts another in its place with
`proctor.rubric.set_examination`.
"""

from __future__ import annotations

import builtins
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from proctor.steps import counted

if TYPE_CHECKING:
    from proctor.rubric import Rubric

_HERE = Path(__file__).parent
_ABSENT = object()
_REGION = re.compile(r"[ \t]*#+ (BEGIN|END) HIDDEN TESTS[ \t]*")


class AuthorError(Exception):
    """A mistake in the test itself. It ends the test cell; no student loses by it."""


class CheckFailed(AssertionError):
    """A rubric's verdict; its text is fixed and safe to show."""


class StudentEnded(Exception):
    """The student's process died or was stopped; the text says why."""


class StudentError(Exception):
    """The student's code raised what is no kind of builtin exception but Exception."""


def kind_of(error: BaseException) -> str:
    """Return the name of a builtin exception, or that it is another."""
    name = type(error).__name__
    builtin = getattr(builtins, name, None) if type(name) is str else None
    if isinstance(builtin, type) and issubclass(builtin, BaseException):
        return name
    return "an error of its own"


UNWRITTEN = "not written yet"


def describe(error: BaseException, check: FunctionType) -> str:
    """Return what a student may read of a check's failure.

    A text is shown only if the rubric or the check itself raised it: student code could
    put the inputs into its own.
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    raised_in = place.tb_frame.f_code.co_filename if place else ""
    if isinstance(error, StudentEnded):
        return str(error) or "the notebook's process ended"
    if isinstance(error, CheckFailed) and Path(raised_in).parent == _HERE:
        return str(error)
    if type(error) is AssertionError and raised_in == check.__code__.co_filename:
        return str(error) or "wrong"
    if isinstance(error, NotImplementedError):
        return UNWRITTEN
    return f"raised {kind_of(error)}"


class StudentArray(np.ndarray):
    """An array that came from the student, so that no test expects it.

    Whatever NumPy computes from one is one, a single number included; only a bool is
    given plain. ``np.asarray`` and ``np.array`` take the mark off.
    """

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return _mark(array)

    def __array_function__(self, function, types, args, kwargs):
        return _mark(super().__array_function__(function, types, args, kwargs))

    def __getitem__(self, key):
        return _mark(super().__getitem__(key))


def _mark(value: Any) -> Any:
    if isinstance(value, np.bool_):
        return value
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asanyarray(value).view(StudentArray)
    if isinstance(value, (tuple, list)):
        return type(value)(map(_mark, value)) if type(value) in (tuple, list) else value
    return value


def plain_numbers(value: Any) -> np.ndarray:
    """Return a plain copy of an array of real numbers, or of numbers in lists.

    Raises
    ------
    CheckFailed
        If it is anything else.
    """
    try:
        # A subclass could compare as it likes: only its numbers are taken.
        array = np.array(np.asarray(value).view(np.ndarray))
    except StudentEnded:
        raise
    except Exception:
        raise CheckFailed("not a numeric array") from None
    if array.dtype.kind not in "iuf":
        raise CheckFailed("not a numeric array")
    return array


class Examination(Protocol):
    """What a rubric needs to know of where it runs.

    Attributes
    ----------
    seed
        Not negative; all random inputs of this grading run follow from it.
    stands_in_later
        Whether failed checks are run again, with stand-ins, in another process.
    """

    seed: int
    stands_in_later: bool

    def register(self, rubric: Rubric) -> None:
        """Take note of a new rubric; its ``results()`` grow with each check."""

    def share(self, array: np.ndarray) -> Any:
        """Return a copy of ``array`` that lives on the student's side.

        The student's functions may change it; ``np.asarray`` reads it.
        """

    def bind(self, name: str, function: Callable) -> None:
        """Put ``function`` in place of what the student calls ``name``."""

    def restore(self, name: str) -> None:
        """Put back what ``bind`` replaced, or nothing where nothing was."""

    def is_students(self, value: Any) -> bool:
        """Tell whether ``value`` came from the student's side."""

    def count(
        self, function: Callable, positional: tuple, named: dict, most: int
    ) -> tuple[int, Any]:
        """Return what :func:`proctor.steps.counted` does of the student's function."""

    def processor_seconds(self) -> float:
        """Return the student's processor time, seen from outside; 0 if nobody is."""


class InOneProcess:
    """Test and student share a process and a namespace, as under plain nbgrader."""

    stands_in_later = False

    def __init__(self, seed: int | None = None):
        self.seed = secrets.randbits(64) if seed is None else seed
        self._replaced: dict[str, tuple[dict, Any]] = {}

    def register(self, rubric: Rubric) -> None:
        """Do nothing: the cell's last value is the score."""

    def share(self, array: np.ndarray) -> np.ndarray:
        """Return a copy."""
        return np.array(array)

    def bind(self, name: str, function: FunctionType) -> None:
        """Rebind ``name`` in the notebook's namespace, where ``function`` was made."""
        namespace = function.__globals__
        self._replaced[name] = namespace, namespace.get(name, _ABSENT)
        namespace[name] = function

    def restore(self, name: str) -> None:
        """Bind ``name`` as it was."""
        namespace, value = self._replaced.pop(name)
        if value is _ABSENT:
            namespace.pop(name, None)
        else:
            namespace[name] = value

    def is_students(self, value: Any) -> bool:
        """Tell whether an array is marked; here the student's bear no mark."""
        return isinstance(value, StudentArray)

    def count(
        self, function: Callable, positional: tuple, named: dict, most: int
    ) -> tuple[int, Any]:
        """Call the function and count."""
        return counted(function, positional, named, most)

    def processor_seconds(self) -> float:
        """Return 0: whom the student's code could deceive is in the same process."""
        return 0.0


def visible_and_hidden(source: str) -> tuple[str, str]:
    """Return a test cell's visible part and its hidden region, as two cells.

    Each keeps its place: the other's lines are blank. proctor runs both, so that a
    failure in the visible part, which the student has seen, hides no check.
    """
    parts: tuple[list[str], list[str]] = [], []
    hidden = False
    for line in source.splitlines():
        mark = _REGION.fullmatch(line)
        if mark:
            hidden = mark[1] == "BEGIN"
            line = ""
        for part, text in zip(parts, ("", line) if hidden else (line, ""), strict=True):
            part.append(text)
    return "\n".join(parts[0]), "\n".join(parts[1])
