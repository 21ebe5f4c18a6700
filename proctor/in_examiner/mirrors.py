"""Errors of the student's own classes, as the test can catch them.

Such a class stands here for the student's by its name and its place under Python's own:
no byte of it is here. To make an error of it is left to the student's process.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from proctor.in_examiner.raised import LONGEST, base_of
from proctor.wire.frames import Malformed

if TYPE_CHECKING:
    from proctor.in_examiner.calls import Calls

_NAME = re.compile(r"[A-Za-z_]\w{0,80}")
_MOST = 100


# What is ours of them has names that no part of a student's error has.
class _Kind(type):
    """The class of such classes: to call one asks the student's process."""

    def __call__(cls, *positional: object, **named: object) -> object:
        return cls.__calls__("call", cls, positional, named)


class _Mirrored:
    """An error that the student's process made."""

    def __str__(self) -> str:
        return vars(self).get("__text__", "")

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or not _NAME.fullmatch(name):
            raise AttributeError(name)
        return type(self).__calls__("getattr", self, name)


def number_of(value: object) -> int | None:
    """Return the number by which the student's process knows it; None: it is none."""
    if type(value) is _Kind or type(type(value)) is _Kind:
        return vars(value)["__number__"]
    return None


class Mirrors:
    """What stands for errors of the student's, by number.

    Parameters
    ----------
    calls
        By which they are asked.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._found: dict[int, object] = {}

    def find(self, number: object) -> object | None:
        """Return what stands for a number; None: nothing of the kind."""
        return self._found.get(number) if type(number) is int else None

    def take(self, notes: object, decode: Callable[[object], object]) -> None:
        """Make what a reply tells of.

        Raises
        ------
        Malformed
            If that is nothing of the kind.
        """
        if type(notes) is not list or len(notes) > _MOST:
            raise Malformed("a message was not readable")
        # The errors may hold classes that are told of behind them.
        for note in notes:
            if type(note) is not list or len(note) not in (3, 6):
                raise Malformed("a message was not readable")
            self._kind_of(note[1], note[2])
        for number, classes, above, *more in notes:
            if more and type(number) is int:
                made = self._error(self._kind_of(classes, above), *more, decode)
                if type(type(made)) is _Kind:
                    vars(made)["__number__"] = number
                if made is not None:
                    self._found[number] = made

    def _kind_of(self, classes: object, above: object) -> type[Exception]:
        """Return the class at the end of a line."""
        kind = base_of(above)
        if type(classes) is not list or len(classes) > 20:
            raise Malformed("a message was not readable")
        for one in reversed(classes):
            if type(one) is not list or len(one) != 2 or type(one[0]) is not int:
                raise Malformed("a message was not readable")
            number, name = one
            if type(name) is not str or not _NAME.fullmatch(name):
                raise Malformed("a message was not readable")
            if number not in self._found:
                own = {"__calls__": self._calls, "__number__": number}
                above = (kind,) if type(kind) is _Kind else (_Mirrored, kind)
                self._found[number] = _Kind(name, above, own)
            kind = self._found[number]
            if type(kind) is not _Kind:
                raise Malformed("a message was not readable")
        return kind

    def _error(
        self,
        kind: type[Exception],
        text: object,
        given: object,
        own: object,
        decode: Callable[[object], object],
    ) -> Exception | None:
        """Return an error; None: Python makes none of these parts."""
        given, own = decode(given), decode(own)
        if type(text) is not str:
            raise Malformed("a message was not readable")
        # What is too large, or has other keys than names, comes as an object.
        given = given if type(given) is tuple else ()
        own = own if type(own) is dict else {}
        try:
            if type(kind) is _Kind:
                made = kind.__new__(kind)
                made.args = given
                vars(made)["__text__"] = text[:LONGEST]
            else:
                made = kind(*given)
            vars(made).update({n: v for n, v in own.items() if _is_name(n)})
        except Exception:  # such as a UnicodeDecodeError of one part
            return None
        return made


def _is_name(name: object) -> bool:
    return type(name) is str and bool(_NAME.fullmatch(name)) and name[:2] != "__"
