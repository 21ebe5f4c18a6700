"""The fast convolution: equal to the definition by every method, within its bounds."""

import json
import shutil
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from conftest import ROOT, run
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import tinytorch
from tinytorch import backend
from tinytorch.core import spatial
from tinytorch.core.tensor import Tensor
from tinytorch.perf import convolution, lines, matmul, prices, windows, winograd
from tinytorch.perf.convolution import (
    METHODS,
    avg_pool2d_backward,
    avg_pool2d_forward,
    conv2d_backward,
    conv2d_forward,
    explain,
    max_pool2d_backward,
    max_pool2d_forward,
)

ONE, NONE = (1, 1), (0, 0)


@pytest.fixture(scope="module", autouse=True)
def default_prices():
    """What is chosen does not depend on what this machine was measured to take."""
    before = list(prices._in_use)
    prices.use(prices.DEFAULTS)
    yield
    prices._in_use[:] = before


# The definitions, in float64, without any of the code under test.


def convolve(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    seen = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("bcijuv,ocuv->boij", seen, weight.astype(float), optimize=True)
    return out if bias is None else out + bias.astype(float)[:, None, None]


def convolve_back(grad, x, weight, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_padded, grad_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    rows, columns = grad.shape[2:]
    for u, v in np.ndindex(weight.shape[2:]):
        place = (
            slice(None),
            slice(None),
            slice(u, u + (rows - 1) * sh + 1, sh),
            slice(v, v + (columns - 1) * sw + 1, sw),
        )
        kernel = weight[:, :, u, v].astype(float)
        grad_padded[place] += np.einsum("boij,oc->bcij", grad, kernel)
        grad_weight[:, :, u, v] = np.einsum("boij,bcij->oc", grad, padded[place])
    inside = grad_padded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]
    return inside, grad_weight, grad.sum(axis=(0, 2, 3), dtype=float)


def close(actual, expected, dtype, bound=None):
    """Assert an error of at most ``bound`` times the largest expected number."""
    assert actual.shape == expected.shape
    assert actual.dtype == dtype
    if bound is None:
        bound = 2e-5 if dtype == np.float32 else 1e-12
    scale = max(np.abs(expected).max(), 1e-30)
    assert np.abs(actual - expected).max() <= bound * scale


# Shapes, values and orders in memory.


def reorder(x, order):
    """Return the numbers of ``x``, with another order in memory."""
    if order == "images innermost":
        return np.ascontiguousarray(x.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)
    if order == "channels last":
        return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    if order == "backwards, every other":
        wide = np.zeros((*x.shape[:3], 2 * x.shape[3]), x.dtype)
        wide[:, :, :, ::-2] = x
        return wide[:, :, :, ::-2]
    return x


ORDERS = ["plain", "images innermost", "channels last", "backwards, every other"]
DTYPES = [np.float32, np.float64, np.int32]


@st.composite
def cases(draw, method=None):
    """Draw x, weight, bias, stride and padding, all lengths as unequal as they come."""
    few, small = st.integers(1, 4), st.integers(1, 5)
    batch = draw(st.one_of(few, st.integers(16, 18)))
    channels, kernels = draw(small), draw(small)
    kernel, stride = (draw(few), draw(few)), (draw(few), draw(few))
    padding = (draw(st.integers(0, 3)), draw(st.integers(0, 3)))
    if method == "winograd":
        kernel, stride = (3, 3), (1, 1)
        padding = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    if method == "pointwise":
        kernel, padding = (1, 1), (0, 0)
    least = [max(1, k - 2 * p) for k, p in zip(kernel, padding, strict=True)]
    size = [low + draw(st.integers(0, 9)) for low in least]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.float32] if method == "winograd" else DTYPES))

    def random(*shape):
        if dtype == np.int32:
            return rng.integers(-9, 9, shape).astype(dtype)
        return rng.normal(size=shape).astype(dtype)

    x = reorder(random(batch, channels, *size), draw(st.sampled_from(ORDERS)))
    weight = random(kernels, channels, *kernel)
    bias = random(kernels) if draw(st.booleans()) else None
    return x, weight, bias, stride, padding


def check_forward(function, case):
    x, weight, bias, stride, padding = case
    before = x.copy(), weight.copy()
    out = function(x, weight, bias, stride, padding)
    close(out, convolve(*case), np.result_type(x, weight, np.float32))
    assert np.array_equal(x, before[0])
    assert np.array_equal(weight, before[1])


def check_backward(function, case, order="plain"):
    x, weight, _, stride, padding = case
    shape = convolve(*case).shape
    grad = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    grad = reorder(grad if x.dtype == np.float32 else grad.astype(float), order)
    before = grad.copy(), x.copy(), weight.copy()
    got = function(grad, x, weight, stride, padding)
    wanted = convolve_back(grad, x, weight, stride, padding)
    for actual, expected in zip(got, wanted, strict=True):
        close(actual, expected, grad.dtype)
    for array, copy in zip((grad, x, weight), before, strict=True):
        assert np.array_equal(array, copy)


@settings(max_examples=150, deadline=None)
@given(cases(), st.sampled_from(ORDERS))
def test_equal_to_the_definition(case, order):
    check_forward(conv2d_forward, case)
    check_backward(conv2d_backward, case, order)


def forced(method):
    """Return the two functions as they are when every call takes one."""

    def forward(x, weight, bias, stride, padding):
        g = windows.geometry(x.shape, weight.shape, stride, padding)
        dtype = np.result_type(x, weight, np.float32)
        x, weight = x.astype(dtype, copy=False), weight.astype(dtype, copy=False)
        return METHODS[method].forward(x, weight, bias, g)

    def backward(grad, x, weight, stride, padding):
        g = windows.geometry(x.shape, weight.shape, stride, padding)
        x, weight = x.astype(grad.dtype), weight.astype(grad.dtype)
        grads = METHODS[method].backward(grad, x, weight, g)
        return *grads, grad.sum(axis=(0, 2, 3))

    return forward, backward


@pytest.mark.parametrize("method", METHODS)
def test_every_method_by_force(method):
    forward, backward = forced(method)

    @settings(max_examples=60, deadline=None)
    @given(cases(method), st.sampled_from(ORDERS))
    def check(case, order):
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


# Pooling, against the loops of module 09.


@st.composite
def pools(draw):
    few = st.integers(1, 4)
    kernel, stride = (draw(few), draw(few)), (draw(few), draw(few))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    size = [k + draw(st.integers(0, 6)) for k in kernel]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 3)), *size)
    # Few different numbers, so that equal maxima are frequent; most are negative.
    x = rng.integers(-6, 2, shape).astype(draw(st.sampled_from(DTYPES)))
    return reorder(x, draw(st.sampled_from(ORDERS))), kernel, stride, padding


@settings(max_examples=150, deadline=None)
@given(pools(), st.sampled_from(ORDERS))
def test_pools_equal_the_loops(case, order):
    x, before = case[0], case[0].copy()
    for kind in ("max", "avg"):
        fast = getattr(convolution, f"{kind}_pool2d_forward")(*case)
        slow = getattr(spatial, f"{kind}_pool2d_forward")(*case)
        close(fast, slow, slow.dtype, bound=1e-6)
        grad = np.random.default_rng(1).normal(size=slow.shape)
        grad = reorder(grad.astype(slow.dtype), order)
        kept = grad.copy()
        fast = getattr(convolution, f"{kind}_pool2d_backward")(grad, *case)
        slow = getattr(spatial, f"{kind}_pool2d_backward")(grad, *case)
        close(fast, slow, grad.dtype, bound=1e-6)
        assert np.array_equal(grad, kept)
    assert np.array_equal(x, before)


def test_pools_keep_the_order_in_memory():
    x = np.random.default_rng(0).normal(size=(16, 3, 8, 8)).astype(np.float32)
    turned = reorder(x, "images innermost")
    for function in (max_pool2d_forward, avg_pool2d_forward):
        plain = function(x, (2, 2), (2, 2), NONE)
        assert plain.flags.c_contiguous
        inner = function(turned, (2, 2), (2, 2), NONE)
        assert inner.transpose(1, 2, 3, 0).flags.c_contiguous
        assert np.array_equal(plain, inner)
    for function in (max_pool2d_backward, avg_pool2d_backward):
        inner = function(plain, turned, (2, 2), (2, 2), NONE)
        assert inner.transpose(1, 2, 3, 0).flags.c_contiguous


# Memory beside the result: a block, and where the whole batch is taken at once, its
# padded images. Measured with nothing kept from earlier calls.

MIB = 1 << 20
MEMORY = [
    # x, weight, stride, padding, MiB beyond the result: forward, backward
    ((8, 3, 64, 64), (64, 3, 3, 3), 1, 1, 1.6, 1.8),
    ((8, 64, 28, 28), (64, 64, 3, 3), 1, 1, 3.0, 3.2),
    ((4, 32, 56, 56), (32, 32, 5, 5), 1, 2, 3.5, 2.0),
    ((8, 64, 28, 28), (32, 64, 1, 1), 1, 0, 0.1, 0.1),
    ((64, 1, 28, 28), (1, 1, 3, 3), 1, 1, 0.9, 0.9),
    ((64, 16, 16, 16), (32, 16, 3, 3), 1, 1, 2.6, 4.6),
    ((256, 16, 16, 16), (16, 16, 3, 3), 1, 1, 8.5, 8.5),
    ((256, 32, 8, 8), (32, 32, 3, 3), 1, 1, 6.3, 5.9),
    ((8, 256, 14, 14), (256, 256, 3, 3), 1, 1, 11.8, 12.7),
    ((1, 64, 224, 224), (8, 64, 3, 3), 1, 1, 1.3, 2.3),
]


@pytest.mark.parametrize(("x", "weight", "stride", "padding", "out", "back"), MEMORY)
def test_memory(x, weight, stride, padding, out, back):
    x, weight = np.ones(x, np.float32), np.ones(weight, np.float32)
    pairs = (stride, stride), (padding, padding)
    grad = np.ones_like(conv2d_forward(x, weight, None, *pairs))
    windows._kept.__dict__.clear()
    results = grad.nbytes, x.nbytes + weight.nbytes
    calls = (
        lambda: conv2d_forward(x, weight, None, *pairs),
        lambda: conv2d_backward(grad, x, weight, *pairs),
    )
    for call, result, bound in zip(calls, results, (out, back), strict=True):
        windows._kept.__dict__.clear()
        tracemalloc.start()
        try:
            call()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak - result <= bound * MIB


def test_kept_memory_is_bounded():
    windows.scratch("test", (windows.KEPT_BYTES + 1,), np.uint8)
    assert not hasattr(windows._kept, "test")
    first = windows.scratch("test", (10,), np.float32)
    assert np.shares_memory(first, windows.scratch("test", (3, 3), np.float32))
    assert not np.shares_memory(first, windows.scratch("test", (11,), np.float32))


def test_results_are_not_in_kept_memory():
    rng = np.random.default_rng(0)
    for method in METHODS:
        kernel = (3, 1, 1, 1) if method == "pointwise" else (3, 1, 3, 3)
        x = rng.normal(size=(2, 1, 9, 9)).astype(np.float32)
        weight = rng.normal(size=kernel).astype(np.float32)
        forward, backward = forced(method)
        out = forward(x, weight, None, ONE, NONE)
        grads = backward(np.ones_like(out), x, weight, ONE, NONE)
        for result in (out, *grads):
            for buffer in windows._kept.__dict__.values():
                assert not np.may_share_memory(result, buffer)


# What is refused.


def zeros(*shape):
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: conv2d_forward(
                zeros(0, 3, 8, 8), zeros(4, 3, 3, 3), None, ONE, NONE
            ),
            r"at least 1 image.*got \(0, 3, 8, 8\)",
        ),
        (
            lambda: conv2d_forward(zeros(3, 8, 8), zeros(4, 3, 3, 3), None, ONE, NONE),
            r"Expected 4D input .* got \(3, 8, 8\)",
        ),
        (
            lambda: conv2d_forward(
                zeros(1, 2, 8, 8), zeros(4, 3, 3, 3), None, ONE, NONE
            ),
            r"Expected 3 input channels.*got 2 in shape \(1, 2, 8, 8\)",
        ),
        (
            lambda: conv2d_forward(zeros(1, 3, 8, 8), zeros(3, 3, 3), None, ONE, NONE),
            r"Expected 4D weight .* got \(3, 3, 3\)",
        ),
        (
            lambda: conv2d_forward(
                zeros(1, 1, 2, 8), zeros(1, 1, 3, 3), None, ONE, NONE
            ),
            "a kernel of 3 does not fit into 2 pixels with padding 0",
        ),
        (
            lambda: conv2d_forward(
                zeros(1, 1, 8, 8), zeros(4, 1, 3, 3), zeros(3), ONE, NONE
            ),
            r"Expected bias of shape \(4,\), got \(3,\)",
        ),
        (
            lambda: conv2d_forward(
                zeros(1, 1, 8, 8), zeros(4, 1, 3, 3), None, (0, 1), NONE
            ),
            "stride >= 1 .* stride 0",
        ),
        (
            lambda: conv2d_backward(
                zeros(1, 4, 8, 8), zeros(1, 1, 8, 8), zeros(4, 1, 3, 3), ONE, NONE
            ),
            r"grad_output of shape \(1, 4, 6, 6\), got \(1, 4, 8, 8\)",
        ),
        (
            lambda: max_pool2d_forward(zeros(0, 1, 8, 8), (2, 2), (2, 2), NONE),
            r"at least 1 image.*got \(0, 1, 8, 8\)",
        ),
        (
            lambda: avg_pool2d_forward(zeros(1, 1, 8, 3), (2, 4), (2, 2), NONE),
            "a kernel of 4 does not fit into 3 pixels with padding 0",
        ),
        (
            lambda: max_pool2d_backward(
                zeros(1, 1, 4, 5), zeros(1, 1, 8, 8), (2, 2), (2, 2), NONE
            ),
            r"grad_output of shape \(1, 1, 4, 4\), got \(1, 1, 4, 5\)",
        ),
    ],
)
def test_refuses_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)


# The switch.

NAMES = *backend.NAMES, *backend.METHODS


@pytest.fixture
def loops():
    """The loops are in use before and after."""
    before = backend._bound(spatial, NAMES)
    yield before
    backend._bind(spatial, before)


def in_use():
    bound, fast = backend._bound(spatial, NAMES), convolution.FUNCTIONS
    names = {bound[name] is function for name, function in fast.items()}
    assert len(names) == 1
    return "fast" if names == {True} else "loops"


def test_the_switch_and_back(loops):
    assert in_use() == "loops"
    tinytorch.use("fast")
    assert in_use() == "fast"
    tinytorch.use("fast")
    tinytorch.use("loops")
    assert backend._bound(spatial, NAMES) == loops


def test_the_switch_as_a_context(loops):
    with tinytorch.use("fast"):
        assert in_use() == "fast"
        with tinytorch.use("loops"):
            assert in_use() == "loops"
            with tinytorch.use("loops"), tinytorch.use("fast"):
                assert in_use() == "fast"
            assert in_use() == "loops"
        assert in_use() == "fast"
    assert in_use() == "loops"
    with pytest.raises(ZeroDivisionError), tinytorch.use("fast"):
        raise ZeroDivisionError
    assert in_use() == "loops"


def test_a_new_export_is_what_loops_means(loops, monkeypatch):
    tinytorch.use("fast")

    def rewritten(*arguments):
        raise NotImplementedError

    spatial.conv2d_forward = rewritten  # as a reload of the module would
    tinytorch.use("fast")
    assert in_use() == "fast"
    tinytorch.use("loops")
    assert spatial.conv2d_forward is rewritten


def test_the_layers_compute_by_it(loops):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 3, 9, 8))
    layers = [
        spatial.Conv2d(3, 4, 3, stride=(1, 2), padding=1),
        spatial.MaxPool2d(2),
        spatial.AvgPool2d((2, 1), stride=1),
    ]
    results = []
    for road, wanted in (("loops", True), ("fast", True), ("fast", False)):
        with tinytorch.use(road):
            image = Tensor(x, requires_grad=wanted)
            out = image
            for layer in layers:
                out = layer(out)
            layers[0].weight.zero_grad()
            out.backward(np.ones(out.shape))
            results.append((out.data, image.grad, layers[0].weight.grad))
    for slow, fast, first in zip(*results, strict=True):
        assert np.allclose(slow, fast, atol=1e-5)
        assert first is None or np.array_equal(first, fast)
    assert results[2][1] is None


def test_the_switch_refuses(loops, monkeypatch):
    with pytest.raises(ValueError, match='"fast"\\) or use\\("loops"\\), got \'cuda\''):
        tinytorch.use("cuda")
    monkeypatch.delattr(spatial, "max_pool2d_backward")
    with pytest.raises(RuntimeError, match="lacks, max_pool2d_backward: finish module"):
        tinytorch.use("fast")
    monkeypatch.setitem(sys.modules, "tinytorch.core.spatial", None)
    with pytest.raises(RuntimeError, match=r"not there: .* tinytorch.export spatial"):
        tinytorch.use("fast")


@pytest.mark.parametrize("module", ["tinytorch", "tinytorch.backend"])
def test_import_does_not_load_it(module):
    source = (
        f"import sys, {module}; "
        "print([name for name in sys.modules if name.startswith('tinytorch.perf')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# The switch in a student's package, which has of `perf` what the student exported.

ACCELERATION = """\
from tinytorch.core import spatial
from tinytorch.core.spatial import avg_pool2d_backward, avg_pool2d_forward


def counted(function):
    def called(*arguments):
        calls.append(function.__name__)
        return function(*arguments)

    return called


calls = []
names = ["conv2d_forward", "conv2d_backward", "max_pool2d_forward"]
FUNCTIONS = {name: counted(getattr(spatial, name)) for name in names}
FUNCTIONS["max_pool2d_backward"] = counted(spatial.max_pool2d_backward)
FUNCTIONS["avg_pool2d_forward"] = avg_pool2d_forward
FUNCTIONS["avg_pool2d_backward"] = avg_pool2d_backward
"""


@pytest.fixture
def package(tmp_path):
    """A package with module 09 and an empty `perf`."""
    folder = tmp_path / "package"
    ignored = shutil.ignore_patterns("__pycache__", "perf")
    shutil.copytree(ROOT / "tinytorch", folder / "tinytorch", ignore=ignored)
    (folder / "tinytorch/perf").mkdir()
    (folder / "tinytorch/perf/__init__.py").touch()
    return folder


def python(package, *arguments):
    """Run Python with this package; return its output, or its last line of error."""
    environment = {"PYTHONPATH": str(package)}
    done = run(sys.executable, *arguments, cwd=package, env=environment)
    return done.stdout if done.returncode == 0 else done.stderr.splitlines()[-1]


def export_acceleration(package, text=ACCELERATION):
    cells = ["#| default_exp perf.acceleration", f"#| export\n{text}"]
    content = {"cells": [{"cell_type": "code", "source": cell} for cell in cells]}
    notebook = package / "acceleration.ipynb"
    notebook.write_text(json.dumps(content))
    printed = python(package, "-m", "tinytorch.export", notebook)
    assert "from tinytorch.perf.acceleration import counted" in printed
    assert (package / "tinytorch/perf/acceleration.py").is_file()


TRAIN = """
import numpy as np
import tinytorch as tt
from tinytorch.core import spatial

backward = spatial.Conv2dFunction.backward
own = spatial.conv2d_forward
net = tt.Sequential(tt.Conv2d(1, 2, 2), tt.MaxPool2d(2), tt.AvgPool2d(1))


def step():
    out = net(tt.Tensor(np.ones((1, 1, 5, 5))))
    out.backward(np.ones(out.shape))


with tt.use("fast"):
    step()
    assert spatial.Conv2dFunction.backward is backward
assert spatial.conv2d_forward is own
step()
from tinytorch.perf import acceleration
print(acceleration.calls)

# A second export, taken up by a reload while the first is in use.
import importlib
tt.use("fast")
importlib.reload(acceleration)
with tt.use("fast"):
    step()
# The reloaded ones call those of before, which were in use meanwhile.
print([name for name in acceleration.calls if name != "called"])
tt.use("loops")
assert spatial.conv2d_forward is own
"""


@pytest.mark.slow
def test_the_switch_takes_what_the_student_exported(package):
    export_acceleration(package)
    names = "conv2d_forward max_pool2d_forward max_pool2d_backward conv2d_backward"
    assert python(package, "-c", TRAIN) == 2 * f"{names.split()}\n"


@pytest.mark.slow
def test_our_functions_come_before_the_students(package):
    for path in (ROOT / "tinytorch/perf").glob("*.py"):
        if path.stem not in ("__init__", "acceleration"):
            shutil.copy(path, package / "tinytorch/perf")
    export_acceleration(package, "def counted(): ...\n\n\nraise SystemExit('imported')")
    source = (
        "import tinytorch as tt; tt.use('fast'); from tinytorch.core import spatial; "
        "print(spatial.conv2d_forward.__module__)"
    )
    assert python(package, "-c", source) == "tinytorch.perf.convolution\n"


FAST = "import tinytorch; tinytorch.use('fast')"


@pytest.mark.slow
@pytest.mark.parametrize("without", ["perf/__init__.py", "perf"])
def test_the_switch_without_module_18_says_what_to_do(package, without):
    if without == "perf":
        shutil.rmtree(package / "tinytorch/perf")
    assert python(package, "-c", FAST) == (
        'RuntimeError: use("fast") needs the functions of module 18, and '
        "tinytorch.perf.acceleration is not there: write module 18, then type: "
        "python -m tinytorch.export acceleration.ipynb"
    )
    source = "import tinytorch; tinytorch.use('loops'); print('loops')"
    assert python(package, "-c", source) == "loops\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("", ", ".join(backend.NAMES)),
        ("FUNCTIONS = dict.fromkeys(['conv2d_forward'], abs)", "conv2d_backward, max_"),
    ],
)
def test_the_switch_with_half_a_module_18_says_what_is_missing(package, text, lacks):
    export_acceleration(package, f"def counted(): ...\n\n\n{text}")
    line = python(package, "-c", FAST)
    assert f"FUNCTIONS of tinytorch.perf.acceleration what it lacks, {lacks}" in line
    assert line.endswith("then type: python -m tinytorch.export acceleration.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("perf/convolution", "import tinytorch.perf.windows"),
        ("perf/acceleration", "import notthere"),
        ("perf/acceleration", "from tinytorch.core.spatial import notthere"),
        ("core/spatial", "import tinytorch.core.notthere"),
    ],
)
def test_an_error_within_a_module_is_not_hidden(package, module, line):
    (package / f"tinytorch/{module}.py").write_text(line)
    kind = "ImportError: cannot" if "from" in line else "ModuleNotFoundError: No module"
    printed = python(package, "-c", FAST)
    assert printed.startswith(kind)
    assert ("tinytorch.perf.windows" if "windows" in line else "notthere") in printed
