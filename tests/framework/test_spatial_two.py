"""Module 19: its layers and what they refuse. The numbers are beside PyTorch's."""

import numpy as np
import pytest

from tinytorch.core.spatial import conv2d_backward, conv2d_forward
from tinytorch.core.spatial_two import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Upsample,
    conv_backward,
    conv_forward,
    conv_transpose_forward,
    dilated_field,
    pad,
)
from tinytorch.core.tensor import Tensor

RNG = np.random.default_rng(0)
X, WEIGHT, BIAS = (RNG.normal(size=n) for n in ((2, 3, 7, 9), (4, 3, 3, 2), 4))


def test_without_dilation_it_is_module_09():
    stride, padding, one = (2, 3), (1, 2), (1, 1)
    padded = pad(X, ((1, 1), (2, 2)), "zeros")
    ours = conv_forward(padded, WEIGHT, BIAS, stride, one)
    loops = conv2d_forward(X, WEIGHT, BIAS, stride, padding)
    np.testing.assert_allclose(ours, loops, atol=1e-12)
    found = conv_backward(ours, padded, WEIGHT, stride, one)
    wanted = conv2d_backward(loops, X, WEIGHT, stride, padding)
    np.testing.assert_allclose(found[0][:, :, 1:-1, 2:-2], wanted[0], atol=1e-10)
    for ours, theirs in zip(found[1:], wanted[1:], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)


def test_the_transposed_convolution_is_the_gradient_of_module_09():
    upstream = RNG.normal(size=(2, 4, 3, 3))
    wanted, _, _ = conv2d_backward(upstream, X, WEIGHT, (2, 3), (0, 0))
    turned = conv_transpose_forward(upstream, WEIGHT, None, (2, 3), (0, 0), (0, 1))
    np.testing.assert_allclose(turned, wanted, atol=1e-12)


def test_the_field_is_what_changes_the_output():
    layers = [(3, 2, 1), (2, 1, 3), (3, 1, 2)]
    field = dilated_field(layers)
    row = Tensor(np.zeros((1, 1, field + 9)), requires_grad=True)
    answer = row
    for kernel, stride, dilation in layers:
        layer = Conv1d(1, 1, kernel, stride, dilation=dilation)
        layer.weight.data = np.ones_like(layer.weight.data)
        answer = layer(answer)
    upstream = np.zeros(answer.shape)
    upstream[..., 0] = 1
    answer.backward(upstream)
    seen = np.flatnonzero(row.grad)
    assert (seen[0], seen[-1]) == (0, field - 1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Conv2d(4, 6, 3, groups=3), "groups must divide 4 and 6, got 3"),
        (lambda: Conv2d(1, 1, 3, stride=2, padding="same"), "'same' needs stride 1"),
        (lambda: Conv2d(1, 1, (3, 3, 3)), "kernel_size must be a whole number"),
        (lambda: Conv1d(1, 1, 3, dilation=0), "dilation must be a whole number"),
        (lambda: AvgPool2d(3, padding=2), "more than half"),
        (lambda: AdaptiveAvgPool2d(0), "output_size must be a whole number"),
        (lambda: Upsample(1.5), "scale_factor must be a whole number"),
        (lambda: Conv2d(3, 1, 2)(Tensor(np.zeros((3, 5, 5)))), "Expected 4D input"),
        (lambda: Conv1d(3, 1, 2)(Tensor(np.zeros((1, 2, 5)))), "Expected 3 input chan"),
        (
            lambda: Conv2d(1, 1, 3, dilation=2)(Tensor(np.zeros((1, 1, 4, 9)))),
            "a kernel of 3 with dilation 2 reaches over 5 pixels, and there are 4",
        ),
        (
            lambda: ConvTranspose2d(1, 1, 3, 2, output_padding=2)(
                Tensor(np.zeros((1, 1, 2, 2)))
            ),
            "output padding 2 must be below the stride 2",
        ),
    ],
)
def test_what_cannot_be_is_one_line(make, said):
    with pytest.raises(ValueError, match=r"\A.*\Z") as error:
        make()
    assert said in str(error.value)


def test_layers_start_and_are_shown_as_they_should():
    conv = Conv2d(8, 64, (3, 5), groups=2)
    assert repr(conv) == (
        "Conv2d(8, 64, kernel_size=(3, 5), stride=(1, 1), dilation=(1, 1), groups=2)"
    )
    assert conv.weight.shape == (64, 4, 3, 5) and len(conv.parameters()) == 2
    assert np.std(conv.weight.data) == pytest.approx((2 / 60) ** 0.5, rel=0.05)
    assert Conv2d(1, 1, 1, bias=False).parameters()[0].shape == (1, 1, 1, 1)
    turned = ConvTranspose2d(8, 64, 4, stride=2)
    assert np.std(turned.weight.data) == pytest.approx((2 / 32) ** 0.5, rel=0.05)
