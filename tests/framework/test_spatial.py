"""The reference solution of module 09, and what its layers refuse."""

import numpy as np
import pytest

from tinytorch.core.activations import ReLU, Softmax
from tinytorch.core.autograd import gradcheck
from tinytorch.core.layers import Dropout, Linear, Sequential, manual_seed
from tinytorch.core.spatial import (
    AvgPool2d,
    Conv2d,
    Conv2dFunction,
    MaxPool2d,
    activation_bytes,
    avg_pool2d_backward,
    avg_pool2d_forward,
    conv2d_backward,
    conv2d_forward,
    count_macs,
    count_parameters,
    max_pool2d_backward,
    max_pool2d_forward,
    output_size,
    receptive_field,
)
from tinytorch.core.tensor import Tensor
from tinytorch.perf import convolution, maxima

X = np.arange(6.0).reshape(1, 1, 2, 3)


def random(*shape):
    data = np.random.default_rng(0).normal(size=shape)
    return Tensor(data, requires_grad=True, dtype=np.float64)


def test_convolution_by_hand():
    kernel = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    one, none = (1, 1), (0, 0)
    assert conv2d_forward(X, kernel, None, one, none).tolist() == [[[[27, 37]]]]
    bias = np.array([100.0])
    assert conv2d_forward(X, kernel, bias, one, none).tolist() == [[[[127, 137]]]]
    # Padding above and below: the kernel's other row meets the zeros.
    tall = conv2d_forward(X, kernel, None, one, (1, 0))
    assert tall.tolist() == [[[[4, 11], [27, 37], [11, 14]]]]
    # Three input channels 1, 10, 100 add up; an output channel has its own kernel.
    pixels = np.array([1.0, 10.0, 100.0]).reshape(1, 3, 1, 1)
    kernels = np.array([[1.0, 1.0, 1.0], [0.0, 2.0, 0.0]]).reshape(2, 3, 1, 1)
    assert conv2d_forward(pixels, kernels, None, one, none).ravel().tolist() == [
        111,
        20,
    ]


def test_pooling_by_hand():
    image = np.array([[[[-5.0, -3.0], [-4.0, -2.0]]]])
    padded = max_pool2d_forward(image, (2, 2), (2, 2), (1, 1))
    assert padded.tolist() == [[[[-5, -3], [-4, -2]]]]
    padded = avg_pool2d_forward(image, (2, 2), (2, 2), (1, 1))
    assert padded.tolist() == [[[[-1.25, -0.75], [-1, -0.5]]]]


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("padding", [(0, 0), (1, 2)])
def test_gradients(stride, padding):
    x, weight, bias = random(2, 2, 5, 7), random(3, 2, 3, 2), random(3)

    def convolve(x, weight, bias):
        return Conv2dFunction.apply(x, weight, bias, stride, padding)

    assert gradcheck(convolve, [x, weight, bias])
    assert gradcheck(MaxPool2d((3, 4), stride, padding), [x])
    assert gradcheck(AvgPool2d((3, 4), stride, padding), [x])


def test_backward_by_hand():
    """0..5, a kernel of 2x2, and upstream gradients 1 and 10."""
    kernel = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    upstream = np.array([[[[1.0, 10.0]]]])
    one, none = (1, 1), (0, 0)
    grads = conv2d_backward(upstream, X, kernel, one, none)
    # The middle column is in both windows: 2 + 10 and 4 + 30.
    assert grads[0].tolist() == [[[[1, 12, 20], [3, 34, 40]]]]
    # What each number of the kernel met: 0 and 1, 1 and 2, 3 and 4, 4 and 5.
    assert grads[1].tolist() == [[[[10, 21], [43, 54]]]]
    assert grads[2].tolist() == [11]
    # A padded column on the left and on the right: one window more on each side.
    wide = conv2d_backward(np.ones((1, 1, 1, 4)), X, kernel, one, (0, 1))
    assert wide[0].tolist() == [[[[3, 3, 3], [7, 7, 7]]]]
    largest = max_pool2d_backward(upstream, X, (2, 2), one, none)
    assert largest.tolist() == [[[[0, 0, 0], [0, 1, 10]]]]
    shares = avg_pool2d_backward(4 * upstream, X, (2, 2), one, none)
    assert shares.tolist() == [[[[1, 11, 10], [1, 11, 10]]]]


def test_costs_by_hand():
    assert count_parameters(3, 64, 3) == 1792  # 64 * 27 + 64
    assert count_parameters(2, 5, (3, 4), bias=False) == 120
    # 2 images, 5 channels, 3x4 places, 2x3x2 products each
    assert count_macs((2, 2, 8, 9), 5, (3, 2), stride=(2, 3), padding=(0, 1)) == 1440
    assert activation_bytes((2, 3, 4), itemsize=8) == 192
    assert activation_bytes(()) == 4


def test_receptive_fields_by_hand():
    assert receptive_field([]) == 1
    # Steps of 1, 2 and 6 pixels: 1 + 2 * 1 + 1 * 2 + 4 * 6.
    assert receptive_field([(3, 2), (2, 3), (5, 1)]) == 29
    assert receptive_field([(5, 1), (2, 3), (3, 2)]) == 12


def test_without_bias():
    x, weight = random(1, 2, 4, 5), random(3, 2, 2, 3)

    def convolve(x, weight):
        return Conv2dFunction.apply(x, weight, None, (1, 2), (0, 1))

    assert gradcheck(convolve, [x, weight])


def test_equal_maxima_the_first_gets_the_gradient():
    x = Tensor([[[[7.0, 7.0, 1.0]]]], requires_grad=True)
    MaxPool2d((1, 2), stride=1)(x).backward(np.array([[[[1.0, 10.0]]]]))
    assert x.grad.ravel().tolist() == [1, 10, 0]


def test_a_number_that_is_none_wins_as_in_pytorch():
    """By the loops as by the fast functions, and in each window that it lies in."""
    x = np.arange(12.0).reshape(1, 1, 3, 4)
    x[0, 0, 1, 1] = np.nan
    wanted = [[[[np.nan, np.nan, 7], [np.nan, np.nan, 11]]]]
    for pool in (max_pool2d_forward, convolution.max_pool2d_forward):
        assert np.array_equal(pool(x, (2, 2), (1, 1), (0, 0)), wanted, equal_nan=True)


NAN, LOW = np.nan, -np.inf


@pytest.mark.parametrize(
    ("row", "stride", "padding", "gradient"),
    [
        ([5, NAN, 1, 9], 1, 0, [0, 11, 0, 100]),  # the number that is none
        ([NAN, NAN, 1, 9], 1, 0, [0, 11, 0, 100]),  # the last of two
        ([LOW, LOW, 1, LOW], 1, 0, [1, 0, 110, 0]),  # the first of the lowest
        ([LOW, NAN, LOW, 2], 2, 1, [1, 10, 0, 100]),  # no padding gets any
        ([np.inf, LOW, np.inf, 3], 1, 0, [1, 0, 110, 0]),
    ],
)
def test_no_finite_maximum_gives_its_gradient_on_as_in_pytorch(
    row, stride, padding, gradient
):
    """By both roads, along the width and along the height."""
    x, padding = np.array(row, float).reshape(1, 1, 1, 4), (0, padding)
    upstream = np.array([1.0, 10, 100]).reshape(1, 1, 1, 3)
    for pool in (max_pool2d_backward, maxima.max_pool2d_backward):
        got = pool(upstream, x, (1, 2), (1, stride), padding)
        assert got.ravel().tolist() == gradient
        turned = upstream.swapaxes(2, 3), x.swapaxes(2, 3)
        got = pool(*turned, (2, 1), (stride, 1), padding[::-1])
        assert got.ravel().tolist() == gradient


def test_a_block_of_the_course():
    manual_seed(0)
    x = Tensor(np.zeros((2, 3, 224, 6)))
    assert Conv2d(3, 4, kernel_size=3, padding=1)(x).shape == (2, 4, 224, 6)
    assert MaxPool2d((2, 3))(x).shape == (2, 3, 112, 2)
    assert MaxPool2d((2, 3)).stride == (2, 3)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Conv2d(3, 8, 3)(Tensor(np.zeros((3, 224, 224)))),
            r"^Expected 4D input \(batch, channels, height, width\), "
            r"got \(3, 224, 224\)$",
        ),
        (
            lambda: MaxPool2d(2)(Tensor(np.zeros((224, 224)))),
            r"^Expected 4D input .* got \(224, 224\)$",
        ),
        (
            lambda: Conv2d(3, 8, 3)(Tensor(np.zeros((1, 2, 8, 8)))),
            r"Expected 3 input channels, got 2 in shape \(1, 2, 8, 8\)",
        ),
        (
            lambda: Conv2d(1, 1, 5)(Tensor(np.zeros((1, 1, 3, 8)))),
            "a kernel of 5 does not fit into 3 pixels with padding 0",
        ),
        (lambda: Conv2d(1, 1, 3, stride=0), "stride must be .* at least 1.* got 0"),
        (lambda: Conv2d(1, 1, 3, padding="same"), "padding must be .* got 'same'"),
        (lambda: Conv2d(1, 1, (3, 3, 3)), r"kernel_size must be .* got \(3, 3, 3\)"),
        (lambda: Conv2d(1, 1, 2.5), "kernel_size must be a whole number .* got 2.5"),
        (lambda: MaxPool2d(2, padding=2), r"half of kernel_size, got padding \(2, 2\)"),
        (lambda: output_size(5, 3, 0), "stride >= 1 .* got kernel 3, stride 0"),
    ],
)
def test_refuses_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as raised:
        make()
    assert "\n" not in str(raised.value)


def test_layers_are_shown_as_in_pytorch():
    shown = "Conv2d(3, 64, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(Conv2d(3, 64, 3)) == shown
    bare = Conv2d(1, 2, (3, 5), stride=2, padding=(0, 1), bias=False)
    assert repr(bare) == (
        "Conv2d(1, 2, kernel_size=(3, 5), stride=(2, 2), padding=(0, 1), bias=False)"
    )
    assert repr(AvgPool2d(2)) == "AvgPool2d(kernel_size=2, stride=2, padding=0)"
    pool = MaxPool2d((2, 3), stride=1)
    assert repr(pool) == "MaxPool2d(kernel_size=(2, 3), stride=1, padding=0)"
    net = Sequential(Sequential(Linear(2, 3), ReLU()), Softmax(), Dropout(0.1))
    assert repr(net).splitlines() == [
        "Sequential(",
        "  (0): Sequential(",
        "    (0): Linear(in_features=2, out_features=3, bias=True)",
        "    (1): ReLU()",
        "  )",
        "  (1): Softmax(dim=-1)",
        "  (2): Dropout(p=0.1)",
        ")",
    ]
    assert repr(Sequential()) == "Sequential()"


@pytest.mark.parametrize("wrong", [0, -1, 2.5, True, "3"])
def test_a_layer_of_no_channels_is_refused_as_it_is_made(wrong):
    for channels in ((wrong, 3), (3, wrong)):
        with pytest.raises(ValueError, match="_channels must be a whole number of at"):
            Conv2d(*channels, 3)


def test_a_linear_layer_of_no_features_is_refused():
    for features in ((0, 3), (3, 0)):
        with pytest.raises(ValueError, match="of at least 1, got"):
            Linear(*features)
