"""Messages over a socket pair, with a size and a time that the reader sets.

A frame is two little-endian 32-bit lengths, a JSON header of the first length and a
body of the second. Neither end trusts a length that it was told beyond its own bounds.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable

_LENGTHS = struct.Struct("<II")
MAX_HEADER = 4 << 20
MAX_BODY = 48 << 20
# Below what a C library fetches from the kernel, and gives back, for each read.
_PIECE = 1 << 16
_SLICE = 0.1
_encode = json.JSONEncoder(separators=(",", ":")).encode


class ChannelError(Exception):
    """The other end cannot be talked to any more; the text says why."""


class Closed(ChannelError):
    """The other end is gone."""


class Late(ChannelError):
    """No whole frame came in time."""


class Malformed(ChannelError):
    """What came is no frame, or no value, or too large."""


def with_timeouts(end: socket.socket) -> socket.socket:
    """Have reads and writes of a trusted end return now and then, to see the time.

    To block in the kernel costs one call where polling costs three.
    """
    span = struct.pack("ll", 0, int(_SLICE * 1_000_000))
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, span)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, span)
    return end


class Channel:
    """One end of a socket pair.

    Parameters
    ----------
    descriptor
        Closed by :meth:`close`. Where a limit of time is to hold, its socket must have
        gone through :func:`with_timeouts`.
    max_header, max_body
        Bytes of a frame that are taken from the other end.

    Attributes
    ----------
    idle
        Called now and then while nothing comes; None: nobody is.
    """

    def __init__(
        self, descriptor: int, max_header: int = MAX_HEADER, max_body: int = MAX_BODY
    ) -> None:
        self.descriptor = descriptor
        # Its kind is said: to ask for it takes a call that is not allowed to all.
        kind = socket.AF_UNIX, socket.SOCK_STREAM, 0
        self._socket = socket.socket(*kind, fileno=descriptor)
        self._max_header, self._max_body = max_header, max_body
        self.idle: Callable[[], None] | None = None
        # What was read beyond the last frame.
        self._buffer = bytearray()

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
        head = _encode(header).encode()
        body = b"".join(body)
        data = memoryview(_LENGTHS.pack(len(head), len(body)) + head + body)
        while data:
            try:
                # Not by `write`, which a student's process has to ask for.
                data = data[self._socket.send(data) :]
            except BlockingIOError:
                pass
            except OSError:
                raise Closed("the other end is gone") from None
            if data:
                _look_at_the_time(deadline)

    def receive(self, seconds: float | None = None) -> tuple[object, memoryview]:
        """Return the header and the body of the next frame.

        Raises
        ------
        Closed, Late, Malformed
            If the other end is gone, did not send a whole frame within ``seconds``, or
            sent what is no frame.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        buffer, start = self._buffer, _LENGTHS.size
        self._fill(start, deadline)
        head, body = _LENGTHS.unpack_from(buffer)
        if head > self._max_header or body > self._max_body:
            raise Malformed("a message was too large")
        middle, end = start + head, start + head + body
        self._fill(end, deadline)
        text, data = buffer[start:middle], bytes(buffer[middle:end])
        del buffer[:end]
        try:
            header = json.loads(text.decode("utf-8", "strict"))
        except (ValueError, RecursionError):
            raise Malformed("a message was not readable") from None
        return header, memoryview(data)

    def _fill(self, size: int, deadline: float | None) -> None:
        """Read until there are so many bytes, and keep what comes with them."""
        # As it comes: a length alone must not cost memory.
        while len(self._buffer) < size:
            try:
                piece = os.read(self.descriptor, _PIECE)
            except BlockingIOError:
                if self.idle:
                    self.idle()
                _look_at_the_time(deadline)
                continue
            except OSError:
                raise Closed("the other end is gone") from None
            if not piece:
                raise Closed("the other end is gone")
            self._buffer += piece
            # A frame that comes in drops is late as well.
            _look_at_the_time(deadline)

    def close(self) -> None:
        """Close this end."""
        if self.descriptor >= 0:
            self._socket.close()
            self.descriptor = -1


def _look_at_the_time(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() > deadline:
        raise Late("no answer in time")
