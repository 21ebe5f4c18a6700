# ---
# jupyter:
#   course:
#     points: 100
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Module 19: Spatial II
#
# > Dilated, grouped, transposed convolution, and pooling, over any number of axes.
#
# Module 09 slid one window over one kind of image. Speech is a row, an X-ray scan a block;
# a phone has no room for millions of weights; a mask over an organ has to be as large as
# the photograph. Each asks for a convolution of another kind, and each takes only a few
# lines more.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %% [markdown]
# ## What it is good for
#
# At the end of this module two networks of yours do what the one of module 09 could not:
# one reads digits as well as a full network, but for a point or two in a hundred, with less
# than a quarter of its weights, and one takes the noise out of a digit that you draw.

# %% [markdown]
# ## What you will be able to do
#
# - write one convolution for rows, images and blocks, forward and backward;
# - widen what a network sees by dilation, at no price in weights;
# - split a convolution into groups, and say what a separable layer saves;
# - turn a convolution round, so that images become larger, and see why squares appear;
# - pad in four ways, pool to any size, and say what a framework's options mean.

# %% [markdown]
# ## What you build, and on what
#
# Functions of NumPy arrays, as before, and on the modules 01 to 08. Each cell that says
# `YOUR CODE HERE` is followed by a check; where it fails, ask in a new cell:
# `tt.tutor("dilated-field")`, with the task's name. Long checks, long given code, and what
# draws, are folded to one line: run these cells too, a click opens them. SciPy's and
# scikit-learn's functions are not accepted in place of your own. Take two sittings, four
# to six hours in all.

# %% [markdown] tags=["points"]

# %% tags=["tasks"]

# %% [markdown]
# Not here: bilinear upsampling, dilation and groups of the transposed convolution, and
# speed. Python loops over the kernel's few numbers, and NumPy does the rest.

# %% [markdown]
# ## Words and shapes
#
# A batch is (batch, channels, ...), and the dots stand for its *axes*: one for a row, two
# for an image, three for a block. Weights are (out_channels, in_channels, ...), with as
# many axes. `kernel_size`, `stride`, `dilation` and `padding` are tuples with one number
# for each axis. Results have the dtype `np.result_type(x, weight, np.float32)`, gradients
# `np.result_type(grad_output, np.float32)`; no input is modified.
#
# One channel of an answer is a *map*. *Upstream* is what comes back to a function: the
# gradient of the loss for each number of its answer, `grad_output` in code.

# %%
#| default_exp core.spatial_two

# %%
#| export
import math

import numpy as np

from tinytorch.core.autograd import Context, Function
from tinytorch.core.layers import Layer, generator
from tinytorch.core.tensor import Tensor

# %%
import tinytorch as tt

# %% [markdown]
# Cells that draw, train or take the time carry the tag `skip-grading`: they are for you,
# and graders do not run them.

# %% tags=["skip-grading"]
from tinytorch.pictures import show
from tinytorch.progress import paced, paced_by, patience

with patience("loading Matplotlib, which draws"):
    import matplotlib.pyplot as plt

plt.rcParams["figure.constrained_layout.use"] = True

# %% [markdown]
# ## A kernel with gaps
#
# A row, and a kernel of two numbers. With *dilation* 3 the second number meets not the
# next pixel, but the one three further on. Write down the answers before you run it.


# %%
def correlate_row(row, kernel, dilation):
    reach = (len(kernel) - 1) * dilation + 1
    out = np.zeros(len(row) - reach + 1)
    for i in range(len(out)):
        for u in range(len(kernel)):
            out[i] += row[i + u * dilation] * kernel[u]
    return out


correlate_row(np.array([0, 0, 1, 1, 1, 0, 0, 0]), [-1, 1], 3)

# %% [markdown]
# A kernel of K numbers with dilation D reaches over (K - 1) · D + 1 pixels, and still has K
# weights and does K multiplications.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(3, 1, figsize=(7, 2.4))
for axis, dilation in zip(axes, (1, 2, 4), strict=True):
    met = [2, 2 + dilation, 2 + 2 * dilation]
    colours = ["tab:blue" if i in met else "0.85" for i in range(14)]
    axis.broken_barh([(i, 0.9) for i in range(14)], (0, 0.8), color=colours)
    axis.set_title(f"dilation {dilation}", loc="left", fontsize="medium")
    axis.axis("off")
show(
    figure,
    alt="A row of pixels three times, and the three that a kernel of three meets, in blue: "
    "side by side with dilation 1, two apart with 2, four apart with 4.",
)

# %% [markdown]
# **Explore.** The same over an image. At stride 2 and dilation 2 there are rows and columns
# that no window meets: which? Does stride 1 meet them, and does dilation 3?

# %%
from tinytorch.explorer import explore

explore(size=9, kernel=3, stride=2, dilation=2)

# %% [markdown]
# ## How far a network sees
#
# The *receptive field* of an output is the number of pixels, along one axis, between the
# first and the last that it depends on. A layer adds the reach of its kernel less one, in
# steps that the strides of the layers before it have made longer.
#
# **Task `dilated-field`.** Write `dilated_field`: the receptive field of layers, each
# given as (kernel, stride, dilation), the first layer first. Without a layer it is 1. A
# number below 1 is a `ValueError` that names it.


# %% nbgrader={"grade": false, "grade_id": "dilated-field", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def dilated_field(layers: list[tuple[int, int, int]]) -> int:
    """Return how many pixels wide one output sees, along one axis.

    Parameters
    ----------
    layers
        (kernel, stride, dilation) of each layer, the first layer first. The list is not
        modified.

    Raises
    ------
    ValueError
        If a number is below 1, naming it.
    """
    ### BEGIN SOLUTION
    field = step = 1
    for kernel, stride, dilation in layers:
        least = min(kernel, stride, dilation)
        if least < 1:
            raise ValueError(f"a layer's numbers must be at least 1, got {least}")
        field += (kernel - 1) * dilation * step
        step *= stride
    return field
    ### END SOLUTION


# %% [markdown]
# **Check.** One layer, with and without gaps; what strides do to the layers after them; and
# numbers that are refused.

# %% nbgrader={"grade": true, "grade_id": "test-dilated-field", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("dilated-field", dilated_field)
check("no layer", []).gives(1).whole()
check("one layer of 5", [(5, 1, 1)]).gives(5).whole()
check("a kernel of 3 with dilation 4", [(3, 1, 4)]).gives(9)
check("its own stride adds nothing", [(3, 2, 4)]).gives(9)
check("dilations 1, 2, 4", [(2, 1, 1), (2, 1, 2), (2, 1, 4)]).gives(8)
check("a stride before a dilation", [(3, 2, 1), (3, 1, 3)]).gives(15)
check("two strides", [(2, 3, 1), (2, 2, 1), (3, 1, 2)]).gives(29)
check("a kernel of 1 has no gaps", [(1, 1, 9), (1, 2, 5)]).gives(1)
check("a dilation of 0", [(3, 1, 0)]).raises(ValueError, naming=(0,))
check("a stride of -2", [(3, 1, 1), (3, -2, 1)]).raises(ValueError, naming=(-2,))
check("a kernel of -4", [(-4, 1, 1)]).raises(ValueError, naming=(-4,))
check.done("kernels, gaps and strides are counted")

# %% [markdown] tags=["graded"]

# %% [markdown]
# Is it wrong, and you do not see why? The tutor knows this module's tasks as well.

# %% tags=["skip-grading"]
tt.tutor("dilated-field")

# %% [markdown]
# <details>
# <summary>Hints for <code>dilated-field</code></summary>
#
# 1. One layer of 3 with dilation 4: how many pixels lie between the first and the last
#    that it meets, both counted?
# 2. After a stride of 2, how many pixels of the image are one step of the next layer?
# 3. Keep two numbers while you walk through the layers: what is seen so far, and how long
#    a step is. The step grows after its layer was counted.
#
# </details>

# %% [markdown]
# **WaveNet** makes sound, sample by sample, from what came before. A block of it has ten
# layers of two numbers, with the dilations 1, 2, 4 and so on up to 512 (van den Oord and
# others, 2016). How much does the block see, and how much would it see without gaps?

# %%
block = [(2, 1, 2**n) for n in range(10)]
dilated_field(block), dilated_field([(2, 1, 1)] * 10), dilated_field(3 * block)

# %% [markdown]
# 1,024 samples, where ten layers without gaps would see 11: each layer doubles what is
# seen. Three blocks, one after the other, see 3,070 samples; at 16,000 samples a second
# that is 0.19 seconds of sound.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(8, 2.4))
needed = {15}
for level, dilation in zip((4, 3, 2, 1), (8, 4, 2, 1), strict=True):
    axes.plot(range(16), [level] * 16, "s", color="0.85")
    for i in needed:
        axes.plot([i - dilation, i, i], [level - 1, level, level - 1], color="tab:blue")
    needed |= {i - dilation for i in needed}
axes.plot(range(16), [0] * 16, "s", color="tab:blue")
axes.set(xticks=[], yticks=range(5))
axes.set_yticklabels(
    ["samples", "dilation 1", "dilation 2", "dilation 4", "dilation 8"]
)
show(
    figure,
    alt="A tree: one number of the last layer is joined to two of the layer below, these to "
    "four, then eight, and those to all sixteen samples.",
)

# %% [markdown]
# **DeepLab** names the object behind each pixel of a photograph. Its authors tried the
# last layer as 7x7 with dilation 4, as 4x4 with dilation 8 and as 3x3 with dilation 12
# (Chen and others, 2015). What do the three have in common?

# %%
[dilated_field([(k, 1, dilation)]) for k, dilation in ((7, 4), (4, 8), (3, 12))]

# %% [markdown]
# Each spans 25 places of the map before it. With 512 channels before and 1,024 behind it,
# the first has 25,690,112 weights and the last 4,718,592, which is 5.4 times fewer.

# %% [markdown]
# ## A convolution is a few shifted images
#
# Module 09 began with the output and asked which pixels make it. Begin with the kernel
# instead: each of its numbers meets the image shifted by its own place, and thinned by the
# stride. Add up these few images, each times its number, and the work is done.

# %%
row, kernel = np.arange(8), [1, 10, 100]
[row[u * 2 : u * 2 + 4] * number for u, number in enumerate(kernel)]

# %% [markdown]
# Those were dilation 2 and stride 1: the slice of number `u` begins at `u` times the
# dilation, and takes as many pixels as there are windows. A stride is the slice's step.

# %%
sum(row[u * 2 : u * 2 + 4] * number for u, number in enumerate(kernel))

# %% [markdown]
# How many windows are there? `grid` is given: for each axis, what `output_size` said in
# module 09, with the reach in place of the kernel.


# %%
#| export
def grid(
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[int, ...]:
    """Return how many windows fit along each axis.

    Raises
    ------
    ValueError
        If a kernel reaches over more pixels than there are.
    """
    counts = []
    for size, k, s, d in zip(sizes, kernel, stride, dilation, strict=True):
        reach = (k - 1) * d + 1
        if reach > size:
            raise ValueError(
                f"a kernel of {k} with dilation {d} reaches over {reach} pixels, "
                f"and there are {size}"
            )
        counts.append((size - reach) // s + 1)
    return tuple(counts)


grid((9, 10), (2, 3), (1, 2), (4, 1))

# %% [markdown]
# ## Any number of axes
#
# How do you loop over the numbers of a kernel whose number of axes you do not know?
# `np.ndindex` walks through all places of a shape, and a tuple of slices is an index.

# %%
block = np.arange(24).reshape(2, 3, 4)
there = (slice(0, 2), slice(1, 3), slice(0, 4, 2))
list(np.ndindex(1, 2, 2)), block[there]

# %% [markdown]
# In front of such a tuple, dots stand for all other axes: `x[(..., *there)]` is the same
# place in every image and every channel.
#
# The channels are a matrix product. `np.tensordot` sums over the axes that you name, and
# leaves the others in order, those of the first array first.

# %%
numbers, pixels = np.ones((5, 3)), np.ones((2, 3, 9))
np.tensordot(numbers, pixels, axes=(1, 1)).shape

# %% [markdown]
# Here 3 input channels became 5 output channels, and the 2 images stand second. Where do
# they have to stand?
#
# **Task `conv-forward`.** Write the convolution over any number of axes, with stride and
# dilation, without padding. One loop is enough, over the kernel's places; more loops are
# right as well, and slower.


# %% nbgrader={"grade": false, "grade_id": "conv-forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> np.ndarray:
    """Cross-correlate rows, images or blocks with a bank of kernels.

    Parameters
    ----------
    x
        Shape (batch, in_channels, ...), with one axis or more. It is not modified.
    weight
        Shape (out_channels, in_channels, ...), with as many axes, of floats.
    bias
        Shape (out_channels,), or None.
    stride, dilation
        One number for each axis.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, ...), of dtype
        ``np.result_type(x, weight, np.float32)``.
    """
    ### BEGIN SOLUTION
    kernel = weight.shape[2:]
    counts = grid(x.shape[2:], kernel, stride, dilation)
    dtype = np.result_type(x, weight, np.float32)
    out = np.zeros((len(x), len(weight), *counts), dtype)
    for tap in np.ndindex(*kernel):
        steps = zip(tap, counts, stride, dilation, strict=True)
        met = tuple(slice(u * d, u * d + s * (n - 1) + 1, s) for u, n, s, d in steps)
        pixels, numbers = x[(..., *met)], weight[(..., *tap)]
        products = np.tensordot(numbers, pixels, axes=(1, 1))
        out += np.swapaxes(products, 0, 1)
    if bias is not None:
        out += np.reshape(bias, (-1, *[1] * len(kernel)))
    return out
    ### END SOLUTION


# %% [markdown]
# **Check.** A row with gaps and with steps, an image whose two axes differ, a block;
# channels, images and the bias; the dtype.

# %% nbgrader={"grade": true, "grade_id": "test-conv-forward", "locked": true, "points": 16, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("conv-forward", conv_forward)
row, pair = count_up(1, 1, 6), np.array([[[1.0, 10.0]]])
check("a row", row, pair, None, (1,), (1,)).gives([[[10, 21, 32, 43, 54]]])
check("a row, dilation 2", row, pair, None, (1,), (2,)).gives([[[20, 31, 42, 53]]])
check("a row, stride 2, dilation 3", row, pair, None, (2,), (3,)).gives([[[30, 52]]])
check("a row, stride 3", row, pair, None, (3,), (1,)).gives([[[10, 43]]])
three = np.array([[[1.0, 10.0, 100.0]]])
check("a kernel of 3, dilation 2", row, three, None, (1,), (2,)).gives([[[420, 531]]])
image, kernel = count_up(1, 1, 4, 5), count_up(1, 1, 2, 2, first=1)
check(
    "an image, stride (1, 2), dilation (2, 1)", image, kernel, None, (1, 2), (2, 1)
).gives([[[[76, 96], [126, 146]]]])
check(
    "an image, stride (2, 1), dilation (1, 3)", image, kernel, None, (2, 1), (1, 3)
).gives([[[[53, 63], [153, 163]]]])
corner = count_up(1, 1, 1, 2), np.array([[[[1.0]]], [[[2.0]]]]), np.array([10.0, 20.0])
check("an image, bias", *corner, (1, 1), (1, 1)).gives([[[[10, 11]], [[20, 22]]]])
block = count_up(1, 1, 2, 2, 3)
cube = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 1, 2, 1, 2)
check("a block", block, cube, None, (1, 1, 1), (1, 1, 1)).gives(
    [[[[[7610, 8721], [10943, 12054]]]]]
)
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1)
bias, one = np.array([100.0, 200.0, 300.0]), (1,)
check("batch, channels, bias", count_up(2, 2, 2), mix, bias, one, one).gives(
    [
        [[100, 101], [202, 203], [320, 331]],
        [[104, 105], [206, 207], [364, 375]],
    ]
)
single = row.astype(np.float32), pair.astype(np.float32)
wanted = [[[10, 21, 32, 43, 54]]]
check("float32", *single, None, one, one).gives(wanted).dtype(np.float32)
check("a float64 row", row, single[1], None, one, one).gives(wanted).dtype(float)
check("a float64 kernel", single[0], pair, None, one, one).gives(wanted).dtype(float)
whole = row[:, :, :3].astype(np.int8), single[1] / 4, np.array([0.5])
check("whole numbers", *whole, one, one).gives([[[3, 5.75]]]).dtype(np.float32)
check.done("axes, stride, dilation, channels, bias and dtype are right")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv-forward</code></summary>
#
# 1. Along one axis: where does the slice of kernel number `u` begin, how many pixels has
#    it, and how far apart are they?
# 2. Look at the row above, which is one axis with stride 1; then give each axis a slice of
#    its own, and put them into a tuple.
# 3. Make zeros for the answer, and for each place of the kernel add the product of its
#    matrix of channels with the shifted image. A slice ends one past its last pixel, which
#    lies (windows - 1) strides behind its first. At the end the bias needs its axis
#    second.
#
# </details>

# %% [markdown]
# The same function, on an image: a kernel that subtracts what is left from what is right
# finds upright edges, and with a dilation compares what is further apart.

# %% tags=["skip-grading"]
from tinytorch.pictures import photograph

photo = photograph()[40:360:3, 100:580:3].mean(axis=2) / 255
upright = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]
edges = {
    dilation: conv_forward(photo[None, None], upright, None, (1, 1), (dilation,) * 2)
    for dilation in (1, 2, 4)
}

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(10, 2.6))
for axis, (dilation, answer) in zip(axes, edges.items(), strict=True):
    axis.imshow(answer[0, 0], cmap="gray")
    axis.set(title=f"dilation {dilation}", xticks=[], yticks=[])
show(
    figure,
    alt="Upright edges of a tower above a lake: thin lines with dilation 1, broader "
    "bands with 2, and with 4 broad ones that lie over each other.",
)

# %% [markdown]
# ## The way back
#
# Forward, number `u` of the kernel met a slice of the image. Backward, the same slice of
# the image's gradient gets upstream times that number, and the number gets the sum of
# upstream times pixel, over all images and all places.
#
# **Task `conv-backward`.** Write it, over any number of axes. Windows overlap, so add.


# %% nbgrader={"grade": false, "grade_id": "conv-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of `conv_forward` for x, weight and bias.

    Parameters
    ----------
    grad_output
        The gradient of the loss for each output, of floats.
    x, weight, stride, dilation
        What went into forward. They are not modified.

    Returns
    -------
    tuple
        Three arrays, of the shapes of x, of weight, and (out_channels,).
    """
    ### BEGIN SOLUTION
    counts, places = grad_output.shape[2:], (0, *range(2, x.ndim))
    dtype = np.result_type(grad_output, np.float32)
    grad_x, grad_weight = np.zeros(x.shape, dtype), np.zeros(weight.shape, dtype)
    for tap in np.ndindex(*weight.shape[2:]):
        steps = zip(tap, counts, stride, dilation, strict=True)
        met = tuple(slice(u * d, u * d + s * (n - 1) + 1, s) for u, n, s, d in steps)
        pixels, numbers = x[(..., *met)], weight[(..., *tap)]
        shares = np.tensordot(numbers, grad_output, axes=(0, 1))
        grad_x[(..., *met)] += np.swapaxes(shares, 0, 1)
        both = np.tensordot(grad_output, pixels, axes=(places, places))
        grad_weight[(..., *tap)] = both
    return grad_x, grad_weight, grad_output.sum(axis=places, dtype=dtype)
    ### END SOLUTION


# %% [markdown]
# **Check.** Windows that overlap, steps and gaps, an image, channels with images, and whole
# numbers.

# %% nbgrader={"grade": true, "grade_id": "test-conv-backward", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("conv-backward", conv_backward)
pair, one = np.array([[[1.0, 10.0]]]), (1,)
check("a row", count_up(1, 1, 3, first=1), count_up(1, 1, 4), pair, one, one).gives(
    grad_x=[[[1, 12, 23, 30]]], grad_weight=[[[8, 14]]], grad_bias=[6]
)
two = count_up(1, 1, 2, first=1)
check("dilation 2", two, count_up(1, 1, 4), pair, one, (2,)).gives(
    grad_x=[[[1, 2, 10, 20]]], grad_weight=[[[2, 8]]], grad_bias=[3]
)
check("stride 3, a pixel left over", two, count_up(1, 1, 6), pair, (3,), one).gives(
    grad_x=[[[1, 10, 0, 2, 20, 0]]], grad_weight=[[[6, 9]]], grad_bias=[3]
)
check("stride 3, two pixels left over", two, count_up(1, 1, 7), pair, (3,), one).gives(
    grad_x=[[[1, 10, 0, 2, 20, 0, 0]]], grad_weight=[[[6, 9]]], grad_bias=[3]
).dtype(float)
kernel, upstream = count_up(1, 1, 2, 2, first=1), np.array([[[[1.0, 2.0]]]])
check(
    "stride (1, 2), dilation (2, 1)",
    upstream,
    count_up(1, 1, 3, 4),
    kernel,
    (1, 2),
    (2, 1),
).gives(
    grad_x=[[[[1, 2, 2, 4], [0] * 4, [3, 4, 6, 8]]]],
    grad_weight=[[[[4, 7], [28, 31]]]],
    grad_bias=[3],
)
down, wide = np.array([[[[1.0], [2.0]]]]), pair[:, :, np.newaxis]
check("stride (2, 1)", down, count_up(1, 1, 3, 2), wide, (2, 1), (1, 1)).gives(
    grad_x=[[[[1, 10], [0, 0], [2, 20]]]], grad_weight=[[[[8, 11]]]], grad_bias=[3]
)
cube = np.array([1.0, 10.0]).reshape(1, 1, 2, 1, 1)
tall = np.array([1.0, 2.0]).reshape(1, 1, 1, 1, 2)
check("a block", tall, count_up(1, 1, 2, 1, 2), cube, (1,) * 3, (1,) * 3).gives(
    grad_x=[[[[[1, 2]], [[10, 20]]]]], grad_weight=[[[[[2]], [[8]]]]], grad_bias=[3]
)
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1)
check("batch, channels", count_up(2, 3, 2), count_up(2, 2, 2), mix, one, one).gives(
    grad_x=[[[4, 6], [42, 53]], [[16, 18], [108, 119]]],
    grad_weight=[[[60], [88]], [[80], [124]], [[100], [160]]],
    grad_bias=[14, 22, 30],
)
whole = np.array([[[0.5]]]), np.array([[[3, 4]]], np.int8), pair
half = check("a half, and whole numbers", *whole, one, one)
half.gives(grad_x=[[[0.5, 5]]], grad_weight=[[[1.5, 2]]], grad_bias=[0.5])
single = np.float32([[[1, 2]]]), count_up(1, 1, 3), pair
check("float32 upstream", *single, one, one).gives(
    grad_x=[[[1, 12, 20]]], grad_weight=[[[2, 5]]], grad_bias=[3]
).dtype(np.float32)
check.done("image, kernel and bias get their gradients")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv-backward</code></summary>
#
# 1. Which of the three arrays did one turn of your loop read, and which of them get a
#    share?
# 2. The slices are those of forward. How many windows there are, the upstream gradient's
#    shape says.
# 3. For the image, sum over the output channels; for the kernel's number, over everything
#    but the channels: all places and all images. `tensordot` takes several axes at once,
#    as tuples.
#
# </details>

# %% [markdown]
# **Your own check of the gradient**: a row with stride and dilation, then two images, with
# another stride and dilation along each axis.


# %% tags=["skip-grading"]
class PlainConvolution(Function):
    """Your convolution, for Tensors; ``numbers`` are stride and dilation."""

    @staticmethod
    def forward(ctx: Context, x, weight, bias, *numbers):
        ctx.save_for_backward(x, weight)
        ctx.numbers = numbers
        return conv_forward(x, weight, bias, *numbers)

    @staticmethod
    def backward(ctx: Context, grad_output):
        grads = conv_backward(grad_output, *ctx.saved_tensors, *ctx.numbers)
        return *grads, None, None


# %% tags=["skip-grading"]
from tinytorch.checks import check_gradient, count_up

check_gradient(
    lambda *inputs: PlainConvolution.apply(*inputs, (2,), (3,)),
    [[[160, 180], [332, 384]]],
    begin_with="conv-forward",
    back="conv-backward",
    x=count_up(1, 2, 6),
    weight=count_up(2, 2, 2, first=1),
    bias=np.array([100.0, 200.0]),
)

# %% tags=["skip-grading"]
check_gradient(
    lambda *inputs: PlainConvolution.apply(*inputs, (1, 2), (2, 1)),
    [[[[162, 182]]], [[[282, 302]]]],
    begin_with="conv-forward",
    back="conv-backward",
    x=count_up(2, 1, 3, 4),
    weight=count_up(1, 1, 2, 2, first=1),
    bias=np.array([100.0]),
)

# %% [markdown]
# ## What lies outside the image
#
# Padding is now a step of its own, so that one convolution serves for all kinds of it. Zeros
# make a dark frame, which is not there in the picture. *Replicate* repeats the edge,
# *reflect* mirrors what lies behind the edge, without the edge itself, and *circular* goes
# on at the other end, as longitude does on a map of the world.

# %%
row = np.array([1, 2, 3, 4])
for mode in ("constant", "edge", "reflect", "wrap"):
    print(f"{mode:9}", np.pad(row, (2, 1), mode=mode))

# %% [markdown]
# These are NumPy's names for the four. The way back has no ready function: where a pixel
# was copied to several places, their gradients add up in it.
#
# **Task `padding`.** Write three functions. `same_padding` says how many pixels before and
# after an axis keep its length at stride 1; where they are odd in number, the one more goes
# behind. `pad` takes one pair (before, after) for each axis, and `pad_backward` is its way
# back. Reflect may ask for fewer pixels than the axis has, circular for as many at most,
# on each side: more is a `ValueError` of `pad` that names the number that was asked for.
# Another mode is a `ValueError` as well, and so are NumPy's names.


# %% nbgrader={"grade": false, "grade_id": "padding", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def same_padding(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Return how many pixels (before, after) keep an axis as long as it is."""
    ### BEGIN SOLUTION
    both = (kernel - 1) * dilation
    return both // 2, both - both // 2
    ### END SOLUTION


def pad(x: np.ndarray, padding: tuple, mode: str) -> np.ndarray:
    """Return the batch with pixels added around it, of the dtype of ``x``.

    Parameters
    ----------
    x
        Shape (batch, channels, ...). It is not modified.
    padding
        A pair (before, after) for each axis.
    mode
        "zeros", "replicate", "reflect" or "circular".
    """
    ### BEGIN SOLUTION
    names = {"zeros": "constant", "replicate": "edge", "circular": "wrap"}
    names["reflect"] = "reflect"
    if mode not in names:
        raise ValueError(f"no padding mode {mode!r}: there are {', '.join(names)}")
    for size, pair in zip(x.shape[2:], padding, strict=True):
        most = {"reflect": size - 1, "circular": size}.get(mode, max(pair))
        if max(pair) > most:
            raise ValueError(f"{mode} cannot pad {size} pixels by {max(pair)}")
    return np.pad(x, ((0, 0), (0, 0), *padding), mode=names[mode])
    ### END SOLUTION


def pad_backward(grad_output: np.ndarray, padding: tuple, mode: str) -> np.ndarray:
    """Return the gradient of `pad` for x.

    Parameters
    ----------
    grad_output
        The gradient of the loss for each padded pixel. It is not modified.
    padding, mode
        What went into `pad`, which refused what cannot be.
    """
    ### BEGIN SOLUTION
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, (before, after) in enumerate(padding, start=2):
        size = grad.shape[axis] - before - after
        places = np.arange(-before, size + after)
        kept = (places >= 0) & (places < size) if mode == "zeros" else places == places
        if mode == "reflect":
            places = size - 1 - np.abs(size - 1 - np.abs(places))
        elif mode == "circular":
            places %= size
        else:
            places = np.clip(places, 0, size - 1)
        lines = np.moveaxis(grad, axis, 0)
        total = np.zeros((size, *lines.shape[1:]), grad.dtype)
        for place, line in zip(places[kept], lines[kept], strict=True):
            total[place] += line
        grad = np.moveaxis(total, 0, axis)
    return grad
    ### END SOLUTION


# %% [markdown]
# **Check.** A row in all four modes, there and back; an image, whose axes differ; and what is
# refused.

# %% nbgrader={"grade": true, "grade_id": "test-padding", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("padding", same_padding)
check("a kernel of 3", 3).gives((1, 1))
check("a kernel of 4", 4).gives((1, 2))
check("a kernel of 3, dilation 4", 3, 4).gives((4, 4))
check("a kernel of 2, dilation 3", 2, 3).gives((1, 2))
check("a kernel of 1, dilation 5", 1, 5).gives((0, 0))

row, sides = count_up(1, 1, 4, first=1), ((2, 1),)
there = check.of(pad)
there("zeros", row, sides, "zeros").gives([[[0, 0, 1, 2, 3, 4, 0]]])
there("replicate", row, sides, "replicate").gives([[[1, 1, 1, 2, 3, 4, 4]]])
there("reflect", row, sides, "reflect").gives([[[3, 2, 1, 2, 3, 4, 3]]])
there("circular", row, sides, "circular").gives([[[3, 4, 1, 2, 3, 4, 1]]])
image, corner = count_up(1, 1, 2, 3, first=1), ((1, 0), (0, 2))
there("an image, reflect", image, corner, "reflect").gives(
    [[[[4, 5, 6, 5, 4], [1, 2, 3, 2, 1], [4, 5, 6, 5, 4]]]]
)
small = row.astype(np.int8)
there("dtype", small, ((0, 1),), "zeros").gives([[[1, 2, 3, 4, 0]]]).dtype(np.int8)
there("4 pixels, all of them", row, ((1, 4),), "circular").gives(
    [[[4, *[1, 2, 3, 4] * 2]]]
)
there("3 of 4 on both sides", row, ((3, 3),), "reflect").gives(
    [[[4, 3, 2, 1, 2, 3, 4, 3, 2, 1]]]
)
tall = count_up(1, 1, 3, 1)
there("reflect by 2, of height 3", tall, ((2, 0), (0, 0)), "reflect").gives(
    [[[[2], [1], [0], [1], [2]]]]
)
there("reflect by 2, of height 2", image, ((2, 0), (0, 0)), "reflect").raises(
    ValueError, naming=(2,)
)
there("reflect by 2, of width 1", tall, ((0, 0), (2, 0)), "reflect").raises(
    ValueError, naming=(2,)
)
there("reflect by 4", row, ((4, 0),), "reflect").raises(ValueError, naming=(4,))
there("circular by 5", row, ((0, 5),), "circular").raises(ValueError, naming=(5,))
for name in ("mirror", "edge"):
    there(name, row, sides, name).raises(ValueError)

back, upstream = check.of(pad_backward), count_up(1, 1, 7, first=1)
back("zeros", upstream, sides, "zeros").gives([[[3, 4, 5, 6]]]).dtype(float)
back("replicate", upstream, sides, "replicate").gives([[[6, 4, 5, 13]]])
back("reflect", upstream, sides, "reflect").gives([[[3, 6, 13, 6]]])
back("circular", upstream, sides, "circular").gives([[[10, 4, 6, 8]]])
fewer = upstream[:, :, :5]
back("circular, none before", fewer, ((0, 1),), "circular").gives([[[6, 2, 3, 4]]])
wide = count_up(1, 1, 3, 5)
back("an image, reflect", wide, corner, "reflect").gives(
    [[[[14, 14, 7], [28, 28, 14]]]]
)
back("an image, zeros", wide, corner, "zeros").gives([[[[5, 6, 7], [10, 11, 12]]]])
two = count_up(2, 2, 2)
back("batch, channels", two, ((0, 1),), "zeros").gives([[[0], [2]], [[4], [6]]])
whole = upstream.astype(np.int8)
back("dtype", whole, sides, "circular").gives([[[10, 4, 6, 8]]]).dtype(np.float32)
there("zeros around one pixel", 1 + tall[:, :, :1, 0], ((1, 2),), "zeros").gives(
    [[[0, 1, 0, 0]]]
)
check.done("four modes, there and back")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>padding</code></summary>
#
# 1. Number the padded places from minus `before` on: which pixel of the axis does each of
#    them copy, in each mode?
# 2. Forward, NumPy has all four, under the names above. Backward, go through one axis after
#    the other, each with its own pair.
# 3. Along one axis, make zeros as long as the axis was, and add each padded place's gradient
#    to the pixel that it copied. Reflect is an absolute value at the one end, and its mirror
#    image at the other; circular is a remainder; replicate is a number that is kept between
#    two bounds; zeros copy nothing.
#
# </details>

# %% [markdown]
# What a convolution sees at the border: the same blur, down and then across, over a bright
# picture, padded in three ways. The dark frame is the zeros'.

# %% tags=["skip-grading"]
down, one = np.full((1, 1, 25, 1), 1 / 25), (1, 1)
sides = (same_padding(25), same_padding(25))
blurred = {}
with patience("blurring, 100 shifted images for each of three"):
    for mode in ("zeros", "replicate", "circular"):
        padded = pad(photo[None, None], sides, mode)
        half = conv_forward(padded, down, None, one, one)
        blurred[mode] = conv_forward(half, np.moveaxis(down, 2, 3), None, one, one)

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(10, 2.6))
for axis, (mode, answer) in zip(axes, blurred.items(), strict=True):
    axis.imshow(answer[0, 0], cmap="gray", vmin=0, vmax=1)
    axis.set(title=mode, xticks=[], yticks=[])
show(
    figure,
    alt="The photograph, blurred, three times: with a dark frame where it was padded with "
    "zeros, without one where the edge was repeated, and with a seam of dark and bright "
    "where it went on at the other end.",
)

# %% [markdown]
# ## Groups
#
# A kernel of a full layer sees all channels. With *groups*, the channels are split, and the
# kernels with them: the first kernels see the first channels only. With 2 groups, 4
# channels before and 6 behind, the first 3 kernels see channels 0 and 1, the last 3 see 2
# and 3, so that half of the weights are gone. One group for each channel is a *depthwise*
# convolution: no channel meets another.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.2))
for axis, groups in zip(axes, (1, 2, 4), strict=True):
    for o in range(4):
        for c in range(4):
            if o * groups // 4 == c * groups // 4:
                axis.plot([c, o], [1, 0], color="tab:blue")
    axis.plot(range(4), [1] * 4, "ks", range(4), [0] * 4, "ks")
    axis.set(title=f"groups {groups}", yticks=[0, 1], xticks=[])
    axis.set_yticklabels(["out", "in"])
show(
    figure,
    alt="Four channels in and four out, and which are joined: all 16 pairs with one group, "
    "8 with two, and with four each only to its own.",
)

# %% [markdown]
# **Task `groups`.** Write the convolution in groups, and its way back, by using
# `conv_forward` and `conv_backward` for each group. `weight` has the shape (out_channels,
# in_channels / groups, ...). Where groups do not divide the channels before, or those
# behind, forward raises a `ValueError` that names the channels and the groups.


# %% nbgrader={"grade": false, "grade_id": "groups", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def grouped_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> np.ndarray:
    """Return the convolution of each group of channels with its own kernels.

    Parameters
    ----------
    x, bias, stride, dilation
        As for `conv_forward`.
    weight
        Shape (out_channels, in_channels / groups, ...).
    groups
        How many parts the channels are split into, of equal size and in their order.
    """
    ### BEGIN SOLUTION
    for channels in (x.shape[1], len(weight)):
        if channels % groups:
            raise ValueError(f"{channels} channels do not split into {groups} groups")
    parts = zip(np.split(x, groups, axis=1), np.split(weight, groups), strict=True)
    outs = [conv_forward(*part, None, stride, dilation) for part in parts]
    out = np.concatenate(outs, axis=1)
    if bias is not None:
        out += np.reshape(bias, (-1, *[1] * (x.ndim - 2)))
    return out
    ### END SOLUTION


def grouped_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    groups: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of `grouped_forward` for x, weight and bias."""
    ### BEGIN SOLUTION
    upstream, pixels = (np.split(a, groups, axis=1) for a in (grad_output, x))
    parts = zip(upstream, pixels, np.split(weight, groups), strict=True)
    grads = [conv_backward(*part, stride, dilation) for part in parts]
    grad_x, grad_weight, grad_bias = zip(*grads, strict=True)
    return (
        np.concatenate(grad_x, axis=1),
        np.concatenate(grad_weight),
        np.concatenate(grad_bias),
    )
    ### END SOLUTION


# %% [markdown]
# **Check.** Depthwise, several channels in a group, more behind than before; stride,
# dilation and bias; the way back; what does not divide.

# %% nbgrader={"grade": true, "grade_id": "test-groups", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

needed = ("conv-forward", "conv-backward")
check = Check("groups", grouped_forward, after=needed)
one, two = (1,), count_up(1, 2, 2)
each = np.array([2.0, 3.0]).reshape(2, 1, 1)
check("depthwise", two, each, None, one, one, 2).gives([[[0, 2], [6, 9]]])
four, tens = count_up(1, 4, 2), np.array([[1.0, 10.0], [2.0, 20.0]]).reshape(2, 2, 1)
check("2 groups of 2", four, tens, None, one, one, 2).gives([[[20, 31], [128, 150]]])
more = count_up(4, 1, 1, first=1)
check("2 channels before, 4 behind", two, more, None, one, one, 2).gives(
    [[[0, 1], [0, 2], [6, 9], [8, 12]]]
)
biases = np.array([0.5, 1.5, 2.5, 3.5])
check("4 channels behind, bias", two, more, biases, one, one, 2).gives(
    [[[0.5, 1.5], [1.5, 3.5], [8.5, 11.5], [11.5, 15.5]]]
)
full = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(2, 2, 1)
check("one group", two, full, None, one, one, 1).gives([[[20, 31], [2000, 3100]]])
long = np.array([[[1.0, 10.0]], [[1.0, 100.0]]])
bias = np.array([0.5, -0.5])
check("stride, dilation, bias", count_up(1, 2, 6), long, bias, (2,), (3,), 2).gives(
    [[[30.5, 52.5], [905.5, 1107.5]]]
)
check(
    "two images", count_up(2, 2, 1, 1), each[..., None], None, (1, 1), (1, 1), 2
).gives([[[[0]], [[3]]], [[[4]], [[9]]]])
single = np.float32(two), np.float32(each), None, one, one, 2
check("float32", *single).gives([[[0, 2], [6, 9]]]).dtype(np.float32)
check("float32, bias", *single[:2], bias, one, one, 2).gives(
    [[[0.5, 2.5], [5.5, 8.5]]]
).dtype(np.float32)
thirds = four, np.ones((6, 1, 1)), None, one, one, 3
check("4 channels, 3 groups", *thirds).raises(ValueError, naming=(4, 3))
halves = four, np.ones((3, 2, 1)), None, one, one, 2
check("3 channels behind, 2 groups", *halves).raises(ValueError, naming=(3, 2))

back, upstream = check.of(grouped_backward), count_up(1, 2, 2, first=1)
back("depthwise", upstream, two, each, one, one, 2).gives(
    grad_x=[[[2, 4], [9, 12]]], grad_weight=[[[2]], [[18]]], grad_bias=[3, 7]
)
back("2 groups of 2", upstream, four, tens, one, one, 2).gives(
    grad_x=[[[1, 2], [10, 20], [6, 8], [60, 80]]],
    grad_weight=[[[2], [8]], [[32], [46]]],
    grad_bias=[3, 7],
)
back("stride, dilation", upstream, count_up(1, 2, 6), long, (2,), (3,), 2).gives(
    grad_x=[[[1, 0, 2, 10, 0, 20], [3, 0, 4, 300, 0, 400]]],
    grad_weight=[[[4, 13]], [[50, 71]]],
    grad_bias=[3, 7],
)
back("two images", count_up(2, 2, 1), count_up(2, 2, 1), each, one, one, 2).gives(
    grad_x=[[[0], [3]], [[4], [9]]], grad_weight=[[[4]], [[10]]], grad_bias=[2, 4]
)
back("float32", np.float32(upstream), two, each, one, one, 2).gives(
    grad_x=[[[2, 4], [9, 12]]], grad_weight=[[[2]], [[18]]], grad_bias=[3, 7]
).dtype(np.float32)
four_kernels = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(4, 1, 1)
back(
    "2 kernels a group",
    count_up(1, 4, 1, first=1),
    count_up(1, 2, 1, first=1),
    four_kernels,
    one,
    one,
    2,
).gives(
    grad_x=[[[21], [4300]]],
    grad_weight=[[[1]], [[2]], [[6]], [[8]]],
    grad_bias=[1, 2, 3, 4],
).dtype(float)
check("float64", two, each, None, one, one, 2).gives([[[0, 2], [6, 9]]]).dtype(float)
check.done("each group by itself, there and back")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>groups</code></summary>
#
# 1. Which channels of the image, and which of the kernels, belong to the second group?
# 2. `np.split` cuts an array into equal parts, along the axis that you name; the channels
#    are another axis of the image than the output channels are of the weight.
# 3. Convolve each part with its own kernels and join the answers along the channels. On the
#    way back split the upstream gradient as well; the image's gradients are joined along the
#    channels, those of weight and bias along their first axis.
#
# </details>

# %% [markdown]
# ## The separable layer
#
# A depthwise convolution looks around in each channel, and mixes none. A *pointwise* one,
# with a kernel of 1, mixes the channels, and looks nowhere. One after the other they do
# what a full layer does, with far fewer weights: a *depthwise separable* layer.
#
# **Task `separable-cost`.** Write `conv_cost`: the weights of a convolution, without bias,
# and its multiply-accumulate steps (MACs) for one image; and `separable_cost`, the same for
# the two convolutions of a separable layer. The first, depthwise, has the kernel, the
# stride and the padding.


# %% nbgrader={"grade": false, "grade_id": "separable-cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv_cost(
    image: tuple[int, ...],
    out_channels: int,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    groups: int,
) -> tuple[int, int]:
    """Return a convolution's weights, without bias, and its MACs for one image.

    Parameters
    ----------
    image
        The shape (in_channels, ...) of one image, row or block.
    out_channels, groups
        Whole numbers; groups divide the channels before and behind.
    kernel_size, stride, padding
        One number for each axis; the padding is on both sides.
    """
    ### BEGIN SOLUTION
    weights = out_channels * (image[0] // groups) * math.prod(kernel_size)
    axes = zip(image[1:], kernel_size, stride, padding, strict=True)
    places = math.prod((size + 2 * p - k) // s + 1 for size, k, s, p in axes)
    return weights, weights * places
    ### END SOLUTION


def separable_cost(
    image: tuple[int, ...],
    out_channels: int,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
) -> tuple[int, int]:
    """Return the weights and the MACs of a depthwise and a pointwise convolution."""
    ### BEGIN SOLUTION
    channels = image[0]
    weights, macs = conv_cost(image, channels, kernel_size, stride, padding, channels)
    places = macs // weights
    mixing = channels * out_channels
    return weights + mixing, (weights + mixing) * places
    ### END SOLUTION


# %% [markdown]
# **Check.** A row, an image whose axes all differ, a block; groups; and the two halves of a
# separable layer.

# %% nbgrader={"grade": true, "grade_id": "test-separable-cost", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("separable-cost", conv_cost)
check("a row", (3, 5), 4, (3,), (1,), (0,), 1).gives((36, 108)).whole()
layer = (3, 2), (2, 1), (1, 0)
check("an image", (4, 5, 6), 6, *layer, 1).gives((144, 2160))
check("2 groups", (4, 5, 6), 6, *layer, 2).gives((72, 1080))
check("depthwise", (4, 5, 6), 4, *layer, 4).gives((24, 360))
check("a block", (2, 4, 5, 6), 3, (2, 2, 2), (2, 2, 2), (0, 0, 0), 1).gives((48, 576))
large = (512, 300, 300), 1024, (3, 3), (1, 1), (1, 1)
check("a large layer", *large, 1).gives((4718592, 424673280000)).whole()
check = check.of(separable_cost)
check("an image", (4, 5, 6), 6, *layer).gives((48, 720)).whole()
check("a row", (3, 8), 5, (4,), (2,), (2,)).gives((27, 135))
check("a kernel of 1", (3, 8), 5, (1,), (1,), (0,)).gives((18, 144))
check("a large layer", *large).gives((528896, 47600640000)).whole()
check.done("weights and steps, of full, grouped and separable layers")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>separable-cost</code></summary>
#
# 1. How many channels does one kernel see, if there are groups?
# 2. Each weight is used once at each place of the output. How many places are there?
# 3. Depthwise: as many channels behind as before, and as many groups. The pointwise half
#    works on what comes out of it, so at as many places, with one weight for each pair of
#    channels.
#
# </details>

# %% [markdown]
# **MobileNet**, made for phones, is a first full layer, thirteen separable ones, and a
# linear layer (Howard and others, 2017). Its authors compare it with the same network of
# full layers; your functions can.

# %%
MOBILENET = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
MOBILENET += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]


def network_cost(of_layer):
    weights, macs = conv_cost((3, 224, 224), 32, (3, 3), (2, 2), (1, 1), 1)
    channels, side = 32, 112
    for out_channels, stride in MOBILENET:
        pairs = (3, 3), (stride, stride), (1, 1)
        more = of_layer((channels, side, side), out_channels, *pairs)
        weights, macs = weights + more[0], macs + more[1]
        channels, side = out_channels, side // stride
    linear = channels * 1000
    return weights + linear, macs + linear


# %%
def full_cost(*layer):
    return conv_cost(*layer, 1)


print("               weights          MACs")
for name, of_layer in (("full", full_cost), ("separable", separable_cost)):
    weights, macs = network_cost(of_layer)
    print(f"{name:10}{weights:12,}{macs:16,}")

# %% [markdown]
# | | weights | MACs | right of ImageNet's pictures |
# | --- | --- | --- | --- |
# | full layers | 29.3 million | 4,867 million | 71.7 % |
# | separable | 4.2 million | 569 million | 70.6 % |
#
# The first two columns are yours, rounded. Table 4 of the paper has the same, but for 4,866
# million: that is without the linear layer. The last column is the paper's: 8.6 times fewer
# multiplications cost about one picture in a hundred.

# %% [markdown]
# ## The layers
#
# Given: your functions, joined to autograd, and layers with PyTorch's names and arguments.


# %%
#| export
class PadFunction(Function):
    """`pad` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, padding, mode):
        """Return the padded batch."""
        ctx.padding, ctx.mode = padding, mode
        return pad(x, padding, mode)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradient of x."""
        return pad_backward(grad_output, ctx.padding, ctx.mode), None, None


class ConvFunction(Function):
    """`grouped_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, weight, bias, stride, dilation, groups):
        """Return the convolution; bias may be None."""
        ctx.save_for_backward(x, weight)
        ctx.numbers = stride, dilation, groups
        return grouped_forward(x, weight, bias, stride, dilation, groups)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradients of x, weight and bias."""
        grads = grouped_backward(grad_output, *ctx.saved_tensors, *ctx.numbers)
        return *grads, None, None, None


# %% [markdown]
# Your own check of the gradients again, of padding and of groups.

# %% tags=["skip-grading"]
from tinytorch.checks import count_up

check_gradient(
    lambda x: PadFunction.apply(x, ((2, 1),), "reflect"),
    [[[2, 1, 0, 1, 2, 1]]],
    begin_with="padding",
    x=count_up(1, 1, 3),
)


# %% tags=["skip-grading"]
from tinytorch.checks import count_up

check_gradient(
    lambda *inputs: ConvFunction.apply(*inputs, (1,), (1,), 2),
    [[[10, 12], [26, 29]]],
    begin_with="groups",
    x=count_up(1, 2, 2),
    weight=np.array([[[2.0]], [[3.0]]]),
    bias=np.array([10.0, 20.0]),
)


# %%
#| export
def as_tuple(value, axes: int, name: str, least: int) -> tuple[int, ...]:
    """Return ``value``, a whole number or one for each axis, as a tuple.

    Raises
    ------
    ValueError
        If it is neither, or below ``least``.
    """
    found = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    whole = all(
        isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in found
    )
    if len(found) != axes or not whole or min(found) < least:
        raise ValueError(
            f"{name} must be a whole number of at least {least}, or {axes} of them, "
            f"got {value!r}"
        )
    return tuple(int(n) for n in found)


def check_batch(x: Tensor, axes: int, channels: int | None = None) -> None:
    """Refuse what has not so many axes behind (batch, channels), or other channels."""
    if x.ndim != axes + 2:
        raise ValueError(
            f"Expected {axes + 2}D input (batch, channels, and {axes} more), "
            f"got {x.shape}"
        )
    if channels is not None and x.shape[1] != channels:
        raise ValueError(
            f"Expected {channels} input channels, got {x.shape[1]} in shape {x.shape}"
        )


def start_weight(shape: tuple[int, ...], products: float) -> Tensor:
    """Return random weights for outputs that each sum up so many products."""
    std = math.sqrt(2 / products)
    return Tensor(generator().normal(0, std, shape), requires_grad=True)


# %%
#| export
class _ConvNd(Layer):
    """Convolution over ``axes`` axes: see `Conv1d`, `Conv2d` and `Conv3d`."""

    axes = 0

    # PyTorch's arguments, in PyTorch's order.
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.groups, self.padding_mode = groups, padding_mode
        self.kernel_size = as_tuple(kernel_size, self.axes, "kernel_size", 1)
        self.stride = as_tuple(stride, self.axes, "stride", 1)
        self.dilation = as_tuple(dilation, self.axes, "dilation", 1)
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide {in_channels} and {out_channels}, got {groups}"
            )
        if padding == "same":
            if max(self.stride) > 1:
                raise ValueError(f"padding 'same' needs stride 1, got {self.stride}")
            sides = zip(self.kernel_size, self.dilation, strict=True)
            self.padding = tuple(same_padding(k, d) for k, d in sides)
        else:
            numbers = as_tuple(padding, self.axes, "padding", 0)
            self.padding = tuple((n, n) for n in numbers)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = start_weight(shape, math.prod(shape[1:]))
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in_channels, ...) to (batch, out_channels, ...)."""
        check_batch(x, self.axes, self.in_channels)
        if any(sum(pair) for pair in self.padding):
            x = PadFunction.apply(x, self.padding, self.padding_mode)
        numbers = self.stride, self.dilation, self.groups
        return ConvFunction.apply(x, self.weight, self.bias, *numbers)

    def parameters(self) -> list[Tensor]:
        """Return weight and, if there is one, bias."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def extra_repr(self) -> str:
        """Return its main numbers."""
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, dilation={self.dilation}, groups={self.groups}"
        )


# %%
#| export
class Conv1d(_ConvNd):
    """Convolution over rows: (batch, channels, length)."""

    axes = 1


class Conv2d(_ConvNd):
    """Convolution over images: (batch, channels, height, width)."""

    axes = 2


class Conv3d(_ConvNd):
    """Convolution over blocks: (batch, channels, depth, height, width)."""

    axes = 3


# %% [markdown]
# ## First project: digits with a quarter of the weights
#
# Two networks for the digits of module 09. They differ in two layers, which are full in the
# one and separable in the other. The mean of each whole map, *global average pooling*, makes
# 32 numbers of 32 maps.

# %% tags=["skip-grading"]
from tinytorch.plans import plan

plan(
    ("a digit", (1, 8, 8)),
    ("Conv2d", (16, 8, 8)),
    ("full or separable", (32, 4, 4)),
    ("full or separable", (32, 4, 4)),
    ("mean of each map", (32,)),
    ("Linear: answers", (10,)),
)

# %% tags=["skip-grading"]
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Sequential, manual_seed
from tinytorch.core.losses import CrossEntropyLoss, MSELoss
from tinytorch.core.optimizers import Adam


def full(in_channels, out_channels, stride):
    return [Conv2d(in_channels, out_channels, 3, stride, padding=1)]


def separable(in_channels, out_channels, stride):
    depthwise = Conv2d(in_channels, in_channels, 3, stride, 1, groups=in_channels)
    return [depthwise, Conv2d(in_channels, out_channels, 1)]


# %% tags=["skip-grading"]
class GlobalMean(Layer):
    """The mean of each map."""

    def forward(self, x):
        return x.mean(axis=(2, 3))


def reader(kind):
    layers = [Conv2d(1, 16, 3, padding=1), ReLU(), *kind(16, 32, 2), ReLU()]
    layers += [*kind(32, 32, 1), ReLU(), GlobalMean(), Linear(32, 10)]
    return Sequential(*layers)


def count(model):
    return sum(parameter.data.size for parameter in model.parameters())


(
    count(reader(full)),
    count(reader(separable)),
    count(reader(separable)) / count(reader(full)),
)

# %% [markdown]
# Train both in the same way, on four fifths of the digits, with a learning rate that falls
# along a cosine. The separable one takes longer here, though it multiplies less: Python goes
# through its groups one by one, and a full layer is a few large products.
#
# A line says how long each takes. If your `conv_forward` loops over windows, that may be
# half an hour and more: stop the cell then, and write `train(kind, epochs=2)`.

# %% tags=["skip-grading"]
from tinytorch.core.training import CosineSchedule

(images, labels), (test_images, test_labels) = tt.datasets.digits()
held_out = tt.DataLoader(tt.TensorDataset(test_images, test_labels), batch_size=64)


def train(kind, epochs=12):
    model = reader(kind)
    optimizer = Adam(model.parameters(), lr=0.02)
    schedule = CosineSchedule(0.02, 0.001, epochs)
    trainer = tt.Trainer(model, optimizer, CrossEntropyLoss(), schedule, progress=False)
    shown = tt.TensorDataset(images, labels)
    loader = tt.DataLoader(shown, batch_size=32, shuffle=True, seed=1)
    batches = epochs * len(loader), f"batches, {kind.__name__} network"
    with paced_by(optimizer, *batches):
        return trainer.fit(loader, epochs, held_out)["val_accuracy"]


# %% tags=["skip-grading"]
accuracies = {}
for kind in (full, separable):
    manual_seed(1)
    accuracies[kind.__name__] = train(kind)
{name: f"{found[-1]:.1%}" for name, found in accuracies.items()}

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(6, 2.6))
for (name, found), mark in zip(accuracies.items(), "os", strict=True):
    axes.plot(range(1, len(found) + 1), found, f"{mark}-", label=name)
axes.set(xlabel="epoch", title="accuracy on held-out digits", ylim=(0.5, 1.03))
axes.legend()
show(
    figure,
    alt="The accuracy of both networks over twelve epochs: the separable one rises more slowly "
    "and ends near the full one, at "
    f"{accuracies['separable'][-1]:.1%} and {accuracies['full'][-1]:.1%}.",
)

# %% [markdown]
# ## Turned round: images that become larger
#
# A convolution with stride 2 halves an image. What makes a large image of a small one? You
# have written it: the way back of that convolution takes what has the small shape, and
# returns what has the large one. Used forward, it is called a *transposed* convolution.

# %% tags=["skip-grading"]
small, kernel = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0, 100.0]]])
large = np.zeros((1, 1, 5))
conv_backward(small, large, kernel, (2,), (1,))[0]

# %% [markdown]
# Each small pixel paints the kernel, two pixels further on than the one before, and where
# two paintings meet, they add up. *Padding* here cuts off: as many pixels on each side as the
# convolution had added. And since 5 and 6 pixels both become 2 by this stride, the way back
# has to be told which is meant: *output padding* makes the answer longer at its end, before
# the padding is cut off.

# %% [markdown]
# The length is (size - 1) · stride - 2 · padding + kernel + output padding.
#
# **Task `conv-transpose`.** Write the transposed convolution and its way back, over any
# number of axes. The weight has the shape of the convolution that is turned round, so here
# (in_channels, out_channels, ...). An output padding that is not below its stride is a
# `ValueError` that names both.


# %% nbgrader={"grade": false, "grade_id": "conv-transpose", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv_transpose_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    output_padding: tuple[int, ...],
) -> np.ndarray:
    """Return the transposed convolution.

    Parameters
    ----------
    x
        Shape (batch, in_channels, ...). It is not modified.
    weight
        Shape (in_channels, out_channels, ...), of floats.
    bias
        Shape (out_channels,), or None.
    stride, padding, output_padding
        One number for each axis.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, ...), of dtype
        ``np.result_type(x, weight, np.float32)``.
    """
    ### BEGIN SOLUTION
    for s, more in zip(stride, output_padding, strict=True):
        if more >= s:
            raise ValueError(f"output padding {more} must be below the stride {s}")
    sizes = zip(x.shape[2:], weight.shape[2:], stride, output_padding, strict=True)
    full = tuple((n - 1) * s + k + more for n, k, s, more in sizes)
    dtype = np.result_type(x, weight, np.float32)
    large = np.zeros((len(x), weight.shape[1], *full), dtype)
    one = (1,) * len(full)
    out, _, _ = conv_backward(x.astype(dtype), large, weight, stride, one)
    inside = (slice(p, n - p) for p, n in zip(padding, full, strict=True))
    out = out[(..., *inside)]
    if bias is None:
        return out
    return (out + np.reshape(bias, (-1, *[1] * len(full)))).astype(dtype)
    ### END SOLUTION


def conv_transpose_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: tuple[int, ...],
    padding: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of `conv_transpose_forward` for x, weight and bias."""
    ### BEGIN SOLUTION
    one, axes = (1,) * len(stride), tuple(range(2, x.ndim))
    dtype = np.result_type(grad_output, np.float32)
    full = np.pad(grad_output, ((0, 0), (0, 0), *((p, p) for p in padding)))
    grad_x = conv_forward(full, weight, None, stride, one).astype(dtype)
    _, grad_weight, _ = conv_backward(x, full, weight, stride, one)
    return grad_x, grad_weight.astype(dtype), full.sum(axis=(0, *axes), dtype=dtype)
    ### END SOLUTION


# %% [markdown]
# **Check.** The row above; padding and output padding; an image whose axes differ; channels,
# images and bias; and the way back of each.

# %% nbgrader={"grade": true, "grade_id": "test-conv-transpose", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("conv-transpose", conv_transpose_forward, after=("conv-backward",))
pixels, kernel = np.array([[[1.0, 2.0]]]), np.array([[[1.0, 10.0, 100.0]]])
two, none, one = (2,), (0,), (1,)
row = pixels, kernel, None
check("stride 2", *row, two, none, none).gives([[[1, 10, 102, 20, 200]]])
check("stride 1", *row, one, none, none).gives([[[1, 12, 120, 200]]])
check("stride 4: a gap", *row, (4,), none, none).gives([[[1, 10, 100, 0, 2, 20, 200]]])
check("padding 1", *row, two, one, none).gives([[[10, 102, 20]]])
check("output padding 1", *row, two, none, one).gives([[[1, 10, 102, 20, 200, 0]]])
check("both", *row, two, one, one).gives([[[10, 102, 20, 200]]])
check("output padding 2, stride 2", *row, two, none, two).raises(
    ValueError, naming=(2,)
)
check("output padding 3, stride 2", *row, two, none, (3,)).raises(
    ValueError, naming=(3, 2)
)
image = np.array([[[[1.0, 2.0]]]]), count_up(1, 1, 2, 2, first=1), None
check("output padding (0, 3), stride (9, 3)", *image, (9, 3), (0, 0), (0, 3)).raises(
    ValueError, naming=(3,)
)
check("an image", *image, (2, 1), (0, 0), (1, 0)).gives(
    [[[[1, 4, 4], [3, 10, 8], [0, 0, 0]]]]
)
check("padding (0, 1)", *image, (2, 1), (0, 1), (0, 0)).gives([[[[4], [10]]]])
tall = image[0], count_up(1, 1, 3, 1, first=1), None
check("padding (1, 0)", *tall, (1, 1), (1, 0), (0, 0)).gives([[[[2, 4]]]])
mix = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 10.0]]).reshape(2, 3, 1)
bias = np.array([100.0, 200.0, 300.0])
check("batch, channels, bias", count_up(2, 2, 2), mix, bias, one, none, none).gives(
    [
        [[100, 101], [202, 203], [320, 331]],
        [[104, 105], [206, 207], [364, 375]],
    ]
)
two_kernels = np.ones((1, 2, 1, 1)), bias[:2], (1, 1), (0, 0), (0, 0)
check("an image, bias", image[0], *two_kernels).gives([[[[101, 102]], [[201, 202]]]])
single = pixels.astype(np.float32), kernel.astype(np.float32), None, two, none, none
wanted = [[[1, 10, 102, 20, 200]]]
check("float32", *single).gives(wanted).dtype(np.float32)
check("a float64 kernel", single[0], kernel, *single[2:]).gives(wanted).dtype(float)
check("float64 pixels", pixels, *single[1:]).gives(wanted).dtype(float)
whole = pixels.astype(np.int8), single[1], np.array([0.5]), two, none, none
check("whole numbers", *whole).gives([[[1.5, 10.5, 102.5, 20.5, 200.5]]]).dtype(
    np.float32
)

back = check.of(conv_transpose_backward)
back("stride 2", count_up(1, 1, 5, first=1), pixels, kernel, two, none).gives(
    grad_x=[[[321, 543]]], grad_weight=[[[7, 10, 13]]], grad_bias=[15]
).dtype(float)
back("padding 1", count_up(1, 1, 3, first=1), pixels, kernel, two, one).gives(
    grad_x=[[[210, 32]]], grad_weight=[[[4, 7, 2]]], grad_bias=[6]
)
back("output padding 1", count_up(1, 1, 6, first=1), pixels, kernel, two, none).gives(
    grad_x=[[[321, 543]]], grad_weight=[[[7, 10, 13]]], grad_bias=[21]
)
back("an image", count_up(1, 1, 2, 3), *image[:2], (2, 1), (0, 0)).gives(
    grad_x=[[[[27, 37]]]], grad_weight=[[[[2, 5], [11, 14]]]], grad_bias=[15]
)
thin = np.array([[[[5.0], [7.0]]]])
back("padding (0, 1)", thin, *image[:2], (2, 1), (0, 1)).gives(
    grad_x=[[[[38, 26]]]], grad_weight=[[[[10, 5], [14, 7]]]], grad_bias=[12]
)
back("float32", np.float32(count_up(1, 1, 5, first=1)), *row[:2], two, none).gives(
    grad_x=[[[321, 543]]], grad_weight=[[[7, 10, 13]]], grad_bias=[15]
).dtype(np.float32)
back("batch, channels", count_up(2, 3, 2), count_up(2, 2, 2), mix, one, none).gives(
    grad_x=[[[4, 6], [42, 53]], [[16, 18], [108, 119]]],
    grad_weight=[[[60], [80], [100]], [[88], [124], [160]]],
    grad_bias=[14, 22, 30],
)
check.done("the convolution, turned round")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv-transpose</code></summary>
#
# 1. How large is the image before the padding is cut off?
# 2. `conv_backward` wants to be given an image of that size, of which only the shape counts
#    for the gradient that you need. Which of its three gradients is it?
# 3. The way back of the way back is the convolution itself, on upstream with its padding put
#    back as zeros. The weight's gradient is that of this convolution: it took upstream as its
#    image, and x is where its answers were.
#
# </details>

# %% [markdown]
# The identity, as code: what the transposed convolution makes of some numbers is the
# gradient that a convolution of the same weight sends back for them.
#
# The image is 7 high and 9 wide. Along the width there are 3 windows of 2, with stride 3:
# how long does the formula above make these without output padding? What is the (0, 1) for?

# %% tags=["skip-grading"]
rng = np.random.default_rng(0)
image, weight = rng.normal(size=(2, 3, 7, 9)), rng.normal(size=(4, 3, 3, 2))
pair, one = (2, 3), (1, 1)
upstream = conv_forward(image, weight, None, pair, one)
grad_x = conv_backward(upstream, image, weight, pair, one)[0]
turned = conv_transpose_forward(upstream, weight, None, pair, (0, 0), (0, 1))
np.allclose(turned, grad_x), turned.shape

# %% [markdown]
# ## Squares that nobody drew
#
# An image of equal pixels, enlarged by a transposed convolution whose weights are all equal.
# Is the answer even? With a kernel of 3 and stride 2 some pixels are painted once, some
# twice, some four times.

# %% tags=["skip-grading"]
flat, none = np.ones((1, 1, 5, 5)), (0, 0)
painted = {
    size: conv_transpose_forward(
        flat, np.ones((1, 1, size, size)), None, (2, 2), none, none
    )
    for size in (3, 4)
}
painted[3][0, 0, :4, :4]

# %% [markdown]
# Networks learn to even that out, and seldom quite: in their pictures a *checkerboard*
# remains (Odena, Dumoulin and Olah, 2016). There are two cures. A kernel whose size is a
# multiple of the stride paints all pixels of the inside equally often; and an image that was
# enlarged by copying its pixels can be convolved without any stride.
#
# **Task `upsample`.** Write the second: each pixel becomes a block of equal pixels, of one
# factor for each axis. And its way back.


# %% nbgrader={"grade": false, "grade_id": "upsample", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def upsample_forward(x: np.ndarray, factors: tuple[int, ...]) -> np.ndarray:
    """Return the batch with each pixel as a block of equal ones, of the dtype of x.

    Parameters
    ----------
    x
        Shape (batch, channels, ...). It is not modified.
    factors
        How many times each axis is longer.
    """
    ### BEGIN SOLUTION
    for axis, factor in enumerate(factors, start=2):
        x = np.repeat(x, factor, axis=axis)
    return x.copy()
    ### END SOLUTION


def upsample_backward(grad_output: np.ndarray, factors: tuple[int, ...]) -> np.ndarray:
    """Return the gradient of `upsample_forward` for x."""
    ### BEGIN SOLUTION
    grad = grad_output.astype(np.result_type(grad_output, np.float32))
    for axis, factor in enumerate(factors, start=2):
        lines = np.moveaxis(grad, axis, 0)
        total = sum(lines[start::factor] for start in range(factor))
        grad = np.moveaxis(total, 0, axis)
    return grad
    ### END SOLUTION


# %% [markdown]
# **Check.** A row, an image with two different factors, channels and images, and the way
# back.

# %% nbgrader={"grade": true, "grade_id": "test-upsample", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("upsample", upsample_forward)
check("a row", count_up(1, 1, 3, first=1), (2,)).gives([[[1, 1, 2, 2, 3, 3]]])
check("an image, (2, 3)", np.array([[[[1.0, 2.0]]]]), (2, 3)).gives(
    [[[[1, 1, 1, 2, 2, 2]] * 2]]
)
check("batch, channels", count_up(2, 2, 1), (2,)).gives(
    [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]
)
check("dtype", np.array([[[7]]], np.int8), (2,)).gives([[[7, 7]]]).dtype(np.int8)
back = check.of(upsample_backward)
back("a row", count_up(1, 1, 6, first=1), (3,)).gives([[[6, 15]]]).dtype(float)
back("an image, (2, 3)", count_up(1, 1, 2, 6), (2, 3)).gives([[[[24, 42]]]])
back("batch, channels", count_up(2, 2, 2), (2,)).gives([[[1], [5]], [[9], [13]]])
back("whole numbers", np.array([[[100, 100]]], np.int8), (2,)).gives([[[200]]]).dtype(
    np.float32
)
check.done("copied, and added up again")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>upsample</code></summary>
#
# 1. Which pixels of the large image are copies of one pixel? What does it get of their
#    gradients?
# 2. `np.repeat` copies along one axis. One axis after the other, as with the padding.
# 3. Backward, add up every so many pixels that lie side by side. A slice with a step takes
#    the first of each block, another slice the second.
#
# </details>

# %% tags=["skip-grading"]
large = upsample_forward(flat, (2, 2))
cured = conv_forward(
    pad(large, ((1, 1), (1, 1)), "replicate"), np.ones((1, 1, 3, 3)), None, one, one
)
panels = {"kernel 3, stride 2": painted[3], "kernel 4, stride 2": painted[4]}
panels["upsampled, then kernel 3"] = cured
{title: np.unique(image[0, 0, 2:-2, 2:-2]) for title, image in panels.items()}

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.6))
for axis, (title, image) in zip(axes, panels.items(), strict=True):
    axis.imshow(image[0, 0], cmap="gray", vmin=0, vmax=image.max())
    axis.set(title=title, xticks=[], yticks=[])
show(
    figure,
    alt="Three enlarged images of equal pixels: a checkerboard of bright and dark squares, "
    "then one that is even but for its border, then one that is even everywhere.",
)

# %% [markdown]
# ## Pooling to a size that you choose
#
# A linear layer at the end of a network wants a fixed number of inputs, and photographs come
# in all sizes. *Adaptive* pooling is told the size of its answer: for `m` answers from `n`
# pixels, answer `i` is the mean from pixel ⌊i · n / m⌋ on, up to ⌈(i + 1) · n / m⌉, which is
# not part of it. With one answer for each axis it is global average pooling.

# %%
windows = [(i * 5 // 3, -(-(i + 1) * 5 // 3)) for i in range(3)]
windows

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(6, 1.8))
axes.broken_barh([(i, 0.9) for i in range(5)], (3, 0.8), color="0.8")
for i, (start, end) in enumerate(windows):
    axes.broken_barh([(start, end - start - 0.1)], (2 - i, 0.8), color="tab:blue")
axes.set(yticks=[], xticks=[], title="5 pixels, 3 answers")
show(
    figure,
    alt="Five pixels in a row, and three windows below: the first two pixels, the middle "
    "three, the last two. Neighbours share a pixel.",
)

# %% [markdown]
# Three answers from five pixels: pixels 0 and 1, pixels 1 to 3, pixels 3 and 4. Windows may
# overlap, and differ in length.
#
# **Task `adaptive-pool`.** Write it over any number of axes, and its way back: each pixel of
# a window gets an equal share of the window's gradient.


# %% nbgrader={"grade": false, "grade_id": "adaptive-pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def adaptive_avg_pool_forward(x: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Return means of windows, as many along each axis as ``sizes`` says.

    Parameters
    ----------
    x
        Shape (batch, channels, ...). It is not modified.
    sizes
        The lengths of the answer's axes.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, *sizes), of dtype ``np.result_type(x, np.float32)``.
    """
    ### BEGIN SOLUTION
    out = np.zeros((*x.shape[:2], *sizes), np.result_type(x, np.float32))
    axes = tuple(range(2, x.ndim))
    for place in np.ndindex(*sizes):
        steps = zip(place, x.shape[2:], sizes, strict=True)
        window = tuple(slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in steps)
        out[(..., *place)] = x[(..., *window)].mean(axis=axes, dtype=out.dtype)
    return out
    ### END SOLUTION


def adaptive_avg_pool_backward(
    grad_output: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """Return the gradient of `adaptive_avg_pool_forward` for an x of this shape."""
    ### BEGIN SOLUTION
    sizes = grad_output.shape[2:]
    grad = np.zeros(shape, np.result_type(grad_output, np.float32))
    for place in np.ndindex(*sizes):
        steps = zip(place, shape[2:], sizes, strict=True)
        window = tuple(slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in steps)
        count = math.prod(each.stop - each.start for each in window)
        share = grad_output[(..., *place)] / count
        grad[(..., *window)] += np.reshape(share, (*shape[:2], *[1] * len(sizes)))
    return grad
    ### END SOLUTION


# %% [markdown]
# **Check.** Windows that fit, that overlap, and more answers than pixels; an image; one
# answer alone; and the way back.

# %% nbgrader={"grade": true, "grade_id": "test-adaptive-pool", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("adaptive-pool", adaptive_avg_pool_forward)
check("2 of 4", count_up(1, 1, 4), (2,)).gives([[[0.5, 2.5]]]).dtype(float)
check("2 of 5", count_up(1, 1, 5), (2,)).gives([[[1, 3]]])
check("3 of 5", count_up(1, 1, 5), (3,)).gives([[[0.5, 2, 3.5]]])
check("3 of 2", count_up(1, 1, 2), (3,)).gives([[[0, 0.5, 1]]])
check("an image", count_up(1, 1, 2, 3), (1, 2)).gives([[[[2, 3]]]])
check("one answer", count_up(2, 2, 3), (1,)).gives([[[1], [4]], [[7], [10]]])
small = np.array([[[100, 101]]], np.int8)
check("whole numbers", small, (1,)).gives([[[100.5]]]).dtype(np.float32)
back = check.of(adaptive_avg_pool_backward)
back("2 of 4", np.array([[[2.0, 4.0]]]), (1, 1, 4)).gives([[[1, 1, 2, 2]]]).dtype(float)
back("2 of 5", np.array([[[3.0, 6.0]]]), (1, 1, 5)).gives([[[1, 1, 3, 2, 2]]])
back("3 of 2", np.array([[[1.0, 2.0, 3.0]]]), (1, 1, 2)).gives([[[2, 4]]])
back("an image", np.array([[[[4.0, 8.0]]]]), (1, 1, 2, 3)).gives([[[[1, 3, 2]] * 2]])
two = np.array([[[2.0], [4.0]]])
back("channels", two, (1, 2, 2)).gives([[[1, 1], [2, 2]]])
back("an image, channels", 2 * two[..., None], (1, 2, 2, 2)).gives(
    [[[[1, 1], [1, 1]], [[2, 2], [2, 2]]]]
)
back("two images", np.array([[[2.0]], [[4.0]]]), (2, 1, 2)).gives([[[1, 1]], [[2, 2]]])
back("whole numbers", np.array([[[1]]]), (1, 1, 2)).gives([[[0.5, 0.5]]])
back("float32", np.float32([[[1]]]), (1, 1, 2)).gives([[[0.5, 0.5]]]).dtype(np.float32)
check.done("means of windows, as many as you ask for")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>adaptive-pool</code></summary>
#
# 1. Which windows are there along one axis? The line above says it for five pixels.
# 2. Walk through all places of the answer with `np.ndindex`, and give each axis its slice.
# 3. Python rounds a division down; rounding up is the negative of that, of the negative.
#    Backward, divide by the number of pixels in the window, over all axes, and add, since
#    windows overlap.
#
# </details>

# %% [markdown]
# ## Two options of average pooling
#
# Frameworks have switches that few people can explain. `count_include_pad`: does the padding
# count as pixels when the mean is taken? `ceil_mode`: may the last window hang over the edge,
# where some pixels are left over? Such a window still begins inside the image or in the
# padding before it; one that would begin in the padding behind is left out. What hangs over
# even the padding counts in no mean.

# %% [markdown]
# **Explore.** Windows of 3, eight pixels, padding 1: how many pixels, those of the padding
# included, are left over at stride 3, and at stride 4? The explorer draws no window that
# hangs over. Where would it begin?

# %% tags=["skip-grading"]
explore(size=8, kernel=3, stride=3, padding=1, operation="mean")

# %% [markdown]
# <details>
# <summary>The answers</summary>
#
# One, and three. At stride 3 one more window would begin in the padding behind, and
# `ceil_mode` leaves it out; at stride 4 it begins at the last pixel of the image.
#
# </details>

# %% [markdown]
# **Task `avg-pool`.** Write average pooling with both, over any number of axes, and its way
# back. The padding is at most half of the window.


# %% nbgrader={"grade": false, "grade_id": "avg-pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def avg_pool_forward(
    x: np.ndarray,
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    ceil_mode: bool,
    count_include_pad: bool,
) -> np.ndarray:
    """Return the mean of each window.

    Parameters
    ----------
    x
        Shape (batch, channels, ...). It is not modified.
    kernel_size, stride, padding
        One number for each axis; the padding is zeros, on both sides.
    ceil_mode
        Whether the last window may hang over the edge.
    count_include_pad
        Whether a mean counts the padding as pixels.

    Returns
    -------
    np.ndarray
        Of dtype ``np.result_type(x, np.float32)``.
    """
    ### BEGIN SOLUTION
    sizes, counts = x.shape[2:], []
    for n, k, s, p in zip(sizes, kernel_size, stride, padding, strict=True):
        steps = (n + 2 * p - k) // s
        if ceil_mode and steps * s < n + 2 * p - k and (steps + 1) * s < n + p:
            steps += 1
        counts.append(steps + 1)
    out = np.zeros((*x.shape[:2], *counts), np.result_type(x, np.float32))
    axes = tuple(range(2, x.ndim))
    for place in np.ndindex(*counts):
        window, count = [], 1
        for i, n, k, s, p in zip(
            place, sizes, kernel_size, stride, padding, strict=True
        ):
            start, end = i * s - p, min(i * s - p + k, n + p)
            window.append(slice(max(start, 0), min(end, n)))
            inside = min(end, n) - max(start, 0)
            count *= end - start if count_include_pad else inside
        total = x[(..., *window)].sum(axis=axes, dtype=out.dtype)
        out[(..., *place)] = total / count
    return out
    ### END SOLUTION


def avg_pool_backward(
    grad_output: np.ndarray,
    shape: tuple[int, ...],
    kernel_size: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    count_include_pad: bool,
) -> np.ndarray:
    """Return the gradient of `avg_pool_forward` for an x of this shape.

    How many windows there were, the shape of ``grad_output`` says.
    """
    ### BEGIN SOLUTION
    grad = np.zeros(shape, np.result_type(grad_output, np.float32))
    for place in np.ndindex(*grad_output.shape[2:]):
        window, count = [], 1
        for i, n, k, s, p in zip(
            place, shape[2:], kernel_size, stride, padding, strict=True
        ):
            start, end = i * s - p, min(i * s - p + k, n + p)
            window.append(slice(max(start, 0), min(end, n)))
            inside = min(end, n) - max(start, 0)
            count *= end - start if count_include_pad else inside
        share = grad_output[(..., *place)] / count
        grad[(..., *window)] += np.reshape(share, (*shape[:2], *[1] * len(place)))
    return grad
    ### END SOLUTION


# %% [markdown]
# **Check.** Each switch by itself, then both, and the window that is left out; an image; and
# the way back.

# %% nbgrader={"grade": true, "grade_id": "test-avg-pool", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("avg-pool", avg_pool_forward)
row = np.array([[[3.0, 6.0, 9.0, 12.0, 15.0]]])
two, three, none, one = (2,), (3,), (0,), (1,)
check("neither", row, two, two, none, False, False).gives([[[4.5, 10.5]]]).dtype(float)
check("the edge may be passed", row, two, two, none, True, False).gives(
    [[[4.5, 10.5, 15]]]
)
check("with no remainder", row, three, two, none, True, True).gives([[[6, 12]]])
check("padding counts", row, three, two, one, False, True).gives([[[3, 9, 9]]])
check("padding does not count", row, three, two, one, False, False).gives(
    [[[4.5, 9, 13.5]]]
)
check("both", row[..., :4], three, two, one, True, True).gives([[[3, 9, 6]]])
check("both, padding does not count", row[..., :4], three, two, one, True, False).gives(
    [[[4.5, 9, 12]]]
)
check("left out: it begins behind the image", row, two, three, one, True, True).gives(
    [[[1.5, 10.5]]]
)
image = count_up(1, 1, 3, 4)
check("an image", image, (2, 3), (2, 1), (0, 1), True, False).gives(
    [[[[2.5, 3, 4, 4.5], [8.5, 9, 10, 10.5]]]]
)
check("batch, channels", count_up(2, 2, 2), two, two, none, False, True).gives(
    [[[0.5], [2.5]], [[4.5], [6.5]]]
)
small = np.array([[[100, 101]]], np.int8)
check("whole numbers", small, two, two, none, False, True).gives([[[100.5]]]).dtype(
    np.float32
)
back = check.of(avg_pool_backward)
upstream, shape = np.array([[[6.0, 12.0, 18.0]]]), (1, 1, 4)
back("padding counts", upstream, shape, three, two, one, True).gives([[[2, 6, 4, 13]]])
back("it does not", upstream, shape, three, two, one, False).gives([[[3, 7, 4, 22]]])
tall = np.array([[[[4.0, 8.0]]], [[[12.0, 16.0]]]])
back("images", tall, (2, 1, 2, 4), (2, 2), (1, 2), (0, 0), True).gives(
    [[[[1, 1, 2, 2]] * 2], [[[3, 3, 4, 4]] * 2]]
)
back("whole numbers", np.array([[[1]]]), (1, 1, 2), two, two, none, True).gives(
    [[[0.5, 0.5]]]
)
back("float32", np.float32([[[1]]]), (1, 1, 2), two, two, none, True).gives(
    [[[0.5, 0.5]]]
).dtype(np.float32)
flat = count_up(1, 1, 2, 3)
check("an image, the edge passed", flat, (2, 2), (2, 2), (0, 0), True, False).gives(
    [[[[2, 3.5]]]]
)
sides = (2, 3), (2, 1), (0, 1)
back("an image", 6 * count_up(1, 1, 2, 3), (1, 1, 4, 3), *sides, True).gives(
    [[[[1, 3, 3]] * 2 + [[7, 12, 9]] * 2]]
).dtype(float)
check.done("both switches, there and back")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>avg-pool</code></summary>
#
# 1. Where does a window begin and end, counted from the image's first pixel? Which of its
#    pixels are in the image, which in the padding, which beyond it?
# 2. Count the windows first: how many fit, and whether one more may be had because pixels
#    are left over. Where would that one begin?
# 3. Cut each window off at the end of the padding. Its length then, over all axes, is what
#    the mean divides by if padding counts; cut to the image itself, it is what is added up,
#    and what the mean divides by if padding does not count.
#
# </details>

# %% [markdown]
# Given: the layers of the second half.


# %%
#| export
class TransposeFunction(Function):
    """`conv_transpose_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, weight, bias, stride, padding, output_padding):
        """Return the transposed convolution; bias may be None."""
        ctx.save_for_backward(x, weight)
        ctx.numbers = stride, padding
        return conv_transpose_forward(x, weight, bias, stride, padding, output_padding)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradients of x, weight and bias."""
        grads = conv_transpose_backward(grad_output, *ctx.saved_tensors, *ctx.numbers)
        return *grads, None, None, None


class UpsampleFunction(Function):
    """`upsample_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, factors):
        """Return the enlarged batch."""
        ctx.factors = factors
        return upsample_forward(x, factors)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradient of x."""
        return upsample_backward(grad_output, ctx.factors), None


class AdaptiveAvgPoolFunction(Function):
    """`adaptive_avg_pool_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, sizes):
        """Return the means."""
        ctx.shape = x.shape
        return adaptive_avg_pool_forward(x, sizes)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradient of x."""
        return adaptive_avg_pool_backward(grad_output, ctx.shape), None


class AvgPoolFunction(Function):
    """`avg_pool_forward` with its derivative, for Tensors."""

    @staticmethod
    def forward(ctx: Context, x, sizes, ceil_mode, count_include_pad):
        """Return the means; ``sizes`` are kernel_size, stride and padding."""
        ctx.numbers = x.shape, *sizes, count_include_pad
        return avg_pool_forward(x, *sizes, ceil_mode, count_include_pad)

    @staticmethod
    def backward(ctx: Context, grad_output):
        """Return the gradient of x."""
        return avg_pool_backward(grad_output, *ctx.numbers), None, None, None


# %% [markdown]
# And the gradients of these.

# %% tags=["skip-grading"]
from tinytorch.checks import count_up

check_gradient(
    lambda *inputs: TransposeFunction.apply(*inputs, (2,), (1,), (1,)),
    [[[10.5, 102.5, 20.5, 200.5]]],
    begin_with="conv-transpose",
    x=np.array([[[1.0, 2.0]]]),
    weight=np.array([[[1.0, 10.0, 100.0]]]),
    bias=np.array([0.5]),
)


# %% tags=["skip-grading"]
from tinytorch.checks import count_up

check_gradient(
    lambda x: UpsampleFunction.apply(x, (2,)),
    [[[0, 0, 1, 1]]],
    begin_with="upsample",
    x=count_up(1, 1, 2),
)

# %% tags=["skip-grading"]
from tinytorch.checks import count_up

check_gradient(
    lambda x: AdaptiveAvgPoolFunction.apply(x, (3,)),
    [[[0.5, 2, 3.5]]],
    begin_with="adaptive-pool",
    x=count_up(1, 1, 5),
)

# %% tags=["skip-grading"]
check_gradient(
    lambda x: AvgPoolFunction.apply(x, ((3,), (2,), (1,)), True, False),
    [[[4.5, 9, 12]]],
    begin_with="avg-pool",
    x=np.array([[[3.0, 6.0, 9.0, 12.0]]]),
)


# %%
#| export
class ConvTranspose2d(Layer):
    """Transposed convolution over images, as in PyTorch, without dilation and groups."""

    # PyTorch's arguments, in PyTorch's order.
    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        bias=True,
    ):
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = as_tuple(kernel_size, 2, "kernel_size", 1)
        self.stride = as_tuple(stride, 2, "stride", 1)
        self.padding = as_tuple(padding, 2, "padding", 0)
        self.output_padding = as_tuple(output_padding, 2, "output_padding", 0)
        shape = (in_channels, out_channels, *self.kernel_size)
        # Each output pixel is painted by so many products.
        products = in_channels * math.prod(self.kernel_size) / math.prod(self.stride)
        self.weight = start_weight(shape, products)
        self.bias = Tensor(np.zeros(out_channels), requires_grad=True) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, in_channels, H, W) to (batch, out_channels, H', W')."""
        check_batch(x, 2, self.in_channels)
        numbers = self.stride, self.padding, self.output_padding
        return TransposeFunction.apply(x, self.weight, self.bias, *numbers)

    def parameters(self) -> list[Tensor]:
        """Return weight and, if there is one, bias."""
        return [self.weight] if self.bias is None else [self.weight, self.bias]

    def extra_repr(self) -> str:
        """Return its main numbers."""
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, "
            f"output_padding={self.output_padding}"
        )


# %%
#| export
class Upsample(Layer):
    """Each pixel becomes a block of equal ones, as PyTorch's "nearest" does."""

    def __init__(self, scale_factor=2):
        self.scale_factor = as_tuple(scale_factor, 2, "scale_factor", 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, H, W) to (batch, channels, a · H, b · W)."""
        check_batch(x, 2)
        return UpsampleFunction.apply(x, self.scale_factor)


class AdaptiveAvgPool2d(Layer):
    """Means of as many windows as ``output_size`` says, as in PyTorch."""

    def __init__(self, output_size):
        self.output_size = as_tuple(output_size, 2, "output_size", 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, H, W) to (batch, channels, *output_size)."""
        check_batch(x, 2)
        return AdaptiveAvgPoolFunction.apply(x, self.output_size)


class AvgPool2d(Layer):
    """Average pooling with PyTorch's two switches."""

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        ceil_mode=False,
        count_include_pad=True,
    ):
        kernel = as_tuple(kernel_size, 2, "kernel_size", 1)
        steps = kernel if stride is None else as_tuple(stride, 2, "stride", 1)
        sides = as_tuple(padding, 2, "padding", 0)
        if any(2 * side > size for side, size in zip(sides, kernel, strict=True)):
            raise ValueError(f"padding {sides} is more than half of {kernel}")
        self.sizes = kernel, steps, sides
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, H, W) to (batch, channels, H', W')."""
        check_batch(x, 2)
        switches = self.ceil_mode, self.count_include_pad
        return AvgPoolFunction.apply(x, self.sizes, *switches)


# %% [markdown]
# ## Second project: your digit, without the noise
#
# Draw a digit, press Copy, and paste it between the quotes of the cell below the pad, in
# place of the seven there.

# %% tags=["skip-grading"]
tt.pad()

# %% tags=["skip-grading"]
mine = tt.drawing(
    "00000000 0ceeeeg0 00000cc0 00000g60 00006e00 0000g600 000cc000 000g4000"
)

# %% [markdown]
# Two convolutions with stride 2 see larger and larger parts of the digit, and two transposed
# ones make an image of that again. The network is shown digits with noise, and learns to
# answer with the digits. The noise is another one each time, so nothing of it can be learned:
# what is left is what strokes have in common.

# %% tags=["skip-grading"]
plan(
    ("a digit, noisy", (1, 8, 8)),
    ("Conv2d", (16, 4, 4)),
    ("Conv2d", (32, 2, 2)),
    ("ConvTranspose2d", (16, 4, 4)),
    ("ConvTranspose2d", (1, 8, 8)),
)


# %% tags=["skip-grading"]
def denoiser():
    return Sequential(
        Conv2d(1, 16, 3, stride=2, padding=1),
        ReLU(),
        Conv2d(16, 32, 3, stride=2, padding=1),
        ReLU(),
        ConvTranspose2d(32, 16, 4, stride=2, padding=1),
        ReLU(),
        ConvTranspose2d(16, 1, 4, stride=2, padding=1),
    )


def noisy(images, rng):
    return images + rng.normal(0, 0.3, images.shape).astype(np.float32)


# %% tags=["skip-grading"]
manual_seed(3)
rng, model, loss_fn, losses = np.random.default_rng(3), denoiser(), MSELoss(), []
epochs, optimizer = 20, Adam(model.parameters(), lr=0.005)
schedule = CosineSchedule(0.005, 0.0005, epochs)
for epoch in paced(range(epochs), "epochs"):
    optimizer.lr = schedule.get_lr(epoch)
    for start in range(0, len(images), 32):
        clean = images[start : start + 32]
        optimizer.zero_grad()
        loss = loss_fn(model(Tensor(noisy(clean, rng))), clean)
        loss.backward()
        optimizer.step()
    losses.append(loss.item())
f"{count(model):,} weights; the error falls from {losses[0]:.3f} to {losses[-1]:.3f}"

# %% tags=["skip-grading"]
before = noisy(test_images, np.random.default_rng(4))
after = model(Tensor(before)).data
errors = [float(np.mean((found - test_images) ** 2)) for found in (before, after)]
f"mean squared error on held-out digits: {errors[0]:.3f} before, {errors[1]:.3f} after"

# %% [markdown]
# Now yours. The network has never seen it.

# %% tags=["skip-grading"]
own = noisy(np.float32(mine).reshape(1, 1, 8, 8), np.random.default_rng(5))
rows = {
    "drawn": np.concatenate([mine.reshape(1, 8, 8), test_images[:5, 0]]),
    "noisy": np.concatenate([own[0], before[:5, 0]]),
    "cleaned": np.concatenate([model(Tensor(own)).data[0], after[:5, 0]]),
}

# %% tags=["skip-grading"]
figure, axes = plt.subplots(3, 6, figsize=(8, 4))
for line, (title, digits) in zip(axes, rows.items(), strict=True):
    line[0].set_ylabel(title)
    for axis, digit in zip(line, digits, strict=True):
        axis.imshow(digit, cmap="gray", vmin=0, vmax=1)
        axis.set(xticks=[], yticks=[])
show(
    figure,
    alt="Your digit and five held-out ones, in three rows: as they are, with noise over "
    "strokes and ground, and as the network answers: the ground is dark again, and the "
    "strokes are whole, if softer.",
)

# %% [markdown]
# ## To think about
#
# Not graded; each answer is folded.

# %% [markdown]
# <details>
# <summary>Dilations 2, 4 and 8, one after the other, with kernels of 2: which pixels does
# an output depend on?</summary>
#
# On every second one only: all three step over the odd places. Somewhere a layer without
# gaps is needed.
#
# </details>

# %% [markdown]
# <details>
# <summary>Is a separable layer a full layer with some weights zero?</summary>
#
# It is a full layer whose kernels are bound: kernel number `o` on channel `c` is one shape
# for the channel, times one number. A full layer may have another shape for each pair.
#
# </details>

# %% [markdown]
# <details>
# <summary>Does a transposed convolution undo the convolution?</summary>
#
# No: it gives back the shape, not the pixels. What two windows share is added up twice.
#
# </details>

# %% [markdown] tags=["hand-in"]

# %% [markdown]
# ## Use what you wrote
#
# Save the notebook, open a terminal in its folder, and type
# `python -m tinytorch.export spatial_two.ipynb`. From then on
# `from tinytorch.core.spatial_two import Conv1d, ConvTranspose2d` gives your own layers. On
# Binder and Colab download the notebook first: what runs there is temporary.

# %% [markdown]
# ## When something goes wrong
#
# - *operands could not be broadcast*: the slice of the last kernel number is too short or too
#   long. It ends one past the last window's pixel.
# - Right with one channel, wrong with more: `tensordot` puts the axes of its first array
#   first, so the images stand second.
# - Right for a row, wrong for an image: one of the axes uses the other's stride.
# - A gradient that is too small at an edge: where padding copied pixels, gradients add up.

# %% [markdown]
# ## Further reading
#
# - van den Oord and others (2016), [*WaveNet: a generative model for raw
#   audio*](https://arxiv.org/abs/1609.03499).
# - Chen and others (2015), [*Semantic image segmentation with deep convolutional nets and
#   fully connected CRFs*](https://arxiv.org/abs/1412.7062): DeepLab.
# - Yu and Koltun (2016), [*Multi-scale context aggregation by dilated
#   convolutions*](https://arxiv.org/abs/1511.07122).
# - Howard and others (2017), [*MobileNets*](https://arxiv.org/abs/1704.04861); Chollet
#   (2017), [*Xception*](https://arxiv.org/abs/1610.02357), on separable layers.
# - Odena, Dumoulin and Olah (2016), [*Deconvolution and checkerboard
#   artifacts*](https://doi.org/10.23915/distill.00003).
# - Dumoulin and Visin (2016), [*A guide to convolution arithmetic for deep
#   learning*](https://arxiv.org/abs/1603.07285), for transposed convolutions in pictures.

# %% [markdown]
# ## What comes next
#
# The milestone trains a larger network on real images.
