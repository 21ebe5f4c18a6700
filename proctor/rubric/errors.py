"""What can end a check, and what a student reads of it."""

from __future__ import annotations

import builtins
from pathlib import Path
from types import FunctionType

from proctor.errors import UNWRITTEN
from proctor.rubric.words import about

_HERE = Path(__file__).parent


class AuthorError(Exception):
    """A mistake in the test itself. It ends the test cell; no student loses by it."""


class CheckFailed(AssertionError):
    """A rubric's verdict; its text is fixed and safe to show.

    Attributes
    ----------
    by_itself
        What it would say if no check had run before; empty: the same.
    """

    def __init__(self, text: str, by_itself: str = "") -> None:
        super().__init__(text)
        self.by_itself = by_itself


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


def raised_in(error: BaseException) -> str:
    """Return the file of the line that raised an error; empty where none did."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place.tb_frame.f_code.co_filename if place else ""


def line_in(error: BaseException, file: str) -> int:
    """Return in which line of a file an error was met last; 0: in none."""
    place, line = error.__traceback__, 0
    while place is not None:
        if place.tb_frame.f_code.co_filename == file:
            line = place.tb_lineno
        place = place.tb_next
    return line


def describe(error: BaseException, check: FunctionType, name: str) -> str:
    """Return what a student may read of the failure of the check of this name.

    A text is shown only if the rubric or the check itself raised it: student code could
    put the inputs into its own. Of other errors it is said what they are about.
    """
    place = raised_in(error)
    if isinstance(error, StudentEnded):
        return str(error) or "the notebook's process ended"
    if isinstance(error, CheckFailed) and Path(place).parent == _HERE:
        return str(error)
    if type(error) is AssertionError and place == check.__code__.co_filename:
        return str(error) or "wrong"
    if isinstance(error, NotImplementedError):
        return UNWRITTEN
    kind = kind_of(error)
    # Where a check asks for that error, it came of a call that was to give a value.
    said = f"raised {kind} where none was wanted" if kind in name else f"raised {kind}"
    return f"{said}: {words}" if (words := about(error)) else said
