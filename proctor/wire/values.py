"""The values that pass between examiner and student: a closed list, no pickle.

None, bool, int, float, str, tuple, list, dict with such keys, slice, Ellipsis, and
arrays of numbers go by value. Anything else stays where it is and goes as the number of
a handle. Decoding builds nothing else, looks no name up, calls no code of the sender.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from proctor.wire.frames import MAX_BODY, Malformed

_MAX_DEPTH = 12
# What a student's process answers: an examiner may send it back, inside of more.
ANSWER_DEPTH = 8
_MAX_VALUES = 200_000
_MAX_DIGITS = 400
_EXACT_IN_JSON = 1 << 53
_KEYS = (str, int, float, bool, type(None))

_NUMBERS = frozenset(
    "|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 <c8 <c16".split()  # noqa: SIM905
)


def _is_key(value: object) -> bool:
    """Tell whether a value may be a key: no code of the sender's runs to hash it.

    Larger ints could all have one hash, and a dict of them take minutes to make.
    """
    kind = type(value)
    if kind is int:
        return -_EXACT_IN_JSON < value < _EXACT_IN_JSON
    return kind in _KEYS


def _plain(value: object) -> object:
    """Return what a value is without a class of its own; itself where it is no such.

    A tuple with names, a member of an enumeration or a NumPy text is as good as the
    plain one. What the class says of itself does not count.
    """
    if isinstance(value, tuple) and hasattr(type(value), "_fields"):
        return tuple(tuple.__iter__(value))
    for kind, convert in ((int, int.__index__), (float, float.__float__)):
        if isinstance(value, kind):
            return convert(value)
    if isinstance(value, str):
        return str.__str__(value)
    return value


class Encoder:
    """Encode one message; afterwards ``buffers`` holds the bytes of its arrays.

    To be sent before anything changes these.

    Parameters
    ----------
    handle
        Called with what has no value form: returns its number, or raises.
    depth
        Of what is inside of it; what is deeper has no value form.
    """

    def __init__(
        self, handle: Callable[[object], int], depth: int = _MAX_DEPTH
    ) -> None:
        self._handle, self._depth = handle, depth
        self.buffers: list[memoryview] = []
        self._size = 0

    def encode(self, value: object, depth: int = 0) -> object:
        """Return ``value`` as JSON has it."""
        # Exact types: a subclass may lie.
        kind = type(value)
        if kind is int:
            small = -_EXACT_IN_JSON < value < _EXACT_IN_JSON
            return value if small else {"i": hex(value)}
        if kind is str or value is None or kind is bool:
            return value
        if kind is float:
            return {"f": value.hex()}
        if depth >= self._depth:
            return {"h": self._handle(value)}
        if kind is tuple or kind is list:
            tag, encode, deeper = "lt"[kind is tuple], self.encode, depth + 1
            return {tag: [encode(item, deeper) for item in value]}
        if kind is dict and all(map(_is_key, value)):
            pairs = value.items()
            return {
                "d": [[self.encode(part, depth + 1) for part in pair] for pair in pairs]
            }
        if kind is slice:
            parts = (value.start, value.stop, value.step)
            return {"s": [self.encode(part, depth + 1) for part in parts]}
        if value is Ellipsis:
            return {"e": 0}
        if isinstance(value, (np.ndarray, np.generic)):
            array = np.asarray(value).view(np.ndarray)
            if array.dtype.str in _NUMBERS and array.ndim <= 32:
                scalar = isinstance(value, np.generic)
                return {"a": self._array(array, scalar)}
        plain = _plain(value)
        if plain is not value:
            return self.encode(plain, depth)
        return {"h": self._handle(value)}

    def _array(self, array: np.ndarray, scalar: bool) -> list:
        # Its own memory, where its numbers lie in order: it may be large.
        data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
        start, self._size = self._size, self._size + len(data)
        if self._size > MAX_BODY:
            raise ValueError("the arrays of one message are too large")
        self.buffers.append(data)
        return [array.dtype.str, list(array.shape), start, scalar]


class Decoder:
    """Decode one message, whose sender is not trusted.

    Parameters
    ----------
    body
        The bytes of the message's arrays.
    handle
        Called with the number of a handle: returns what stands for it.
    array
        Called with each array, for example to mark where it comes from.
    depth
        How deep the value may be.
    """

    def __init__(
        self,
        body: memoryview,
        handle: Callable[[int], object],
        array: Callable[[np.ndarray], np.ndarray] = lambda array: array,
        depth: int = _MAX_DEPTH,
    ) -> None:
        self._depth = depth
        self._body, self._handle, self._mark = body, handle, array
        self._left, self._bytes_left = _MAX_VALUES, MAX_BODY

    def decode(self, value: object) -> object:
        """Return the value.

        Raises
        ------
        proctor.wire.frames.Malformed
            If it is not one that :class:`Encoder` makes.
        """
        try:
            return self._decode(value, 0)
        except Malformed:
            raise
        except (TypeError, ValueError, KeyError, OverflowError, AttributeError):
            raise Malformed("a value was not readable") from None

    def _decode(self, value: object, depth: int) -> object:
        self._left -= 1
        if self._left < 0 or depth > self._depth + 1:
            raise Malformed("a value was too large")
        kind = type(value)
        if kind is int or value is None or kind is bool or kind is str:
            return value
        if kind is not dict or len(value) != 1:
            raise Malformed("a value was not readable")
        ((tag, content),) = value.items()
        if tag == "h" and type(content) is int:
            return self._handle(content)
        if tag == "t":
            return tuple(self._parts(content, depth))
        if tag == "a":
            return self._array(content)
        if tag == "l":
            return self._parts(content, depth)
        if tag == "f" and type(content) is str and len(content) <= 40:
            return float.fromhex(content)
        if tag == "d" and type(content) is list:
            pairs = [self._parts(pair, depth, 2) for pair in content]
            if all(_is_key(key) for key, _ in pairs):
                return dict(pairs)
        if tag == "i" and type(content) is str and len(content) <= _MAX_DIGITS:
            return int(content, 16)
        if tag == "s":
            return slice(*self._parts(content, depth, 3))
        if tag == "e":
            return Ellipsis
        raise Malformed("a value was not readable")

    def _parts(self, content: object, depth: int, length: int | None = None) -> list:
        if type(content) is not list or (length is not None and len(content) != length):
            raise Malformed("a value was not readable")
        decode, deeper = self._decode, depth + 1
        return [decode(part, deeper) for part in content]

    def _array(self, content: object) -> object:
        if type(content) is not list or len(content) != 4:
            raise Malformed("an array was not readable")
        name, shape, start, scalar = content
        if type(name) is not str or name not in _NUMBERS or type(scalar) is not bool:
            raise Malformed("an array was not readable")
        if type(shape) is not list or len(shape) > 32 or (scalar and shape):
            raise Malformed("an array was not readable")
        for number in (start, *shape):
            if type(number) is not int or not 0 <= number < 1 << 40:
                raise Malformed("an array was not readable")
        dtype = np.dtype(name)
        size = math.prod(shape) * dtype.itemsize
        if (end := start + size) > len(self._body):
            raise Malformed("an array was larger than its message")
        # Several may be made of the same bytes.
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise Malformed("the arrays of one message are too large")
        # A copy: aligned, writable, and of exactly these bytes.
        array = np.ndarray(shape, dtype, self._body[start:end]).copy()
        if dtype.kind == "b":
            # Any byte may have come for a truth value.
            array = array.view(np.uint8) != 0
        return array[()] if scalar else self._mark(array)
