"""Whatever a student's process replies: a plain value, an error, or its end."""

import socket

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor.in_examiner.calls import Calls
from proctor.in_examiner.handles import Handle
from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import StudentEnded, StudentError
from proctor.wire.decoder import Decoder
from proctor.wire.frames import Channel, Malformed, with_timeouts

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["|O", "<f8", "<f4", "|b1", "nan", "0x1p9", "__import__"]),
)
trees = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.lists(part, max_size=5),
        st.dictionaries(st.sampled_from(list("ifltdseahx")), part, max_size=2),
        st.dictionaries(st.text(max_size=3), part, max_size=2),
        st.builds(
            lambda *parts: {"a": list(parts)},
            st.sampled_from(["<f8", "|b1", "<i4", "|O", 3]),
            st.lists(st.integers(-2, 2**70), max_size=3) | part,
            st.integers(-9, 99) | part,
            st.booleans() | part,
        ),
    ),
    max_leaves=15,
)
PLAIN = (type(None), bool, int, float, str, slice, type(Ellipsis), np.generic, Handle)


def is_plain(value):
    """Tell whether a value is built of the known types alone, to the bottom."""
    if type(value) in (list, tuple):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(map(is_plain, [*value, *value.values()]))
    if type(value) is StudentArray:
        return value.dtype.kind in "biufc"
    return isinstance(value, PLAIN)


@settings(max_examples=300, deadline=None)
@given(trees, st.binary(max_size=64))
def test_any_tree_is_a_known_value_or_malformed(tree, body):
    decoder = Decoder(
        memoryview(body), lambda n: Handle(None, n), lambda a: a.view(StudentArray)
    )
    try:
        value = decoder.decode(tree)
    except Malformed:
        return
    assert is_plain(value)


@settings(max_examples=200, deadline=None)
@given(trees)
def test_any_reply_gives_a_value_an_error_or_an_end(reply):
    ours, theirs = socket.socketpair()
    channel, student = Channel(with_timeouts(ours).detach()), Channel(theirs.detach())
    calls = Calls(channel)
    calls.deadline = float("inf")
    student.send(reply)
    try:
        assert is_plain(calls("begin", ["name"]))
    except StudentEnded:
        assert calls.ended
    except Exception as error:
        assert type(error) is StudentError or type(error).__module__ == "builtins"
    finally:
        channel.close()
        student.close()


def test_who_was_late_once_gets_no_more():
    ours, theirs = socket.socketpair()
    channel, student = Channel(with_timeouts(ours).detach()), Channel(theirs.detach())
    calls = Calls(channel)  # with a deadline that is long over
    student.send({"value": 1})
    with pytest.raises(StudentEnded, match="no answer in time"):
        calls("len")
    assert calls.ended
    channel.close()
    student.close()


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["IndexError", "LookupError", "Exception"], IndexError),
        (["Own", "ValueError", "Exception"], ValueError),
        (["UnicodeDecodeError", "ValueError"], ValueError),
        (["Own", "Exception"], StudentError),
        (["SystemExit", "BaseException"], StudentError),
        (["KeyboardInterrupt", "BaseException"], StudentError),
        (["AuthorError", "Exception"], StudentError),
        (["os.system"], StudentError),
    ],
)
def test_errors_are_builtin_ones(kinds, expected):
    ours, theirs = socket.socketpair()
    channel, student = Channel(with_timeouts(ours).detach()), Channel(theirs.detach())
    calls = Calls(channel)
    calls.deadline = float("inf")
    student.send({"raised": kinds, "text": "x" * 10_000})
    with pytest.raises(expected) as caught:
        calls("len")
    assert type(caught.value) is expected and len(str(caught.value)) < 400
    channel.close()
    student.close()


def test_a_handle_gives_no_verdict():
    handle = Handle(None, 0)
    for verdict in (
        lambda: handle == 3,
        lambda: handle != 3,
        lambda: handle < 3,
        lambda: bool(handle),
        lambda: hash(handle),
        lambda: 3 in handle,
        lambda: list(handle),
        lambda: np.float64(2) == handle,
    ):
        with pytest.raises(TypeError, match="an object came where"):
            verdict()
