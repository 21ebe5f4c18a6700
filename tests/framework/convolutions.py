"""What convolutions are by their definition, cases to try, and how close is close."""

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from tinytorch.perf import prices, windows
from tinytorch.perf.convolution import METHODS

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


def zeros(*shape):
    return np.zeros(shape, np.float32)
