# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Columns from a table
#
# > Of small images the places are looked up, not computed: few calls, and no loop at all.
#
# A convolution of some dozens of pixels is done in microseconds, of which most are NumPy's
# calls. What depends on the sizes alone is worked out once and kept: a table says for each
# number of the columns which pixel it is, so that one `take` makes all of them, of all
# channels and any number of axes. A second table says for each pixel where in the columns'
# gradient its shares are, so that the way back is one `take` and one sum.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.gathered

# %%
#| export
import functools
import math
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tinytorch.perf.windows import (
    empty_images,
    has_images_innermost,
    product,
    scratch,
)

# %% [markdown]
# ## The tables
#
# The images stand side by side, as if they were one, and after the last pixel comes a zero:
# what lies in the padding is taken from there. All channels and groups share the tables.
# So many are kept, none larger than a quarter of a MiB, that all together stay below 32 MiB.


# %%
#| export
LARGEST = 1 << 15  # numbers of a table
KEPT = 64  # sizes whose tables are kept
MOST = 1 << 18  # numbers of columns, which are made in one piece


class Tables(NamedTuple):
    """Which numbers are taken; `find_tables` makes it."""

    seen: (
        np.ndarray
    )  # (taps, windows of all images): which pixel, or the zero after them
    shares: np.ndarray  # (shares, pixels of all images): which number of the columns
    counts: tuple[int, ...]  # windows along each axis
    padded: bool


def windows_seen(numbers, kernel, stride, dilation) -> np.ndarray:
    """Return what the windows of padded ``numbers`` see, (batch, ...), as a view.

    Returns
    -------
    np.ndarray
        Shape (taps ..., batch, windows ...).
    """
    axes = len(kernel)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    windows = sliding_window_view(numbers, reach, range(1, axes + 1))
    steps = (slice(None, None, step) for step in (*stride, *dilation))
    return np.moveaxis(windows[(slice(None), *steps)], range(-axes, 0), range(axes))


def has_tables(
    channels: int, batch: int, sizes, taps: int, counts, shares: int
) -> bool:
    """Tell whether images are small enough for tables.

    Parameters
    ----------
    taps, shares
        Places of the kernel, and how many of them meet one pixel at most.
    """
    windows = batch * math.prod(counts)
    largest = max(taps * windows, shares * batch * math.prod(sizes))
    return largest <= LARGEST and channels * taps * windows <= MOST


@functools.lru_cache(maxsize=KEPT)
def find_tables(batch: int, sizes, kernel, stride, padding, dilation) -> Tables:
    """Return the tables of a convolution. The sizes are tuples, a number for each axis."""
    count = batch * math.prod(sizes)
    around = [(0, 0), *((side, side) for side in padding)]
    numbers = np.arange(count).reshape(batch, *sizes)
    numbers = np.pad(numbers, around, constant_values=count)
    windows = windows_seen(numbers, kernel, stride, dilation)
    seen = windows.reshape(math.prod(kernel), -1)
    tables = seen, shares_of(seen, count)
    for table in tables:
        table.flags.writeable = False
    return Tables(*tables, windows.shape[1 + len(sizes) :], max(padding) > 0)


def shares_of(seen: np.ndarray, count: int) -> np.ndarray:
    """Return where each of ``count`` pixels stands in ``seen``.

    The columns have a zero after each of their rows. Where a pixel has fewer places than
    others, that of the first row is named.
    """
    windows = seen.shape[1]
    flat = seen.ravel()
    order = np.argsort(flat, kind="stable")
    order = order[: np.count_nonzero(flat < count)]
    pixels = flat[order]
    rank = np.arange(len(order)) - np.searchsorted(pixels, np.arange(count))[pixels]
    places = np.full((rank.max(initial=0) + 1, count), windows)
    places[rank, pixels] = order + order // windows
    return places


find_tables(1, (3, 3), (2, 2), (1, 1), (0, 0), (1, 1))

# %% [markdown]
# ## Forward and backward


# %%
#| export
def lines_of(array: np.ndarray, name: str, zeros: bool = True) -> np.ndarray:
    """Return (channels, numbers of all images), and after them a zero if it is needed.

    It is a view of ``array`` where it can be, else in scratch ``name``.
    """
    batch, channels, *sizes = array.shape
    if batch == 1 and not zeros:
        return array.reshape(channels, -1)
    lines = scratch(name, (channels, batch * math.prod(sizes) + 1), array.dtype)
    lines[:, -1] = 0
    lines[:, :-1].reshape(channels, batch, *sizes)[...] = array.swapaxes(0, 1)
    return lines


def images_of(lines: np.ndarray, shape, innermost: bool) -> np.ndarray:
    """Return lines, which are nobody else's, as images of this shape and order."""
    batch, channels, *sizes = shape
    if batch == 1:
        return lines.reshape(shape)
    out = empty_images(shape, lines.dtype, innermost)
    out.swapaxes(0, 1)[...] = lines.reshape(channels, batch, *sizes)
    return out


def columns_of(x, tables: Tables, groups: int) -> np.ndarray:
    """Return (groups, taps of all channels, windows of all images), in scratch."""
    columns = scratch("columns", (x.shape[1], *tables.seen.shape), x.dtype)
    # With another mode `take` writes to memory of its own first.
    lines_of(x, "padded", tables.padded).take(tables.seen, 1, columns, "clip")
    return columns.reshape(groups, -1, columns.shape[-1])


def gathered_forward(
    x, weight, bias, stride, padding, dilation, groups: int
) -> np.ndarray:
    """Convolve by kernels as rows times columns; the arrays have one dtype."""
    sizes = x.shape[2:], weight.shape[2:], stride, padding, dilation
    tables = find_tables(len(x), *sizes)
    kernels = weight.reshape(groups, len(weight) // groups, -1)
    found = product(kernels, columns_of(x, tables, groups))
    if bias is not None:
        found += bias.reshape(groups, -1, 1)
    shape = len(x), len(weight), *tables.counts
    return images_of(found, shape, has_images_innermost(x))


def gathered_backward(
    grad_output, x, weight, stride, padding, dilation, groups: int, for_x: bool = True
):
    """Return the gradients of x, if wanted, and weight."""
    sizes = x.shape[2:], weight.shape[2:], stride, padding, dilation
    tables = find_tables(len(x), *sizes)
    kernels = weight.reshape(groups, len(weight) // groups, -1)
    columns = columns_of(x, tables, groups)
    upstream = lines_of(grad_output, "upstream").reshape(*kernels.shape[:2], -1)
    grad_kernels = product(upstream[..., :-1], columns.swapaxes(1, 2))
    grad_weight = grad_kernels.reshape(weight.shape)
    if not for_x:
        return None, grad_weight
    shape = groups, kernels.shape[2], upstream.shape[2]
    given = scratch("columns", shape, x.dtype)  # in the place of the columns
    product(kernels.swapaxes(1, 2), upstream, given)
    shares = scratch("results", (x.shape[1], *tables.shares.shape), x.dtype)
    given.reshape(x.shape[1], -1).take(tables.shares, 1, shares, "clip")
    total = np.add.reduce(shares, 1)
    return images_of(total, x.shape, has_images_innermost(x)), grad_weight
