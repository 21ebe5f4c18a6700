"""Messages over a socket pair, with a size and a time that the reader sets.

A frame is two little-endian 32-bit lengths, a JSON header of the first length and a
body of the second. Neither end trusts a length that it was told beyond its own bounds.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Iterable

_LENGTHS = struct.Struct("<II")
MAX_HEADER = 4 << 20
MAX_BODY = 48 << 20


class ChannelError(Exception):
    """The other end cannot be talked to any more; the text says why."""


class Closed(ChannelError):
    """The other end is gone."""


class Late(ChannelError):
    """No whole frame came in time."""


class Malformed(ChannelError):
    """What came is no frame, or no value, or too large."""


class Channel:
    """One end of a socket pair.

    Parameters
    ----------
    descriptor
        Closed by :meth:`close`. It is made non-blocking.
    max_header, max_body
        Bytes of a frame that are taken from the other end.
    """

    def __init__(
        self, descriptor: int, max_header: int = MAX_HEADER, max_body: int = MAX_BODY
    ) -> None:
        self.descriptor = descriptor
        self._max_header, self._max_body = max_header, max_body
        os.set_blocking(descriptor, False)
        # A poll object each: waiting must not depend on what else a caller waits for.
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(descriptor, select.POLLIN)
        self._writable.register(descriptor, select.POLLOUT)

    def send(
        self, header: object, body: Iterable[bytes] = (), seconds: float | None = None
    ) -> None:
        """Send one frame.

        Raises
        ------
        Closed, Late
            If the other end is gone, or does not take it within ``seconds``.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        head = json.dumps(header).encode()
        body = b"".join(body)
        data = memoryview(_LENGTHS.pack(len(head), len(body)) + head + body)
        while data:
            try:
                data = data[os.write(self.descriptor, data) :]
            except BlockingIOError:
                self._wait(self._writable, deadline)
            except OSError:
                raise Closed("the other end is gone") from None

    def receive(self, seconds: float | None = None) -> tuple[object, memoryview]:
        """Return the header and the body of the next frame.

        Raises
        ------
        Closed, Late, Malformed
            If the other end is gone, did not send a whole frame within ``seconds``, or
            sent what is no frame.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        head, body = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if head > self._max_header or body > self._max_body:
            raise Malformed("a message was too large")
        text = self._read(head, deadline)
        try:
            header = json.loads(text.decode("utf-8", "strict"))
        except (ValueError, RecursionError):
            raise Malformed("a message was not readable") from None
        return header, memoryview(self._read(body, deadline))

    def _read(self, size: int, deadline: float | None) -> bytearray:
        # In pieces as they come: a length alone must not cost memory.
        data = bytearray()
        while len(data) < size:
            try:
                piece = os.read(self.descriptor, min(size - len(data), 1 << 20))
            except BlockingIOError:
                self._wait(self._readable, deadline)
                continue
            except OSError:
                raise Closed("the other end is gone") from None
            if not piece:
                raise Closed("the other end is gone")
            data += piece
            # A frame that comes in drops is late as well.
            if deadline is not None and time.monotonic() > deadline:
                raise Late("no answer in time")
        return data

    @staticmethod
    def _wait(event: select.poll, deadline: float | None) -> None:
        if deadline is None:
            event.poll()
            return
        left = deadline - time.monotonic()
        if left <= 0 or not event.poll(left * 1000):
            raise Late("no answer in time")

    def close(self) -> None:
        """Close this end."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
