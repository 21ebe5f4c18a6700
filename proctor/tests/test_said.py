"""What a check may tell a student."""

import ast
from pathlib import Path

import numpy as np
import pytest

import proctor.rubric
from proctor.rubric import differences
from proctor.rubric.errors import UNWRITTEN
from proctor.rubric.said import is_fixed, is_name, texts_of

HERE = Path(proctor.rubric.__file__).parent
# What fills the braces of the rubric's own texts.
FILLED = {
    "right": "float32",
    "came": "float64",
    "kind": "NaN",
    "size": "small",
    "found": "an error of its own",
    "wanted": "ValueError",
    "used": "scipy and sklearn",
}


def own_texts() -> list[str]:
    """Return the texts that the rubric's own questions raise."""
    found = []
    for path in HERE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            if "AuthorError" in ast.unparse(node.exc.func) or not node.exc.args:
                continue
            text = node.exc.args[0]
            if isinstance(text, ast.BoolOp):  # the author's own, or ours
                text = text.values[-1]
            # Those of proctor.rubric.differences have a test of their own.
            if not isinstance(text, ast.Call | ast.Name):
                found.append(filled(text))
    return found


def filled(text: ast.expr) -> str:
    if isinstance(text, ast.JoinedStr):
        return "".join(
            FILLED[ast.unparse(part.value)]
            if isinstance(part, ast.FormattedValue)
            else part.value
            for part in text.values
        )
    return ast.literal_eval(text)


def test_what_the_rubric_says_is_fixed():
    texts = own_texts()
    assert len(texts) > 10
    assert [text for text in texts if not is_fixed(text, frozenset())] == []
    for text in (
        "",
        UNWRITTEN,
        "wrong",
        "raised KeyError",
        "raised an error of its own",
    ):
        assert is_fixed(text, frozenset())


@pytest.mark.parametrize(
    ("found", "wanted", "said"),
    [
        ((2, 3), (2, 3, 1), "wrong shape: too few axes"),
        ((2, 3, 1, 1), (2, 3, 1), "wrong shape: too many axes"),
        ((2, 3, 4), (4, 2, 3), "wrong shape: the axes are in another order"),
        ((2, 3), (2, 4), "wrong shape: the second axis is too short"),
        (
            (1, 9),
            (2, 4),
            "wrong shape: the first axis is too short, the second axis is too long",
        ),
        ((*[1] * 6, 2), (*[1] * 6, 3), "wrong shape"),
    ],
)
def test_what_is_said_of_shapes(found, wanted, said):
    assert differences.of_shapes(found, wanted) == said
    assert is_fixed(said, frozenset())


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([0, 0, 0, 0], "wrong values: all are zero"),
        ([-1, -2, 3, -4], "wrong values: right but for the sign"),
        ([1, 2, -3, 4], "wrong values: right but for the sign"),
        ([4, 2, 1, -3], "wrong values: the right numbers in other places"),
        ([2, 4, -6, 8], "wrong values: right but for a factor"),
        ([0, 1, -4, 3], "wrong values: right but for a number added to each"),
        ([7, 7, 7, 7], "wrong values: all are the same number"),
        ([1, 2, -3, 5], "wrong values: most are right"),
        ([1, 2, 3, 5], "wrong values: some are right"),
        ([9, 9, 7, 5], "wrong values: none is right"),
    ],
)
def test_what_is_said_of_values(found, said):
    found, wanted = np.array(found, float), np.array([1.0, 2, -3, 4])
    assert differences.of_values(found, wanted, np.full(4, 1e-6)) == said
    assert is_fixed(said, frozenset())


def images():
    """Two images of two channels, all numbers different."""
    return np.arange(64.0).reshape(2, 2, 4, 4) ** 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (np.s_[1:], "only the first image is right"),
        (np.s_[:, 1:], "only the first channel is right"),
        (np.s_[..., 0], "right inside, wrong at an edge"),
        (np.s_[..., 1], "most are right"),
    ],
)
def test_what_is_said_of_images(wrong, said):
    found = images()
    found[wrong] += 1 + np.arange(found[wrong].size).reshape(found[wrong].shape)
    text = differences.of_values(found, images(), np.full(found.shape, 1e-6))
    assert text == f"wrong values: {said}"
    assert is_fixed(text, frozenset())


def test_no_number_of_an_answer_is_said():
    for text in ("wrong shape: 3 axes", "wrong values: 7", "wrong shape: the axis 4"):
        assert not is_fixed(text, frozenset())


TEST = """
@rubric.check("a", points=1)
def _():
    assert ok, "the two" " halves"
    assert ok, f"got {x}"
"""


@pytest.mark.parametrize(
    ("message", "fixed"),
    [
        ("the two halves", True),
        ("got ", True),  # a text of its own, and none of an input
        ("got 3", False),
        ("wrong values 3", False),
        ("raised KeyError: 3", False),
        ("3", False),
    ],
)
def test_what_an_author_wrote_out_is_fixed(message, fixed):
    assert is_fixed(message, texts_of(TEST)) == fixed


def test_a_name_holds_no_array():
    assert is_name("stride (2, 1), of [3, 4]")
    assert not is_name("of array([1])") and not is_name("of [[1.]]")


def test_a_cell_that_is_not_python_has_no_texts():
    assert texts_of("'a' is ('b'") == frozenset()
