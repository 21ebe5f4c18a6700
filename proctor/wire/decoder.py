"""Read values from a message of a sender who is not trusted."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from proctor.wire import handles
from proctor.wire.frames import MAX_BODY, Malformed
from proctor.wire.kinds import MAKE, MAX_DIGITS
from proctor.wire.tables_made import make
from proctor.wire.values import (
    LONG_DOUBLE,
    MAX_DEPTH,
    MAX_TABLES,
    MAX_VALUES,
    NUMBERS,
    are_keys,
    goes_by_bytes,
    is_endless,
)

_DTYPES = {name: np.dtype(name) for name in NUMBERS}
# Any bytes are such numbers.
_PLAIN = NUMBERS - {"|b1"}


class Decoder:
    """Decode one message, whose sender is not trusted.

    Parameters
    ----------
    body
        The bytes of the message's arrays.
    handle
        Called with the number of a handle, and the name of the object's kind where it
        came with one: returns what stands for it.
    array
        Called with each array, for example to mark where it comes from.
    depth
        How deep the value may be.
    tables
        Whether tables and sparse matrices are made of what comes.
    """

    def __init__(
        self,
        body: memoryview,
        handle: Callable[..., object],
        array: Callable[[np.ndarray], np.ndarray] = lambda array: array,
        depth: int = MAX_DEPTH,
        tables: bool = False,
    ) -> None:
        self._depth, self._tables, self._inside = depth, tables, 0
        self._body, self._handle, self._mark = body, handle, array
        self._left, self._bytes_left = MAX_VALUES, MAX_BODY

    def decode(self, value: object) -> object:
        """Return the value.

        Raises
        ------
        proctor.wire.frames.Malformed
            If it is not one that :class:`Encoder` makes.
        """
        try:
            self._count(1)
            return self._decode(value, 0)
        except Malformed:
            raise
        except (TypeError, ValueError, KeyError, ArithmeticError, AttributeError):
            raise Malformed("a value was not readable") from None

    def _decode(self, value: object, depth: int) -> object:
        """Return a value that was counted."""
        if depth > self._depth + 1:
            raise Malformed("a value was too large")
        kind = type(value)
        if kind is int or value is None or kind is bool or kind is str:
            return value
        if kind is not dict or len(value) != 1:
            raise Malformed("a value was not readable")
        ((tag, content),) = value.items()
        if tag == "h" and type(content) is int:
            return self._handle(content)
        if tag == "h" and type(content) is list and len(content) == 2:
            number, name = content
            if type(number) is int and type(name) is str and name in handles.NAMES:
                return self._handle(number, name)
        if tag == "t":
            return tuple(self._parts(content, depth))
        if tag == "a":
            return self._array(content)
        if tag == "l":
            return self._parts(content, depth)
        if tag == "f" and type(content) is str and len(content) <= 40:
            return float.fromhex(content)
        if tag == "d" and type(content) is list:
            if not content:
                return {}
            pairs = [self._parts(pair, depth, 2) for pair in content]
            if are_keys([key for key, _ in pairs]):
                return dict(pairs)
        if tag in ("S", "F"):
            parts = self._parts(content, depth)
            if are_keys(parts):
                return set(parts) if tag == "S" else frozenset(parts)
        if tag == "o":
            return self._objects(content, depth)
        if tag in MAKE:
            return MAKE[tag](content)
        if tag == "i" and type(content) is str and len(content) <= MAX_DIGITS:
            return int(content, 16)
        if tag == "T" and self._tables and self._inside < MAX_TABLES:
            return self._table(content)
        if tag == "s":
            return slice(*self._parts(content, depth, 3))
        if tag == "e":
            return Ellipsis
        raise Malformed("a value was not readable")

    def _table(self, content: object) -> object:
        self._inside += 1
        self._count(1)
        form = self._decode(content, 0)
        self._inside -= 1
        try:
            return make(form, self._count)
        except Exception:  # as many kinds as these libraries have
            raise Malformed("a table was not readable") from None

    def _count(self, number: int) -> None:
        self._left -= number
        if self._left < 0:
            raise Malformed("a value was too large")

    def _parts(self, content: object, depth: int, length: int | None = None) -> list:
        if type(content) is not list or (length is not None and len(content) != length):
            raise Malformed("a value was not readable")
        self._count(len(content))
        decode, deeper = self._decode, depth + 1
        return [part if type(part) is int else decode(part, deeper) for part in content]

    def _array(self, content: object) -> object:
        if type(content) is not list or len(content) not in (4, 5):
            raise Malformed("an array was not readable")
        name, shape, start, scalar, *order = content
        if type(name) is not str or type(scalar) is not bool:
            raise Malformed("an array was not readable")
        dtype, long = _DTYPES.get(name), False
        if dtype is None:
            long = name == LONG_DOUBLE
            if not long and not goes_by_bytes(name):
                raise Malformed("an array was not readable")
            dtype = np.dtype(float if long else name)
        if type(shape) is not list or len(shape) > 32 or (scalar and shape):
            raise Malformed("an array was not readable")
        for number in (start, *shape):
            if type(number) is not int or not 0 <= number < 1 << 40:
                raise Malformed("an array was not readable")
        if is_endless(shape):
            raise Malformed("an array had too many empty rows")
        axes = self._axes(order[0], len(shape)) if order else []
        size = math.prod(shape) * dtype.itemsize
        if start + size > len(self._body):
            raise Malformed("an array was larger than its message")
        # Several may be made of the same bytes.
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise Malformed("the arrays of one message are too large")
        # A copy: aligned, writable, and of exactly these bytes.
        laid = [shape[axis] for axis in axes] if axes else shape
        array = np.ndarray(laid, dtype, self._body, start)
        array = (array.transpose(np.argsort(axes)) if axes else array).copy("K")
        if name in _PLAIN:
            return array[()] if scalar else self._mark(array)
        if dtype.kind == "U" and np.any(array.reshape(-1).view(np.uint32) > 0x10FFFF):
            raise Malformed("an array was not readable")
        if dtype.kind in "USMm":
            return array[()] if scalar else array
        if dtype.kind == "b":
            # Any byte may have come for a truth value.
            array = array.view(np.uint8) != 0
        if long:
            array = array.astype(np.longdouble)
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
        if is_endless(shape):
            raise Malformed("an array had too many empty rows")
        found = self._parts(parts, depth, math.prod(shape))
        array = np.empty(len(found), object)
        for number, part in enumerate(found):
            array[number] = part
        return array.reshape(shape)
