"""The examiner's side of the student's objects.

Nothing here runs a byte of the student's: a handle is a number, and what it does is
asked of the student's process. A verdict on it (equality, order, truth) is refused: the
student's process would give it.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import AuthorError, StudentEnded, StudentError
from proctor.wire.frames import Channel, ChannelError, Late, Malformed
from proctor.wire.values import ANSWER_DEPTH, Decoder, Encoder

_NAME = re.compile(r"[A-Za-z_]\w{0,80}")
_TEXT = 300
# What stands in may ask of an object of the student's, whose code may ask again.
_MOST_NESTED = 8
# With arrays of fewer bytes, what stands in takes moments; and no signal ends a step of
# NumPy's, however long it takes.
_MUCH = 64 << 10
_NO_VALUE = "an object came where a number, a list or an array was wanted"
_UNSAFE = {"SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException"}


@contextlib.contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Raise a :class:`Late` in the body, which computes, when its time is over."""

    def ring(number: int, frame: object) -> None:
        raise Late("no answer in time")

    before = signal.signal(signal.SIGALRM, ring)
    around, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, around)


def _builtin_errors() -> dict[str, type[Exception]]:
    return {
        name: kind
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }


_ERRORS = _builtin_errors()


class Calls:
    """Ask the student's process; every answer is data.

    Parameters
    ----------
    channel
        To the student's process; None where there is none.
    usage
        An open file that says what that process has used, as ``/proc/PID/stat``; None
        where the system has no such thing.
    """

    def __init__(self, channel: Channel | None, usage: int | None = None) -> None:
        self._channel = channel
        self._usage = usage
        self.deadline = 0.0
        # Why there is no student's process to ask any more; empty while there is.
        self.ended = ""
        # What student code may ask from here, by name; of several, the last.
        self.standing_in: dict[str, list[Callable]] = {}
        # Called before what may keep this process busy for long.
        self.tell: Callable[[], None] = lambda: None
        self._depth = 0
        # What was asked of an object that only the student's process could have
        # answered, the first of it; empty: nothing.
        self.refused = ""
        # How often the student's process may still ask; None: as often as it likes.
        self.asks: int | None = None

    def __call__(self, operation: str, *arguments: object) -> object:
        """Do ``operation`` in the student's process and return what it gives.

        Raises
        ------
        proctor.rubric.where.StudentEnded
            If that process is gone, late, or answers what is no answer.
        Exception
            What the student's code raised, as the builtin exception it is a kind of.
        """
        if self.ended:
            raise StudentEnded(self.ended)
        encoder = Encoder(_number_of)
        encoded = encoder.encode(list(arguments))
        request = {"operation": operation, "arguments": encoded}
        try:
            value, error = self._read(*self._exchange(request, encoder.buffers))
        except ChannelError as error:
            self.ended = f"the notebook's process was stopped: {error}"
            raise StudentEnded(self.ended) from None
        except MemoryError:
            self.ended = "the notebook's process was stopped: it answered too much"
            raise StudentEnded(self.ended) from None
        if error is not None:
            raise error  # a MemoryError of its own ends nothing
        return value

    def _exchange(
        self, request: dict, buffers: Sequence[bytes | memoryview]
    ) -> tuple[object, memoryview]:
        """Send a request and return the answer to it.

        Before it answers, student code may ask for what stands in.
        """
        self._channel.send(request, buffers, self._left())
        while True:
            reply, body = self._channel.receive(self._left())
            if type(reply) is not dict or "ask" not in reply:
                return reply, body
            self._channel.send(*self._stand_in(reply, body), self._left())

    def _stand_in(self, asked: dict, body: memoryview) -> tuple[dict, list[memoryview]]:
        """Return the answer of a function that stands in, and the bytes of its arrays.

        What it raises is an answer as well.
        """
        if self.asks is not None:
            self.asks -= 1
            if self.asks < 0:
                return {"raised": [RuntimeError.__name__], "text": "asked again"}, []
        name = asked["ask"]
        standing = self.standing_in.get(name) if type(name) is str else None
        if not standing or self._depth >= _MOST_NESTED:
            raise Malformed("a message was not readable")
        if len(body) > _MUCH:
            self.tell()
        encoder = Encoder(_number_of)
        self._depth += 1
        try:
            decoder = Decoder(body, lambda number: Handle(self, number))
            positional, named = decoder.decode(asked.get("arguments"))
            with _no_longer_than(self._left()):
                value = standing[-1](*positional, **named)
                return {"answer": encoder.encode(value)}, encoder.buffers
        except (ChannelError, StudentEnded):
            raise
        except Exception as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            return {"raised": kinds, "text": str(error)[:_TEXT]}, []
        finally:
            self._depth -= 1

    def _left(self) -> float:
        """Return the seconds that are left: who was late once gets no more."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Late("no answer in time")
        return left

    def close(self) -> None:
        """Close what is open, in this process alone."""
        self._channel.close()
        if self._usage is not None:
            os.close(self._usage)

    def processor_seconds(self) -> float:
        """Return the processor time that the student's process has used, all threads.

        Nothing that it does can make it less; 0 where the system does not say.
        """
        if self._usage is None or self.ended:
            return 0.0
        try:
            text = os.pread(self._usage, 4096, 0)
        except OSError:
            self.ended = "the notebook's process ended"
            raise StudentEnded(self.ended) from None
        # proc(5): behind the name, which may hold anything, utime and stime.
        fields = text.rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _read(self, reply: object, body: memoryview) -> tuple[object, Exception | None]:
        """Return what a reply says: a value, or what the student's code raised."""
        if type(reply) is not dict:
            raise Malformed("a message was not readable")
        if "raised" in reply:
            return None, _error(reply)
        if set(reply) != {"value"}:
            raise Malformed("a message was not readable")
        handle = lambda number: Handle(self, number)  # noqa: E731 (said once)
        decoder = Decoder(body, handle, _mark, ANSWER_DEPTH)
        return decoder.decode(reply["value"]), None


def _mark(array: np.ndarray) -> StudentArray:
    return array.view(StudentArray)


def _error(reply: dict) -> Exception:
    """Return the exception that a reply tells of."""
    kinds, text = reply["raised"], reply.get("text")
    if type(kinds) is not list or type(text) is not str:
        raise Malformed("a message was not readable")
    text = text[:_TEXT]
    for name in kinds[:30]:
        if type(name) is not str:
            break
        if name in _UNSAFE:
            return StudentError(f"{name} {text}".strip())
        if name in _ERRORS and name != "Exception":
            return _make(_ERRORS[name], text)
    return StudentError(text)


def _make(kind: type[Exception], text: str) -> Exception:
    try:
        return kind(text)
    except TypeError:  # such as UnicodeDecodeError, which wants more than a text
        return ValueError(text) if issubclass(kind, ValueError) else StudentError(text)


def _number_of(value: object) -> int:
    if type(value) is Handle:
        return object.__getattribute__(value, "_number")
    raise AuthorError(
        f"a {type(value).__name__} cannot go to the student's process: send numbers, "
        "strings, lists and arrays, or what came from there"
    )


class Handle:
    """An object that lives in the student's process."""

    __slots__ = ("_calls", "_number")

    def __init__(self, calls: Calls, number: int) -> None:
        object.__setattr__(self, "_calls", calls)
        object.__setattr__(self, "_number", number)

    def _ask(self, operation: str, *arguments: object) -> object:
        return object.__getattribute__(self, "_calls")(operation, *arguments)

    def _note(self, asked: str) -> None:
        calls = object.__getattribute__(self, "_calls")
        if calls is not None:
            calls.refused = calls.refused or asked

    def __call__(self, *positional, **named):  # noqa: D102 (as of any object)
        return self._ask("call", self, positional, named)

    def __getattr__(self, name: str):
        if not _NAME.fullmatch(name) or name.startswith("__"):
            self._note("its " + name if _NAME.fullmatch(name) else "an attribute")
            raise AttributeError(name)
        return self._ask("getattr", self, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._ask("setattr", self, name, value)

    def __getitem__(self, key: object):
        return self._ask("getitem", self, key)

    def __setitem__(self, key: object, value: object) -> None:
        self._ask("setitem", self, key, value)

    def __len__(self) -> int:
        length = self._ask("len", self)
        if type(length) is not int or not 0 <= length < 1 << 40:
            raise StudentError("a length was no length")
        return length

    def __iter__(self):
        self._note("for its parts")
        raise TypeError(_NO_VALUE)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        array = self._ask("array", self)
        if not isinstance(array, np.ndarray):
            raise TypeError("the student's object is no array of numbers")
        # The mark survives np.asanyarray alone; the rubric asks is_students first.
        return array if dtype is None else array.astype(dtype)

    def __repr__(self) -> str:
        return "<an object of the student's>"

    def _refuse(self, *_):
        # The student would decide. A test fetches numbers and arrays; where it meets a
        # handle all the same, student code returned what was not asked for.
        self._note("for a verdict")
        raise TypeError(_NO_VALUE)

    __bool__ = __hash__ = __contains__ = _refuse
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse


def _arithmetic(name: str, swapped: bool) -> Callable:
    def operate(self: Handle, other: object):
        left, right = (other, self) if swapped else (self, other)
        return self._ask("operator", name, left, right)

    return operate


for _name in ("add", "sub", "mul", "truediv", "matmul", "pow"):
    setattr(Handle, f"__{_name}__", _arithmetic(_name, swapped=False))
    setattr(Handle, f"__r{_name}__", _arithmetic(_name, swapped=True))
# NumPy must ask the handle, not make an array of it.
Handle.__array_ufunc__ = None
# Who asks an object for its docstring means the object's.
Handle.__doc__ = property(lambda self: self.__getattr__("__doc__"))
