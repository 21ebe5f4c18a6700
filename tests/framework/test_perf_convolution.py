"""The fast convolution: equal to the definition by every method, and what is chosen."""

import functools
import itertools

import numpy as np
import pytest
from convolutions import (
    NONE,
    ONE,
    ORDERS,
    cases,
    check_backward,
    check_forward,
    close,
    convolve,
    convolve_back,
    default_prices,  # noqa: F401
    forced,
    zeros,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch
from tinytorch.core import spatial
from tinytorch.core.tensor import Tensor
from tinytorch.perf import convolution, lines, matmul, rows, windows, winograd
from tinytorch.perf.convolution import (
    METHODS,
    conv2d_backward,
    conv2d_forward,
    explain,
    max_pool2d_forward,
)

# Of one row or less, so that some see padding alone; of a few rows; as they come.
BLOCKS = 1, 500, windows.BLOCK_BYTES


@settings(max_examples=150, deadline=None)
@given(cases(), st.sampled_from(ORDERS))
def test_equal_to_the_definition(case, order):
    check_forward(conv2d_forward, case)
    check_backward(conv2d_backward, case, order)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_by_force(method):
    forward, backward = forced(method)

    @settings(max_examples=60, deadline=None)
    @given(cases(method), st.sampled_from(ORDERS), st.sampled_from(BLOCKS))
    def check(case, order, block):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(windows, "BLOCK_BYTES", block)
            check_forward(forward, case)
            check_backward(backward, case, order)

    check()


@pytest.mark.parametrize("shape", [(1, 1, 5, 6), (1, 3, 1, 6), (17, 1, 5, 1)])
def test_strides_that_mean_nothing(shape):
    # Along an axis of length 1 a stride is never used, and NumPy allows any.
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(np.float32)
    odd = [n if k > 1 else 10**12 for n, k in zip(x.strides, shape, strict=True)]
    x = np.lib.stride_tricks.as_strided(x, strides=odd, writeable=False)
    kernel = min(2, shape[2]), min(3, shape[3])
    weight = rng.normal(size=(4, shape[1], *kernel)).astype(np.float32)
    for padding in (NONE, (2, 1)):
        check_forward(conv2d_forward, (x, weight, None, ONE, padding))
        check_backward(conv2d_backward, (x, weight, None, ONE, padding))


def test_pairs_may_be_lists():
    x, weight = zeros(1, 2, 5, 6) + 1, zeros(3, 2, 2, 2) + 1
    assert np.all(conv2d_forward(x, weight, None, [1, 2], [0, 0]) == 8)
    assert explain([1, 2, 5, 6], [3, 2, 2, 2], [1, 2], [0, 0]).method in METHODS
    assert np.all(max_pool2d_forward(x, [2, 2], [1, 2], [0, 0]) == 1)


def test_blocks_that_do_not_divide(monkeypatch):
    # Smaller than one row of windows.
    monkeypatch.setattr(windows, "BLOCK_BYTES", 3000)
    monkeypatch.setattr(winograd, "TILES_PER_BLOCK", 5)
    rng = np.random.default_rng(0)
    for batch in (1, 5, 17):
        x = rng.normal(size=(batch, 2, 23, 18)).astype(np.float32)
        weight = rng.normal(size=(3, 2, 3, 3)).astype(np.float32)
        for method in ("winograd", "columns", "strips", "turned", "rows"):
            forward, backward = forced(method)
            check_forward(forward, (x, weight, None, ONE, (1, 2)))
            check_backward(backward, (x, weight, None, ONE, (1, 2)))


@pytest.mark.parametrize("tiles", [5, 128])
def test_groups_of_channels_that_do_not_divide(monkeypatch, tiles):
    monkeypatch.setattr(winograd, "CHANNELS_PER_GROUP", 3)
    monkeypatch.setattr(winograd, "TILES_PER_BLOCK", tiles)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 7, 9, 10)).astype(np.float32)
    weight = rng.normal(size=(5, 7, 3, 3)).astype(np.float32)
    bias = rng.normal(size=5).astype(np.float32)
    forward, backward = forced("winograd")
    check_forward(forward, (x, weight, bias, ONE, ONE))
    check_backward(backward, (x, weight, None, ONE, ONE))


@pytest.mark.parametrize("at_once", [True, False])
def test_columns_are_added_to_pixels_at_once_or_in_a_loop(monkeypatch, at_once):
    monkeypatch.setattr(matmul, "pays", lambda *sizes: at_once)
    _, backward = forced("columns")

    @settings(max_examples=60, deadline=None)
    @given(cases(), st.sampled_from([100, 1000, 1 << 20]))
    def check(case, size):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(windows, "BLOCK_BYTES", size)
            check_backward(backward, case)

    check()


@pytest.mark.parametrize("padding", [(0, 1), (3, 0), (6, 2)])
@pytest.mark.parametrize("kernel", [(1, 2), (2, 1), (2, 2)])
def test_windows_that_leave_out_pixels_are_not_padded(monkeypatch, kernel, padding):
    # Some windows see the padding alone, where it is wide.
    monkeypatch.setattr(windows, "BLOCK_BYTES", 200)
    rng = np.random.default_rng(0)
    forward, backward = forced("columns")
    for stride, images in itertools.product([(3, 2), (2, 5), (5, 3)], [1, 3]):
        x = rng.normal(size=(images, 2, 5, 7)).astype(np.float32)
        weight = rng.normal(size=(3, 2, *kernel)).astype(np.float32)
        assert matmul.far_apart(
            windows.geometry(x.shape, weight.shape, stride, padding)
        )
        check_forward(forward, (x, weight, None, stride, padding))
        check_backward(backward, (x, weight, None, stride, padding))


def test_at_once_is_for_few_channels_out():
    pays = []
    for channels in (4, 16, 64, 256, 1024):
        g = windows.geometry((1, 8, 10, 12), (channels, 8, 5, 5), ONE, NONE)
        pays.append(lines.pays(g, 1, g.rows))
    assert pays[0] and not pays[-1] and pays == sorted(pays, reverse=True)


# Long sums. OpenBLAS adds the products of small matrices one after the other.


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 20), (30, 9)])
@pytest.mark.parametrize("length", [255, 256, 257, 3000])
def test_long_products_are_as_exact_as_short_ones(shape, length):
    rng = np.random.default_rng(0)
    left = rng.normal(size=(2, shape[0], length)).astype(np.float32)
    right = rng.normal(size=(length, shape[1])).astype(np.float32)
    exact = left.astype(float) @ right.astype(float)
    out = np.full(exact.shape, np.nan, np.float32)
    assert windows.product(left, right, out) is out
    assert np.array_equal(windows.product(left, right), out)
    assert np.abs(out - exact).max() < 2e-7 * np.sqrt(256 * length)


# What is chosen: shapes for which one method is far cheaper than the others.


@pytest.mark.parametrize(
    ("x", "weight", "stride", "padding", "methods"),
    [
        ((8, 256, 56, 56), (64, 256, 1, 1), 1, 0, "pointwise"),
        ((8, 256, 56, 56), (64, 256, 1, 1), 2, 0, "pointwise"),
        ((8, 256, 14, 14), (256, 256, 3, 3), 1, 1, "winograd"),
        ((4, 240, 20, 13), (4, 240, 5, 5), 1, 2, "turned"),
        ((4, 240, 20, 13), (4, 240, 5, 5), 2, 2, "turned"),
        ((64, 1, 8, 8), (16, 1, 3, 3), 1, 1, "rows"),
        ((1, 3, 224, 224), (64, 3, 7, 7), 2, 3, "columns strips"),
        ((2, 8, 80, 80), (64, 8, 3, 3), 2, 1, "columns strips"),
    ],
)
def test_what_is_chosen(x, weight, stride, padding, methods):
    choice = explain(x, weight, (stride, stride), (padding, padding))
    assert choice.method in methods.split()


def test_winograd_is_for_float32_alone():
    shapes = (8, 256, 14, 14), (256, 256, 3, 3), ONE, ONE
    assert explain(*shapes, np.float32).method == "winograd"
    assert "winograd" not in explain(*shapes, np.float64).milliseconds


def test_small_images_of_a_large_batch_lie_innermost():
    x = np.random.default_rng(0).normal(size=(64, 1, 8, 8)).astype(np.float32)
    weight = np.ones((16, 1, 3, 3), np.float32)
    assert "innermost" in explain(x.shape, weight.shape, ONE, ONE).reason
    out = conv2d_forward(x, weight, None, ONE, ONE)
    assert out.transpose(1, 2, 3, 0).flags.c_contiguous


@settings(max_examples=100, deadline=None)
@given(cases(), st.sampled_from(ORDERS))
def test_rows_are_kept_for_the_way_back(case, order):
    """Of a block that holds all of them; also where gradients have another dtype."""
    x, weight, _, stride, padding = case
    with pytest.MonkeyPatch.context() as patch:
        choice = convolution.Choice("rows", "", {})
        patch.setattr(convolution, "choose", lambda *sizes: choice)
        kept = convolution.convolved(*case, keep=True)[1]
        assert kept.dtype == np.result_type(x, weight, np.float32)
        check_forward(lambda *some: convolution.convolved(*some, keep=True)[0], case)
        back = functools.partial(convolution.gradients, kept=kept)
        check_backward(back, case, order)
        patch.setattr(windows, "BLOCK_BYTES", 1)
        check_forward(lambda *some: convolution.convolved(*some, keep=True)[0], case)
        tall = x.shape[2] + 2 * padding[0] > weight.shape[2] * (1 + stride[0])
        if tall:
            assert convolution.convolved(*case, keep=True)[1] is None


@pytest.mark.parametrize(("there", "back"), [("loops", "fast"), ("fast", "loops")])
def test_a_graph_may_be_walked_back_by_the_other_road(there, back):
    rng = np.random.default_rng(0)
    shapes = (64, 1, 8, 8), (16, 1, 3, 3), (16,), (64, 16, 8, 8)
    x, weight, bias, grad = (rng.normal(size=s).astype(np.float32) for s in shapes)
    tensors = [Tensor(a, requires_grad=True) for a in (x, weight, bias)]
    with tinytorch.use(there):
        out = spatial.Conv2dFunction.apply(*tensors, ONE, ONE)
    with tinytorch.use(back):
        out.backward(grad)
    wanted = convolve_back(grad, x, weight, ONE, ONE)
    for tensor, expected in zip(tensors, wanted, strict=True):
        close(tensor.grad, expected, np.float32)


def test_rows_are_found_once_for_both_ways(monkeypatch):
    """Of images whose gradient nobody wants, as in the first layer of a network."""
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(64, 1, 8, 8)))
    weight = Tensor(rng.normal(size=(16, 1, 3, 3)), requires_grad=True)
    with tinytorch.use("fast"):
        out = spatial.Conv2dFunction.apply(x, weight, None, ONE, ONE)
        monkeypatch.setattr(rows, "shifted_rows", None)
        out.backward(np.ones(out.shape, np.float32))
    assert x.grad is None
    wanted = convolve_back(np.ones(out.shape), x.data, weight.data, ONE, ONE)[1]
    close(weight.grad, wanted, np.float32)


# Winograd's rounding, relative to the largest number. The largest error seen for these
# inputs was 4e-6; beside outputs that are sums of a thousand products, up to 170, that
# is a difference of 4e-4.


@pytest.mark.parametrize("channels", [16, 64, 512])
@pytest.mark.parametrize("kind", ["normal", "positive", "far from zero", "heavy tails"])
def test_winograds_error(channels, kind):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, channels, 13, 14))
    if kind == "positive":
        x = np.maximum(x, 0)
    elif kind == "far from zero":
        x = x + 5
    elif kind == "heavy tails":
        x = x**3
    case = (
        x.astype(np.float32),
        rng.normal(size=(32, channels, 3, 3)).astype(np.float32),
        None,
        ONE,
        ONE,
    )
    forward, backward = forced("winograd")
    close(forward(*case), convolve(*case), np.float32, bound=1e-5)
    grad = rng.normal(size=convolve(*case).shape).astype(np.float32)
    wanted = convolve_back(grad, case[0], case[1], ONE, ONE)
    got = backward(grad, case[0], case[1], ONE, ONE)
    for actual, expected in zip(got[:2], wanted[:2], strict=True):
        close(actual, expected, np.float32, bound=1e-5)


def test_winograds_matrices_are_exact():
    B, G, A = winograd.transforms()
    rng = np.random.default_rng(0)
    for _ in range(5):
        pixels, kernel = rng.normal(size=6), rng.normal(size=3)
        expected = np.correlate(pixels, kernel)
        assert np.allclose(A @ ((G @ kernel) * (B @ pixels)), expected, atol=1e-13)
