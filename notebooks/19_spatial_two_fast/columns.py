# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Windows as columns, over any number of axes
#
# > The matrix product of module 18, with dilation, in groups, over lines, images and blocks.
#
# `tinytorch.perf.matmul` writes the pixels of each window into a column, a block of them at
# a time, and multiplies by the kernels. A dilation changes nothing but which pixels these
# are, another axis nothing but how many; groups are multiplied each by its own kernels, in
# one call. So every pixel is copied as often as a kernel has taps. Where kernels are many
# that is little beside the products, and it is always the same: no parts, no further calls.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.columns

# %%
#| export
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tinytorch.perf.taps import Taps, in_lines
from tinytorch.perf.windows import (
    empty_images,
    has_images_innermost,
    product,
    scratch,
)

# %% [markdown]
# ## Columns
#
# Lines are a batch as `tinytorch.perf.taps` has them: the last axis is of images that stand
# side by side. Of few windows, those of several images become one matrix.


# %%
#| export
FEW_WINDOWS = 32
BLOCK_NUMBERS = 1 << 18


class Columns(NamedTuple):
    """Some windows of some lines; `column_blocks` makes it.

    Attributes
    ----------
    lines, rows
        Which lines, and which part of the first axis of the output.
    pixels
        Shape (lines, groups, in_channels, taps ..., windows ..., images), in scratch.
    inside
        Whether the lines are next to the windows in memory.
    """

    lines: slice
    rows: slice
    pixels: np.ndarray
    inside: bool

    def matrices(self, array: np.ndarray, rows: int) -> np.ndarray:
        """Return (lines, groups, ...) as a stack of matrices with so many rows each.

        The stack is (lines, groups), or where lines are inside (1, groups).
        """
        lines, groups = array.shape[:2]
        if not self.inside:
            return array.reshape(lines, groups, rows, -1)
        flat = np.moveaxis(array.reshape(lines, groups, rows, -1), 0, 2)
        return flat.reshape(1, groups, rows, -1)

    def of(self, array: np.ndarray, groups: int) -> np.ndarray:
        """Return its part of (lines, channels, windows ..., images), by groups."""
        part = array[self.lines, :, self.rows]
        return part.reshape(len(part), groups, -1, *part.shape[2:])


def window_view(lines: np.ndarray, kernel, plan: Taps, dilation, groups: int):
    """Return the windows of contiguous lines, not copied.

    Returns
    -------
    np.ndarray
        Shape (lines, groups, in_channels, taps ..., windows ..., images).
    """
    count, channels, *sizes, images = lines.shape
    # Not lines.strides: those of an axis of length 1 may be any number.
    steps = [math.prod(sizes[axis + 1 :]) * images for axis in range(len(sizes))]
    channel = math.prod(sizes) * images
    taps = [d * step for d, step in zip(dilation, steps, strict=True)]
    windows = [s * step for s, step in zip(plan.stride, steps, strict=True)]
    each = channels // groups
    strides = channels * channel, each * channel, channel, *taps, *windows, 1
    shape = count, groups, each, *kernel, *plan.counts, images
    strides = [step * lines.itemsize for step in strides]
    return np.ndarray(shape, lines.dtype, lines, strides=strides)


def block_numbers(kernels: float) -> int:
    """Return how many numbers a block has: more where so many of kernels are read anew."""
    return int(max(BLOCK_NUMBERS, 2 * kernels))


def column_blocks(windows: np.ndarray, axes: int, room: int) -> Iterator[Columns]:
    """Yield blocks of columns; the next one takes the place of the last in memory."""
    lines, counts = len(windows), windows.shape[3 + axes : -1]
    row = math.prod(windows.shape[1:]) // counts[0]
    height = max(1, min(counts[0], room // row))
    together = max(1, min(lines, room // (row * counts[0])))
    inside = together > 1 and math.prod(windows.shape[3 + axes :]) < FEW_WINDOWS
    every = (slice(None),) * (2 + axes)
    for first in range(0, lines, together):
        some = slice(first, min(first + together, lines))
        for top in range(0, counts[0], height):
            rows = slice(top, min(top + height, counts[0]))
            block = windows[(some, *every, rows)]
            pixels = empty_columns(block.shape, windows.dtype, axes, inside)
            pixels[...] = block
            yield Columns(some, rows, pixels, inside)


def empty_columns(shape, dtype, axes: int, inside: bool) -> np.ndarray:
    """Return columns, not initialised, in scratch."""
    if not inside:
        return scratch("columns", shape, dtype)
    count, before = shape[0], shape[1 : 3 + axes]
    found = scratch("columns", (*before, count, *shape[3 + axes :]), dtype)
    return np.moveaxis(found, len(before), 0)


# %% [markdown]
# ## Forward


# %%
#| export
def columns_forward(x, weight, bias, plan: Taps, dilation, groups: int) -> np.ndarray:
    """Convolve by kernels as rows times windows as columns; the arrays have one dtype."""
    together, kernel, outs = (
        has_images_innermost(x),
        weight.shape[2:],
        len(weight) // groups,
    )
    out = empty_images((len(x), len(weight), *plan.counts), x.dtype, together)
    source, target = (
        np.ascontiguousarray(in_lines(x, together)),
        in_lines(out, together),
    )
    kernels = weight.reshape(groups, outs, -1)
    room = block_numbers(kernels.size)
    windows = window_view(source, kernel, plan, dilation, groups)
    for block in column_blocks(windows, len(kernel), room):
        columns = block.matrices(block.pixels, kernels.shape[2])
        place = block.of(target, groups)
        if block.inside:
            shape = groups, outs, len(place), *place.shape[3:]
            found = scratch("results", shape, x.dtype)
            product(kernels, columns, found.reshape(1, groups, outs, -1))
            place[...] = np.moveaxis(found, 2, 0)
        else:
            product(kernels, columns, block.matrices(place, outs))
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(kernel))
    return out


# %% [markdown]
# ## Backward
#
# The same products, turned: the columns' gradient takes the columns' place, and each tap's
# part of it is added to the pixels that the tap saw.


# %%
#| export
def columns_backward(
    grad_output, x, weight, plan: Taps, dilation, groups: int, for_x: bool = True
):
    """Return the gradients of x, if wanted, and weight."""
    together, kernel, outs = (
        has_images_innermost(x),
        weight.shape[2:],
        len(weight) // groups,
    )
    source = np.ascontiguousarray(in_lines(x, together))
    above = in_lines(grad_output, together)
    kernels = weight.reshape(groups, outs, -1)
    room = block_numbers(kernels.size)
    grad_kernels = np.zeros(kernels.shape, x.dtype)
    grad_x = empty_images(x.shape, x.dtype, together) if for_x else None
    if for_x:
        grad_x[...] = 0
    windows = window_view(source, kernel, plan, dilation, groups)
    for block in column_blocks(windows, len(kernel), room):
        columns = block.matrices(block.pixels, kernels.shape[2])
        upstream = block.matrices(block.of(above, groups), outs)
        grad_kernels += by_windows(upstream, columns)
        if for_x:
            product(kernels.swapaxes(1, 2), upstream, columns)
            target = in_lines(grad_x, together)[block.lines]
            target = target.reshape(len(target), groups, -1, *target.shape[2:])
            add_columns(block, target, kernel, plan, dilation)
    return grad_x, grad_kernels.reshape(weight.shape)


def by_windows(upstream: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return (groups, out, in) from (lines, groups, out or in, windows)."""
    turned = columns.shape[2] > upstream.shape[2]
    left, right = (columns, upstream) if turned else (upstream, columns)
    found = product(left, right.swapaxes(-1, -2)).sum(axis=0)
    return found.swapaxes(1, 2) if turned else found


def add_columns(block: Columns, target, kernel, plan: Taps, dilation) -> None:
    """Add the gradient of columns to (lines, groups, in_channels, ..., images)."""
    counts = block.rows.stop - block.rows.start, *plan.counts[1:]
    for tap in np.ndindex(*kernel):
        place = []
        for axis, (u, count) in enumerate(zip(tap, counts, strict=True)):
            first, step = u * dilation[axis], plan.stride[axis]
            if axis == 0:
                first += block.rows.start * step
            place.append(slice(first, first + (count - 1) * step + 1, step))
        target[(..., *place, slice(None))] += block.pixels[(slice(None),) * 3 + tap]


# %%
from tinytorch.perf.taps import find_taps

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(1, 4, 9)), rng.normal(size=(6, 2, 2))
plan = find_taps((9,), (2,), (2,), (3,))
columns_forward(x, weight, None, plan, (3,), groups=2).shape
