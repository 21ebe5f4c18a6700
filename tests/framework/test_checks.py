"""The checks of a notebook: what they say of what is right, and of what is not."""

import numpy as np
import pytest
from checked import double, said

from tinytorch import checks
from tinytorch.checks import Check, CheckFailed, check_gradient, count_up
from tinytorch.core.autograd import Function
from tinytorch.core.tensor import Tensor
from tinytorch.showing import show


def test_what_holds_and_what_stands(capsys):
    checks.begin({"double": 5, "half": 3})
    Check("double", double)("two", count_up(2)).gives([0, 2]).dtype(float)
    Check("double").done("each is doubled")
    Check("half").done("each is halved")
    Check("double").done("once more")
    # One that fails now does not stand, though it has passed.
    with pytest.raises(CheckFailed):
        Check("double", double)("two", count_up(2)).gives([0, 3])
    Check("half").done("again")
    checks.begin({})
    Check("double").done("unknown points are not told")
    assert capsys.readouterr().out.splitlines() == [
        "double: each is doubled. 5 points; 1 of 2 tasks, 5 of 8 points so far.",
        "half: each is halved. 3 points; 2 of 2 tasks, 8 of 8 points so far.",
        "double: once more. 5 points; 2 of 2 tasks, 8 of 8 points so far.",
        "half: again. 3 points; 1 of 2 tasks, 3 of 8 points so far.",
        "double: unknown points are not told.",
    ]


@pytest.mark.parametrize(
    ("function", "wanted", "first"),
    [
        (lambda x: x[:1], [0, 2], "wanted shape (2,), got shape (1,)"),
        (lambda x: x + 1, [0, 2], "at [0] wanted 0, got 1"),
        (lambda x: x * np.nan, [0, 2], "at [0] wanted 0, got nan"),
        (lambda x: x.sum() / 2, 1, "wanted 1, got 0.5"),
        (lambda x: None, [0, 2], "wanted an array of shape (2,), got None"),
        (lambda x: None, 3, "wanted 3, got None"),
        (lambda x: "two", [0, 2], "wanted numbers, got a text"),
        (lambda x: x > 0, [0, 1], "wanted numbers, got bool"),
        (lambda x: Tensor([1.0]), 1, "wanted numbers, got a Tensor"),
        (lambda x: [[1], [1, 2]], [0, 2], "wanted numbers, got a list"),
        (lambda x: {"out": x}, [0, 2], "wanted numbers, got a dict"),
        (lambda x: x @ np.ones(3), 1, "raised ValueError: matmul: Input operand 1"),
        (lambda x: "b", "a", "wanted 'a', got 'b'"),
    ],
)
def test_the_first_line_says_what_was_wanted_and_what_came(function, wanted, first):
    line, *_ = said(Check("double", function)("two", count_up(2)), wanted).splitlines()
    assert line.startswith(f"double, two: {first}")


def test_below_it_stand_the_call_and_both_arrays():
    def wrong(pixels, stride):
        return pixels[:, ::stride] + 1

    example = Check("double", wrong)("every second", count_up(2, 3), 2)
    assert said(example, [[1, 3], [4, 5]]).splitlines() == [
        "double, every second: at [1, 1] wanted 5, got 6",
        "  called: wrong",
        "    pixels = float64 (2, 3)",
        "    [[0 1 2]",
        "     [3 4 5]]",
        "    stride = 2",
        "  wanted: (2, 2)",
        "  [[1 3]",
        "   [4 5]]",
        "  got: float64 (2, 2)",
        "  [[1 3]",
        "   [4 6]]",
    ]


def test_several_results_have_names():
    example = Check("both", lambda x: (x, x))("two", count_up(2))
    example.gives(first=[0, 1], second=[0, 1]).dtype(float)
    assert "two: second: at [1] wanted 9, got 1" in said(
        example, first=[0, 1], second=[0, 9]
    )
    single = Check("both", double)("two", count_up(3))
    assert "wanted 2 results, first, second; got an array" in said(
        single, first=[0], second=[0]
    )


def test_whole_numbers_and_dtypes():
    class Size(int):
        pass

    for whole in (2, np.int8(2), np.array(2), Size(2)):
        Check("one", lambda whole=whole: whole)("one").gives(2).whole()
    with pytest.raises(CheckFailed, match=r"wanted an int, got 2.0, a float"):
        Check("one", lambda: 2.0)("one").gives(2).whole()
    with pytest.raises(CheckFailed, match=r"wanted dtype float32, got float64"):
        Check("one", double)("one", count_up(1)).gives([0]).dtype(np.float32)


def test_an_error_that_is_wanted():
    def refuse(size):
        if size == 13:
            return None
        raise {3: ValueError, 4: TypeError}[size](f"no {size} of 12")

    check = Check("refuse", refuse)
    check("three", 3).raises(ValueError, naming=(3, 12))
    for size, why in {
        3: "must name 2, it says 'no 3 of 12'",
        4: "wanted a ValueError, got TypeError: no 4 of 12",
        13: "wanted a ValueError, got None",
    }.items():
        with pytest.raises(CheckFailed, match=why):
            check("size", size).raises(ValueError, naming=(2,))


def test_an_input_that_was_changed():
    def spoil(x):
        x *= 2
        return x

    image = count_up(3)
    assert "two: x was changed" in said(Check("spoil", spoil)("two", image), [0, 2, 4])
    assert image.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "q4 is not answered yet: write q4 = ... in the cell above"),
        ("q4 = None", "q4 is not answered yet"),
        ("q4 = [1]", "q4 must be a whole number, it is [1]: change it"),
        ("q4 = 'six'", "q4 must be a whole number, it is 'six'"),
        ("q4 = 2.5", "q4 must be a whole number, it is 2.5"),
        ("q4 = [[1], [1, 2]]", "q4 must be a whole number, it is [[1], [1, 2]]"),
        ("q4 = 6; q1 = (1, 2)", "q1 must be a tuple of 3 whole numbers, it is (1, 2)"),
    ],
)
def test_an_answer_that_is_missing_or_has_another_form_is_one_line(text, said):
    names = {"check": Check("questions"), "q1": (1, 2, 3)}
    exec(text, names)
    with pytest.raises(CheckFailed) as failed:
        exec("check.answer('q4')\ncheck.answer('q1', numbers=3)", names)
    (line,) = failed.value._render_traceback_()
    assert line.startswith(f"questions: {said}")


def test_answers_of_the_right_form_pass():
    names = {"check": Check("questions"), "q1": (1, 2.0), "q4": np.int64(3)}
    exec("check.answer('q4')\ncheck.answer('q1', numbers=2)", names)


def test_the_form_of_an_answer_is_asked_for_without_a_trace():
    check = Check("questions")
    check.require(True, "q1 must be a number; got 3")
    with pytest.raises(CheckFailed) as failed:
        check.require(False, "q1 must be a number; got 'three'")
    (line,) = failed.value._render_traceback_()
    assert line == "questions: q1 must be a number; got 'three'"


def test_each_of_several_numbers_is_an_int():
    for right in (3, 4), [3, 4], np.array([3, 4]):
        Check("pair", lambda right=right: right)("two").gives((3, 4)).whole()
    with pytest.raises(CheckFailed, match=r"wanted an int, got 4\.0, a float"):
        Check("pair", lambda: (3, 4.0))("two").gives((3, 4)).whole()


def test_the_tutor_repeats_what_a_failing_check_said():
    from tinytorch.tutoring import _what_the_check_said

    with pytest.raises(CheckFailed):
        Check("double", double)("two", count_up(2)).gives([0, 3])
    _, code = _what_the_check_said("double")
    assert code.text.startswith("double, two: at [1] wanted 3, got 2")
    Check("double", double).done("each is doubled")
    assert _what_the_check_said("double") == []


def test_a_shape_is_said_as_one():
    check = Check("shape")
    check("a shape").compare((2, 3), (2, 3))
    for got in ((3, 2), (4,)):
        with pytest.raises(CheckFailed) as caught:
            check("a shape").compare(got, (2, 3))
        assert str(caught.value) == f"shape, a shape: wanted (2, 3), got {got}"


class Product(Function):
    forgets = times = 1

    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x * weight + Product.forgets * bias

    @staticmethod
    def backward(ctx, grad_output):
        x, weight = ctx.saved_tensors
        return grad_output * weight, Product.times * grad_output * x, grad_output


def test_a_gradient_is_compared_after_its_forward(monkeypatch, capsys):
    inputs = {"x": count_up(2), "weight": count_up(2, first=3), "bias": np.ones(2)}

    def check():
        check_gradient(Product.apply, [1, 5], begin_with="product", **inputs)

    check()
    assert capsys.readouterr().out == (
        "forward and the gradient of x, weight, bias: right\n"
    )
    monkeypatch.setattr(Product, "times", 2)
    with pytest.raises(
        CheckFailed, match=r"^product: .*right: the gradient of weight \(argument 1"
    ):
        check()
    monkeypatch.setattr(Product, "forgets", 0)
    with pytest.raises(CheckFailed, match=r"^product, forward, .*: at \[0\] wanted 1"):
        check()


def test_a_gradient_that_fits_leaves_standing_what_stands(capsys):
    checks.begin({"product": 2})
    Check("product", Product.apply).done("as wanted")
    check_gradient(Product.apply, [0], begin_with="product", x=count_up(1),
                   weight=count_up(1), bias=np.zeros(1))  # fmt: skip
    assert checks.standing.passed == {"product"}
    checks.begin({})


def test_large_arrays_show_their_shape_alone():
    assert show(np.zeros((8, 8))) == "float64 (8, 8)"
    with np.printoptions(precision=8):  # another notebook's may be set
        assert show(np.array([0.5, 2])) == "float64 (2,)\n[0.5 2. ]"


@pytest.mark.parametrize("one_for_all", [False, True])
def test_an_answer_that_a_later_call_writes_over_is_shown(one_for_all):
    room = np.zeros(2)

    def twice(x):
        return np.multiply(2, x, out=room if one_for_all else None)

    check = Check("double", twice)
    check("two", count_up(2)).gives([0, 2])
    check.of(twice)("two more", count_up(2, first=4)).gives([8, 10])
    if not one_for_all:
        return check.done("each is doubled")
    with pytest.raises(CheckFailed) as failed:
        check.done("each is doubled")
    first, *_, it_was, was, it_is, now = str(failed.value).splitlines()
    assert first.startswith(
        "double, two: this answer was right, and a later call wrote"
    )
    assert [it_was, was, it_is, now] == [
        "  it was: float64 (2,)",
        "  [0 2]",
        "  it is: float64 (2,)",
        "  [ 8 10]",
    ]
