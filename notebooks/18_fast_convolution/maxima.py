# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Where the maxima are
#
# > Maximum pooling that keeps what the way back needs: the maxima, or their places.
#
# The gradient of a window goes to its largest pixel; of equal ones to the first, row by
# row. Where windows overlap, whoever knows the places only has to add up: the layer asks
# for them when it goes forward, and keeps them for the way back. Where small windows
# cover the image as tiles, each pixel is asked whether it is its window's maximum: the
# layer keeps the maxima.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.maxima

# %%
#| export
import functools

import numpy as np

from tinytorch.perf.pooling import (
    Windows,
    check_upstream,
    plane_blocks,
    planes,
    pool,
    windows_of,
)
from tinytorch.perf.windows import empty_images, has_images_innermost, scratch

# %% [markdown]
# ## Forward


# %%
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
        Shape (batch, channels, height, width). It is not modified.
    kernel_size, stride, padding
        Pairs (height, width); padding is minus infinity.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, output height, output width), of dtype
        ``np.result_type(x, np.float32)``, in the memory order of x.
    """
    windows = windows_of(x.shape, tuple(kernel_size), tuple(stride), tuple(padding))
    return pool(np.maximum, -np.inf, x, windows)


# %%
max_pool2d_forward(np.arange(16).reshape(1, 1, 4, 4), (3, 2), (1, 2), (0, 0))

# %% [markdown]
# ## The number of a pixel
#
# A place is a number: how many pixels stand before it in memory. In its plane that is the
# row times the row's length, plus the column.


# %%
#| export
def numbers(windows: tuple[Windows, Windows], pixel, images: int) -> np.ndarray:
    """Return the number, in its plane, of one pixel of each window.

    Parameters
    ----------
    windows
        Along height and width.
    pixel
        Its row and column in the window.
    images
        How many stand side by side in the plane.

    Returns
    -------
    np.ndarray
        Shape (rows, columns, images). Without meaning where the pixel is padding.
    """
    (down, across), (u, v) = windows, pixel
    place = down.pixels(u)[:, None] * across.size + across.pixels(v)
    return place[..., None] * images + np.arange(images)


# %%
numbers(windows_of((1, 1, 4, 4), (2, 2), (2, 2), (0, 0)), (0, 1), 1)[..., 0]

# %% [markdown]
# ## Which of the equal is the first
#
# Each pixel that equals the maximum gets a rank: how many pixels of its window come after
# it. The first has the highest, so the highest rank of a window says where it is. The
# ranks take the way of the maxima: first down each column, then across. Nearly all windows
# have so few pixels that a rank is one byte, of which NumPy computes 32 at once.
#
# A border of minus infinity equals a maximum only where that is minus infinity itself, and
# a NaN equals nothing. Both are rare, and go the long way round.


# %%
#| export
def highest_rank(x, largest, axis: int, windows: Windows, ranks, step: int, out):
    """Write the highest rank among the pixels of each window that equal its maximum.

    Parameters
    ----------
    x, largest
        Pixels and maxima: shapes (planes, height, width, images), alike but for ``axis``.
    ranks
        Of the pixels of x; None: 0 for all.
    step
        How much higher a pixel ranks than the next one of its window.
    out
        Of the shape of ``largest``: whole numbers.
    """
    before, kind = (slice(None),) * axis, out.dtype.type
    equal, these = scratch("equal", out.shape, bool), out
    if ranks is None and windows.kernel == 1:
        out[...] = 0
    # Where all rank alike, the last one has the rank of no pixel: it need not be compared.
    for offset in range(windows.kernel - (ranks is None)):
        at, more = (*before, windows.places(offset)), windows.kernel - 1 - offset
        np.equal(x[at], largest, out=equal)
        rank = kind(more * step)
        if ranks is not None:
            rank = np.add(ranks[at], rank, out=these) if more else ranks[at]
        np.multiply(equal.view(np.uint8), rank, out=these)
        if these is out:
            these = scratch("these", out.shape, out.dtype)
        else:
            np.maximum(out, these, out=out)


# %% [markdown]
# The long way is the definition. What is larger than all before it takes the place; the
# first pixel that is no padding has it, if nothing is; and the last NaN, if there is one.


# %%
#| export
def odd_places(padded, windows: tuple[Windows, Windows]) -> np.ndarray:
    """Return the number of each maximum in its plane, -1 for a window of padding alone."""
    (down, across), (count, _, _, images) = windows, padded.shape
    shape = count, down.count, across.count, images
    best, found = np.full(shape, -np.inf, padded.dtype), np.full(shape, -1)
    for u, v in np.ndindex(down.kernel, across.kernel):
        row, column = down.pixels(u)[:, None, None], across.pixels(v)[:, None]
        inside = (row >= 0) & (row < down.size) & (column >= 0) & (column < across.size)
        value = padded[:, down.places(u), across.places(v)]
        better = inside & ((value > best) | np.isnan(value) | (found < 0))
        best = np.where(better, value, best)
        found = np.where(better, numbers(windows, (u, v), images), found)
    return found


# %% [markdown]
# A place takes four bytes, half of PyTorch's; with stride 1, where places are so many that
# backward would feel it to make them longer, eight. What stands behind the last pixel of all
# means that a window saw only padding; nobody gets its gradient.


# %%
#| export
def plane_starts(windows: tuple[Windows, Windows], planes: int, images: int):
    """Return how many pixels stand before each of some planes: (planes, 1, 1, 1)."""
    down, across = windows
    return (np.arange(planes) * down.size * across.size * images)[:, None, None, None]


KEPT = 1 << 17  # windows of a block whose tables are kept


@functools.lru_cache(maxsize=8)
def ends_of(windows, planes: int, images: int, kind) -> tuple[np.ndarray, np.ndarray]:
    """Return the last pixel of each window, and how far the pixel of a rank is before it."""
    down, across = windows
    last = numbers(windows, (down.kernel - 1, across.kernel - 1), images)
    ends = (last + plane_starts(windows, planes, images)).astype(kind)
    far = [u * across.size + v for u, v in np.ndindex(down.kernel, across.kernel)]
    before = np.array(far, kind) * kind.type(images)
    for table in (ends, before):
        table.flags.writeable = False
    return ends, before


# %%
#| export
def max_pool2d_places(x: np.ndarray, windows: tuple[Windows, Windows]):
    """Return what `max_pool2d_forward` does, and the place in memory of each maximum.

    Returns
    -------
    tuple
        The maxima, and numbers of pixels: shape (planes, rows, columns, images).
    """
    (down, across), innermost = windows, has_images_innermost(x)
    images = len(x) if innermost else 1
    count = x.size // (down.size * across.size * images)
    dense = down.stride == across.stride == 1
    kind = np.dtype(np.intp if dense or x.size >= 1 << 32 else np.uint32)
    short = np.min_scalar_type(down.kernel * across.kernel)
    places = np.empty((count, down.count, across.count, images), kind)

    def keep(block: slice, padded, in_columns, largest) -> None:
        target, first = places[block], block.start * down.size * across.size * images
        if largest.min() > -np.inf:
            of_columns = scratch("of_columns", in_columns.shape, short)
            ranks = scratch("ranks", largest.shape, short)
            width = across.kernel
            highest_rank(padded, in_columns, 1, down, None, width, of_columns)
            highest_rank(in_columns, largest, 2, across, of_columns, 1, ranks)
            tables = ends_of if target.size <= KEPT else ends_of.__wrapped__
            ends, before = tables(windows, len(target), images, kind)
            # Whole numbers without a sign come round again: the sum is right.
            (before - kind.type(first)).take(ranks, out=target, mode="clip")
            np.subtract(ends, target, out=target)
        else:
            found = odd_places(padded, windows)
            starts = first + plane_starts(windows, len(found), images)
            target[...] = np.where(found < 0, x.size, found + starts)

    return pool(np.maximum, -np.inf, x, windows, keep), places


# %% [markdown]
# ## Backward
#
# One sum, of which NumPy's `add.at` knows the fast way for one axis. It wants places of
# eight bytes: they are made a piece at a time.


# %%
#| export
PIECE = 1 << 16


def give_back(grad_output: np.ndarray, x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the gradient of x, in the memory order of x.

    Parameters
    ----------
    grad_output
        The gradient of the maxima.
    x, places
        What went into `max_pool2d_places`, and the places that it returned.
    """
    innermost, dtype = has_images_innermost(x), np.result_type(grad_output, np.float32)
    upstream = planes(grad_output.astype(dtype, copy=False), innermost).reshape(-1)
    flat, total = places.reshape(-1), np.zeros(x.size + 1, dtype)
    for first in range(0, len(flat), PIECE):
        part = slice(first, first + PIECE)
        np.add.at(total, flat[part].astype(np.intp, copy=False), upstream[part])
    if not innermost:
        return total[:-1].reshape(x.shape)
    batch, channels, height, width = x.shape
    return total[:-1].reshape(channels, height, width, batch).transpose(3, 0, 1, 2)


# %% [markdown]
# Small tiles need no sum: each pixel is in one window, and has its gradient or none. Images
# that the cache has lost are not read again for that: their places are less. As whole
# numbers of the same bits a gradient times 1 is itself, and times 0 is 0, also if it is
# infinite. The last pixel of a window is not compared: what no other one took is its own.


# %%
#| export
MOST_TILED = 9  # pixels of a window: with more, places are faster
NEAR = 1 << 20  # bytes of images that the cache still has on the way back


def are_tiles(windows: tuple[Windows, Windows]) -> bool:
    """Tell whether small windows cover the image, each pixel once."""
    down, across = windows
    small = down.kernel * across.kernel <= MOST_TILED
    return small and all(w.tile and not w.padding for w in windows)


def tile_gradient(grad_output, x, largest, windows) -> np.ndarray:
    """Return the gradient of x, in its memory order, where `are_tiles`.

    Parameters
    ----------
    grad_output
        The gradient of the maxima.
    largest
        The maxima of x: none is NaN, or minus infinity.
    """
    innermost, dtype = has_images_innermost(x), np.result_type(grad_output, np.float32)
    grad_x = empty_images(x.shape, dtype, innermost)
    bits = np.dtype(f"i{dtype.itemsize}")
    upstream = grad_output.astype(dtype, copy=False)
    every = (x.astype(largest.dtype, copy=False), largest, upstream, grad_x)
    pixels, maxima, given, target = (planes(array, innermost) for array in every)
    given, target = given.view(bits), target.view(bits)
    for block in plane_blocks(pixels):
        _spread_tiles(
            pixels[block], maxima[block], given[block], target[block], windows
        )
    return grad_x


def _spread_tiles(pixels, maxima, given, target, windows) -> None:
    """Write what is given to the first pixel of each window that is its maximum."""
    (down, across), shape = windows, maxima.shape
    mine, left = scratch("equal", shape, bool), scratch("left", shape, bool)
    left[...] = True
    last = down.kernel - 1, across.kernel - 1
    for u, v in np.ndindex(down.kernel, across.kernel):
        at = slice(None), down.places(u), across.places(v)
        if (u, v) == last:
            mine = left
        else:
            np.equal(pixels[at], maxima, out=mine)
            mine &= left
            left ^= mine
        np.multiply(given, mine.view(np.int8), out=target[at])


# %% [markdown]
# A border of minus infinity, or a NaN, goes the long way round here as well.


# %%
#| export
def max_pool2d_kept(x: np.ndarray, windows: tuple[Windows, Windows]):
    """Return the maxima, and what the way back needs: them, or their places.

    Returns
    -------
    tuple
        What `max_pool2d_forward` returns; and a function of a gradient of it that returns
        the gradient of x, in the memory order of x.
    """
    if are_tiles(windows) and x.nbytes <= NEAR:
        largest = pool(np.maximum, -np.inf, x, windows)
        if largest.min() > -np.inf:
            return largest, lambda grad: tile_gradient(grad, x, largest, windows)
    largest, places = max_pool2d_places(x, windows)
    return largest, lambda grad: give_back(grad, x, places)


def max_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `max_pool2d_forward` for x, in the memory order of x.

    Of equal maxima the first gets it; where windows overlap, gradients add up. The maxima
    are searched again.
    """
    windows = windows_of(x.shape, tuple(kernel_size), tuple(stride), tuple(padding))
    check_upstream(grad_output, (*x.shape[:2], *(w.count for w in windows)))
    return max_pool2d_kept(x, windows)[1](grad_output)


# %%
x = np.array([[7.0, 7, 1], [0, 7, 2]]).reshape(1, 1, 2, 3)
max_pool2d_backward(np.array([[[[1.0, 10.0]]]]), x, (2, 2), (1, 1), (0, 0))

# %% [markdown]
# ## The layer
#
# These stand in for the two methods of `MaxPool2dFunction` of module 09. What is saved is
# what module 09 saves, and the way back as well: so a graph that was made by one road may
# be walked back by the other.


# %%
#| export
def max_pool2d_function_forward(ctx, x, kernel_size, stride, padding):
    """Stand in for ``MaxPool2dFunction.forward``: keep the way back, if it is wanted."""
    ctx.save_for_backward(x, kernel_size, stride, padding)
    if not ctx.needs_input_grad[0]:
        return max_pool2d_forward(x, kernel_size, stride, padding)
    windows = windows_of(x.shape, tuple(kernel_size), tuple(stride), tuple(padding))
    out, ctx.way_back = max_pool2d_kept(x, windows)
    return out


def max_pool2d_function_backward(ctx, grad_output):
    """Stand in for ``MaxPool2dFunction.backward``: take the way back, if it is there."""
    way_back = getattr(ctx, "way_back", None)
    if way_back is None:
        grad_x = max_pool2d_backward(grad_output, *ctx.saved_tensors)
    else:
        grad_x = way_back(grad_output)
    return grad_x, None, None, None
