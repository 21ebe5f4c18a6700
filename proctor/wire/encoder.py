"""Write values into a message: see :mod:`proctor.wire.values`."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from proctor.wire import handles
from proctor.wire.frames import MAX_BODY, MAX_HEADER
from proctor.wire.kinds import KINDS, MAX_DIGITS, goes
from proctor.wire.tables import NoForm, form_of, may_have_form, texts_in
from proctor.wire.values import (
    EXACT_IN_JSON,
    LONG_DOUBLE,
    MAX_DEPTH,
    MAX_TABLES,
    MAX_VALUES,
    NUMBERS,
    are_keys,
    as_plain,
    goes_by_bytes,
    is_endless,
)

# What a value takes in a message, in characters: no more than this and its text.
_COST, _OF_A_LETTER = 24, 6
# In bytes: an array that is copied in less time than a view of its memory takes.
_SMALL = 16 << 10
# To look a dtype up takes a third of the time to have NumPy write its name.
_NAMES = {np.dtype(name): name for name in NUMBERS}


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
    tables
        Whether tables and sparse matrices go by value.
    kept
        Types that have no value form; what else has none is found out by looking.
    begin
        How many bytes of arrays stand before these in the message.
    """

    def __init__(
        self,
        handle: Callable[[object], int],
        depth: int = MAX_DEPTH,
        tables: bool = False,
        kept: Collection[type] = (),
        begin: int = 0,
    ) -> None:
        self._handle, self._depth, self._tables = handle, depth, tables
        self._kept_types = kept
        # In how many tables what is encoded stands.
        self._inside = 0
        self.buffers: list[bytes | memoryview] = []
        self._size = begin
        self._values, self._room = MAX_VALUES, MAX_HEADER - (64 << 10)

    def encode(self, value: object) -> object:
        """Return ``value`` as JSON has it; what is too large has no value form."""
        before = self._counts()
        try:
            self._count()
            return self._encode(value, 0)
        except _TooLarge:
            self._undo(before)
        return self._kept(value)

    @property
    def size(self) -> int:
        """The bytes of arrays in the message so far."""
        return self._size

    @property
    def room(self) -> int:
        """The characters that are left for values."""
        return self._room

    def _counts(self) -> tuple[int, int, int, int]:
        return self._values, self._room, self._size, len(self.buffers)

    def _undo(self, before: tuple[int, int, int, int]) -> None:
        self._values, self._room, self._size, kept = before
        del self.buffers[kept:]

    def _kept(self, value: object) -> dict:
        if self._inside:
            raise NoForm  # the table as a whole is kept
        return handles.form_of(self._handle(value), value)

    def _table(self, value: object) -> dict:
        """Return a table by value; where it has no such form, as a handle."""
        if self._inside < MAX_TABLES:
            before = self._counts()
            self._inside += 1
            try:
                form = form_of(value)
                self._values -= texts_in(form)
                self._count()
                return {"T": self._encode(form, 0)}
            except Exception:  # objects of any kind may stand in one
                self._undo(before)
            finally:
                self._inside -= 1
        return self._kept(value)

    def _count(self, letters: int = 0, values: int = 1) -> None:
        self._values -= values
        self._room -= _COST * values + letters
        if self._values <= 0 or self._room < 0:
            raise _TooLarge

    def _parts(self, values: Collection[object], depth: int) -> list:
        """Return parts as JSON has them, all counted at once."""
        self._count(0, len(values))
        encode, exact = self._encode, EXACT_IN_JSON
        return [
            part if type(part) is int and -exact < part < exact else encode(part, depth)
            for part in values
        ]

    def _encode(self, value: object, depth: int) -> object:
        """Return a value that was counted as JSON has it."""
        # Exact types: a subclass may lie.
        kind = type(value)
        if kind is int:
            if -EXACT_IN_JSON < value < EXACT_IN_JSON:
                return value
            if value.bit_length() >= 4 * (MAX_DIGITS - 4):
                return self._kept(value)
            text = hex(value)
            self._count(len(text))
            return {"i": text}
        if kind is str:
            self._room -= len(value) * (1 if value.isascii() else _OF_A_LETTER)
            if self._room < 0:
                raise _TooLarge
            return value
        if value is None or kind is bool:
            return value
        if kind is float:
            return {"f": value.hex()}
        if depth >= self._depth or kind in self._kept_types:
            return self._kept(value)
        if kind is tuple or kind is list:
            return {"lt"[kind is tuple]: self._parts(value, depth + 1)}
        if kind is np.ndarray and not value.size and is_endless(value.shape):
            return self._kept(value)
        if kind is np.ndarray and value.ndim <= 32:
            name = _NAMES.get(value.dtype)
            if name is not None:
                return {"a": self._array(value, False, name)}
        if kind is dict and (not value or are_keys(value)):
            return {"d": [self._parts(pair, depth + 1) for pair in value.items()]}
        if (kind is set or kind is frozenset) and are_keys(value):
            return {"SF"[kind is frozenset]: self._parts(value, depth + 1)}
        if kind in KINDS and goes(value):
            tag, parts, _ = KINDS[kind]
            found = parts(value)
            self._count(sum(map(len, map(str, found))))
            return {tag: found}
        if kind is slice:
            parts = (value.start, value.stop, value.step)
            return {"s": self._parts(parts, depth + 1)}
        if value is Ellipsis:
            return {"e": 0}
        if isinstance(value, (np.ndarray, np.generic)):
            array = np.asarray(value).view(np.ndarray)
            if is_endless(array.shape):
                return self._kept(value)
            if array.dtype.byteorder == ">":  # as files have it: the same numbers
                array = array.astype(array.dtype.newbyteorder("<"))
            name, scalar = array.dtype.str, isinstance(value, np.generic)
            text = scalar and array.dtype.kind in "US"  # as good as the plain one
            if array.dtype.type is np.longdouble and not goes_by_bytes(name):
                return {"a": self._array(array.astype(float), scalar, LONG_DOUBLE)}
            if array.ndim <= 32 and not text and goes_by_bytes(name):
                return {"a": self._array(array, scalar)}
            if array.ndim <= 32 and name == "|O" and not scalar:
                parts = self._parts(array.reshape(-1).tolist(), depth + 1)
                return {"o": [list(array.shape), parts]}
        if self._tables and may_have_form(value):
            return self._table(value)
        plain = as_plain(value)
        if plain is not value:
            return self._encode(plain, depth)
        return self._kept(value)

    def _array(self, array: np.ndarray, scalar: bool, name: str = "") -> list:
        # In which order the axes lie in memory: code may depend on it by mistake.
        order = [] if array.flags.c_contiguous else _order(array)
        laid = array.transpose(order) if order else array
        if laid.nbytes <= _SMALL:
            data = laid.tobytes()
        else:
            # Its own memory, where its numbers lie in order.
            data = np.ascontiguousarray(laid).reshape(-1).view(np.uint8).data
        start, self._size = self._size, self._size + len(data)
        if self._size > MAX_BODY:
            raise ValueError("the arrays of one message are too large")
        self.buffers.append(data)
        found = [name or array.dtype.str, list(array.shape), start, scalar]
        return [*found, order] if order else found


def _order(array: np.ndarray) -> list[int]:
    """Return the axes by their steps in memory, longest first; none if in order."""
    axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    return axes if axes != list(range(array.ndim)) else []
