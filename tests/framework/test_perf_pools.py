"""The fast pooling, equal to the loops; what all of it needs, and what it refuses."""

import tracemalloc

import numpy as np
import pytest
from convolutions import (
    DTYPES,
    NONE,
    ONE,
    ORDERS,
    close,
    default_prices,  # noqa: F401
    forced,
    reorder,
    zeros,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tinytorch.core import spatial
from tinytorch.perf import convolution, windows
from tinytorch.perf.convolution import (
    METHODS,
    avg_pool2d_backward,
    avg_pool2d_forward,
    conv2d_backward,
    conv2d_forward,
    max_pool2d_backward,
    max_pool2d_forward,
)


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
