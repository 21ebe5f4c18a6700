"""What the examiner is told of errors: what they are made of, and their classes.

A class is told by its line: its own name and those above it, up to the builtin one.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable

from proctor.wire.encoder import Encoder

_MOST = 50


class Notes:
    """Takes note of errors, and of their classes, that go as handles.

    Parameters
    ----------
    keep
        Keeps an object, and returns its number.
    """

    def __init__(self, keep: Callable[[object], int]) -> None:
        self._keep = keep
        # Each class once: who gets it twice gets the same.
        self._classes: dict[type, int] = {}
        self._new: list[tuple[int, object]] = []

    def begin(self) -> None:
        """Forget all of them: the objects are kept no more."""
        self._classes, self._new = {}, []

    def number_of(self, value: object) -> int:
        """Keep an object and return its number."""
        if isinstance(value, type):
            if value not in self._classes:
                self._classes[value] = self._keep(value)
                self._new.append((self._classes[value], value))
            return self._classes[value]
        number = self._keep(value)
        if isinstance(value, BaseException):
            self._new.append((number, value))
        return number

    def take(self, encoder: Encoder) -> list:
        """Return what is to be told since the last time."""
        told: list = []
        while self._new and len(told) < _MOST:
            number, value = self._new.pop(0)
            line = _line_of(value if isinstance(value, type) else type(value))
            if line is None:
                continue
            own, above = line
            classes = [[self.number_of(one), one.__name__] for one in own]
            told.append([number, classes, above.__name__])
            if not isinstance(value, type):
                parts = [encoder.encode(part) for part in _parts_of(value)]
                told[-1] += [text_of(value), *parts]
        self._new = []
        return told


def is_told(error: BaseException) -> bool:
    """Tell whether an error's class is one that is told by its line."""
    return _line_of(type(error)) is not None


def text_of(error: BaseException) -> str:
    """Return the beginning of what an error says; empty where that raises another."""
    try:
        return str(error)[:500]
    except BaseException:
        return ""


def _parts_of(error: BaseException) -> tuple[tuple, dict]:
    own = {name: value for name, value in vars(error).items() if name[:2] != "__"}
    return error.args, own


def _line_of(kind: type) -> tuple[list[type], type] | None:
    """Return the classes down from Python's own, and that; None: there is no line."""
    own = []
    if not issubclass(kind, Exception):
        return None
    while getattr(builtins, kind.__name__, None) is not kind:
        if len(kind.__bases__) != 1 or len(own) > 10:
            return None
        own.append(kind)
        (kind,) = kind.__bases__
    return own, kind
