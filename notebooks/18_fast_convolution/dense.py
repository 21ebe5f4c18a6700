# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A convolution as one matrix
#
# > Of a small image each pixel times a number for each answer: many of the numbers are zero.
#
# A convolution is linear, so that it is a matrix: as many rows as the image has pixels, as
# many columns as there are answers, in each column the kernel's numbers where its window
# is, and zeros everywhere else. Of large images that would be a waste. Where an image is
# hardly larger than a kernel, few numbers are zeros, and those of the padding, which columns
# have to multiply as well, are not there at all: a batch of images is multiplied with the
# matrix as it lies in memory.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.dense

# %%
#| export
import functools
import math
from typing import NamedTuple

import numpy as np

from tinytorch.perf.gathered import KEPT, LARGEST, find_tables
from tinytorch.perf.windows import (
    empty_images,
    has_images_innermost,
    product,
    scratch,
)

# %% [markdown]
# ## The tables
#
# A pixel and a window meet in one tap, or in none. The first table says in which: so the
# matrix is taken from the kernels, the numbers of all channels out at once. The second says
# where in the matrix a tap's number stands, once for each window: its gradient is a sum.


# %%
#| export
LARGEST_MATRIX = 1 << 22  # numbers of all matrices


def has_matrix(weights: int, sizes, counts) -> bool:
    """Tell whether images are small enough for one matrix for each group.

    Parameters
    ----------
    weights
        How many numbers there are at one place of all kernels.
    """
    pairs = math.prod(sizes) * math.prod(counts)
    return pairs <= LARGEST and weights * pairs <= LARGEST_MATRIX


class Meetings(NamedTuple):
    """Where pixels and windows meet; `find_meetings` makes it."""

    taps: np.ndarray  # (pixels x windows,): which tap, or the zeros after the last
    places: (
        np.ndarray
    )  # (windows, taps): which pair, or one of the zeros after the last
    counts: tuple[int, ...]  # windows along each axis


@functools.lru_cache(maxsize=KEPT)
def find_meetings(sizes, kernel, stride, padding, dilation) -> Meetings:
    """Return the tables of a convolution. The sizes are tuples, a number for each axis."""
    tables = find_tables(1, sizes, kernel, stride, padding, dilation)
    (taps, windows), pixels = tables.seen.shape, math.prod(sizes)
    each = np.arange(windows)
    met = np.full((pixels + 1, windows), taps)
    met[tables.seen, each] = np.arange(taps)[:, None]
    found = met[:-1].ravel(), (tables.seen * windows + each).T.copy()
    for table in found:
        table.flags.writeable = False
    return Meetings(*found, tables.counts)


find_meetings((3, 3), (2, 2), (1, 1), (0, 0), (1, 1))

# %% [markdown]
# ## Forward and backward


# %%
#| export
def rows_of(array: np.ndarray, groups: int) -> np.ndarray:
    """Return a batch as (groups, images, numbers), a view in both orders of images."""
    return array.reshape(len(array), groups, -1).swapaxes(0, 1)


def answers_of(array: np.ndarray, groups: int) -> np.ndarray:
    """Return a batch as (groups, images, windows, channels of a group), in the same way."""
    channels = array.shape[1] // groups
    found = array.reshape(len(array), groups, channels, -1)
    return found.transpose(1, 0, 3, 2)


def matrix_of(weight: np.ndarray, met: Meetings, groups: int) -> np.ndarray:
    """Return the matrices (groups, in_channels x pixels, windows x out_channels)."""
    outs, ins, taps = len(weight) // groups, weight.shape[1], met.places.shape[1]
    kernels = scratch("kernels", (groups, ins, taps + 1, outs), weight.dtype)
    kernels[:, :, taps] = 0
    kernels[:, :, :taps] = weight.reshape(groups, outs, ins, taps).transpose(0, 2, 3, 1)
    matrix = scratch("columns", (groups * ins, len(met.taps), outs), weight.dtype)
    kernels.reshape(groups * ins, taps + 1, outs).take(met.taps, 1, matrix, "clip")
    return matrix.reshape(groups, -1, len(met.places) * outs)


def dense_forward(
    x, weight, bias, stride, padding, dilation, groups: int
) -> np.ndarray:
    """Convolve small images; the arrays have one dtype."""
    met = find_meetings(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    out = empty_images(
        (len(x), len(weight), *met.counts), x.dtype, has_images_innermost(x)
    )
    found = product(rows_of(x, groups), matrix_of(weight, met, groups))
    place = answers_of(out, groups)
    place[...] = found.reshape(place.shape)
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(met.counts))
    return out


def dense_backward(
    grad_output, x, weight, stride, padding, dilation, groups: int, for_x: bool = True
):
    """Return the gradients of x, if wanted, and weight."""
    met = find_meetings(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    upstream = answers_of(grad_output, groups)
    upstream = upstream.reshape(groups, len(x), -1)
    grad_weight = kernel_gradients(upstream, x, met, weight.shape)
    if not for_x:
        return None, grad_weight
    grad_x = empty_images(x.shape, x.dtype, has_images_innermost(x))
    matrix = matrix_of(weight, met, groups)
    product(upstream, matrix.swapaxes(1, 2), rows_of(grad_x, groups))
    return grad_x, grad_weight


def kernel_gradients(upstream, x, met: Meetings, shape) -> np.ndarray:
    """Return the gradient of kernels of this shape, from that of the matrix."""
    batch, channels, pixels = *x.shape[:2], math.prod(x.shape[2:])
    groups, outs = len(upstream), shape[0] // len(upstream)
    # After its last pixel each channel has one more, which is zero, as are its products.
    lines = scratch("padded", (batch, channels, pixels + 1), x.dtype)
    lines[..., -1] = 0
    lines[..., :-1] = x.reshape(batch, channels, -1)
    size = channels // groups * (pixels + 1), upstream.shape[2]
    found = scratch("columns", (groups, *size), x.dtype)
    product(rows_of(lines, groups).swapaxes(1, 2), upstream, found)
    shares = scratch("results", (channels, *met.places.shape, outs), x.dtype)
    found.reshape(channels, -1, outs).take(met.places, 1, shares, "clip")
    total = np.add.reduce(shares, 1).reshape(groups, channels // groups, -1, outs)
    return total.transpose(0, 3, 1, 2).reshape(shape)
