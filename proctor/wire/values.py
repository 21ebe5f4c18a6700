"""The values that pass between examiner and student: a closed list, no pickle.

None, bool, int, float, str, tuple, list, dict and set with such keys, slice, Ellipsis,
what :mod:`proctor.wire.kinds` lists, and arrays of numbers, texts, times and such
values go by value. Anything else stays where it is and goes as the number of a handle.
Decoding builds nothing else, looks no name up, calls no code of the sender.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable

import numpy as np

from proctor.wire.frames import MAX_BODY, MAX_HEADER, Malformed
from proctor.wire.kinds import KINDS, MAKE, MAX_DIGITS, goes

_MAX_DEPTH = 12
# What a student's process answers: an examiner may send it back, inside of more.
ANSWER_DEPTH = 8
_MAX_VALUES = 500_000
_EXACT_IN_JSON = 1 << 53
# NumPy's are keys as the plain ones are, whose hash they have.
_KEYS = frozenset(
    {str, bytes, int, float, bool, type(None), np.bool_, np.str_}
    | {np.dtype(f"{kind}{size}").type for kind in "iu" for size in (1, 2, 4, 8)}
    | {np.float16, np.float32, np.float64}
)
# What a value takes in a message, in characters: no more than this and its text.
_COST, _OF_A_LETTER = 24, 6
# Tuples can be made that have one hash; so many of them are looked through at once.
_MAX_TUPLES = 2_000
# Texts, bytes, and times in one of NumPy's units.
_DATA = re.compile(r"<U\d{1,4}|\|S\d{1,4}|<[Mm]8\[(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\]")
# These are equal to the plain dict of the same pairs.
_DICTS = (Counter, OrderedDict, defaultdict)

_NUMBERS = frozenset(
    "|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 <c8 <c16".split()  # noqa: SIM905
)


def _goes(name: str) -> bool:
    """Tell whether arrays of this dtype go by their bytes."""
    return name in _NUMBERS or _DATA.fullmatch(name) is not None


def _is_key(value: object) -> bool:
    """Tell whether a value may be a key: no code of the sender's runs to hash it.

    Larger ints could all have one hash, and a dict of them take minutes to make.
    """
    kind = type(value)
    if kind is int:
        return -_EXACT_IN_JSON < value < _EXACT_IN_JSON
    if kind is tuple:
        return all(type(part) is not tuple and _is_key(part) for part in value)
    return kind in _KEYS


def _are_keys(values: object) -> bool:
    """Tell whether all of these may be keys, or members of a set, together."""
    tuples = sum(type(value) is tuple for value in values)
    return tuples <= _MAX_TUPLES and all(map(_is_key, values))


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
    if isinstance(value, np.bytes_):
        return bytes(value)
    if type(value) in _DICTS:
        return dict(dict.items(value))
    return value


class _TooLarge(Exception):
    """A message would be refused by who reads it."""


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
        self._values, self._room = _MAX_VALUES, MAX_HEADER - (64 << 10)

    def encode(self, value: object) -> object:
        """Return ``value`` as JSON has it; what is too large has no value form."""
        before = self._values, self._room, self._size, len(self.buffers)
        try:
            return self._encode(value, 0)
        except _TooLarge:
            self._values, self._room, self._size, kept = before
            del self.buffers[kept:]
            return {"h": self._handle(value)}

    def _count(self, letters: int = 0) -> None:
        self._values -= 1
        self._room -= _COST + letters
        if self._values <= 0 or self._room < 0:
            raise _TooLarge

    def _encode(self, value: object, depth: int) -> object:
        # Exact types: a subclass may lie.
        kind = type(value)
        if kind is int:
            self._count()
            if -_EXACT_IN_JSON < value < _EXACT_IN_JSON:
                return value
            if value.bit_length() >= 4 * (MAX_DIGITS - 4):
                return {"h": self._handle(value)}
            text = hex(value)
            self._count(len(text))
            return {"i": text}
        if kind is str:
            self._count(len(value) if value.isascii() else _OF_A_LETTER * len(value))
            return value
        self._count()
        if value is None or kind is bool:
            return value
        if kind is float:
            return {"f": value.hex()}
        if depth >= self._depth:
            return {"h": self._handle(value)}
        if kind is tuple or kind is list:
            tag, encode, deeper = "lt"[kind is tuple], self._encode, depth + 1
            return {tag: [encode(item, deeper) for item in value]}
        if kind is dict and _are_keys(value):
            pairs, deeper = value.items(), depth + 1
            return {
                "d": [[self._encode(part, deeper) for part in pair] for pair in pairs]
            }
        if (kind is set or kind is frozenset) and _are_keys(value):
            tag = "SF"[kind is frozenset]
            return {tag: [self._encode(item, depth + 1) for item in value]}
        if kind in KINDS and goes(value):
            tag, parts, _ = KINDS[kind]
            found = parts(value)
            self._count(sum(map(len, map(str, found))))
            return {tag: found}
        if kind is slice:
            parts = (value.start, value.stop, value.step)
            return {"s": [self._encode(part, depth + 1) for part in parts]}
        if value is Ellipsis:
            return {"e": 0}
        if isinstance(value, (np.ndarray, np.generic)):
            array = np.asarray(value).view(np.ndarray)
            name, scalar = array.dtype.str, isinstance(value, np.generic)
            text = scalar and array.dtype.kind in "US"  # as good as the plain one
            if array.ndim <= 32 and not text and _goes(name):
                return {"a": self._array(array, scalar)}
            if array.ndim <= 32 and name == "|O" and not scalar:
                parts = [self._encode(part, depth + 1) for part in array.reshape(-1)]
                return {"o": [list(array.shape), parts]}
        plain = _plain(value)
        if plain is not value:
            return self._encode(plain, depth)
        return {"h": self._handle(value)}

    def _array(self, array: np.ndarray, scalar: bool) -> list:
        # In which order the axes lie in memory: code may depend on it by mistake.
        order = [] if array.flags.c_contiguous else _order(array)
        # Its own memory, where its numbers lie in order: it may be large.
        laid = array.transpose(order) if order else array
        data = np.ascontiguousarray(laid).reshape(-1).view(np.uint8).data
        start, self._size = self._size, self._size + len(data)
        if self._size > MAX_BODY:
            raise ValueError("the arrays of one message are too large")
        self.buffers.append(data)
        found = [array.dtype.str, list(array.shape), start, scalar]
        return [*found, order] if order else found


def _order(array: np.ndarray) -> list[int]:
    """Return the axes by their steps in memory, longest first; none if in order."""
    axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    return axes if axes != list(range(array.ndim)) else []


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
        except (TypeError, ValueError, KeyError, ArithmeticError, AttributeError):
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
            if _are_keys([key for key, _ in pairs]):
                return dict(pairs)
        if tag in ("S", "F"):
            parts = self._parts(content, depth)
            if _are_keys(parts):
                return set(parts) if tag == "S" else frozenset(parts)
        if tag == "o":
            return self._objects(content, depth)
        if tag in MAKE:
            return MAKE[tag](content)
        if tag == "i" and type(content) is str and len(content) <= MAX_DIGITS:
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
        if type(content) is not list or len(content) not in (4, 5):
            raise Malformed("an array was not readable")
        name, shape, start, scalar, *order = content
        if type(name) is not str or type(scalar) is not bool:
            raise Malformed("an array was not readable")
        if not _goes(name):
            raise Malformed("an array was not readable")
        if type(shape) is not list or len(shape) > 32 or (scalar and shape):
            raise Malformed("an array was not readable")
        for number in (start, *shape):
            if type(number) is not int or not 0 <= number < 1 << 40:
                raise Malformed("an array was not readable")
        axes = self._axes(order[0], len(shape)) if order else []
        dtype = np.dtype(name)
        size = math.prod(shape) * dtype.itemsize
        if (end := start + size) > len(self._body):
            raise Malformed("an array was larger than its message")
        # Several may be made of the same bytes.
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise Malformed("the arrays of one message are too large")
        # A copy: aligned, writable, and of exactly these bytes.
        laid = [shape[axis] for axis in axes] if axes else shape
        array = np.ndarray(laid, dtype, self._body[start:end])
        array = (array.transpose(np.argsort(axes)) if axes else array).copy("K")
        if dtype.kind == "U" and np.any(array.reshape(-1).view(np.uint32) > 0x10FFFF):
            raise Malformed("an array was not readable")
        if dtype.kind in "USMm":
            return array[()] if scalar else array
        if dtype.kind == "b":
            # Any byte may have come for a truth value.
            array = array.view(np.uint8) != 0
        return array[()] if scalar else self._mark(array)

    def _axes(self, content: object, number: int) -> list[int]:
        """Return the axes in the order of their steps in memory."""
        whole = type(content) is list and all(type(axis) is int for axis in content)
        if not whole or sorted(content) != list(range(number)):
            raise Malformed("an array was not readable")
        return content

    def _objects(self, content: object, depth: int) -> np.ndarray:
        shape, parts = content
        if type(shape) is not list or len(shape) > 32:
            raise Malformed("an array was not readable")
        for number in shape:
            if type(number) is not int or not 0 <= number < 1 << 40:
                raise Malformed("an array was not readable")
        found = self._parts(parts, depth, math.prod(shape))
        array = np.empty(len(found), object)
        for number, part in enumerate(found):
            array[number] = part
        return array.reshape(shape)
