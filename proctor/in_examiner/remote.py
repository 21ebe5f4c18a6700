"""The examination of a student whose objects live in another process."""

from __future__ import annotations

import contextlib
import functools
import inspect
import linecache
import textwrap
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import numpy as np

from proctor.in_examiner.handles import Calls, Handle
from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import AuthorError, StudentEnded
from proctor.rubric.observation import Attempt
from proctor.wire.values import Decoder

if TYPE_CHECKING:
    from proctor.rubric import Rubric
    from proctor.rubric.observation import Earlier


class Remote:
    """An examination with the student's objects behind ``calls``.

    Parameters
    ----------
    earlier
        What the checks gave in an earlier process, where they are run again.

    Attributes
    ----------
    rubric
        The one of the test cell that runs.
    """

    stands_in_later = True

    def __init__(self, calls: Calls, seed: int, earlier: Earlier | None = None) -> None:
        self._calls = calls
        self.seed = seed
        self.rubric: Rubric | None = None
        self._earlier = earlier

    def register(self, rubric: Rubric) -> None:
        """Take note of the cell's rubric."""
        if self.rubric is not None:
            raise AuthorError("a test cell has one rubric, this has two")
        self.rubric = rubric
        rubric.earlier = self._earlier

    def share(self, array: np.ndarray) -> object:
        """Return a handle of a copy."""
        return self._calls("share", np.asarray(array))

    def bind(self, name: str, function: FunctionType) -> None:
        """Put a function in place of the student's."""
        self._calls("bind", name, _source_of(function.__code__))

    def restore(self, name: str) -> None:
        """Put the student's own back."""
        # The student's process may be gone by now; then there is nothing to restore.
        with contextlib.suppress(StudentEnded):
            self._calls("restore", name)

    def is_students(self, value: object) -> bool:
        """Tell whether a value came through ``calls``."""
        return type(value) is Handle or isinstance(value, StudentArray)

    def count(
        self, function: object, positional: tuple, named: dict, most: int
    ) -> tuple[int, object]:
        """Have the student's process call and count; it may say what it likes."""
        said = self._calls("count", function, list(positional), named, most)
        if type(said) is not tuple or len(said) != 2 or type(said[0]) is not int:
            raise StudentEnded("the notebook's process answered what is no answer")
        steps, answer = said
        return (steps if steps >= 0 else most + 1), answer

    def processor_seconds(self) -> float:
        """Return what the kernel says that the student's process has used."""
        return self._calls.processor_seconds()


@functools.lru_cache(64)
def _source_of(code: CodeType) -> str:
    # `inspect.getsource` would look at every module's file first.
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    return textwrap.dedent("".join(inspect.getblock(lines)))


def read_attempts(encoded: object, body: memoryview) -> dict[str, Attempt]:
    """Return what failing checks saw, by name, from what an examiner sent."""
    values = Decoder(body, _no_handle).decode(encoded)
    return {name: Attempt.from_values(seen) for name, seen in values.items()}


def _no_handle(number: int) -> object:
    raise ValueError("a handle came where a plain value was wanted")
