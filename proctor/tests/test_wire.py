"""What the examiner reads from a student's process: values, or a clean refusal."""

import json
import math
from collections import Counter, OrderedDict, defaultdict, namedtuple
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from proctor.in_examiner.handles import handle_of, number_of
from proctor.wire.decoder import Decoder
from proctor.wire.encoder import Encoder
from proctor.wire.frames import MAX_BODY, Malformed


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
