"""Tables, sparse matrices and errors of the student's own, between two processes."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from proctor.in_examiner.calls import Calls
from proctor.in_examiner.changed import may_change, take_over
from proctor.in_examiner.handles import Handle
from proctor.in_student.answers import Answers
from proctor.in_student.changed import changes, which
from proctor.rubric.errors import StudentEnded
from proctor.wire.decoder import Decoder
from proctor.wire.encoder import Encoder
from proctor.wire.frames import Malformed

DAYS = pd.date_range("2024-03-30", periods=3, freq="D", name="day")
FRAME = pd.DataFrame(
    {
        "whole": [1, 2, 3],
        "text": ["x", "\u00e9", None],
        "kind": pd.Categorical(["u", "v", "u"], ordered=True),
        "there": DAYS.tz_localize("Europe/Rome"),
        "offset": pd.to_datetime(["2024-01-01 00:00+02:00"] * 3),
        "span": pd.to_timedelta([1, 2, 3], unit="D"),
        "maybe": pd.array([1, None, 2], dtype="Int64"),
        "truth": pd.array([True, None, False], dtype="boolean"),
        "string": pd.array(["a", None, ""], dtype="string"),
        "month": pd.period_range("2024-01", periods=3, freq="M"),
        "between": pd.cut([1, 2, 3], [0, 1, 2, 3]),
        "mixed": [1, "a", pd.Timestamp("2024", tz="UTC")],
        ("two", 1): np.array([1, 2, 3], np.float32),
    },
    index=DAYS,
)


def written(value):
    encoder = Encoder(lambda _: 7, tables=True)
    tree = json.loads(json.dumps(encoder.encode(value)))
    return tree, memoryview(b"".join(encoder.buffers))


def read(tree, body=b"", tables=True):
    body = memoryview(body)
    return Decoder(body, "handle {}".format, tables=tables).decode(tree)


def there_and_back(value):
    return read(*written(value))


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME.iloc[::-2],
        FRAME.groupby(["kind", "whole"], observed=True)[["maybe"]].sum(),
        FRAME[["whole"]].describe(),
        pd.DataFrame(),
        pd.DataFrame(columns=["a"]),
        pd.DataFrame([[1, 2], [3, 4]], index=["x", "x"], columns=["q", "q"]),
        pd.DataFrame({"a": ["x", "y"]}, dtype=object),
    ],
)
def test_a_table_comes_back_as_it_was(frame):
    back = there_and_back({"in": [frame]})["in"][0]
    pd.testing.assert_frame_equal(back, frame)
    pd.testing.assert_frame_equal(there_and_back(frame), frame)


def test_so_do_series_indexes_and_their_values():
    many = pd.MultiIndex.from_tuples([(1, "a"), (2, "b")], names=["x", None])
    for series in (FRAME["month"], pd.Series(dtype=object), pd.Series([1], name=(1,))):
        pd.testing.assert_series_equal(there_and_back(series), series)
    for index in (DAYS, many, pd.CategoricalIndex(["a"]), pd.RangeIndex(3)):
        pd.testing.assert_index_equal(there_and_back(index), index)
    for value in (DAYS[0], pd.Timestamp(0, tz="Asia/Tokyo"), pd.Period("2024Q1")):
        assert there_and_back(value) == value
    back = there_and_back((pd.NaT, pd.NA, pd.Timedelta("1h")))
    assert back[0] is pd.NaT and back[1] is pd.NA and back[2] == pd.Timedelta("1h")


def test_so_do_sparse_matrices():
    for kind in (
        sparse.csr_matrix,
        sparse.csc_array,
        sparse.lil_array,
        sparse.dok_array,
    ):
        matrix = kind(np.diag([1.0, 0.0, 2.0]))
        back = there_and_back(matrix)
        assert type(back) is kind and back.nnz == matrix.nnz
        assert (back.toarray() == matrix.toarray()).all()


class Odd(pd.DataFrame):
    """One whose class says more than pandas knows."""


def test_what_has_no_such_form_stays_where_it_is():
    twice = sparse.csr_matrix(([1, 2], [0, 0], [0, 2]), shape=(1, 1))
    attributed = FRAME.copy()
    attributed.attrs["a"] = 1
    for value in (
        pd.DataFrame({"a": [object()]}),
        Odd({"a": [1]}),
        FRAME.groupby("kind", observed=True),
        pd.Series([1], index=[frozenset()]),
        pd.Series(["a"] * 600_000, dtype=object),
        twice,
        attributed,
    ):
        encoder = Encoder(lambda _: 7, tables=True)
        assert encoder.encode([value]) == {"l": [{"h": 7}]}
        # What was written of it before is taken back.
        assert encoder.buffers == []
    assert Encoder(lambda _: 7).encode(FRAME) == {"h": 7}


def _in_pieces(tree):
    """Yield a written value with each of its parts replaced, or left out."""
    if isinstance(tree, dict):
        for key, part in tree.items():
            for other in _in_pieces(part):
                yield {key: other}
    elif isinstance(tree, list):
        for number, part in enumerate(tree):
            yield tree[:number] + tree[number + 1 :]
            for other in _in_pieces(part):
                yield [*tree[:number], other, *tree[number + 1 :]]
    for other in (None, -1, 1 << 45, "../x", {"l": []}, {"h": 1}):
        yield other


@pytest.mark.filterwarnings("ignore")
def test_whatever_comes_is_a_value_or_malformed():
    tried = 0
    matrix = sparse.csr_matrix([[0, 1.0], [2.0, 0]])
    for value in (FRAME.iloc[:2, [1, 2, 3, 6, 9, 10]], matrix, DAYS, DAYS[0]):
        tree, body = written(value)
        for other in _in_pieces(tree):
            tried += 1
            try:
                back = read(other, body)
            except Malformed:
                continue
            if sparse.issparse(back):
                back.toarray()
            else:
                str(back)
    assert tried > 1_000
    with pytest.raises(Malformed):
        read(*written(FRAME), tables=False)
    deep = {"T": None}
    for _ in range(50):
        deep = {"T": deep}
    with pytest.raises(Malformed):
        read(deep)


def test_places_outside_of_a_matrix_are_refused():
    tree, body = written(sparse.coo_matrix(([1.0], ([0], [1])), shape=(2, 2)))
    read(tree, body)
    for place in (2, -1, 1 << 40):
        wrong = place.to_bytes(8, "little", signed=True)
        with pytest.raises(Malformed):
            read(tree, bytes(body[:8]) + wrong + bytes(body[16:]))


def test_what_was_changed_of_a_table_is_seen_in_the_tests_own():
    mine, column = pd.DataFrame({"a": [1, 2]}), pd.Series([1], name="s")
    now, other = pd.DataFrame({"b": ["x"]}, index=["k"]), pd.Series([2], name="t")
    assert changes(([mine, column], {}), ([mine.copy(), other], {})) == [(1, other)]
    assert which(mine, [mine], {}) == 0 and may_change((mine,))
    assert take_over((None, [(0, now), (1, other)], 0), (mine, column), {}) is mine
    pd.testing.assert_frame_equal(mine, now)
    pd.testing.assert_series_equal(column, other)


def test_no_library_is_imported_before_a_table_comes():
    code = "import sys, proctor.wire.decoder, proctor.wire.encoder as e; "
    code += "e.Encoder(id, tables=True).encode([1, {}]); "
    code += "assert not {'pandas', 'scipy'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)


STUDENT = """
class Base(Exception): pass
class Poor(Base):
    def __init__(self, missing):
        super().__init__(f'{missing} missing')
        self.missing = missing
    def twice(self): return 2 * self.missing
def pay(price): raise Poor(price)
def missing_of(error): return error.missing
class Both(Base, ValueError): pass
class Awkward(Exception):
    def __str__(self): raise Poor(1)
def awkward(): raise Awkward
def key(): raise KeyError("k", [3])
def no_text(data): return data.decode()
def no_file(): open("missing")
class Sly(Exception):
    def __init__(self):
        super().__init__("said")
        self._text = self._calls = self._number = self.__text__ = 7
def sly(): raise Sly
"""


class Here(Calls):
    """Asks answers that stand in this process."""

    plain = True

    def __init__(self, source):
        names = {}
        exec(source, names)
        super().__init__(channel=None)
        self._answers = Answers(lambda: names)
        self.deadline = float("inf")

    def _exchange(self, request, buffers):
        body = memoryview(b"".join(map(bytes, buffers)))
        reply, parts = self._answers.reply(json.loads(json.dumps(request)), body)
        whole = memoryview(b"".join(map(bytes, parts)))
        return json.loads(json.dumps(reply)), whole


def test_a_test_catches_errors_of_the_students_classes():
    calls = Here(STUDENT)
    found = calls("begin", ["Base", "Poor", "pay", "missing_of", "Both", "awkward"])
    with pytest.raises(found["Poor"], match="3 missing") as caught:
        found["pay"](3)
    error = caught.value
    assert isinstance(error, found["Base"]) and issubclass(found["Poor"], Exception)
    assert error.missing == 3 and error.args == ("3 missing",) and error.twice() == 6
    assert type(error) is found["Poor"] and type(error).__name__ == "Poor"
    # One that the test makes is made there.
    made = found["Poor"](5)
    assert str(made) == "5 missing" and found["missing_of"](made) == 5
    # Of several classes no one line tells.
    assert isinstance(found["Both"], Handle)
    with pytest.raises(Exception, match=r"^$"):
        found["awkward"]()
    again = calls("begin", ["Poor"])
    assert again["Poor"] is not found["Poor"]


def test_what_a_students_error_calls_its_parts_is_its_own_affair():
    calls = Here(STUDENT)
    with pytest.raises(Exception, match=r"^said$") as caught:
        calls("begin", ["sly"])["sly"]()
    assert caught.value._text == caught.value._calls == caught.value._number == 7
    assert type(caught.value).__name__ == "Sly"


def test_errors_of_pythons_own_come_with_their_parts():
    calls = Here(STUDENT)
    found = calls("begin", ["key", "no_text", "no_file"])
    with pytest.raises(KeyError) as caught:
        found["key"]()
    assert caught.value.args == ("k", [3])
    with pytest.raises(UnicodeDecodeError) as caught:
        found["no_text"](b"a\xff")
    assert caught.value.start == 1 and caught.value.object == b"a\xff"
    with pytest.raises(FileNotFoundError) as caught:
        found["no_file"]()
    assert caught.value.errno == 2
    reply = {"raised": ["KeyError"], "text": "a", "error": 0}
    reply["notes"] = [[0, [], "UnicodeDecodeError", "a", {"t": []}, {"d": []}]]
    calls._exchange = lambda request, buffers: (reply, memoryview(b""))
    with pytest.raises(KeyError, match="a"):
        calls("call", found["key"], [], {})


def test_what_a_rubric_asks_is_told_nothing_of_them():
    calls = Here(STUDENT)
    calls.plain = False
    found = calls("begin", ["Poor", "pay"])
    assert isinstance(found["Poor"], Handle)
    with pytest.raises(Exception, match="3 missing") as caught:
        found["pay"](3)
    assert type(caught.value).__name__ == "StudentError"


@pytest.mark.parametrize(
    "notes",
    [
        5,
        [5],
        [[0, 5, "Exception"]],
        [[0, [[0, "Poor"]], "SystemExit"]],
        [[0, [[0, "Poor"]], "StudentEnded"]],
        [[0, [[0, "no name"]], "Exception"]],
        [[0, [["0", "Poor"]], "Exception"]],
        [[0, [[0, "Poor"]] * 30, "Exception"]],
        [[0, [], "ValueError", 5, {"t": []}, {"d": []}]],
        [[0, [], "UnicodeDecodeError", "a", {"t": [1]}, {"d": []}]] * 101,
    ],
)
def test_notes_that_are_none_end_the_student(notes):
    calls = Here(STUDENT)
    reply = {"value": None, "notes": notes}
    calls._exchange = lambda request, buffers: (reply, memoryview(b""))
    with pytest.raises(StudentEnded):
        calls("begin", [])
