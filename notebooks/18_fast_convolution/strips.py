# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Strips
#
# > Shift the images across once for each column of a kernel; down, shift the pointer.
#
# Columns hold each pixel once for every place in a kernel. But an image that begins one row
# further down is the same memory, read from one row further on. So only the shifts across
# are copied, and a kernel of height 3 takes three matrix products, each of a third.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.strips

# %%
#| export
from collections.abc import Iterator

import numpy as np

from tinytorch.perf.matmul import by_pixels
from tinytorch.perf.windows import Geometry, per_block, placed, product, scratch

# %% [markdown]
# ## Where the rows lie
#
# With a stride of 2 down, the first row of a kernel sees rows 0, 2, 4, the second rows 1, 3,
# 5, and the third rows 2, 4, 6: so even and odd rows are kept apart. Row `u` of a kernel
# sees, of the rows with its remainder, those from `u // 2` on, without a gap.


# %%
#| export
def strip_rows(g: Geometry, rows: int, dilation: int = 1) -> int:
    """Return how many rows of each remainder ``rows`` rows of the output see."""
    return rows + (g.kernel_height - 1) * dilation // g.stride[0]


def strip_blocks(x, g: Geometry, dilation) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Yield some images, some rows of the output, and their strips.

    The strips have the shape (images, kernel width, in_channels, remainders, rows,
    columns) and lie in scratch memory: the next block takes their place.
    """
    row = g.kernel_width * g.in_channels * g.columns * g.stride[0] * x.itemsize
    together = per_block(row * strip_rows(g, g.rows, dilation[0]), g.batch)
    height = min(g.rows, max(per_block(row, g.rows), g.kernel_height))
    if together > 1:
        height = g.rows
    size = strip_rows(g, g.rows, dilation[0]) * g.stride[0], g.width + 2 * g.padding[1]
    for first in range(0, g.batch, together):
        images = slice(first, min(first + together, g.batch))
        padded = placed(x[images], g.padding, size)
        for top in range(0, g.rows, height):
            rows = slice(top, min(top + height, g.rows))
            yield images, rows, strips_of(padded, g, rows, dilation)


def strips_of(
    padded: np.ndarray, g: Geometry, rows: slice, dilation: tuple[int, int]
) -> np.ndarray:
    """Return the strips of some rows of the output, in scratch."""
    images, channels, height, width = padded.shape
    (sh, sw), item = g.stride, padded.itemsize
    count = strip_rows(g, rows.stop - rows.start, dilation[0])
    shape = (images, g.kernel_width, channels, sh, count, g.columns)
    image, channel, line = channels * height * width, height * width, width
    steps = (n * item for n in (image, dilation[1], channel, line, sh * line, sw))
    first = rows.start * sh * line * item
    strips = scratch("columns", shape, padded.dtype)
    strips[...] = np.ndarray(shape, padded.dtype, padded, first, tuple(steps))
    return strips


def seen_by(strips: np.ndarray, far: int, count: int) -> np.ndarray:
    """Return what a row of the kernels sees, so far down, as matrices: a view."""
    images, width, channels, step, _, across = strips.shape
    part = strips[:, :, :, far % step, far // step : far // step + count]
    return part.reshape(images, width * channels, count * across)


# %%
x = np.arange(30.0).reshape(1, 1, 6, 5)
g = Geometry(1, 1, 6, 5, 1, 3, 2, stride=(2, 1), padding=(0, 0), rows=2, columns=4)
seen_by(strips_of(x, g, slice(0, 1), (1, 1)), 0, 1)

# %% [markdown]
# ## Forward


# %%
#| export
def kernel_rows(weight: np.ndarray) -> np.ndarray:
    """Return (kernel height, out, kernel width x in)."""
    moved = weight.transpose(2, 0, 3, 1)
    return moved.reshape(*moved.shape[:2], -1)


def strips_forward(x, weight, bias, g: Geometry, dilation=(1, 1)) -> np.ndarray:
    """Convolve by one matrix product for each row of the kernels."""
    out, matrices = np.empty(g.output_shape, x.dtype), kernel_rows(weight)
    for images, rows, strips in strip_blocks(x, g, dilation):
        count = rows.stop - rows.start
        target = out[images, :, rows]
        target = target.reshape(len(target), g.out_channels, -1)
        product(matrices[0], seen_by(strips, 0, count), target)
        for u in range(1, g.kernel_height):
            found = scratch("results", target.shape, x.dtype)
            product(matrices[u], seen_by(strips, u * dilation[0], count), found)
            target += found
    if bias is not None:
        out += bias[:, None, None]
    return out


# %% [markdown]
# ## Backward
#
# The same views of the strips, one for each row of the kernels, give its gradient. The
# gradient of the pixels is first added up in strips, in runs of whole images; then the
# strips are added up, shifted back.


# %%
#| export
def strips_backward(
    grad_output, x, weight, g: Geometry, for_x: bool = True, dilation=(1, 1)
):
    """Return the gradients of x, if wanted, and weight."""
    (ph, pw), matrices = g.padding, kernel_rows(weight)
    totals = np.zeros(matrices.shape, x.dtype)
    height = strip_rows(g, g.rows, dilation[0]) * g.stride[0]
    shape = (g.batch, g.in_channels, max(height, ph + g.height), g.width + 2 * pw)
    grad_padded = np.zeros(shape, x.dtype) if for_x else None
    for images, rows, strips in strip_blocks(x, g, dilation):
        upstream = grad_output[images, :, rows]
        upstream = upstream.reshape(len(upstream), g.out_channels, -1)
        for u in range(g.kernel_height):
            seen = seen_by(strips, u * dilation[0], rows.stop - rows.start)
            totals[u] += by_pixels(upstream, seen)
        if for_x:
            strip_gradient(upstream, matrices, strips, dilation[0])
            place = grad_padded[images, :, rows.start * g.stride[0] :]
            add_strips(strips, place, g, dilation[1])
    moved = totals.reshape(*totals.shape[:2], g.kernel_width, g.in_channels)
    grad_weight = moved.transpose(1, 3, 0, 2)
    if not for_x:
        return None, grad_weight
    return grad_padded[:, :, ph : ph + g.height, pw : pw + g.width], grad_weight


def strip_gradient(upstream, matrices, strips, dilation: int) -> None:
    """Put the gradient of the strips in their place."""
    images, width, channels, step, _, across = strips.shape
    count = upstream.shape[2] // across
    shape = (images, width * channels, count * across)
    strips.fill(0)
    for u, matrix in enumerate(matrices):
        found = scratch("results", shape, upstream.dtype)
        product(matrix.T, upstream, found)
        far = u * dilation
        part = strips[:, :, :, far % step, far // step : far // step + count]
        part += found.reshape(part.shape)


def add_strips(strips, target, g: Geometry, dilation: int) -> None:
    """Add the gradient of strips to (images, channels, height, width)."""
    (sh, sw), count = g.stride, strips.shape[4]
    for a in range(sh):
        down = slice(a, a + (count - 1) * sh + 1, sh)
        for v in range(g.kernel_width):
            first = v * dilation
            across = slice(first, first + (g.columns - 1) * sw + 1, sw)
            target[:, :, down, across] += strips[:, v, :, a]


# %% [markdown]
# The same numbers as by columns.

# %%
from tinytorch.perf.matmul import columns_forward
from tinytorch.perf.windows import geometry

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(2, 3, 9, 7)), rng.normal(size=(4, 3, 3, 4))
g = geometry(x.shape, weight.shape, (2, 1), (1, 2))
difference = strips_forward(x, weight, None, g) - columns_forward(x, weight, None, g)
f"largest difference {np.abs(difference).max():.0e}"
