"""Asking the student's process: whatever is asked, what comes back is data."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from proctor.errors import NOT_TRIED
from proctor.in_examiner.ahead import Ahead
from proctor.in_examiner.busy import is_little, no_longer_than
from proctor.in_examiner.handles import HANDLES, handle_of, number_of
from proctor.in_examiner.mirrors import Mirrors
from proctor.in_examiner.raised import LONGEST, error_of
from proctor.in_examiner.renames import Renames
from proctor.in_examiner.usage import Usage
from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import StudentEnded, StudentError
from proctor.wire.decoder import Decoder
from proctor.wire.encoder import Encoder
from proctor.wire.frames import Channel, ChannelError, Late, Malformed
from proctor.wire.values import ANSWER_DEPTH

# What stands in may ask of an object of the student's, whose code may ask again.
_MOST_NESTED = 8


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

    # Whether the test is one for nbgrader's one kernel: arguments come back as they
    # are after a call, and an object gives its parts and its text.
    plain = False
    # Whether the author's own answers to the test are values: no object is asked then
    # for more than its parts. And whether one was.
    by_value = uses_objects = False
    # Whether the test names a StopIteration. Where it does not, one would end its loop
    # in silence, before anything is compared.
    stops = False
    _depth = 0
    # None: nothing is said ahead.
    _ahead: Ahead | None = None
    # The student's errors of this test; none where a rubric asks.
    _mirrors: Mirrors | None = None

    def __init__(self, channel: Channel | None, usage: int | None = None) -> None:
        self._channel = channel
        self._usage = Usage(usage)
        self._ahead = Ahead()
        self.deadline = 0.0
        # Why there is no student's process to ask any more; empty while there is.
        self.ended = ""
        # What student code may ask from here, by name.
        self.standing_in: dict[str, Callable] = {}
        # The names that stand for it in the student's process.
        self.renamed = Renames()
        # Called with True before what student code asks for may keep this process busy
        # for long, and with False when that is done.
        self.tell: Callable[[bool], None] = lambda asked: None
        self._depth, self._told = 0, False
        # What was asked of an object that only the student's process could have
        # answered, the first of it; empty: nothing.
        self.refused = ""
        # How often the student's process may still ask; None: as often as it likes.
        self.asks: int | None = None
        if channel is not None and self._usage.is_known:
            channel.idle = self._usage.is_held_still

    def allow(self, seconds: float) -> None:
        """Let what is asked from now on take so many seconds in all."""
        self.deadline = self._now() + seconds

    def _now(self) -> float:
        return time.monotonic() if self._channel is None else self._channel.now()

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
            raise StudentEnded(f"{NOT_TRIED}{self.ended}")
        ahead = self._alone_ahead()
        if ahead and operation == "begin":
            ahead.begin()
        waits = ahead.size if ahead else 0
        encoder = Encoder(number_of, tables=True, kept=HANDLES, begin=waits)
        encoded = encoder.encode(list(arguments))
        request = {"operation": operation, "arguments": encoded}
        request |= self.renamed.request()
        buffers = encoder.buffers
        if ahead:
            more, before = ahead.request(_shared_in(operation, arguments))
            request |= more
            buffers = [*before, *buffers] if before else buffers
        if self.plain:
            request["plain"] = True
            if operation == "begin":
                self._mirrors = Mirrors(self)
        try:
            value, error = self._read(*self._exchange(request, buffers))
        except ChannelError as error:
            self.ended = f"the notebook's process was stopped: {error}"
            raise StudentEnded(self.ended) from None
        except MemoryError:
            self.ended = "the notebook's process was stopped: it answered too much"
            raise StudentEnded(self.ended) from None
        if isinstance(error, StopIteration | StopAsyncIteration) and not self.stops:
            raise StudentError(f"{type(error).__name__} {error}".strip())
        if error is not None:
            raise error  # a MemoryError of its own ends nothing
        return value

    def _alone_ahead(self) -> Ahead | None:
        """Return what is said ahead, where no student code waits for an answer."""
        return None if self.plain or self._depth else self._ahead

    def part(self, number: int, name: str, ask: Callable[[], object]) -> object:
        """Return a part of an object: as it was told, or what asking for it gives."""
        if self.plain or self._ahead is None:
            return ask()
        found = self._ahead.find(number, name)
        if found is None:
            self._ahead.want(name)
            return ask()
        encoded, body = found
        decoder = Decoder(body, self._object, _mark, depth=ANSWER_DEPTH)
        try:
            return decoder.decode(encoded)
        except ChannelError as error:
            self.ended = f"the notebook's process was stopped: {error}"
            raise StudentEnded(self.ended) from None

    def set_later(self, number: int, name: str, value: object) -> bool:
        """Have the next request set a part; tell whether it will."""
        ahead = self._alone_ahead()
        if not ahead or self.ended:
            return False
        ahead.want(name)
        return ahead.set(number, name, value, number_of)

    def share(self, value: object) -> object:
        """Return a handle of a copy of an array, or of a list."""
        ahead = self._alone_ahead()
        number = ahead.share(value, number_of) if ahead and not self.ended else None
        return self("share", value) if number is None else handle_of(self, number)

    def _exchange(
        self, request: dict, buffers: Sequence[bytes | memoryview]
    ) -> tuple[object, memoryview]:
        """Send a request and return the answer to it.

        Before it answers, student code may ask for what stands in.
        """
        self._forget()
        self._channel.send(request, buffers, self._left())
        while True:
            reply, body = self._channel.receive(self._left())
            if self._depth:
                self._tell_of(reply, body)
            if type(reply) is not dict or "ask" not in reply:
                return reply, body
            answer = self._stand_in(reply, body)
            self._forget()
            self._channel.send(*answer, self._left())

    def _forget(self) -> None:
        """Forget what was told ahead: student code goes on."""
        if self._ahead:
            self._ahead.forget()

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
        encoder = Encoder(number_of, tables=True, kept=HANDLES)
        self._tell_of(asked, body)
        self._depth += 1
        try:
            decoder = Decoder(body, lambda *about: handle_of(self, *about))
            positional, named = decoder.decode(asked.get("arguments"))
            with no_longer_than(self._left()):
                value = standing(*positional, **named)
                return {"answer": encoder.encode(value)}, encoder.buffers
        except (ChannelError, StudentEnded):
            raise
        except Exception as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            return {"raised": kinds, "text": str(error)[:LONGEST]}, []
        finally:
            self._depth -= 1
            if self._told and not self._depth:
                self._told = False
                self.tell(False)

    def _tell_of(self, message: object, body: memoryview) -> None:
        """Tell that what came for what stands in may keep this process busy."""
        if not self._told and (body or not is_little(message)):
            self._told = True
            self.tell(True)

    def _left(self) -> float:
        """Return the seconds that are left: who was late once gets no more."""
        left = self.deadline - self._now()
        if left <= 0:
            raise Late("no answer in time")
        return left

    @property
    def gives_parts(self) -> bool:
        """Whether an object may be asked for its parts: also by what stands in."""
        return self.plain or self._depth > 0

    def close(self) -> None:
        """Close what is open, in this process alone."""
        self._channel.close()
        self._usage.close()

    def processor_seconds(self) -> float:
        """Return the processor time that the student's process has used, all threads.

        Nothing that it does can make it less; 0 where the system does not say.
        """
        if not self._usage.is_known or self.ended:
            return 0.0
        try:
            return self._usage.seconds()
        except OSError:
            self.ended = "the notebook's process ended"
            raise StudentEnded(self.ended) from None

    def _read(self, reply: object, body: memoryview) -> tuple[object, Exception | None]:
        """Return what a reply says: a value, or what the student's code raised."""
        if type(reply) is not dict:
            raise Malformed("a message was not readable")
        marked = [] if self.plain else [_mark]
        depth = ANSWER_DEPTH
        decoder = Decoder(body, self._object, *marked, depth=depth, tables=self.plain)
        if self._mirrors and "notes" in reply:
            self._mirrors.take(reply.pop("notes"), decoder.decode)
        if "raised" in reply:
            return None, self._mirrored(reply.get("error")) or error_of(reply)
        if self._ahead and not self.plain and "parts" in reply:
            self._ahead.take(reply.pop("parts"), body)
        if set(reply) != {"value"}:
            raise Malformed("a message was not readable")
        return decoder.decode(reply["value"]), None

    def _mirrored(self, number: object) -> Exception | None:
        """Return an error of one of the student's classes; None: it is none."""
        found = self._mirrors and self._mirrors.find(number)
        return found if isinstance(found, Exception) else None

    def _object(self, number: int, kind: str = "") -> object:
        """Return what stands for an object of the student's."""
        found = self._mirrors and self._mirrors.find(number)
        return handle_of(self, number, kind) if found is None else found


def _shared_in(operation: str, arguments: Sequence) -> list[int]:
    """Return the numbers of arrays shared ahead that student code is called with."""
    if operation not in ("call", "count", "keep"):
        return []
    _, positional, named, *_ = arguments
    given = (*positional, *named.values())
    numbers = [number_of(one) for one in given if type(one) in HANDLES]
    return [number for number in numbers if number < 0]


def _mark(array: np.ndarray) -> StudentArray:
    return array.view(StudentArray)
