"""Frames between processes: whole ones in time, or a clean refusal."""

import json
import socket
import struct
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor.wire.frames import (
    Channel,
    Closed,
    Late,
    Malformed,
    with_timeouts,
)

LENGTHS = struct.Struct("<II")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_frame_or_refused(data):
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        channel = Channel(with_timeouts(ours).detach(), max_header=100, max_body=100)
        try:
            header, body = channel.receive(seconds=5)
            head, length = LENGTHS.unpack(data[:8])
            assert header == json.loads(data[8 : 8 + head].decode())
            assert bytes(body) == data[8 + head : 8 + head + length]
        except (Closed, Malformed):
            pass
        finally:
            channel.close()


@pytest.mark.parametrize(
    "data",
    [
        LENGTHS.pack(2**32 - 1, 0),
        LENGTHS.pack(2, 2**32 - 1) + b"{}",
        LENGTHS.pack(100_000, 0) + b"[" * 100_000,
        LENGTHS.pack(9_000, 0) + b"1" * 9_000,
    ],
    ids=["header-length", "body-length", "nesting", "digits"],
)
def test_lengths_and_nesting_are_bounded(data):
    ours, theirs = socket.socketpair()
    channel = Channel(with_timeouts(ours).detach())
    writer = threading.Thread(target=theirs.sendall, args=(data,))
    writer.start()
    with pytest.raises(Malformed):
        channel.receive(seconds=10)
    writer.join()
    theirs.close()
    channel.close()


@pytest.mark.parametrize("value", ["[]", "{}", '""', "0"])
def test_values_of_few_bytes_are_bounded_by_their_number(value):
    text = f"[{value}{f',{value}' * 9_999}]".encode()
    for most, message in ((9_000, b""), (30_010, text)):
        ours, theirs = socket.socketpair()
        channel = Channel(with_timeouts(ours).detach(), max_marks=most)
        theirs.sendall(LENGTHS.pack(len(text), 0) + text)
        if message:
            found, _ = channel.receive(seconds=10)
            assert found == json.loads(text)
        else:
            with pytest.raises(Malformed, match="too large"):
                channel.receive(seconds=10)
        theirs.close()
        channel.close()


def test_an_answer_in_time_is_not_late_for_a_busy_reader(monkeypatch):
    """The reader of many looks at this one when its time is over."""
    ours, theirs = socket.socketpair()
    channel = Channel(with_timeouts(ours).detach())
    text = json.dumps("x" * 100_000).encode()  # several reads
    theirs.sendall(LENGTHS.pack(len(text), 0) + text)
    later = iter(range(10**6))
    monkeypatch.setattr(channel, "now", lambda: float(next(later)))
    assert channel.receive(seconds=0.5)[0] == "x" * 100_000
    with pytest.raises(Late):  # there is nothing
        channel.receive(seconds=0.5)
    theirs.close()
    channel.close()


def test_a_frame_in_drops_is_late():
    ours, theirs = socket.socketpair()
    channel = Channel(with_timeouts(ours).detach())
    stop = threading.Event()

    def drip():
        for byte in LENGTHS.pack(1000, 0) + b" " * 1000:
            theirs.send(bytes([byte]))
            if stop.wait(0.02):
                return

    writer = threading.Thread(target=drip)
    writer.start()
    with pytest.raises(Late):
        channel.receive(seconds=0.3)
    stop.set()
    writer.join()
    theirs.close()
    channel.close()


def test_an_end_that_does_not_read_is_late():
    ours, theirs = socket.socketpair()
    channel = Channel(with_timeouts(ours).detach())
    with pytest.raises(Late):
        channel.send({}, [bytes(8 << 20)], seconds=0.2)
    theirs.close()
    channel.close()
    assert channel.descriptor == -1


def test_no_descriptor_is_left_open():
    before = len(list(Path("/dev/fd").iterdir()))
    ours, theirs = socket.socketpair()
    channel = Channel(with_timeouts(ours).detach())
    theirs.close()
    with pytest.raises(Closed):
        channel.receive(seconds=1)
    channel.close()
    channel.close()
    assert len(list(Path("/dev/fd").iterdir())) == before
