"""The fast methods of module 19: equal to its loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spatial_two_cases import ONE_CHANNEL, cases, check, close, numbers, side_by_side

from tinytorch.core import spatial_two as loops
from tinytorch.perf import banded, columns, depthwise, taps
from tinytorch.perf import spatial_two as fast
from tinytorch.perf.methods import METHODS
from tinytorch.perf.taps import find_taps


def forced(method):
    """Return the two functions of a method, with the arguments of module 19."""

    def plan(x, weight, stride, dilation):
        return find_taps(x.shape[2:], weight.shape[2:], stride, dilation)

    def forward(x, weight, bias, stride, dilation, groups):
        there = plan(x, weight, stride, dilation)
        return METHODS[method].forward(x, weight, bias, there, dilation, groups)

    def backward(grad, x, weight, stride, dilation, groups):
        there = plan(x, weight, stride, dilation)
        return METHODS[method].backward(grad, x, weight, there, dilation, groups)

    return forward, backward


@pytest.mark.parametrize("method", METHODS)
def test_each_method_equals_the_loops(method):
    @settings(max_examples=120, deadline=None)
    @given(cases(method))
    def run(case):
        check(*forced(method), case)

    run()


@pytest.mark.parametrize("method", METHODS)
def test_without_the_gradient_of_x_the_others_are_the_same(method):
    rng = np.random.default_rng(0)
    ins = 1 if method in ONE_CHANNEL else 2
    groups = 1 if method == "strips" else 2
    x, weight = (
        rng.normal(size=(3, groups * ins, 6, 7)),
        rng.normal(size=(4, ins, 2, 3)),
    )
    plan = find_taps((6, 7), (2, 3), (2, 1), (1, 2))
    grad = rng.normal(size=(3, 4, *plan.counts))
    arguments = grad, x, weight, plan, (1, 2), groups
    none, grad_weight = METHODS[method].backward(*arguments, for_x=False)
    assert none is None
    wanted = METHODS[method].backward(*arguments)[1]
    np.testing.assert_allclose(grad_weight, wanted, rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_whichever_is_chosen_equals_the_loops(case):
    check(fast.grouped_forward, fast.grouped_backward, case)


def bordered(method, padding):
    """Return the functions of a method that pads, with the arguments of module 19."""
    border = [(n, n) for n in padding]

    def plan(x, weight, stride, dilation):
        sizes = loops.pad(x, border, "zeros").shape[2:]
        return find_taps(sizes, weight.shape[2:], stride, dilation)

    def forward(x, weight, bias, stride, dilation, groups):
        rest = plan(x, weight, stride, dilation), dilation, groups, padding
        return METHODS[method].forward(x, weight, bias, *rest)

    def backward(grad, x, weight, stride, dilation, groups):
        rest = plan(x, weight, stride, dilation), dilation, groups, True, padding
        return METHODS[method].backward(grad, x, weight, *rest)

    return forward, backward


PADS = [name for name, method in METHODS.items() if method.pads]


@pytest.mark.parametrize("method", [*PADS, "whichever is chosen"])
def test_what_pads_itself_equals_what_is_padded_before(method):
    @settings(max_examples=100, deadline=None)
    @given(cases(method if method in PADS else None), st.data())
    def run(case, data):
        x, weight, bias, *sizes = case
        padding = data.draw(numbers(len(sizes[0]), 0, 3))
        border = [(n, n) for n in padding]
        if method in PADS:
            forward, backward = bordered(method, padding)
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


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 60))
def test_blocks_that_do_not_divide(data, block):
    method = data.draw(st.sampled_from(["taps", "depthwise", "banded", "columns"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taps, "BLOCK", block)
        patch.setattr(depthwise, "BLOCK", block)
        patch.setattr(banded, "BLOCK", block)
        patch.setattr(banded, "ROWS", 1 + block % 9)
        patch.setattr(columns, "block_numbers", lambda kernels: 4 * block)
        patch.setattr(columns, "FEW_WINDOWS", block)
        check(*forced(method), data.draw(cases(method)))


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
