"""Arrays that came from a student, and their numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from proctor.rubric.errors import CheckFailed, StudentEnded
from proctor.rubric.values import name_of


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

    def __repr__(self) -> str:
        """Show it as the student's kernel does, where a test says what came."""
        return repr(np.asarray(self))


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
    if value is None:
        raise CheckFailed("None came where numbers were wanted")
    try:
        # A subclass could compare as it likes: only its numbers are taken.
        array = np.array(np.asarray(value).view(np.ndarray))
    except StudentEnded:
        raise
    except Exception:
        raise CheckFailed(_no_numbers(value)) from None
    if array.dtype.kind == "O" and not isinstance(value, np.ndarray):
        array = _beyond(array)
    if array.dtype.kind == "b":
        raise CheckFailed("truth values came where numbers were wanted")
    if array.dtype.kind == "c":
        raise CheckFailed("complex numbers came where real ones were wanted")
    if array.dtype.kind not in "iuf":
        raise CheckFailed(_no_numbers(value))
    return array


def _beyond(array: np.ndarray) -> np.ndarray:
    """Return numbers as floats of which some are ints beyond NumPy's own."""
    if all(type(one) in (int, float) for one in array.flat):
        try:
            return array.astype(np.float64)
        except OverflowError:
            raise CheckFailed("not finite: infinity is among the numbers") from None
    return array


def kind_came(value: Any) -> str:
    """Return what kind of value came, in words; empty for arrays and numbers."""
    if isinstance(value, (np.ndarray, np.generic)):
        return ""
    kind = name_of(value).replace("another", "an")
    return "" if kind in ("a number", "True or False") else kind


def _no_numbers(value: Any) -> str:
    """Return what came, where it is neither an array nor a list of something."""
    if isinstance(value, (np.ndarray, np.generic, list, tuple)):
        return "not a numeric array"
    return f"{kind_came(value) or 'a number'} came where numbers were wanted"
