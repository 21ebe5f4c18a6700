"""What the examiner reads from a student's process: values, or a clean refusal."""

import json
import math
import socket
from collections import Counter, OrderedDict, defaultdict, namedtuple
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor.in_examiner.calls import Calls
from proctor.in_examiner.handles import Handle, handle_of, number_of
from proctor.rubric.arrays import StudentArray
from proctor.rubric.errors import StudentEnded, StudentError
from proctor.wire.decoder import Decoder
from proctor.wire.encoder import Encoder
from proctor.wire.frames import (
    MAX_BODY,
    Channel,
    Malformed,
    with_timeouts,
)


def there_and_back(value):
    encoder = Encoder(lambda _: 7)
    tree = json.loads(json.dumps(encoder.encode(value)))
    return Decoder(memoryview(b"".join(encoder.buffers)), "handle {}".format).decode(
        tree
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -3,
        2**200,
        0.1,
        float("inf"),
        "text \u00e9",
        (1, [2.5, None], "a"),
        {"a": 1, 3: (4,)},
        slice(1, None, 2),
        Ellipsis,
        {1, "a", (2, None), b"b"},
        frozenset({0.5}),
        {(0, 1): "a"},
        b"\x00\xff",
        1 + 2j,
        range(3, 30, 5),
        Fraction(-(2**70), 3),
        Decimal("0.10"),
        date(2020, 2, 29),
        datetime(2020, 2, 29, 1, 2, 3, 4),
        time(23, 59),
        timedelta(days=-1, microseconds=5),
        math.factorial(400),
        list(range(120_000)),
    ],
)
def test_values_come_back_as_they_were(value):
    back = there_and_back(value)
    assert back == value and type(back) is type(value)


@pytest.mark.parametrize("dtype", ["?", "u1", "<i8", "<f2", "<f4", "<f8", "<c16", "g"])
def test_arrays_come_back_as_they_were(dtype):
    array = np.arange(24).reshape(2, 3, 4).astype(dtype)[:, ::2].transpose(2, 0, 1)
    back = there_and_back(array)
    assert back.dtype == array.dtype and np.array_equal(back, array)
    assert back.flags.writeable and back.flags.owndata
    # Code that takes an array's memory for granted does so here as it did there.
    order = [np.argsort(np.negative(a.strides)).tolist() for a in (array, back)]
    assert order[0] == order[1] == [1, 2, 0]
    fortran = there_and_back(np.asfortranarray(np.ones((2, 3, 4), dtype)))
    assert fortran.flags.f_contiguous and fortran.shape == (2, 3, 4)
    scalar = there_and_back(array[0, 0, 0])
    assert type(scalar) is type(array[0, 0, 0]) and scalar == array[0, 0, 0]


@pytest.mark.parametrize("dtype", [">f4", ">i2", ">M8[s]"])
def test_an_array_as_a_file_had_it_has_the_same_numbers(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    for value in (array, array[1, 2]):
        back = there_and_back(value)
        assert back.dtype.isnative and np.array_equal(back, value)


def test_a_class_of_its_own_says_nothing():
    class Number(int):
        """One that says that it equals anything, and is another."""

        __eq__ = __index__ = __int__ = lambda self, *_: 7

    pair = namedtuple("Pair", "one two")(1, Number(2))
    for value, plain in ((Number(3), 3), (pair, (1, 2)), (np.str_("a"), "a")):
        back = there_and_back(value)
        assert (back, type(back)) == (plain, type(plain))


@pytest.mark.parametrize(
    "array",
    [
        np.array([["a", "bc"]]),
        np.array([b"a"]),
        np.array(["2020-01-02"], dtype="datetime64[D]"),
        np.array([3], dtype="timedelta64[s]"),
        np.array([[1, "a"], [None, (2,)]], dtype=object),
    ],
)
def test_arrays_of_other_data_come_back_as_they_were(array):
    back = there_and_back(array)
    assert type(back) is np.ndarray and back.dtype == array.dtype
    assert back.shape == array.shape and back.tolist() == array.tolist()


def test_dicts_of_the_library_come_as_plain_ones():
    for value in (Counter("aab"), OrderedDict(a=2, b=1), defaultdict(int, a=2, b=1)):
        back = there_and_back(value)
        assert back == {"a": 2, "b": 1} and type(back) is dict


@pytest.mark.parametrize(
    "plain", [(1, 2), [1, 2], {"a": 2}, {1, 2}, frozenset((1, 2))], ids=repr
)
def test_a_collection_of_a_class_that_adds_no_name_is_as_good_as_the_plain_one(plain):
    """What its class says that it holds does not count."""
    lies = {"__iter__": lambda self: iter(()), "__len__": lambda self: 9}
    own = type("Own", (type(plain),), {**lies, "__eq__": lambda *_: True})
    back = there_and_back(own(plain))
    assert type(back) is type(plain) and back == plain


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ((n for n in "ab"), "generator"),
        (map(int, "12"), "map"),
        ({}.items(), "dict_items"),
        (type("generator", (), {})(), "object"),
    ],
)
def test_a_handle_is_called_as_its_kind_where_python_has_it(value, name):
    encoder = Encoder(lambda _: 3)
    encoded = encoder.encode(value)
    found = Decoder(memoryview(b""), lambda *about: handle_of(None, *about))
    found = found.decode(encoded)
    assert type(found).__name__ == name and number_of(found) == 3
    with pytest.raises(TypeError, match=rf"^an? {name} came where a number"):
        bool(found)


@pytest.mark.parametrize("told", [[3, "secret"], [3], ["3", "map"], [3, "map", 1]])
def test_a_handle_is_called_nothing_else(told):
    with pytest.raises(Malformed):
        Decoder(memoryview(b""), lambda *about: about).decode({"h": told})


def test_everything_else_is_a_handle():
    stack = type("Stack", (list,), {"push": list.append})
    noted = type("Noted", (list,), {})([1])
    noted.note = "its own"
    objects = [
        object(),
        stack([1]),
        noted,
        {((1,),): 2},
        type("Text", (bytes,), {})(b"a"),
        datetime(2020, 1, 1, tzinfo=UTC),
        Decimal("1e99999"),
        1 << 100_000,
        iter([1]),
        # Whoever walks through its rows does so for ever.
        np.zeros((1 << 30, 0)),
        np.zeros((1 << 30, 0), object),
    ]
    for value in objects:
        assert there_and_back(value) == "handle 7"
    assert there_and_back(np.array([object()])).tolist() == ["handle 7"]


@pytest.mark.parametrize(
    "value",
    [list(range(700_000)), "é" * 700_000, [b"a" * 3_000_000], [1.5] * 200_000],
    ids=["many", "long", "bytes", "numbers"],
)
def test_what_is_too_large_for_a_message_is_a_handle_as_a_whole(value):
    """The process that reads it would refuse it, and every later call."""
    assert there_and_back(value) == "handle 7"


@pytest.mark.parametrize(
    "value",
    [
        {"S": [{"l": []}]},
        {"S": [{"i": hex(2**61 - 1)}]},
        {"S": [{"t": [number]} for number in range(3000)]},
        {"D": "1e999999"},
        {"D": "x"},
        {"q": ["0x1", "0x0"]},
        {"q": ["0x1"]},
        {"r": [0, 1, 0]},
        {"r": [0, 1.5, 1]},
        {"y": [2020, 2, 30]},
        {"b": "zz"},
        {"c": ["0x1p0", 3]},
        {"E": [10**12, 0, 0]},
        {"o": [[3], []]},
        {"o": [[1 << 30], []]},
        {"o": [3]},
        {"a": ["<U1", [1], 0, False]},
        {"a": ["|O", [1], 0, False]},
        {"a": ["<U99999", [0], 0, False]},
        {"a": ["<U0", [300_000_000], 0, False]},
        {"a": ["<f8", [1 << 39, 0], 0, False]},
        {"o": [[1 << 39, 0], []]},
        {"a": ["|S0", [300_000_000], 0, False]},
    ],
    ids=str,
)
def test_what_no_value_is_made_of_is_refused(value):
    with pytest.raises(Malformed):
        Decoder(memoryview(b"\xff" * 8), "handle {}".format).decode(value)


@pytest.mark.parametrize("key", [{"i": hex(2**61 - 1)}, 2**61 - 1, -(2**53)])
def test_keys_that_could_all_have_one_hash_are_refused(key):
    decoder = Decoder(memoryview(b""), "handle {}".format)
    with pytest.raises(Malformed):
        decoder.decode({"d": [[key, 0]]})
    assert there_and_back({2**61 - 1: 0}) == "handle 7"


def test_bytes_that_are_asked_for_twice_count_twice():
    half = MAX_BODY // 2
    body = memoryview(bytes(half + 1))
    arrays = [{"a": ["|u1", [size], 0, False]} for size in (half, half, 1)]
    decode = lambda parts: Decoder(body, None).decode({"l": parts})  # noqa: E731
    assert [array.size for array in decode(arrays[:2])] == [half, half]
    with pytest.raises(Malformed, match="too large"):
        decode(arrays)


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
