"""The public examples of module 19, which the tutor tries on a student's functions.

Whole numbers, small enough to check by hand. How it works: docs/authoring.md, "The
tutor". `course tutor 19_spatial_two` says which known mistakes they tell apart.
"""

import numpy as np

from course.tutor import case

GRADIENTS = ("grad_x", "grad_weight", "grad_bias")

# Receptive field
# ---------------


@case("dilated-field")
def _():
    """No layer sees one pixel; a layer of 4 without gaps sees 4."""
    return [dilated_field([]), dilated_field([(4, 1, 1)])]


@case("dilated-field")
def _():
    """Gaps: kernels of 2, 3 and 4 with a dilation of 5."""
    return [dilated_field([(kernel, 1, 5)]) for kernel in (2, 3, 4)]


@case("dilated-field")
def _():
    """A layer's own stride adds nothing: 3, with stride 4, and with a dilation of 2."""
    return [dilated_field([(3, 4, 1)]), dilated_field([(3, 4, 2)])]


@case("dilated-field")
def _():
    """A stride makes the steps of the next layer longer, and its gaps."""
    return [
        dilated_field([(3, 2, 1), (4, 1, 1)]),
        dilated_field([(3, 2, 1), (4, 1, 3)]),
    ]


@case("dilated-field")
def _():
    """Strides of 2 and 3 are multiplied."""
    return dilated_field([(1, 2, 1), (1, 3, 1), (4, 1, 2)])


@case("dilated-field")
def _():
    """Everything together."""
    return dilated_field([(5, 2, 3), (2, 3, 1), (3, 2, 2)])


@case("dilated-field", naming=(0,))
def _():
    """A dilation of 0 is a ValueError that names it."""
    return dilated_field([(3, 1, 0)])


@case("dilated-field", naming=(-2,))
def _():
    """A stride of -2, in the second layer."""
    return dilated_field([(3, 1, 1), (3, -2, 1)])


@case("dilated-field", naming=(0,))
def _():
    """And so is a stride of 0."""
    return dilated_field([(3, 0, 1)])


@case("dilated-field", naming=(0,))
def _():
    """Stride and dilation of 0, beside a kernel of 2."""
    return dilated_field([(2, 0, 0)])


@case("dilated-field", naming=(0,))
def _():
    """A kernel of 0."""
    return dilated_field([(0, 1, 1)])


@case("dilated-field")
def _():
    """The widest layer stands between two others."""
    return dilated_field([(2, 1, 1), (3, 1, 4), (3, 1, 1)])


@case("dilated-field", parts=("the field", "layers left in the list"))
def _():
    """The list is the caller's: afterwards it still has its layers."""
    layers = [(3, 2, 1), (5, 1, 1)]
    return [dilated_field(layers), len(layers)]


# Convolution, forward
# --------------------


@case("conv-forward")
def _():
    """A row, and a kernel of three numbers."""
    row, kernel = np.array([[[1.0, 2, 4, 7, 0]]]), np.array([[[1.0, 10, 100]]])
    return conv_forward(row, kernel, None, (1,), (1,))


@case("conv-forward")
def _():
    """Dilation 2, then 3: the numbers of the kernel stand apart."""
    row, kernel = np.array([[[1.0, 2, 4, 7, 0, 3]]]), np.array([[[1.0, 10]]])
    return [conv_forward(row, kernel, None, (1,), (gap,)) for gap in (2, 3)]


@case("conv-forward")
def _():
    """Stride 2 on five pixels, on six, where one is left over."""
    row, kernel = np.array([[[1.0, 2, 4, 7, 0, 3]]]), np.array([[[1.0, 10, 100]]])
    return [conv_forward(row[..., :n], kernel, None, (2,), (1,)) for n in (5, 6)]


@case("conv-forward")
def _():
    """Stride 2 with dilation 3."""
    row, kernel = np.array([[[1.0, 2, 4, 7, 0, 3]]]), np.array([[[1.0, 10]]])
    return conv_forward(row, kernel, None, (2,), (3,))


@case("conv-forward")
def _():
    """An image: stride (1, 2), dilation (2, 1)."""
    image = np.arange(12.0).reshape(1, 1, 3, 4)
    kernel = np.array([[[[1.0, 10], [100, 1000]]]])
    return conv_forward(image, kernel, None, (1, 2), (2, 1))


@case("conv-forward")
def _():
    """A block of 2x1x3."""
    block = np.arange(6.0).reshape(1, 1, 2, 1, 3)
    kernel = np.array([1.0, 10, 100, 1000]).reshape(1, 1, 2, 1, 2)
    return conv_forward(block, kernel, None, (1, 1, 1), (1, 1, 1))


@case("conv-forward")
def _():
    """Two channels come in, three go out."""
    pixels = np.array([[[1.0], [2.0]]])
    weight = np.array([[[1.0], [0]], [[0], [1]], [[1], [10]]])
    return conv_forward(pixels, weight, None, (1,), (1,))


@case("conv-forward")
def _():
    """Two images, each by itself, and a bias."""
    pixels = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    weight = np.array([[[1.0], [0]], [[0], [1]], [[1], [10]]])
    return conv_forward(pixels, weight, np.array([100.0, 200, 300]), (1,), (1,))


@case("conv-forward")
def _():
    """A bias, for a kernel of two numbers: it is added once."""
    row, kernel = np.array([[[1.0, 2, 4]]]), np.array([[[1.0, 10]], [[2.0, 20]]])
    return conv_forward(row, kernel, np.array([0.5, -0.5]), (1,), (1,))


@case("conv-forward")
def _():
    """An image, and a bias for each of two channels."""
    image, weight = np.array([[[[1.0, 2], [3, 4]]]]), np.array([[[[1.0]]], [[[2.0]]]])
    return conv_forward(image, weight, np.array([10.0, 20]), (1, 1), (1, 1))


@case("conv-forward")
def _():
    """The dtype: float32; then one of the two is float64."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10]]])
    pairs = [(row.astype("f4"), kernel.astype("f4")), (row, kernel.astype("f4"))]
    pairs.append((row.astype("f4"), kernel))
    return [str(conv_forward(*pair, None, (1,), (1,)).dtype) for pair in pairs]


@case("conv-forward")
def _():
    """An image: stride (2, 3)."""
    image = np.arange(28.0).reshape(1, 1, 4, 7)
    kernel = np.array([[[[1.0, 10], [100, 1000]]]])
    return conv_forward(image, kernel, None, (2, 3), (1, 1))


@case("conv-forward")
def _():
    """An image: dilation (3, 2), and a kernel of 2x3."""
    image = np.arange(35.0).reshape(1, 1, 5, 7)
    kernel = np.array([[[[1.0, 10, 100], [2, 20, 200]]]])
    return conv_forward(image, kernel, None, (1, 1), (3, 2))


@case("conv-forward")
def _():
    """Whole numbers, and a kernel and a bias of halves."""
    row, kernel = np.array([[[1, 2, 4]]]), np.array([[[0.5, 1]]])
    return conv_forward(row, kernel, np.array([0.25]), (1,), (1,))


@case("conv-forward")
def _():
    """The dtype of two arrays of float32, and a bias of float64: it has no say."""
    row, kernel = np.array([[[1, 2]]], "f4"), np.array([[[1, 10]]], "f4")
    return str(conv_forward(row, kernel, np.array([1.0]), (1,), (1,)).dtype)


# Convolution, backward
# ---------------------


@case("conv-backward", parts=GRADIENTS)
def _():
    """One window: the image gets the kernel, the kernel the image."""
    row, kernel = np.array([[[1.0, 2, 4]]]), np.array([[[1.0, 10, 100]]])
    return conv_backward(np.array([[[2.0]]]), row, kernel, (1,), (1,))


@case("conv-backward", parts=GRADIENTS)
def _():
    """Windows that overlap: what meets is added."""
    row, kernel = np.array([[[1.0, 2, 4, 7]]]), np.array([[[1.0, 10]]])
    return conv_backward(np.array([[[1.0, 2, 3]]]), row, kernel, (1,), (1,))


@case("conv-backward", parts=GRADIENTS)
def _():
    """Dilation 2."""
    row, kernel = np.array([[[1.0, 2, 4, 7]]]), np.array([[[1.0, 10]]])
    return conv_backward(np.array([[[1.0, 2]]]), row, kernel, (1,), (2,))


@case("conv-backward", parts=GRADIENTS)
def _():
    """Stride 3: the sixth pixel is in no window."""
    row, kernel = np.array([[[1.0, 2, 4, 7, 0, 3]]]), np.array([[[1.0, 10]]])
    return conv_backward(np.array([[[1.0, 2]]]), row, kernel, (3,), (1,))


@case("conv-backward", parts=GRADIENTS)
def _():
    """An image: stride (1, 2), dilation (2, 1)."""
    image, upstream = np.arange(12.0).reshape(1, 1, 3, 4), np.array([[[[1.0, 2]]]])
    kernel = np.array([[[[1.0, 10], [100, 1000]]]])
    return conv_backward(upstream, image, kernel, (1, 2), (2, 1))


@case("conv-backward", parts=GRADIENTS)
def _():
    """Two images of two channels, three channels behind."""
    pixels = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    weight = np.array([[[1.0], [0]], [[0], [1]], [[1], [10]]])
    upstream = np.array([[[1.0], [2], [3]], [[4.0], [5], [6]]])
    return conv_backward(upstream, pixels, weight, (1,), (1,))


@case("conv-backward", parts=GRADIENTS)
def _():
    """A row of whole numbers, and a half upstream."""
    row, kernel = np.array([[[3, 4]]], np.int8), np.array([[[1.0, 10]]])
    return conv_backward(np.array([[[0.5]]]), row, kernel, (1,), (1,))


@case("conv-backward", parts=GRADIENTS)
def _():
    """The dtypes of the gradients, if upstream is float32."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10]]])
    grads = conv_backward(np.float32([[[1]]]), row, kernel, (1,), (1,))
    return [str(grad.dtype) for grad in grads]


@case("conv-backward", parts=GRADIENTS)
def _():
    """The dtypes, if upstream alone is float64; if the kernel alone is; if none is."""
    up, row, kernel = np.ones((1, 1, 1)), np.ones((1, 1, 2)), np.ones((1, 1, 2))
    up4, row4, kernel4 = up.astype("f4"), row.astype("f4"), kernel.astype("f4")
    wide = conv_backward(up, row4, kernel4, (1,), (1,))
    narrow = conv_backward(up4, row4, kernel, (1,), (1,))
    none = conv_backward(up4, row4, kernel4, (1,), (1,))
    return [
        [str(g.dtype) for g in each] for each in zip(wide, narrow, none, strict=True)
    ]


@case("conv-backward", parts=GRADIENTS)
def _():
    """An image: stride (2, 3)."""
    image, upstream = (
        np.arange(28.0).reshape(1, 1, 4, 7),
        np.array([[[[1.0, 2], [3, 4]]]]),
    )
    kernel = np.array([[[[1.0, 10], [100, 1000]]]])
    return conv_backward(upstream, image, kernel, (2, 3), (1, 1))


@case("conv-backward", parts=GRADIENTS)
def _():
    """An image: dilation (3, 2), and a kernel of 2x3."""
    image, upstream = np.arange(35.0).reshape(1, 1, 5, 7), np.arange(6.0) + 1
    kernel = np.array([[[[1.0, 10, 100], [2, 20, 200]]]])
    return conv_backward(upstream.reshape(1, 1, 2, 3), image, kernel, (1, 1), (3, 2))


@case("conv-backward", parts=GRADIENTS)
def _():
    """Rows: two images of three channels, two channels behind, stride 2, dilation 3."""
    rows = np.arange(36.0).reshape(2, 3, 6) * 5 % 7
    weight = np.arange(12.0).reshape(2, 3, 2) * 3 % 5
    upstream = np.arange(8.0).reshape(2, 2, 2) * 2 % 5
    return conv_backward(upstream, rows, weight, (2,), (3,))


@case("conv-backward", parts=GRADIENTS)
def _():
    """A block of 2x1x3."""
    block, upstream = np.arange(6.0).reshape(1, 1, 2, 1, 3), np.array([[[[[1.0, 2]]]]])
    kernel = np.array([1.0, 10, 100, 1000]).reshape(1, 1, 2, 1, 2)
    return conv_backward(upstream, block, kernel, (1, 1, 1), (1, 1, 1))


# Padding
# -------


@case("padding")
def _():
    """same_padding: kernels of 1, 3 and 5."""
    return [list(same_padding(kernel)) for kernel in (1, 3, 5)]


@case("padding")
def _():
    """same_padding: kernels of 2 and 4; the one more stands behind."""
    return [list(same_padding(kernel)) for kernel in (2, 4)]


@case("padding")
def _():
    """same_padding, with gaps: a kernel of 3 with dilation 2, one of 2 with 3."""
    return [list(same_padding(3, 2)), list(same_padding(2, 3))]


@case("padding")
def _():
    """pad: zeros, two before and one behind."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((2, 1),), "zeros")


@case("padding")
def _():
    """pad: replicate, two before and one behind."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((2, 1),), "replicate")


@case("padding")
def _():
    """pad: reflect, two before and one behind."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((2, 1),), "reflect")


@case("padding")
def _():
    """pad: circular, two before and one behind; then all four behind."""
    row = np.array([[[1.0, 2, 4, 7]]])
    return [pad(row, ((2, 1),), "circular"), pad(row, ((0, 4),), "circular")]


@case("padding")
def _():
    """pad: an image, each axis with its own pair."""
    image = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])
    return pad(image, ((1, 0), (0, 2)), "reflect")


@case("padding")
def _():
    """pad: as many pixels on both sides as may be, reflect, then circular."""
    row = np.array([[[1.0, 2, 4, 7]]])
    return [pad(row, ((3, 3),), "reflect"), pad(row, ((4, 4),), "circular")]


@case("padding")
def _():
    """pad: each axis has its own length. Reflect by 2, on 3 pixels below each other."""
    return pad(np.array([[[[1.0], [2], [4]]]]), ((2, 0), (0, 0)), "reflect")


@case("padding")
def _():
    """pad: small whole numbers stay what they are."""
    return str(pad(np.array([[[1, 2]]], np.int8), ((1, 1),), "zeros").dtype)


@case("padding", naming=(4,))
def _():
    """pad: reflect by 4 where there are 4."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((4, 0),), "reflect")


@case("padding", naming=(5,))
def _():
    """pad: circular by 5 where there are 4."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((0, 5),), "circular")


@case("padding", naming=(2,))
def _():
    """pad: reflect by 2 where an image is 2 high."""
    image = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])
    return pad(image, ((2, 0), (0, 0)), "reflect")


@case("padding", naming=())
def _():
    """pad: another mode."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((1, 1),), "mirror")


@case("padding", naming=())
def _():
    """pad: NumPy's name of a mode."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((1, 1),), "edge")


@case("padding", naming=(7,))
def _():
    """pad: reflect by 7 behind, where there are 4."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((0, 7),), "reflect")


@case("padding", naming=(6,))
def _():
    """pad: circular by 6 before, where there are 4."""
    return pad(np.array([[[1.0, 2, 4, 7]]]), ((6, 0),), "circular")


@case("padding", naming=(3,))
def _():
    """pad: reflect by 3 where an image is 3 wide, and 2 high."""
    image = np.array([[[[1.0, 2, 3], [4, 5, 6]]]])
    return pad(image, ((0, 0), (0, 3)), "reflect")


@case("padding")
def _():
    """pad: zeros and replicate may ask for more pixels than there are."""
    row = np.array([[[1.0, 2]]])
    return [pad(row, ((3, 4),), mode) for mode in ("zeros", "replicate")]


@case("padding")
def _():
    """pad_backward: zeros."""
    upstream = np.array([[[1.0, 2, 3, 4, 5, 6, 7]]])
    return pad_backward(upstream, ((2, 1),), "zeros")


@case("padding")
def _():
    """pad_backward: zeros, of which none stand behind."""
    return pad_backward(np.array([[[1.0, 2, 3, 4, 5]]]), ((2, 0),), "zeros")


@case("padding")
def _():
    """pad_backward: replicate; copies add up at the edge."""
    upstream = np.array([[[1.0, 2, 3, 4, 5, 6, 7]]])
    return pad_backward(upstream, ((2, 1),), "replicate")


@case("padding")
def _():
    """pad_backward: reflect."""
    upstream = np.array([[[1.0, 2, 3, 4, 5, 6, 7]]])
    return pad_backward(upstream, ((2, 1),), "reflect")


@case("padding")
def _():
    """pad_backward: circular."""
    upstream = np.array([[[1.0, 2, 3, 4, 5, 6, 7]]])
    return pad_backward(upstream, ((2, 1),), "circular")


@case("padding")
def _():
    """pad_backward: an image, each axis with its own pair."""
    upstream = np.arange(15.0).reshape(1, 1, 3, 5)
    return pad_backward(upstream, ((1, 0), (0, 2)), "reflect")


@case("padding")
def _():
    """pad_backward: two images of two channels."""
    return pad_backward(np.arange(8.0).reshape(2, 2, 2), ((0, 1),), "zeros")


@case("padding")
def _():
    """pad_backward: large numbers of a small type."""
    return pad_backward(np.array([[[100, 100, 100]]], np.int8), ((1, 0),), "replicate")


@case("padding")
def _():
    """pad_backward: an image, whose zeros stand on three sides."""
    upstream = np.arange(25.0).reshape(1, 1, 5, 5)
    return pad_backward(upstream, ((1, 0), (2, 1)), "zeros")


@case("padding")
def _():
    """pad_backward: the other modes, with nothing before the row."""
    upstream = np.array([[[1.0, 2, 3, 4, 5]]])
    modes = "replicate", "reflect", "circular"
    return [pad_backward(upstream, ((0, 2),), mode) for mode in modes]


@case("padding")
def _():
    """pad_backward: the dtype, if upstream is float32, and if it is float64."""
    kinds, pairs = ("f4", "f8"), ((1, 0),)
    grads = [pad_backward(np.ones((1, 1, 3), kind), pairs, "zeros") for kind in kinds]
    return [str(grad.dtype) for grad in grads]


# Groups
# ------


@case("groups")
def _():
    """Depthwise: two channels, each with its own number."""
    pixels, weight = np.array([[[1.0, 2], [3, 4]]]), np.array([[[2.0]], [[10.0]]])
    return grouped_forward(pixels, weight, None, (1,), (1,), 2)


@case("groups")
def _():
    """Two groups of two channels."""
    pixels = np.array([[[1.0], [2], [3], [4]]])
    weight = np.array([[[1.0], [10]], [[2.0], [20]]])
    return grouped_forward(pixels, weight, None, (1,), (1,), 2)


@case("groups")
def _():
    """Two channels before, four behind."""
    pixels, weight = np.array([[[1.0], [10]]]), np.array([[[1.0]], [[2]], [[3]], [[4]]])
    return grouped_forward(pixels, weight, None, (1,), (1,), 2)


@case("groups")
def _():
    """Two images, and a bias."""
    pixels = np.array([[[1.0], [2]], [[3.0], [4]]])
    weight, bias = np.array([[[2.0]], [[10.0]]]), np.array([0.5, -0.5])
    return grouped_forward(pixels, weight, bias, (1,), (1,), 2)


@case("groups")
def _():
    """Stride 2 with dilation 3."""
    pixels, weight = (
        np.arange(12.0).reshape(1, 2, 6),
        np.array([[[1.0, 10]], [[1, 100]]]),
    )
    return grouped_forward(pixels, weight, None, (2,), (3,), 2)


@case("groups", naming=(4, 3))
def _():
    """4 channels do not split into 3 groups."""
    pixels, weight = np.zeros((1, 4, 1)), np.ones((6, 1, 1))
    return grouped_forward(pixels, weight, None, (1,), (1,), 3)


@case("groups", naming=(3, 2))
def _():
    """Nor do 3 channels behind split into 2."""
    pixels, weight = np.zeros((1, 4, 1)), np.ones((3, 2, 1))
    return grouped_forward(pixels, weight, None, (1,), (1,), 2)


@case("groups", parts=GRADIENTS)
def _():
    """The way back, depthwise."""
    pixels, weight = np.array([[[1.0, 2], [3, 4]]]), np.array([[[2.0]], [[10.0]]])
    return grouped_backward(
        np.array([[[1.0, 2], [3, 5]]]), pixels, weight, (1,), (1,), 2
    )


@case("groups", parts=GRADIENTS)
def _():
    """The way back, two groups of two channels."""
    pixels, upstream = np.array([[[1.0], [2], [3], [4]]]), np.array([[[1.0], [3]]])
    weight = np.array([[[1.0], [10]], [[2.0], [20]]])
    return grouped_backward(upstream, pixels, weight, (1,), (1,), 2)


@case("groups", parts=GRADIENTS)
def _():
    """The way back, stride 2 with dilation 3."""
    pixels, weight = (
        np.arange(12.0).reshape(1, 2, 6),
        np.array([[[1.0, 10]], [[1, 100]]]),
    )
    return grouped_backward(
        np.array([[[1.0, 2], [3, 4]]]), pixels, weight, (2,), (3,), 2
    )


@case("groups", parts=GRADIENTS)
def _():
    """The way back, two images."""
    pixels, upstream = np.array([[[1.0], [2]], [[3.0], [4]]]), np.ones((2, 2, 1))
    weight = np.array([[[2.0]], [[10.0]]])
    return grouped_backward(upstream, pixels, weight, (1,), (1,), 2)


@case("groups")
def _():
    """The dtype of arrays of float32, there; then of the three gradients."""
    ones, weight = np.ones((1, 2, 1), "f4"), np.ones((2, 1, 1), "f4")
    grads = grouped_backward(ones, ones, weight, (1,), (1,), 2)
    there = grouped_forward(ones, weight, None, (1,), (1,), 2)
    return [str(array.dtype) for array in (there, *grads)]


@case("groups")
def _():
    """Three groups of one channel before and two behind, each with its bias."""
    pixels, bias = np.array([[[1.0], [10], [100]]]), np.array([1.0, 2, 3, 4, 5, 6]) / 8
    weight = np.array([[[1.0]], [[2]], [[3]], [[4]], [[5]], [[6]]])
    return grouped_forward(pixels, weight, bias, (1,), (1,), 3)


@case("groups")
def _():
    """The dtype of two arrays of float32, with a bias of float64; of two of float64."""
    pixels, weight, bias = np.ones((1, 2, 1)), np.ones((2, 1, 1)), np.ones(2)
    pairs = (pixels.astype("f4"), weight.astype("f4")), (pixels, weight)
    return [str(grouped_forward(*pair, bias, (1,), (1,), 2).dtype) for pair in pairs]


@case("groups", parts=GRADIENTS)
def _():
    """The way back, two groups of two channels before and two behind."""
    pixels = np.array([[[1.0], [2], [3], [4]]])
    weight = np.array([[[1.0], [10]], [[2], [20]], [[3], [30]], [[4], [40]]])
    upstream = np.array([[[1.0], [3], [5], [7]]])
    return grouped_backward(upstream, pixels, weight, (1,), (1,), 2)


@case("groups", parts=GRADIENTS)
def _():
    """The dtypes of the gradients, if all is float64."""
    ones, weight = np.ones((1, 2, 1)), np.ones((2, 1, 1))
    grads = grouped_backward(ones, ones, weight, (1,), (1,), 2)
    return [str(grad.dtype) for grad in grads]


# Cost
# ----


@case("separable-cost")
def _():
    """A full layer over a row: weights, then steps."""
    return list(conv_cost((3, 10), 4, (5,), (1,), (0,), 1))


@case("separable-cost")
def _():
    """A full layer over an image, whose axes differ."""
    return list(conv_cost((2, 7, 8), 3, (3, 2), (2, 1), (1, 0), 1))


@case("separable-cost")
def _():
    """Two groups, and one for each channel."""
    layer = (3,), (1,), (1,)
    return [list(conv_cost((4, 5), n, *layer, g)) for n, g in ((6, 2), (4, 4))]


@case("separable-cost")
def _():
    """A stride where pixels are left over, and padding."""
    return [list(conv_cost((1, n), 1, (2,), (3,), (2,), 1)) for n in (5, 6, 7)]


@case("separable-cost")
def _():
    """A separable layer over a row: weights, then steps."""
    return list(separable_cost((4, 8), 6, (3,), (1,), (1,)))


@case("separable-cost")
def _():
    """A separable layer with strides: the pointwise half has fewer places."""
    return list(separable_cost((4, 9, 8), 6, (3, 5), (2, 3), (1, 0)))


@case("separable-cost")
def _():
    """The counts of a full layer are ints, of any size."""
    layer = (512, 300, 300), 1024, (3, 3), (1, 1), (1, 1)
    return [f"{count}" for count in conv_cost(*layer, 1)]


@case("separable-cost")
def _():
    """And so are those of a separable one."""
    layer = (512, 300, 300), 1024, (3, 3), (1, 1), (1, 1)
    return [f"{count}" for count in separable_cost(*layer)]


# Transposed convolution
# ----------------------


@case("conv-transpose")
def _():
    """One pixel paints the kernel."""
    kernel = np.array([[[1.0, 2, 3]]])
    return conv_transpose_forward(np.array([[[2.0]]]), kernel, None, (1,), (0,), (0,))


@case("conv-transpose")
def _():
    """Stride 1, then 2: what meets is added."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return [conv_transpose_forward(row, kernel, None, (s,), (0,), (0,)) for s in (1, 2)]


@case("conv-transpose")
def _():
    """Padding 1 is cut off on both sides."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return conv_transpose_forward(row, kernel, None, (2,), (1,), (0,))


@case("conv-transpose")
def _():
    """Output padding 1, without padding and with it."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return [conv_transpose_forward(row, kernel, None, (2,), (p,), (1,)) for p in (0, 1)]


@case("conv-transpose")
def _():
    """An image: stride (2, 1), padding (0, 1)."""
    image, kernel = np.array([[[[1.0, 2]]]]), np.array([[[[1.0, 2], [3, 4]]]])
    return conv_transpose_forward(image, kernel, None, (2, 1), (0, 1), (1, 0))


@case("conv-transpose")
def _():
    """Two channels come in, three go out, with a bias."""
    pixels, bias = np.array([[[1.0], [2.0]]]), np.array([100.0, 200, 300])
    weight = np.array([[[1.0], [0], [1]], [[0.0], [1], [10]]])
    return conv_transpose_forward(pixels, weight, bias, (1,), (0,), (0,))


@case("conv-transpose")
def _():
    """A bias, and pixels that no kernel reaches."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10]]])
    return conv_transpose_forward(row, kernel, np.array([100.0]), (3,), (0,), (0,))


@case("conv-transpose")
def _():
    """The dtype of two arrays of float32; then the kernel is of float64."""
    row, kernel = np.ones((1, 1, 2), "f4"), np.ones((1, 1, 2))
    numbers = None, (1,), (0,), (0,)
    pairs = (row, kernel.astype("f4")), (row, kernel)
    return [str(conv_transpose_forward(*pair, *numbers).dtype) for pair in pairs]


@case("conv-transpose")
def _():
    """Two images, each by itself."""
    rows, kernel = np.array([[[1.0, 2]], [[3.0, 5]]]), np.array([[[1.0, 10]]])
    return conv_transpose_forward(rows, kernel, None, (2,), (0,), (0,))


@case("conv-transpose")
def _():
    """An image: stride (2, 3), padding (1, 2)."""
    image, kernel = np.array([[[[1.0, 2], [3, 4]]]]), np.arange(1.0, 16)
    kernel = kernel.reshape(1, 1, 3, 5)
    return conv_transpose_forward(image, kernel, None, (2, 3), (1, 2), (0, 0))


@case("conv-transpose")
def _():
    """An image: padding along the second axis alone."""
    image, kernel = np.array([[[[1.0, 2]]]]), np.arange(1.0, 7).reshape(1, 1, 2, 3)
    return conv_transpose_forward(image, kernel, None, (1, 1), (0, 1), (0, 0))


@case("conv-transpose")
def _():
    """Stride 3, output padding 1."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return conv_transpose_forward(row, kernel, None, (3,), (0,), (1,))


@case("conv-transpose")
def _():
    """Stride 3, output padding 2 and padding 2."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return conv_transpose_forward(row, kernel, None, (3,), (2,), (2,))


@case("conv-transpose")
def _():
    """The dtype of two arrays of float32, and a bias of float64; the image is float64."""
    row, kernel, bias = np.ones((1, 1, 2)), np.ones((1, 1, 2), "f4"), np.ones(1)
    pairs = (row.astype("f4"), bias), (row, None)
    numbers = (1,), (0,), (0,)
    images = [conv_transpose_forward(x, kernel, b, *numbers) for x, b in pairs]
    return [str(image.dtype) for image in images]


@case("conv-transpose", naming=(2,))
def _():
    """An output padding of 2 with a stride of 2."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return conv_transpose_forward(row, kernel, None, (2,), (0,), (2,))


@case("conv-transpose", naming=(5, 3))
def _():
    """An output padding of 5 with a stride of 3."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return conv_transpose_forward(row, kernel, None, (3,), (0,), (5,))


@case("conv-transpose", naming=(3,))
def _():
    """An image: an output padding of 3 along the second axis, where the stride is 3."""
    image, kernel = np.array([[[[1.0, 2]]]]), np.array([[[[1.0, 2], [3, 4]]]])
    return conv_transpose_forward(image, kernel, None, (9, 3), (0, 0), (0, 3))


@case("conv-transpose", parts=GRADIENTS)
def _():
    """The way back, stride 2."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    upstream = np.array([[[1.0, 2, 3, 4, 5]]])
    return conv_transpose_backward(upstream, row, kernel, (2,), (0,))


@case("conv-transpose", parts=GRADIENTS)
def _():
    """The way back, with padding 1."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    return conv_transpose_backward(np.array([[[1.0, 2, 3]]]), row, kernel, (2,), (1,))


@case("conv-transpose", parts=GRADIENTS)
def _():
    """The way back, two images, two channels, three behind."""
    pixels = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    weight = np.array([[[1.0], [0], [1]], [[0.0], [1], [10]]])
    upstream = np.array([[[1.0], [2], [3]], [[4.0], [5], [6]]])
    return conv_transpose_backward(upstream, pixels, weight, (1,), (0,))


@case("conv-transpose", parts=GRADIENTS)
def _():
    """The way back of an image: stride (2, 1), padding (0, 1)."""
    image, kernel = np.array([[[[1.0, 2]]]]), np.array([[[[1.0, 2], [3, 4]]]])
    upstream = np.array([[[[5.0], [7]]]])
    return conv_transpose_backward(upstream, image, kernel, (2, 1), (0, 1))


@case("conv-transpose", parts=GRADIENTS)
def _():
    """The dtypes of the gradients, if upstream is float32."""
    row, kernel = np.array([[[1.0, 2]]]), np.array([[[1.0, 10, 100]]])
    upstream = np.ones((1, 1, 4), "f4")
    grads = conv_transpose_backward(upstream, row, kernel, (1,), (0,))
    return [str(grad.dtype) for grad in grads]


@case("conv-transpose", parts=GRADIENTS)
def _():
    """The dtypes, if upstream alone is float64; if the kernel alone is; if none is."""
    up, row, kernel = np.ones((1, 1, 2)), np.ones((1, 1, 1)), np.ones((1, 1, 2))
    up4, row4, kernel4 = up.astype("f4"), row.astype("f4"), kernel.astype("f4")
    wide = conv_transpose_backward(up, row4, kernel4, (1,), (0,))
    narrow = conv_transpose_backward(up4, row4, kernel, (1,), (0,))
    none = conv_transpose_backward(up4, row4, kernel4, (1,), (0,))
    return [
        [str(g.dtype) for g in each] for each in zip(wide, narrow, none, strict=True)
    ]


@case("conv-transpose", parts=GRADIENTS)
def _():
    """The way back of an image: stride (2, 3), padding (1, 2)."""
    image, kernel = np.array([[[[1.0, 2], [3, 4]]]]), np.arange(1.0, 16)
    upstream = np.arange(12.0).reshape(1, 1, 3, 4)
    kernel = kernel.reshape(1, 1, 3, 5)
    return conv_transpose_backward(upstream, image, kernel, (2, 3), (1, 2))


# Upsampling
# ----------


@case("upsample")
def _():
    """A row, twice and three times as long."""
    row = np.array([[[1.0, 2, 3]]])
    return [upsample_forward(row, (2,)), upsample_forward(row, (3,))]


@case("upsample")
def _():
    """An image, three times as high and twice as wide."""
    return upsample_forward(np.array([[[[1.0, 2], [3, 4]]]]), (3, 2))


@case("upsample")
def _():
    """Two channels."""
    return upsample_forward(np.array([[[1.0], [2.0]]]), (2,))


@case("upsample")
def _():
    """Small whole numbers stay what they are."""
    return str(upsample_forward(np.array([[[1, 2]]], np.int8), (2,)).dtype)


@case("upsample")
def _():
    """The way back: copies that lie side by side add up."""
    return upsample_backward(np.array([[[1.0, 2, 3, 4, 5, 6]]]), (2,))


@case("upsample")
def _():
    """The way back of an image that is twice as high and three times as wide."""
    return upsample_backward(np.arange(24.0).reshape(1, 1, 4, 6), (2, 3))


@case("upsample")
def _():
    """Large numbers of a small type."""
    return upsample_backward(np.array([[[100, 100]]], np.int8), (2,))


@case("upsample")
def _():
    """The way back: three copies each, the largest in the middle."""
    return upsample_backward(np.array([[[2.0, 5, 1, 4, 9, 3]]]), (3,))


@case("upsample")
def _():
    """The way back: the dtype, if upstream is float32, and if it is float64."""
    grads = [upsample_backward(np.ones((1, 1, 2), kind), (2,)) for kind in ("f4", "f8")]
    return [str(grad.dtype) for grad in grads]


# Adaptive pooling
# ----------------


@case("adaptive-pool")
def _():
    """Six pixels, three answers and two."""
    row = np.array([[[1.0, 3, 5, 7, 2, 6]]])
    return [adaptive_avg_pool_forward(row, (m,)) for m in (3, 2)]


@case("adaptive-pool")
def _():
    """Five pixels, three answers: windows overlap."""
    return adaptive_avg_pool_forward(np.array([[[1.0, 3, 8, 4, 2]]]), (3,))


@case("adaptive-pool")
def _():
    """Two pixels, three answers."""
    return adaptive_avg_pool_forward(np.array([[[2.0, 4]]]), (3,))


@case("adaptive-pool")
def _():
    """An image of 2x4: 1x2 answers."""
    return adaptive_avg_pool_forward(np.arange(8.0).reshape(1, 1, 2, 4), (1, 2))


@case("adaptive-pool")
def _():
    """Whole numbers, whose mean is not."""
    return adaptive_avg_pool_forward(np.array([[[1, 2]]]), (1,))


@case("adaptive-pool")
def _():
    """Two channels, each by itself."""
    return adaptive_avg_pool_forward(np.array([[[1.0, 3], [5, 9]]]), (1,))


@case("adaptive-pool")
def _():
    """The dtype of an image of float32."""
    return str(adaptive_avg_pool_forward(np.ones((1, 1, 2), "f4"), (1,)).dtype)


@case("adaptive-pool")
def _():
    """The way back: four pixels, two answers."""
    return adaptive_avg_pool_backward(np.array([[[2.0, 4]]]), (1, 1, 4))


@case("adaptive-pool")
def _():
    """The way back: five pixels, two answers that overlap; then three."""
    two, three = np.array([[[3.0, 6]]]), np.array([[[2.0, 3, 4]]])
    return [adaptive_avg_pool_backward(each, (1, 1, 5)) for each in (two, three)]


@case("adaptive-pool")
def _():
    """The way back: an image of 2x4."""
    return adaptive_avg_pool_backward(np.array([[[[4.0, 8]]]]), (1, 1, 2, 4))


@case("adaptive-pool")
def _():
    """The way back: two images, whose gradients are whole numbers."""
    upstream = np.array([[[1]], [[3]]], np.int8)
    return adaptive_avg_pool_backward(upstream, (2, 1, 2))


@case("adaptive-pool")
def _():
    """The way back: the dtype, if upstream is float32."""
    return str(adaptive_avg_pool_backward(np.float32([[[1]]]), (1, 1, 2)).dtype)


@case("adaptive-pool")
def _():
    """Two images of two channels, each by itself."""
    return adaptive_avg_pool_forward(np.arange(8.0).reshape(2, 2, 2) ** 2, (1,))


@case("adaptive-pool")
def _():
    """Eight pixels, three answers: windows overlap, and the middle one is longer."""
    return adaptive_avg_pool_forward(np.array([[[1.0, 3, 8, 4, 2, 9, 5, 7]]]), (3,))


@case("adaptive-pool")
def _():
    """The way back: eight pixels, three answers."""
    return adaptive_avg_pool_backward(np.array([[[3.0, 12, 6]]]), (1, 1, 8))


@case("adaptive-pool")
def _():
    """The way back: an image of 4x3, 2x3 answers; then 4x2 and 4x1."""
    wide, high = np.arange(6.0).reshape(1, 1, 2, 3), np.arange(4.0).reshape(1, 1, 4, 1)
    pairs = (wide, (1, 1, 4, 3)), (high, (1, 1, 4, 2))
    return [adaptive_avg_pool_backward(each, shape) for each, shape in pairs]


@case("adaptive-pool")
def _():
    """The dtype of an image of float64, there and back."""
    image = np.ones((1, 1, 2))
    there = adaptive_avg_pool_forward(image, (1,))
    back = adaptive_avg_pool_backward(image, (1, 1, 4))
    return [str(there.dtype), str(back.dtype)]


# Average pooling
# ---------------


@case("avg-pool")
def _():
    """Five pixels, windows of 2, without both switches."""
    row = np.array([[[2.0, 4, 6, 8, 20]]])
    return avg_pool_forward(row, (2,), (2,), (0,), False, False)


@case("avg-pool")
def _():
    """The last window may hang over; with six pixels there is none."""
    row = np.array([[[2.0, 4, 6, 8, 20, 40]]])
    return [
        avg_pool_forward(row[..., :n], (2,), (2,), (0,), True, False) for n in (5, 6)
    ]


@case("avg-pool")
def _():
    """Padding counts; then it does not."""
    row = np.array([[[3.0, 6, 9, 12, 15]]])
    return [
        avg_pool_forward(row, (3,), (2,), (1,), False, counts)
        for counts in (True, False)
    ]


@case("avg-pool")
def _():
    """A window over the edge and the padding behind it."""
    row = np.array([[[3.0, 6, 9, 12]]])
    return [
        avg_pool_forward(row, (3,), (2,), (1,), True, counts)
        for counts in (True, False)
    ]


@case("avg-pool")
def _():
    """A window that would begin behind the image is left out."""
    row = np.array([[[3.0, 6, 9, 12, 15]]])
    return avg_pool_forward(row, (2,), (3,), (1,), True, True)


@case("avg-pool")
def _():
    """An image: windows of 2x3, stride (2, 1)."""
    image = np.arange(12.0).reshape(1, 1, 3, 4)
    return avg_pool_forward(image, (2, 3), (2, 1), (0, 1), True, False)


@case("avg-pool")
def _():
    """Whole numbers, whose mean is not; large ones of a small type."""
    pairs = np.array([[[1, 2]]]), np.array([[[100, 100]]], np.int8)
    return [avg_pool_forward(pair, (2,), (2,), (0,), False, True) for pair in pairs]


@case("avg-pool")
def _():
    """The dtype of an image of float32."""
    row = np.ones((1, 1, 2), "f4")
    return str(avg_pool_forward(row, (2,), (2,), (0,), False, True).dtype)


@case("avg-pool")
def _():
    """The way back: windows that overlap."""
    upstream = np.array([[[2.0, 4, 6]]])
    return avg_pool_backward(upstream, (1, 1, 4), (2,), (1,), (0,), True)


@case("avg-pool")
def _():
    """The way back: padding, and the edge; padding counts, then it does not."""
    upstream = np.array([[[6.0, 12, 18]]])
    return [
        avg_pool_backward(upstream, (1, 1, 4), (3,), (2,), (1,), counts)
        for counts in (True, False)
    ]


@case("avg-pool")
def _():
    """The way back: two images, whose gradients are whole numbers."""
    upstream = np.array([[[1]], [[3]]], np.int8)
    return avg_pool_backward(upstream, (2, 1, 2), (2,), (2,), (0,), True)


@case("avg-pool")
def _():
    """The way back: the dtype, if upstream is float32."""
    numbers = (1, 1, 2), (2,), (2,), (0,), True
    return str(avg_pool_backward(np.float32([[[1]]]), *numbers).dtype)


@case("avg-pool")
def _():
    """Two images of two channels, each by itself."""
    rows = np.arange(8.0).reshape(2, 2, 2) ** 2
    return avg_pool_forward(rows, (2,), (2,), (0,), False, True)


@case("avg-pool")
def _():
    """An image of 3x5: windows of 2x2, of which the last along each axis hang over."""
    image = np.arange(15.0).reshape(1, 1, 3, 5)
    return avg_pool_forward(image, (2, 2), (2, 2), (0, 0), True, True)


@case("avg-pool")
def _():
    """The dtype of an image of float64, there and back."""
    row, numbers = np.ones((1, 1, 2)), ((2,), (2,), (0,))
    there = avg_pool_forward(row, *numbers, False, True)
    back = avg_pool_backward(row, (1, 1, 4), *numbers, True)
    return [str(there.dtype), str(back.dtype)]


@case("avg-pool")
def _():
    """The way back of an image: windows of 2x3, stride (2, 1), padding (0, 1)."""
    upstream = np.array([[[[6.0, 12, 18, 24]]]])
    return avg_pool_backward(upstream, (1, 1, 3, 4), (2, 3), (2, 1), (0, 1), True)


@case("avg-pool")
def _():
    """The way back of an image: windows of 3x2, stride (1, 3), padding (1, 0)."""
    upstream = np.arange(8.0).reshape(1, 1, 4, 2) * 6
    return avg_pool_backward(upstream, (1, 1, 4, 5), (3, 2), (1, 3), (1, 0), True)
