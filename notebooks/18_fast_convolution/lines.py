# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Shifted lines, added up in one call
#
# > What many taps give to a pixel is summed along an axis of a view, without a loop.
#
# A kernel's taps give their products to outputs that are shifted against each other: one
# row down, one pixel to the right. In a loop over the taps, each is a call of NumPy that
# adds short runs, a row of an image each. But an image is a line in memory, and a tap's
# shift is the same for all of it. If the products of one tap stand behind those of the
# other, what belongs to one output is in steps of equal length: along the taps, a line and
# a pixel further. So there is a view in which taps are an axis, and `np.einsum` sums it.
#
# At the end of a row the line goes on in the next one. So a line is as wide as the windows
# and what they reach over, and what is computed there is zero or thrown away.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.lines

# %%
#| export
from typing import NamedTuple

import numpy as np

from tinytorch.perf.windows import Geometry, product, scratch


# %%
#| export
class Lines(NamedTuple):
    """The sizes of lines for some rows of windows; `lines_for` makes it."""

    height: int
    width: int
    reach: tuple[int, int]  # how far the last tap is from the first, down and across

    @property
    def length(self) -> int:
        """Numbers of a line."""
        return self.height * self.width

    @property
    def furthest(self) -> int:
        """How far the last tap is shifted."""
        return self.reach[0] * self.width + self.reach[1]


def lines_for(g: Geometry, rows: int) -> Lines:
    """Return the sizes for so many rows of windows; with a stride, of each remainder."""
    reach = (g.kernel_height - 1) // g.stride[0], (g.kernel_width - 1) // g.stride[1]
    return Lines(rows + reach[0], g.columns + reach[1], reach)


def sum_taps(products, taps, lines: Lines, out: np.ndarray) -> None:
    """Write into ``out`` the sum over taps, each shifted back.

    Parameters
    ----------
    products
        Shape (images, channels, taps down x taps across, pixels), contiguous.
    taps
        The number of taps, down and across.
    out
        Shape (images, channels, pixels), of which as many are written as there are.
    """
    images, channels, count, length = products.shape
    each = count * length
    steps = channels * each, each, taps[1] * length + lines.width, length + 1, 1
    strides = [step * products.itemsize for step in steps]
    shape = images, channels, *taps, out.shape[2]
    seen = np.ndarray(shape, products.dtype, products, strides=strides)
    np.einsum("ncabp->ncp", seen, out=out)


# %% [markdown]
# ## The gradient of the pixels
#
# Each window gives to all pixels that it saw, which is the same backwards. Where a shift
# leads before a line's begin, it finds the end of the line before: zeros, since no window
# begins there.


# %%
#| export
def pays(g: Geometry, images: int, rows: int) -> bool:
    """Tell whether products with the zeros at a line's end cost less than a loop's calls.

    What is compared are numbers that are added in a loop; a call takes as long as some
    thousands of them, a multiplication as a small part of one. With a stride, each
    remainder has calls of its own.
    """
    taps = g.kernel_height * g.kernel_width
    parts = min(g.stride[0], g.kernel_height) * min(g.stride[1], g.kernel_width)
    windows, length = rows * g.columns, lines_for(g, rows).length
    zeros = g.out_channels * (length - windows)
    each = images * g.window_size
    at_once = each * (0.2 * length + 0.04 * zeros) + 12_000 * parts
    return at_once < each * windows + 4000 * taps


def give_back(upstream, matrix, target, g: Geometry) -> None:
    """Add to padded pixels what windows give back to them.

    Parameters
    ----------
    upstream
        Shape (images, out_channels, rows, columns).
    matrix
        The kernels, shape (in_channels x kernel height x kernel width, out_channels).
    target
        Shape (images, in_channels, height, width): what these windows see, or more.
    """
    images, outs, rows, columns = upstream.shape
    lines, far = lines_for(g, rows), lines_for(g, rows).furthest
    given = scratch("upstream", (images, outs, lines.height, lines.width), target.dtype)
    given[:, :, :rows, columns:] = 0
    given[:, :, rows:] = 0
    given[:, :, :rows, :columns] = upstream
    buffer = scratch(
        "results", (far + images * len(matrix) * lines.length,), given.dtype
    )
    buffer[:far] = 0
    products = buffer[far:].reshape(images, len(matrix), -1)
    product(matrix, given.reshape(images, outs, -1), products)
    shape = images, g.in_channels, lines.height, lines.width
    found = scratch("sums", shape, given.dtype)
    for down in range(min(g.stride[0], g.kernel_height)):
        for across in range(min(g.stride[1], g.kernel_width)):
            seen = seen_from(buffer, images, (down, across), lines, g)
            np.einsum("ncabp->ncp", seen, out=found.reshape(*shape[:2], -1))
            part = target[:, :, down :: g.stride[0], across :: g.stride[1]]
            part = part[:, :, : lines.height, : lines.width]
            part += found[:, :, : part.shape[2], : part.shape[3]]


def seen_from(buffer, images: int, first, lines: Lines, g: Geometry) -> np.ndarray:
    """Return what the pixels of a remainder get, as a view.

    Returns
    -------
    np.ndarray
        Shape (images, in_channels, taps down, taps across, pixels).
    """
    (sh, sw), width, length = g.stride, g.kernel_width, lines.length
    taps = [len(range(first[0], g.kernel_height, sh)), len(range(first[1], width, sw))]
    each = g.kernel_height * width * length
    steps = (
        g.in_channels * each,
        each,
        sh * width * length - lines.width,
        sw * length - 1,
    )
    strides = [step * buffer.itemsize for step in (*steps, 1)]
    offset = (lines.furthest + (first[0] * width + first[1]) * length) * buffer.itemsize
    shape = images, g.in_channels, *taps, length
    return np.ndarray(shape, buffer.dtype, buffer, offset, strides)


# %% [markdown]
# A row of three pixels, seen by two windows of two taps:

# %%
from tinytorch.perf.windows import geometry

g = geometry((1, 1, 1, 3), (1, 1, 1, 2), (1, 1), (0, 0))
pixels = np.zeros((1, 1, 1, 3))
give_back(np.array([[[[1.0, 2.0]]]]), np.array([[1.0], [10.0]]), pixels, g)
pixels
