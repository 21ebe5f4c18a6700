"""Messages over a socket pair, with a size and a time that the reader sets.

A frame is two little-endian 32-bit lengths, a JSON header of the first length and a
body of the second. Neither end trusts a length that it was told beyond its own bounds.
"""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import time
from collections.abc import Callable, Iterable
from functools import partial

_LENGTHS = struct.Struct("<II")
MAX_HEADER = 4 << 20
MAX_BODY = 48 << 20
# Below what a C library fetches from the kernel, and gives back, for each read.
_PIECE = 1 << 16
_LARGE_PIECE = 1 << 20
_SLICE = 0.1
# Who reads may have been kept busy while an answer came in time: so many reads that
# bring something are no delay of the sender's, and no more than a few slices.
_LATE_READS = 16
# What stands before or after each value of a JSON text.
_MARKS = b'[{,"'


def _encoding() -> Callable[[object], str]:
    """Return what writes a header as JSON."""
    # What is sent was made by an encoder that bounds its depth: no circle is in it.
    encoder = json.JSONEncoder(separators=(",", ":"), check_circular=False)
    if not json.encoder.c_make_encoder:
        return encoder.encode
    # `encode` makes this anew for each text, which takes longer than a short one does.
    quoted = json.encoder.encode_basestring_ascii
    chunks = json.encoder.c_make_encoder(
        None, encoder.default, quoted, None, ":", ",", False, False, True
    )
    return lambda header: "".join(chunks(header, 0))


_encode = _encoding()
_decode = json.JSONDecoder().raw_decode


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
    max_marks
        Brackets, commas and quotes in a header: each value that is made of it takes
        memory and time that its bytes do not tell. None: any number.

    Attributes
    ----------
    idle
        Called now and then while nothing comes; None: nobody is. It tells whether this
        while does not count: who should answer was held still.
    """

    def __init__(
        self,
        descriptor: int,
        max_header: int = MAX_HEADER,
        max_body: int = MAX_BODY,
        max_marks: int | None = None,
    ) -> None:
        self.descriptor = descriptor
        # Its kind is said: to ask for it takes a call that is not allowed to all.
        kind = socket.AF_UNIX, socket.SOCK_STREAM, 0
        self._socket = socket.socket(*kind, fileno=descriptor)
        self._max_header, self._max_body = max_header, max_body
        self._max_marks = max_marks
        self._late_reads = 0
        self.idle: Callable[[], bool] | None = None
        self._not_counted = 0.0
        self._looked = time.monotonic()
        # What was read beyond the last frame.
        self._buffer = bytearray()

    def now(self) -> float:
        """Return the time, by a clock that stands while the other end is held still."""
        return time.monotonic() - self._not_counted

    def send(
        self,
        header: object,
        body: Iterable[bytes | memoryview] = (),
        seconds: float | None = None,
    ) -> None:
        """Send one frame; the parts of the body are bytes, one after the other.

        Raises
        ------
        Closed, Late
            If the other end is gone, or does not take it within ``seconds``.
        """
        deadline = None if seconds is None else self.now() + seconds
        head, pieces = _encode(header).encode(), list(body)
        size = sum(map(len, pieces))
        pieces[:0] = _LENGTHS.pack(len(head), size), head
        if size <= _PIECE:
            self._send_piece(b"".join(pieces), deadline)
            return
        # What is large is not copied before it is sent.
        for piece in pieces:
            self._send_piece(piece, deadline)

    def send_mark(self) -> None:
        """Send one byte that is no frame, by which a reader knows who sends."""
        self._send_piece(b".", None)

    def _send_piece(self, data: bytes | memoryview, deadline: float | None) -> None:
        left = len(data)
        while left:
            try:
                # Not by `write`, which a student's process has to ask for.
                sent = self._socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                raise Closed("the other end is gone") from None
            left -= sent
            if left:
                data = memoryview(data)[sent:]
                self._look_at_the_time(deadline)

    def receive(self, seconds: float | None = None) -> tuple[object, memoryview]:
        """Return the header and the body of the next frame.

        Raises
        ------
        Closed, Late, Malformed
            If the other end is gone, did not send a whole frame within ``seconds``, or
            sent what is no frame.
        """
        deadline = None if seconds is None else self.now() + seconds
        self._looked, self._late_reads = time.monotonic(), 0
        buffer, start = self._buffer, _LENGTHS.size
        self._fill(start, deadline)
        head, size = _LENGTHS.unpack_from(buffer)
        if head > self._max_header or size > self._max_body:
            raise Malformed("a message was too large")
        end = start + head
        if size <= _PIECE:
            self._fill(end + size, deadline)
            whole = bytes(buffer[start : end + size])
            del buffer[: end + size]
            text, data = whole[:head], memoryview(whole)[head:]
        else:
            self._fill(end, deadline)
            text = buffer[start:end]
            del buffer[:end]
            data = self._large(size, deadline)
        most = self._max_marks
        if most is not None and sum(text.count(mark) for mark in _MARKS) > most:
            raise Malformed("a message was too large")
        try:
            text = text.decode("utf-8", "strict")
            header, end = _decode(text)
        except (ValueError, RecursionError):
            raise Malformed("a message was not readable") from None
        if end != len(text):
            raise Malformed("a message was not readable")
        return header, data

    def _large(self, size: int, deadline: float | None) -> memoryview:
        """Read a body that is not to be copied."""
        buffer = self._buffer
        # Not before: who grades has no other use for it, and it takes long to load.
        import numpy as np

        # Its pages are the system's until something is written there: a length alone
        # must not cost memory.
        data = memoryview(np.empty(size, np.uint8))
        there = min(size, len(buffer))
        data[:there] = buffer[:there]
        del buffer[:there]
        with io.FileIO(self.descriptor, closefd=False) as file:
            while there < size:
                read = partial(file.readinto, data[there : there + _LARGE_PIECE])
                there += self._some(read, deadline)
        return data

    def _fill(self, size: int, deadline: float | None) -> None:
        """Read until there are so many bytes, and keep what comes with them."""
        # As it comes: a length alone must not cost memory.
        while len(self._buffer) < size:
            self._some(self._read_piece, deadline)

    def _read_piece(self) -> int | None:
        try:
            piece = os.read(self.descriptor, _PIECE)
        except BlockingIOError:
            return None
        self._buffer += piece
        return len(piece)

    def _some(self, read: Callable[[], int | None], deadline: float | None) -> int:
        """Read once something is there, and return how much that was."""
        while True:
            begun = time.monotonic()
            try:
                size = read()
            except OSError:
                raise Closed("the other end is gone") from None
            if size == 0:
                raise Closed("the other end is gone")
            now = time.monotonic()
            # Also where something comes in drops.
            if self.idle and (size is None or now - self._looked >= _SLICE):
                if self.idle():
                    self._not_counted += time.monotonic() - begun
                self._looked = time.monotonic()
            if size and self._late_reads < _LATE_READS:
                self._late_reads += deadline is not None and self.now() > deadline
                return size
            # A frame that comes in drops is late as well.
            self._look_at_the_time(deadline)
            if size:
                return size

    def _look_at_the_time(self, deadline: float | None) -> None:
        if deadline is not None and self.now() > deadline:
            raise Late("no answer in time")

    def close(self) -> None:
        """Close this end."""
        if self.descriptor >= 0:
            self._socket.close()
            self.descriptor = -1
