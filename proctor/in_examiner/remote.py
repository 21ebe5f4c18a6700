"""The examination of a student whose objects live in another process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING

import numpy as np

from proctor.in_examiner.calls import Calls
from proctor.in_examiner.handles import HANDLES
from proctor.in_examiner.renames import Renamed
from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import AuthorError, StudentEnded
from proctor.rubric.observation import Attempt
from proctor.rubric.where import address_space, methods_of
from proctor.wire.decoder import Decoder

if TYPE_CHECKING:
    from proctor.rubric import Rubric


# The call of what stands in, and its own lines.
_LINES_OF_AN_ASK = 3


class Remote:
    """An examination with the student's objects behind ``calls``.

    Attributes
    ----------
    rubric
        The one of the test cell that runs.
    over
        The names of checks that are not to run: they have run.
    cell
        What the student wrote in the task's cell, and the names that the test asks the
        student for; None where it is not to be run again.
    """

    def __init__(self, calls: Calls, seed: int, assisted: bool = False) -> None:
        self._calls = calls
        self.seed, self.assisted = seed, assisted
        self.rubric: Rubric | None = None
        self.over: frozenset[str] = frozenset()
        self.cell: tuple[str, list[str]] | None = None

    def register(self, rubric: Rubric) -> None:
        """Take note of the cell's rubric."""
        if self.rubric is not None:
            raise AuthorError("a test cell has one rubric, this has two")
        self.rubric = rubric

    def share(self, value: np.ndarray | list) -> object:
        """Return a handle of a copy."""
        whole = value if type(value) is list else np.asarray(value)
        return self._calls.share(whole)

    def kept(self, function: object, positional: tuple, named: dict) -> object:
        """Return a handle of what the student's function gives."""
        return self._calls("keep", function, positional, named)

    def bind(self, name: str, right: FunctionType | type) -> None:
        """Answer, from here, what student code asks of what it calls ``name``."""
        methods = methods_of(right)
        answers: dict[str, Callable] = {name: right}
        if methods is not None:
            answers = {f"{name}.{method}": found for method, found in methods.items()}
        self._calls.standing_in |= answers
        self._calls.renamed[name] = Renamed(None if methods is None else list(methods))

    def restore(self, name: str) -> None:
        """Put the student's own back."""
        methods = self._calls.renamed.pop(name).methods
        asked = [name] if methods is None else [f"{name}.{one}" for one in methods]
        for one in asked:
            del self._calls.standing_in[one]

    def cell_again(self) -> dict[str, object]:
        """Have the student's process run its own text; empty if it cannot be run."""
        if self.cell is None:
            return {}
        try:
            found = self._calls("again", *self.cell)
        except StudentEnded:
            raise
        except Exception:  # it may raise what it likes
            return {}
        wanted = self.cell[1]
        if type(found) is not dict:
            raise StudentEnded("the notebook's process answered what is no answer")
        return {name: found[name] for name in wanted if name in found}

    def is_students(self, value: object) -> bool:
        """Tell whether a value came through ``calls``."""
        return type(value) in HANDLES or isinstance(value, StudentArray)

    def count(
        self,
        function: object,
        positional: tuple,
        named: dict,
        most: int,
        keep: bool = True,
    ) -> tuple[int, object]:
        """Have the student's process call and count; it may say what it likes."""
        calls = self._calls
        calls.asks = most // _LINES_OF_AN_ASK
        said: object = None
        try:
            said = calls("count", function, list(positional), named, most, keep)
        except StudentEnded:
            raise
        except Exception:
            if calls.asks >= 0:
                raise
        finally:
            left, calls.asks = calls.asks, None
        if left < 0:  # it asked for what stands in more often than so few lines can
            return most + 1, None
        if type(said) is not tuple or len(said) != 2 or type(said[0]) is not int:
            raise StudentEnded("the notebook's process answered what is no answer")
        steps, answer = said
        return (steps if steps >= 0 else most + 1), answer

    def libraries_of(self, value: object, among: Sequence[str]) -> list[str]:
        """Ask the student's process; it may say what it likes."""
        said = self._calls("libraries", value, list(among))
        if type(said) is not list:
            raise StudentEnded("the notebook's process answered what is no answer")
        return [name for name in said if type(name) is str]

    def processor_seconds(self) -> float:
        """Return what the kernel says that the student's process has used."""
        return self._calls.processor_seconds()

    def memory_bytes(self) -> int:
        """Return what this process may have: all of a run have the same limit."""
        return address_space()


def read_attempts(encoded: object, body: memoryview) -> dict[str, Attempt]:
    """Return what failing checks saw, by name, from what an examiner sent."""
    values = Decoder(body, _no_handle).decode(encoded)
    return {name: Attempt.from_values(seen) for name, seen in values.items()}


def _no_handle(*_: object) -> object:
    raise ValueError("a handle came where a plain value was wanted")
