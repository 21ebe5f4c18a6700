"""Arrays that came from a student, and their numbers alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from proctor.rubric.errors import CheckFailed, StudentEnded
from proctor.rubric.values import name_of
from proctor.wire.handles import NAMES

_NUMPYS = (np.integer, np.floating)
# Of the largest number: float32 rounds hundreds of times as much, float64 far less.
_ROUNDED = 1e-10


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
    if array.dtype.kind == "O" and array.size and _all_numbers(array.reshape(-1)):
        # What kind of array it is, a check of the dtype asks.
        try:
            array = array.astype(np.float64)
        except OverflowError:  # a whole number larger than any float
            raise CheckFailed("not finite: infinity is among the numbers") from None
    if array.dtype.kind == "b":
        raise CheckFailed("truth values came where numbers were wanted")
    if array.dtype.kind == "c":
        raise CheckFailed("complex numbers came where real ones were wanted")
    if array.dtype.kind not in "iuf":
        raise CheckFailed(_no_numbers(value))
    return array


def _all_numbers(values: np.ndarray) -> bool:
    """Tell whether objects are numbers; no code of a class that is not known runs."""
    return all(
        type(value) in (int, float) or issubclass(type(value), _NUMPYS)
        for value in values.tolist()
    )


def has_digits_of_float32(got: np.ndarray, wanted: np.ndarray) -> bool:
    """Tell whether numbers in float64 were computed in float32 and only called so.

    All of them are numbers that float32 has, some of the wanted are not, and the way
    between them is what float32 rounds: nothing that adding up in another order does.
    """
    if got.dtype != np.float64 or not got.size:
        return False
    with np.errstate(all="ignore"):
        single = (got == got.astype(np.float32)).all()
        away = np.abs(got - wanted).max() > _ROUNDED * np.abs(wanted).max()
        return bool(single and away and (wanted != wanted.astype(np.float32)).any())


def kind_came(value: Any) -> str:
    """Return what kind of value came, in words; empty for arrays and numbers."""
    if isinstance(value, (np.ndarray, np.generic)):
        return ""
    kind = name_of(value).replace("another", "an")
    name = type(value).__name__
    if kind == "an object" and name in NAMES:
        return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
    return "" if kind in ("a number", "True or False") else kind


def _no_numbers(value: Any) -> str:
    """Return what came, where it is neither an array nor a list of something."""
    if isinstance(value, (np.ndarray, np.generic, list, tuple)):
        return "not a numeric array"
    return f"{kind_came(value) or 'a number'} came where numbers were wanted"
