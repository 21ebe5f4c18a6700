"""The public examples of module 09, which the tutor tries on a student's functions.

Whole numbers, small enough to check by hand. How it works: docs/authoring.md, "The
tutor". `course tutor 09_spatial` says which known mistakes they tell apart.
"""

import numpy as np

from course.tutor import case

# Output size
# -----------


@case("output-size")
def _():
    """Every place counts: 7 pixels, a window of 3 that moves by 1."""
    return output_size(7, 3)


@case("output-size")
def _():
    """A window that would hang over the edge is left out: 8 pixels, steps of 2."""
    return output_size(8, 3, stride=2)


@case("output-size")
def _():
    """The division is rounded down: 12 pixels, a window of 4, steps of 3 and of 5."""
    return [output_size(12, 4, 3), output_size(12, 4, 5)]


@case("output-size")
def _():
    """The padding counts on both sides."""
    return [output_size(10, 3, 1, 1), output_size(10, 4, 3, 2)]


@case("output-size")
def _():
    """A kernel as long as the row fits once."""
    return output_size(5, 5)


@case("output-size")
def _():
    """A kernel that is longer than the row, and fits since there is padding."""
    return output_size(2, 4, 3, 2)


@case("output-size")
def _():
    """The answer is a number that `range` takes."""
    return list(range(output_size(9, 3, 2)))


@case("output-size", naming=(6, 2))
def _():
    """A kernel that does not fit is a ValueError that names the numbers."""
    return output_size(2, 6)


@case("output-size", naming=(7, 2))
def _():
    """One pixel too many is too many: 7 do not fit into 2 with a padding of 2."""
    return output_size(2, 7, 1, 2)


@case("output-size", naming=(0,))
def _():
    """A stride of 0 is a ValueError that names it."""
    return output_size(7, 3, 0)


@case("output-size", naming=(0,))
def _():
    """A kernel of 0 is a ValueError that names it."""
    return output_size(7, 0)


@case("output-size", naming=(-1,))
def _():
    """A negative padding is a ValueError that names it."""
    return output_size(7, 3, 1, -1)


# Convolution, forward
# --------------------


@case("conv2d-forward")
def _():
    """One image, one kernel: the numbers 0 to 8, in windows of 2x2."""
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """A kernel of 2 rows and 3 columns, and an image that is wider than high."""
    x = np.arange(15.0).reshape(1, 1, 3, 5) * 4 % 7
    weight = np.array([[[[1.0, 2.0, 0.0], [0.0, 3.0, 5.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """Stride (2, 3): two rows down, three columns to the right."""
    x = np.arange(48.0).reshape(1, 1, 6, 8) * 5 % 11
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_forward(x, weight, None, (2, 3), (0, 0))


@case("conv2d-forward")
def _():
    """Padding (1, 2): a row of zeros above and below, two columns on each side."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (1, 2))


@case("conv2d-forward")
def _():
    """Padding (1, 1) and stride (2, 2)."""
    x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_forward(x, weight, None, (2, 2), (1, 1))


@case("conv2d-forward")
def _():
    """Two input channels are added, and each output channel has its own kernel."""
    x = np.arange(8.0).reshape(1, 2, 2, 2)
    weight = np.array([[[[1.0]], [[10.0]]], [[[2.0]], [[0.0]]], [[[0.0]], [[3.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """One bias for each output channel, added once to each of its numbers."""
    x = np.ones((1, 2, 3, 4))
    weight = np.ones((2, 2, 2, 2))
    bias = np.array([10.0, 20.0])
    return conv2d_forward(x, weight, bias, (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """A bias of zeros is a bias, too."""
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    weight = np.array([[[[2.0]]]])
    return conv2d_forward(x, weight, np.array([0.0]), (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """A batch of two: each image has its own answer."""
    x = np.arange(12.0).reshape(2, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """All together: batch, channels, bias, stride and padding."""
    x = np.arange(120.0).reshape(2, 3, 4, 5) * 7 % 11 - 4
    weight = np.arange(48.0).reshape(4, 3, 2, 2) * 5 % 7 - 2
    bias = np.array([1.0, 0.0, -2.0, 3.0])
    return conv2d_forward(x, weight, bias, (2, 1), (1, 0))


@case("conv2d-forward")
def _():
    """The type of the answer: np.result_type of image, kernel and np.float32."""
    types = [np.float32, np.float64, np.int64]
    x, weight = np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 1))
    pairs = [(x.astype(a), weight.astype(b)) for a in types for b in types[:2]]
    answers = [conv2d_forward(a, b, None, (1, 1), (0, 0)) for a, b in pairs]
    return [str(answer.dtype) for answer in answers]


@case("conv2d-forward")
def _():
    """Whole numbers in, with a kernel of halves: nothing is cut off."""
    x = np.array([[[[1, 2, 3]]]])
    weight = np.array([[[[0.5]]]])
    return conv2d_forward(x, weight, np.array([0.25]), (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """A kernel of 3 rows and 2 columns."""
    x = np.arange(20.0).reshape(1, 1, 5, 4) * 4 % 7
    weight = np.array([[[[1.0, 2.0], [0.0, 3.0], [5.0, 0.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """Pixels of halves, two channels in and two out, and a bias that sums to zero."""
    x = np.arange(8.0).reshape(1, 2, 2, 2) / 2
    weight = np.array([[[[1.0]], [[10.0]]], [[[2.0]], [[20.0]]]])
    return conv2d_forward(x, weight, np.array([1.0, -1.0]), (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """Large numbers of a small type."""
    x, weight = np.array([[[[100, 90]]]], np.int8), np.array([[[[1.5, 2]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-forward")
def _():
    """The type with a bias: it has no say."""
    x, bias = np.ones((1, 1, 2, 2), np.float32), np.array([0.5])
    y = conv2d_forward(x, np.ones((1, 1, 1, 1), np.float32), bias, (1, 1), (0, 0))
    return str(y.dtype)


# Convolution, backward
# ---------------------

GRADIENTS = ("grad_x", "grad_weight", "grad_bias")


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """One window and a gradient of 2: image and kernel receive each other, doubled."""
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    weight = np.array([[[[5.0, 6.0], [7.0, 8.0]]]])
    grad_output = np.array([[[[2.0]]]])
    return conv2d_backward(grad_output, x, weight, (1, 1), (0, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Windows that overlap: what meets in one place is added."""
    x = np.arange(8.0).reshape(1, 1, 2, 4)
    weight = np.array([[[[1.0, 2.0], [3.0, 5.0]]]])
    grad_output = np.array([[[[1.0, 10.0, 100.0]]]])
    return conv2d_backward(grad_output, x, weight, (1, 1), (0, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Stride (2, 3), and a last row and column that no window reads."""
    x = np.arange(30.0).reshape(1, 1, 5, 6) * 4 % 7
    weight = np.array([[[[1.0, 2.0], [3.0, 5.0]]]])
    grad_output = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])
    return conv2d_backward(grad_output, x, weight, (2, 3), (0, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Padding (1, 2): what belongs to the padding is cut off again."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0], [3.0, 5.0]]]])
    grad_output = np.arange(18.0).reshape(1, 1, 3, 6) * 5 % 7
    return conv2d_backward(grad_output, x, weight, (1, 1), (1, 2))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Padding of the rows alone, and steps of three rows."""
    x = np.arange(1.0, 9.0).reshape(1, 1, 4, 2)
    weight = np.array([[[[3.0]]]])
    grad_output = np.array([[[[1.0, 2.0], [4.0, 5.0]]]])
    return conv2d_backward(grad_output, x, weight, (3, 1), (1, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Padding of the rows alone, and steps of one row."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0]]]])
    grad_output = np.arange(8.0).reshape(1, 1, 4, 2)
    return conv2d_backward(grad_output, x, weight, (1, 1), (1, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Channels in and out, with a kernel of one pixel."""
    x = np.arange(8.0).reshape(1, 2, 2, 2)
    weight = np.array([[[[1.0]], [[10.0]]], [[[2.0]], [[0.0]]], [[[0.0]], [[3.0]]]])
    grad_output = np.arange(12.0).reshape(1, 3, 2, 2) * 5 % 7
    return conv2d_backward(grad_output, x, weight, (1, 1), (0, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """A batch of two: the gradients of kernel and bias are sums over both images."""
    x = np.arange(12.0).reshape(2, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0]]]])
    grad_output = np.arange(8.0).reshape(2, 1, 2, 2) - 2
    return conv2d_backward(grad_output, x, weight, (1, 1), (0, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """All together: batch, channels, stride and padding."""
    x = np.arange(120.0).reshape(2, 3, 4, 5) * 7 % 11 - 4
    weight = np.arange(48.0).reshape(4, 3, 2, 2) * 5 % 7 - 2
    grad_output = np.arange(96.0).reshape(2, 4, 3, 4) * 3 % 5 - 1
    return conv2d_backward(grad_output, x, weight, (2, 1), (1, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """An image of whole numbers, and upstream gradients of a half."""
    x = np.array([[[[1, 2, 3]]]])
    weight = np.array([[[[2, 4]]]])
    grad_output = np.array([[[[0.5, 1.5]]]])
    return conv2d_backward(grad_output, x, weight, (1, 1), (0, 0))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Padding of the columns alone."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0]]]])
    grad_output = np.arange(8.0).reshape(1, 1, 2, 4)
    return conv2d_backward(grad_output, x, weight, (1, 1), (0, 1))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Stride (1, 2), and a last column that no window reads."""
    x = np.arange(1.0, 19.0).reshape(1, 1, 3, 6)
    weight = np.array([[[[1.0, 2.0, 3.0]]]])
    grad_output = np.array([[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]])
    return conv2d_backward(grad_output, x, weight, (1, 2), (0, 0))


# The layer
# ---------


@case("conv2d-layer")
def _():
    """The shapes of weight and bias."""
    conv = Conv2d(2, 5, kernel_size=(3, 4))
    return [list(conv.weight.shape), list(conv.bias.shape)]


@case("conv2d-layer")
def _():
    """Weight and bias are listed for training: an array of four axes, and one of one."""
    parameters = Conv2d(2, 5, kernel_size=(3, 4)).parameters()
    return sorted(len(one.shape) for one in parameters)


@case("conv2d-layer")
def _():
    """The bias starts at zero; any fraction is shown as 0.5."""
    bias = np.asarray(Conv2d(2, 3, 2).bias.data)
    return np.where(bias == bias.round(), bias, 0.5)


@case("conv2d-layer")
def _():
    """Without a bias the weight alone is listed."""
    conv = Conv2d(2, 5, 3, bias=False)
    return [conv.bias is None, [len(one.shape) for one in conv.parameters()]]


@case("conv2d-layer")
def _():
    """The spread of the weights, times the root of half the products: 1, around 0."""
    conv = Conv2d(28, 58, (1, 7))
    scaled = conv.weight.data * np.sqrt(28 * 7 / 2)
    spread = scaled.std()
    return [abs(round(scaled.mean() / spread)), float(f"{spread:.1g}")]


@case("conv2d-layer")
def _():
    """The same of 8 and 50 channels, and of 64 and 20: 1 again."""
    few, many = Conv2d(8, 50, 3).weight.data, Conv2d(64, 20, 3).weight.data
    spreads = (few * np.sqrt(8 * 9 / 2)).std(), (many * np.sqrt(64 * 9 / 2)).std()
    return [float(f"{spread:.1g}") for spread in spreads]


@case("conv2d-layer")
def _():
    """A normal distribution: 0.3 of the weights lie beyond 1.05 times their spread."""
    weights = Conv2d(32, 40, (2, 4)).weight.data
    return round((abs(weights) > 1.05 * weights.std()).mean(), 1)


@case("conv2d-layer")
def _():
    """Two layers begin with different weights."""
    first, second = Conv2d(2, 3, 2), Conv2d(2, 3, 2)
    return bool((first.weight.data != second.weight.data).all())


@case("conv2d-layer")
def _():
    """What comes out, with weights of our own: stride (2, 1) and padding (0, 1)."""
    conv = Conv2d(1, 2, (2, 3), stride=(2, 1), padding=(0, 1))
    conv.weight.data = np.arange(12.0).reshape(2, 1, 2, 3)
    conv.bias.data = np.array([10.0, 20.0])
    x = np.arange(20.0).reshape(1, 1, 5, 4)
    return conv(Tensor(x)).data


@case("conv2d-layer")
def _():
    """What comes out without a bias, of two channels."""
    conv = Conv2d(2, 1, 1, bias=False)
    conv.weight.data = np.array([[[[1.0]], [[10.0]]]])
    return conv(Tensor(np.arange(8.0).reshape(1, 2, 2, 2))).data


@case("conv2d-layer", parts=("weight.grad", "bias.grad"))
def _():
    """Gradients arrive at the layer's own weight and bias."""
    conv = Conv2d(1, 2, 2)
    conv.weight.data = np.arange(8.0).reshape(2, 1, 2, 2)
    conv(Tensor(np.arange(9.0).reshape(1, 1, 3, 3))).sum().backward()
    return conv.weight.grad, conv.bias.grad


@case("conv2d-layer")
def _():
    """The gradient goes on to the image."""
    conv = Conv2d(1, 2, 2)
    conv.weight.data = np.arange(8.0).reshape(2, 1, 2, 2)
    x = Tensor(np.ones((1, 1, 3, 3)), requires_grad=True)
    conv(x).sum().backward()
    return x.grad


@case("conv2d-layer")
def _():
    """What `parameters` lists are the objects that the layer computes with."""
    conv = Conv2d(1, 1, 1)
    for parameter in conv.parameters():
        parameter.data = parameter.data * 0 + 3
    y = conv(Tensor(np.arange(4.0).reshape(1, 1, 2, 2))).data
    return (y == np.array([[3, 6], [9, 12]])).tolist()


@case("conv2d-layer")
def _():
    """The weights come from `generator()`: from the same state, the same numbers."""
    draws = generator().bit_generator
    kept = draws.state
    first = Conv2d(2, 3, 4).weight.data
    draws.state = kept
    return float((Conv2d(2, 3, 4).weight.data == first).all())


@case("conv2d-layer")
def _():
    """Outputs below zero come out as they are."""
    conv = Conv2d(1, 1, 1, bias=False)
    conv.weight.data = np.array([[[[-1.0]]]])
    return conv(Tensor(np.arange(4.0).reshape(1, 1, 2, 2))).data


@case("conv2d-layer")
def _():
    """Stride 2 and padding 1."""
    conv = Conv2d(1, 1, 2, stride=2, padding=1, bias=False)
    conv.weight.data = np.array([[[[1.0, 2.0], [3.0, 5.0]]]])
    return conv(Tensor(np.arange(16.0).reshape(1, 1, 4, 4))).data


@case("conv2d-layer", naming=(3, 2))
def _():
    """An image of 3 channels in a layer for 2."""
    return Conv2d(2, 1, 1)(Tensor(np.ones((1, 3, 2, 2)))).data


# Max pooling
# -----------


@case("max-pool2d-forward")
def _():
    """Windows of 2x2 over the numbers 0 to 15."""
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    return max_pool2d_forward(x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-forward")
def _():
    """Negative numbers: the largest of them is negative."""
    x = -2 - np.arange(16.0).reshape(1, 1, 4, 4)
    return max_pool2d_forward(x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-forward")
def _():
    """Padding (1, 0) never wins, not even against large negative numbers."""
    x = -np.arange(6.0).reshape(1, 1, 2, 3) * 1e9 - 5e9
    return max_pool2d_forward(x, (2, 2), (1, 1), (1, 0))


@case("max-pool2d-forward")
def _():
    """5 rows and 5 columns: what is left over at the end is not pooled."""
    x = np.arange(25.0).reshape(1, 1, 5, 5)
    return max_pool2d_forward(x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-forward")
def _():
    """A window of 3 rows and 2 columns that moves by (2, 1): windows overlap."""
    x = np.arange(35.0).reshape(1, 1, 7, 5) * 8 % 13
    return max_pool2d_forward(x, (3, 2), (2, 1), (0, 0))


@case("max-pool2d-forward")
def _():
    """A window of 2 rows and 4 columns, padding (1, 2)."""
    x = np.arange(24.0).reshape(1, 1, 4, 6) * 5 % 13 - 7
    return max_pool2d_forward(x, (2, 4), (1, 3), (1, 2))


@case("max-pool2d-forward")
def _():
    """Two images of two channels: each is pooled by itself."""
    x = np.arange(32.0).reshape(2, 2, 2, 4) * 7 % 17 - 9
    return max_pool2d_forward(x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-forward")
def _():
    """Whole numbers in: floats out, padded with minus infinity all the same."""
    x = np.array([[[[-3, -2], [-7, -5]]]])
    return max_pool2d_forward(x, (2, 2), (1, 1), (1, 1))


@case("max-pool2d-forward")
def _():
    """The type of the answer: np.result_type of the image and np.float32."""
    x = np.ones((1, 1, 2, 2))
    images = [x.astype(kind) for kind in (np.float32, np.float64, np.int64)]
    return [str(max_pool2d_forward(x, (1, 1), (1, 1), (0, 0)).dtype) for x in images]


@case("max-pool2d-forward")
def _():
    """Two images, the second one larger; zeros beside numbers below zero."""
    x = np.array([[[[-3.0, 0.0], [-1.0, -2.0]]], [[[7.0, 5.0], [8.0, 0.0]]]])
    return max_pool2d_forward(x, (1, 2), (1, 1), (0, 0))


@case("max-pool2d-backward")
def _():
    """The winner of each window gets its gradient."""
    x = np.arange(16.0).reshape(1, 1, 4, 4) * 7 % 17
    grad_output = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    return max_pool2d_backward(grad_output, x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-backward")
def _():
    """All are equal: the first in reading order gets all of it."""
    x = np.full((1, 1, 2, 6), 4.0)
    grad_output = np.array([[[[6.0, 12.0]]]])
    return max_pool2d_backward(grad_output, x, (2, 3), (2, 3), (0, 0))


@case("max-pool2d-backward")
def _():
    """Of two equal winners the upper right one comes before the lower left one."""
    x = np.array([[[[1.0, 5.0], [5.0, 2.0]]]])
    return max_pool2d_backward(np.array([[[[3.0]]]]), x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-backward")
def _():
    """Who wins twice gets both gradients: windows that overlap."""
    x = np.array([[[[1.0, 9.0, 2.0, 3.0], [0.0, 4.0, 8.0, 5.0], [7.0, 6.0, 1.0, 2.0]]]])
    grad_output = np.array([[[[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]]]])
    return max_pool2d_backward(grad_output, x, (2, 2), (1, 1), (0, 0))


@case("max-pool2d-backward")
def _():
    """Negative numbers and padding (1, 2): the padding never wins."""
    x = -3 - np.arange(12.0).reshape(1, 1, 3, 4) * 5 % 7
    grad_output = np.arange(1.0, 13.0).reshape(1, 1, 4, 3)
    return max_pool2d_backward(grad_output, x, (2, 4), (1, 2), (1, 2))


@case("max-pool2d-backward")
def _():
    """Padding of the rows alone, around numbers far below zero."""
    x = -np.arange(6.0).reshape(1, 1, 2, 3) * 1e9 - 5e9
    grad_output = np.arange(1.0, 7.0).reshape(1, 1, 3, 2)
    return max_pool2d_backward(grad_output, x, (2, 2), (1, 1), (1, 0))


@case("max-pool2d-backward")
def _():
    """Padding of the rows alone, around numbers close below zero."""
    x = -np.arange(1.0, 7.0).reshape(1, 1, 2, 3) / 8
    grad_output = np.arange(1.0, 7.0).reshape(1, 1, 3, 2)
    return max_pool2d_backward(grad_output, x, (2, 2), (1, 1), (1, 0))


@case("max-pool2d-backward")
def _():
    """A window of 3x2 that moves by (2, 1), and a last row that none reads."""
    x = np.arange(24.0).reshape(1, 1, 6, 4) * 5 % 13
    grad_output = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    return max_pool2d_backward(grad_output, x, (3, 2), (2, 1), (0, 0))


@case("max-pool2d-backward")
def _():
    """Two images of two channels."""
    x = np.arange(32.0).reshape(2, 2, 2, 4) * 7 % 17 - 9
    grad_output = np.arange(1.0, 9.0).reshape(2, 2, 1, 2)
    return max_pool2d_backward(grad_output, x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-backward")
def _():
    """An image of whole numbers, and an upstream gradient of a half."""
    x = np.array([[[[1, 2], [4, 3]]]])
    return max_pool2d_backward(np.array([[[[0.5]]]]), x, (2, 2), (2, 2), (0, 0))


@case("max-pool2d-backward")
def _():
    """Padding of the columns alone, around zeros and numbers below zero."""
    x = np.array([[[[-3.0, 0.0, -1.0], [0.0, -2.0, -5.0]]]])
    grad_output = np.arange(1.0, 5.0).reshape(1, 1, 1, 4)
    return max_pool2d_backward(grad_output, x, (2, 2), (1, 1), (0, 1))


@case("max-pool2d-backward")
def _():
    """Numbers far below zero, the largest at the end of each window."""
    x = np.arange(4.0).reshape(1, 1, 1, 4) * 1e9 - 9e9
    grad_output = np.array([[[[1.0, 10.0, 100.0]]]])
    return max_pool2d_backward(grad_output, x, (1, 2), (1, 1), (0, 0))


# Average pooling
# ---------------


@case("avg-pool2d-forward")
def _():
    """Windows of 2x2 over the numbers 0 to 15."""
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    return avg_pool2d_forward(x, (2, 2), (2, 2), (0, 0))


@case("avg-pool2d-forward")
def _():
    """Padding (1, 1) is zeros, and counts: one 4 and three zeros have the mean 1."""
    x = np.array([[[[4.0, 8.0], [12.0, 16.0]]]])
    return avg_pool2d_forward(x, (2, 2), (2, 2), (1, 1))


@case("avg-pool2d-forward")
def _():
    """A window of 2 rows and 4 columns that moves by (1, 3)."""
    x = np.arange(32.0).reshape(1, 1, 4, 8) * 5 % 13 - 4
    return avg_pool2d_forward(x, (2, 4), (1, 3), (0, 0))


@case("avg-pool2d-forward")
def _():
    """A window of 4 rows and 2 columns, padding (2, 0)."""
    x = np.arange(12.0).reshape(1, 1, 3, 4) * 8
    return avg_pool2d_forward(x, (4, 2), (1, 2), (2, 0))


@case("avg-pool2d-forward")
def _():
    """Two images of two channels: each is pooled by itself."""
    x = np.arange(32.0).reshape(2, 2, 2, 4) * 7 % 17 - 9
    return avg_pool2d_forward(x, (2, 2), (2, 2), (0, 0))


@case("avg-pool2d-forward")
def _():
    """Numbers with a fraction keep it."""
    x = np.array([[[[0.5, 1.0, -2.5, 0.5]]]])
    return avg_pool2d_forward(x, (1, 2), (1, 2), (0, 0))


@case("avg-pool2d-forward")
def _():
    """Whole numbers in: the mean of 1 and 2 is one and a half."""
    x = np.array([[[[1, 2, -4, -3]]]])
    return avg_pool2d_forward(x, (1, 2), (1, 2), (0, 0))


@case("avg-pool2d-forward")
def _():
    """The type of the answer: np.result_type of the image and np.float32."""
    x = np.ones((1, 1, 2, 2))
    images = [x.astype(kind) for kind in (np.float32, np.float64, np.int64)]
    return [str(avg_pool2d_forward(x, (1, 1), (1, 1), (0, 0)).dtype) for x in images]


@case("avg-pool2d-forward")
def _():
    """Windows of 2x2 that move by (2, 1)."""
    x = np.arange(16.0).reshape(1, 1, 4, 4) * 5 % 13
    return avg_pool2d_forward(x, (2, 2), (2, 1), (0, 0))


@case("avg-pool2d-forward")
def _():
    """Windows of 2x4, padding (1, 2)."""
    x = np.arange(1.0, 9.0).reshape(1, 1, 2, 4) * 8
    return avg_pool2d_forward(x, (2, 4), (1, 1), (1, 2))


@case("avg-pool2d-forward")
def _():
    """Large numbers of a small type."""
    x = np.array([[[[100, 120]]]], np.int8)
    return avg_pool2d_forward(x, (1, 2), (1, 1), (0, 0))


@case("avg-pool2d-backward")
def _():
    """Each of a window's four pixels gets a quarter of its gradient."""
    x = np.zeros((1, 1, 2, 4))
    return avg_pool2d_backward(np.array([[[[4.0, 8.0]]]]), x, (2, 2), (2, 2), (0, 0))


@case("avg-pool2d-backward")
def _():
    """Windows that overlap: the shares are added."""
    x = np.zeros((1, 1, 3, 5))
    grad_output = np.arange(8.0).reshape(1, 1, 2, 4) * 4
    return avg_pool2d_backward(grad_output, x, (2, 2), (1, 1), (0, 0))


@case("avg-pool2d-backward")
def _():
    """A window of 2 rows and 4 columns that moves by (1, 3), and one column more."""
    x = np.zeros((1, 1, 3, 8))
    grad_output = np.array([[[[8.0, 16.0], [24.0, 40.0]]]])
    return avg_pool2d_backward(grad_output, x, (2, 4), (1, 3), (0, 0))


@case("avg-pool2d-backward")
def _():
    """Padding (1, 2): what belongs to the padding is cut off, and had its share."""
    x = np.zeros((1, 1, 2, 3))
    grad_output = np.arange(1.0, 7.0).reshape(1, 1, 3, 2) * 8
    return avg_pool2d_backward(grad_output, x, (2, 4), (1, 3), (1, 2))


@case("avg-pool2d-backward")
def _():
    """Padding of the rows alone."""
    x = np.zeros((1, 1, 2, 3))
    grad_output = np.arange(1.0, 7.0).reshape(1, 1, 3, 2) * 4
    return avg_pool2d_backward(grad_output, x, (2, 2), (1, 1), (1, 0))


@case("avg-pool2d-backward")
def _():
    """Two images of two channels."""
    x = np.zeros((2, 2, 2, 4))
    grad_output = np.arange(1.0, 9.0).reshape(2, 2, 1, 2) * 4
    return avg_pool2d_backward(grad_output, x, (2, 2), (2, 2), (0, 0))


@case("avg-pool2d-backward")
def _():
    """A share of a half."""
    return avg_pool2d_backward(
        np.array([[[[1.0]]]]), np.zeros((1, 1, 1, 2)), (1, 2), (1, 1), (0, 0)
    )


@case("avg-pool2d-backward")
def _():
    """A share of a half, for an image of whole numbers."""
    x = np.zeros((1, 1, 1, 2), int)
    return avg_pool2d_backward(np.array([[[[1.0]]]]), x, (1, 2), (1, 1), (0, 0))


@case("avg-pool2d-backward")
def _():
    """An image whose numbers differ: they change nothing. Stride (2, 1)."""
    x = np.array([[[[1.0, 9.0, 2.0], [7.0, 3.0, 5.0], [4.0, 8.0, 6.0]]]])
    grad_output = np.array([[[[4.0, 8.0]]]])
    return avg_pool2d_backward(grad_output, x, (2, 2), (2, 1), (0, 0))


@case("avg-pool2d-backward")
def _():
    """Padding of the columns alone."""
    x = np.array([[[[1.0, 9.0, 2.0], [7.0, 3.0, 5.0]]]])
    grad_output = np.arange(1.0, 5.0).reshape(1, 1, 1, 4) * 4
    return avg_pool2d_backward(grad_output, x, (2, 2), (1, 1), (0, 1))


# What it costs
# -------------


@case("cost")
def _():
    """Parameters of 8 kernels of 3x3 over 3 channels, with and without biases."""
    return [count_parameters(3, 8, 3), count_parameters(3, 8, 3, bias=False)]


@case("cost")
def _():
    """Parameters of kernels with 2 rows and 5 columns."""
    return count_parameters(4, 6, (2, 5))


@case("cost")
def _():
    """Steps of one small image and one kernel: 4 windows of 9 products."""
    return count_macs((1, 1, 4, 4), 1, 3)


@case("cost")
def _():
    """Steps of a batch with channels: all seven loops count."""
    return count_macs((2, 3, 7, 10), 5, (2, 3))


@case("cost")
def _():
    """Steps with stride (2, 3)."""
    return count_macs((1, 2, 9, 8), 3, (2, 3), stride=(2, 3))


@case("cost")
def _():
    """Steps with padding (1, 2): a product with padding counts, too."""
    return count_macs((1, 2, 8, 9), 3, (2, 3), padding=(1, 2))


@case("cost")
def _():
    """Steps with everything."""
    return count_macs((3, 2, 8, 9), 5, 3, stride=2, padding=1)


@case("cost")
def _():
    """Bytes of 120 numbers, of 4 and of 8 bytes each."""
    return [activation_bytes((2, 3, 4, 5)), activation_bytes((2, 3, 4, 5), 8)]


@case("cost")
def _():
    """Bytes of an array with one axis."""
    return activation_bytes((1000,), 2)


# The receptive field
# -------------------


@case("receptive-field")
def _():
    """One layer sees as much as its kernel; none sees one pixel."""
    return [receptive_field([(5, 1)]), receptive_field([])]


@case("receptive-field")
def _():
    """Three kernels of 3, with steps of one pixel."""
    return receptive_field([(3, 1), (3, 1), (3, 1)])


@case("receptive-field")
def _():
    """A stride makes the steps of the layers behind it longer."""
    return receptive_field([(3, 2), (3, 1), (3, 1)])


@case("receptive-field")
def _():
    """The last layer's own stride changes nothing."""
    return receptive_field([(3, 1), (5, 4)])


@case("receptive-field")
def _():
    """Strides are multiplied: 2, 3 and 2."""
    return receptive_field([(3, 2), (4, 3), (5, 2), (2, 1)])


@case("receptive-field", parts=("the field", "layers left in the list"))
def _():
    """The list is the caller's: afterwards it still has its layers."""
    layers = [(3, 2), (5, 1)]
    return [receptive_field(layers), len(layers)]
