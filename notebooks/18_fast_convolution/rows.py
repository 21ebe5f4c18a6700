# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Many small images at once
#
# > Rows of windows as they lie in memory, for a batch whose images are innermost.
#
# With the images innermost every run in memory is the same pixels of all images, and all
# images go through one matrix product. And one more copy is saved: of the two axes of a
# kernel, one need not be copied at all.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.rows

# %%
#| export
from collections.abc import Iterator

import numpy as np

from tinytorch.perf.matmul import by_pixels
from tinytorch.perf.windows import (
    Geometry,
    empty_images,
    per_block,
    product,
    scratch,
    turned_images,
    zero_images,
)

# %% [markdown]
# ## Rows, not columns
#
# Let a buffer hold, for each row of the images and each place across a kernel, the row
# shifted to that place: (rows, kernel width, channels, columns, images). What a kernel of
# height 3 sees in output row `i` are the buffer's rows `i`, `i + 1` and `i + 2`: neighbours
# in memory, one matrix without a copy. The next output row's matrix begins one row further
# on, so that the matrices overlap.


# %%
#| export
def rows_per_block(g: Geometry, itemsize: int) -> int:
    """Return how many rows of the output are computed together."""
    row = g.kernel_width * g.in_channels * g.columns * g.batch * itemsize
    height = per_block(row * g.stride[0], g.rows)
    # Neighbouring blocks both need the rows between them.
    return min(g.rows, max(height, g.kernel_height))


def row_blocks(x, g: Geometry, shifted=None) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield some rows of the output, and for each of them the windows as a matrix.

    The matrices have the shape (kernel height x kernel width x in_channels, columns x
    images). They lie in scratch memory, where the next block takes their place; or in
    ``shifted``, if that is given.
    """
    if shifted is not None:
        yield slice(0, g.rows), row_matrices(shifted, g)
        return
    turned, height = turned_images(x), rows_per_block(g, x.itemsize)
    for top in range(0, g.rows, height):
        rows = slice(top, min(top + height, g.rows))
        yield rows, row_matrices(shifted_rows(turned, g, rows), g)


def shifted_rows(turned, g: Geometry, rows: slice, kept: bool = False) -> np.ndarray:
    """Return (rows seen, kernel width, channels, columns, images), in scratch or kept."""
    first = rows.start * g.stride[0] - g.padding[0]
    count = (rows.stop - rows.start - 1) * g.stride[0] + g.kernel_height
    shape = (count, g.kernel_width, g.in_channels, g.columns, g.batch)
    if kept:
        shifted = np.empty(shape, turned.dtype)
    else:
        shifted = scratch("columns", shape, turned.dtype)
    low = max(0, -first)
    high = max(low, min(count, g.height - first))  # a block may see padding alone
    shifted[:low], shifted[high:] = 0, 0
    seen = turned.swapaxes(0, 1)[first + low : first + high]
    step, inside = g.stride[1], shifted[low:high]
    for v in range(g.kernel_width):
        place = v - g.padding[1]
        left = min(g.columns, max(0, -(place // step)))
        right = max(left, min(g.columns, (g.width - 1 - place) // step + 1))
        inside[:, v, :, :left], inside[:, v, :, right:] = 0, 0
        if left < right:
            pixels = slice(left * step + place, (right - 1) * step + place + 1, step)
            inside[:, v, :, left:right] = seen[:, :, pixels]
    return shifted


def row_matrices(shifted, g: Geometry) -> np.ndarray:
    """Return the overlapping matrices of the output rows, as a view."""
    size, length = g.kernel_width * g.in_channels, g.columns * g.batch
    line = size * length * shifted.itemsize
    rows = (len(shifted) - g.kernel_height) // g.stride[0] + 1
    shape = (rows, g.kernel_height * size, length)
    strides = (g.stride[0] * line, length * shifted.itemsize, shifted.itemsize)
    return np.ndarray(shape, shifted.dtype, shifted, strides=strides)


# %% [markdown]
# ## Forward


# %%
#| export
def by_rows(weight: np.ndarray) -> np.ndarray:
    """Return (out, kernel height x kernel width x in), in the order of the buffer."""
    return weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)


def row_stack(images, rows: slice) -> np.ndarray:
    """Return some rows of images innermost as a stack (rows, channels, columns x images)."""
    part = images.transpose(2, 1, 3, 0)[rows]
    return part.reshape(*part.shape[:2], -1)


def all_rows(x, g: Geometry) -> np.ndarray | None:
    """Return all rows shifted, for both ways; None where they are no single block."""
    if rows_per_block(g, x.itemsize) < g.rows:
        return None
    return shifted_rows(turned_images(x), g, slice(0, g.rows), kept=True)


def rows_forward(x, weight, bias, g: Geometry, shifted=None) -> np.ndarray:
    """Convolve all images at once, row by row; the result has the images innermost.

    What `all_rows` found may be given.
    """
    out = empty_images(g.output_shape, x.dtype, innermost=True)
    matrix = by_rows(weight)
    for rows, seen in row_blocks(x, g, shifted):
        product(matrix, seen, row_stack(out, rows))
    if bias is not None:
        out += bias[:, None, None]
    return out


# %% [markdown]
# ## Backward
#
# At stride 1 the gradient of the pixels is a convolution of the upstream gradient with the
# kernels turned by half a turn, in and out exchanged: the same function once more. With
# another stride, or more padding than the kernel reaches, columns of gradients are added to
# the pixels that they belong to.


# %%
#| export
def rows_backward(
    grad_output, x, weight, g: Geometry, for_x: bool = True, shifted=None
):
    """Return the gradients of x, if wanted, and weight.

    What `all_rows` found may be given.
    """
    upstream = turned_images(grad_output, "upstream").transpose(3, 0, 1, 2)
    total = np.zeros((g.out_channels, weight[0].size), x.dtype)
    for rows, seen in row_blocks(x, g, shifted):
        given, step = row_stack(upstream, rows), per_block(total.nbytes, len(seen))
        for first in range(0, len(seen), step):
            some = slice(first, first + step)
            total += by_pixels(given[some], seen[some])
    shape = (g.out_channels, g.kernel_height, g.kernel_width, g.in_channels)
    grad_weight = total.reshape(shape).transpose(0, 3, 1, 2)
    if not for_x:
        return None, grad_weight
    return rows_grad_x(upstream, weight, g), grad_weight


def rows_grad_x(upstream, weight, g: Geometry) -> np.ndarray:
    """Return the gradient of x."""
    border = g.kernel_height - 1 - g.padding[0], g.kernel_width - 1 - g.padding[1]
    if g.stride == (1, 1) and min(border) >= 0 and g.out_channels <= 2 * g.in_channels:
        turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)
        back = g._replace(
            in_channels=g.out_channels,
            height=g.rows,
            width=g.columns,
            out_channels=g.in_channels,
            padding=border,
            rows=g.height,
            columns=g.width,
        )
        return rows_forward(upstream, turned, None, back)
    return spread_rows(upstream, weight, g)


def spread_rows(upstream, weight, g: Geometry) -> np.ndarray:
    """Return the gradient of x: that of the columns, added to their pixels."""
    (ph, pw), (sh, sw) = g.padding, g.stride
    shape = (g.batch, g.in_channels, g.height + 2 * ph, g.width + 2 * pw)
    padded = zero_images(shape, upstream.dtype, innermost=True)
    matrix = by_rows(weight).T
    height = per_block(len(matrix) * g.columns * g.batch * upstream.itemsize, g.rows)
    for top in range(0, g.rows, height):
        given = row_stack(upstream, slice(top, top + height))
        columns = scratch(
            "columns", (len(given), len(matrix), given.shape[2]), upstream.dtype
        )
        product(matrix, given, columns)
        shape = (-1, g.kernel_height, g.kernel_width, g.in_channels, g.columns, g.batch)
        columns = columns.reshape(shape).transpose(5, 3, 1, 2, 0, 4)
        for u, v in np.ndindex(g.kernel_height, g.kernel_width):
            first = u + top * sh
            down = slice(first, first + (len(given) - 1) * sh + 1, sh)
            across = slice(v, v + (g.columns - 1) * sw + 1, sw)
            padded[:, :, down, across] += columns[:, :, u, v]
    return padded[:, :, ph : ph + g.height, pw : pw + g.width]


# %% [markdown]
# The same numbers as by columns, in another order in memory.

# %%
from tinytorch.perf.matmul import columns_forward
from tinytorch.perf.windows import geometry

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(16, 2, 9, 7)), rng.normal(size=(3, 2, 3, 4))
g = geometry(x.shape, weight.shape, (2, 1), (1, 2))
out = rows_forward(x, weight, None, g)
difference = out - columns_forward(x, weight, None, g)
f"largest difference {np.abs(difference).max():.0e}", out.strides
