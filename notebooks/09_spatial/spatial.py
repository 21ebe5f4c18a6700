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
# # Module 09: Spatial
#
# > Convolution and pooling, written with explicit loops.
#
# Where in a picture is the digit, the face, the tumour, the child on the road? What finds
# it wherever it is, is a convolution: one small window that slides over the image, with the
# same weights everywhere. Networks made of it read handwriting, frame what a photograph
# shows, outline organs in medical images, and see for cars.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %% [markdown]
# ## What it is good for
#
# A seven, and what a window of 3x3 that looks for upright edges answers to it, violet where
# one begins and orange where it ends. Then the seven is moved, and the answers move along.

# %% tags=["skip-grading"]
import tinytorch as tt
from tinytorch.pictures import edges_that_move, show

seven = "00000000 0ceeeeg0 00000cc0 00000g60 00006e00 0000g600 000cc000 000g4000"
figure = edges_that_move(tt.drawing(seven))
show(
    figure,
    alt="A seven of eight by eight pixels, and its upright edges: violet on the left of "
    "each stroke, orange on its right. Beside them the seven one pixel further to the "
    "right, and the same edges one pixel further to the right.",
)

# %% [markdown]
# Two networks learn to read digits, with the same number of trained numbers, 3,730, and
# the same training. Then every digit is moved by one pixel. Without convolution the network
# still reads 32 % of them, with convolution 52 %: the milestone, in which you train both
# on your own code, says why, and how to do better.

# %% [markdown]
# A convolution needs few numbers, since it uses them everywhere. The first layer of the
# network below has 80; a layer that ties each output to each pixel would have 18,720 for
# as many outputs. You build this, from the loops up:

# %% tags=["skip-grading"]
from tinytorch.plans import plan

plan(
    ("a digit", (1, 8, 8)),
    ("Conv2d", (8, 6, 6)),
    ("MaxPool2d", (8, 3, 3)),
    ("Linear: answers", (10,)),
)

# %% [markdown]
# **How hard, how long.** The seven loops of the convolution are the hard part, and
# everything after them is a variation. You should be at home with Python's loops and
# NumPy's indexing; take two or three sittings, six to ten hours in all.

# %% [markdown]
# ## Your digit meets a kernel
#
# Draw a digit, press Copy, and paste it between the quotes of the cell below the pad, in
# place of the seven there.

# %% tags=["skip-grading"]
import tinytorch as tt

tt.pad()

# %% tags=["skip-grading"]
mine = tt.drawing(
    "00000000 0ceeeeg0 00000cc0 00000g60 00006e00 0000g600 000cc000 000g4000"
)

# %% [markdown]
# If there is no pad here, a photograph of a digit, dark on light paper, does as well:
# `mine = tt.photo("my.jpg", digit=True)`.

# %% [markdown]
# A *kernel*: nine numbers that subtract the pixels on the left of a place from those on its
# right. Run the cell and point at the output's numbers: where are they large, where
# negative, and where small?

# %% tags=["skip-grading"]
from tinytorch.explorer import explore

explore(image=(16 * mine).astype(int), kernel=[[-1, 0, 1]] * 3, operation="convolution")

# %% [markdown]
# The large numbers stand where a stroke begins, the negative ones where it ends: the kernel
# finds upright edges. A layer has several kernels, and finds theirs by itself.

# %% [markdown]
# ## What you will be able to do
#
# - write convolution and pooling, forward and backward, and say what each loop is for;
# - work out any layer's output shape, parameters, multiplications and memory;
# - say which pixels an output depends on, and why the same weights serve everywhere;
# - check a gradient against finite differences before you trust it;
# - train a convolutional network (CNN) with your own code, and say why it is slow.

# %% [markdown]
# ## What you build, and on what
#
# You have the modules 01 to 08: tensors, autograd, layers, losses, optimizers, the training
# loop and the data loader. You add functions of NumPy arrays, and thin layers around them.
# Work from top to bottom: each cell that says `YOUR CODE HERE` is followed by a check. Long
# checks, long given code, and what draws, are folded to one line: run these cells too, a
# click opens them.
# Where one fails and you do not see why, ask the tutor in a new cell, with the task's name:
# `tt.tutor("output-size")`.
# Python and NumPy are all you need; SciPy's and scikit-learn's functions are not accepted
# in place of your own.

# %% [markdown] tags=["points"]

# %% tags=["tasks"]

# %% [markdown]
# Not here: dilated, grouped, depthwise and transposed convolution, which module 19 has, and
# everything that makes the loops fast. Module 18 replaces them by matrix products and gets
# the same numbers.

# %% [markdown]
# ## Words and shapes
#
# A batch of images is a 4-D array: (batch, channels, height, width), NCHW for short.
# The *kernel* is the small array of weights, the *stride* how far its window moves, the
# *padding* how many rows or columns are added on each side. Each of the three is a pair:
# height first, then width.

# %% [markdown]
# | layer | argument | meaning |
# | --- | --- | --- |
# | `Conv2d` | `in_channels`, `out_channels` | channels of the image before and after |
# | | `kernel_size` | the window, a number or a pair (height, width) |
# | | `stride=1`, `padding=0` | the same; padding is zeros |
# | | `bias=True` | one trainable number for each output channel |
# | `MaxPool2d`, `AvgPool2d` | `kernel_size` | the window |
# | | `stride=None` | None: the window's own size, on each axis |
# | | `padding=0` | minus infinity for the maximum, zeros for the mean |
#
# A layer is called with a Tensor, and lists what it trains in `parameters()`.

# %%
#| default_exp core.spatial

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
from tinytorch.progress import paced, patience

with patience("loading Matplotlib, which draws"):
    import matplotlib.pyplot as plt

import matplotlib

matplotlib.rcParams["figure.constrained_layout.use"] = True

# %% [markdown]
# ## One row first
#
# A dark row with a bright bar: 0 0 1 1 1 0 0. The kernel (-1, 1) takes each pixel from its
# right neighbour. Write down the six results before you run the next cell.


# %%
def correlate_row(row, kernel):
    out = np.zeros(len(row) - len(kernel) + 1)
    for i in range(len(out)):
        for u in range(len(kernel)):
            out[i] += row[i + u] * kernel[u]
    return out


row = np.array([0, 0, 1, 1, 1, 0, 0])
correlate_row(row, [-1, 1])

# %% [markdown]
# The bar's left edge answers 1, its right edge -1, and where nothing changes the answer
# is 0. Two loops: `i` is the window's place, `u` the pixel inside the window.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(2, 1, figsize=(6, 2.6), sharex=True)
axes[0].bar(np.arange(7), row, color="0.6")
axes[0].set(title="the row", yticks=[0, 1])
axes[1].bar(np.arange(6) + 0.5, correlate_row(row, [-1, 1]), color="tab:blue")
axes[1].set(title="what the kernel (-1, 1) answers", yticks=[-1, 0, 1])
show(
    figure,
    alt="Above, a row of seven pixels with a bar of three in the middle. Below, the six "
    "answers: up at the bar's left edge, down at its right edge, zero elsewhere.",
)

# %% [markdown]
# Mathematicians would read the kernel backwards and call what we do cross-correlation.
# Every deep learning framework says convolution and does not flip. NumPy has both.

# %%
np.correlate(row, [-1, 1]), np.convolve(row, [-1, 1], mode="valid")

# %% [markdown]
# ## How many windows fit?
#
# Take a row of 7 pixels and a window of 3. With stride 1 it can start at pixels 0 to 4:
# five places. With stride 2 it starts at 0, 2 and 4: three places. The picture shows the
# second case with 8 pixels. The window would next start at 6 and hang over the edge, so
# the last pixel is never used.


# %% tags=["skip-grading"]
def draw_windows(size, kernel, stride):
    starts = range(0, size - kernel + 1, stride)
    figure, axes = plt.subplots(figsize=(6, 0.5 * len(starts) + 0.8))
    used = starts[-1] + kernel
    colours = ["0.75"] * used + ["tab:orange"] * (size - used)
    axes.broken_barh([(i, 0.9) for i in range(size)], (0, 0.8), color=colours)
    for row, start in enumerate(starts, 1):
        axes.broken_barh([(start, kernel - 0.1)], (-row, 0.8), color="tab:blue")
    axes.set(title=f"size {size}, kernel {kernel}, stride {stride}", yticks=[])
    return figure


show(
    draw_windows(8, 3, 2),
    alt="Eight pixels in a row and three windows of three below, each two to the right "
    "of the one before. The eighth pixel, in orange, belongs to no window.",
)

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
# **Check.** The two rows from above, padding, remainders, the smallest rows that have a
# window, and numbers that are refused.

# %% nbgrader={"grade": true, "grade_id": "test-output-size", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("output-size", output_size)
check("7 pixels, kernel 3", 7, 3).gives(5).whole()
check("8 pixels, kernel 3, stride 2", 8, 3, 2).gives(3)
check("6 pixels, kernel 3, stride 2", 6, 3, 2).gives(2)
check("kernel 3 and padding 1 keep the size", 224, 3, 1, 1).gives(224)
check("7 pixels, kernel 3, stride 2, padding 1", 7, 3, 2, 1).gives(4)
check("a kernel as long as the row", 4, 4).gives(1)
check("a kernel that fits with padding alone", 1, 3, 1, 1).gives(1)
check("4 do not fit into 3, stride 2", 3, 4, 2).raises(ValueError, naming=(4, 3))
check("a stride of 0", 5, 3, 0).raises(ValueError, naming=(0,))
check("a kernel of 0", 5, 0).raises(ValueError, naming=(0,))
check("a padding of -1", 5, 3, 1, -1).raises(ValueError, naming=(-1,))
check.done("windows that fit are counted, and what cannot be is refused")

# %% [markdown] tags=["graded"]

# %% [markdown]
# Is it wrong, and you do not see why? The tutor shows the first example whose answer
# differs, beside what is wanted, and if all your answers are those of a known mistake, it
# names the mistake. Every task below has its examples.

# %% tags=["skip-grading"]
tt.tutor("output-size")

# %% [markdown]
# <details>
# <summary>Hints for <code>output-size</code></summary>
#
# 1. How far can the window's first pixel travel before its last pixel leaves the row?
# 2. Look at the picture of 8 pixels: count the starts, then the room to the right of
#    the first window.
# 3. The room beside the first window, divided by the stride and rounded down, is the
#    number of further windows. The first one makes one more.
#
# </details>

# %% [markdown]
# **Explore.** Move the sliders. Find a setting where the output is as large as the input,
# and one where pixels are left over on the right.

# %% tags=["skip-grading"]
explore(size=7, kernel=3, stride=2, padding=1)

# %% [markdown]
# <details>
# <summary>The formula: open it when your check passes</summary>
#
# The size is ⌊(size + 2·padding - kernel) / stride⌋ + 1, once for the height and once for
# the width.
#
# </details>

# %% [markdown]
# An odd kernel whose padding is half of it, rounded down, keeps the size at stride 1: a
# *same convolution*.

# %% [markdown]
# With a kernel of 3 and padding 1, stride 1 keeps 224 pixels, and stride 2 makes 112 of
# them. The division is rounded down: a kernel of 3 with stride 2 and no padding makes 55
# pixels of 112, not 55.5.

# %%
output_size(224, 3, 1, 1), output_size(224, 3, 2, 1), output_size(112, 3, 2)

# %% [markdown]
# ## Two dimensions
#
# The window is now a rectangle, and its place a row and a column: two loops more. Try it
# by hand with the numbers 0 to 5 in two rows, and the kernel [[1, 2], [3, 4]]. The first
# window is [[0, 1], [3, 4]], and 0·1 + 1·2 + 3·3 + 4·4 = 27. What is the second?


# %%
def correlate_image(image, kernel):
    (height, width), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((output_size(height, kh), output_size(width, kw)))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            for u in range(kh):
                for v in range(kw):
                    out[i, j] += image[i + u, j + v] * kernel[u, v]
    return out


correlate_image(np.arange(6).reshape(2, 3), np.array([[1, 2], [3, 4]]))

# %% [markdown]
# **Explore.** A kernel that takes each pixel from its neighbour two to the right, on a
# seven. Point at an output number, or move to it with the arrow keys: which pixels made it,
# and by which products? Where is the answer large, where negative, where small?

# %% tags=["skip-grading"]
explore(size=8, kernel=3, operation="convolution")

# %% [markdown]
# ## Impulses
#
# To see what a loop does, feed it a single one. First an image with one bright pixel: what
# comes out is the kernel, turned by half a turn. Each kernel number meets the pixel when
# the window stands just that far before it.

# %% tags=["skip-grading"]
impulse = np.zeros((5, 5))
impulse[2, 2] = 1
numbers = np.arange(1, 10).reshape(3, 3)
answer = correlate_image(impulse, numbers)
panels = {"image": impulse, "kernel": numbers, "answer": answer}

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(7, 2.6))
for axis, (title, image) in zip(axes, panels.items(), strict=True):
    axis.imshow(image, cmap="cividis")
    axis.set(title=title, xticks=[], yticks=[])
    for (i, j), value in np.ndenumerate(image):
        colour = "w" if value < image.max() / 2 else "k"
        axis.text(j, i, f"{value:g}", ha="center", va="center", color=colour)
show(
    figure,
    alt="An image with a one in its middle, a kernel with the numbers 1 to 9, and the "
    "answer: 9 to 1, the kernel turned by half a turn.",
)

# %% [markdown]
# Then a kernel with a single one: the answer is the image, moved. A kernel is nothing
# but nine such moves, each times its number, added up.

# %% tags=["skip-grading"]
spot = np.random.default_rng(3).integers(0, 7, (6, 6))
spot

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 4, figsize=(8, 2.4))
axes[0].imshow(spot, cmap="cividis")
axes[0].set(title="image", xticks=[], yticks=[])
for axis, (u, v) in zip(axes[1:], [(0, 0), (1, 1), (2, 1)], strict=True):
    one_hot = np.zeros((3, 3))
    one_hot[u, v] = 1
    axis.imshow(correlate_image(spot, one_hot), cmap="cividis", vmin=0, vmax=6)
    axis.set(title=f"one at ({u}, {v})", xticks=[], yticks=[])
show(
    figure,
    alt="A 6 by 6 pattern of squares, and three answers of 4 by 4: the upper left part of "
    "the pattern, its middle, and the part below the middle.",
)

# %% [markdown]
# ## Edges in a photograph
#
# The row's kernel, on a real picture. One kernel compares left with right, its transpose
# above with below.

# %% tags=["skip-grading"]
from tinytorch.pictures import photograph

colour_photo = photograph()[40:360:3, 100:580:3] / 255
photo = colour_photo.mean(axis=2)
left_right = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
upright, lying = (correlate_image(photo, k) for k in (left_right, left_right.T))

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(10, 2.8))
panels = {"photograph": photo, "left to right": upright, "top to bottom": lying}
for axis, (title, image) in zip(axes, panels.items(), strict=True):
    axis.imshow(image, cmap="gray")
    axis.set(title=title, xticks=[], yticks=[])
show(
    figure,
    alt="A tower above a lake in grey, and the answers of two kernels: one shows the "
    "upright edges of its columns, the other the lying edges of its roofs.",
)

# %% [markdown]
# These two kernels were designed by hand (Sobel and Feldman, 1968). At the end of this
# module a network finds its own.

# %% [markdown]
# ## Who is seen how often?
#
# Without padding the corner pixel lies in one window, a pixel of the middle in nine.
# Padding 1 helps the border, and does not make it equal: a corner is then seen 4 times,
# an edge 6 times, the middle 9 times.


# %%
def visits(size, kernel, padding):
    seen = np.zeros((size + 2 * padding,) * 2, int)
    for i in range(output_size(size, kernel, 1, padding)):
        for j in range(output_size(size, kernel, 1, padding)):
            seen[i : i + kernel, j : j + kernel] += 1
    return seen[padding : padding + size, padding : padding + size]


visits(6, 3, 1)

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(6, 3))
for axis, padding in zip(axes, (0, 1), strict=True):
    seen = visits(6, 3, padding)
    axis.imshow(seen, cmap="cividis", vmin=1, vmax=9)
    axis.set(title=f"padding {padding}", xticks=[], yticks=[])
    for (i, j), times in np.ndenumerate(seen):
        axis.text(
            j, i, times, ha="center", va="center", color="w" if times < 6 else "k"
        )
show(
    figure,
    alt="How many windows of 3 by 3 see each pixel of a 6 by 6 image. Without padding 1 at "
    "the corners and 9 in the middle, with padding 1 it is 4, 6 at the edges, and 9.",
)

# %% [markdown]
# ## Channels, kernels, images
#
# A colour image has three channels. The kernel has a layer for each, and all products are
# added into one number: the colours are summed, not kept apart.

# %% tags=["skip-grading"]
kernel = np.stack([left_right, left_right, -2 * left_right])
answers = [correlate_image(colour_photo[:, :, c], kernel[c]) for c in range(3)]
answers.append(sum(answers))

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 4, figsize=(11, 2.4))
titles = ("red", "green", "blue, times -2", "sum: one output channel")
for axis, title, image in zip(axes, titles, answers, strict=True):
    axis.imshow(image, cmap="gray", vmin=-4, vmax=4)
    axis.set(title=title, xticks=[], yticks=[])
show(
    figure,
    alt="The edges of the red, the green and the blue channel of the photograph, and their "
    "sum, in which most edges are weaker.",
)

# %% [markdown]
# The kernel of that sum was (1, 1, -2) times an edge: an edge between two greys cancels
# out. For a second output channel there is a second such kernel; `weight` holds them all,
# (out_channels, in_channels, kernel height, kernel width). Each output channel also has
# one bias, added once to each of its numbers. And a batch is one image after the other.

# %% [markdown]
# ## Padding, with `np.pad`
#
# `np.pad` puts an array into a larger one. It takes a pair (before, after) for each axis: 0
# for images and channels, the padding for rows and columns. Here one row and two columns on
# each side.

# %%
small = np.array([[[[1, 2, 3], [4, 5, 6]]]])
np.pad(small, ((0, 0), (0, 0), (1, 1), (2, 2)))

# %% tags=["skip-grading"]
figure, axis = plt.subplots(figsize=(4.2, 2.6))
padded = np.pad(small, ((0, 0), (0, 0), (1, 1), (2, 2)))[0, 0]
axis.imshow(padded > 0, cmap="Blues", vmin=0, vmax=2)
for (i, j), value in np.ndenumerate(padded):
    axis.text(j, i, value, ha="center", va="center")
axis.set(xticks=range(7), yticks=range(4), title="padding (1, 2)")
show(
    figure,
    alt="An image of 2 by 3 numbers in blue, with one row of zeros above and below and two "
    "columns of zeros on each side: 4 rows, 7 columns.",
)

# %% [markdown]
# Window `i` begins at row `i` times the stride of the *padded* image: so pad first, and no
# index has to ask whether it is outside.

# %% [markdown]
# ## Which dtype comes out?
#
# `np.result_type` names the dtype that holds what comes of several arrays. Together with
# `np.float32`, whole numbers become floats, and float64 stays float64.

# %%
whole, single = np.zeros(1, np.int8), np.zeros(1, np.float32)
for pair in ((whole, whole), (whole, single), (single, np.zeros(1))):
    print(*(a.dtype for a in pair), "->", np.result_type(*pair, np.float32))

# %% [markdown]
# ## The seven loops
#
# A few words first. A *kernel* is also called a *filter*; its answers to an image, one
# output channel, are a *feature map*.
#
# **Task `conv2d-forward`.** Write the seven loops: batch, output channel, output row,
# output column, input channel, kernel row, kernel column. Pad first, then walk. Stride 2
# means that window `i` begins at row `2 * i`.

# %% [markdown]
# Let it grow in five steps. After each, run the cell of your function, and then its step
# below:
#
# 1. one image, one channel, one kernel: the four loops of `correlate_image`;
# 2. padding and stride, the height's and the width's;
# 3. several input and output channels: two loops more;
# 4. several images, and the bias: the seventh loop;
# 5. the dtype.


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
        Shape (out_channels, in_channels, kernel height, kernel width), of floats.
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
# **Steps.** Not graded: each says whether your function can do that much. The check below
# asks for all of it.

# %% tags=["skip-grading"]
from tinytorch.checks import Check, count_up

step, one, none = Check("conv2d-forward", conv2d_forward), (1, 1), (0, 0)
image, kernel = count_up(1, 1, 2, 3), count_up(1, 1, 2, 2, first=1)
step("step 1", image, kernel, None, one, none).gives([[[[27, 37]]]])
step.passed("step 1, four loops")

# %% tags=["skip-grading"]
pair, wide = np.array([[[[1.0, 2.0]]]]), np.array([[[[1.0, 10.0]]]])
step("step 2, padding (1, 2)", pair, kernel, None, one, (1, 2)).gives(
    [[[[0, 4, 11, 6, 0], [0, 2, 5, 2, 0]]]]
)
step("step 2, stride (2, 3)", count_up(1, 1, 4, 5), wide, None, (2, 3), none).gives(
    [[[[10, 43], [120, 153]]]]
)
step.passed("step 2, padding and stride")

# %% tags=["skip-grading"]
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1, 1)
step("step 3", count_up(1, 2, 1, 2), mix, None, one, none).gives(
    [[[[0, 1]], [[2, 3]], [[20, 31]]]]
)
step.passed("step 3, channels")

# %% tags=["skip-grading"]
bias = np.array([100.0, 200.0, 300.0])
step("step 4", count_up(2, 2, 1, 2), mix, bias, one, none).gives(
    [
        [[[100, 101]], [[202, 203]], [[320, 331]]],
        [[[104, 105]], [[206, 207]], [[364, 375]]],
    ]
)
step.passed("step 4, images and bias")

# %% tags=["skip-grading"]
halves = image.astype(np.int8), np.float32([[[[0.5, 1.0], [1.5, 2.0]]]])
step("step 5", *halves, None, one, none).gives([[[[13.5, 18.5]]]]).dtype(np.float32)
double = step("step 5, a float64 image", image, halves[1], None, one, none)
double.gives([[[[13.5, 18.5]]]]).dtype(np.float64)
step.passed("step 5, dtype: now the check below")

# %% [markdown]
# **Check.** The example that you computed by hand; then stride, padding, channels with
# images and bias, and the dtype, each in an example of its own.

# %% nbgrader={"grade": true, "grade_id": "test-conv2d-forward", "locked": true, "points": 20, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("conv2d-forward", conv2d_forward, after=("output-size",))
image, kernel = count_up(1, 1, 2, 3), count_up(1, 1, 2, 2, first=1)
one, none = (1, 1), (0, 0)
by_hand = [[[[27, 37]]]]
check("the example by hand", image, kernel, None, one, none).gives(by_hand)

wide = np.array([[[[1.0, 10.0]]]])
rows = count_up(1, 1, 4, 5)
check("two rows down, three columns right", rows, wide, None, (2, 3), none).gives(
    [[[[10, 43], [120, 153]]]]
)
pair = np.array([[[[1.0, 2.0]]]])
check("padding of one row, two columns", pair, kernel, None, one, (1, 2)).gives(
    [[[[0, 4, 11, 6, 0], [0, 2, 5, 2, 0]]]]
)
check("padding of two columns alone", pair, wide, None, one, (0, 2)).gives(
    [[[[0, 10, 21, 2, 0]]]]
)
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1, 1)
bias = np.array([100.0, 200.0, -300.0])
first = [[[100, 101]], [[202, 203]], [[-280, -269]]]
second = [[[104, 105]], [[206, 207]], [[-236, -225]]]
images = count_up(2, 2, 1, 2)
check("images, channels, bias", images, mix, bias, one, none).gives([first, second])
pairs = np.array([1.0, 10.0, 100.0, 1000.0]).reshape(1, 2, 1, 2)
check("windows of two channels", images[:1], pairs, None, one, none).gives([[[[3210]]]])
small = image.astype(np.float32), kernel.astype(np.float32)
check("float32", *small, None, one, none).gives(by_hand).dtype(np.float32)
more = check("float32, and a float64 bias", *small, np.array([1.0]), one, none)
more.gives([[[[28, 38]]]]).dtype(np.float32)
check("a float64 kernel", small[0], kernel, None, one, none).gives(by_hand).dtype(float)
half = [[[[13.5, 18.5]]]]
check("a float64 image", image / 2, small[1], None, one, none).gives(half).dtype(float)
halves = image.astype(np.int8), small[1] / 2
check("whole numbers times halves", *halves, None, one, none).gives(half)
less = halves[0], -small[1], np.array([0.5])
check("whole numbers and a bias of 0.5", *less, one, none).gives([[[[-26.5, -36.5]]]])
large = np.array([[[[2**24, 2**24 + 1]]]]), np.ones((1, 1, 1, 2), np.float32)
check("int64", *large, None, one, none).gives([[[[2**25 + 1]]]]).dtype(float)
check.done("kernel, stride, padding, channels, images, bias and dtype are right")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv2d-forward</code></summary>
#
# 1. For one output number, at which row and column of the padded image does its window
#    begin, and which image, kernel and channel does each product come from?
# 2. Begin with `correlate_image` above, which has the four middle loops, and put one
#    loop after the other around it or into it.
# 3. Four loops choose the output number, three more walk through its window. Start the
#    total with the bias, or with zero. The window's beginning is the output's place
#    times the stride, for each axis with its own stride.
#
# </details>

# %% [markdown]
# The same kernel, now through your function: the photograph at strides 1, 2 and 4. Stride
# 2 computes a quarter of the windows.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(10, 2.8))
for axis, stride in zip(axes, (1, 2, 4), strict=True):
    image, weight = photo[None, None], left_right[None, None]
    edges = conv2d_forward(image, weight, None, (stride, stride), (1, 1))[0, 0]
    axis.imshow(edges, cmap="gray")
    axis.set(title=f"stride {stride}: {edges.shape[0]} x {edges.shape[1]}")
    axis.set(xticks=[], yticks=[])
show(
    figure,
    alt="The upright edges of the photograph three times, each time with half as many "
    "rows and columns: finer detail is lost, the outline of the tower remains.",
)

# %% [markdown]
# ## Shifts
#
# Shift the image, and the answer shifts with it: that is *translation equivariance*, and
# it follows from using the same weights everywhere. At the border it fails, where the
# padding comes in.

# %%
image = np.random.default_rng(0).normal(size=(1, 1, 9, 9))
weight = np.random.default_rng(1).normal(size=(1, 1, 3, 3))
answer = conv2d_forward(image, weight, None, (1, 1), (1, 1))
shifted = conv2d_forward(np.roll(image, 1, axis=3), weight, None, (1, 1), (1, 1))
inside = np.allclose(shifted[..., 3:-1], answer[..., 2:-2])
everywhere = np.allclose(shifted[..., 1:], answer[..., :-1])
f"the same inside: {inside}; at the border too: {everywhere}"

# %% [markdown]
# ## Going back
#
# Training asks: if this output number should grow by a little, which pixels and which
# kernel numbers should have changed, and how much? Forward *gathers* three pixels into one
# number; backward *scatters* that number's gradient to the same three pixels.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(8, 2.4))
for axis, title, arrow in zip(axes, ("forward", "backward"), ("->", "<-"), strict=True):
    for i in range(5):
        for u in range(3):
            colour = "tab:orange" if i + u == 3 else "0.7"
            ends = {"xy": (i + 1, 0.1), "xytext": (i + u, 0.9)}
            style = {"arrowstyle": arrow, "color": colour}
            axis.annotate("", **ends, arrowprops=style)
    axis.plot(range(7), [1] * 7, "s", range(1, 6), [0] * 5, "s", color="tab:blue")
    axis.set(title=title, yticks=[0, 1], yticklabels=["outputs", "pixels"], xticks=[])
show(
    figure,
    alt="Seven pixels above five outputs, each output joined to three pixels. Forward the "
    "arrows point to the outputs, backward to the pixels; the middle pixel has three, in "
    "orange.",
)

# %% [markdown]
# In the picture, the pixel with the orange arrows belongs to three windows, so its gradient
# is a sum of three. The same arrows serve for the kernel: each of its numbers took part in
# every window.


# %%
def scatter_row(grad_out, kernel, size):
    grad_row = np.zeros(size)
    for i in range(len(grad_out)):
        for u in range(len(kernel)):
            grad_row[i + u] += grad_out[i] * kernel[u]
    return grad_row


scatter_row([1, 1, 1, 1, 1], [2, 3, 5], 7)

# %% [markdown]
# A pixel of the middle collects 2 + 3 + 5 = 10, the first pixel only 2. Compare with
# `correlate_row`: the same loops, and the assignment turned round.
#
# The gradient that comes back to an output from the layers behind it is called *upstream*.
#
# **Task `conv2d-backward`.** Write the seven loops again. Where forward did
# `total += pixel * kernel number`, the pixel's gradient gets upstream times kernel number,
# and the kernel number's gradient gets upstream times pixel. The bias was added to every
# output of its channel, so its gradient is their sum.


# %% nbgrader={"grade": false, "grade_id": "conv2d-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
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
        The gradient of the loss for each output, shape (batch, out_channels, output
        height, output width).
    x, weight, stride, padding
        What went into forward. They are not modified.

    Returns
    -------
    tuple
        Three arrays, of the shapes of x, of weight, and (out_channels,).
    """
    ### BEGIN SOLUTION
    (sh, sw), (ph, pw) = stride, padding
    batch, out_channels, rows, columns = grad_output.shape
    _, in_channels, kh, kw = weight.shape
    height, width = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dtype = np.result_type(grad_output, np.float32)
    grad_padded = np.zeros(padded.shape, dtype)
    grad_weight = np.zeros(weight.shape, dtype)
    grad_bias = np.zeros(out_channels, dtype)
    for b in range(batch):
        for o in range(out_channels):
            for i in range(rows):
                for j in range(columns):
                    upstream = grad_output[b, o, i, j]
                    grad_bias[o] += upstream
                    for c in range(in_channels):
                        for u in range(kh):
                            for v in range(kw):
                                y, z = i * sh + u, j * sw + v
                                grad_padded[b, c, y, z] += upstream * weight[o, c, u, v]
                                grad_weight[o, c, u, v] += upstream * padded[b, c, y, z]
    grad_x = grad_padded[:, :, ph : ph + height, pw : pw + width]
    return grad_x, grad_weight, grad_bias
    ### END SOLUTION


# %% [markdown]
# **Check.** One window of 2x2 and a gradient of 2: the kernel receives twice the image, the
# image twice the kernel. Then windows that overlap, stride, padding, channels and images.

# %% nbgrader={"grade": true, "grade_id": "test-conv2d-backward", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("conv2d-backward", conv2d_backward, after=("output-size",))
kernel, one, none = count_up(1, 1, 2, 2, first=5), (1, 1), (0, 0)
two = np.array([[[[2.0]]]])
check("one window", two, count_up(1, 1, 2, 2), kernel, one, none).gives(
    grad_x=[[[[10, 12], [14, 16]]]], grad_weight=[[[[0, 2], [4, 6]]]], grad_bias=[2]
)
pair, wide = np.array([[[[1.0, 2.0]]]]), np.array([[[[1.0, 10.0]]]])
check("two windows that overlap", pair, count_up(1, 1, 2, 3), kernel, one, none).gives(
    grad_x=[[[[5, 16, 12], [7, 22, 16]]]],
    grad_weight=[[[[2, 5], [11, 14]]]],
    grad_bias=[3],
)
four = count_up(1, 1, 2, 2, first=1)
check("stride (2, 3)", four, count_up(1, 1, 4, 5), wide, (2, 3), none).gives(
    grad_x=[[[[1, 10, 0, 2, 20], [0] * 5, [3, 30, 0, 4, 40], [0] * 5]]],
    grad_weight=[[[[88, 98]]]],
    grad_bias=[10],
)
check("padding (1, 2)", count_up(1, 1, 2, 5), pair, four, one, (1, 2)).gives(
    grad_x=[[[[29, 39]]]], grad_weight=[[[[23, 20], [8, 5]]]], grad_bias=[45]
)
check("padding (0, 2)", count_up(1, 1, 1, 5), pair, wide, one, (0, 2)).gives(
    grad_x=[[[[12, 23]]]], grad_weight=[[[[8, 5]]]], grad_bias=[10]
)
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1, 1)
upstream, images = count_up(2, 3, 1, 2), count_up(2, 2, 1, 2)
check("images and channels", upstream, images, mix, one, none).gives(
    grad_x=[[[[4, 6]], [[42, 53]]], [[[16, 18]], [[108, 119]]]],
    grad_weight=[[[[60]], [[88]]], [[[80]], [[124]]], [[[100]], [[160]]]],
    grad_bias=[14, 22, 30],
)
pairs = count_up(1, 2, 1, 2, first=5)
check("a window of two channels", two, count_up(1, 2, 1, 2), pairs, one, none).gives(
    grad_x=[[[[10, 12]], [[14, 16]]]], grad_weight=[[[[0, 2]], [[4, 6]]]], grad_bias=[2]
)
whole = np.array([[[[0, 1], [2, 3]]]])
check("a half, and an image of whole numbers", two / 4, whole, kernel, one, none).gives(
    grad_x=[[[[2.5, 3], [3.5, 4]]]],
    grad_weight=[[[[0, 0.5], [1, 1.5]]]],
    grad_bias=[0.5],
)
check.done("image, kernel and bias get their gradients")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv2d-backward</code></summary>
#
# 1. Which three arrays did one step of the innermost loop read, and which of them
#    should get a share of this output's gradient?
# 2. Keep the loops of forward as they are. Only the line in the middle changes, and
#    becomes two lines.
# 3. Scatter into an array as large as the padded image, always adding, never setting.
#    At the end cut off the padding: from the padding's width on, as many rows and
#    columns as the image has. Counting from the end instead fails where the padding is
#    zero.
#
# </details>

# %% [markdown]
# ## Joined to autograd
#
# Given. `Conv2dFunction` tells autograd which function goes forward and which goes back.


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
# **Your own check of the gradient.** `gradcheck` moves every single input number a little
# up and down, and compares the change with what your backward says. Do this before you
# trust any gradient. `check_gradient` looks at forward first: a gradient cannot fit a
# function that is wrong itself.

# %% tags=["skip-grading"]
from tinytorch.checks import check_gradient, count_up

check_gradient(
    lambda *inputs: Conv2dFunction.apply(*inputs, (2, 1), (1, 0)),
    [[[[100, 100], [152, 158]], [[200, 200], [356, 378]]]],
    begin_with="conv2d-forward",
    back="conv2d-backward",
    x=count_up(1, 2, 2, 3),
    weight=count_up(2, 2, 1, 2),
    bias=np.array([100.0, 200.0]),
)

# %% [markdown]
# One setting does not show every slip. Two images, and the stride and the padding of the
# other axis:

# %% tags=["skip-grading"]
check_gradient(
    lambda *inputs: Conv2dFunction.apply(*inputs, (1, 2), (0, 1)),
    [[[[143, 182]]], [[[239, 302]]]],
    begin_with="conv2d-forward",
    back="conv2d-backward",
    x=count_up(2, 1, 2, 4),
    weight=count_up(1, 1, 2, 3),
    bias=np.array([100.0]),
)

# %% [markdown]
# ## What the layers refuse
#
# Layers take one number or a pair, and make it a pair at once. An image without its batch
# axis, or with another number of channels, is an error that names both. A layer of no
# channels is refused as it is made. Shown, a layer looks as in PyTorch.


# %%
#| export
def as_pair(value: int | tuple[int, int], name: str, least: int) -> tuple[int, int]:
    """Return ``value`` as a pair (height, width).

    A ValueError says what is neither a whole number nor a pair, or is below ``least``.
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


# %%
#| export
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


# %%
#| export
class _Conv2d(Layer):
    """The numbers of a convolution layer, and how they are shown."""

    def __init__(self, in_channels, out_channels, kernel_size, stride, padding):
        for name, n in (("in_channels", in_channels), ("out_channels", out_channels)):
            if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
                raise ValueError(
                    f"{name} must be a whole number of at least 1, got {n!r}"
                )
        self.in_channels, self.out_channels = int(in_channels), int(out_channels)
        self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
        self.stride = as_pair(stride, "stride", least=1)
        self.padding = as_pair(padding, "padding", least=0)

    def extra_repr(self) -> str:
        """Return its numbers, as PyTorch shows them."""
        shown = f"{self.in_channels}, {self.out_channels}"
        shown += f", kernel_size={self.kernel_size}, stride={self.stride}"
        shown += f", padding={self.padding}" if any(self.padding) else ""
        return (
            shown if getattr(self, "bias", True) is not None else f"{shown}, bias=False"
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
class Conv2d(_Conv2d):
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
        super().__init__(in_channels, out_channels, kernel_size, stride, padding)
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
# **Check.** How the weights start; that stride, padding and bias reach your functions, and
# the gradients your parameters. (What the layer refuses is given.)

# %% nbgrader={"grade": true, "grade_id": "test-conv2d-layer", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up
from tinytorch.core.layers import manual_seed

check = Check("conv2d-layer", Conv2d, after=("conv2d-forward", "conv2d-backward"))
manual_seed(9)
conv = check("a layer", 24, 64, (3, 5)).value()
shape, start = conv.weight.shape, np.asarray(conv.weight.data)
check("weight: out, in, height, width").compare(shape, (64, 24, 3, 5))
check("bias: a zero for each output").compare(conv.bias.data, [0] * 64)
check("two arrays are trained").compare(len(conv.parameters()), 2)
check("mean").compare(np.mean(start), 0, within=0.01)
check("deviation: root of 2 / (24 * 3 * 5)").compare(
    np.std(start), 0.0745, within=0.004
)
beyond = np.mean(np.abs(start) > 2 * np.std(start))
check("normal: 1 in 22 is beyond two deviations").compare(beyond, 0.0455, within=0.01)
other = check("another layer", 24, 64, (3, 5)).value()
same = np.mean(np.asarray(other.weight.data) == start)
check("another layer: equal numbers").compare(same, 0, within=0.01)
source = generator().bit_generator
before = source.state
one = np.asarray(check("a layer", 2, 3, 4).value().weight.data)
source.state = before
again = np.asarray(check("a layer", 2, 3, 4).value().weight.data)
check("generator() as before: other numbers").compare(np.abs(again - one).max(), 0)

bare = check("bias=False", 1, 1, (1, 2), (2, 3), (1, 2), False).value()
check("bias=False: one array is trained").compare(len(bare.parameters()), 1)
check.require(bare.bias is None, f"bias=False: wanted None as bias, got {bare.bias}")
wide = np.array([[[[1.0, 10.0]]]])
check.of(setattr)("the weight is a Tensor", bare.weight, "data", wide).value()
rows = Tensor(count_up(1, 1, 2, 3, first=1))
check.of(bare)("stride (2, 3), padding (1, 2)", rows).gives([[[[0, 0], [0, 65]]]])

full = check("two outputs", 1, 2, 1).value()
full.weight.data = np.array([2.0, 3.0]).reshape(2, 1, 1, 1)
biases = np.array([10.0, -20.0])
check.of(setattr)("the bias is a Tensor", full.bias, "data", biases).value()
pixels = Tensor(np.array([[[[1.0, 2.0]]]]), requires_grad=True)
forward = check.of(full)("a bias for each output", pixels)
y = forward.gives([[[[12, 14]], [[-17, -14]]]]).value()
check.of(y.backward)("the way back", np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])).value()
check("gradient of the weight").compare(full.weight.grad, [[[[5]]], [[[11]]]])
check("gradient of the bias").compare(full.bias.grad, [3, 7])
check("gradient of the image").compare(pixels.grad, [[[[11, 16]]]])
two = Tensor(np.zeros((1, 2, 3, 3)))
check.of(full)("an image of two channels", two).raises(ValueError, naming=(1, 2))
for parameter in full.parameters():
    lists = "parameters() lists Tensors"
    check.of(setattr)(lists, parameter, "data", np.zeros(1)).value()
check("parameters() gives the layer's own").compare(np.abs(full.weight.data).max(), 0)
check.done("weights start as they should, and forward and backward use them")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv2d-layer</code></summary>
#
# 1. Over how many products does one output number sum, and what does
#    `generator().normal` want: a variance or its square root?
# 2. The formula for the variance stands above; the shape of the weight is in the
#    docstring.
# 3. The spread is the square root of two over the number of products. Give the Tensors
#    gradients, put them into the layer as attributes, and list the same objects in
#    `parameters`, without the bias where there is none.
#
# </details>

# %% [markdown]
# Why that variance? Send noise through twenty layers, and look at how large the numbers
# still are. With weights half as large nothing is left, with weights twice as large they
# explode: each layer makes the same mistake once more. With He's they shrink slowly, since
# the zeros of the padding take a little in every layer.


# %% tags=["skip-grading"]
def sizes_by_depth(scale, depth=20):
    x, sizes = Tensor(np.random.default_rng(0).normal(size=(1, 6, 6, 6))), []
    for _ in paced(range(depth), "layers"):
        conv = Conv2d(6, 6, 3, padding=1, bias=False)
        conv.weight.data *= np.float32(scale)
        x = Tensor(np.maximum(conv(x).data, 0))
        sizes.append(float(np.sqrt((x.data**2).mean())))
    return sizes


# %% tags=["skip-grading"]
sizes = {scale: sizes_by_depth(scale) for scale in (2, 1, 0.5)}
{scale: f"{found[0]:.2g} to {found[-1]:.2g}" for scale, found in sizes.items()}

# %% tags=["skip-grading"]
figure, axis = plt.subplots(figsize=(5, 3))
for (scale, found), style in zip(sizes.items(), ("s--", "o-", "^:"), strict=True):
    axis.semilogy(range(1, len(found) + 1), found, style, label=f"{scale} x He")
axis.set(xlabel="layer", ylabel="root mean square", title="size of the numbers")
axis.set_xticks((1, 5, 10, 15, 20))
axis.legend()
show(
    figure,
    alt="The size of the outputs of twenty layers on a logarithmic scale: falling slowly with "
    "He's variance, rising steeply with weights twice as large, falling steeply with half.",
)

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
        Shape (batch, channels, height, width). It is not modified. What comes of an
        element that is no finite number is left open.
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
                            value = padded[b, c, i * sh + u, j * sw + v]
                            # A NaN, which differs from itself, wins for good.
                            largest = value if value != value else max(largest, value)
                    out[b, c, i, j] = largest
    return out
    ### END SOLUTION


# %% [markdown]
# **Check.** The numbers 0 to 19 in windows that overlap, and in windows that leave pixels
# over; a padded border of negative numbers, images and channels, and the dtype.


# %% nbgrader={"grade": true, "grade_id": "test-max-pool2d-forward", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("max-pool2d-forward", max_pool2d_forward, after=("output-size",))
image, row = count_up(1, 1, 4, 5), 1e12 * np.array([[[[-2, -3, -1]]]])
check("windows of 2x3, stride (1, 2)", image, (2, 3), (1, 2), (0, 0)).gives(
    [[[[7, 9], [12, 14], [17, 19]]]]
)
check(
    "19 to 0 in windows of 1x2, stride (2, 3)", 19 - image, (1, 2), (2, 3), (0, 0)
).gives([[[[19, 16], [9, 6]]]])
check("far below zero, padding (1, 2)", row, (2, 4), (1, 2), (1, 2)).gives(
    [[[[-2e12, -1e12], [-2e12, -1e12]]]]
)
check("images and channels", count_up(2, 2, 1, 2), (1, 2), (1, 1), (0, 0)).gives(
    [[[[1]], [[3]]], [[[5]], [[7]]]]
)
whole, small = (image[:, :, :1, :2].astype(kind) for kind in (np.int8, np.float32))
check("whole numbers, padded", whole - 1, (1, 2), (1, 1), (0, 1)).gives(
    [[[[-1, 0, 0]]]]
).dtype(np.float32)
large = 2**24 + np.arange(2).reshape(1, 1, 1, 2)
check("int64", large, (1, 2), (1, 1), (0, 0)).gives([[[[2**24 + 1]]]]).dtype(float)
check("float32", small, (1, 2), (1, 1), (0, 0)).gives([[[[1]]]]).dtype(np.float32)
check("float64", image, (4, 5), (1, 1), (0, 0)).gives([[[[19]]]]).dtype(float)
check.done("windows, stride, padding, channels, images and dtype are right")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>max-pool2d-forward</code></summary>
#
# 1. What is the largest of no numbers at all, so that the first number always beats
#    it?
# 2. Your convolution: keep the loops that choose the window, drop the input channels,
#    and change what happens inside.
# 3. Pad with minus infinity, after making the image a float array, since whole numbers
#    know no infinity. Walk through the window and keep the larger.
#
# </details>

# %% [markdown]
# **Explore.** The maxima of a seven. Which pixel of each window wins? Make the stride 1 and
# find one that wins in several windows.

# %% tags=["skip-grading"]
explore(size=8, kernel=2, stride=2, operation="maximum")

# %% [markdown]
# **Task `max-pool2d-backward`.** Only the element that won had an influence: it gets the
# whole gradient of its window. If several are equally large, the first in reading order
# gets it. Where windows overlap, an element may win more than once: add up.


# %% nbgrader={"grade": false, "grade_id": "max-pool2d-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def max_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `max_pool2d_forward` for x.

    Parameters
    ----------
    grad_output
        The gradient of the loss for each output, shape (batch, channels, output
        height, output width).
    x, kernel_size, stride, padding
        What went into forward. They are not modified. Where the gradient of a window
        goes that has no finite number is left open.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, height, width), as x.
    """
    ### BEGIN SOLUTION
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, rows, columns = grad_output.shape
    height, width = x.shape[2:]
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    floats = x.astype(np.result_type(x, np.float32))
    padded = np.pad(floats, sides, constant_values=-np.inf)
    grad_padded = np.zeros(padded.shape, np.result_type(grad_output, np.float32))
    for b in range(batch):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    # Where nothing is larger: the window's first pixel in the image.
                    largest, best = -np.inf, (max(i * sh, ph), max(j * sw, pw))
                    for u in range(kh):
                        for v in range(kw):
                            value = padded[b, c, i * sh + u, j * sw + v]
                            if value > largest or value != value:  # NaN wins
                                largest, best = value, (i * sh + u, j * sw + v)
                    grad_padded[b, c, best[0], best[1]] += grad_output[b, c, i, j]
    return grad_padded[:, :, ph : ph + height, pw : pw + width]
    ### END SOLUTION


# %% [markdown]
# **Check.** The winner of each window gets its gradient; winners of several windows add
# up, of equal winners the first gets all. Then padding, images and channels.

# %% nbgrader={"grade": true, "grade_id": "test-max-pool2d-backward", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("max-pool2d-backward", max_pool2d_backward, after=("output-size",))
image = np.array(
    [[[[3.0, 1, 4, 1, 5], [9, 2, 6, 5, 3], [5, 8, 9, 7, 9], [3, 2, 3, 8, 4]]]]
)
six, four = count_up(1, 1, 3, 2, first=1), count_up(1, 1, 2, 2, first=1)
check("windows of 2x3, stride (1, 2)", six, image, (2, 3), (1, 2), (0, 0)).gives(
    [[[[0] * 5, [4, 0, 2, 0, 0], [0, 0, 15, 0, 0], [0] * 5]]]
)
check("windows of 1x2, stride (2, 3)", four, image, (1, 2), (2, 3), (0, 0)).gives(
    [[[[1, 0, 0, 0, 2], [0] * 5, [0, 3, 0, 0, 4], [0] * 5]]]
)
row = 1e12 * np.array([[[[-2, -3, -1]]]])
check("far below zero, padding (1, 2)", four, row, (2, 4), (1, 2), (1, 2)).gives(
    [[[[4, 0, 6]]]]
)
beside = count_up(1, 1, 1, 4, first=1)
check("padding (0, 1)", beside, row, (1, 2), (1, 1), (0, 1)).gives([[[[3, 0, 7]]]])
equal = np.array([[[[1.0, 3, 3], [3, 1, 1]]]])
check("three equal", np.array([[[[5.0]]]]), equal, (2, 3), (1, 1), (0, 0)).gives(
    [[[[0, 5, 0], [0, 0, 0]]]]
)
images = np.array([[[[1.0, 2]], [[4, 3]]], [[[6, 5]], [[7, 8]]]])
check(
    "images and channels", count_up(2, 2, 1, 1, first=1), images, (1, 2), (1, 1), (0, 0)
).gives([[[[0, 1]], [[2, 0]]], [[[3, 0]], [[0, 4]]]])
half, whole = np.array([[[[0.5]]]]), np.array([[[[-3, 0, -2]]]])
check("half, whole numbers", half, whole, (1, 3), (1, 1), (0, 0)).gives(
    [[[[0, 0.5, 0]]]]
)
check.done("each winner gets the gradient of its windows")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>max-pool2d-backward</code></summary>
#
# 1. Which single element of the window would change the output if it changed a little?
# 2. Forward already compares all elements of a window. It keeps the value; you also
#    need to know where it stood.
# 3. Remember row and column whenever a value is strictly larger than the best so far:
#    then the first of equals stays. Add the window's gradient there, and cut off the
#    padding at the end.
#
# </details>

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
# **Check.** The numbers 0 to 19 in windows that overlap, and in windows that leave pixels
# over; a padded border, whose zeros count, images and channels, and the dtype.


# %% nbgrader={"grade": true, "grade_id": "test-avg-pool2d-forward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("avg-pool2d-forward", avg_pool2d_forward, after=("output-size",))
image, row = count_up(1, 1, 4, 5), np.array([[[[8.0, 16.0, 24.0]]]])
check("windows of 2x3, stride (1, 2)", image, (2, 3), (1, 2), (0, 0)).gives(
    [[[[3.5, 5.5], [8.5, 10.5], [13.5, 15.5]]]]
)
check("windows of 1x2, stride (2, 3)", 2 * image, (1, 2), (2, 3), (0, 0)).gives(
    [[[[1, 7], [21, 27]]]]
)
check("padding (1, 2)", row, (2, 4), (1, 2), (1, 2)).gives([[[[3, 6], [3, 6]]]])
check("padding (0, 1)", row, (1, 2), (1, 1), (0, 1)).gives([[[[4, 12, 20, 12]]]])
check("images and channels", count_up(2, 2, 1, 2), (1, 2), (1, 1), (0, 0)).gives(
    [[[[0.5]], [[2.5]]], [[[4.5]], [[6.5]]]]
)
whole, small = (image[:, :, :1, :2].astype(kind) for kind in (np.int8, np.float32))
check("whole numbers", whole, (1, 2), (1, 1), (0, 0)).gives([[[[0.5]]]]).dtype(
    np.float32
)
bright = np.full((1, 1, 1, 2), 100, np.int8)
check("a sum of 200", bright, (1, 2), (1, 1), (0, 0)).gives([[[[100]]]])
large = np.array([[[[2**24, 2**24 + 1]]]])
check("int64", large, (1, 2), (1, 1), (0, 0)).gives([[[[2**24 + 0.5]]]]).dtype(float)
check("float32", small + 0.5, (1, 2), (1, 1), (0, 0)).gives([[[[1]]]]).dtype(np.float32)
check("float64", image, (4, 5), (1, 1), (0, 0)).gives([[[[9.5]]]]).dtype(float)
check.done("windows, stride, padding, channels, images and dtype are right")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>avg-pool2d-forward</code></summary>
#
# 1. By what is a window divided that lies half outside the image?
# 2. Your max pooling: another padding, another start value, a sum for the maximum.
# 3. Add up all elements of the padded window, and divide by the window's area, height
#    times width, whatever part of it was padding.
#
# </details>

# %% [markdown]
# **Explore.** The means of the same seven, with padding: which of them has it made smaller?

# %% tags=["skip-grading"]
explore(size=8, kernel=2, stride=2, padding=1, operation="mean")

# %% [markdown]
# **Task `avg-pool2d-backward`.** Every element of the window had the same influence: each
# gets an equal share of the gradient, padding included. Where windows overlap, add up.


# %% nbgrader={"grade": false, "grade_id": "avg-pool2d-backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def avg_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `avg_pool2d_forward` for x.

    Parameters
    ----------
    grad_output
        The gradient of the loss for each output, shape (batch, channels, output
        height, output width).
    x, kernel_size, stride, padding
        What went into forward. They are not modified.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, height, width), as x.
    """
    ### BEGIN SOLUTION
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, rows, columns = grad_output.shape
    height, width = x.shape[2:]
    shape = (batch, channels, height + 2 * ph, width + 2 * pw)
    grad_padded = np.zeros(shape, np.result_type(grad_output, np.float32))
    for b in range(batch):
        for c in range(channels):
            for i in range(rows):
                for j in range(columns):
                    share = grad_output[b, c, i, j] / (kh * kw)
                    for u in range(kh):
                        for v in range(kw):
                            grad_padded[b, c, i * sh + u, j * sw + v] += share
    return grad_padded[:, :, ph : ph + height, pw : pw + width]
    ### END SOLUTION


# %% [markdown]
# **Check.** Shares of windows that overlap, of windows that leave pixels over, and of
# windows on the padded border; then images and channels.

# %% nbgrader={"grade": true, "grade_id": "test-avg-pool2d-backward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("avg-pool2d-backward", avg_pool2d_backward, after=("output-size",))
image, six = count_up(1, 1, 4, 5), 6 * count_up(1, 1, 3, 2, first=1)
four = count_up(1, 1, 2, 2, first=1)
check("windows of 2x3, stride (1, 2)", six, image, (2, 3), (1, 2), (0, 0)).gives(
    [[[[1, 1, 3, 2, 2], [4, 4, 10, 6, 6], [8, 8, 18, 10, 10], [5, 5, 11, 6, 6]]]]
)
check("windows of 1x2, stride (2, 3)", 2 * four, image, (1, 2), (2, 3), (0, 0)).gives(
    [[[[1, 1, 0, 2, 2], [0] * 5, [3, 3, 0, 4, 4], [0] * 5]]]
)
check("padding (1, 2)", 8 * four, count_up(1, 1, 1, 3), (2, 4), (1, 2), (1, 2)).gives(
    [[[[10, 10, 6]]]]
)
beside, row = 2 * count_up(1, 1, 1, 4, first=1), count_up(1, 1, 1, 3)
check("padding (0, 1)", beside, row, (1, 2), (1, 1), (0, 1)).gives([[[[3, 5, 7]]]])
upstream = 2 * count_up(2, 2, 1, 1)
check(
    "images and channels", upstream, count_up(2, 2, 1, 2), (1, 2), (1, 1), (0, 0)
).gives([[[[0, 0]], [[1, 1]]], [[[2, 2]], [[3, 3]]]])
half, whole = np.array([[[[0.5]]]]), np.array([[[[1, 3]]]])
check("half, whole numbers", half, whole, (1, 2), (1, 1), (0, 0)).gives(
    [[[[0.25, 0.25]]]]
)
check.done("every element gets its share of the gradient of its windows")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>avg-pool2d-backward</code></summary>
#
# 1. If one pixel of a window of four grows by 1, how much does the mean grow?
# 2. The scatter of `conv2d_backward`, with the same weight for every element.
# 3. Divide the window's gradient by its area, and add that share to each element of
#    the window in an array with room for the padding; then cut the padding off.
#
# </details>

# %% [markdown]
# ## The pooling layers
#
# Given. A layer remembers its window. `stride=None` means the same as the window, on each
# axis. More padding than half the window is refused: some windows would see nothing else.


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


# %%
#| export
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

    def extra_repr(self) -> str:
        """Return its numbers, as PyTorch shows them."""
        pairs = self.kernel_size, self.stride, self.padding
        sizes = [pair[0] if pair[0] == pair[1] else pair for pair in pairs]
        return "kernel_size={}, stride={}, padding={}".format(*sizes)


# %%
#| export
class MaxPool2d(_Pool2d):
    """The largest of each window; padding is minus infinity."""

    function = MaxPool2dFunction


class AvgPool2d(_Pool2d):
    """The mean of each window; padding is zeros, which count."""

    function = AvgPool2dFunction


# %% [markdown]
# **Your own check of both gradients.** Windows of 2x2 that move by one row and two
# columns, over a padded image. In it no two numbers are equal: where they are, a maximum
# has no slope.

# %% tags=["skip-grading"]
check_gradient(
    lambda x: MaxPool2dFunction.apply(x, (2, 2), (1, 2), (1, 1)),
    [[[[3, 4], [3, 7], [2, 7]]]],
    begin_with="max-pool2d-forward",
    back="max-pool2d-backward",
    x=np.array([[[[3.0, 1, 4], [2, 7, 5]]]]),
)

# %% tags=["skip-grading"]
check_gradient(
    lambda x: AvgPool2dFunction.apply(x, (2, 2), (1, 2), (1, 1)),
    [[[[3, 5], [5, 17], [2, 12]]]],
    begin_with="avg-pool2d-forward",
    back="avg-pool2d-backward",
    x=4 * np.array([[[[3.0, 1, 4], [2, 7, 5]]]]),
)


# %% [markdown]
# Both on the edges of the photograph, in windows of 6x6. The maximum keeps thin bright
# lines, the mean dims them.

# %% tags=["skip-grading"]
edges = Tensor(np.abs(upright)[None, None])
edges.shape

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(10, 2.8))
pooled = {"edges": edges, "maximum": MaxPool2d(6)(edges), "mean": AvgPool2d(6)(edges)}
for axis, (title, image) in zip(axes, pooled.items(), strict=True):
    axis.imshow(image.data[0, 0], cmap="gray", vmin=0, vmax=2)
    axis.set(
        title=f"{title}, {image.shape[2]} x {image.shape[3]}", xticks=[], yticks=[]
    )
show(
    figure,
    alt="Edges of the photograph and two small versions of them: bright and thick by the "
    "maximum, dark and soft by the mean.",
)

# %% [markdown]
# Pooling is said to be invariant to shifts. It is so only in part: when the image moves by
# one pixel, a maximum stays if the winner is still inside its window and nothing larger
# has come in.

# %% tags=["skip-grading"]
moved = Tensor(np.roll(edges.data, 1, axis=3))
for size in (2, 4, 8):
    stay = np.mean(MaxPool2d(size)(edges).data == MaxPool2d(size)(moved).data)
    print(f"windows of {size}x{size}: {stay:.0%} of the maxima stay")

# %% [markdown]
# Windows may overlap. With `stride` smaller than the window they do, and that is no
# mistake: AlexNet and ResNet pool 3x3 windows with stride 2.

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

# %% [markdown]
# ## What it costs
#
# A multiplication with the addition that follows it is one multiply-accumulate step, MAC
# for short. Read the count off your loops: the lengths of all seven, multiplied.
#
# **Task `cost`.** Three functions: how many numbers a convolution trains, how many MACs a
# forward pass takes, and how many bytes an array of activations takes.


# %% nbgrader={"grade": false, "grade_id": "cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def count_parameters(
    in_channels: int,
    out_channels: int,
    kernel_size: int | tuple[int, int],
    bias: bool = True,
) -> int:
    """Return how many numbers a `Conv2d` trains: weights, and biases if it has any."""
    ### BEGIN SOLUTION
    kh, kw = as_pair(kernel_size, "kernel_size", least=1)
    return out_channels * (in_channels * kh * kw + (1 if bias else 0))
    ### END SOLUTION


def count_macs(
    input_shape: tuple[int, int, int, int],
    out_channels: int,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
) -> int:
    """Return how many multiply-accumulate steps a convolution's forward pass takes.

    Parameters
    ----------
    input_shape
        (batch, in_channels, height, width); all images of the batch count.
    out_channels, kernel_size, stride, padding
        As of `Conv2d`: a number, or a pair (height, width). A product with padding
        counts, since the loops do it; the bias does not.
    """
    ### BEGIN SOLUTION
    batch, in_channels, height, width = input_shape
    kh, kw = as_pair(kernel_size, "kernel_size", least=1)
    sh, sw = as_pair(stride, "stride", least=1)
    ph, pw = as_pair(padding, "padding", least=0)
    rows, columns = output_size(height, kh, sh, ph), output_size(width, kw, sw, pw)
    return batch * out_channels * rows * columns * in_channels * kh * kw
    ### END SOLUTION


def activation_bytes(shape: tuple[int, ...], itemsize: int = 4) -> int:
    """Return the bytes that an array takes; a float32 takes 4, a float64 takes 8."""
    ### BEGIN SOLUTION
    return math.prod(shape) * itemsize
    ### END SOLUTION


# %% [markdown]
# **Check.** Layers small enough to count by hand.

# %% nbgrader={"grade": true, "grade_id": "test-cost", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("cost", count_parameters, after=("output-size",))
check("8 kernels of 3x3x3, and 8 biases", 3, 8, 3).gives(224).whole()
check("without bias: 8 kernels of 3x3x3", 3, 8, 3, False).gives(216)
check("4 kernels of 2x3x5, and 4 biases", 2, 4, (3, 5)).gives(124)
check = check.of(count_macs)
check("4 windows of 9 products", (1, 1, 4, 4), 1, 3).gives(36).whole()
many = (2, 3, 4, 7)
check("2 images, 3 channels, 5 kernels, 2x2 windows", many, 5, (1, 2), (2, 3)).gives(
    240
)
check("padding (1, 2): 3x6 windows of 9", (1, 1, 3, 4), 1, 3, 1, (1, 2)).gives(162)
check("stride 2: 4x4 windows of 9", (1, 1, 9, 9), 1, 3, 2).gives(144)
check = check.of(activation_bytes)
check("120 numbers of 4 bytes", (2, 3, 4, 5)).gives(480).whole()
check("6 numbers of 8 bytes", (2, 3), 8).gives(48)
check("more bytes than 32 bits count", (2, 3), 1_000_000_000).gives(6_000_000_000)
check.done("parameters, steps and bytes are counted")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>cost</code></summary>
#
# 1. How long is each of the seven loops? Two of the lengths are not in the input's
#    shape.
# 2. Write the lengths beside the loops of `conv2d_forward`. The bias stands outside
#    the innermost three.
# 3. Parameters: for each output channel one kernel over all input channels, and one
#    bias. Steps: all seven lengths multiplied, with the output's height and width.
#    Bytes: all lengths of the shape multiplied, times the size of one number.
#
# </details>

# %% [markdown]
# A first layer of VGG, as it might stand in a training step: 32 colour images of 224x224,
# 64 kernels of 3x3, padding 1.

# %%
macs = count_macs((32, 3, 224, 224), 64, 3, padding=1)
memory = activation_bytes((32, 64, 224, 224))
f"{macs:,} MACs, {count_parameters(3, 64, 3):,} parameters, {memory:,} bytes of output"

# %% [markdown]
# These are 2,774,532,096 MACs for 1,792 parameters. A fully connected layer from the same
# 150,528 numbers to 64 outputs needs 9,633,792 weights: 5,376 times as many. It is the same
# few weights everywhere that make the difference.
#
# The output takes 411 MB. For 64 images it would be 822,083,584 bytes, and training keeps
# the output of every layer until the backward pass has used it.

# %% tags=["skip-grading"]
kernels, sides = (1, 3, 5, 7, 9, 11), (14, 28, 56, 112)
per_kernel = [count_macs((1, 64, 56, 56), 64, k, padding=k // 2) / 1e6 for k in kernels]
per_side = [count_macs((1, 64, s, s), 64, 3, padding=1) / 1e6 for s in sides]

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8))
axes[0].plot(kernels, per_kernel, "o-")
axes[0].set(xlabel="kernel (square)", ylabel="million MACs", xticks=kernels)
axes[1].plot(sides, per_side, "s-", color="tab:orange")
axes[1].set(xlabel="image (square)", ylabel="million MACs", xticks=sides)
show(
    figure,
    alt="Two curves that bend upwards: MACs against the side of a square kernel, and "
    "against the side of a square image. Both are quadratic in the side.",
)

# %% [markdown]
# The cost is linear in the height and in the width of the image, and so grows with the
# square of the side. It is quadratic in the side of the kernel in the same way: 7x7 costs
# 5.4 times what 3x3 costs. Two layers of 3x3 see as much as one of 5x5, for 18 products per
# channel and place in place of 25. Stride 2 computes a quarter of the places.

# %% [markdown]
# Pooling has nothing to train and does not mix channels. A window of 2x2 takes three
# comparisons, and each side of the image is halved: a quarter of the numbers goes on. For
# one image with 64 channels of 224x224, 12.8 MB become 3.2 MB.

# %% [markdown]
# ## What one output sees
#
# Stack two convolutions of 3x3: an output of the second reads 3 of the first's, and these
# together read 5 pixels. This *receptive field* grows with every layer, and faster behind
# a stride, since neighbouring outputs there lie further apart.
#
# **Task `receptive-field`.** Start with one pixel. Each layer adds (kernel - 1) steps, and
# a step is as long, in pixels of the input, as the strides of all layers before it
# multiplied.


# %% nbgrader={"grade": false, "grade_id": "receptive-field", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Return how many input pixels, along one axis, one output depends on.

    Parameters
    ----------
    layers
        (kernel, stride) of each convolution or pooling, from input to output. Without
        a layer it is one pixel. The list is not modified.
    """
    ### BEGIN SOLUTION
    field, step = 1, 1
    for kernel, stride in layers:
        field += (kernel - 1) * step
        step *= stride
    return field
    ### END SOLUTION


# %% [markdown]
# **Check.** No layer, one, two, and strides before, between and after.

# %% nbgrader={"grade": true, "grade_id": "test-receptive-field", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("receptive-field", receptive_field)
check("no layer: the pixel itself", []).gives(1)
check("one kernel of 3", [(3, 1)]).gives(3).whole()
check("two kernels of 3", [(3, 1), (3, 1)]).gives(5)
check("two poolings by 2", [(2, 2), (2, 2)]).gives(4)
check("strides 2, then 3, then none", [(3, 2), (2, 3), (5, 1)]).gives(29)
check("the last stride has no part", [(3, 1), (5, 4)]).gives(7)
check.done("each layer adds its kernel, in steps of the strides before it")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>receptive-field</code></summary>
#
# 1. How many input pixels lie between two neighbouring outputs of the layers so far?
# 2. Walk through the layers from the input on, and keep two numbers: the field and the
#    step.
# 3. First the field grows by one less than the kernel, in steps; only then is the step
#    multiplied by this layer's own stride.
#
# </details>

# %% [markdown]
# Backward shows it: put a gradient of 1 into one output, and see which pixels receive
# some. One layer of 3x3, then three, then three of which the first has stride 2.


# %% tags=["skip-grading"]
def reached(strides):
    image = Tensor(np.ones((1, 1, 19, 19)), requires_grad=True)
    x = image
    for stride in strides:
        conv = Conv2d(1, 1, 3, stride, padding=1)
        conv.weight.data[:] = 1
        x = conv(x)
    upstream = np.zeros(x.shape)
    upstream[0, 0, x.shape[2] // 2, x.shape[3] // 2] = 1
    x.backward(upstream)
    return image.grad[0, 0]


# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.8))
for axis, strides in zip(axes, [(1,), (1, 1, 1), (2, 1, 1)], strict=True):
    field = receptive_field([(3, stride) for stride in strides])
    axis.imshow(reached(strides), cmap="cividis")
    axis.set(title=f"strides {strides}: {field} x {field}", xticks=[], yticks=[])
show(
    figure,
    alt="The pixels of a 19 by 19 image that one output depends on: a square of 3 after "
    "one layer, of 7 after three, of 11 where the first of three has stride 2.",
)

# %% [markdown]
# Five layers of 3x3 see 11 pixels; N of them 1 + 2·N. In a trained network early layers
# answer to edges, later ones to larger parts, since they see more. The middle of the field
# counts more than its border, as the picture shows: more paths lead there.

# %% [markdown]
# ## Check your understanding
#
# **Task `check-understanding`.** Five questions. Assign the answers, each a value, to the
# variables `q1` to `q5`. Work them out on paper first, then use your own functions to check.


# %% nbgrader={"grade": false, "grade_id": "check-understanding", "locked": false, "schema_version": 3, "solution": true, "task": false}
# q1: images of shape (32, 3, 128, 128) go through Conv2d(3, 64, kernel_size=5, stride=2,
#     padding=2). The shape of the result, as a tuple of four numbers?
# q2: how many numbers does Conv2d(3, 64, kernel_size=3) train, biases included?
# q3: an input of shape (16, 64, 56, 56) goes through Conv2d(64, 128, kernel_size=3,
#     padding=1). How many multiply-accumulate steps?
# q4: an input of shape (64, 3, 224, 224) goes through Conv2d(3, 256, kernel_size=7,
#     stride=2, padding=3). How many bytes does the float32 result take?
# q5: Conv2d 3x3, then MaxPool2d(2), then two Conv2d 3x3 (stride 1). How many pixels wide
#     is the receptive field of one output?
### BEGIN SOLUTION
q1 = (32, 64, 64, 64)
q2 = 1_792
q3 = 3_699_376_128
q4 = 822_083_584
q5 = 12
### END SOLUTION

# %% [markdown]
# **Check.** The form of your answers; whether they are right is seen when it is graded.

# %% nbgrader={"grade": true, "grade_id": "test-check-understanding", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("check-understanding")
check.answer("q1", numbers=4)
for name in ("q2", "q3", "q4", "q5"):
    check.answer(name)
print(
    "check-understanding: five answers of the right form; grading sees if they are right"
)

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>check-understanding</code></summary>
#
# 1. Which of your functions answers each question?
# 2. Shapes: `output_size`, once for each axis. The rest: the functions of the last two
#    tasks.
# 3. The batch and the number of kernels pass through to the output's shape. Memory is
#    that of the output, not of the input. Pooling counts as a layer in the receptive
#    field, with its stride.
#
# </details>

# %% [markdown]
# ## Learn a kernel back
#
# From here on nothing is graded but your reflection at the end. First the smallest
# training there is: an edge kernel made some answers; can gradient descent find it from
# the answers alone?

# %% tags=["skip-grading"]
from tinytorch.core.losses import MSELoss
from tinytorch.core.optimizers import Adam

rng = np.random.default_rng(0)
x = rng.normal(size=(4, 1, 10, 10))
target = Tensor(conv2d_forward(x, left_right[None, None], None, (1, 1), (0, 0)))
conv = Conv2d(1, 1, 3, bias=False)
optimizer, loss_fn, losses = Adam(conv.parameters(), lr=0.1), MSELoss(), []
for _ in paced(range(80)):
    optimizer.zero_grad()
    loss = loss_fn(conv(Tensor(x)), target)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
np.round(conv.weight.data[0, 0], 2)

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.4))
axes[0].semilogy(losses)
axes[0].set(xlabel="step", title="loss")
panels = {"hidden kernel": left_right, "learned": conv.weight.data[0, 0]}
for axis, (title, image) in zip(axes[1:], panels.items(), strict=True):
    axis.imshow(image, cmap="cividis", vmin=-2, vmax=2)
    axis.set(title=title, xticks=[], yticks=[])
show(
    figure,
    alt="The loss falls by orders of magnitude in 80 steps; beside it the hidden edge "
    "kernel and the learned one, which look the same.",
)

# %% [markdown]
# ## Overfit 32 digits
#
# Before you train on everything, check that the network can learn a little by heart. The
# data: digits of 8x8 pixels. Ten equally likely answers give a loss of log 10, about 2.3,
# so an untrained network should begin near there, a little above: its random answers
# already favour some digits.

# %% tags=["skip-grading"]
import tinytorch as tt
from tinytorch.core.layers import Flatten, Linear, Sequential, manual_seed
from tinytorch.core.losses import CrossEntropyLoss


def small_cnn():
    conv = Conv2d(1, 8, kernel_size=3)  # 8x8 -> 6x6
    return Sequential(conv, ReLU(), MaxPool2d(2), Flatten(), Linear(8 * 3 * 3, 10))


(images, labels), (test_images, test_labels) = tt.datasets.digits()
images.shape, test_images.shape

# %% tags=["skip-grading"]
manual_seed(7)
model, loss_fn, losses = small_cnn(), CrossEntropyLoss(), []
optimizer = Adam(model.parameters(), lr=0.03)
for _ in paced(range(25)):
    optimizer.zero_grad()
    loss = loss_fn(model(Tensor(images[:32])), labels[:32])
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
f"first loss {losses[0]:.2f}, log 10 is {math.log(10):.2f}, last loss {losses[-1]:.4f}"

# %% [markdown]
# If your loss begins far from there, look at the initialisation; if it does not fall, at
# the backward passes. A network that cannot overfit 32 digits will not learn 1,438.

# %% [markdown]
# ## Train on all digits
#
# Every fifth digit is held out. In one epoch your loops do about 3.7 million
# multiply-accumulate steps forward and 7.5 million backward, two for each one forward.

# %% tags=["skip-grading"]
import time

manual_seed(1)
model = small_cnn()
filters_before = model.layers[0].weight.data.copy()
trainer = tt.Trainer(model, Adam(model.parameters(), lr=0.02), CrossEntropyLoss())
loader = tt.DataLoader(tt.TensorDataset(images, labels), batch_size=32, shuffle=True)
held_out = tt.DataLoader(tt.TensorDataset(test_images, test_labels), batch_size=64)
untrained = trainer.evaluate(held_out)
start = time.perf_counter()
history = trainer.fit(loader, epochs=2, validation=held_out)
accuracies = [untrained[1], *history["val_accuracy"]]
f"{accuracies[-1]:.1%} of the held-out digits, in {time.perf_counter() - start:.0f} s"

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(8, 2.6))
axes[0].plot([1, 2], history["loss"], "o-", label="training, mean of the epoch")
axes[0].plot([0, 1, 2], [untrained[0], *history["val_loss"]], "s--", label="held out")
axes[0].set(xlabel="epoch", title="loss", xticks=(0, 1, 2))
axes[0].legend()
axes[1].plot([0, 1, 2], accuracies, "s--", color="tab:orange")
axes[1].set(xlabel="epoch", title="accuracy on held-out digits", xticks=(0, 1, 2))
show(
    figure,
    alt="The loss falls over two epochs, on training and held-out digits alike; the "
    f"accuracy rises from {accuracies[0]:.0%} to {accuracies[-1]:.0%}.",
)

# %% [markdown]
# ## What it learned
#
# The eight filters before and after, and what training has added. Violet is above zero,
# orange below. Does one of the last row compare one side with the other, as the kernel
# designed by hand did?

# %% tags=["skip-grading"]
filters = model.layers[0].weight.data
change = filters - filters_before
banks = {"before": filters_before, "after": filters, "change": change}
f"a weight has changed by {np.abs(change).mean():.2f} on average"

# %% tags=["skip-grading"]
figure, axes = plt.subplots(3, 8, figsize=(9, 3.6))
for row, (title, bank) in zip(axes, banks.items(), strict=True):
    row[0].set_ylabel(title)
    for axis, kernel in zip(row, bank, strict=True):
        axis.imshow(kernel[0], cmap="PuOr", vmin=-1, vmax=1)
        axis.set(xticks=[], yticks=[])
show(
    figure,
    alt="Eight kernels of 3 by 3 in three rows: before training, after it, and the "
    "difference, in which some have a violet and an orange side.",
)

# %% [markdown]
# What they answer to a held-out digit, before the ReLU: violet fits, orange is the
# opposite, and the ReLU makes zeros of it.

# %% tags=["skip-grading"]
digit = Tensor(test_images[:1])
maps = model.layers[0](digit).data[0]
largest = np.abs(maps).max()

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 9, figsize=(10, 1.5))
axes[0].imshow(test_images[0, 0], cmap="gray")
axes[0].set_title(f"a {test_labels[0]}")
for axis, image in zip(axes[1:], maps, strict=True):
    axis.imshow(image, cmap="PuOr", vmin=-largest, vmax=largest)
for axis in axes:
    axis.set(xticks=[], yticks=[])
show(
    figure,
    alt="A held-out digit, and its eight feature maps: different strokes of it are violet, "
    "others orange, in different maps.",
)

# %% [markdown]
# The *hierarchy of features*: a second convolution on these maps would answer to what the
# first one's edges make together, corners and curves, a third to parts of things. And each
# filter is the same numbers at every place, *parameter sharing*: what was learned in one
# corner is known in all of them.

# %% [markdown]
# ## Other ways to make it smaller, and other convolutions
#
# - *Stride 2 in place of pooling*: a convolution with stride 2 also halves both sides, and
#   learns how; many newer networks have no other pooling.
# - *Global average pooling*: the mean of each whole map, one number a channel. It forgets
#   every place, and lets a network take images of any size.
# - *Dilated*: the kernel's numbers stand apart, with gaps; it sees further for the same
#   price, where each pixel gets an answer (segmentation, sound).
# - *Grouped* and *depthwise*: each kernel sees a part of the channels, or one; for phones.
# - *Transposed*: the way back as a forward pass; it makes images larger again, as when a
#   mask is drawn over an organ.

# %% [markdown]
# **Detection** asks what and where at once: the same filters slide over the whole
# photograph, and each place of the last map answers for its part.
# [YOLO](https://arxiv.org/abs/1506.02640) did that in a single pass, 45 images a second on
# a graphics card of its time (Redmon and others, 2016).

# %% [markdown]
# ## To think about
#
# Not graded; each answer is folded.

# %% [markdown]
# <details>
# <summary>A network finds an eye, a nose and a mouth. Does a convolution know whether they
# are in the right places?</summary>
#
# One layer does not: it answers for its window alone. A later one sees a larger part of the
# image, and its kernel has a place for each of them.
#
# </details>

# %% [markdown]
# <details>
# <summary>Why not one convolution with a kernel as large as the image?</summary>
#
# It would have one place to stand, so nothing is shared: it is a fully connected layer,
# with as many weights.
#
# </details>

# %% [markdown]
# <details>
# <summary>Two convolutions follow each other without a ReLU between them. What have you
# gained?</summary>
#
# Nothing that one larger kernel could not do: sums of sums are sums. The ReLU is what makes
# two layers more than one.
#
# </details>

# %% [markdown]
# <details>
# <summary>Which of your layers would still work if the image were twice as wide?</summary>
#
# Convolution and pooling, unchanged. The linear layer at the end would not: its weights are
# tied to places. Global average pooling before it would help.
#
# </details>

# %% [markdown]
# ## How slow are the loops?
#
# Measure your own. The reading on another machine will differ, the ratio less so.

# %% tags=["skip-grading"]
x = np.random.default_rng(0).normal(size=(1, 8, 16, 16)).astype(np.float32)
weight = np.random.default_rng(1).normal(size=(16, 8, 3, 3)).astype(np.float32)


def seconds_of(function, repeat):
    start = time.perf_counter()
    for _ in range(repeat):
        function(x, weight, None, (1, 1), (1, 1))
    return (time.perf_counter() - start) / repeat


loop_seconds = seconds_of(conv2d_forward, 1)
rate = count_macs(x.shape, 16, 3, padding=1) / loop_seconds
f"{rate / 1e6:.1f} million MACs a second; the VGG layer would take {macs / rate / 60:.0f} min"

# %% [markdown]
# The same numbers without a loop over pixels, for this one case: all windows at once as
# a view of the image, and one sum of products. Module 18 builds it step by step, for
# every stride and padding, and backward.

# %% tags=["skip-grading"]
from numpy.lib.stride_tricks import sliding_window_view

padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))


def one_sum(x, weight, *_):
    windows = sliding_window_view(padded, (3, 3), axis=(2, 3))
    return np.einsum("bchwuv,ocuv->bohw", windows, weight, optimize=True)


# %% tags=["skip-grading"]
same = np.allclose(
    one_sum(x, weight), conv2d_forward(x, weight, None, (1, 1), (1, 1)), atol=1e-4
)
fast_seconds = seconds_of(one_sum, 50)
f"the same numbers: {same}; {loop_seconds / fast_seconds:.0f} times as fast"

# %% [markdown]
# Libraries go further. They turn the convolution into one large matrix product (im2col),
# or save multiplications by Winograd's method: 2.25 times fewer for tiles of 2x2 with a
# kernel of 3x3, 2.78 times fewer with 5x5. For large kernels they use the Fourier transform.

# %% [markdown]
# ## Beside PyTorch
#
# The same names, the same arguments, the same numbers. The cell runs where PyTorch is
# installed, and else shows what version 2.13 printed.

# %% tags=["skip-grading"]
x = np.sin(np.arange(2 * 3 * 6 * 5)).reshape(2, 3, 6, 5).astype(np.float32)
weight = np.cos(np.arange(4 * 3 * 3 * 2)).reshape(4, 3, 3, 2).astype(np.float32)
conv = Conv2d(3, 4, kernel_size=(3, 2), stride=(2, 1), padding=1)
conv.weight.data = weight
ours = MaxPool2d(2)(ReLU()(conv(Tensor(x))))
ours.shape, np.round(ours.data[0, :, 0, 0], 4)

# %% tags=["skip-grading"]
try:
    import torch
except ModuleNotFoundError:
    print("PyTorch 2.13 gave:", "(2, 4, 1, 3) [0.6304 0.3767 0.     0.6121]")
else:
    conv = torch.nn.Conv2d(3, 4, kernel_size=(3, 2), stride=(2, 1), padding=1)
    conv.weight.data, conv.bias.data = torch.tensor(weight), torch.zeros(4)
    theirs = torch.nn.MaxPool2d(2)(torch.nn.ReLU()(conv(torch.tensor(x))))
    print(tuple(theirs.shape), np.round(theirs.detach().numpy()[0, :, 0, 0], 4))

# %% [markdown]
# | | your module | PyTorch |
# | --- | --- | --- |
# | runs on | one processor core, Python loops | all cores, or a GPU |
# | method | seven loops | matrix products, Winograd, Fourier, chosen per shape |
# | also has | | dilation, groups, transposed, 1-D and 3-D |
#
# Shapes, parameters, gradients and the formulas are the same.

# %% [markdown]
# ## Real layers
#
# What your count says about layers of VGG-16 and ResNet-50, for one image, and how long
# your loops would take for each.

# %% tags=["skip-grading"]
LAYERS = {
    "VGG-16, first": ((1, 3, 224, 224), 64, 3, 1, 1),
    "VGG-16, second": ((1, 64, 224, 224), 64, 3, 1, 1),
    "ResNet-50, stem": ((1, 3, 224, 224), 64, 7, 2, 3),
    "ResNet-50, a 3x3": ((1, 64, 56, 56), 64, 3, 1, 1),
    "ResNet-50, a 1x1": ((1, 64, 56, 56), 256, 1, 1, 0),
}
for name, (shape, out_channels, *rest) in LAYERS.items():
    steps = count_macs(shape, out_channels, *rest)
    print(f"{name:17} {steps / 1e6:7,.0f} million MACs {steps / rate:7,.0f} s")

# %% [markdown]
# ResNet-50 takes 4.1 billion MACs for one image (counted over all its layers). The second
# layer of VGG-16 alone takes 1,849,688,064. That is why the loops had to be replaced before
# networks of this kind could be trained at all.

# %% [markdown]
# ## When something goes wrong
#
# - *Expected 4D input, got (3, 224, 224)*: the batch axis is missing. `x.reshape(1, ...)`
#   with the image's own shape puts it there.
# - *Expected 3 input channels*: the layer before gives another number of channels, or the
#   axes are not in the order NCHW.
# - The output is one smaller than you thought: the division rounds down. Compute it with
#   `output_size` before you build the network.
# - Zeros at the border of a max pooling: padded with zeros in place of minus infinity.
# - Gradients too small where windows overlap: set instead of added.
# - Out of memory: half the batch halves the activations. `activation_bytes` says how much.

# %% [markdown]
# ## Reflection
#
# Read by a person. In about a hundred words: your loops took seconds where a library
# takes milliseconds, for the same multiplications. Where does the time go, and what would
# you change first? Use at least one number that you measured above.

# %% [markdown] nbgrader={"grade": true, "grade_id": "reflection", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# The arithmetic itself is a small part: for each product the interpreter looks up two
# array elements, makes objects of them, and runs some fifty bytecodes. The first change is
# to move the innermost loops into one NumPy call for each window; then one matrix product
# for all windows.

# %% [markdown] tags=["hand-in"]

# %% [markdown]
# ## Use what you wrote
#
# Save the notebook, open a terminal in its folder, and type
# `python -m tinytorch.export spatial.ipynb`. From then on
# `from tinytorch.core.spatial import Conv2d, MaxPool2d, AvgPool2d` gives your own layers.
# On Binder and Colab download the notebook first: what runs there is temporary.

# %% [markdown]
# ## Further reading
#
# - LeCun, Bottou, Bengio and Haffner (1998), [*Gradient-based learning applied to document
#   recognition*](https://doi.org/10.1109/5.726791): LeNet-5, where networks of this kind
#   began to be used.
# - Krizhevsky, Sutskever and Hinton (2012), [*ImageNet classification with deep
#   convolutional neural networks*](https://doi.org/10.1145/3065386): AlexNet; overlapping
#   pooling, ReLU, dropout.
# - Simonyan and Zisserman (2014), [*Very deep convolutional networks for large-scale image
#   recognition*](https://arxiv.org/abs/1409.1556): VGG, many layers of 3x3.
# - Redmon, Divvala, Girshick and Farhadi (2016), [*You only look
#   once*](https://arxiv.org/abs/1506.02640): YOLO, detection.
# - He, Zhang, Ren and Sun (2015), [*Deep residual learning for image
#   recognition*](https://arxiv.org/abs/1512.03385): ResNet; and, the same year, [*Delving
#   deep into rectifiers*](https://arxiv.org/abs/1502.01852) on the initial weights.
# - Dumoulin and Visin (2016), [*A guide to convolution arithmetic for deep
#   learning*](https://arxiv.org/abs/1603.07285): strides, padding, dilated and transposed
#   convolutions, in pictures.
# - Goodfellow, Bengio and Courville (2016), [*Deep learning*, chapter
#   9](https://www.deeplearningbook.org/contents/convnets.html); Olah, Mordvintsev and
#   Schubert (2017), [*Feature visualization*](https://doi.org/10.23915/distill.00007).

# %% [markdown]
# ## What comes next
#
# Module 18 makes this fast: the same functions as matrix products, with the same results.
# The milestone trains a larger network with it, on digits and on CIFAR-10. Module 19 has
# the other convolutions: dilated, in groups, turned round, over any number of axes. Module
# 10 turns from images to text.
