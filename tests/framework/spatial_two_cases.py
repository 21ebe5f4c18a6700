"""Cases for the functions of module 19, and what compares two ways to compute them."""

import numpy as np
from hypothesis import strategies as st

from tinytorch.core import spatial_two as loops


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
def cases(draw, method=None):
    """Draw x, weight, bias, stride, dilation and groups, of any number of axes."""
    axes = draw(st.integers(1, 4))
    groups, ins, outs = (draw(st.integers(1, 4)) for _ in range(3))
    if method in ("banded", "strips"):
        axes = 2
    if method == "strips":
        groups = 1
    elif method in ONE_CHANNEL or (method != "taps" and draw(st.booleans())):
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
