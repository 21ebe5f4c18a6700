# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Multiply first, then move
#
# > Where a convolution has fewer channels out than in, move its results, not its pixels.
#
# Columns hold each pixel of each input channel as often as windows see it. Turned round:
# each pixel is multiplied by all numbers of all kernels first, and the results are moved to
# where they are added up. A kernel of 4x4 over 100 channels copies 1600 numbers for each
# window; if there are 10 channels out, it moves 160.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.turned

# %%
#| export
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tinytorch.perf.lines import Lines, lines_for, sum_taps
from tinytorch.perf.matmul import by_pixels
from tinytorch.perf.windows import Geometry, per_block, placed, product, scratch

# %% [markdown]
# ## Every other pixel
#
# With a stride of 2, the pixels of even rows meet the first, third, fifth row of a kernel,
# and those of odd rows the second and fourth. So the convolution is the sum of two along
# that axis, each of stride 1, of half the pixels with half the kernel. One such part:


# %%
#| export
class Part(NamedTuple):
    """Along one axis, the taps and pixels that meet, as steps of one convolution.

    Pixel ``t`` of ``first <= t < last`` meets tap ``m`` in output ``t - m``.
    """

    taps: slice
    count: int
    pixels: slice
    first: int
    last: int
    outputs: int

    @property
    def length(self) -> int:
        """How many pixels."""
        return self.last - self.first

    def cut(self, most: int) -> "Iterator[Part]":
        """Yield the same in pieces of at most ``most`` pixels."""
        step = self.pixels.step
        for first in range(self.first, self.last, most):
            last = min(first + most, self.last)
            start = self.pixels.start + (first - self.first) * step
            pixels = slice(start, start + (last - first - 1) * step + 1, step)
            yield self._replace(pixels=pixels, first=first, last=last)


def parts(
    size: int, kernel: int, stride: int, padding: int, outputs: int
) -> list[Part]:
    """Return the parts along one axis, one for each remainder, without empty ones."""
    found = []
    for start in range(min(stride, kernel)):
        taps, shift = slice(start, None, stride), start - padding
        count = len(range(start, kernel, stride))
        first = max(0, -(shift // stride))
        last = min(outputs + count - 1, (size - 1 - shift) // stride + 1)
        if last > first:
            pixels = slice(
                stride * first + shift, stride * (last - 1) + shift + 1, stride
            )
            found.append(Part(taps, count, pixels, first, last, outputs))
    return found


def all_parts(g: Geometry) -> Iterator[tuple[Part, Part]]:
    """Yield the parts down and across, each with each."""
    down = parts(g.height, g.kernel_height, g.stride[0], g.padding[0], g.rows)
    across = parts(g.width, g.kernel_width, g.stride[1], g.padding[1], g.columns)
    for row in down:
        for column in across:
            yield row, column


# %%
parts(size=9, kernel=5, stride=2, padding=1, outputs=4)

# %% [markdown]
# ## Forward
#
# In blocks again: some images, or some rows of the output of one. What belongs to one output
# is added up as `tinytorch.perf.lines` says.


# %%
#| export
def line_blocks(g: Geometry, item: int) -> Iterator[tuple[slice, slice]]:
    """Yield some images and some rows of the output."""
    taps = math.prod(-(-k // s) for k, s in zip(kernel_of(g), g.stride, strict=True))
    numbers = (taps + 1) * g.out_channels + g.in_channels
    row = numbers * lines_for(g, 1).width * item
    together = per_block(row * lines_for(g, g.rows).height, g.batch)
    height = min(g.rows, max(per_block(row, g.rows), g.kernel_height))
    if together > 1:
        height = g.rows
    for first in range(0, g.batch, together):
        for top in range(0, g.rows, height):
            yield (
                slice(first, min(first + together, g.batch)),
                slice(top, min(top + height, g.rows)),
            )


def kernel_of(g: Geometry) -> tuple[int, int]:
    """Return the height and the width of a kernel."""
    return g.kernel_height, g.kernel_width


def part_lines(x, row: Part, column: Part, top: int, lines: Lines) -> np.ndarray:
    """Return the pixels that rows of windows from ``top`` on see: (images, channels, pixels).

    Where no pixel is there are zeros.
    """
    low, high = max(row.first, top), max(row.first, min(row.last, top + lines.height))
    step, count = row.pixels.step, max(0, high - low)
    start = row.pixels.start + (low - row.first) * step
    seen = x[:, :, start : start + count * step : step, column.pixels]
    if seen.shape[2:] == (lines.height, lines.width):
        return seen.reshape(*seen.shape[:2], -1)
    found = scratch("padded", (*x.shape[:2], lines.height, lines.width), x.dtype)
    found.fill(0)
    place = found[:, :, low - top : low - top + count, column.first : column.last]
    place[...] = seen
    return found.reshape(*x.shape[:2], -1)


def turned_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve by all kernels' numbers times pixels, and add up what belongs together."""
    out, parts = np.empty(g.output_shape, x.dtype), list(all_parts(g))
    matrices = [
        weight[:, :, row.taps, column.taps]
        .transpose(0, 2, 3, 1)
        .reshape(-1, g.in_channels)
        for row, column in parts
    ]
    for images, rows in line_blocks(g, x.itemsize):
        lines = lines_for(g, rows.stop - rows.start)
        place = out[images, :, rows]
        total = None
        for (row, column), matrix in zip(parts, matrices, strict=True):
            seen = part_lines(x[images], row, column, rows.start, lines)
            taps = row.count, column.count
            found = products_summed(seen, matrix, taps, lines, total is None)
            if total is None:
                total = found
            else:
                total += found
        if total is None:
            place[...] = 0
        else:
            place[...] = windows_of(total, lines)
    if bias is not None:
        out += bias[:, None, None]
    return out


def products_summed(seen, matrix, taps, lines: Lines, first: bool) -> np.ndarray:
    """Return the sum of products over taps, in scratch: (images, out_channels, pixels).

    They end with the last window.
    """
    images, outs = len(seen), len(matrix) // math.prod(taps)
    products = scratch("columns", (images, len(matrix), lines.length), seen.dtype)
    product(matrix, seen, products)
    shape = images, outs, lines.length - lines.furthest
    found = scratch("sums" if first else "more", shape, seen.dtype)
    sum_taps(products.reshape(images, outs, -1, lines.length), taps, lines, found)
    return found


def windows_of(sums: np.ndarray, lines: Lines) -> np.ndarray:
    """Return (images, channels, rows, columns) of contiguous lines, not copied."""
    images, channels, length = sums.shape
    rows, columns = lines.height - lines.reach[0], lines.width - lines.reach[1]
    steps = channels * length, length, lines.width, 1
    strides = [step * sums.itemsize for step in steps]
    shape = images, channels, rows, columns
    return np.ndarray(shape, sums.dtype, sums, strides=strides)


# %% [markdown]
# ## Backward
#
# Pixel $t$ gave to output $t - m$ by tap $m$; so its gradient comes from there. The columns
# are now windows of the upstream gradient, in which the taps run backwards. They serve both
# gradients: with the kernels, of the pixels; with the pixels, of the kernels.


# %%
#| export
def part_blocks(g: Geometry, row: Part, column: Part, item: int) -> Iterator[tuple]:
    """Yield some images, as a slice, and a piece of the part down."""
    line = row.count * column.count * g.out_channels * column.length * item
    for piece in row.cut(per_block(line, row.length)):
        step = per_block(line * piece.length, g.batch)
        for start in range(0, g.batch, step):
            yield slice(start, start + step), piece


def turned_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight."""
    grad_weight = np.zeros_like(weight)
    grad_x = np.zeros(x.shape, x.dtype) if for_x else None
    for row, column in all_parts(g):
        turned = weight[:, :, row.taps, column.taps][:, :, ::-1, ::-1]
        matrix = turned.swapaxes(0, 1).reshape(g.in_channels, -1)
        total = np.zeros(matrix.shape, weight.dtype)
        for images, piece in part_blocks(g, row, column, x.itemsize):
            columns = upstream_columns(grad_output[images], piece, column)
            places = images, slice(None), piece.pixels, column.pixels
            seen = x[places]
            total += by_pixels(seen.reshape(*seen.shape[:2], -1), columns)
            if for_x:
                grad_x[places] = pixel_gradient(matrix, columns).reshape(seen.shape)
        total = total.reshape(g.in_channels, g.out_channels, row.count, column.count)
        part = total.swapaxes(0, 1)[:, :, ::-1, ::-1]
        grad_weight[:, :, row.taps, column.taps] = part
    return grad_x, grad_weight


def upstream_columns(grad_output, row: Part, column: Part) -> np.ndarray:
    """Return what each pixel's taps gave to: (images, out_channels x taps, pixels)."""
    sizes = tuple(part.length + part.count - 1 for part in (row, column))
    first = tuple(part.count - 1 - part.first for part in (row, column))
    padded = placed(grad_output, first, sizes)
    images, channels = padded.shape[:2]
    shape = (images, channels, row.count, column.count, row.length, column.length)
    image, channel, line, pixel = (
        padded.itemsize * n
        for n in (channels * sizes[0] * sizes[1], sizes[0] * sizes[1], sizes[1], 1)
    )
    strides = image, channel, line, pixel, line, pixel
    columns = scratch("columns", shape, padded.dtype)
    columns[...] = np.ndarray(shape, padded.dtype, padded, strides=strides)
    return columns.reshape(images, -1, row.length * column.length)


def pixel_gradient(matrix, columns) -> np.ndarray:
    """Return (images, in_channels, pixels), in scratch."""
    shape = (len(columns), len(matrix), columns.shape[2])
    found = scratch("results", shape, columns.dtype)
    product(matrix, columns, found)
    return found


# %% [markdown]
# The same numbers as by columns.

# %%
from tinytorch.perf.matmul import columns_forward
from tinytorch.perf.windows import geometry

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(2, 6, 9, 7)), rng.normal(size=(2, 6, 3, 4))
g = geometry(x.shape, weight.shape, (2, 1), (1, 2))
difference = turned_forward(x, weight, None, g) - columns_forward(x, weight, None, g)
f"largest difference {np.abs(difference).max():.0e}"
