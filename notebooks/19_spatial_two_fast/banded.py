# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Depthwise convolution as products with a band
#
# > A few rows of outputs at once are a matrix product, most of whose numbers are zero.
#
# One channel has no matrix product of its own, and to add up shifted lines, each number of
# the answer goes to the cache and back for every tap. But a column of pixels gives a column
# of outputs by a matrix: in each of its rows the kernel's numbers, one place further to the
# right than in the row before. It is a band; the rest is zero. For four rows of outputs
# and a kernel of three, that is six multiplications for three. OpenBLAS does them faster
# than NumPy reads and writes: all columns of all images are multiplied by the same band.
# For a kernel's width, the pixels are copied once for each of its columns, shifted.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.banded

# %%
#| export
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tinytorch.perf.depthwise import depthwise_backward
from tinytorch.perf.padding import pad
from tinytorch.perf.taps import BLOCK, Taps, cut
from tinytorch.perf.windows import product, scratch

# %% [markdown]
# ## The band


# %%
#| export
ROWS = 4  # of outputs that are computed at once, about


class Band(NamedTuple):
    """The sizes of a band; `find_band` makes it."""

    rows: int  # of outputs in a tile
    seen: int  # rows of pixels that they see
    full: int  # tiles with all of their rows
    rest: int  # rows that are left for one more


def find_band(rows: int, kernel: int, stride: int, dilation: int) -> Band:
    """Return a band for so many rows of outputs."""
    each = -(-rows // -(-rows // ROWS))
    return Band(each, seen_by(each, kernel, stride, dilation), *divmod(rows, each))


def seen_by(rows: int, kernel: int, stride: int, dilation: int) -> int:
    """Return how many rows of pixels some rows of windows see."""
    return (rows - 1) * stride + (kernel - 1) * dilation + 1


def places(matrix: np.ndarray, rows: int, kernel, stride: int, dilation: int):
    """Return where the kernels' numbers stand in (..., rows x seen x width), as a view.

    Returns
    -------
    np.ndarray
        Shape (..., rows, kernel height, kernel width).
    """
    before, item, width = matrix.shape[:-1], matrix.itemsize, kernel[1]
    row = matrix.shape[-1] // rows
    steps = row + stride * width, dilation * width, 1
    strides = (*matrix.strides[:-1], *(step * item for step in steps))
    return np.ndarray((*before, rows, *kernel), matrix.dtype, matrix, strides=strides)


def bands_of(kernels: np.ndarray, band: Band, plan: Taps, dilation) -> np.ndarray:
    """Return the bands of kernels (channels, channels out, height, width).

    Returns
    -------
    np.ndarray
        Shape (channels, channels out x rows, rows of pixels x kernel width).
    """
    channels, outs, *kernel = kernels.shape
    size = band.seen * kernel[1]
    full = np.zeros((channels, outs, band.rows * size), kernels.dtype)
    seen = places(full, band.rows, kernel, plan.stride[0], dilation[0])
    seen[...] = kernels[:, :, None]
    return full.reshape(channels, outs * band.rows, size)


# %% [markdown]
# ## Strips
#
# The pixels, once for each column of the kernel, a row of all images after the other.


# %%
#| export
def seen_columns(x, width: int, plan: Taps, dilation: int) -> np.ndarray:
    """Return what each column of the kernels sees in contiguous x, not copied.

    Returns
    -------
    np.ndarray
        Shape (channels, height, kernel width, images, columns).
    """
    images, channels, height, across = x.shape
    shape = channels, height, width, images, plan.counts[1]
    # Not x.strides: those of an axis of length 1 may be any number.
    image, channel, line = channels * height * across, height * across, across
    steps = channel, line, dilation, image, plan.stride[1]
    strides = [step * x.itemsize for step in steps]
    return np.ndarray(shape, x.dtype, x, strides=strides)


def strips_of(seen: np.ndarray, few: slice, some: slice) -> np.ndarray:
    """Return the part of some images and channels, in scratch."""
    part = seen[some, :, :, few]
    strips = scratch("columns", part.shape, seen.dtype)
    strips[...] = part
    return strips


def tiles_of(strips: np.ndarray, band: Band, stride: int) -> Iterator[tuple]:
    """Yield the first row of outputs of some tiles, their rows, and what they see.

    What they see has the shape (channels, tiles, pixels x kernel width, images x columns).
    """
    channels, height, width, images, columns = strips.shape
    line = width * images * columns
    flat = strips.reshape(channels, height * width, images * columns)
    item = strips.itemsize
    if band.full:
        shape = channels, band.full, band.seen * width, images * columns
        steps = height * line, band.rows * stride * line, images * columns, 1
        strides = [step * item for step in steps]
        yield 0, band.rows, np.ndarray(shape, strips.dtype, strips, strides=strides)
    if band.rest:
        first = band.full * band.rows
        seen = band.seen - (band.rows - band.rest) * stride
        start = first * stride * width
        yield first, band.rest, flat[:, None, start : start + seen * width]


def channel_blocks(x, width: int, plan: Taps) -> Iterator[tuple[slice, slice]]:
    """Yield some images and some of their channels, whose strips fit into the cache."""
    size = x.shape[2] * width * plan.counts[1]
    for few in cut(len(x), size, 8 * BLOCK):
        for some in cut(x.shape[1], size * (few.stop - few.start), 8 * BLOCK):
            yield few, some


# %% [markdown]
# ## Forward


# %%
#| export
def banded_forward(x, weight, bias, plan: Taps, dilation, _groups) -> np.ndarray:
    """Convolve images in groups of one channel in; the arrays have one dtype."""
    channels, (height, width) = x.shape[1], weight.shape[2:]
    kernels = weight.reshape(channels, -1, height, width)
    band = find_band(plan.counts[0], height, plan.stride[0], dilation[0])
    bands = bands_of(kernels, band, plan, dilation)
    out = np.empty((len(x), len(weight), *plan.counts), x.dtype)
    target = out.reshape(len(x), channels, kernels.shape[1], *plan.counts)
    source = seen_columns(np.ascontiguousarray(x), width, plan, dilation[1])
    for few, some in channel_blocks(x, width, plan):
        strips = strips_of(source, few, some)
        for first, rows, seen in tiles_of(strips, band, plan.stride[0]):
            matrix = bands[some].reshape(len(seen), -1, band.rows, bands.shape[2])
            matrix = matrix[:, :, :rows, : seen.shape[2]]
            matrix = matrix.reshape(len(seen), 1, -1, seen.shape[2])
            shape = *seen.shape[:2], matrix.shape[2], seen.shape[3]
            found = product(matrix, seen, scratch("results", shape, x.dtype))
            place = target[few, some, :, first : first + shape[1] * rows]
            write(found, place, rows, bias, some)
    return out


def write(found, place, rows: int, bias, some: slice) -> None:
    """Write (channels, tiles, channels out x rows, images x columns) into the output."""
    images, channels, outs, _, columns = place.shape
    found = found.reshape(channels, -1, outs, rows, images, columns)
    if bias is not None:
        mine = bias.reshape(-1, outs)[some]
        found += mine[:, None, :, None, None, None]
    place = place.reshape(images, channels, outs, -1, rows, columns)
    place[...] = found.transpose(4, 0, 2, 1, 3, 5)


# %% [markdown]
# ## Backward
#
# Without a stride, the gradient of the pixels is the convolution of upstream, with zeros
# around, with the kernel turned round. With one, it is left to `tinytorch.perf.depthwise`.


# %%
#| export
def banded_backward(
    grad_output, x, weight, plan: Taps, dilation, groups: int, for_x: bool = True
):
    """Return the gradients of x, if wanted, and weight."""
    if max(plan.stride) > 1 or len(weight) != x.shape[1]:
        arrays = grad_output, x, weight
        return depthwise_backward(*arrays, plan, dilation, groups, for_x)
    grad_weight = band_gradients(grad_output, x, weight, plan, dilation)
    if not for_x:
        return None, grad_weight
    border = zip(weight.shape[2:], dilation, strict=True)
    sides = [((k - 1) * d,) * 2 for k, d in border]
    upstream = pad(grad_output, sides, "zeros")
    turned = weight[:, :, ::-1, ::-1]
    back = plan._replace(counts=x.shape[2:])
    return banded_forward(upstream, turned, None, back, dilation, groups), grad_weight


def band_gradients(grad_output, x, weight, plan: Taps, dilation) -> np.ndarray:
    """Return the gradient of the kernels, from that of their bands."""
    height, width = weight.shape[2:]
    band = find_band(plan.counts[0], height, 1, dilation[0])
    grad = np.zeros((x.shape[1], height, width), x.dtype)
    source = seen_columns(np.ascontiguousarray(x), width, plan, dilation[1])
    for few, some in channel_blocks(x, width, plan):
        strips = strips_of(source, few, some)
        channels, _, _, images, columns = strips.shape
        shape = channels, plan.counts[0], images, columns
        upstream = scratch("upstream", shape, x.dtype)
        upstream[...] = grad_output[few, some].transpose(1, 2, 0, 3)
        for first, rows, seen in tiles_of(strips, band, 1):
            tiles = seen.shape[1]
            above = upstream[:, first : first + tiles * rows]
            above = above.reshape(channels, tiles, rows, -1)
            found = product(above, seen.swapaxes(-1, -2)).sum(axis=1)
            found = found.reshape(channels, -1)
            kept = places(found, rows, (height, width), 1, dilation[0])
            grad[some] += kept.sum(axis=1)
    return grad.reshape(weight.shape)


# %%
from tinytorch.perf.taps import find_taps

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(1, 4, 9, 8)), rng.normal(size=(4, 1, 2, 3))
plan = find_taps((9, 8), (2, 3), (1, 1), (1, 2))
banded_forward(x, weight, None, plan, (1, 2), 4).shape
