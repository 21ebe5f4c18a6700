"""What a module's tasks promise: inputs of every kind they name, and what is right.

``notebooks/<assignment>/promises.py`` says it once more, apart from tests and
solutions: for each task a function that yields calls and what has to come of them,
computed in float64 by other means. By it ``proctor mutate`` knows which solutions are
wrong; it costs no student a point::

    @promise("double")
    def _(rng):
        x = rng.normal(size=(2, 3)).astype(np.float32)
        yield Call("double", x), Numbers(2 * x.astype(float), np.float32)
        yield Call("double", np.zeros(0)), Refuses(ValueError)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

FILE = "promises.py"
# By cell. What the promises.py that is being read has registered.
registered: dict[str, Callable[[np.random.Generator], Iterator]] = {}


def promise(cell: str) -> Callable[[Callable], Callable]:
    """Register the decorated function, which yields pairs, for a solution cell."""

    def register(function: Callable) -> Callable:
        if cell in registered:
            raise ValueError(f"two promises of {cell!r}: join them")
        registered[cell] = function
        return function

    return register


class Call:
    """A call of a function of the notebook.

    Parameters
    ----------
    function
        Its name; or a function that is given all names of the notebook, as attributes,
        and uses them.
    """

    def __init__(self, function: str | Callable, *args: Any, **kwargs: Any):
        self.function, self.args, self.kwargs = function, args, kwargs

    def outcome(self, given: SimpleNamespace) -> Any:
        """Return what comes, an exception included."""
        copies = [a.copy("K") if _is_array(a) else a for a in self.args]
        function = self.function
        try:
            if isinstance(function, str):
                found = getattr(given, function)(*copies, **self.kwargs)
            else:
                found = function(given, *copies, **self.kwargs)
            same = all(
                np.array_equal(copy, a, equal_nan=True)
                for copy, a in zip(copies, self.args, strict=True)
                if _is_array(a)
            )
            return _plain(found) if same else Modified()
        except Exception as error:
            return error


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _plain(value: Any) -> Any:
    """Copy arrays: what is a view may change with its base."""
    if isinstance(value, tuple | list):
        return tuple(map(_plain, value)) if isinstance(value, tuple) else list(value)
    return value.copy() if _is_array(value) else value


class Modified:
    """What comes of a call that changed what it was given."""


@dataclass(frozen=True)
class Numbers:
    """An array, nearly these numbers, of this dtype if one is promised."""

    values: Any
    dtype: Any = None
    rtol: float = 1e-4
    atol: float = 1e-4

    def met_by(self, found: Any) -> bool:
        """Tell whether what came is that."""
        wanted = np.asarray(self.values, float)
        if not isinstance(found, np.ndarray | np.generic) or found.dtype.kind not in (
            "iuf"
        ):
            return False
        if self.dtype is not None and found.dtype != np.dtype(self.dtype):
            return False
        return found.shape == wanted.shape and np.allclose(
            np.asarray(found, float), wanted, self.rtol, self.atol, equal_nan=True
        )


@dataclass(frozen=True)
class Real:
    """A real number, of any type."""

    value: float

    def met_by(self, found: Any) -> bool:
        """Tell whether what came is that."""
        try:
            number = float(found)
        except (TypeError, ValueError):
            return False
        return np.ndim(found) == 0 and bool(np.isclose(number, self.value, 1e-5, 1e-9))


@dataclass(frozen=True)
class Whole:
    """A whole number, an int or one of NumPy's; or a tuple of them."""

    value: int | tuple

    def met_by(self, found: Any) -> bool:
        """Tell whether what came is that."""
        if isinstance(self.value, tuple):
            return (
                isinstance(found, tuple | list | np.ndarray)
                and len(found) == len(self.value)
                and all(
                    Whole(v).met_by(f) for v, f in zip(self.value, found, strict=True)
                )
            )
        if isinstance(found, np.ndarray) and found.ndim == 0:
            found = found[()]
        whole = isinstance(found, int | np.integer) and not isinstance(found, bool)
        return whole and int(found) == self.value


@dataclass(frozen=True)
class Same:
    """One value, such as a text."""

    value: Any

    def met_by(self, found: Any) -> bool:
        """Tell whether what came is that."""
        return type(found) is type(self.value) and found == self.value


@dataclass(frozen=True)
class Refuses:
    """An exception, whose text holds these numbers."""

    kind: type[Exception]
    naming: tuple = ()

    def met_by(self, found: Any) -> bool:
        """Tell whether what came is that."""
        return isinstance(found, self.kind) and all(
            str(number) in str(found) for number in self.naming
        )


def is_met(wanted: Any, found: Any) -> bool:
    """Tell whether what came of a call is what was promised; of several, each."""
    if isinstance(wanted, tuple):
        return (
            isinstance(found, tuple | list)
            and len(found) == len(wanted)
            and all(map(is_met, wanted, found))
        )
    return wanted.met_by(found)
