"""The fast methods of module 19: what is refused, and what is chosen."""

import contextlib

import numpy as np
import pytest

from tinytorch.core import spatial_two as loops
from tinytorch.perf import rearranged
from tinytorch.perf import spatial_two as fast

X, WEIGHT = np.zeros((1, 4, 6, 7)), np.zeros((4, 2, 3, 2))
ONE = (1, 1)
REFUSED = {
    "a kernel that reaches too far": (
        "grouped_forward", (X, WEIGHT, None, ONE, (3, 1), 2)
    ),
    "three groups of four": ("grouped_forward", (X, WEIGHT, None, ONE, ONE, 3)),
    "three channels behind": ("grouped_forward", (X, WEIGHT[:3], None, ONE, ONE, 2)),
    "output padding": (
        "conv_transpose_forward", (X, WEIGHT, None, (2, 2), (0, 0), (0, 3))
    ),
    "a mode": ("pad", (X, ((0, 0), (1, 1)), "mirror")),
    "reflect": ("pad", (X, ((0, 6), (1, 1)), "reflect")),
    "circular": ("pad", (X, ((0, 0), (8, 1)), "circular")),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_the_messages_are_those_of_the_loops(what):
    name, arguments = REFUSED[what]
    said = []
    for module in (loops, fast):
        with pytest.raises(ValueError, match=r"\A.*\Z") as error:
            getattr(module, name)(*arguments)
        said.append(str(error.value))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: fast.grouped_forward(X[:, :2], WEIGHT, None, ONE, ONE, 2),
            "Expected 4 input channels, as weight (4, 2, 3, 2) has in 2 groups, got 2",
        ),
        (
            lambda: fast.grouped_backward(X, X, WEIGHT, ONE, ONE, 2),
            "Expected grad_output of shape (1, 4, 4, 6), got (1, 4, 6, 7)",
        ),
    ],
)
def test_what_the_loops_leave_to_numpy_is_one_line(call, said):
    with pytest.raises(ValueError, match=r"\A.*\Z") as error:
        call()
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("x", "weight", "dilation", "groups", "method", "why"),
    [
        ((8, 64, 4000), (64, 1, 5), 1, 64, "depthwise", "shifted lines, added up"),
        ((32, 32, 6, 6), (32, 1, 3, 3), 1, 32, "dense", "one matrix"),
        ((4, 96, 62, 62), (96, 1, 7, 7), 1, 96, "banded", "a product with a band"),
        ((2, 256, 57, 57), (256, 256, 3, 3), 12, 1, "columns", "all groups at once"),
        ((4, 256, 37, 37), (256, 256, 3, 3), 2, 1, "rearranged",
         " of (16, 256, 19, 19) by (256, 256, 3, 3)"),
        ((8, 64, 30, 30), (64, 64, 3, 3), 1, 1, "rearranged", "images already"),
        ((2, 16, 18, 34, 34), (32, 16, 3, 3, 3), 1, 1, "rearranged",
         "of (32, 48, 34, 34)"),
    ],
)  # fmt: skip
def test_what_is_chosen_and_why(x, weight, dilation, groups, method, why):
    one = (1,) * (len(x) - 2)
    choice = fast.explain(x, weight, one, [dilation] * len(one), groups)
    assert choice.method == method
    assert choice.milliseconds[method] == min(choice.milliseconds.values())
    text = str(choice)
    assert text.startswith(f"{method}: ") and why in text and "\n" not in text
    assert all(f"{name} {ms:.3g}" in text for name, ms in choice.milliseconds.items())


def test_one_way_may_take_another_method_than_the_other():
    sizes = (4, 64, 4000), (64, 64, 2), (1,), (64,)
    assert fast.explain(*sizes).method == "columns"
    back = fast.explain(*sizes, way="backward")
    assert back.method == "taps" and "nothing is copied" in back.reason


def test_the_reason_tells_what_the_fast_convolution_gets(monkeypatch):
    got = []

    def watched(x, weight, bias, stride, padding):
        got.append((x.shape, weight.shape, stride, padding))
        return np.zeros((len(x), len(weight), 1, 1))

    monkeypatch.setattr(rearranged, "conv2d_forward", watched)
    monkeypatch.setattr(rearranged, "put_together", lambda many, windows, out: out)
    for x, weight, stride, dilation, padding in [
        ((2, 3, 20), (4, 3, 2), (1,), (3,), (2,)),
        ((2, 3, 20), (4, 3, 2), (1,), (1,), (1,)),
        ((2, 3, 12, 11), (4, 3, 3, 2), (2, 1), (4, 2), (0, 3)),
        ((2, 3, 12, 11), (4, 3, 3, 2), (2, 1), (1, 1), (1, 2)),
        ((2, 3, 7, 12, 11), (4, 3, 2, 3, 1), (1, 2, 1), (2, 3, 5), (1, 1, 0)),
        ((2, 3, 7, 12, 11), (4, 3, 2, 3, 1), (1, 2, 1), (2, 1, 1), (1, 2, 1)),
    ]:
        sizes = x, weight, stride, dilation, padding
        with contextlib.suppress(ValueError):  # the answer is of another shape
            rearranged.dense_forward(np.zeros(x), np.zeros(weight), None, *sizes[2:])
        assert got.pop() == rearranged.what_is_left(*sizes)
