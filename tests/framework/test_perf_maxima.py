"""Maximum pooling that keeps its way back: as the loops, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tinytorch
from tinytorch.core import spatial
from tinytorch.core.tensor import Tensor
from tinytorch.perf import maxima
from tinytorch.perf.pooling import windows_of

NONE = (0, 0)


def innermost(x):
    """Return the numbers of ``x`` with the images innermost in memory."""
    return np.ascontiguousarray(x.transpose(1, 2, 3, 0)).transpose(3, 0, 1, 2)


@st.composite
def cases(draw, values=(-2.0, -1.0, 0.0, 1.0)):
    """Draw images of few different numbers, an upstream gradient, and the sizes."""
    few = st.integers(1, 4)
    kernel, stride = (draw(few), draw(few)), (draw(few), draw(few))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    least = [max(1, k - 2 * p) for k, p in zip(kernel, padding, strict=True)]
    size = [low + draw(st.integers(0, 6)) for low in least]
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 3)), *size
    x = rng.choice(np.float32(values), shape)
    if draw(st.booleans()):
        x = innermost(x)
    counts = [w.count for w in windows_of(shape, kernel, stride, padding)]
    grad = rng.integers(-9, 9, (*shape[:2], *counts)).astype(np.float32)
    return x, grad, (kernel, stride, padding)


@st.composite
def tiles(draw, values=(-2.0, -1.0, 0.0, 1.0)):
    """Draw images that windows cover, each pixel once; some gradients are infinite."""
    few = st.integers(1, 4)
    kernel, counts = (draw(few), draw(few)), (draw(few), draw(few))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    planes = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    size = [k * count for k, count in zip(kernel, counts, strict=True)]
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    x = rng.choice(np.array(values, dtype), (*planes, *size))
    grad = rng.choice(np.array([-1, 0.5, 3, np.inf], dtype), (*planes, *counts))
    x, grad = (innermost(a) if draw(st.booleans()) else a for a in (x, grad))
    return x, grad, (kernel, kernel, NONE)


def of_the_layer(x, grad, sizes):
    """Return the result and the gradient of x, by what is in use."""
    image = Tensor(x, requires_grad=True, dtype=x.dtype)
    image.data = x  # in its own order in memory
    out = spatial.MaxPool2dFunction.apply(image, *sizes)
    out.backward(grad)
    return out.data, image.grad


def check(case):
    x, grad, sizes = case
    with tinytorch.use("loops"):
        wanted = of_the_layer(*case)
    with tinytorch.use("fast"):
        got = of_the_layer(*case)
    alone = maxima.max_pool2d_backward(grad, x, *sizes)
    for found, expected in zip((*got, alone), (*wanted, wanted[1]), strict=True):
        assert found.dtype == x.dtype
        np.testing.assert_array_equal(found, expected)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_layers_are_those_of_the_loops(case):
    check(case)


@settings(max_examples=150, deadline=None)
@given(tiles(), st.booleans())
def test_tiles_are_asked_pixel_by_pixel(case, in_blocks):
    with pytest.MonkeyPatch.context() as patch:
        if in_blocks:
            patch.setattr("tinytorch.perf.windows.BLOCK_BYTES", 64)
        check(case)


@settings(max_examples=50, deadline=None)
@given(tiles(values=(-np.inf, -np.inf, 0.0, np.nan)))
def test_tiles_without_a_finite_maximum_as_well(case):
    check(case)


# A NaN wins, of several the last; of minus infinity the first that is no padding.
@settings(max_examples=150, deadline=None)
@given(cases(values=(-np.inf, -np.inf, -np.inf, 0.0, np.nan)))
def test_with_what_is_no_finite_number_as_well(case):
    check(case)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_the_long_way_finds_the_same(case):
    x, _, sizes = case
    windows = windows_of(x.shape, *sizes)
    largest, places = maxima.max_pool2d_places(x, windows)
    turned = x.strides[0] < x.strides[3] and len(x) > 1
    flat = x.transpose(1, 2, 3, 0).ravel() if turned else x.ravel()
    order = largest.transpose(1, 2, 3, 0) if turned else largest
    np.testing.assert_array_equal(flat[places.ravel()], order.ravel())
    planes = flat.reshape(-1, *x.shape[2:], len(x) if turned else 1)
    border = (0, 0), *((p, p) for p in sizes[2]), (0, 0)
    padded = np.pad(planes, border, constant_values=-np.inf)
    found = maxima.odd_places(padded, windows)
    plane = planes[0].size * np.arange(len(planes))[:, None, None, None]
    np.testing.assert_array_equal(found + plane, places)


def test_a_window_of_padding_alone_gives_nothing():
    x, sizes = np.ones((1, 1, 2, 2)), ((1, 1), (1, 1), (1, 1))
    grad = maxima.max_pool2d_backward(np.ones((1, 1, 4, 4)), x, *sizes)
    np.testing.assert_array_equal(grad, x)


@pytest.mark.parametrize(("there", "back"), [("loops", "fast"), ("fast", "loops")])
def test_a_graph_may_be_walked_back_by_the_other_road(there, back):
    rng = np.random.default_rng(0)
    x, grad = rng.normal(size=(2, 3, 6, 8)), rng.normal(size=(2, 3, 3, 4))
    sizes = (2, 2), (2, 2), NONE
    image = Tensor(x, requires_grad=True, dtype=float)
    with tinytorch.use(there):
        out = spatial.MaxPool2dFunction.apply(image, *sizes)
    with tinytorch.use(back):
        out.backward(grad)
    wanted = spatial.max_pool2d_backward(grad, x, *sizes)
    np.testing.assert_array_equal(image.grad, wanted)


@pytest.mark.parametrize("stride", [(2, 2), (1, 2)], ids=["tiles", "overlapping"])
def test_the_way_back_is_kept_only_for_a_gradient(monkeypatch, stride):
    x, sizes = np.ones((2, 3, 6, 8)), ((2, 2), stride, NONE)
    with tinytorch.use("fast"):
        wanted = spatial.MaxPool2dFunction.apply(Tensor(x, requires_grad=True), *sizes)
        # Backward searches no maxima.
        monkeypatch.setattr(maxima, "pool", None)
        wanted.backward(np.ones(wanted.shape))
        monkeypatch.undo()
        unwanted = spatial.MaxPool2dFunction.apply(Tensor(x), *sizes)
    np.testing.assert_array_equal(wanted.data, unwanted.data)


def test_pieces_that_do_not_divide(monkeypatch):
    monkeypatch.setattr(maxima, "PIECE", 5)
    rng = np.random.default_rng(0)
    x, grad = rng.normal(size=(2, 3, 6, 8)), rng.normal(size=(2, 3, 5, 7))
    sizes = (2, 2), (1, 1), NONE
    wanted = spatial.max_pool2d_backward(grad, x, *sizes)
    got = maxima.max_pool2d_backward(grad, x, *sizes)
    np.testing.assert_allclose(got, wanted, atol=1e-12)
