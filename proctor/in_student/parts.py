"""What reading an object's parts gives where no code of anybody's runs for it.

It goes with an answer that names the object by a number, so that an examiner who then
asks for a part has it already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import FunctionType, GetSetDescriptorType, MethodType

import numpy as np

from proctor.wire.encoder import Encoder
from proctor.wire.frames import MAX_BODY, MAX_HEADER
from proctor.wire.handles import form_of
from proctor.wire.kinds import KINDS
from proctor.wire.values import ANSWER_DEPTH, NUMBERS

# Of one answer: so many objects, and bytes of arrays. Of one array, and of a text.
_MOST_OBJECTS, _MOST_BYTES = 24, 64 << 10
_MOST_OF_ONE, _LONGEST = 16 << 10, 200
# An answer with less room than this is told without.
_ROOM, _BODY = MAX_HEADER // 2, MAX_BODY // 2
_PLAIN = (int, bool, float, type(None))
# What goes by value, its own classes too.
_VALUES = (
    *(bool, int, float, complex, str, bytes, bytearray, tuple, list, dict, set),
    *(frozenset, slice, np.ndarray, np.generic, *KINDS),
)
_DTYPES = frozenset(np.dtype(name) for name in NUMBERS)
# By themselves: of a class with a metaclass, too, these run no code.
_classes_of = type.__dict__["__mro__"].__get__
_names_of = type.__dict__["__dict__"].__get__
_READ, _SET = object.__getattribute__, object.__setattr__
_MISSING = object()


class Parts:
    """Parts of objects, that go with one answer.

    Parameters
    ----------
    keep
        Keeps an object that does not go by value; returns its number.
    answer
        What encoded the answer.
    buffers
        The arrays of the answer.
    """

    def __init__(
        self,
        keep: Callable[[object], int],
        answer: Encoder,
        buffers: Sequence[bytes | memoryview],
    ) -> None:
        self._keep = keep
        size = sum(map(len, buffers))
        self._most = size + _MOST_BYTES
        self._encoder = Encoder(keep, ANSWER_DEPTH, begin=size)
        self._has_room = answer.room > _ROOM and size < _BODY

    @property
    def buffers(self) -> list[bytes | memoryview]:
        """The arrays that come behind those of the answer."""
        return self._encoder.buffers

    def told(self, objects: list, start: int, wants: list[str]) -> list:
        """Return the parts with these names of objects from ``start`` on.

        Parameters
        ----------
        objects
            Those that are kept, by number. Parts that are objects are kept, too, and so
            are told of.

        Returns
        -------
        list
            For each its number, and of each part name, value, and whether setting it
            does nothing else, and cannot fail.
        """
        told, number = [], start
        while self._has_room and number < min(len(objects), start + _MOST_OBJECTS):
            found = []
            for name, value, settable in _plain_parts(objects[number], wants):
                if (encoded := self._encoded(value)) is not _MISSING:
                    found.append([name, encoded, settable])
            if found:
                told.append([number, found])
            number += 1
        return told

    def held(self, number: int, array: object) -> list:
        """Return what an array holds, as :meth:`told` does; nothing of another."""
        if not self._has_room or type(array) is not np.ndarray:
            return []
        encoded = self._encoded(array)
        return [] if encoded is _MISSING else [[number, [["", encoded, False]]]]

    def _encoded(self, value: object) -> object:
        """Return a value as it is encoded alone; nothing of what may be large."""
        if type(value) is np.ndarray:
            small = value.nbytes <= _MOST_OF_ONE and value.dtype in _DTYPES
            if not (small and value.size and self._encoder.size < self._most):
                return _MISSING
            return self._encoder.encode(value)
        if _is_small(value):
            return self._encoder.encode(value)
        kind = type(value)
        if kind is not MethodType and not _is_object(value):
            return _MISSING
        return form_of(self._keep(value), value)


def _is_small(value: object) -> bool:
    kind = type(value)
    if kind is tuple:
        return len(value) <= 8 and all(
            type(one) in _PLAIN and _is_small(one) for one in value
        )
    if kind is str:
        return len(value) <= _LONGEST
    if kind is int:
        return value.bit_length() < 64
    return kind is bool or kind is float or value is None


def _is_object(value: object) -> bool:
    """Tell whether it is an object of a class in Python that does not go by value."""
    classes = _classes_of(type(value))
    # By identity: a class's class may say what it likes of what is equal.
    if any(one is other for one in classes for other in _VALUES):
        return False
    return _own_names(value, classes) is not None


def _plain_parts(one: object, wants: list[str]) -> Iterator[tuple[str, object, bool]]:
    """Yield name, value, and whether it can be set, of parts that nothing computes."""
    classes = _classes_of(type(one))
    if _found("__getattribute__", classes) is not _READ:
        return
    own = _own_names(one, classes)
    if own is None:
        return
    plainly_set = _found("__setattr__", classes) is _SET
    for name in wants:
        shared = _found(name, classes)
        kinds = () if shared is _MISSING else _classes_of(type(shared))
        if any(_found(how, kinds) is not _MISSING for how in ("__set__", "__delete__")):
            continue
        if name in own:
            yield name, own[name], plainly_set
        elif type(shared) is FunctionType:
            yield name, MethodType(shared, one), False
        elif kinds and _found("__get__", kinds) is _MISSING:
            yield name, shared, plainly_set


def _own_names(one: object, classes: tuple) -> dict | None:
    """Return the dict of an object's own names; None: it has none of its own."""
    place = _found("__dict__", classes)
    if type(place) is not GetSetDescriptorType:
        return None
    own = place.__get__(one)
    return own if type(own) is dict else None


def _found(name: str, classes: tuple) -> object:
    """Return what the first of these classes that has a name has there."""
    for one in classes:
        names = _names_of(one)
        if name in names:
            return names[name]
    return _MISSING
