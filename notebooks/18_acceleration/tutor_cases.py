"""The public examples of module 18, which the tutor tries on a student's functions.

Whole numbers, small enough to check by hand; but for whether loops are left, which only
larger images show. How it works: docs/authoring.md, "The tutor".
"""

import numpy as np

from course.tutor import case

# The roofline
# ------------


@case("roofline")
def _():
    """Operations for each byte: 8 on 4 bytes, and none on 4."""
    return [arithmetic_intensity(8, 4), arithmetic_intensity(0, 4)]


@case("roofline")
def _():
    """A fraction stays one: 3 operations on 8 bytes, and on half a byte."""
    return [arithmetic_intensity(3, 8), arithmetic_intensity(3, 0.5)]


@case("roofline")
def _():
    """Where the roof slopes, and where it is level."""
    return [attainable(2, 100, 8), attainable(50, 100, 8)]


@case("roofline")
def _():
    """The corner of the roof, and a computation that does nothing with its bytes."""
    return [attainable(12.5, 100, 8), attainable(0, 100, 8)]


@case("roofline", naming=(0,))
def _():
    """No byte is moved: a ValueError that names the number."""
    return arithmetic_intensity(8, 0)


@case("roofline", naming=(-3,))
def _():
    """A negative number of bytes is a ValueError that names it."""
    return arithmetic_intensity(8, -3)


@case("roofline", naming=(-8,))
def _():
    """A negative number of operations is a ValueError that names it."""
    return arithmetic_intensity(-8, 4)


@case("roofline")
def _():
    """Far down the slope, close below its corner, and far above it."""
    return [attainable(0.05, 100, 8), attainable(10, 100, 8), attainable(200, 100, 8)]


# Strides
# -------


@case("strides")
def _():
    """Two images of 3x4 numbers of 4 bytes."""
    return byte_strides((2, 3, 4), 4)


@case("strides")
def _():
    """Numbers of 8 bytes, in one axis and in four."""
    return [list(byte_strides((5,), 8)), list(byte_strides((2, 5, 3, 7), 8))]


@case("strides")
def _():
    """An axis of length 1 has a stride as well."""
    return byte_strides((3, 1, 2), 2)


@case("strides")
def _():
    """One image, two rows, three numbers behind the first."""
    return byte_offset((1, 2, 3), (48, 16, 4))


@case("strides")
def _():
    """The first element, and a step backwards along an axis."""
    return [byte_offset((0, 0), (24, 8)), byte_offset((3, 1), (-24, 8))]


@case("strides")
def _():
    """The offset of an element, by the strides of its array."""
    return byte_offset((1, 4, 2, 6), byte_strides((2, 5, 3, 7), 8))


# Convolution, step by step
# -------------------------


@case("inner-product")
def _():
    """One image, one kernel: the numbers 0 to 8, in windows of 2x2."""
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    return conv2d_inner(x, weight, None, (1, 1), (0, 0))


@case("inner-product")
def _():
    """Stride (2, 3): two rows down, three columns to the right."""
    x = np.arange(48.0).reshape(1, 1, 6, 8) * 5 % 11
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_inner(x, weight, None, (2, 3), (0, 0))


@case("inner-product")
def _():
    """Padding (1, 2): a row of zeros above and below, two columns on each side."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_inner(x, weight, None, (1, 1), (1, 2))


@case("inner-product")
def _():
    """Padding (1, 1) and stride (2, 2)."""
    x = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_inner(x, weight, None, (2, 2), (1, 1))


@case("inner-product")
def _():
    """Two input channels are added, and each output channel has its own kernel."""
    x = np.arange(8.0).reshape(1, 2, 2, 2)
    weight = np.array([[[[1.0]], [[10.0]]], [[[2.0]], [[0.0]]], [[[0.0]], [[3.0]]]])
    return conv2d_inner(x, weight, None, (1, 1), (0, 0))


@case("inner-product")
def _():
    """One bias for each output channel, added once to each of its numbers."""
    x = np.ones((1, 2, 3, 4))
    weight = np.ones((2, 2, 2, 2))
    bias = np.array([10.0, 20.0])
    return conv2d_inner(x, weight, bias, (1, 1), (0, 0))


@case("inner-product")
def _():
    """All together: batch, channels, bias, stride and padding."""
    x = np.arange(120.0).reshape(2, 3, 4, 5) * 7 % 11 - 4
    weight = np.arange(48.0).reshape(4, 3, 2, 2) * 5 % 7 - 2
    bias = np.array([1.0, 0.0, -2.0, 3.0])
    return conv2d_inner(x, weight, bias, (2, 1), (1, 0))


@case("inner-product")
def _():
    """The type of the answer: np.result_type of image, kernel and np.float32."""
    types = [np.float32, np.float64, np.int8]
    x, weight = np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 1))
    pairs = [(x.astype(a), weight.astype(b)) for a in types for b in types]
    answers = [conv2d_inner(a, b, None, (1, 1), (0, 0)) for a, b in pairs]
    return [str(answer.dtype) for answer in answers]


@case("inner-product")
def _():
    """Whole numbers in, with a kernel and a bias that are none."""
    x = np.array([[[[1, 2, 3]]]])
    weight = np.array([[[[0.5]]]])
    return conv2d_inner(x, weight, np.array([0.25]), (1, 1), (0, 0))


@case("inner-product")
def _():
    """No more Python for a kernel of 6x6 than for one of 1x1."""
    x, small, large = (
        np.ones((1, 1, 6, 6)),
        np.ones((1, 1, 1, 1)),
        np.ones((1, 1, 6, 6)),
    )
    more = steps(conv2d_inner, x, large, None, (6, 6), (0, 0))
    return more < 1.5 * steps(conv2d_inner, x, small, None, (6, 6), (0, 0))


@case("inner-product")
def _():
    """No more Python for 200 channels than for one."""
    x, weight = np.ones((1, 200, 2, 2)), np.ones((1, 200, 2, 2))
    more = steps(conv2d_inner, x, weight, None, (1, 1), (0, 0))
    return more < 1.5 * steps(
        conv2d_inner, x[:, :1], weight[:, :1], None, (1, 1), (0, 0)
    )


@case("inner-product")
def _():
    """Kernels of 2 rows and 3 columns, and of 3 rows and 2 columns."""
    x, six = np.arange(20.0).reshape(1, 1, 4, 5) * 4 % 7, np.arange(1.0, 7.0)
    kernels = six.reshape(1, 1, 2, 3), six.reshape(1, 1, 3, 2)
    answers = [conv2d_inner(x, kernel, None, (1, 1), (0, 0)) for kernel in kernels]
    return [answer[0, 0].tolist() for answer in answers]


@case("inner-product")
def _():
    """The type with a bias: it has no say."""
    x, bias = np.ones((1, 1, 2, 2), np.float32), np.array([0.5])
    y = conv2d_inner(x, np.ones((1, 1, 1, 1), np.float32), bias, (1, 1), (0, 0))
    return str(y.dtype)


@case("inner-product")
def _():
    """Large numbers of a small type."""
    x, weight = np.array([[[[100, 90]]]], np.int8), np.array([[[[100, 2]]]], np.int8)
    return conv2d_inner(x, weight, None, (1, 1), (0, 0))


@case("windows")
def _():
    """The windows of the numbers 0 to 11, every second column."""
    return windows(np.arange(12.0).reshape(1, 1, 3, 4), (2, 2), (1, 2), (0, 0))


@case("windows")
def _():
    """A window of 2 rows and 3 columns, stride (2, 1), padding (1, 2)."""
    x = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
    return windows(x, (2, 3), (2, 1), (1, 2))


@case("windows")
def _():
    """Two images of two channels: batch and channels stay where they are."""
    return windows(np.arange(24.0).reshape(2, 2, 2, 3), (1, 2), (1, 1), (0, 0))


@case("windows")
def _():
    """The type is the image's own."""
    x = np.ones((1, 1, 2, 2))
    types = [x.astype(kind) for kind in (np.float32, np.float64, np.int64)]
    return [str(windows(x, (1, 1), (1, 1), (0, 0)).dtype) for x in types]


@case("windows")
def _():
    """A window as large as the padded image fits once."""
    return windows(np.arange(2.0).reshape(1, 1, 1, 2), (3, 4), (1, 1), (1, 1))


@case("windows")
def _():
    """A window as large as the image fits once, without padding."""
    return windows(np.arange(6.0).reshape(1, 1, 2, 3), (2, 3), (1, 1), (0, 0))


@case("windows", naming=(7, 4))
def _():
    """A window that is too high is a ValueError that names both numbers."""
    return windows(np.zeros((1, 1, 4, 5)), (7, 2), (1, 1), (1, 1))


@case("windows", naming=(9, 5))
def _():
    """A window that is too wide is a ValueError that names both numbers."""
    return windows(np.zeros((1, 1, 4, 5)), (2, 9), (1, 1), (1, 1))


@case("windows")
def _():
    """No more Python for 400 windows than for 4."""
    few, many = np.ones((1, 1, 3, 3)), np.ones((1, 1, 21, 21))
    more = steps(windows, many, (2, 2), (1, 1), (0, 0))
    return more < 1.5 * steps(windows, few, (2, 2), (1, 1), (0, 0))


@case("windows")
def _():
    """Three images of numbers below zero: stride (2, 1), padding of the rows alone."""
    x = np.arange(12.0).reshape(3, 1, 2, 2) - 12
    return windows(x, (1, 1), (2, 1), (1, 0))


@case("windows")
def _():
    """Padding of the columns alone."""
    return windows(np.arange(1.0, 5.0).reshape(1, 1, 2, 2), (1, 2), (1, 1), (0, 1))


@case("windows")
def _():
    """An image on its side, whose rows stand one number apart in memory."""
    x = np.arange(12.0).reshape(1, 1, 4, 3).transpose(0, 1, 3, 2)
    return windows(x, (2, 2), (1, 1), (0, 0))


@case("windows")
def _():
    """Windows that overlap have pixels in common: none is copied for each."""
    seen = windows(np.arange(12.0).reshape(1, 1, 3, 4), (2, 2), (1, 1), (0, 0))
    return bool(np.shares_memory(seen[0, 0, 0, 0], seen[0, 0, 0, 1]))


@case("im2col")
def _():
    """The numbers 0 to 8 in windows of 2x2: one row for each window."""
    return im2col(np.arange(9.0).reshape(1, 1, 3, 3), (2, 2), (1, 1), (0, 0))


@case("im2col")
def _():
    """Within a row: channel, kernel row, kernel column."""
    return im2col(np.arange(12.0).reshape(1, 2, 2, 3), (2, 2), (1, 1), (0, 0))


@case("im2col")
def _():
    """Image by image, each from left to right and from top to bottom."""
    return im2col(np.arange(12.0).reshape(2, 1, 2, 3), (1, 2), (1, 1), (0, 0))


@case("im2col")
def _():
    """Stride (2, 1) and padding (0, 1)."""
    x = np.arange(1.0, 13.0).reshape(1, 1, 4, 3)
    return im2col(x, (2, 2), (2, 1), (0, 1))


@case("im2col")
def _():
    """Stride (1, 2) and padding (1, 0), with a window of 2 rows and 3 columns."""
    x = np.arange(1.0, 16.0).reshape(1, 1, 3, 5)
    return im2col(x, (2, 3), (1, 2), (1, 0))


@case("im2col")
def _():
    """The type is the image's own."""
    x = np.ones((1, 1, 2, 2))
    types = [x.astype(kind) for kind in (np.float32, np.float64, np.int64)]
    return [str(im2col(x, (1, 1), (1, 1), (0, 0)).dtype) for x in types]


@case("im2col")
def _():
    """No more Python for 400 windows than for 4."""
    few, many = np.ones((1, 1, 3, 3)), np.ones((1, 1, 21, 21))
    more = steps(im2col, many, (2, 2), (1, 1), (0, 0))
    return more < 1.5 * steps(im2col, few, (2, 2), (1, 1), (0, 0))


@case("im2col")
def _():
    """Stride (1, 2) alone, of numbers below zero."""
    x = np.arange(24.0).reshape(1, 1, 4, 6) - 30
    return im2col(x, (2, 2), (1, 2), (0, 0))


@case("im2col")
def _():
    """Padding of the rows alone."""
    return im2col(np.arange(1.0, 7.0).reshape(1, 1, 2, 3), (2, 2), (1, 1), (1, 0))


@case("conv2d-matmul")
def _():
    """One image, two kernels."""
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]], [[[0.0, 1.0], [0.0, 0.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-matmul")
def _():
    """One bias for each kernel, added once to each of its numbers."""
    x = np.ones((1, 2, 3, 4))
    bias = np.array([10.0, 20.0])
    return conv2d_forward(x, np.ones((2, 2, 2, 2)), bias, (1, 1), (0, 0))


@case("conv2d-matmul")
def _():
    """Stride (2, 3), and an image that is wider than high."""
    x = np.arange(48.0).reshape(1, 1, 6, 8) * 5 % 11
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_forward(x, weight, None, (2, 3), (0, 0))


@case("conv2d-matmul")
def _():
    """Padding (1, 2), and a kernel of 2 rows and 3 columns."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0, 0.0], [0.0, 3.0, 5.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (1, 2))


@case("conv2d-matmul")
def _():
    """Two images of two channels, three kernels of one pixel."""
    x = np.arange(16.0).reshape(2, 2, 2, 2)
    weight = np.array([[[[1.0]], [[10.0]]], [[[2.0]], [[0.0]]], [[[0.0]], [[3.0]]]])
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("conv2d-matmul")
def _():
    """All together: batch, channels, bias, stride and padding."""
    x = np.arange(120.0).reshape(2, 3, 4, 5) * 7 % 11 - 4
    weight = np.arange(48.0).reshape(4, 3, 2, 2) * 5 % 7 - 2
    bias = np.array([1.0, 0.0, -2.0, 3.0])
    return conv2d_forward(x, weight, bias, (2, 1), (1, 0))


@case("conv2d-matmul")
def _():
    """The type of the answer: np.result_type of image, kernel and np.float32."""
    types = [np.float32, np.float64, np.int8]
    x, weight = np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 1))
    pairs = [(x.astype(a), weight.astype(b)) for a in types for b in types]
    answers = [conv2d_forward(a, b, None, (1, 1), (0, 0)) for a, b in pairs]
    return [str(answer.dtype) for answer in answers]


@case("conv2d-matmul")
def _():
    """The type with a bias: it has no say."""
    x, bias = np.ones((1, 1, 2, 2), np.float32), np.array([0.5])
    y = conv2d_forward(x, np.ones((1, 1, 1, 1), np.float32), bias, (1, 1), (0, 0))
    return str(y.dtype)


@case("conv2d-matmul")
def _():
    """Whole numbers in, with a kernel and a bias that are none."""
    x = np.array([[[[1, 2, 3]]]])
    return conv2d_forward(x, np.array([[[[0.5]]]]), np.array([0.25]), (1, 1), (0, 0))


@case("conv2d-matmul")
def _():
    """No more Python for 400 windows than for 4."""
    few, many, weight = (
        np.ones((1, 1, 3, 3)),
        np.ones((1, 1, 21, 21)),
        np.ones((1, 1, 2, 2)),
    )
    more = steps(conv2d_forward, many, weight, None, (1, 1), (0, 0))
    return more < 1.5 * steps(conv2d_forward, few, weight, None, (1, 1), (0, 0))


@case("conv2d-matmul")
def _():
    """Stride (2, 3) on 5 rows and 7 columns: some are left over."""
    x = np.arange(35.0).reshape(1, 1, 5, 7) * 5 % 11
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_forward(x, weight, None, (2, 3), (0, 0))


@case("conv2d-matmul")
def _():
    """Large numbers of a small type."""
    x, weight = np.array([[[[100, 90]]]], np.int8), np.array([[[[100, 2]]]], np.int8)
    return conv2d_forward(x, weight, None, (1, 1), (0, 0))


@case("col2im")
def _():
    """A matrix of ones counts in how many windows each pixel lies."""
    return col2im(np.ones((4, 4)), (1, 1, 3, 3), (2, 2), (1, 1), (0, 0))


@case("col2im")
def _():
    """Windows of one row and two columns: what meets in one pixel is added."""
    columns = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    return col2im(columns, (1, 1, 1, 4), (1, 2), (1, 1), (0, 0))


@case("col2im")
def _():
    """Within a row of the matrix: channel, kernel row, kernel column."""
    columns = np.arange(12.0).reshape(1, 12)
    return col2im(columns, (1, 2, 2, 3), (2, 3), (1, 1), (0, 0))


@case("col2im")
def _():
    """Two images of two channels."""
    columns = np.arange(16.0).reshape(4, 4)
    return col2im(columns, (2, 2, 1, 3), (1, 2), (1, 1), (0, 0))


@case("col2im")
def _():
    """Stride (2, 3), and a last row and column that no window reads."""
    columns = np.arange(1.0, 17.0).reshape(4, 4)
    return col2im(columns, (1, 1, 5, 6), (2, 2), (2, 3), (0, 0))


@case("col2im")
def _():
    """Windows of one row and two columns, with steps of three rows."""
    columns = np.arange(1.0, 5.0).reshape(2, 2)
    return col2im(columns, (1, 1, 5, 2), (1, 2), (3, 1), (0, 0))


@case("col2im")
def _():
    """Padding of the rows alone, with steps of three rows."""
    columns = np.arange(1.0, 5.0).reshape(4, 1)
    return col2im(columns, (1, 1, 4, 2), (1, 1), (3, 1), (1, 0))


@case("col2im")
def _():
    """Padding (1, 2): what lands in the padding falls away."""
    columns = np.arange(1.0, 49.0).reshape(12, 4) % 7
    return col2im(columns, (1, 1, 1, 3), (2, 2), (1, 1), (1, 2))


@case("col2im")
def _():
    """Padding of the columns alone, and a window of 2 rows and 3 columns."""
    columns = np.arange(1.0, 49.0).reshape(8, 6) % 7
    return col2im(columns, (1, 1, 3, 4), (2, 3), (1, 1), (0, 1))


@case("col2im")
def _():
    """The type of the answer: np.result_type of the matrix and np.float32."""
    ones = np.ones((1, 1))
    types = [ones.astype(kind) for kind in (np.float32, np.float64, np.int64)]
    answers = [col2im(c, (1, 1, 1, 1), (1, 1), (1, 1), (0, 0)) for c in types]
    return [str(answer.dtype) for answer in answers]


@case("col2im")
def _():
    """No more Python for 400 windows than for 4."""
    few, many = np.ones((4, 4)), np.ones((400, 4))
    more = steps(col2im, many, (1, 1, 21, 21), (2, 2), (1, 1), (0, 0))
    return more < 1.5 * steps(col2im, few, (1, 1, 3, 3), (2, 2), (1, 1), (0, 0))


@case("col2im")
def _():
    """Windows of three rows and one column."""
    columns = np.array([[1.0, 10.0, 100.0], [2.0, 20.0, 200.0]])
    return col2im(columns, (1, 1, 4, 1), (3, 1), (1, 1), (0, 0))


@case("col2im")
def _():
    """The type of the answer where the matrix has small whole numbers."""
    return str(col2im(np.ones((1, 1), np.int8), (1,) * 4, (1, 1), (1, 1), (0, 0)).dtype)


GRADIENTS = ("grad_x", "grad_weight", "grad_bias")


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """One window and a gradient of 2: image and kernel receive each other, doubled."""
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    weight = np.array([[[[5.0, 6.0], [7.0, 8.0]]]])
    return conv2d_backward(np.array([[[[2.0]]]]), x, weight, (1, 1), (0, 0))


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
    """Stride (2, 3), and a kernel of one pixel."""
    x = np.arange(1.0, 17.0).reshape(1, 1, 4, 4)
    weight = np.array([[[[3.0]]]])
    grad_output = np.array([[[[1.0, 2.0], [4.0, 5.0]]]])
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
    """Two images, two channels in and three out, with a kernel of one pixel."""
    x = np.arange(16.0).reshape(2, 2, 2, 2)
    weight = np.array([[[[1.0]], [[10.0]]], [[[2.0]], [[0.0]]], [[[0.0]], [[3.0]]]])
    grad_output = np.arange(24.0).reshape(2, 3, 2, 2) * 5 % 7
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


@case("conv2d-backward")
def _():
    """The types of all three: np.result_type of the upstream gradient and np.float32."""
    one = np.ones((1, 1, 1, 1))
    same = [(one.astype(kind),) * 3 for kind in (np.float32, np.float64)]
    answers = [conv2d_backward(*arrays, (1, 1), (0, 0)) for arrays in same]
    return [str(gradient.dtype) for gradients in answers for gradient in gradients]


@case("conv2d-backward")
def _():
    """No more Python for 400 windows than for 4."""
    x, weight = np.ones((1, 1, 21, 21)), np.ones((1, 1, 2, 2))
    few, many = np.ones((1, 1, 2, 2)), np.ones((1, 1, 20, 20))
    more = steps(conv2d_backward, many, x, weight, (1, 1), (0, 0))
    less = steps(conv2d_backward, few, x[:, :, :3, :3], weight, (1, 1), (0, 0))
    return more < 1.5 * less


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Padding of the columns alone."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0]]]])
    grad_output = np.arange(8.0).reshape(1, 1, 2, 4)
    return conv2d_backward(grad_output, x, weight, (1, 1), (0, 1))


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """The types, if the upstream gradient alone is float64, the image, or the kernel."""
    wide = np.ones((1, 1, 1, 1))
    one = wide.astype(np.float32)
    all_three = (wide, one, one), (one, wide, one), (one, one, wide)
    answers = [conv2d_backward(*arrays, (1, 1), (0, 0)) for arrays in all_three]
    return [
        ", ".join(str(g.dtype) for g in each) for each in zip(*answers, strict=True)
    ]


@case("conv2d-backward", parts=GRADIENTS)
def _():
    """Upstream gradients that are whole numbers: the types, and the gradients."""
    x, weight = np.ones((1, 1, 1, 2), np.float32), np.array([[[[2.0]]]], np.float32)
    grad_output = np.array([[[[3, 4]]]], np.int8)
    gradients = conv2d_backward(grad_output, x, weight, (1, 1), (0, 0))
    return [[str(gradient.dtype), gradient] for gradient in gradients]


# Blocks
# ------


@case("blocks")
def _():
    """Seven items of 10 bytes, three of which fit into a block of 30 bytes."""
    return blocks(7, 10, 30)


@case("blocks")
def _():
    """A block of 34 or 39 bytes has room for three as well, one of 40 for four."""
    return [blocks(7, 10, 34), blocks(7, 10, 39), blocks(7, 10, 40)]


@case("blocks")
def _():
    """Items that are larger than a block: one at a time."""
    return blocks(3, 100, 30)


@case("blocks")
def _():
    """All fit into one block; exactly two blocks; no item at all."""
    return [blocks(3, 10, 1000), blocks(6, 10, 30), blocks(0, 10, 30)]


@case("blocks", naming=(-2,))
def _():
    """A negative count is a ValueError that names it."""
    return blocks(-2, 10, 30)


@case("blocks", naming=(0,))
def _():
    """Items of no bytes are a ValueError that names the number."""
    return blocks(7, 0, 30)


@case("blocks", naming=(0,))
def _():
    """Blocks of no bytes are a ValueError that names the number."""
    return blocks(7, 10, 0)


@case("blocks", naming=(-3,))
def _():
    """Items of a negative number of bytes are a ValueError that names it."""
    return blocks(7, -3, 30)


@case("blocks", naming=(-30,))
def _():
    """Blocks of a negative number of bytes are a ValueError that names it."""
    return blocks(7, 10, -30)


@case("blocks")
def _():
    """A convolution whose every image is a block."""
    x = np.arange(18.0).reshape(3, 1, 2, 3)
    weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    return conv2d_blocked(x, weight, None, (1, 1), (0, 0), 1)


@case("blocks")
def _():
    """Two images a block, and one that is left; bias, stride and padding."""
    x = np.arange(60.0).reshape(5, 1, 3, 4) * 7 % 11
    weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]], [[[0.0, 1.0], [0.0, 0.0]]]])
    bias = np.array([10.0, 20.0])
    return conv2d_blocked(x, weight, bias, (2, 1), (1, 0), 400)


@case("blocks")
def _():
    """The type of the answer: np.result_type of image, kernel and np.float32."""
    x, weight = np.ones((2, 1, 2, 2)), np.ones((1, 1, 1, 1))
    types = [np.float32, np.float64, np.int8]
    pairs = [(x.astype(a), weight.astype(b)) for a in types for b in types]
    answers = [conv2d_blocked(a, b, None, (1, 1), (0, 0), 10**6) for a, b in pairs]
    return [str(answer.dtype) for answer in answers]


@case("blocks")
def _():
    """Images in a block: a window matrix of 768 bytes each, in at most 8 to 8500."""
    x, weight = np.ones((40, 3, 3, 5)), np.ones((2, 3, 2, 2))
    inner = windows, im2col, conv2d_forward
    return [
        largest(inner, conv2d_blocked, x, weight, None, (1, 1), (0, 0), block_bytes)
        for block_bytes in (8, 1600, 8500)
    ]


@case("blocks")
def _():
    """Images in a block: 15 windows of 2x3x3 numbers of 4 bytes each, 1080 bytes."""
    x, weight = np.ones((40, 3, 4, 7), np.float32), np.ones((3, 3, 2, 3), np.float32)
    inner = windows, im2col, conv2d_forward
    return [
        largest(inner, conv2d_blocked, x, weight, None, (1, 2), (1, 0), block_bytes)
        for block_bytes in (5400, 27000)
    ]


@case("blocks")
def _():
    """Answers below zero stay below zero."""
    x, weight = np.arange(4.0).reshape(1, 1, 2, 2), np.array([[[[-1.0, 1], [-2, 0]]]])
    return conv2d_blocked(x, weight, None, (1, 1), (0, 0), 10**6)


@case("blocks")
def _():
    """No more Python for 400 windows in a block than for 4."""
    few, many, weight = (
        np.ones((1, 1, 3, 3)),
        np.ones((1, 1, 21, 21)),
        np.ones((1, 1, 2, 2)),
    )
    more = steps(conv2d_blocked, many, weight, None, (1, 1), (0, 0), 10**6)
    return more < 1.5 * steps(conv2d_blocked, few, weight, None, (1, 1), (0, 0), 10**6)


# Winograd and Fourier
# --------------------


@case("winograd")
def _():
    """G g Gᵀ of a kernel of ones, and of one that is not symmetric."""
    kernels = np.stack([np.ones((3, 3)), np.arange(9.0).reshape(3, 3) * 4])
    return winograd_kernel(kernels.reshape(2, 1, 3, 3))


@case("winograd")
def _():
    """Bᵀ d B of a tile of pixels."""
    return winograd_input(np.arange(16.0).reshape(1, 4, 4) * 5 % 7)


@case("winograd")
def _():
    """Aᵀ m A of a tile of products."""
    return winograd_output(np.arange(16.0).reshape(1, 4, 4) * 5 % 7)


@case("winograd")
def _():
    """A kernel of ones over 0 to 15: four windows, one tile."""
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    return conv2d_winograd(x, np.ones((1, 1, 3, 3)), (0, 0))


@case("winograd")
def _():
    """A kernel that is not symmetric, over 4 rows and 6 columns: two tiles."""
    x = np.arange(24.0).reshape(1, 1, 4, 6) * 5 % 7
    weight = np.arange(9.0).reshape(1, 1, 3, 3)
    return conv2d_winograd(x, weight, (0, 0))


@case("winograd")
def _():
    """An odd number of outputs, 3 by 3 and 3 by 2."""
    x = np.arange(25.0).reshape(1, 1, 5, 5) * 4 % 7
    weight = np.arange(9.0).reshape(1, 1, 3, 3)
    answers = (
        conv2d_winograd(x, weight, (0, 0)),
        conv2d_winograd(x[..., :4], weight, (0, 0)),
    )
    return [answer[0, 0].tolist() for answer in answers]


@case("winograd")
def _():
    """Padding (1, 2)."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.arange(9.0).reshape(1, 1, 3, 3)
    return conv2d_winograd(x, weight, (1, 2))


@case("winograd")
def _():
    """Two images of two channels, three kernels."""
    x = np.arange(64.0).reshape(2, 2, 4, 4) * 7 % 11 - 4
    weight = np.arange(54.0).reshape(3, 2, 3, 3) * 5 % 7 - 2
    return conv2d_winograd(x, weight, (0, 0))


@case("winograd")
def _():
    """All together, with padding (1, 0)."""
    x = np.arange(80.0).reshape(2, 2, 4, 5) * 7 % 11 - 4
    weight = np.arange(54.0).reshape(3, 2, 3, 3) * 5 % 7 - 2
    return conv2d_winograd(x, weight, (1, 0))


@case("winograd")
def _():
    """The type of the answer: np.result_type of image, kernel and np.float32."""
    types = [np.float32, np.float64, np.int8]
    x, weight = np.ones((1, 1, 4, 4)), np.ones((1, 1, 3, 3))
    pairs = [(x.astype(a), weight.astype(b)) for a in types for b in types]
    return [str(conv2d_winograd(a, b, (0, 0)).dtype) for a, b in pairs]


@case("winograd")
def _():
    """No more Python for 100 tiles than for one."""
    few, many, weight = (
        np.ones((1, 1, 4, 4)),
        np.ones((1, 1, 22, 22)),
        np.ones((1, 1, 3, 3)),
    )
    more = steps(conv2d_winograd, many, weight, (0, 0))
    return more < 1.5 * steps(conv2d_winograd, few, weight, (0, 0))


@case("fft")
def _():
    """One image, one kernel: the numbers 0 to 8, in windows of 2x2."""
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
    return conv2d_fft(x, weight, (0, 0))


@case("fft")
def _():
    """A kernel of 2 rows and 3 columns, an image of 3 rows and 6 columns."""
    x = np.arange(18.0).reshape(1, 1, 3, 6) * 4 % 7
    weight = np.array([[[[1.0, 2.0, 0.0], [0.0, 3.0, 5.0]]]])
    return conv2d_fft(x, weight, (0, 0))


@case("fft")
def _():
    """Padding (1, 2), of an image with an odd number of columns."""
    x = np.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = np.array([[[[1.0, 0.0], [0.0, 10.0]]]])
    return conv2d_fft(x, weight, (1, 2))


@case("fft")
def _():
    """Two images of two channels, three kernels."""
    x = np.arange(48.0).reshape(2, 2, 3, 4) * 7 % 11 - 4
    weight = np.arange(24.0).reshape(3, 2, 2, 2) * 5 % 7 - 2
    return conv2d_fft(x, weight, (0, 0))


@case("fft")
def _():
    """A kernel as large as the image."""
    x = np.arange(6.0).reshape(1, 1, 2, 3)
    return conv2d_fft(x, np.arange(1.0, 7.0).reshape(1, 1, 2, 3), (0, 0))


@case("fft")
def _():
    """The type of the answer: np.result_type of image, kernel and np.float32."""
    types = [np.float32, np.float64, np.int8]
    x, weight = np.ones((1, 1, 2, 2)), np.ones((1, 1, 1, 1))
    pairs = [(x.astype(a), weight.astype(b)) for a in types for b in types]
    return [str(conv2d_fft(a, b, (0, 0)).dtype) for a, b in pairs]


@case("fft")
def _():
    """Fractions stay."""
    x = np.array([[[[0.5, 1.5, 2.0]]]])
    return conv2d_fft(x, np.array([[[[0.5, 1.0]]]]), (0, 0))


@case("fft")
def _():
    """No more Python for an image of 22x22 than for one of 4x4."""
    few, many, weight = (
        np.ones((1, 1, 4, 4)),
        np.ones((1, 1, 22, 22)),
        np.ones((1, 1, 3, 3)),
    )
    more = steps(conv2d_fft, many, weight, (0, 0))
    return more < 1.5 * steps(conv2d_fft, few, weight, (0, 0))


@case("fft")
def _():
    """No more Python for a kernel of one pixel than for one as large as the image."""
    x, large, small = (
        np.ones((1, 1, 16, 16)),
        np.ones((1, 1, 16, 16)),
        np.ones((1, 1, 1, 1)),
    )
    more = steps(conv2d_fft, x, small, (0, 0))
    return more < 1.5 * steps(conv2d_fft, x, large, (0, 0))


# Choosing
# --------


@case("choose")
def _():
    """Medians 7, 3 and 4: the second is the fastest."""
    return fastest({"loops": [7, 8, 1], "matmul": [3, 90, 2], "fft": [4, 4, 4]})


@case("choose")
def _():
    """Of equal medians the first wins."""
    return fastest({"b": [2, 5, 9], "a": [5, 5, 5], "c": [1, 5, 5]})


@case("choose")
def _():
    """An even number of measurements: between the two in the middle."""
    return fastest({"a": [1, 2, 6, 9], "b": [3, 3, 4, 9], "c": [1, 5, 5, 5]})


@case("choose")
def _():
    """Two of four runs were slow: 5 lies between the two in the middle."""
    return fastest({"a": [1, 1, 9, 9], "b": [6, 6, 6, 6]})


@case("choose")
def _():
    """Two slow runs of five do not decide."""
    return fastest({"steady": [3, 3, 3, 3, 3], "disturbed": [1, 1, 2, 90, 90]})


@case("choose")
def _():
    """Measurements of several lengths; the sum decides nothing."""
    return fastest({"long": [2, 2, 2, 2, 2, 2], "short": [3], "other": [9, 1, 8]})


@case("choose", naming=())
def _():
    """Nothing to choose from is a ValueError."""
    return fastest({})


@case("choose", naming=())
def _():
    """A method without a measurement is a ValueError."""
    return fastest({"loops": [1, 2], "matmul": []})


@case("choose")
def _():
    """A tenth of a second decides."""
    return [fastest({"a": [0.4], "b": [0.3]}), fastest({"a": [1.6], "b": [1.4]})]


@case("choose")
def _():
    """Steady and slow loses."""
    return fastest({"steady": [10, 10, 10], "fast": [1, 2, 3]})
