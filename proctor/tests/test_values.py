"""Values that are no arrays: how they are compared, and an assignment about text."""

import datetime

import numpy as np
import pytest

from proctor.cli import main
from proctor.rubric import AuthorError, CheckFailed, InOneProcess, Rubric
from proctor.rubric import rubric as rubrics
from proctor.rubric.said import is_fixed
from proctor.rubric.values import first_difference, text_of
from proctor.tests import words

TEXT = "wrong value: "
DIFFERENT = [
    ("b", "a", "wrong value"),
    ("", "a", f"{TEXT}the text is empty"),
    ("Ab", "aB", f"{TEXT}capital and small letters differ"),
    ("a  b\n", "a b", f"{TEXT}spaces or ends of lines differ"),
    (b"a", "a", f"{TEXT}a text was wanted"),
    (None, "a", f"{TEXT}a text was wanted"),
    (0, None, f"{TEXT}None was wanted"),
    (1, True, f"{TEXT}True or False was wanted"),
    (False, True, "wrong value"),
    (2, 3, "wrong value"),
    ("3", 3, f"{TEXT}a number was wanted"),
    (object(), 3, f"{TEXT}a number was wanted"),
    (1 + 2j, 1 - 2j, "wrong value"),
    (b"ab", b"a", f"{TEXT}too many parts"),
    ((1, 2), [1, 2], f"{TEXT}a list was wanted"),
    ([1, 2], [1, 2, 3], f"{TEXT}too few parts"),
    ([2, 1], [1, 2], f"{TEXT}the right parts in another order"),
    ([1, "2"], [1, 2], "wrong value"),
    ([[1], [(2,)]], [[1], [(3,)]], "wrong value"),
    ({1}, {1, 2}, f"{TEXT}too few parts"),
    ([1], {1}, f"{TEXT}a set was wanted"),
    ({"a": 1}, {"a": 1, "b": 2}, f"{TEXT}a key is missing"),
    ({"a": 1, "b": 2}, {"a": 1}, f"{TEXT}a key too many"),
    (
        {("a", 1): 1},
        {("a", 1): 2},
        f"{TEXT}the keys are right, what they stand for is not",
    ),
    (
        datetime.datetime(2020, 2, 1),
        datetime.date(2020, 2, 1),
        f"{TEXT}a date was wanted",
    ),
]


@pytest.fixture
def rubric():
    rubrics.set_examination(InOneProcess())
    return Rubric(points=1)


@pytest.mark.parametrize(("got", "wanted", "said"), DIFFERENT)
def test_what_differs_is_said_in_fixed_words(rubric, got, wanted, said):
    with pytest.raises(CheckFailed) as failed:
        rubric.same(got, wanted)
    assert str(failed.value) == said
    assert is_fixed(said, frozenset())
    rubric.same(wanted, wanted)


def test_what_is_equal_is_the_same(rubric):
    rubric.same(np.float64(2), 2)
    rubric.same(np.str_("a"), "a")
    rubric.same([float("nan"), {2, 1}], [float("nan"), {1, 2}])
    rubric.same({"b": 1, "a": (2,)}, {"a": (2,), "b": 1.0})


@pytest.mark.parametrize(
    "expected", [np.ones(2), object(), [1, object()], [[np.ones(2)]]]
)
def test_an_author_expects_plain_values(rubric, expected):
    with pytest.raises(AuthorError, match="no plain one"):
        rubric.same(1, expected)


@pytest.mark.parametrize(
    ("got", "wanted", "found"),
    [
        ([1, [2, {"a": 3}]], [1, [2, {"a": 4}]], ("[1][1]['a']", 3, 4)),
        ("abcd", "abxd", ("[2:]", "cd", "xd")),
        ("ab", "abc", ("[2:]", "", "c")),
        (["ab"], ["ac"], ("[0]", "ab", "ac")),
        ([1], [1, 2], ("", [1], [1, 2])),
        ({"a": 1}, {"b": 1}, ("", {"a": 1}, {"b": 1})),
        ([1.0], [1], None),
    ],
)
def test_the_first_difference_has_its_place(got, wanted, found):
    assert first_difference(got, wanted) == found


def test_equal_values_have_one_text_and_others_another():
    assert text_of({"b": {2, 1}, "a": 0.1 + 0.2}) == text_of({"a": 0.3, "b": {1, 2}})
    assert text_of(["x" * 9000]) != text_of(["x" * 8999 + "y"])
    assert len(text_of(["x" * 9000])) < 100
    assert text_of((1,)) != text_of([1])


@pytest.mark.slow
def test_mistakes_in_texts_lists_and_dicts_are_caught_and_named(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(words.course(tmp_path))
    assert main(["gate", words.NAME, "--seed", "5"]) == 0
    counts = "caught 17/17, named 17/17, variants 2/2"
    assert capsys.readouterr() == (f"{counts}; seed 5\n", "")
