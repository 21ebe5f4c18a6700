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
# # Module 18: Acceleration
#
# > The convolution of module 09 without its loops: the same numbers, faster.
#
# Seven loops took seconds for what a library does in milliseconds. In this module you
# take them out, one step at a time, and measure what each step brings. Nothing is
# approximated: every function here answers what the loops answer, but for rounding.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %% [markdown]
# ## What you will be able to do
#
# - say what holds a computation up: the interpreter, the memory, or the arithmetic;
# - read an array's strides, and see all windows of an image without copying a pixel;
# - turn convolution, forward and backward, into matrix products;
# - trade memory for time, and cut work into blocks that stay in the cache;
# - save multiplications by Winograd's method and by the Fourier transform;
# - choose between methods by measuring them.

# %% [markdown]
# ## What you build, and on what
#
# Plain functions of NumPy arrays, with the shapes and the arguments of module 09. At the
# end `tinytorch.use` puts yours in the place of the loops, and your old layers run on
# them. Each cell that says `YOUR CODE HERE` is followed by a check; where it fails, ask in a
# new cell: `tt.tutor("roofline")`, with the task's name. Long checks, long given code, and
# what draws, are folded to one line: run these cells too, a click opens them. SciPy's and
# scikit-learn's functions are not accepted in place of your own.

# %% [markdown] tags=["points"]

# %% tags=["tasks"]

# %% [markdown]
# Not here: several cores, C, and graphics cards. Everything in this module is NumPy on one
# core, and what you learn about memory holds for the others too.

# %% [markdown]
# ## Words and shapes
#
# As before: images are (batch, channels, height, width), kernels (out_channels,
# in_channels, kernel height, kernel width); `kernel_size`, `stride` and `padding` are
# pairs, height first. The results have the dtype `np.result_type(x, weight, np.float32)`.
# Graders look at two things: the numbers, and how much Python runs to get them.

# %%
#| default_exp perf.acceleration

# %%
#| export
import statistics

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# %%
import dis
import importlib.util
import time
import tracemalloc

import tinytorch as tt


# %%
#| export
def grid(
    x_shape: tuple[int, ...],
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> tuple[int, int]:
    """Return how many windows fit into an image of this shape, down and across."""
    sizes = zip(x_shape[2:], kernel_size, stride, padding, strict=True)
    down, across = ((size + 2 * p - kernel) // s + 1 for size, kernel, s, p in sizes)
    return down, across


grid((2, 3, 9, 10), (2, 5), (2, 3), (0, 0))

# %% [markdown]
# `grid` is given: the `output_size` of module 09, for both axes. Cells that draw or take
# the time carry the tag `skip-grading`: they are for you, and graders do not run them.

# %% tags=["skip-grading"]
from tinytorch.pictures import show
from tinytorch.progress import paced, patience

with patience("loading Matplotlib, which draws"):
    import matplotlib.pyplot as plt

plt.rcParams["figure.constrained_layout.use"] = True

# %% [markdown]
# ## The layer that we measure
#
# Two images of 16 channels and 32x32 pixels, 32 kernels of 3x3, padding 1, in float32:
# 9,437,184 multiply-accumulate steps (MACs), twice as many operations.

# %% tags=["skip-grading"]
rng = np.random.default_rng(0)
IMAGES = rng.normal(size=(2, 16, 32, 32)).astype(np.float32)
KERNELS = rng.normal(size=(32, 16, 3, 3)).astype(np.float32)
LAYER = (IMAGES, KERNELS, None, (1, 1), (1, 1))
macs = 2 * 32 * 32 * 32 * KERNELS[0].size
f"{macs:,} MACs"

# %% [markdown]
# NumPy's matrix product would use all cores. One is enough here, and its times can then be
# compared with those of the loops; threadpoolctl, which comes with scikit-learn, sees to it.

# %% tags=["skip-grading"]
if importlib.util.find_spec("threadpoolctl"):
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)

# %% [markdown]
# Each step of this module goes into one table: the median of some runs, and the most
# memory that it took beyond its arguments.


# %% tags=["skip-grading"]
def seconds_of(function, *arguments, least=0.2):
    seconds = []
    while sum(seconds) < least:
        start = time.perf_counter()
        function(*arguments)
        seconds.append(time.perf_counter() - start)
    return seconds


def peak_bytes(function, *arguments):
    tracemalloc.start()
    function(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# %% tags=["skip-grading"]
measured = {}


def measure(name, function, *arguments, memory=None):
    with patience(f"measuring {name}"):
        seconds = statistics.median(seconds_of(function, *arguments))
        memory = peak_bytes(function, *arguments) if memory is None else memory
    measured[name] = (seconds, memory)
    print(f"{'':22}{'ms':>10}{'times as fast':>16}{'MB':>8}")
    slowest = max(seconds for seconds, _ in measured.values())
    for name, (seconds, memory) in measured.items():
        gain = f"{slowest / seconds:,.0f}"
        print(f"{name:22}{1e3 * seconds:10,.2f}{gain:>16}{memory / 1e6:8.2f}")


# %% [markdown]
# ## Where the time goes
#
# First the loops of module 09, from your own package. One of the 32 kernels says how long
# all of them will take. Watching the loops' memory would slow them down a lot; it is that
# of the padded images and of the answers.

# %% tags=["skip-grading"]
try:
    from tinytorch.core.spatial import conv2d_forward as conv2d_loops

    one = seconds_of(conv2d_loops, IMAGES, KERNELS[:1], *LAYER[2:])
    print(f"about {32 * min(one):.0f} s")
    needed = 4 * (2 * 16 * 34 * 34 + 2 * 32 * 32 * 32)
    measure("seven loops", conv2d_loops, *LAYER, memory=needed)
except (ModuleNotFoundError, NotImplementedError):
    print(
        "Write and export module 09's conv2d_forward first to see its loops measured."
    )

# %% [markdown]
# PyTorch, where it is installed, shows how far there is to go. Its memory lies outside of
# Python's, so that the column for it says little.

# %% tags=["skip-grading"]
if importlib.util.find_spec("torch"):
    import torch

    torch.set_num_threads(1)
    images, kernels = torch.tensor(IMAGES), torch.tensor(KERNELS)
    measure("PyTorch", lambda: torch.conv2d(images, kernels, padding=1))
else:
    print("PyTorch is not installed; everything else works without it.")

# %% [markdown]
# A multiplication takes a processor less than a nanosecond. Python needs a good deal more
# around it: to find names, to reach array elements, to make objects of them. Each
# instruction of its interpreter is dozens of the processor's. How many are there for one
# product?

# %% tags=["skip-grading"]
line = (
    "total += float(padded[b, c, i * sh + u, j * sw + v]) * float(weight[o, c, u, v])"
)
len(list(dis.get_instructions(line)))

# %% [markdown]
# Now let the processor do what it can: multiply two large matrices, which is nothing but
# such products. That is the machine's *peak*, as far as NumPy reaches it.

# %% tags=["skip-grading"]
square = rng.normal(size=(1024, 1024)).astype(np.float32)
peak = 2 * 1024**3 / min(seconds_of(np.matmul, square, square))
print(f"a matrix product: {peak / 1e6:,.0f} million operations a second")
if "seven loops" in measured:
    rate = 2 * macs / measured["seven loops"][0]
    print(f"seven loops: {rate / 1e6:,.1f} million; {peak / rate:,.0f} times fewer")

# %% [markdown]
# ## Two limits
#
# Arithmetic is one limit, memory the other. Each number has to come from somewhere, and a
# large copy shows how many bytes a second do: the *bandwidth*, read and written together.

# %% tags=["skip-grading"]
source = np.ones(1 << 24, np.float32)
target = source.copy()
bandwidth = 2 * source.nbytes / min(seconds_of(np.copyto, target, source))
f"{bandwidth / 1e9:.1f} GB a second; {peak / bandwidth:.0f} operations in the time of a byte"

# %% [markdown]
# Which limit counts depends on the *arithmetic intensity*: the operations done for each
# byte that is moved. Adding two arrays of float32 does 1 operation for 12 bytes: two
# numbers are read, one is written. A product of large matrices uses each number again and
# again, hundreds of times.

# %% tags=["skip-grading"]
intensities = np.array([0.1, 10, 1000])
memory, arithmetic = 10 * intensities, np.array([100, 100, 100])
np.minimum(memory, arithmetic)

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(5, 3))
axes.loglog(intensities, memory, "--", label="memory: 10 bytes a second")
axes.loglog(intensities, arithmetic, ":", label="arithmetic: 100 operations a second")
axes.fill_between(intensities, np.minimum(memory, arithmetic), 0.5, color="0.9")
axes.set(
    xlabel="operations for each byte", ylabel="operations a second", ylim=(0.5, 2000)
)
axes.legend(loc="lower right")
show(
    figure,
    alt="Two lines for a small machine: one rises with the intensity, the other is level. "
    "They meet at 10 operations for each byte; what is below both can be reached.",
)

# %% [markdown]
# The picture is called a roofline (Williams, Waterman and Patterson, 2009). Where the roof
# slopes, a faster processor brings nothing; where it is level, faster memory does not.
#
# **Task `roofline`.** Write its two functions: the intensity of a computation, and the
# height of the roof above it. A negative number of operations is a `ValueError`, and so
# is anything but a positive number of bytes.


# %% nbgrader={"grade": false, "grade_id": "roofline", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def arithmetic_intensity(operations: float, bytes_moved: float) -> float:
    """Return how many operations a computation does for each byte that it moves.

    Parameters
    ----------
    operations
        Multiplications and additions.
    bytes_moved
        What is read from memory and written to it.

    Raises
    ------
    ValueError
        If no byte is moved or ``operations`` is negative, naming the number.
    """
    ### BEGIN SOLUTION
    if operations < 0:
        raise ValueError(f"operations must be at least 0, got {operations}")
    if bytes_moved <= 0:
        raise ValueError(f"bytes_moved must be above 0, got {bytes_moved}")
    return operations / bytes_moved
    ### END SOLUTION


def attainable(intensity: float, peak: float, bandwidth: float) -> float:
    """Return the operations a second that a machine can reach at most.

    Parameters
    ----------
    intensity
        Operations per byte.
    peak
        Operations a second when no byte has to be waited for.
    bandwidth
        Bytes a second between memory and processor.
    """
    ### BEGIN SOLUTION
    return min(peak, intensity * bandwidth)
    ### END SOLUTION


# %% [markdown]
# **Check.** Operations on bytes, halves too; a machine on both sides of its corner; and the
# numbers that are refused.

# %% nbgrader={"grade": true, "grade_id": "test-roofline", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("roofline", arithmetic_intensity)
check("8 operations on 4 bytes", 8, 4).gives(2)
check("1 operation on 4 bytes", 1, 4).gives(0.25)
check("1 operation on 16 bytes", 1, 16).gives(0.0625)
check("1 operation on half a byte", 1, 0.5).gives(2)
check("no operation", 0, 4).gives(0)
check("no byte is moved", 8, 0).raises(ValueError, naming=(0,))
check("-3 bytes", 8, -3).raises(ValueError, naming=(-3,))
check("-5 operations", -5, 4).raises(ValueError, naming=(-5,))
check = check.of(attainable)
check("2 operations a byte, 10 bytes a second: memory", 2, 100, 10).gives(20)
check("50 operations a byte: the arithmetic is the end", 50, 100, 10).gives(100)
check("20 operations a byte, 30 bytes a second", 20, 100, 30).gives(100)
check("1.25 operations a byte, 6 bytes a second", 1.25, 100, 6).gives(7.5)
check.done("the intensity is a quotient, and the roof is the lower of two lines")

# %% [markdown] tags=["graded"]

# %% [markdown]
# Is it wrong, and you do not see why? The tutor knows this module's tasks as well.

# %% tags=["skip-grading"]
tt.tutor("roofline")

# %% [markdown]
# <details>
# <summary>Hints for <code>roofline</code></summary>
#
# 1. In which unit is each argument given, and in which unit is the answer wanted?
# 2. Look at the two lines of the picture: which of them is lower on the left, and which
#    on the right?
# 3. The first answer is a quotient, after looking at both numbers. The second is the
#    lower of two limits: the arithmetic, and what the memory can feed it with.
#
# </details>

# %% [markdown]
# The roof of your own machine. For the loops only what has to be moved at least counts:
# images, kernels and answers, once each. Roof and points are measured apart, and times
# scatter: a point that is near the roof may come to lie a little above it.


# %% tags=["skip-grading"]
def draw_roofline(points):
    intensities = np.geomspace(0.05, 500, 50)
    roof = [attainable(each, peak, bandwidth) / 1e9 for each in intensities]
    figure, axes = plt.subplots(figsize=(8, 3))
    axes.loglog(intensities, roof, color="0.4")
    for (name, (operations, moved, seconds)), mark in zip(
        points.items(), "osD^v", strict=False
    ):
        x, y = arithmetic_intensity(operations, moved), operations / seconds / 1e9
        axes.loglog(x, y, mark, label=f"{name}: {y:,.3g} of {peak / 1e9:,.0f}")
    axes.set(xlabel="operations for each byte", ylabel="billion operations a second")
    figure.legend(loc="outside right upper", fontsize="small")
    return figure


# %% tags=["skip-grading"]
moved = IMAGES.nbytes + KERNELS.nbytes + 4 * 2 * 32 * 32 * 32
adding = min(seconds_of(np.add, source, source.copy(), target))
points = {"adding two arrays": (source.size, 3 * source.nbytes, adding)}
points["matrix product"] = (2 * 1024**3, 3 * square.nbytes, 2 * 1024**3 / peak)
if "seven loops" in measured:
    points["seven loops"] = (2 * macs, moved, measured["seven loops"][0])
show(
    draw_roofline(points),
    alt="The roofline of this machine. Adding two arrays stands far to the left, near the "
    "slope; the matrix product at the top right; the loops, if measured, far below.",
)

# %% [markdown]
# Neither memory nor arithmetic holds the loops up: they are orders of magnitude below the
# roof. It is the interpreter. So the first steps take work out of it, and only then do
# the two limits begin to count.

# %% [markdown]
# ## Memory is one long line
#
# An array of 2x3x4 numbers looks like a block. In memory it is a line of 24 numbers, and
# the *strides* say how far apart, in bytes, neighbours along each axis lie.

# %%
block = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
block.strides, block.transpose(2, 0, 1).strides

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(9, 1.9))
for place in range(24):
    shade = plt.cm.cividis(0.25 + 0.12 * (place // 4))
    axes.broken_barh([(place, 0.9)], (0, 0.9), color=shade)
    colour = "w" if place < 12 else "k"
    axes.text(place + 0.45, 0.45, place, ha="center", va="center", color=colour)
for axis, (distance, height) in enumerate([(12, 2.6), (4, 1.8), (1, 1.0)]):
    style = {"arrowstyle": "->", "color": "tab:red"}
    ends = {"xy": (distance + 0.45, height + 0.2), "xytext": (0.45, height + 0.2)}
    axes.annotate("", **ends, arrowprops=style)
    name = f"axis {axis}: {4 * distance} bytes"
    axes.text(distance + 0.6, height + 0.2, name, va="center")
axes.set(ylim=(-0.1, 3.4), xlim=(-0.2, 24.2))
axes.axis("off")
show(
    figure,
    alt="Twenty-four boxes in a line, one shade for each row of four. Arrows from box 0: "
    "the next column is 4 bytes away, the next row 16, the next image 48.",
)

# %% [markdown]
# Transposing moves no number: it only puts the strides into another order. That is a
# *view*. Whether it is fast to walk through is another matter: memory comes in *lines* of
# some bytes at once, and whoever uses a single number of each pays for the others.


# %% tags=["skip-grading"]
steps = 2 ** np.arange(9)
costs = [
    statistics.median(seconds_of(source[: step << 15 : step].sum, least=0.03))
    for step in steps
]

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(5, 2.8))
axes.loglog(4 * steps, np.array(costs) / (1 << 15) * 1e9, "o-", base=2)
axes.set_yscale("log", base=10)
axes.set(xlabel="bytes from one number to the next", ylabel="ns for each number")
show(
    figure,
    alt="Time for each number against the stride. Numbers that are neighbours are read "
    f"fastest; 1,024 bytes apart each takes {costs[-1] / costs[0]:.0f} times as long.",
)

# %% [markdown]
# **Task `strides`.** `byte_strides` gives the strides of an array in C order: the last
# axis moves by one item, each axis before it by a whole block of what stands behind.
# `byte_offset` says how many bytes after the first element an element lies.


# %% nbgrader={"grade": false, "grade_id": "strides", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def byte_strides(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Return the strides, in bytes, of a C-contiguous array.

    Parameters
    ----------
    shape
        The lengths of the axes, none of them 0.
    itemsize
        Bytes of one element.
    """
    ### BEGIN SOLUTION
    strides, step = [], itemsize
    for length in reversed(shape):
        strides.append(step)
        step *= length
    return tuple(reversed(strides))
    ### END SOLUTION


def byte_offset(index: tuple[int, ...], strides: tuple[int, ...]) -> int:
    """Return how many bytes behind the first element the element ``index`` lies."""
    ### BEGIN SOLUTION
    return sum(i * stride for i, stride in zip(index, strides, strict=True))
    ### END SOLUTION


# %% [markdown]
# **Check.** Two images of 3x4 numbers of 4 bytes, and a row of numbers of 8 bytes.

# %% nbgrader={"grade": true, "grade_id": "test-strides", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("strides", byte_strides)
check("numbers of 4 bytes", (2, 3, 4), 4).gives([48, 16, 4]).whole()
check("numbers of 8 bytes", (5, 7), 8).gives([56, 8])
check("four axes, of bytes", (2, 3, 4, 5), 1).gives([60, 20, 5, 1])
check = check.of(byte_offset)
check("one image, two rows, three numbers", (1, 2, 3), (48, 16, 4)).gives(92).whole()
check("the first number", (0, 0), (56, 8)).gives(0)
check("of a transposed array", (1, 2), (8, 56)).gives(120)
check.done("strides and offsets are those of an array in C order")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>strides</code></summary>
#
# 1. How many numbers are passed over on the way to the next row, and how many on the
#    way to the next image?
# 2. Look at the picture of the line: measure the distance between two numbers of one
#    column.
# 3. Walk through the axes from the last to the first, with one step in hand. Each axis
#    takes the step as its stride, then multiplies it by its own length. The offset adds
#    up, over the axes, places times strides.
#
# </details>

# %% [markdown]
# ## One product for each window
#
# The three inner loops multiply a window with a kernel and add up: 144 products in this
# layer. NumPy can do that in one multiplication of two small arrays and one sum. Python
# is then asked 65,536 times, not nine million times.

# %%
window, kernel = np.arange(8.0).reshape(2, 2, 2), np.ones((2, 2, 2))
(window * kernel).sum()

# %% [markdown]
# **Task `inner-product`.** Keep the loops over images, kernels, rows and columns. Let
# NumPy do the three inner ones.


# %% nbgrader={"grade": false, "grade_id": "inner-product", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv2d_inner(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Convolve with four loops, and one product and sum for each window.

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
    out_channels, _, kh, kw = weight.shape
    down, across = grid(x.shape, (kh, kw), stride, padding)
    dtype = np.result_type(x, weight, np.float32)
    padded = np.pad(x.astype(dtype), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    out = np.zeros((len(x), out_channels, down, across), dtype)
    for b in range(len(x)):
        for o in range(out_channels):
            for i in range(down):
                for j in range(across):
                    top, left = i * sh, j * sw
                    window = padded[b, :, top : top + kh, left : left + kw]
                    out[b, o, i, j] = (window * weight[o]).sum()
    if bias is not None:
        out += bias[:, None, None].astype(dtype)
    return out
    ### END SOLUTION


# %% [markdown]
# **Check.** The example of module 09; then stride, padding, channels with images and bias,
# the dtype, and how much Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-inner-product", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("inner-product", conv2d_inner, after=())
image, kernel = count_up(1, 1, 2, 3), count_up(1, 1, 2, 2, first=1)
one, none = (1, 1), (0, 0)
check("the example by hand", image, kernel, None, one, none).gives([[[[27, 37]]]])
wide, pair = np.array([[[[1.0, 10.0]]]]), np.array([[[[1.0, 2.0]]]])
check("stride (2, 3)", count_up(1, 1, 4, 5), wide, None, (2, 3), none).gives(
    [[[[10, 43], [120, 153]]]]
)
check("padding (1, 2)", pair, kernel, None, one, (1, 2)).gives(
    [[[[0, 4, 11, 6, 0], [0, 2, 5, 2, 0]]]]
)
check("padding (0, 1)", pair, wide, None, one, (0, 1)).gives([[[[10, 21, 2]]]])
check("below zero", -image, kernel, None, one, none).gives([[[[-27, -37]]]])
check("two rows, bias", image, wide, np.array([100.0]), one, none).gives(
    [[[[110, 121], [143, 154]]]]
)
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1, 1)
bias = np.array([100.0, 200.0, 300.0])
first = [[[100, 101]], [[202, 203]], [[320, 331]]]
second = [[[104, 105]], [[206, 207]], [[364, 375]]]
images = count_up(2, 2, 1, 2)
check("images, channels, bias", images, mix, bias, one, none).gives([first, second])
deep = np.array([[[[1.0, 10.0]], [[100.0, 1000.0]]]])
check("two channels of two", count_up(1, 2, 1, 2), deep, None, one, none).gives(
    [[[[3210]]]]
)
small = image.astype(np.float32), kernel.astype(np.float32)
check("float32", *small, None, one, none).gives([[[[27, 37]]]]).dtype(np.float32)
check("a float64 kernel", small[0], kernel, None, one, none).gives(
    [[[[27, 37]]]]
).dtype(float)
check("a float64 image", image, small[1], None, one, none).gives([[[[27, 37]]]]).dtype(
    float
)
bytes_ = image.astype(np.uint8), 100 * kernel.astype(np.uint8)[:, :, :1, :1]
check("small whole numbers", 40 + bytes_[0], bytes_[1], None, one, none).gives(
    [[[[4000, 4100, 4200], [4300, 4400, 4500]]]]
).dtype(np.float32)
half = image.astype(np.int8), small[1], np.array([0.5])
check("whole numbers and a bias of 0.5", *half, one, none).gives([[[[27.5, 37.5]]]])
large, ones = count_up(1, 4, 6, 6), np.ones((2, 4, 3, 3))
check("32 windows of 36 products", large, ones, None, one, none).lines(most=400)
check.done("one product for each window gives the numbers of the seven loops")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>inner-product</code></summary>
#
# 1. Which part of the padded image do the three inner loops walk through, and which
#    part of `weight`?
# 2. Your `conv2d_forward` of module 09: the four outer loops stay as they are.
# 3. Cut the window out of the image, all channels at once, with a range of rows and a
#    range of columns. It then has the shape of one kernel: multiply the two and add up
#    all that comes out. Make floats of whole numbers first.
#
# </details>

# %% [markdown]
# How much did that bring? Each call of NumPy costs about a microsecond before it has
# multiplied anything: larger windows would gain more.

# %% tags=["skip-grading"]
measure("a product a window", conv2d_inner, *LAYER)

# %% [markdown]
# ## All windows at once
#
# To get rid of the other loops, NumPy must see all windows at the same time. They need not
# be copied for that. In a row of five numbers the windows of three begin one number apart,
# and so does a view with the same stride twice.

# %%
row = np.arange(5.0)
seen = sliding_window_view(row, 3)
seen, seen.shape, seen.strides

# %% [markdown]
# The view has nine numbers, the memory five: the middle one stands in all three windows.
# In an image a pixel of the middle lies in nine windows of 3x3.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 9, figsize=(9, 1.5))
for axis, (top, left) in zip(axes, np.ndindex(3, 3), strict=True):
    image = np.zeros((5, 5))
    image[top : top + 3, left : left + 3] = 1
    image[2, 2] = 2
    axis.imshow(image, cmap="cividis")
    axis.set(title=f"({2 - top}, {2 - left})", xticks=[], yticks=[])
show(
    figure,
    alt="The nine windows of 3 by 3 in an image of 5 by 5. The pixel in the middle lies in "
    "each of them, at another place each time: from the lower right to the upper left.",
)

# %% [markdown]
# The titles say where in the window the pixel stands. For whole images the view has six
# axes: image, channel, window row, window column, and the row and column within the window.

# %%
image = np.zeros((2, 3, 6, 7), np.float32)
seen = sliding_window_view(image, (3, 3), axis=(2, 3))
image.nbytes, seen.nbytes, seen.shape, seen.strides

# %% [markdown]
# `nbytes` counts what the view shows, not what it takes: nothing was copied. Nor can it be
# written to, since one number would change in several windows.

# %% [markdown]
# NumPy also has `as_strided`, which takes any strides that you write down and checks none.
# One stride too large, and the view reads what lies behind the array: other data, or the
# end of the program. The trap is an axis of length 1, whose stride means nothing and may
# be any number. `sliding_window_view` works the strides out itself. Use nothing else.

# %% [markdown]
# **Task `windows`.** Pad, take the view of every window, and keep every stride-th of
# them. What a window cannot fit into is refused.


# %% nbgrader={"grade": false, "grade_id": "windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def windows(
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return all windows of a batch of images, as a view of the padded images.

    Parameters
    ----------
    x
        Shape (batch, channels, height, width). It is not modified.
    kernel_size, stride, padding
        Pairs (height, width); the padding is zeros on each side.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, output height, output width, kernel height, kernel
        width), of the dtype of x.

    Raises
    ------
    ValueError
        If a window is larger than the padded image, naming the window's size and the
        image's along that axis.
    """
    ### BEGIN SOLUTION
    (sh, sw), (ph, pw) = stride, padding
    for size, kernel, pad in zip(x.shape[2:], kernel_size, padding, strict=True):
        if kernel > size + 2 * pad:
            raise ValueError(
                f"a window of {kernel} does not fit into {size} pixels with padding {pad}"
            )
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    every = sliding_window_view(padded, kernel_size, axis=(2, 3))
    return every[:, :, ::sh, ::sw]
    ### END SOLUTION


# %% [markdown]
# **Check.** Windows of the numbers 0 to 14, a padded row, images and channels, the dtype,
# what does and does not fit, and how much Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-windows", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("windows", windows)
check("2x1, stride (1, 3)", count_up(1, 1, 3, 5), (2, 1), (1, 3), (0, 0)).gives(
    [[[[[[0], [5]], [[3], [8]]], [[[5], [10]], [[8], [13]]]]]]
)
check("other numbers", count_up(1, 1, 3, 5, first=2), (2, 1), (1, 3), (0, 0)).gives(
    [[[[[[2], [7]], [[5], [10]]], [[[7], [12]], [[10], [15]]]]]]
)
row = count_up(1, 1, 1, 2, first=1)
check("padding (1, 2)", row, (2, 4), (2, 1), (1, 2)).gives(
    [[[[[[0] * 4, [0, 0, 1, 2]], [[0] * 4, [0, 1, 2, 0]], [[0] * 4, [1, 2, 0, 0]]]]]]
)
check("images and channels", count_up(2, 2, 1, 2), (1, 2), (1, 1), (0, 0)).gives(
    [[[[[[0, 1]]]], [[[[2, 3]]]]], [[[[[4, 5]]]], [[[[6, 7]]]]]]
)
whole = -row.astype(np.int8)
check("it fits with padding alone", whole, (1, 4), (1, 1), (0, 1)).gives(
    [[[[[[0, -1, -2, 0]]]]]]
).dtype(np.int8)
turned = np.asfortranarray(count_up(1, 1, 2, 3))
check("axes the other way in memory", turned, (1, 2), (1, 1), (0, 0)).gives(
    [[[[[[0, 1]], [[1, 2]]], [[[3, 4]], [[4, 5]]]]]]
)
image = np.zeros((1, 1, 4, 5))
check("7 rows do not fit", image, (7, 2), (1, 1), (1, 1)).raises(
    ValueError, naming=(7, 4)
)
check("8 columns do not fit", image, (2, 8), (1, 1), (1, 1)).raises(
    ValueError, naming=(8, 5)
)
check("2500 windows", np.ones((1, 1, 51, 51)), (2, 2), (1, 1), (0, 0)).lines(most=200)
large = np.ones((1, 1, 70, 70))
check("a view: no window is copied", large, (20, 20), (1, 1), (0, 0)).memory(most=10**6)
check.done("all windows, as a view")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>windows</code></summary>
#
# 1. Which axes do the windows move along, and what shape does `sliding_window_view` give
#    for a single channel?
# 2. The example of one row, above: the new axis stands at the end. Here there are two.
# 3. Compare window and padded image along each axis first, and complain with both
#    numbers. Pad; ask for windows along the last two axes of the image; then keep, of
#    the two axes that say where a window stands, every place that the stride reaches.
#
# </details>

# %% [markdown]
# With six axes the whole convolution is one line: multiply over channel, row and column of
# the window, and add. `einsum` does it from the view, number by number, in C.


# %% tags=["skip-grading"]
def one_sum(x, weight, bias, stride, padding):
    seen = windows(x, weight.shape[2:], stride, padding)
    return np.einsum("bchwuv,ocuv->bohw", seen, weight)


measure("all windows, one sum", one_sum, *LAYER)

# %% [markdown]
# ## Each window a row: im2col
#
# No loop is left in Python, and the roof is still far away. What is fastest in NumPy is
# the product of two matrices: its library (BLAS) takes them apart so that each number is
# used many times while it is near. So make a matrix of the windows, one in each row.

# %% tags=["skip-grading"]
image = np.arange(9).reshape(3, 3)
matrix = sliding_window_view(image, (2, 2)).reshape(4, 4)

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(6, 2.8))
panels = {"an image": image, "its windows of 2x2, as rows": matrix}
for axis, (title, numbers) in zip(axes, panels.items(), strict=True):
    axis.imshow(numbers, cmap="cividis", vmin=0, vmax=8)
    axis.set(title=title, xticks=[], yticks=[])
    for (i, j), value in np.ndenumerate(numbers):
        colour = "w" if value < 5 else "k"
        axis.text(j, i, value, ha="center", va="center", color=colour)
show(
    figure,
    alt="The numbers 0 to 8 in three rows, and a matrix of four rows: 0 1 3 4, 1 2 4 5, "
    "3 4 6 7 and 4 5 7 8. The 4 of the middle stands in every row.",
)

# %% [markdown]
# This is called *im2col*, image to columns. (Those who coined it wrote the windows as
# columns; as rows they are easier to read, and the product is the same turned round.) Now
# the numbers are copied, KH·KW times each, and that is the price.

# %% [markdown]
# | layer, one image | image | its matrix |
# | --- | ---: | ---: |
# | 16 channels of 32x32, kernel 3x3 | 66 kB | 590 kB |
# | 64 channels of 224x224, kernel 3x3 | 12.8 MB | 116 MB |
# | 3 channels of 224x224, kernel 11x11 | 0.60 MB | 73 MB |

# %% [markdown]
# **Task `im2col`.** Write the matrix: its rows are the windows, image by image, each from
# left to right and from top to bottom. Within a row: channel, kernel row, kernel column.


# %% nbgrader={"grade": false, "grade_id": "im2col", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def im2col(
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return all windows of a batch of images as the rows of a matrix.

    Parameters
    ----------
    x
        Shape (batch, channels, height, width). It is not modified.
    kernel_size, stride, padding
        Pairs (height, width); the padding is zeros on each side.

    Returns
    -------
    np.ndarray
        Shape (batch * output height * output width, channels * kernel height * kernel
        width), of the dtype of x.
    """
    ### BEGIN SOLUTION
    seen = windows(x, kernel_size, stride, padding)
    batch, channels, down, across, kh, kw = seen.shape
    by_window = seen.transpose(0, 2, 3, 1, 4, 5)
    return by_window.reshape(batch * down * across, channels * kh * kw)
    ### END SOLUTION


# %% [markdown]
# **Check.** The matrix of the picture; images and channels; stride, padding, dtype, and how
# much Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-im2col", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("im2col", im2col, after=("windows",))
check("the picture", count_up(1, 1, 3, 3), (2, 2), (1, 1), (0, 0)).gives(
    [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]
)
check("other numbers", count_up(1, 1, 3, 3, first=5), (2, 2), (1, 1), (0, 0)).gives(
    [[5, 6, 8, 9], [6, 7, 9, 10], [8, 9, 11, 12], [9, 10, 12, 13]]
)
check("images and channels", count_up(2, 2, 2, 2), (2, 1), (1, 1), (0, 0)).gives(
    [[0, 2, 4, 6], [1, 3, 5, 7], [8, 10, 12, 14], [9, 11, 13, 15]]
)
check("stride (2, 3)", count_up(1, 1, 4, 5), (1, 2), (2, 3), (0, 0)).gives(
    [[0, 1], [3, 4], [10, 11], [13, 14]]
)
row = np.array([[[[1, -2]]]], np.int8)
check("padding (1, 2), whole numbers", row, (2, 3), (1, 2), (1, 2)).gives(
    [[0, 0, 0, 0, 0, 1], [0, 0, 0, 1, -2, 0], [0, 0, 1, 0, 0, 0], [1, -2, 0, 0, 0, 0]]
).dtype(np.int8)
check("2500 windows", np.ones((1, 1, 51, 51)), (2, 2), (1, 1), (0, 0)).lines(most=200)
check.done("each window is a row, in the right order")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>im2col</code></summary>
#
# 1. Which three of the six axes of `windows` say which window it is, and which three say
#    where in the window a number stands?
# 2. The shape in the docstring of `windows`, and the picture of the matrix.
# 3. Bring the six axes into the order image, window row, window column, channel, kernel
#    row, kernel column; only then join the first three into one axis, and the last three.
#
# </details>

# %% [markdown]
# A kernel, written out in the same order, is a row as long as a window's. Then all answers
# of all kernels are one product of matrices.
#
# | matrix | shape |
# | --- | --- |
# | windows, from `im2col` | (B·H'·W', C·KH·KW) |
# | kernels, as rows | (O, C·KH·KW) |
# | windows times kernels turned round | (B·H'·W', O) |

# %% [markdown]
# **Task `conv2d-matmul`.** Convolution as one matrix product over all windows, and no
# loop. The product comes out with a row for each window and a column for each kernel.


# %% nbgrader={"grade": false, "grade_id": "conv2d-matmul", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv2d_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Convolve by one matrix product: all windows times all kernels.

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
    dtype = np.result_type(x, weight, np.float32)
    kernel_size = weight.shape[2:]
    down, across = grid(x.shape, kernel_size, stride, padding)
    columns = im2col(x.astype(dtype, copy=False), kernel_size, stride, padding)
    kernels = weight.reshape(len(weight), -1).astype(dtype, copy=False)
    products = columns @ kernels.T
    if bias is not None:
        products += bias.astype(dtype)
    return products.reshape(len(x), down, across, len(weight)).transpose(0, 3, 1, 2)
    ### END SOLUTION


# %% [markdown]
# **Check.** The example of module 09; then stride, padding, channels with images and bias,
# the dtype, and how much Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-conv2d-matmul", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("conv2d-matmul", conv2d_forward, after=("im2col",))
image, kernel = count_up(1, 1, 2, 3), count_up(1, 1, 2, 2, first=1)
one, none = (1, 1), (0, 0)
check("the example by hand", image, kernel, None, one, none).gives([[[[27, 37]]]])
wide, pair = np.array([[[[1.0, 10.0]]]]), np.array([[[[1.0, 2.0]]]])
check("stride (2, 3)", count_up(1, 1, 4, 5), wide, None, (2, 3), none).gives(
    [[[[10, 43], [120, 153]]]]
)
check("padding (1, 2)", pair, kernel, None, one, (1, 2)).gives(
    [[[[0, 4, 11, 6, 0], [0, 2, 5, 2, 0]]]]
)
check("below zero", -image, kernel, None, one, none).gives([[[[-27, -37]]]])
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1, 1)
bias = np.array([100.0, 200.0, 300.0])
first = [[[100, 101]], [[202, 203]], [[320, 331]]]
second = [[[104, 105]], [[206, 207]], [[364, 375]]]
images = count_up(2, 2, 1, 2)
check("images, channels, bias", images, mix, bias, one, none).gives([first, second])
deep = np.array([[[[1.0, 10.0]], [[100.0, 1000.0]]]])
check("two channels of two", count_up(1, 2, 1, 2), deep, None, one, none).gives(
    [[[[3210]]]]
)
small = image.astype(np.float32), kernel.astype(np.float32)
check("float32", *small, None, one, none).gives([[[[27, 37]]]]).dtype(np.float32)
check("a float64 kernel", small[0], kernel, None, one, none).gives(
    [[[[27, 37]]]]
).dtype(float)
check("a float64 image", image, small[1], None, one, none).gives([[[[27, 37]]]]).dtype(
    float
)
bytes_ = image.astype(np.uint8), 100 * kernel.astype(np.uint8)[:, :, :1, :1]
check("small whole numbers", 40 + bytes_[0], bytes_[1], None, one, none).gives(
    [[[[4000, 4100, 4200], [4300, 4400, 4500]]]]
).dtype(np.float32)
halves = image.astype(np.int8), small[1] / 2, np.array([0.25])
check("whole numbers, halves, a bias of 0.25", *halves, one, none).gives(
    [[[[13.75, 18.75]]]]
).dtype(np.float32)
check("2500 windows", np.ones((1, 1, 51, 51)), kernel, None, one, none).lines(most=200)
check.done("one matrix product gives the numbers of the loops")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv2d-matmul</code></summary>
#
# 1. What shape must the kernels have, so that one row of `im2col` meets one kernel?
# 2. The table of shapes above: follow the axis of length C·KH·KW, which disappears.
# 3. Each kernel becomes a row, in the order in which `im2col` writes a window. Windows
#    times kernels, turned round, is the answer with the kernels last. Split the first
#    axis into image, row and column, and only then move the kernels to the second place.
#
# </details>

# %% [markdown]
# The same layer once more, and the two halves of the work by themselves.

# %% tags=["skip-grading"]
measure("im2col and matmul", conv2d_forward, *LAYER)
columns, kernels = im2col(IMAGES, (3, 3), (1, 1), (1, 1)), KERNELS.reshape(32, -1)
copying = statistics.median(seconds_of(im2col, IMAGES, (3, 3), (1, 1), (1, 1)))
product = statistics.median(seconds_of(np.matmul, columns, kernels.T))
print(f"of it im2col {1e3 * copying:.2f} ms, the product {1e3 * product:.2f} ms")

# %% tags=["skip-grading"]
through = moved + 2 * columns.nbytes
for name, amount in (("a product a window", moved), ("im2col and matmul", through)):
    points[name] = (2 * macs, amount, measured[name][0])
show(
    draw_roofline(points),
    alt="The roofline again. Im2col with its matrix product has moved up close to the "
    "roof, and to the left: the matrix is written and read.",
)

# %% [markdown]
# What was gained in speed was paid in bytes: the matrix is nine times as large as the
# images, and it is written and read again. That is why the point has moved to the left.

# %% [markdown]
# ## The way back: col2im
#
# Backward, the gradient of each window has to find its pixels. A pixel that was copied
# into four windows receives four gradients, and they add up: it had a say in all four.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 5, figsize=(9, 2.1))
total = np.zeros((4, 4))
for axis, (u, v) in zip(axes, np.ndindex(2, 2), strict=False):
    touched = np.zeros((4, 4))
    touched[u : u + 3, v : v + 3] = 1
    total += touched
    axis.imshow(touched, cmap="cividis", vmax=2)
    axis.set(title=f"place ({u}, {v})", xticks=[], yticks=[])
axes[4].imshow(total, cmap="cividis", vmin=0)
axes[4].set(title="the sum", xticks=[], yticks=[])
for (i, j), times in np.ndenumerate(total):
    colour = "w" if times < 3 else "k"
    axes[4].text(j, i, f"{times:g}", ha="center", va="center", color=colour)
show(
    figure,
    alt="Nine windows of 2 by 2 in an image of 4 by 4. Each of the four places in the "
    "window covers a square of nine pixels; in the sum a corner has 1, the middle 4.",
)

# %% [markdown]
# Seen place by place, there is no overlap at all: the upper left numbers of all windows go
# to different pixels. So KH·KW additions of whole slices do what the loops did pixel by
# pixel.

# %% [markdown]
# **Task `col2im`.** The transpose of `im2col`: each number of the matrix goes back to the
# pixel that it would have been copied from, what meets there is added, and what lands in
# the padding falls away. A loop over the places within the window is all you need.


# %% nbgrader={"grade": false, "grade_id": "col2im", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def col2im(
    columns: np.ndarray,
    x_shape: tuple[int, int, int, int],
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Add the rows of a matrix of windows up into images; the transpose of `im2col`.

    Parameters
    ----------
    columns
        Shape (batch * output height * output width, channels * kernel height * kernel
        width), in the order of `im2col`. It is not modified.
    x_shape
        (batch, channels, height, width) of the images, without padding.
    kernel_size, stride, padding
        As given to `im2col`.

    Returns
    -------
    np.ndarray
        Of shape ``x_shape`` and dtype ``np.result_type(columns, np.float32)``.
    """
    ### BEGIN SOLUTION
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    batch, channels, height, width = x_shape
    down, across = grid(x_shape, kernel_size, stride, padding)
    seen = columns.reshape(batch, down, across, channels, kh, kw)
    seen = seen.transpose(0, 3, 1, 2, 4, 5)
    dtype = np.result_type(columns, np.float32)
    padded = np.zeros((batch, channels, height + 2 * ph, width + 2 * pw), dtype)
    for u in range(kh):
        for v in range(kw):
            rows, pixels = slice(u, u + down * sh, sh), slice(v, v + across * sw, sw)
            padded[:, :, rows, pixels] += seen[..., u, v]
    return padded[:, :, ph : ph + height, pw : pw + width]
    ### END SOLUTION


# %% [markdown]
# **Check.** A matrix of ones counts in how many windows each pixel lies; then images and
# channels, stride, padding, dtype, and how much Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-col2im", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("col2im", col2im)
one, none = (1, 1), (0, 0)
check("ones", np.ones((4, 4)), (1, 1, 3, 3), (2, 2), one, none).gives(
    [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]
)
check("two windows", count_up(2, 4), (1, 1, 2, 3), (2, 2), one, none).gives(
    [[[[0, 5, 5], [2, 9, 7]]]]
)
check("other numbers", count_up(2, 4, first=2), (1, 1, 2, 3), (2, 2), one, none).gives(
    [[[[2, 9, 7], [4, 13, 9]]]]
)
check("images and channels", count_up(4, 4), (2, 2, 2, 2), (2, 1), one, none).gives(
    [[[[0, 4], [1, 5]], [[2, 6], [3, 7]]], [[[8, 12], [9, 13]], [[10, 14], [11, 15]]]]
)
check(
    "stride (2, 3)", count_up(4, 2, first=1), (1, 1, 4, 5), (1, 2), (2, 3), none
).gives([[[[1, 2, 0, 3, 4], [0] * 5, [5, 6, 0, 7, 8], [0] * 5]]])
check("padding (1, 2)", count_up(4, 6), (1, 1, 1, 2), (2, 3), (1, 2), (1, 2)).gives(
    [[[[46, 29]]]]
)
check("padding (0, 1)", count_up(3, 2), (1, 1, 1, 2), (1, 2), one, (0, 1)).gives(
    [[[[3, 7]]]]
)
small = np.full((2, 1), 200, np.uint8)
check("whole numbers", small, (1, 1, 1, 2), one, one, none).gives(
    [[[[200, 200]]]]
).dtype(np.float32)
half = np.array([[0.5]])
check("float32", half.astype(np.float32), (1, 1, 1, 1), one, one, none).gives(
    [[[[0.5]]]]
).dtype(np.float32)
check("float64", half, (1, 1, 1, 1), one, one, none).gives([[[[0.5]]]]).dtype(float)
check("2500 windows", np.ones((2500, 4)), (1, 1, 51, 51), (2, 2), one, none).lines(
    most=200
)
check.done("each number goes back to its pixel, and what meets is added")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>col2im</code></summary>
#
# 1. Take one place within the window, its upper left for example. To which pixels does
#    it go, over all windows at once?
# 2. `scatter_row` of module 09 adds window by window. The picture above shows the same
#    sum, place by place.
# 3. Give the matrix its six axes back. For each place in the window, add one slice to an
#    array of zeros with room for the padding: it begins at that place, takes steps of the
#    stride, and has as many pixels as there are windows. No pixel occurs twice in it.
#
# </details>

# %% [markdown]
# A transpose can be tested with random numbers alone: for any image and any matrix, the
# dot product of `im2col` of the image with the matrix is that of the image with `col2im`
# of the matrix.

# %%
image = np.random.default_rng(0).normal(size=(2, 3, 7, 8))
geometry = ((3, 2), (2, 1), (1, 0))
forward = im2col(image, *geometry)
matrix = np.random.default_rng(1).normal(size=forward.shape)
back = col2im(matrix, image.shape, *geometry)
float((forward * matrix).sum()), float((image * back).sum())

# %% [markdown]
# ## Gradients are products too
#
# Forward was Y = M Kᵀ: the matrix of windows times the kernels turned round. Derivatives of
# a product are products as well: the gradient of K is dYᵀ M, that of M is dY K.
#
# | gradient | product | shape |
# | --- | --- | --- |
# | of the kernels | dYᵀ M | (O, B·H'·W') (B·H'·W', C·KH·KW) |
# | of the windows | dY K | (B·H'·W', O) (O, C·KH·KW) |

# %% [markdown]
# **Task `conv2d-backward`.** All three gradients: a matrix product for the kernels, one
# for the windows, which `col2im` brings back to the pixels, and a sum for the bias.


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
        Three arrays, of the shapes of x, of weight, and (out_channels,), of dtype
        ``np.result_type(grad_output, np.float32)``.
    """
    ### BEGIN SOLUTION
    dtype = np.result_type(grad_output, np.float32)
    kernel_size = weight.shape[2:]
    by_window = grad_output.transpose(0, 2, 3, 1).astype(dtype, copy=False)
    upstream = by_window.reshape(-1, len(weight))
    columns = im2col(x.astype(dtype, copy=False), kernel_size, stride, padding)
    kernels = weight.reshape(len(weight), -1).astype(dtype, copy=False)
    grad_weight = (upstream.T @ columns).reshape(weight.shape)
    grad_x = col2im(upstream @ kernels, x.shape, kernel_size, stride, padding)
    return grad_x, grad_weight, upstream.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# **Check.** One window of 2x2 and a gradient of 2: the kernel receives twice the image, the
# image twice the kernel. Then windows that overlap, stride, padding, channels and images,
# the dtype, and how much Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-conv2d-backward", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("conv2d-backward", conv2d_backward, after=("im2col", "col2im"))
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
whole = np.array([[[[0, 1], [2, 3]]]])
check("a half, and an image of whole numbers", two / 4, whole, kernel, one, none).gives(
    grad_x=[[[[2.5, 3], [3.5, 4]]]],
    grad_weight=[[[[0, 0.5], [1, 1.5]]]],
    grad_bias=[0.5],
)
for kind in (np.float32, np.float64, np.int8):
    result = check("dtype", two.astype(kind), whole, kernel, one, none)
    result.gives(
        grad_x=[[[[10, 12], [14, 16]]]], grad_weight=[[[[0, 2], [4, 6]]]], grad_bias=[2]
    ).dtype(np.result_type(kind, np.float32))
many = np.ones((1, 1, 50, 50)), np.ones((1, 1, 51, 51))
check("2500 windows", *many, kernel, one, none).lines(most=300)
check.done("image, kernel and bias get their gradients, without a loop over windows")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>conv2d-backward</code></summary>
#
# 1. Forward multiplied two matrices. With the gradient of the product in hand, which
#    product of two matrices has the shape of the kernels, and which that of the windows?
# 2. The two lines of the derivation above, and the shapes below them.
# 3. Bring the upstream gradient into the order of the windows, with the kernels last,
#    and make a matrix of it. Turned round, times the windows, it gives the kernels'
#    gradient; times the kernels it gives the windows' gradient. Summed over all windows
#    it gives the bias's.
#
# </details>

# %% [markdown]
# The examples of the check do not make a gradient right. `gradcheck` moves every number a
# little and compares, as in module 09.

# %% tags=["skip-grading"]
from tinytorch.checks import check_gradient, count_up
from tinytorch.core.autograd import Function
from tinytorch.core.tensor import Tensor


# %% tags=["skip-grading"]
class Convolution(Function):
    """Your convolution, for autograd."""

    @staticmethod
    def forward(ctx, x, weight, bias, *numbers):
        """Return the convolution; ``numbers`` are stride and padding."""
        ctx.save_for_backward(x, weight)
        ctx.numbers = numbers
        return conv2d_forward(x, weight, bias, *numbers)

    @staticmethod
    def backward(ctx, grad_output):
        """Return the three gradients."""
        grads = conv2d_backward(grad_output, *ctx.saved_tensors, *ctx.numbers)
        return *grads, None, None


# %% tags=["skip-grading"]
check_gradient(
    lambda *inputs: Convolution.apply(*inputs, (2, 1), (1, 0)),
    [[[[100, 100], [152, 158]], [[200, 200], [356, 378]]]],
    begin_with="conv2d-matmul",
    back="conv2d-backward",
    x=count_up(1, 2, 2, 3),
    weight=count_up(2, 2, 1, 2),
    bias=np.array([100.0, 200.0]),
)

# %% [markdown]
# And two images, with the stride and the padding of the other axis:

# %% tags=["skip-grading"]
check_gradient(
    lambda *inputs: Convolution.apply(*inputs, (1, 2), (0, 1)),
    [[[[143, 182]]], [[[239, 302]]]],
    begin_with="conv2d-matmul",
    back="conv2d-backward",
    x=count_up(2, 1, 2, 4),
    weight=count_up(1, 1, 2, 3),
    bias=np.array([100.0]),
)

# %% [markdown]
# Backward does two products of the size of forward's one, and brings the windows back. How
# long does that take?

# %% tags=["skip-grading"]
upstream = conv2d_forward(*LAYER)
backward = (upstream, IMAGES, KERNELS, (1, 1), (1, 1))
seconds = statistics.median(seconds_of(conv2d_backward, *backward))
ratio = seconds / measured["im2col and matmul"][0]
print(f"{1e3 * seconds:.2f} ms, {ratio:.1f} times the forward pass")
try:
    from tinytorch.core.spatial import conv2d_backward as backward_loops

    # One of the images, and one of its channels.
    part = (upstream[:1], IMAGES[:1, :1], KERNELS[:, :1], (1, 1), (1, 1))
    loops = 32 * min(seconds_of(backward_loops, *part))
    print(f"the loops: about {loops:.0f} s, {loops / seconds:,.0f} times as long")
except (ModuleNotFoundError, NotImplementedError):
    print("Without module 09's conv2d_backward there are no loops to compare with.")

# %% [markdown]
# ## Pools, given
#
# With `windows` and `col2im` the pools of module 09 are a few lines each, and given.


# %%
#| export
def max_pool2d_forward(x, kernel_size, stride, padding) -> np.ndarray:
    """Return the largest element of each window; as in module 09, without its loops."""
    (ph, pw), dtype = padding, np.result_type(x, np.float32)
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(dtype, copy=False), sides, constant_values=-np.inf)
    return windows(padded, kernel_size, stride, (0, 0)).max(axis=(4, 5))


def avg_pool2d_forward(x, kernel_size, stride, padding) -> np.ndarray:
    """Return the mean of each window, padding included."""
    dtype = np.result_type(x, np.float32)
    seen = windows(x.astype(dtype, copy=False), kernel_size, stride, padding)
    return seen.mean(axis=(4, 5))


# %% [markdown]
# Backward, each channel is an image of its own. The windows' gradients are written as
# rows, and `col2im` adds them up.


# %%
#| export
def pool2d_backward(shares, x_shape, kernel_size, stride, padding) -> np.ndarray:
    """Add up the gradient of each pixel of each window.

    ``shares`` has the shape (batch, channels, output height, output width, pixels of a
    window), and the result the shape ``x_shape``.
    """
    batch, channels, height, width = x_shape
    planes = (batch * channels, 1, height, width)
    columns = shares.reshape(-1, shares.shape[-1])
    return col2im(columns, planes, kernel_size, stride, padding).reshape(x_shape)


def max_pool2d_backward(grad_output, x, kernel_size, stride, padding) -> np.ndarray:
    """Give each window's gradient to its maximum, to the first where several are equal."""
    (ph, pw), dtype = padding, np.result_type(x, np.float32)
    sides = ((0, 0), (0, 0), (ph, ph), (pw, pw))
    padded = np.pad(x.astype(dtype, copy=False), sides, constant_values=-np.inf)
    seen = windows(padded, kernel_size, stride, (0, 0))
    first = seen.reshape(*grad_output.shape, -1).argmax(axis=-1)[..., None]
    pixels = kernel_size[0] * kernel_size[1]
    shares = np.zeros((*grad_output.shape, pixels), grad_output.dtype)
    np.put_along_axis(shares, first, grad_output[..., None], axis=-1)
    return pool2d_backward(shares, x.shape, kernel_size, stride, padding)


def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding) -> np.ndarray:
    """Give each pixel of a window an equal share of its gradient."""
    pixels = kernel_size[0] * kernel_size[1]
    share = grad_output[..., None] / pixels
    shares = np.broadcast_to(share, (*grad_output.shape, pixels))
    return pool2d_backward(shares, x.shape, kernel_size, stride, padding)


# %% [markdown]
# These six names are what the layers of module 09 call. `tinytorch.use("fast")` puts the
# functions of this table in the place of the loops.

# %%
#| export
FUNCTIONS = {
    function.__name__: function
    for function in (
        conv2d_forward,
        conv2d_backward,
        max_pool2d_forward,
        max_pool2d_backward,
        avg_pool2d_forward,
        avg_pool2d_backward,
    )
}

# %% [markdown]
# On a larger image, the maxima of 2x2 and their way back: the share of a pixel is 1 where
# it won.

# %%
image = np.random.default_rng(0).normal(size=(2, 3, 32, 32)).astype(np.float32)
largest = max_pool2d_forward(image, (2, 2), (2, 2), (0, 0))
winners = max_pool2d_backward(np.ones_like(largest), image, (2, 2), (2, 2), (0, 0))
largest.shape, float(winners.sum()), float(winners.max())

# %% [markdown]
# ## Blocks that fit the cache
#
# Between processor and memory stands the *cache*: small, and many times faster. A matrix of
# windows that fits is still there when the product reads it; one that does not goes out to
# memory and comes back. Nothing forces us to make the whole matrix before we use it: take
# as many images as fit, multiply, and take the next.

# %% [markdown]
# For one image the matrix takes H'·W'·C·KH·KW numbers; in our layer 589,824 bytes, 1.2 MB
# for both images. For a batch of 32 it would be 19 MB, of which a block needs one part at
# a time.
#
# **Task `blocks`.** First the ranges: consecutive, together all items, each with as many
# as fit into a block, and at least one. Then the convolution, block by block of images.


# %% nbgrader={"grade": false, "grade_id": "blocks", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def blocks(count: int, bytes_each: int, block_bytes: int) -> list[tuple[int, int]]:
    """Return ranges (start, stop) that cut ``count`` items into blocks.

    Each block but the last holds as many items as fit.

    Parameters
    ----------
    count
        How many items there are; none gives no block.
    bytes_each
        Bytes that one item takes.
    block_bytes
        Bytes that a block may take. A larger item makes a block of its own.

    Raises
    ------
    ValueError
        If ``count`` is negative or one of the others is below 1, naming the number.
    """
    ### BEGIN SOLUTION
    if count < 0 or bytes_each < 1 or block_bytes < 1:
        raise ValueError(
            "blocks needs count >= 0, bytes_each >= 1 and block_bytes >= 1, got count "
            f"{count}, bytes_each {bytes_each}, block_bytes {block_bytes}"
        )
    step = max(1, block_bytes // bytes_each)
    return [(start, min(start + step, count)) for start in range(0, count, step)]
    ### END SOLUTION


def conv2d_blocked(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
    block_bytes: int,
) -> np.ndarray:
    """Return `conv2d_forward`, with the windows of some images at a time in memory.

    Parameters
    ----------
    x, weight, bias, stride, padding
        As of `conv2d_forward`.
    block_bytes
        Bytes that the windows of a block of images may take, as a matrix.
    """
    ### BEGIN SOLUTION
    dtype = np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], stride, padding)
    bytes_each = down * across * weight[0].size * dtype.itemsize
    out = np.zeros((len(x), len(weight), down, across), dtype)
    for start, stop in blocks(len(x), bytes_each, block_bytes):
        out[start:stop] = conv2d_forward(x[start:stop], weight, bias, stride, padding)
    return out
    ### END SOLUTION


# %% [markdown]
# **Check.** Items in blocks of 30 bytes, and what is refused; then a convolution in blocks
# of one image, of two, and of all.

# %% nbgrader={"grade": true, "grade_id": "test-blocks", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("blocks", blocks, after=("conv2d-matmul",))
check("7 items of 10 bytes", 7, 10, 30).gives([[0, 3], [3, 6], [6, 7]])
check("items of 11 bytes: two fit", 4, 11, 30).gives([[0, 2], [2, 4]])
check("8 items, of which 6 fit", 8, 5, 30).gives([[0, 6], [6, 8]])
check("items of 16 bytes: one fits", 2, 16, 30).gives([[0, 1], [1, 2]])
check("items larger than a block", 2, 100, 30).gives([[0, 1], [1, 2]])
check.of(lambda: len(blocks(0, 10, 30)))("no item, no block").gives(0)
check("-2 items", -2, 10, 30).raises(ValueError, naming=(-2,))
check("items of 0 bytes", 7, 0, 30).raises(ValueError, naming=(0,))
check("blocks of 0 bytes", 7, 10, 0).raises(ValueError, naming=(0,))
check("items of -4 bytes", 7, -4, 30).raises(ValueError, naming=(-4,))
check("blocks of -4 bytes", 7, 10, -4).raises(ValueError, naming=(-4,))

check = check.of(conv2d_blocked)
images, kernel = count_up(3, 1, 2, 3), count_up(1, 1, 2, 2, first=1)
one, none = (1, 1), (0, 0)
for name, size in {"one image": 1, "two images": 128, "all images": 10**6}.items():
    check(
        f"blocks of {name}", images, kernel, np.array([100.0]), one, none, size
    ).gives([[[[127, 137]]], [[[187, 197]]], [[[247, 257]]]])
wide = np.array([[[[1.0, 10.0]]]])
check("stride (2, 3)", count_up(1, 1, 4, 5), wide, None, (2, 3), none, 1).gives(
    [[[[10, 43], [120, 153]]]]
)
small = images[:1].astype(np.float32), kernel.astype(np.float32)
check("float32", *small, None, one, none, 1).gives([[[[27, 37]]]]).dtype(np.float32)
check("float64 kernel", small[0], kernel, None, one, none, 1).gives(
    [[[[27, 37]]]]
).dtype(float)
check("float64 image", images[:1], small[1], None, one, none, 1).gives(
    [[[[27, 37]]]]
).dtype(float)
check("below zero", -images[:1], kernel, None, one, none, 1).gives([[[[-27, -37]]]])
halves = images[:1].astype(np.int8), small[1] / 2
check("whole numbers times halves", *halves, None, one, none, 1).gives(
    [[[[13.5, 18.5]]]]
)
whole = [each.astype(np.int8) for each in small]
check("whole numbers", *whole, None, one, none, 1).gives([[[[27, 37]]]]).dtype(
    np.float32
)
check("2500 windows", np.ones((1, 1, 51, 51)), kernel, None, one, none, 1).lines(
    most=300
)
many, whole = np.ones((40, 1, 39, 39)), np.ones((1, 1, 20, 20))
# The windows of an image take 1.28 MB.
check("40 images, one in a block", many, whole, None, one, none, 1_300_000).memory(
    most=8_000_000
)
check("40 images, all in one block", many, whole, None, one, none, 10**9).lines(
    most=300
)
check.done("ranges hold as many as fit, and blocks give the numbers of the whole")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>blocks</code></summary>
#
# 1. How many whole items fit into a block, and what if that is none?
# 2. The paragraph above says how many bytes the windows of one image take.
# 3. Step through the items with that number; the last block ends where the items end.
#    For the convolution make room for the whole answer, and fill it range by range with
#    what your matrix product gives for these images alone.
#
# </details>

# %% [markdown]
# A batch of 32 images, in blocks of 1, 2, 4 images and so on: how long it takes, and how
# much memory.

# %% tags=["skip-grading"]
batch = rng.normal(size=(32, 16, 32, 32)).astype(np.float32)
one_image = 32 * 32 * KERNELS[0].size * 4
together = [1, 2, 4, 8, 16, 32]
costs, peaks = [], []
for count in paced(together, "sizes of a block"):
    arguments = (batch, *LAYER[1:], count * one_image)
    costs.append(statistics.median(seconds_of(conv2d_blocked, *arguments, least=0.3)))
    peaks.append(peak_bytes(conv2d_blocked, *arguments))

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(8, 2.8))
axes[0].semilogx(together, 1e3 * np.array(costs), "o-", base=2)
axes[0].set(ylabel="ms for 32 images", ylim=(0, 1.2e3 * max(costs)))
axes[1].semilogx(together, np.array(peaks) / 1e6, "s-", color="tab:orange", base=2)
axes[1].set(ylabel="MB at most", ylim=(0, 1.2e-6 * max(peaks)))
for axis in axes:
    axis.set(xlabel="images in a block", xticks=together, xticklabels=together)
show(
    figure,
    alt=f"Time and memory against the images in a block. From 1 image to 32 the time goes "
    f"from {1e3 * costs[0]:.0f} ms to {1e3 * costs[-1]:.0f}, the memory from "
    f"{peaks[0] / 1e6:.0f} to {peaks[-1] / 1e6:.0f} MB.",
)

# %% [markdown]
# Memory falls in any case. How much time is won depends on the sizes of your machine's
# caches; where blocks are too small, the cost of a call counts again. In the fast package
# of this course a block is two megabytes.

# %% [markdown]
# ## Fewer multiplications: Winograd
#
# So far every method did the same products. Are they all needed? Two neighbouring outputs
# in a row, with a kernel of three, take six. Four are enough (Winograd, 1980). Pixels 1 2
# 3 4 and kernel 1 2 3, by hand:

# %% [markdown]
# - pixels: 1 - 3 = -2, 2 + 3 = 5, 3 - 2 = 1, 2 - 4 = -2
# - kernel: 1, (1 + 2 + 3)/2 = 3, (1 - 2 + 3)/2 = 1, 3
# - four products: -2, 15, 1, -6
# - outputs: -2 + 15 + 1 = 14, and 15 - 1 + 6 = 20
#
# Directly it is 1·1 + 2·2 + 3·3 = 14 and 2·1 + 3·2 + 4·3 = 20. Additions have replaced two
# of the six products. Write the sums out with letters once, and see what cancels. What is
# done to the kernel is done once, for all images.

# %% [markdown]
# This is called F(2, 3): 2 outputs, kernel of 3. As matrices: the pixels are multiplied by
# Bᵀ, the kernel by G, and the products by Aᵀ.

# %%
#| export
# F(2x2, 3x3), by Lavin and Gray (2016). In float32 they are exact, and leave it to the
# images whether float32 or float64 comes out.
B_T = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], np.float32)
G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], np.float32)
A_T = np.array([[1, 1, 1, 0], [0, 1, -1, -1]], np.float32)

# %%
pixels, kernel = np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3])
A_T @ ((B_T @ pixels) * (G @ kernel)), np.correlate(pixels, kernel)

# %% [markdown]
# In two dimensions each matrix acts on the rows and on the columns of a tile: Bᵀ d B for
# the pixels, G g Gᵀ for the kernel, Aᵀ m A for the products. A tile of 4x4 pixels gives
# 2x2 outputs with 16 products; directly it is 36, that is 2.25 times as many.

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 3, figsize=(8, 2.8))
colours = ["tab:blue", "tab:orange", "tab:green", "tab:red"]
for colour, (i, j) in zip(colours, np.ndindex(2, 2), strict=True):
    for axis, corner, side in (
        (axes[0], (2 * j, 2 * i), 4),
        (axes[2], (2 * j, 2 * i), 2),
    ):
        axis.add_patch(plt.Rectangle(corner, side, side, fc=colour, alpha=0.35))
        axis.add_patch(plt.Rectangle(corner, side, side, fc="none", ec=colour, lw=2))
for place, (i, j) in enumerate(np.ndindex(4, 4)):
    axes[1].text(j + 0.5, i + 0.5, place, ha="center", va="center")
titles = ("6x6 pixels, four tiles", "one tile: 16 products", "4x4 outputs")
for axis, title, side in zip(axes, titles, (6, 4, 4), strict=True):
    axis.set(title=title, xlim=(0, side), ylim=(side, 0), aspect="equal")
    axis.set(xticks=range(side), yticks=range(side), xticklabels=[], yticklabels=[])
    axis.grid(color="0.8")
show(
    figure,
    alt="Six by six pixels under four tiles of 4 by 4 that overlap by two; one tile with its "
    "places numbered 0 to 15; and the outputs, two by two from each tile.",
)

# %% [markdown]
# With channels, the products of one place are added over all input channels, as in any
# convolution: that is a matrix product, tiles times channels with channels times kernels.
# There are 16 of them, one for each place in the tile. The sum can be taken before Aᵀ is
# applied, once for each output channel.

# %% [markdown]
# **Task `winograd`.** The three transforms, each a matrix from the left and its transpose
# from the right, and the convolution of tiles of 4x4 that begin every second pixel.


# %% nbgrader={"grade": false, "grade_id": "winograd", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def winograd_kernel(weight: np.ndarray) -> np.ndarray:
    """Map kernels (out_channels, in_channels, 3, 3) to (out_channels, in_channels, 4, 4)."""
    ### BEGIN SOLUTION
    return G @ weight @ G.T
    ### END SOLUTION


def winograd_input(tiles: np.ndarray) -> np.ndarray:
    """Map tiles of pixels (..., 4, 4) to tiles of the same shape."""
    ### BEGIN SOLUTION
    return B_T @ tiles @ B_T.T
    ### END SOLUTION


def winograd_output(products: np.ndarray) -> np.ndarray:
    """Map tiles of products (..., 4, 4) to outputs (..., 2, 2)."""
    ### BEGIN SOLUTION
    return A_T @ products @ A_T.T
    ### END SOLUTION


def conv2d_winograd(
    x: np.ndarray, weight: np.ndarray, padding: tuple[int, int]
) -> np.ndarray:
    """Convolve with kernels of 3x3 at stride 1, with 16 products for 4 outputs.

    Parameters
    ----------
    x
        Shape (batch, in_channels, height, width). It is not modified.
    weight
        Shape (out_channels, in_channels, 3, 3).
    padding
        Pair (height, width) of zeros on each side.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, output height, output width), odd or even, of dtype
        ``np.result_type(x, weight, np.float32)``.
    """
    ### BEGIN SOLUTION
    (ph, pw), (out_channels, in_channels, _, _) = padding, weight.shape
    rows, columns = grid(x.shape, (3, 3), (1, 1), padding)
    down, across = (rows + 1) // 2, (columns + 1) // 2
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph + rows % 2), (pw, pw + columns % 2)))
    tiles = winograd_input(windows(padded, (4, 4), (2, 2), (0, 0)))
    pixels = tiles.transpose(4, 5, 0, 2, 3, 1).reshape(4, 4, -1, in_channels)
    kernels = winograd_kernel(weight).transpose(2, 3, 1, 0)
    products = (pixels @ kernels).reshape(4, 4, len(x), down, across, out_channels)
    outputs = winograd_output(products.transpose(2, 5, 3, 4, 0, 1))
    image = outputs.transpose(0, 1, 2, 4, 3, 5)
    image = image.reshape(len(x), out_channels, 2 * down, 2 * across)
    return image[:, :, :rows, :columns]
    ### END SOLUTION


# %% [markdown]
# **Check.** The three transforms; then pixels picked out of a picture by two numbers of the
# kernel, padding, images and channels, dtype, and how much Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-winograd", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("winograd", after=("windows",))
check.of(winograd_kernel)("4 to 36", 4 * count_up(1, 1, 3, 3, first=1)).gives(
    [[[[4, 12, 4, 12], [24, 45, 15, 36], [8, 15, 5, 12], [28, 48, 16, 36]]]]
)
tile = np.array([[1.0, 2, 3, 4], [2, 3, 5, 7], [1, 1, 2, 3], [0, 1, 0, 2]])
check.of(winograd_input)("a tile of pixels", tile).gives(
    [[-1, 2, 0, 0], [-4, 11, 3, -6], [2, -5, -1, 2], [-3, 7, 3, -3]]
)
check.of(winograd_output)("0 to 15", count_up(4, 4)).gives([[45, -24], [-51, 20]])

check, none = check.of(conv2d_winograd), (0, 0)
pick = np.array([[[[1.0, 0, 0], [0, 0, 0], [0, 0, 10]]]])
check("first pixel and 10 times the last", count_up(1, 1, 5, 6), pick, none).gives(
    [[[[140, 151, 162, 173], [206, 217, 228, 239], [272, 283, 294, 305]]]]
)
row, kernel = count_up(1, 1, 1, 2, first=1), count_up(1, 1, 3, 3, first=1)
check("padding (1, 2)", row, kernel, (1, 2)).gives([[[[6, 17, 14, 8]]]])
middles = np.zeros((2, 2, 3, 3))
middles[:, :, 1, 1] = [[1, 0], [1, 10]]
check("images and channels", count_up(2, 2, 3, 3), middles, none).gives(
    [[[[4]], [[134]]], [[[22]], [[332]]]]
)
square = count_up(1, 1, 3, 3), pick[..., ::-1]
small = [each.astype(np.float32) for each in square]
check("float32", *small, none).gives([[[[62]]]]).dtype(np.float32)
check("below zero", -square[0], square[1], none).gives([[[[-62]]]])
check("a float64 kernel", small[0], square[1], none).gives([[[[62]]]]).dtype(float)
check("a float64 image", square[0], small[1], none).gives([[[[62]]]]).dtype(float)
whole = [each.astype(np.int8) for each in square]
check("whole numbers", *whole, none).gives([[[[62]]]]).dtype(np.float32)
large = np.ones((1, 1, 82, 62)), np.ones((1, 1, 3, 3))
check("1200 tiles", *large, none).lines(most=400)
check.done("transforms and convolution are right, tile by tile")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>winograd</code></summary>
#
# 1. How many tiles does it take for the outputs along one axis, and how many pixels must
#    be added below and to the right if that number is odd?
# 2. Your `windows` cuts tiles out as well as windows. For the products look at the
#    picture of a tile: each of its 16 places has a matrix product of its own.
# 3. Pad, with one more row or column where the outputs are odd. Transform tiles and
#    kernels. For each of the 16 places multiply the matrix of tiles and channels by that
#    of channels and kernels; `matmul` does this for all places if they stand in front.
#    Transform back, put the 2x2 outputs side by side, and cut off what was added.
#
# </details>

# %% [markdown]
# Does it pay? In the table the whole; below, how long the products take by themselves, and
# how long the transforms.

# %% tags=["skip-grading"]
measure("Winograd", conv2d_winograd, IMAGES, KERNELS, (1, 1))
tiles = rng.normal(size=(16, 2 * 16 * 16, 16)).astype(np.float32)
kernels = rng.normal(size=(16, 16, 32)).astype(np.float32)
alone = statistics.median(seconds_of(np.matmul, tiles, kernels))
whole = measured["Winograd"][0]
print(f"16 products {1e3 * alone:.2f} ms, all else {1e3 * (whole - alone):.2f} ms")
print(f"the one product of im2col: {1e3 * product:.2f} ms")

# %% [markdown]
# In plain NumPy the transforms mostly cost more than the products save: they read and
# write every number several times. Libraries do them in registers, with tiles of 6x6, where
# 36 products replace 144. The fast package of this course makes each transform one large
# matrix product; there Winograd's method pays, with many channels.

# %% [markdown]
# There is a second price: the transforms add and subtract, and float32 rounds each time.
# For tiles of 4x4 it is a small one, as the next cells measure against float64. With larger
# tiles the numbers in the matrices grow, and the error with them.


# %% tags=["skip-grading"]
def errors(channels):
    shapes = (4, channels, 12, 12), (16, channels, 3, 3)
    x, weight = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    exact = conv2d_forward(x.astype(float), weight, None, (1, 1), (1, 1))
    answers = [
        conv2d_forward(x, weight, None, (1, 1), (1, 1)),
        conv2d_winograd(x, weight, (1, 1)),
    ]
    return [np.sqrt(np.mean((each - exact) ** 2)) for each in answers]


# %% tags=["skip-grading"]
channels = [1, 4, 16, 64, 256]
found = np.array([errors(each) for each in channels])

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(5, 2.8))
for name, style, values in zip(
    ("matmul", "Winograd"), ("o-", "s--"), found.T, strict=True
):
    axes.loglog(channels, values, style, label=name)
axes.set(xlabel="input channels", ylabel="root mean square error")
axes.legend()
show(
    figure,
    alt="The error in float32 against the number of channels: both methods' errors grow, "
    f"and Winograd's is {(found[:, 1] / found[:, 0]).mean():.1f} times as large on average.",
)

# %% [markdown]
# ## Through the Fourier transform
#
# A convolution becomes a product, number by number, if signals are written as sums of
# waves: that is what the Fourier transform does, and FFT computes it quickly. What comes
# out goes round in a circle, so the outputs that run over the edge are thrown away. The
# kernel is not to be flipped: one side is *conjugated*.

# %%
row, kernel = np.array([0.0, 0, 1, 1, 1, 0, 0]), np.array([-1.0, 1])
waves = np.fft.rfft(row) * np.fft.rfft(kernel, 7).conj()
np.round(np.fft.irfft(waves, 7), 6), np.correlate(row, kernel)

# %% [markdown]
# Seven numbers, of which the first six are right: the last window has its second pixel
# outside, and took the first of the row for it.

# %% [markdown]
# **Task `fft`.** Transform images and kernels to the same size, multiply, add up the
# channels, and transform back.


# %% nbgrader={"grade": false, "grade_id": "fft", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def conv2d_fft(
    x: np.ndarray, weight: np.ndarray, padding: tuple[int, int]
) -> np.ndarray:
    """Convolve at stride 1 through the Fourier transform, with a kernel of any size.

    Parameters
    ----------
    x
        Shape (batch, in_channels, height, width). It is not modified.
    weight
        Shape (out_channels, in_channels, kernel height, kernel width).
    padding
        Pair (height, width) of zeros on each side.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, output height, output width), of dtype
        ``np.result_type(x, weight, np.float32)``.
    """
    ### BEGIN SOLUTION
    (ph, pw), dtype = padding, np.result_type(x, weight, np.float32)
    down, across = grid(x.shape, weight.shape[2:], (1, 1), padding)
    padded = np.pad(x.astype(dtype, copy=False), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    size = padded.shape[2:]
    pixels = np.fft.rfft2(padded, size)
    kernels = np.fft.rfft2(weight.astype(dtype, copy=False), size).conj()
    products = np.einsum("bchw,ochw->bohw", pixels, kernels)
    image = np.fft.irfft2(products, size)
    return image[:, :, :down, :across].astype(dtype, copy=False)
    ### END SOLUTION


# %% [markdown]
# **Check.** The example of module 09; padding, images and channels, dtype, and how much
# Python runs.

# %% nbgrader={"grade": true, "grade_id": "test-fft", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check, count_up

check = Check("fft", conv2d_fft)
image, kernel, none = count_up(1, 1, 2, 3), count_up(1, 1, 2, 2, first=1), (0, 0)
check("the example by hand", image, kernel, none).gives([[[[27, 37]]]])
pair = np.array([[[[1.0, 2.0]]]])
check("padding (1, 2)", pair, kernel, (1, 2)).gives(
    [[[[0, 4, 11, 6, 0], [0, 2, 5, 2, 0]]]]
)
mix = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 10.0]]).reshape(3, 2, 1, 1)
check("images and channels", count_up(2, 2, 1, 2), mix, none).gives(
    [[[[0, 1]], [[2, 3]], [[20, 31]]], [[[4, 5]], [[6, 7]], [[64, 75]]]]
)
row, long = count_up(1, 1, 1, 5), np.array([[[[1.0, 2.0, 3.0]]]])
check("three windows in a row", row, long, none).gives([[[[8, 14, 20]]]])
small = image.astype(np.float32), kernel.astype(np.float32)
check("float32", *small, none).gives([[[[27, 37]]]]).dtype(np.float32)
check("a float64 kernel", small[0], kernel, none).gives([[[[27, 37]]]]).dtype(float)
check("a float64 image", image, small[1], none).gives([[[[27, 37]]]]).dtype(float)
halves = image.astype(np.int8), -small[1] / 2
check("whole numbers times halves", *halves, none).gives([[[[-13.5, -18.5]]]])
whole = [each.astype(np.int8) for each in small]
check("whole numbers", *whole, none).gives([[[[27, 37]]]]).dtype(np.float32)
check("2500 windows", np.ones((1, 1, 51, 51)), kernel, none).lines(most=300)
large = np.ones((1, 1, 99, 99)), np.ones((1, 1, 50, 50))
check("a kernel of 50x50: no window is copied", *large, none).memory(most=6_000_000)
check.done("the transforms give the numbers of the loops")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>fft</code></summary>
#
# 1. A product of transforms is a convolution that goes round in a circle. Which of the
#    outputs have not gone over the edge?
# 2. The example of one row, above: the same with two axes. `rfft2` takes the size to
#    which it fills up with zeros.
# 3. Pad the images and transform them; transform the kernels to the same size and
#    conjugate them. Multiply and add over the channels. Transform back to the padded
#    size, and keep the outputs of the windows that fit.
#
# </details>

# %% [markdown]
# The transform costs the same for every kernel, a matrix product more with each pixel of
# it. Where do the lines meet?

# %% tags=["skip-grading"]
measure("Fourier", conv2d_fft, IMAGES, KERNELS, (1, 1))

# %% tags=["skip-grading"]
image = rng.normal(size=(1, 4, 96, 96)).astype(np.float32)
sides, lines = [3, 5, 7, 11, 15, 21], {"matmul": [], "Fourier": []}
for side in sides:
    kernels = rng.normal(size=(4, 4, side, side)).astype(np.float32)
    calls = {
        "matmul": (conv2d_forward, image, kernels, None, (1, 1), (0, 0)),
        "Fourier": (conv2d_fft, image, kernels, (0, 0)),
    }
    for name, call in calls.items():
        lines[name].append(1e3 * statistics.median(seconds_of(*call, least=0.1)))

# %% tags=["skip-grading"]
figure, axes = plt.subplots(figsize=(5, 3))
for (name, values), style in zip(lines.items(), ("o-", "s--"), strict=True):
    axes.semilogy(sides, values, style, label=name)
axes.set(xlabel="side of the kernel", ylabel="ms", xticks=sides)
axes.legend()
show(
    figure,
    alt="Time against the side of the kernel. The Fourier transform stays level; the matrix "
    "product rises, and is the slower one for large kernels.",
)

# %% [markdown]
# Networks mostly use kernels of 3x3, and there the transform seldom pays. Its spectra are
# as large as the images, of complex numbers, and a stride saves it nothing. For filters of
# some dozens of pixels it is the method of choice.

# %% [markdown]
# ## Choose by measurement
#
# No method wins everywhere, and rules about which one to take age with every machine. So
# libraries try: on graphics cards, PyTorch's `torch.backends.cudnn.benchmark` times several
# methods at the first call of each shape and keeps the best. Single runs mislead, since
# other programs come in between; the mean has every outlier in it, the median has not.

# %% [markdown]
# **Task `choose`.** Given the measured seconds of each method, return the name of the one
# with the smallest median; of equal ones the first.


# %% nbgrader={"grade": false, "grade_id": "choose", "locked": false, "schema_version": 3, "solution": true, "task": false}
#| export
def fastest(seconds: dict[str, list[float]]) -> str:
    """Return the name whose measurements have the smallest median.

    Parameters
    ----------
    seconds
        Measured seconds, by name. Of equal medians the first wins.

    Raises
    ------
    ValueError
        If there is no name, or one without a measurement.
    """
    ### BEGIN SOLUTION
    if not seconds:
        raise ValueError("fastest needs at least one method, got none")
    for name, measured in seconds.items():
        if len(measured) == 0:
            raise ValueError(f"fastest needs a measurement of {name!r}, got none")
    medians = {name: np.median(measured) for name, measured in seconds.items()}
    return min(medians, key=medians.get)
    ### END SOLUTION


# %% [markdown]
# **Check.** One slow outlier does not decide, nor one lucky run; equal medians, medians of an
# even number of runs, and what is refused.

# %% nbgrader={"grade": true, "grade_id": "test-choose", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
from tinytorch.checks import Check

check = Check("choose", fastest)
runs = {"loops": [7.0, 8.0, 1.0], "matmul": [3.0, 90.0, 2.0], "fft": [4.0, 4.0, 4.0]}
check("medians 7, 3 and 4", runs).gives("matmul")
check("medians 5 and 4", {"b": [5.0, 5.0, 5.0], "a": [1.0, 4.0, 9.0]}).gives("a")
check("equal medians: the first", {"b": [2.0, 3.0, 9.0], "a": [3.0]}).gives("b")
check(
    "two slow runs of five", {"b": [2.0] * 5, "a": [1.0, 1.0, 1.0, 90.0, 90.0]}
).gives("a")
check("1, 2, 6 and 7: 4", {"b": [1.0, 2.0, 6.0, 7.0], "a": [3.0]}).gives("a")
check("1, 2, 4 and 9: 3", {"b": [3.5], "a": [1.0, 2.0, 4.0, 9.0]}).gives("a")
check("no method", {}).raises(ValueError)
check("a method without a run", {"a": [1.0], "b": []}).raises(ValueError)
check.done("the smallest median wins, of equal ones the first")

# %% [markdown] tags=["graded"]

# %% [markdown]
# <details>
# <summary>Hints for <code>choose</code></summary>
#
# 1. Which of the three, mean, minimum or median, changes least when one run is disturbed?
# 2. The paragraph before the task; and `statistics` or NumPy for what it names.
# 3. Refuse what has no measurement. Take the median of each list, and return the name
#    that has the smallest; a search in the order of the table keeps the first of equals.
#
# </details>

# %% [markdown]
# The methods on five shapes: a digit, our layer, one with many channels, a batch of colour
# images with large kernels, and a single filter of 31x31.

# %% tags=["skip-grading"]
SHAPES = {
    "8 digits of 8x8": ((8, 1, 8, 8), (8, 1, 3, 3)),
    "our layer": (IMAGES.shape, KERNELS.shape),
    "128 channels, 14x14": ((4, 128, 14, 14), (128, 128, 3, 3)),
    "16 images of 32x32": ((16, 3, 32, 32), (16, 3, 7, 7)),
    "one filter of 31x31": ((1, 1, 128, 128), (1, 1, 31, 31)),
}


# %% tags=["skip-grading"]
def candidates(x, weight):
    padding = (weight.shape[2] // 2,) * 2
    rest = (x, weight, None, (1, 1), padding)
    calls = {
        "matmul": (conv2d_forward, *rest),
        "blocks": (conv2d_blocked, *rest, 1 << 20),
    }
    if weight.shape[2:] == (3, 3):
        calls["Winograd"] = (conv2d_winograd, x, weight, padding)
    return {**calls, "Fourier": (conv2d_fft, x, weight, padding)}


# %% tags=["skip-grading"]
methods = ("matmul", "blocks", "Winograd", "Fourier")
print(f"{'ms':22}" + "".join(f"{name:>10}" for name in methods))
for title, shapes in SHAPES.items():
    arrays = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    seconds = {
        name: seconds_of(*call, least=0.1) for name, call in candidates(*arrays).items()
    }
    row = f"{title:22}"
    for name in methods:
        found = (
            f"{1e3 * statistics.median(seconds[name]):.2f}" if name in seconds else ""
        )
        row += f"{found:>10}"
    print(row, "", fastest(seconds))

# %% [markdown]
# ## What each step brought
#
# All of it in one picture: the time of our layer, and the memory, step by step.

# %% tags=["skip-grading"]
names = list(measured)[::-1]
milliseconds = [1e3 * measured[name][0] for name in names]
megabytes = [measured[name][1] / 1e6 for name in names]
best = fastest({name: [seconds] for name, (seconds, _) in measured.items()})
f"the fastest: {best}, {min(milliseconds):.2f} ms"

# %% tags=["skip-grading"]
figure, axes = plt.subplots(1, 2, figsize=(9, 0.32 * len(names) + 1), sharey=True)
axes[0].barh(names, milliseconds, color="tab:blue")
axes[0].set(xscale="log", xlabel="ms")
axes[0].set_xlim(0.3 * min(milliseconds))
axes[1].barh(names, megabytes, color="tab:orange")
axes[1].set(xlabel="MB at most")
show(
    figure,
    alt="Bars of time, on a logarithmic scale, and of memory, one for each step. The fastest "
    f"is {best} with {1e3 * measured[best][0]:.2f} ms.",
)

# %% [markdown]
# ## To think about
#
# Not graded; each answer is folded.

# %% [markdown]
# <details>
# <summary>The large matrix holds most pixels nine times. Why is it still faster than
# the loops, which hold none twice?</summary>
#
# Copying is done by NumPy at the speed of memory, and the product then uses the processor's
# vector units. The loops spend their time in the interpreter, not on the numbers.
#
# </details>

# %% [markdown]
# <details>
# <summary>Half the layer's channels are zero. Which of your methods gains by it?</summary>
#
# None: all of them multiply by the zeros as well. A method that skips them has to find them
# first, which costs more than a product unless nearly all are zero.
#
# </details>

# %% [markdown]
# <details>
# <summary>On a machine with memory ten times as fast, what would you change?</summary>
#
# Less: blocks that fit the cache would matter less, and the roofline's slope would be
# steeper. The products themselves would take as long as before.
#
# </details>

# %% [markdown]
# ## Reflection
#
# Read by a person. In about a hundred words: which step brought most, and why that one?
# Where does more speed cost memory, or accuracy? Use at least two numbers that you measured.

# %% [markdown] nbgrader={"grade": true, "grade_id": "reflection", "locked": false, "points": 5, "schema_version": 3, "solution": true, "task": false}
# One call for each window took away the interpreter's share of nine tenths and more, and
# the matrix product most of what was left: it works on numbers that stay in the registers
# and the cache. It costs memory, a copy of each pixel for every window that sees it; blocks
# give that back. Winograd does fewer products, but in NumPy its transforms cost more than
# that saves; the Fourier transform pays for large kernels alone.

# %% [markdown] tags=["hand-in"]

# %% [markdown]
# ## Your layers on it
#
# Save the notebook, open a terminal in its folder, and type
# `python -m tinytorch.export acceleration.ipynb`. From then on `tinytorch.use("fast")` lets
# every `Conv2d`, `MaxPool2d` and `AvgPool2d` compute with what you wrote, unless
# `tinytorch.perf.convolution` is installed, and `tinytorch.use("loops")` goes back. On
# Binder and Colab download the notebook first: what runs there is temporary.

# %% tags=["skip-grading"]
import tinytorch

try:
    with tinytorch.use("fast"):
        from tinytorch.core.spatial import Conv2d

        layer, images = Conv2d(16, 32, 3, padding=1), Tensor(IMAGES)
        seconds = statistics.median(seconds_of(layer, images))
    print(f"a Conv2d of module 09 on the fast road: {1e3 * seconds:.2f} ms")
except (ImportError, RuntimeError) as error:
    print(error)

# %% [markdown]
# That module is the course's own, and not in the students' edition. It does what you did, and
# more: it takes for each shape the method that suits it, keeps its buffers from call to call,
# and has Winograd's tiles of 6x6. Where it is installed, it goes into the table.

# %% tags=["skip-grading"]
try:
    from tinytorch.perf.convolution import conv2d_forward as conv2d_packaged
except ModuleNotFoundError:
    print("This edition has no tinytorch.perf.convolution: your own is the fastest.")
else:
    measure("tinytorch.perf", conv2d_packaged, *LAYER)

# %% [markdown]
# ## When something goes wrong
#
# - The shape is right and the numbers are not: axes were joined before they were in order.
#   `reshape` never moves a number past another one; `transpose` does.
# - Right with 1 image or 1 channel, wrong with more: the same. Test with all lengths unequal.
# - *assignment destination is read-only*: a window is a view that cannot be written to. Copy
#   it, or use `col2im`.
# - It became slower: `float64` has crept in, which is twice the bytes. Look at `dtype`.
# - Out of memory: the matrix of windows. `conv2d_blocked` makes it piece by piece.

# %% [markdown]
# ## Further reading
#
# - Williams, Waterman and Patterson (2009), [*Roofline: an insightful visual performance
#   model for multicore architectures*](https://doi.org/10.1145/1498765.1498785).
# - Chellapilla, Puri and Simard (2006), [*High performance convolutional neural networks for
#   document processing*](https://inria.hal.science/inria-00112631): convolution as a matrix
#   product.
# - Goto and van de Geijn (2008), [*Anatomy of high-performance matrix
#   multiplication*](https://doi.org/10.1145/1356052.1356053): how BLAS reaches the roof.
# - Lavin and Gray (2016), [*Fast algorithms for convolutional neural
#   networks*](https://arxiv.org/abs/1509.09308): Winograd's method, after his [*Arithmetic
#   complexity of computations*](https://doi.org/10.1137/1.9781611970364) (1980).
# - Mathieu, Henaff and LeCun (2014), [*Fast training of convolutional networks through
#   FFTs*](https://arxiv.org/abs/1312.5851).

# %% [markdown]
# ## What comes next
#
# The milestone trains a larger network on real images, with your own layers on the fast
# road.
