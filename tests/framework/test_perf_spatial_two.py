"""The fast roads of module 19: equal to its loops, and its layers to PyTorch's."""

import contextlib
import itertools

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from reference.cases import compute
from reference.spatial_two import CASES
from test_against_pytorch import TinyTorch

import tinytorch
from tinytorch import backend
from tinytorch.core import spatial_two as loops
from tinytorch.core.tensor import Tensor
from tinytorch.perf import banded, columns, depthwise, rearranged, taps
from tinytorch.perf import spatial_two as fast
from tinytorch.perf.roads import ROADS
from tinytorch.perf.taps import find_taps


def side_by_side(x):
    """Return the numbers of ``x`` with the images innermost in memory."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 0, -1)), -1, 0)


def close(got, wanted):
    assert got.shape == wanted.shape and got.dtype == wanted.dtype
    bound = 1e-12 if wanted.dtype == np.float64 else 3e-5
    scale = max(1, np.abs(wanted).max(initial=0))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=bound * scale)


@st.composite
def numbers(draw, axes, least, most):
    """Draw a whole number for each axis."""
    return tuple(draw(st.integers(least, most)) for _ in range(axes))


ONE_CHANNEL = "depthwise", "banded"
ORDERS = {
    "plain": lambda x: x,
    "side by side": side_by_side,
    "channels last": lambda x: np.moveaxis(
        np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1
    ),
    "every other, backwards": lambda x: np.repeat(x, 2, axis=-1)[..., ::-2],
}


@st.composite
def cases(draw, road=None):
    """Draw x, weight, bias, stride, dilation and groups, of any number of axes."""
    axes = draw(st.integers(1, 4))
    groups, ins, outs = (draw(st.integers(1, 4)) for _ in range(3))
    if road in ("banded", "strips"):
        axes = 2
    if road == "strips":
        groups = 1
    elif road in ONE_CHANNEL or (road != "taps" and draw(st.booleans())):
        groups, ins, outs = draw(st.integers(1, 9)), 1, draw(st.sampled_from([1, 1, 3]))
    kernel = draw(numbers(axes, 1, 3))
    stride, dilation = draw(numbers(axes, 1, 3)), draw(numbers(axes, 1, 5))
    more = draw(numbers(axes, 0, 6 if axes < 4 else 2))
    steps = zip(kernel, dilation, more, strict=True)
    sizes = [(k - 1) * d + 1 + extra for k, d, extra in steps]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    batch = draw(st.sampled_from([1, 2, 17] if axes < 4 else [1, 2]))
    x = rng.normal(size=(batch, groups * ins, *sizes)).astype(dtype)
    weight = rng.normal(size=(groups * outs, ins, *kernel)).astype(dtype)
    bias = rng.normal(size=groups * outs).astype(dtype) if draw(st.booleans()) else None
    x = ORDERS[draw(st.sampled_from(list(ORDERS)))](x)
    return x, weight, bias, stride, dilation, groups


def forced(road):
    """Return the two functions of a road, with the arguments of module 19."""

    def plan(x, weight, stride, dilation):
        return find_taps(x.shape[2:], weight.shape[2:], stride, dilation)

    def forward(x, weight, bias, stride, dilation, groups):
        there = plan(x, weight, stride, dilation)
        return ROADS[road].forward(x, weight, bias, there, dilation, groups)

    def backward(grad, x, weight, stride, dilation, groups):
        there = plan(x, weight, stride, dilation)
        return ROADS[road].backward(grad, x, weight, there, dilation, groups)

    return forward, backward


def check(forward, backward, case):
    x, weight, _bias, *sizes = case
    before = x.copy(), weight.copy()
    wanted = loops.grouped_forward(*case)
    close(forward(*case), wanted)
    grad = np.random.default_rng(0).normal(size=wanted.shape).astype(x.dtype)
    kept = grad.copy()
    got = backward(grad, x, weight, *sizes)
    wanted = loops.grouped_backward(grad, x, weight, *sizes)
    for found, expected in zip(got, wanted[: len(got)], strict=True):
        close(found, expected)
    for array, copy in zip((x, weight, grad), (*before, kept), strict=True):
        assert np.array_equal(array, copy)


@pytest.mark.parametrize("road", ROADS)
def test_each_road_equals_the_loops(road):
    @settings(max_examples=120, deadline=None)
    @given(cases(road))
    def run(case):
        check(*forced(road), case)

    run()


@pytest.mark.parametrize("road", ROADS)
def test_without_the_gradient_of_x_the_others_are_the_same(road):
    rng = np.random.default_rng(0)
    ins = 1 if road in ONE_CHANNEL else 2
    groups = 1 if road == "strips" else 2
    x, weight = (
        rng.normal(size=(3, groups * ins, 6, 7)),
        rng.normal(size=(4, ins, 2, 3)),
    )
    plan = find_taps((6, 7), (2, 3), (2, 1), (1, 2))
    grad = rng.normal(size=(3, 4, *plan.counts))
    arguments = grad, x, weight, plan, (1, 2), groups
    none, grad_weight = ROADS[road].backward(*arguments, for_x=False)
    assert none is None
    wanted = ROADS[road].backward(*arguments)[1]
    np.testing.assert_allclose(grad_weight, wanted, rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_whichever_is_chosen_equals_the_loops(case):
    check(fast.grouped_forward, fast.grouped_backward, case)


def bordered(road, padding):
    """Return the two functions of a road that pads, with the arguments of module 19."""
    border = [(n, n) for n in padding]

    def plan(x, weight, stride, dilation):
        sizes = loops.pad(x, border, "zeros").shape[2:]
        return find_taps(sizes, weight.shape[2:], stride, dilation)

    def forward(x, weight, bias, stride, dilation, groups):
        rest = plan(x, weight, stride, dilation), dilation, groups, padding
        return ROADS[road].forward(x, weight, bias, *rest)

    def backward(grad, x, weight, stride, dilation, groups):
        rest = plan(x, weight, stride, dilation), dilation, groups, True, padding
        return ROADS[road].backward(grad, x, weight, *rest)

    return forward, backward


PADS = [name for name, road in ROADS.items() if road.pads]


@pytest.mark.parametrize("road", [*PADS, "whichever is chosen"])
def test_what_pads_itself_equals_what_is_padded_before(road):
    @settings(max_examples=100, deadline=None)
    @given(cases(road if road in PADS else None), st.data())
    def run(case, data):
        x, weight, bias, *sizes = case
        padding = data.draw(numbers(len(sizes[0]), 0, 3))
        border = [(n, n) for n in padding]
        if road in PADS:
            forward, backward = bordered(road, padding)
        else:

            def forward(x, weight, bias, stride, dilation, groups):
                rest = stride, padding, dilation, groups
                return fast.padded_forward(x, weight, bias, *rest)

            def backward(grad, x, weight, *sizes):
                return fast.grouped_gradients(grad, x, weight, *sizes, padding=padding)

        padded = loops.pad(x, border, "zeros")
        wanted = loops.grouped_forward(padded, weight, bias, *sizes)
        close(forward(x, weight, bias, *sizes), wanted)
        grad = np.random.default_rng(0).normal(size=wanted.shape).astype(x.dtype)
        grad_x, *others = loops.grouped_backward(grad, padded, weight, *sizes)
        expected = loops.pad_backward(grad_x, border, "zeros"), *others
        got = backward(grad, x, weight, *sizes)
        for found, one in zip(got, expected[: len(got)], strict=True):
            close(found, one)

    run()


def test_zeros_that_a_layer_pads_with_are_left_to_the_road(monkeypatch):
    layer = loops.Conv2d(4, 8, 3, padding=1, groups=2)
    mirror = loops.Conv2d(4, 8, 3, padding=1, groups=2, padding_mode="reflect")
    even = loops.Conv2d(4, 8, (2, 3), padding="same", groups=2)
    x, seen = np.random.default_rng(0).normal(size=(2, 4, 5, 6)), []

    def watched(x, *rest):
        seen.append((x.shape, rest[3]))
        return road_forward(x, *rest)

    road_forward = fast.road_forward
    monkeypatch.setattr(fast, "road_forward", watched)
    for one in (layer, mirror, even):
        image = Tensor(x, requires_grad=True)
        results = []
        for road in ("loops", "fast"):
            image.zero_grad()
            with tinytorch.use(road):
                out = one(image)
                out.backward(np.ones(out.shape))
            results.append((out.data, image.grad))
        for got, wanted in zip(*results, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)
    whole = (2, 4, 7, 8), (0, 0)
    assert seen == [((2, 4, 5, 6), (1, 1)), whole, ((2, 4, 6, 8), (0, 0))]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 60))
def test_blocks_that_do_not_divide(data, block):
    road = data.draw(st.sampled_from(["taps", "depthwise", "banded", "columns"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taps, "BLOCK", block)
        patch.setattr(depthwise, "BLOCK", block)
        patch.setattr(banded, "BLOCK", block)
        patch.setattr(banded, "ROWS", 1 + block % 9)
        patch.setattr(columns, "block_numbers", lambda kernels: 4 * block)
        patch.setattr(columns, "FEW_WINDOWS", block)
        check(*forced(road), data.draw(cases(road)))


@settings(max_examples=60, deadline=None)
@given(cases("depthwise"), st.sampled_from([1, 1 << 30]))
def test_long_lines_and_short_ones(case, length):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depthwise, "LONG", length)
        check(*forced("depthwise"), case)


@st.composite
def transposed(draw):
    """Draw x, weight, bias, stride, padding and output padding."""
    axes = draw(st.integers(1, 3))
    kernel, stride = draw(numbers(axes, 1, 4)), draw(numbers(axes, 1, 4))
    more = tuple(draw(st.integers(0, step - 1)) for step in stride)
    sizes = draw(numbers(axes, 1, 5))
    lengths = zip(sizes, kernel, stride, more, strict=True)
    full = [(n - 1) * s + k + extra for n, k, s, extra in lengths]
    padding = tuple(draw(st.integers(0, min(3, (n - 1) // 2))) for n in full)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    ins, outs = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    x = rng.normal(size=(draw(st.sampled_from([1, 3, 17])), ins, *sizes)).astype(dtype)
    weight = rng.normal(size=(ins, outs, *kernel)).astype(dtype)
    bias = rng.normal(size=outs).astype(dtype) if draw(st.booleans()) else None
    return x, weight, bias, stride, padding, more


@settings(max_examples=150, deadline=None)
@given(transposed())
def test_transposed_equals_the_loops(case):
    x, weight, _, stride, padding, _ = case
    wanted = loops.conv_transpose_forward(*case)
    close(fast.conv_transpose_forward(*case), wanted)
    grad = np.random.default_rng(0).normal(size=wanted.shape).astype(x.dtype)
    arguments = grad, x, weight, stride, padding
    got = fast.conv_transpose_backward(*arguments)
    wanted = loops.conv_transpose_backward(*arguments)
    for found, expected in zip(got, wanted, strict=True):
        close(found, expected)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["zeros", "replicate", "circular", "reflect"]))
def test_padding_equals_the_loops(data, mode):
    axes = data.draw(st.integers(1, 3))
    sizes = data.draw(numbers(axes, 1, 5))
    most = {"reflect": -1, "circular": 0}.get(mode, 3)
    padding = tuple(
        tuple(data.draw(st.integers(0, max(0, size + most))) for _ in range(2))
        for size in sizes
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    x = rng.normal(size=(3, 2, *sizes))
    if data.draw(st.booleans()):
        x = side_by_side(x)
    wanted = loops.pad(x, padding, mode)
    np.testing.assert_array_equal(fast.pad(x, padding, mode), wanted)
    grad = rng.integers(-9, 9, wanted.shape)
    got = fast.pad_backward(grad, padding, mode)
    close(got, loops.pad_backward(grad, padding, mode))


def test_whole_numbers_become_floats():
    x, weight = np.arange(12).reshape(1, 2, 6), np.ones((2, 1, 2), np.int8)
    for function in (loops.grouped_forward, fast.grouped_forward):
        assert function(x, weight, None, (1,), (2,), 2).dtype == np.float64
    half = np.full((1, 2, 4), 0.5, np.float32)
    arguments = half, x, weight, (1,), (2,), 2
    both = fast.grouped_backward(*arguments), loops.grouped_backward(*arguments)
    for found, expected in zip(*both, strict=True):
        close(found, expected)


# What is refused, in the loops' words.

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


# What is chosen.


@pytest.mark.parametrize(
    ("x", "weight", "dilation", "groups", "road", "why"),
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
def test_what_is_chosen_and_why(x, weight, dilation, groups, road, why):
    one = (1,) * (len(x) - 2)
    choice = fast.explain(x, weight, one, [dilation] * len(one), groups)
    assert choice.road == road
    assert choice.milliseconds[road] == min(choice.milliseconds.values())
    text = str(choice)
    assert text.startswith(f"{road}: ") and why in text and "\n" not in text
    assert all(f"{name} {ms:.3g}" in text for name, ms in choice.milliseconds.items())


def test_one_way_may_take_another_road_than_the_other():
    sizes = (4, 64, 4000), (64, 64, 2), (1,), (64,)
    assert fast.explain(*sizes).road == "columns"
    back = fast.explain(*sizes, way="backward")
    assert back.road == "taps" and "nothing is copied" in back.reason


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


# The switch.


def in_use():
    bound = backend._bound(loops, fast.FUNCTIONS)
    return {bound[name] is function for name, function in fast.FUNCTIONS.items()}


def test_the_switch_and_back():
    before = backend._bound(loops, fast.FUNCTIONS)
    with tinytorch.use("fast"):
        assert in_use() == {True}
        with tinytorch.use("loops"):
            assert backend._bound(loops, fast.FUNCTIONS) == before
        assert in_use() == {True}
    assert backend._bound(loops, fast.FUNCTIONS) == before


def test_loops_before_fast_changes_nothing():
    before = backend._bound(loops, fast.FUNCTIONS)
    with tinytorch.use("loops"):
        assert backend._bound(loops, fast.FUNCTIONS) == before


@pytest.fixture(scope="module")
def stored():
    with np.load(ROOT / "tests/reference/spatial_two.npz") as file:
        return dict(file)


@pytest.mark.parametrize("name", CASES)
def test_the_layers_give_pytorchs_numbers(stored, name):
    with tinytorch.use("fast"):
        found = compute(TinyTorch(), name, CASES[name])
    for key, array in found.items():
        np.testing.assert_allclose(
            array, stored[f"{name}/{key}"], rtol=1e-9, atol=1e-11, err_msg=key
        )


@pytest.mark.parametrize(
    "layer", [loops.Conv2d(4, 4, 3, groups=4), loops.ConvTranspose2d(4, 2, 2)]
)
def test_no_gradient_of_the_images_unless_it_is_wanted(layer):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 4, 6, 7))
    grads = []
    for road, wanted in itertools.product(("loops", "fast"), (True, False)):
        image = Tensor(x, requires_grad=wanted)
        layer.weight.zero_grad()
        with tinytorch.use(road):
            out = layer(image)
            out.backward(np.ones(out.shape))
        assert (image.grad is not None) == wanted
        grads.append(layer.weight.grad)
    for grad in grads[1:]:
        np.testing.assert_allclose(grad, grads[0], rtol=1e-4, atol=1e-4)


def test_a_network_keeps_its_images_side_by_side():
    x = np.random.default_rng(0).normal(size=(16, 4, 8, 8)).astype(np.float32)
    turned = side_by_side(x)
    weight = np.ones((4, 1, 3, 3), np.float32)
    with tinytorch.use("fast"):
        padded = loops.pad(turned, ((1, 1), (1, 1)), "zeros")
        out = loops.grouped_forward(padded, weight, None, ONE, ONE, 4)
        plain = loops.grouped_forward(
            loops.pad(x, ((1, 1), (1, 1)), "zeros"), weight, None, ONE, ONE, 4
        )
    for array in (padded, out):
        assert np.moveaxis(array, 0, -1).flags.c_contiguous
    assert plain.flags.c_contiguous
    np.testing.assert_allclose(out, plain, atol=1e-5)
