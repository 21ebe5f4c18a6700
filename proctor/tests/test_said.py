"""What a check may tell a student."""

import ast
from pathlib import Path

import numpy as np
import pytest

import proctor.rubric
from proctor.errors import UNWRITTEN
from proctor.rubric import differences
from proctor.rubric.earlier import KEPT
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
    "what": "a text",
    "came.name": "float64",
    "kept": KEPT,
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
        (
            [1, 2, 3, 4],
            "wrong values: right but for the negative ones, which are positive",
        ),
        ([1, 2, 0, 4], "wrong values: right but for the negative ones, which are zero"),
        ([1, 2, -3, 5], "wrong values: most are right, the wrong ones are too large"),
        ([1, 2, -3, 0], "wrong values: most are right, the wrong ones are zero"),
        ([1, 2, 3, 0], "wrong values: some are right"),
        ([9, 9, 7, 5], "wrong values: none is right, all are too large"),
        ([9, 9, 7, 3], "wrong values: none is right"),
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
        (np.s_[..., 0], "right but for the first column"),
        (np.s_[..., -1, :], "right but for the last row"),
        (np.s_[..., ::3], "right inside, wrong at an edge"),
        (np.s_[..., 1], "most are right"),
    ],
)
def test_what_is_said_of_images(wrong, said):
    found = images()
    found[wrong] += 1 + np.arange(found[wrong].size).reshape(found[wrong].shape)
    text = differences.of_values(found, images(), np.full(found.shape, 1e-6))
    assert text == f"wrong values: {said}, the wrong ones are too large"
    assert is_fixed(text, frozenset())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a: a.swapaxes(-1, -2), "rows and columns exchanged"),
        (lambda a: a[..., ::-1, :], "upside down"),
        (lambda a: a[..., ::-1], "left and right exchanged"),
        (lambda a: a[..., ::-1, ::-1], "turned by half a turn"),
        (lambda a: np.pad(a, [(0, 0), (0, 0), (1, 0), (0, 1)])[..., :4, 1:], "both"),
        (lambda a: np.pad(a, [(0, 0), (0, 0), (0, 1), (0, 0)])[..., 1:, :], "moved up"),
        (lambda a: np.roll(a, 1, axis=1), ""),
    ],
)
def test_what_is_said_of_numbers_that_moved(change, said):
    found, near = change(images()), np.full((2, 2, 4, 4), 1e-6)
    said = "moved down and to the left" if said == "both" else said
    said = f"the right numbers, {said}" if said else "the right numbers in other places"
    text = differences.of_values(found, images(), near)
    assert text == f"wrong values: {said}"
    assert is_fixed(text, frozenset())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda a: a.transpose(0, 3, 1, 2),
            "the right numbers, the axes in another order",
        ),
        (lambda a: a.reshape(2, -1), "the right numbers, in another shape"),
        (lambda a: a[..., :-1, 1:], "what is there is right, and some is missing"),
        (
            lambda a: np.pad(a, [(0, 0), (0, 0), (1, 1), (0, 2)]),
            "the right numbers are in it, with others around them",
        ),
        (lambda a: a[..., :1], ""),
        (lambda a: a[..., :-1] + 1, ""),
    ],
)
def test_what_is_said_of_numbers_in_another_shape(change, said):
    wanted = np.arange(120.0).reshape(2, 3, 4, 5) ** 2
    found = change(wanted)
    text = differences.of_arrays(found, wanted, np.full(wanted.shape, 1e-6))
    shape = differences.of_shapes(found.shape, wanted.shape)
    assert text == (f"{shape}; {said}" if said else shape)
    assert is_fixed(text, frozenset())


def test_a_bias_that_is_wrong_is_told():
    found = images() + np.array([1.0, -2.0]).reshape(2, 1, 1)
    text = differences.of_values(found, images(), np.full(found.shape, 1e-6))
    assert text == "wrong values: right but for a number added to each channel"
    assert is_fixed(text, frozenset())


def test_fractions_that_were_lost_are_told():
    wanted = np.array([[0.5, 1.25], [-2.75, 3.0]])
    text = differences.of_values(np.trunc(wanted), wanted, np.full((2, 2), 1e-6))
    assert text == "wrong values: rounded to whole numbers"
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
