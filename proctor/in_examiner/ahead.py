"""What is said before it is asked for, in either direction.

With an answer, the student's process tells parts of the objects that it names: those
that a test has asked for by name so far. They stand for an answer until the next
message goes to that process, for nothing changes there before. With a request goes what
changes there nothing but itself, and raises nothing: to set such a part, and to have a
copy of an array.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from proctor.wire.encoder import Encoder
from proctor.wire.frames import Malformed
from proctor.wire.values import NUMBERS

_MOST_WANTED, _MOST_TOLD = 30, 100
# What waits for the next message: so many things, of so many bytes each.
_MOST_WAITING, _MOST_BYTES = 16, 16 << 10
_DTYPES = frozenset(np.dtype(name) for name in NUMBERS)
_PLAIN = (int, float, bool, type(None))
# In place of a value that may be another by now.
_CHANGED = object()
# The name of what an array gives, beside the names of parts.
ARRAY = ""


class Ahead:
    """What one student's process told, and is to be told, ahead.

    Attributes
    ----------
    waiting
        What goes with the next request, and the arrays in it.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Know nothing, as when a test begins."""
        self._wants: list[str] = []
        self._parts: dict[tuple[int, str], tuple[object, bool]] = {}
        self._body = memoryview(b"")
        self._shared = 0
        self.waiting: list[list] = []
        self.buffers: list[bytes | memoryview] = []
        self._size = 0

    @property
    def size(self) -> int:
        """The bytes of the arrays that wait."""
        return self._size

    def want(self, name: str) -> None:
        """Take note that a test asks for parts of this name."""
        if name and name not in self._wants and len(self._wants) < _MOST_WANTED:
            self._wants.append(name)

    def find(self, number: int, name: str) -> tuple[object, memoryview] | None:
        """Return a part as it came, and the arrays with it; None: ask for it."""
        value, _ = self._parts.get((number, name), (_CHANGED, False))
        return None if value is _CHANGED else (value, self._body)

    def forget(self) -> None:
        """Forget what was told: something may change now."""
        self._parts, self._body = {}, memoryview(b"")

    def take(self, told: object, body: memoryview) -> None:
        """Keep what was told with an answer.

        Raises
        ------
        proctor.wire.frames.Malformed
            If it is nothing of the kind.
        """
        if type(told) is not list or len(told) > _MOST_TOLD:
            raise Malformed("a message was not readable")
        for one in told:
            if type(one) is not list or len(one) != 2 or type(one[0]) is not int:
                raise Malformed("a message was not readable")
            number, parts = one
            if type(parts) is not list or len(parts) > _MOST_WANTED:
                raise Malformed("a message was not readable")
            for part in parts:
                if type(part) is not list or len(part) != 3:
                    raise Malformed("a message was not readable")
                name, value, settable = part
                if type(name) is not str or type(settable) is not bool:
                    raise Malformed("a message was not readable")
                self._parts[number, name] = value, settable
        self._body = body

    def share(self, value: object, handle: Callable[[object], int]) -> int | None:
        """Have an array go with the next request; return its number, or None."""
        if not _is_small(value) or len(self.waiting) >= _MOST_WAITING:
            return None
        self._shared -= 1
        self._wait(["share", self._shared, value], handle)
        return self._shared

    def set(
        self, number: int, name: str, value: object, handle: Callable[[object], int]
    ) -> bool:
        """Have a part set by the next request; tell whether it will be."""
        _, settable = self._parts.get((number, name), (_CHANGED, False))
        small = _is_small(value) or type(value) in _PLAIN
        if not (settable and small) or len(self.waiting) >= _MOST_WAITING:
            return False
        self._wait(["set", number, name, value], handle)
        # The same object may have several numbers.
        for key, (_, as_before) in self._parts.items():
            if key[1] == name:
                self._parts[key] = _CHANGED, as_before
        return True

    def _wait(self, what: list, handle: Callable[[object], int]) -> None:
        encoder = Encoder(handle, begin=self._size)
        self.waiting.append([*what[:-1], encoder.encode(what[-1])])
        self.buffers += encoder.buffers
        self._size = encoder.size

    def request(self, looks: list[int]) -> tuple[dict, list[bytes | memoryview]]:
        """Return what goes with a request, and the arrays in it.

        Parameters
        ----------
        looks
            The shared arrays of which it is to be told what they hold afterwards.
        """
        found: dict = {}
        if self.waiting:
            found["first"] = self.waiting
        if self._wants:
            found["wants"] = self._wants
        if looks:
            found["looks"] = looks
        buffers = self.buffers
        self.waiting, self.buffers, self._size = [], [], 0
        return found, buffers


def _is_small(value: object) -> bool:
    return (
        type(value) is np.ndarray
        and value.nbytes <= _MOST_BYTES
        and value.dtype in _DTYPES
    )
