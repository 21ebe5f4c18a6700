# ---
# jupyter:
#   course:
#     points: 50
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 09: Spatial
#
# > Convolution and pooling, written with explicit loops.
#
# An image is not a list of numbers: neighbouring pixels belong together. A convolution
# looks at one small window at a time, with the same weights everywhere. In this module
# you write it with plain loops, so that nothing about it, its cost included, is hidden.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %% [markdown]
# ## What you will write
#
# Four parts, and the formula they share. The functions work on NumPy arrays; the layers
# around them are thin.
#
# 1. `output_size`: how many windows fit
# 2. `conv2d_forward`: seven nested loops
# 3. `Conv2d`: the layer, with He initialisation
# 4. `max_pool2d_forward` and `avg_pool2d_forward`
#
# The backward passes are given. Work from top to bottom: each cell that says
# `YOUR CODE HERE` is followed by a check that you can run.

# %% [markdown] tags=["points"]

# %% [markdown]
# ## Words and shapes
#
# A batch of images is a 4-D array: (batch, channels, height, width), NCHW for short.
# The *kernel* is the small array of weights, the *stride* how far its window moves, the
# *padding* how many rows or columns are added on each side. Each of the three is a pair:
# height first, then width.

# %%
#| default_exp core.spatial

# %%
#| export
import math

import numpy as np

from tinytorch.core.autograd import Context, Function
from tinytorch.core.layers import Layer, generator
from tinytorch.core.tensor import Tensor

# %% [markdown]
# ## How many windows fit?
#
# Take a row of 7 pixels and a window of 3. With stride 1 it can start at pixels 0 to 4:
# five places. With stride 2 it starts at 0, 2 and 4: three places. The picture shows the
# second case with 8 pixels: the window would next start at 6 and hang over the edge, so
# the last pixel is never used.

# %%
import matplotlib.pyplot as plt


def draw_windows(size, kernel, stride):
    """Draw a row of pixels and, below it, each window that fits."""
    starts = range(0, size - kernel + 1, stride)
    axes = plt.figure(figsize=(6, 0.5 * len(starts) + 0.8)).subplots()
    axes.broken_barh([(i, 0.9) for i in range(size)], (0, 0.8), color="0.8")
    for row, start in enumerate(starts, 1):
        axes.broken_barh([(start, kernel - 0.1)], (-row, 0.8), color="tab:blue")
    axes.set(title=f"size {size}, kernel {kernel}, stride {stride}", yticks=[])
    plt.show()


draw_windows(8, 3, 2)

# %% [markdown]
# Padding adds pixels on both sides before the windows are counted.
#
# **Task `output-size`.** Write `output_size`: the number of windows along one axis. A
# kernel that is larger than the padded size, a kernel or stride below 1, or a negative
# padding is a `ValueError` whose text contains the numbers.


# %% nbgrader={"grade": false, "grade_id": "output-size", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many windows fit along one axis.

    Parameters
    ----------
    size
        Pixels along the axis, before padding.
    kernel
        Pixels the window covers.
    stride
        Pixels the window moves.
    padding
        Pixels added on each side.

    Raises
    ------
    ValueError
        If the window does not fit, or a number is out of range.
    """
    ### BEGIN SOLUTION
    if kernel < 1 or stride < 1 or padding < 0:
        raise ValueError(
            "output_size needs kernel >= 1, stride >= 1 and padding >= 0, got "
            f"kernel {kernel}, stride {stride}, padding {padding}"
        )
    if kernel > size + 2 * padding:
        raise ValueError(
            f"a kernel of {kernel} does not fit into {size} pixels with padding {padding}"
        )
    return (size + 2 * padding - kernel) // stride + 1
    ### END SOLUTION


# %% [markdown]
# **Check.** The two rows from above, an image that keeps its size, and a window that does
# not fit.

# %% nbgrader={"grade": true, "grade_id": "test-output-size", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
assert output_size(7, 3) == 5, "size 7, kernel 3: five windows fit"
assert output_size(8, 3, stride=2) == 3, "size 8, kernel 3, stride 2: three windows fit"
assert output_size(224, 3, padding=1) == 224, "kernel 3, padding 1 keeps the size"
try:
    output_size(2, 3)
    raise AssertionError("a kernel of 3 does not fit into 2 pixels: raise a ValueError")
except ValueError as error:
    assert "3" in str(error) and "2" in str(error), "the error must name the numbers"
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=5)


def counted(size, kernel, stride, padding):
    return len(range(-padding, size + padding - kernel + 1, stride))


def counts(*cases):
    for case in cases:
        rubric.whole_number(output_size(*case), counted(*case))


@rubric.check("stride 1: a window at every pixel where it still fits", points=1)
def _():
    size = int(rubric.rng.integers(20, 30))
    counts((size, 4, 1, 0), (size + 9, 7, 1, 0), (6, 6, 1, 0))


@rubric.check("stride: a window that would hang over the edge is left out", points=1)
def _():
    size = int(rubric.rng.integers(20, 30))
    counts(*((size + extra, 4, 3, 0) for extra in range(3)), (5, 5, 4, 0), (6, 1, 5, 0))


@rubric.check("padding: pixels are added on both sides", points=1)
def _():
    size = int(rubric.rng.integers(20, 30))
    counts((size, 4, 1, 2), (size, 8, 1, 3), (1, 3, 1, 1))


@rubric.check("stride, padding and remainder together", points=1)
def _():
    size = int(rubric.rng.integers(20, 30))
    counts(*((size + extra, 6, 4, 3) for extra in range(4)))
    counts((11, 2, 3, 2), (10, 4, 3, 1), (1, 3, 2, 1), (9, 3, 2, 3))


@rubric.check(
    "a kernel that does not fit, padding included, is a ValueError with the numbers",
    points=0.5,
)
def _():
    size, kernel = (int(rubric.rng.integers(n, n + 10)) for n in (10, 20))
    rubric.raises(ValueError, output_size, size, kernel, naming=(size, kernel))
    rubric.raises(ValueError, output_size, 4, 9, 1, 2)
    counts((4, 8, 1, 2), (5, 8, 1, 2))


@rubric.check("a number out of range is a ValueError", points=0.5)
def _():
    for case in [(5, 0), (5, -1), (5, 3, 0), (5, 3, -2), (5, 3, 1, -1)]:
        rubric.raises(ValueError, output_size, *case)
    counts((5, 1, 1, 0), (5, 3, 1, 0))


rubric.score()
### END HIDDEN TESTS

# %% [markdown]
# ## Convolution
#
# At each place, multiply the window by the kernel, element by element, and add up. Try it
# by hand with the numbers 0 to 5 and the kernel [[1, 2], [3, 4]]: the first window is
# [[0, 1], [3, 4]], and 0·1 + 1·2 + 3·3 + 4·4 = 27. One step right it is 37.
#
# Mathematicians would flip the kernel first and call what we do cross-correlation. Every
# deep learning framework says convolution and does not flip.
#
# With several input channels, the kernel has a layer for each, and all products are
# added into one number. With several output channels, there is one such kernel, and one
# bias, for each.
#
# **Task `conv2d-forward`.** Write the seven loops: batch, output channel, output row,
# output column, input channel, kernel row, kernel column.


# %% nbgrader={"grade": false, "grade_id": "conv2d-forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv2d_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Cross-correlate a batch of images with a bank of kernels.

    Parameters
    ----------
    x
        Shape (batch, in_channels, height, width). It is not modified.
    weight
        Shape (out_channels, in_channels, kernel height, kernel width).
    bias
        Shape (out_channels,), or None.
    stride, padding
        Pairs (height, width); the padding is zeros on each side.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, output height, output width), of dtype
        ``np.result_type(x, weight, np.float32)``.
    """
    ### BEGIN SOLUTION
    (sh, sw), (ph, pw) = stride, padding
    batch, in_channels, height, width = x.shape
    out_channels, _, kh, kw = weight.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((batch, out_channels, rows, columns), dtype)
    for b in range(batch):
        for o in range(out_channels):
            for i in range(rows):
                for j in range(columns):
                    total = 0.0 if bias is None else float(bias[o])
                    for c in range(in_channels):
                        for u in range(kh):
                            for v in range(kw):
                                pixel = padded[b, c, i * sh + u, j * sw + v]
                                total += float(pixel) * float(weight[o, c, u, v])
                    out[b, o, i, j] = total
    return out
    ### END SOLUTION


# %% [markdown]
# **Check.** The example that you computed by hand, then the shape for a stride of two
# rows and three columns.

# %% nbgrader={"grade": true, "grade_id": "test-conv2d-forward", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
x = np.arange(6.0).reshape(1, 1, 2, 3)
weight = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
y = conv2d_forward(x, weight, None, (1, 1), (0, 0))
assert np.allclose(y, [[[[27, 37]]]]), (
    "0..5 with the kernel [[1, 2], [3, 4]] gives [27, 37]: is the kernel flipped or "
    "transposed?"
)
y = conv2d_forward(np.ones((2, 3, 9, 10)), np.ones((4, 3, 2, 5)), None, (2, 3), (0, 0))
assert y.shape == (2, 4, 4, 2), (
    "stride (2, 3) is two rows down, three columns right: 9x10, kernel 2x5 gives 4x2"
)
### BEGIN HIDDEN TESTS
from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=20)


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


rubric.stand_in(output_size=right_output_size)


def reference_conv2d(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, ::sh, ::sw]
    out = np.einsum("bchwij,ocij->bohw", windows, weight.astype(float))
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


def is_right(x, weight, bias=None, stride=(1, 1), padding=(0, 0), dtype=None):
    # Wanted comes first: student code may change the arrays. A bias of zeros, so that
    # only the check on bias=None fails where None is not understood.
    bias = np.zeros(len(weight), weight.dtype) if bias is None else bias
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    got = conv2d_forward(x, weight, bias, stride, padding)
    rubric.close(got, wanted, atol=1e-5, dtype=dtype)


def normal(*shape):
    return rubric.rng.normal(size=shape)


@rubric.check("the kernel is neither flipped nor transposed", points=2)
def _():
    is_right(normal(1, 1, 5, 5), normal(1, 1, 3, 3))


@rubric.check("height and width may differ, of the image and of the kernel", points=1.5)
def _():
    # Kernels of one repeated number: which way round they lie does not matter.
    is_right(normal(1, 1, 5, 8), np.full((1, 1, 2, 4), 0.5))
    is_right(normal(1, 1, 7, 4), np.full((1, 1, 3, 2), 1.5))


# Kernels of 1x1 in the next four: no window, only what is around it.
@rubric.check("several input channels: the products of all are added", points=1.5)
def _():
    is_right(normal(1, 3, 4, 4), normal(1, 3, 1, 1))


@rubric.check("several output channels: each has its own kernel", points=1)
def _():
    is_right(normal(1, 1, 4, 4), normal(5, 1, 1, 1))


@rubric.check("several images: each gives its own result", points=1)
def _():
    is_right(normal(3, 1, 4, 4), normal(1, 1, 1, 1))


@rubric.check("bias: added once to each output of its channel", points=1.5)
def _():
    weight = np.zeros((4, 3, 1, 1))
    weight[:, 0] = normal(1, 1, 1)
    is_right(normal(1, 3, 4, 4), weight, normal(4))


@rubric.check("bias None: nothing is added", points=0.5)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 1, 1)
    wanted = x * weight
    got = conv2d_forward(x, weight, None, (1, 1), (0, 0))
    rubric.close(got, wanted, atol=1e-5)


@rubric.check("stride: a window starts at stride times its place", points=1)
def _():
    is_right(normal(1, 1, 9, 9), np.full((1, 1, 2, 2), 0.5), stride=(3, 3))


@rubric.check("stride (2, 3): two rows down, three columns to the right", points=1.5)
def _():
    is_right(normal(1, 1, 9, 9), np.full((1, 1, 2, 2), 0.5), stride=(2, 3))


@rubric.check("padding: zeros on all four sides of every image", points=1)
def _():
    is_right(normal(1, 1, 4, 4), np.full((1, 1, 3, 3), 0.5), padding=(2, 2))


@rubric.check(
    "padding (1, 2): one row above and below, two columns left and right", points=1.5
)
def _():
    is_right(normal(1, 1, 4, 4), np.full((1, 1, 3, 3), 0.5), padding=(1, 2))


@rubric.check("an integer image: the result has fractions", points=0.5)
def _():
    is_right(rubric.rng.integers(-9, 9, (1, 1, 4, 4)), normal(1, 1, 1, 1))


@rubric.check("float32 gives float32", points=0.5)
def _():
    x, weight = normal(1, 1, 4, 4), normal(1, 1, 1, 1)
    is_right(x.astype(np.float32), weight.astype(np.float32), dtype=np.float32)


@rubric.check("float64 gives float64", points=0.5)
def _():
    is_right(normal(1, 1, 4, 4), normal(1, 1, 1, 1), dtype=np.float64)


@rubric.check("image, kernel and bias are not modified", points=0.5)
def _():
    x, weight, bias = normal(1, 1, 4, 4), normal(1, 1, 1, 1), np.zeros(1)
    wanted = x * weight
    shared = [rubric.share(array) for array in (x, weight, bias)]
    for _again in range(2):
        rubric.close(conv2d_forward(*shared, (1, 1), (0, 0)), wanted, atol=1e-5)
        for array, original in zip(shared, (x, weight, bias), strict=True):
            rubric.unchanged(array, original)


@rubric.check("everything together, all sizes different", points=2)
def _():
    x, weight = normal(2, 3, 8, 11), normal(4, 3, 3, 2)
    is_right(x, weight, normal(4), (2, 3), (1, 2))
    is_right(x[:, :, :7, :9], weight[:, :, :2], normal(4), (3, 4), (2, 1))


@rubric.check("everything together, a kernel that is wider than high", points=2)
def _():
    is_right(normal(4, 2, 9, 7), normal(3, 2, 2, 4), normal(3), (3, 1), (0, 1))


rubric.score()
### END HIDDEN TESTS

# %% [markdown]
# ## See what it does
#
# A bright square, and a kernel that compares left with right. It answers at the square's
# vertical edges, and only there.

# %%
picture = np.zeros((1, 1, 12, 16))
picture[..., 3:9, 4:12] = 1
kernel = np.array([[[[-1.0, 0.0, 1.0]] * 3]])

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3))
edges = conv2d_forward(picture, kernel, None, (1, 1), (1, 1))
for axis, image, title in zip(
    axes, (picture, edges), ("picture", "edges"), strict=True
):
    axis.imshow(image[0, 0], cmap="cividis")
    axis.set(title=title, xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## Going back
#
# Given, for now. An input pixel was read by every window that covers it, so its gradient
# is collected from all of them: where forward gathers, backward scatters.


# %%
#| export
def conv2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of `conv2d_forward` for x, weight and bias.

    Parameters
    ----------
    grad_output
        Shape (batch, out_channels, output height, output width).
    x, weight, stride, padding
        What went into forward.
    """
    (sh, sw), (ph, pw) = stride, padding
    _, _, height, width = x.shape
    kh, kw = weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    grad_padded = np.zeros(padded.shape, grad_output.dtype)
    grad_weight = np.zeros(weight.shape, grad_output.dtype)
    for b, o, i, j in np.ndindex(grad_output.shape):
        window = (
            b,
            slice(None),
            slice(i * sh, i * sh + kh),
            slice(j * sw, j * sw + kw),
        )
        grad_padded[window] += grad_output[b, o, i, j] * weight[o]
        grad_weight[o] += grad_output[b, o, i, j] * padded[window]
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))


# %%
#| export
class Conv2dFunction(Function):
    """`conv2d_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, weight, bias, stride, padding):
        """Return the convolution; bias may be None."""
        ctx.save_for_backward(x, weight)
        ctx.stride, ctx.padding = stride, padding
        return conv2d_forward(x, weight, bias, stride, padding)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradients of x, weight and bias."""
        grads = conv2d_backward(
            grad_output, *ctx.saved_tensors, ctx.stride, ctx.padding
        )
        return *grads, None, None


# %% [markdown]
# ## What the layers refuse
#
# Layers take one number or a pair, and make it a pair at once. An image without its batch
# axis, or with another number of channels, is an error that names both.


# %%
#| export
def as_pair(value: int | tuple[int, int], name: str, least: int) -> tuple[int, int]:
    """Return ``value`` as a pair (height, width).

    Raises
    ------
    ValueError
        If it is neither a whole number nor a pair of them, or one is below ``least``.
    """
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    whole = all(
        isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in pair
    )
    if len(pair) != 2 or not whole or min(pair) < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, or a pair of them, "
            f"got {value!r}"
        )
    return int(pair[0]), int(pair[1])


def check_images(x: Tensor, channels: int | None = None) -> None:
    """Refuse what is no batch of images, or has not the wanted number of channels.

    Raises
    ------
    ValueError
        Naming what was wanted and what came.
    """
    if x.ndim != 4:
        raise ValueError(
            f"Expected 4D input (batch, channels, height, width), got {x.shape}"
        )
    if channels is not None and x.shape[1] != channels:
        raise ValueError(
            f"Expected {channels} input channels, got {x.shape[1]} in shape {x.shape}"
        )


# %% [markdown]
# ## The layer
#
# The weights start as random numbers, normally distributed around 0. How large? Each
# output adds up in_channels · KH · KW products. To keep the outputs as varied as the
# inputs, behind a ReLU that silences half of them, the weights need variance
# 2 / (in_channels · KH · KW) (He and others, 2015). The bias starts at zero.
#
# **Task `conv2d-layer`.** In `__init__`, create `self.weight` and `self.bias` (or None)
# as Tensors with `requires_grad=True`; draw with `generator().normal(mean, std, shape)`.
# In `forward`, apply `Conv2dFunction`. In `parameters`, list what training changes.


# %% nbgrader={"grade": false, "grade_id": "conv2d-layer", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
class Conv2d(Layer):
    """2-D convolution over a batch of images, as in PyTorch.

    Parameters
    ----------
    in_channels, out_channels
        Channels before and after.
    kernel_size, stride, padding
        A number or a pair (height, width).
    bias
        Whether each output channel has a trainable bias, zero at first.

    Attributes
    ----------
    weight
        Shape (out_channels, in_channels, kernel height, kernel width).
    bias
        Shape (out_channels,), or None.
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, bias=True
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        ### BEGIN SOLUTION
        shape = (out_channels, in_channels, *self.kernel_size)
        std = math.sqrt(2 / math.prod(shape[1:]))
        self.weight = Tensor(generator().normal(0, std, shape), requires_grad=True)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None
        ### END SOLUTION

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in_channels, H, W) to (batch, out_channels, H', W').

        Raises
        ------
        ValueError
            If ``x`` is no batch of images with ``in_channels`` channels.
        """
        check_images(x, self.in_channels)
        ### BEGIN SOLUTION
        return Conv2dFunction.apply(
            x, self.weight, self.bias, self.stride, self.padding
        )
        ### END SOLUTION

    def parameters(self) -> list[Tensor]:
        """Return weight and, if there is one, bias."""
        ### BEGIN SOLUTION
        return [self.weight] if self.bias is None else [self.weight, self.bias]
        ### END SOLUTION


# %% [markdown]
# **Check.** Shapes, parameters, and what the layer refuses.

# %% nbgrader={"grade": true, "grade_id": "test-conv2d-layer", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
conv = Conv2d(3, 8, kernel_size=(3, 5))
assert conv.weight.shape == (8, 3, 3, 5), "weight: (out, in, kernel height, width)"
assert conv.bias.shape == (8,), "bias: one number for each output channel"
assert len(conv.parameters()) == 2, "weight and bias are trained"
assert len(Conv2d(3, 8, 3, bias=False).parameters()) == 1, "without bias: the weight"
try:
    conv(Tensor(np.zeros((3, 224, 224))))
    raise AssertionError("an image without its batch axis must be refused")
except ValueError as error:
    assert "got (3, 224, 224)" in str(error), "the error must name the shape"
### BEGIN HIDDEN TESTS
from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=10)


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


def right_conv2d_forward(x, weight, bias, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(padded, weight.shape[2:], axis=(2, 3))[:, :, ::sh, ::sw]
    out = np.einsum("bchwij,ocij->bohw", windows, weight)
    return out if bias is None else out + np.reshape(bias, (-1, 1, 1))


rubric.stand_in(output_size=right_output_size, conv2d_forward=right_conv2d_forward)


def reference_conv2d(x, weight, bias, stride, padding):
    x, weight, bias = (array.astype(float) for array in (x, weight, bias))
    return right_conv2d_forward(x, weight, bias, stride, padding)


def reference_gradients(upstream, x, weight, stride, padding):
    # Spread the upstream gradient to the places where windows start; what each weight
    # and each pixel met there follows by correlation.
    (sh, sw), (ph, pw) = stride, padding
    (_, _, height, width), (_, _, kh, kw) = x.shape, weight.shape
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    starts = height + 2 * ph - kh + 1, width + 2 * pw - kw + 1
    spread = np.zeros((*upstream.shape[:2], *starts))
    spread[:, :, ::sh, ::sw] = upstream
    windows = sliding_window_view(padded, starts, axis=(2, 3))
    grad_weight = np.einsum("bcuvhw,bohw->ocuv", windows, spread)
    sides = ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1))
    windows = sliding_window_view(np.pad(spread, sides), (kh, kw), axis=(2, 3))
    flipped = weight.astype(float)[:, :, ::-1, ::-1]
    grad_padded = np.einsum("bohwuv,ocuv->bchw", windows, flipped)
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, upstream.astype(float).sum(axis=(0, 2, 3))


def normal(*shape):
    return rubric.rng.normal(size=shape).astype(np.float32)


def layer_of(weight, bias, stride=(1, 1), padding=(0, 0)):
    conv = Conv2d(weight.shape[1], len(weight), weight.shape[2:], stride, padding)
    conv.weight.data, conv.bias.data = weight, bias
    return conv


def forward_is_right(bias, stride, padding):
    x, weight = normal(3, 2, 8, 11), normal(5, 2, 3, 2)
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    conv = layer_of(weight, bias, stride, padding)
    rubric.close(conv(Tensor(x)).data, wanted, atol=1e-4)


def with_gradients(stride, padding):
    x, weight, bias = normal(3, 2, 8, 11), normal(5, 2, 3, 2), normal(5)
    wanted = reference_conv2d(x, weight, bias, stride, padding)
    upstream = normal(*wanted.shape)
    gradients = reference_gradients(upstream, x, weight, stride, padding)
    conv = layer_of(weight, bias, stride, padding)
    image = Tensor(x, requires_grad=True)
    conv(image).backward(upstream)
    return image, conv, gradients


def gradient_is_right(tensor, wanted):
    assert tensor.grad is not None, "no gradient arrives"
    rubric.close(tensor.grad, wanted, rtol=1e-4, atol=1e-3)


def first_weights():
    return np.asarray(Conv2d(32, 64, (3, 5)).weight.data, dtype=float)


# 64 * 32 * 3 * 5 = 30720 numbers: their standard deviation is within 0.4 % of the true
# one in two of three cases, so 4 % off is ten such steps.
@rubric.check(
    "He initialisation: (out, in, kernel height, kernel width) numbers of variance "
    "2 / (in_channels * kernel height * width)",
    points=1.5,
)
def _():
    weights = first_weights()
    assert weights.shape == (64, 32, 3, 5), "wrong shape"
    rubric.close(weights.std(), np.sqrt(2 / (32 * 3 * 5)), rtol=0.04)


@rubric.check("He initialisation: normally distributed around 0", points=0.5)
def _():
    weights = first_weights()
    scaled = weights / weights.std()
    rubric.close(scaled.mean(), 0, atol=8 / np.sqrt(30720))
    # The mean size of a normal variable; that of a uniform one is 0.87.
    rubric.close(np.abs(scaled).mean(), np.sqrt(2 / np.pi), rtol=0.025)


@rubric.check("He initialisation: two layers start differently", points=0.5)
def _():
    one, other = first_weights(), first_weights()
    correlation = np.corrcoef(one.ravel(), other.ravel())[0, 1]
    rubric.close(correlation, 0, atol=0.05)


@rubric.check("the bias starts at zero, one for each output channel", points=0.5)
def _():
    rubric.close(Conv2d(3, 7, (2, 4)).bias.data, np.zeros(7))


def parameter_with(values, parameters):
    for parameter in parameters:
        if np.array_equal(np.asarray(parameter.data), values):
            return parameter
    raise AssertionError("a trained array is missing")


@rubric.check("parameters() gives the layer's own weight and bias", points=1)
def _():
    weight, bias, new_weight, new_bias = (
        normal(*shape) for shape in 2 * [(5, 2, 3, 2), (5,)]
    )
    conv = layer_of(weight, bias)
    parameters = list(conv.parameters())
    # Train: what is changed through parameters() must be changed in the layer.
    parameter_with(weight, parameters).data = new_weight
    parameter_with(bias, parameters).data = new_bias
    rubric.close(conv.weight.data, new_weight)
    rubric.close(conv.bias.data, new_bias)


@rubric.check("forward: weight and bias reach the convolution", points=1)
def _():
    forward_is_right(normal(5), (1, 1), (0, 0))


@rubric.check("forward: stride reaches the convolution", points=0.5)
def _():
    forward_is_right(np.zeros(5), (2, 3), (0, 0))


@rubric.check("forward: padding reaches the convolution", points=0.5)
def _():
    forward_is_right(np.zeros(5), (1, 1), (1, 2))


@rubric.check(
    "bias=False: the attribute bias is None, and the image is convolved", points=1
)
def _():
    x, weight = normal(3, 2, 6, 5), normal(5, 2, 3, 2)
    wanted = reference_conv2d(x, weight, np.zeros(5), (1, 1), (0, 0))
    conv = Conv2d(2, 5, (3, 2), bias=False)
    conv.weight.data = weight
    assert conv.bias is None, "bias is not None"
    rubric.close(conv(Tensor(x)).data, wanted, atol=1e-4)
    parameter_with(weight, list(conv.parameters()))


@rubric.check("backward: the gradient arrives at the bias", points=0.5)
def _():
    _image, conv, (_, _, wanted) = with_gradients((1, 1), (0, 0))
    gradient_is_right(conv.bias, wanted)


@rubric.check("backward: the gradient arrives at the weight", points=1)
def _():
    _image, conv, (_, wanted, _) = with_gradients((1, 1), (0, 0))
    gradient_is_right(conv.weight, wanted)


@rubric.check("backward: the gradient arrives at the image", points=0.5)
def _():
    image, _conv, (wanted, _, _) = with_gradients((1, 1), (0, 0))
    gradient_is_right(image, wanted)


@rubric.check("forward and backward with stride and padding together", points=1)
def _():
    forward_is_right(normal(5), (2, 3), (1, 2))
    image, conv, wanted = with_gradients((2, 3), (1, 2))
    for tensor, gradient in zip((image, conv.weight, conv.bias), wanted, strict=True):
        gradient_is_right(tensor, gradient)


rubric.score()
### END HIDDEN TESTS

# %% [markdown]
# ## Max pooling
#
# Pooling makes an image smaller: each window becomes one number, for each channel by
# itself. Max pooling keeps the largest. The border is padded with minus infinity, which
# never wins; with zeros, a window of negative numbers at the border would answer 0.
#
# **Task `max-pool2d-forward`.** Write it with loops over batch, channel, row and column.


# %% nbgrader={"grade": false, "grade_id": "max-pool2d-forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def max_pool2d_forward(
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the largest element of each window.

    Parameters
    ----------
    x
        Shape (batch, channels, height, width). It is not modified.
    kernel_size, stride, padding
        Pairs (height, width); padding is minus infinity.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, output height, output width), of dtype
        ``np.result_type(x, np.float32)``.
    """
    ### BEGIN SOLUTION
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    dtype = np.result_type(x, np.float32)
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(dtype), sides, constant_values=-np.inf)
    out = np.zeros((batch, channels, rows, columns), dtype)
    for b in range(batch):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    largest = -np.inf
                    for u in range(kh):
                        for v in range(kw):
                            largest = max(largest, padded[b, c, i * sh + u, j * sw + v])
                    out[b, c, i, j] = largest
    return out
    ### END SOLUTION


# %% [markdown]
# **Check.** The numbers 0 to 15, and a window of negative numbers.


# %% nbgrader={"grade": true, "grade_id": "test-max-pool2d-forward", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
x = np.arange(16.0).reshape(1, 1, 4, 4)
y = max_pool2d_forward(x, (2, 2), (2, 2), (0, 0))
assert np.allclose(y, [[[[5, 7], [13, 15]]]]), "0..15 in windows of 2x2: 5 7 13 15"
y = max_pool2d_forward(-1 - x, (2, 2), (2, 2), (0, 0))
assert np.allclose(y, [[[[-1, -3], [-9, -11]]]]), "the largest of negatives is negative"
### BEGIN HIDDEN TESTS
from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=10)


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


rubric.stand_in(output_size=right_output_size)


def reference_max_pool2d(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(float), sides, constant_values=-np.inf)
    windows = sliding_window_view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
    return windows.max(axis=(4, 5))


def is_right(x, kernel_size, stride, padding=(0, 0), dtype=None):
    wanted = reference_max_pool2d(x, kernel_size, stride, padding)
    got = max_pool2d_forward(x, kernel_size, stride, padding)
    rubric.close(got, wanted, dtype=dtype)


def positive(*shape):
    return rubric.rng.uniform(1, 9, shape)


@rubric.check("the largest number of each window", points=1)
def _():
    is_right(positive(1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("the largest of negative numbers is negative", points=1)
def _():
    is_right(-positive(1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("a window of 2x3: two rows, three columns, at every place", points=1)
def _():
    is_right(positive(1, 1, 5, 8), (2, 3), (1, 1))


@rubric.check(
    "stride (3, 2): three rows down, two columns to the right; remainders are left out",
    points=1,
)
def _():
    is_right(positive(1, 1, 9, 9), (2, 2), (3, 2))


@rubric.check("padding never wins: it is minus infinity, not zero", points=1)
def _():
    is_right(-positive(1, 1, 5, 5), (3, 3), (1, 1), (1, 1))


@rubric.check(
    "padding (1, 2): one row above and below, two columns left and right", points=0.5
)
def _():
    is_right(positive(1, 1, 6, 6), (4, 4), (1, 1), (1, 2))


@rubric.check("each image and each channel by itself", points=1)
def _():
    is_right(positive(2, 3, 4, 4), (2, 2), (2, 2))


@rubric.check("an integer image: it works, with padding too", points=0.5)
def _():
    is_right(rubric.rng.integers(1, 99, (1, 1, 6, 6)), (2, 2), (2, 2), (1, 1))


@rubric.check("float32 gives float32, float64 gives float64", points=0.5)
def _():
    for dtype in (np.float32, np.float64):
        is_right(positive(1, 1, 6, 6).astype(dtype), (2, 2), (2, 2), dtype=dtype)


@rubric.check("the image is not modified", points=0.5)
def _():
    x = positive(1, 1, 6, 6)
    wanted = reference_max_pool2d(x, (2, 2), (2, 2), (0, 0))
    shared = rubric.share(x)
    for _again in range(2):
        rubric.close(max_pool2d_forward(shared, (2, 2), (2, 2), (0, 0)), wanted)
        rubric.unchanged(shared, x)


@rubric.check("everything together, all sizes different", points=2)
def _():
    x = rubric.rng.normal(-2, 1, (2, 3, 8, 11))
    is_right(x, (3, 5), (2, 3), (1, 2))
    is_right(x[:, :, :7], (4, 2), (3, 1), (2, 1))


rubric.score()
### END HIDDEN TESTS

# %% [markdown]
# ## Average pooling
#
# The mean of each window. Here the padding is zeros, and they count: a window at the
# border is divided by its full area, as in PyTorch's default.
#
# **Task `avg-pool2d-forward`.** Write it with the same loops.


# %% nbgrader={"grade": false, "grade_id": "avg-pool2d-forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def avg_pool2d_forward(
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the mean of each window.

    Parameters
    ----------
    x
        Shape (batch, channels, height, width). It is not modified.
    kernel_size, stride, padding
        Pairs (height, width); padding is zeros, which count in the mean.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, output height, output width), of dtype
        ``np.result_type(x, np.float32)``.
    """
    ### BEGIN SOLUTION
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x.shape
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((batch, channels, rows, columns), np.result_type(x, np.float32))
    for b in range(batch):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    total = 0.0
                    for u in range(kh):
                        for v in range(kw):
                            total += float(padded[b, c, i * sh + u, j * sw + v])
                    out[b, c, i, j] = total / (kh * kw)
    return out
    ### END SOLUTION


# %% [markdown]
# **Check.** The numbers 0 to 15, and a constant image whose border is padded.


# %% nbgrader={"grade": true, "grade_id": "test-avg-pool2d-forward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
x = np.arange(16.0).reshape(1, 1, 4, 4)
y = avg_pool2d_forward(x, (2, 2), (2, 2), (0, 0))
assert np.allclose(y, [[[[2.5, 4.5], [10.5, 12.5]]]]), "means of 2x2: 2.5 4.5 10.5 12.5"
y = avg_pool2d_forward(np.full((1, 1, 2, 2), 4.0), (2, 2), (2, 2), (1, 1))
assert np.allclose(y, 1.0), "one 4 and three padded zeros: the mean is 1"
### BEGIN HIDDEN TESTS
from numpy.lib.stride_tricks import sliding_window_view

from proctor.rubric import Rubric

rubric = Rubric(points=5)


def right_output_size(size, kernel, stride=1, padding=0):
    return (size + 2 * padding - kernel) // stride + 1


rubric.stand_in(output_size=right_output_size)


def reference_avg_pool2d(x, kernel_size, stride, padding):
    (sh, sw), (ph, pw) = stride, padding
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(padded, kernel_size, axis=(2, 3))[:, :, ::sh, ::sw]
    return windows.mean(axis=(4, 5))


def is_right(x, kernel_size, stride, padding=(0, 0), dtype=None):
    wanted = reference_avg_pool2d(x, kernel_size, stride, padding)
    got = avg_pool2d_forward(x, kernel_size, stride, padding)
    rubric.close(got, wanted, atol=1e-6, dtype=dtype)


def normal(*shape):
    return rubric.rng.normal(-2, 1, shape)


@rubric.check("the mean of each window", points=0.5)
def _():
    is_right(normal(1, 1, 6, 6), (2, 2), (2, 2))


@rubric.check("a window of 2x3: two rows, three columns, at every place", points=0.5)
def _():
    is_right(normal(1, 1, 5, 8), (2, 3), (1, 1))


@rubric.check(
    "stride (3, 2): three rows down, two columns to the right; remainders are left out",
    points=0.5,
)
def _():
    is_right(normal(1, 1, 9, 9), (2, 2), (3, 2))


@rubric.check("padding is zeros, and they count in the mean", points=0.5)
def _():
    is_right(normal(1, 1, 5, 5), (3, 3), (1, 1), (1, 1))


@rubric.check(
    "padding (1, 2): one row above and below, two columns left and right", points=0.5
)
def _():
    is_right(normal(1, 1, 6, 6), (4, 4), (1, 1), (1, 2))


@rubric.check("each image and each channel by itself", points=0.5)
def _():
    is_right(normal(2, 3, 4, 4), (2, 2), (2, 2))


@rubric.check("float32 and float64 stay, an integer image gives fractions", points=0.5)
def _():
    for dtype in (np.float32, np.float64):
        is_right(normal(1, 1, 6, 6).astype(dtype), (2, 2), (2, 2), dtype=dtype)
    is_right(rubric.rng.integers(-9, 9, (1, 1, 6, 6)), (2, 2), (2, 2))


@rubric.check("the image is not modified", points=0.5)
def _():
    x = normal(1, 1, 6, 6)
    wanted = reference_avg_pool2d(x, (2, 2), (2, 2), (0, 0))
    shared = rubric.share(x)
    for _again in range(2):
        rubric.close(avg_pool2d_forward(shared, (2, 2), (2, 2), (0, 0)), wanted)
        rubric.unchanged(shared, x)


@rubric.check("everything together, all sizes different", points=1)
def _():
    x = normal(2, 3, 8, 11)
    is_right(x, (3, 5), (2, 3), (1, 2))
    is_right(x[:, :, :7], (4, 2), (3, 1), (2, 1))


rubric.score()
### END HIDDEN TESTS

# %% [markdown]
# ## The pooling layers
#
# Given. Backward, max pooling sends each gradient to the element that won (the first, if
# several are equal); average pooling shares it evenly. Where windows overlap, a pixel
# collects from each.


# %%
#| export
def max_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `max_pool2d_forward` for x."""
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(grad_output.dtype), sides, constant_values=-np.inf)
    grad_padded = np.zeros(padded.shape, grad_output.dtype)
    for b, c, i, j in np.ndindex(grad_output.shape):
        window = padded[b, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        u, v = divmod(int(window.argmax()), kw)
        grad_padded[b, c, i * sh + u, j * sw + v] += grad_output[b, c, i, j]
    return grad_padded[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]]


def avg_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `avg_pool2d_forward` for x."""
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x.shape
    shape = (batch, channels, height + 2 * ph, width + 2 * pw)
    grad_padded = np.zeros(shape, grad_output.dtype)
    for b, c, i, j in np.ndindex(grad_output.shape):
        window = (b, c, slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw))
        grad_padded[window] += grad_output[b, c, i, j] / (kh * kw)
    return grad_padded[:, :, ph : ph + height, pw : pw + width]


# %%
#| export
class MaxPool2dFunction(Function):
    """`max_pool2d_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, kernel_size, stride, padding):
        """Return the pooled image."""
        ctx.save_for_backward(x, kernel_size, stride, padding)
        return max_pool2d_forward(x, kernel_size, stride, padding)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradient of x."""
        grad_x = max_pool2d_backward(grad_output, *ctx.saved_tensors)
        return grad_x, None, None, None


class AvgPool2dFunction(Function):
    """`avg_pool2d_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, kernel_size, stride, padding):
        """Return the pooled image."""
        ctx.save_for_backward(x, kernel_size, stride, padding)
        return avg_pool2d_forward(x, kernel_size, stride, padding)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradient of x."""
        grad_x = avg_pool2d_backward(grad_output, *ctx.saved_tensors)
        return grad_x, None, None, None


# %% [markdown]
# A layer remembers its window. `stride=None` means the same as the window, on each axis.
# More padding than half the window is refused: some windows would see nothing else.


# %%
#| export
class _Pool2d(Layer):
    """What both pooling layers share; a subclass names its ``function``."""

    function: type[Function]

    def __init__(self, kernel_size, stride=None, padding=0):
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        stride = self.kernel_size if stride is None else stride
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                "padding must be at most half of kernel_size, got padding "
                f"{self.padding} for kernel_size {self.kernel_size}"
            )

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, H, W) to (batch, channels, H', W').

        Raises
        ------
        ValueError
            If ``x`` is no batch of images.
        """
        check_images(x)
        return self.function.apply(x, self.kernel_size, self.stride, self.padding)


class MaxPool2d(_Pool2d):
    """The largest of each window; padding is minus infinity."""

    function = MaxPool2dFunction


class AvgPool2d(_Pool2d):
    """The mean of each window; padding is zeros, which count."""

    function = AvgPool2dFunction


# %% [markdown]
# ## A convolutional block
#
# Convolution, ReLU, pooling: the block that most image networks repeat. Watch the shape,
# and that a gradient comes back to the weights.

# %%
from tinytorch.core.activations import ReLU

conv, relu, pool = Conv2d(3, 4, kernel_size=3, padding=1), ReLU(), MaxPool2d(2)
x = Tensor(np.random.default_rng(0).normal(size=(2, 3, 8, 8)))
features = pool(relu(conv(x)))
features.shape

# %%
features.sum().backward()
conv.weight.grad.shape
