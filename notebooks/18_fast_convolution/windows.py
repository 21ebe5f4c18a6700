# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Windows, and where their pixels lie
#
# > Sizes, checks and memory order: what the fast convolution and pooling share.
#
# An array has a shape and an order in memory, and the two are independent. Here every
# array of images has the shape (batch, channels, height, width). What differs is which
# axis's neighbours are neighbours in memory.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.windows

# %%
#| export
import functools
import math
import threading
from typing import NamedTuple

import numpy as np

# %% [markdown]
# ## The numbers of a convolution
#
# Everything that a method needs to know about one call. A network asks for the same few
# shapes thousands of times; they are checked the first time, and remembered.


# %%
#| export
def window_count(size: int, kernel: int, stride: int, padding: int) -> int:
    """Return how many windows fit along one axis.

    Raises
    ------
    ValueError
        If the window does not fit, or a number is out of range.
    """
    if kernel < 1 or stride < 1 or padding < 0:
        raise ValueError(
            "Expected kernel >= 1, stride >= 1 and padding >= 0, got "
            f"kernel {kernel}, stride {stride}, padding {padding}"
        )
    if kernel > size + 2 * padding:
        raise ValueError(
            f"a kernel of {kernel} does not fit into {size} pixels with padding {padding}"
        )
    return (size + 2 * padding - kernel) // stride + 1


def check_batch(shape: tuple[int, ...]) -> None:
    """Refuse what is no batch of images.

    Raises
    ------
    ValueError
        If ``shape`` has not four axes, or one of them is empty.
    """
    if len(shape) != 4:
        raise ValueError(
            f"Expected 4D input (batch, channels, height, width), got {tuple(shape)}"
        )
    if 0 in shape:
        raise ValueError(
            f"Expected at least 1 image, channel, row and column, got {tuple(shape)}"
        )


# %%
#| export
class Geometry(NamedTuple):
    """The sizes of one convolution; `geometry` makes and checks it."""

    batch: int
    in_channels: int
    height: int
    width: int
    out_channels: int
    kernel_height: int
    kernel_width: int
    stride: tuple[int, int]
    padding: tuple[int, int]
    rows: int
    columns: int

    @property
    def output_shape(self) -> tuple[int, int, int, int]:
        """(batch, out_channels, rows, columns)."""
        return self.batch, self.out_channels, self.rows, self.columns

    @property
    def window_size(self) -> int:
        """Pixels in one window, over all its channels."""
        return self.in_channels * self.kernel_height * self.kernel_width


@functools.lru_cache
def geometry(x_shape, weight_shape, stride, padding) -> Geometry:
    """Return the sizes of a convolution. The arguments are tuples.

    Raises
    ------
    ValueError
        If the shapes do not fit together, naming both.
    """
    check_batch(x_shape)
    if len(weight_shape) != 4 or 0 in weight_shape:
        raise ValueError(
            "Expected 4D weight (out_channels, in_channels, kernel height, kernel "
            f"width), none of them 0, got {tuple(weight_shape)}"
        )
    batch, in_channels, height, width = x_shape
    out_channels, channels, kernel_height, kernel_width = weight_shape
    if channels != in_channels:
        raise ValueError(
            f"Expected {channels} input channels, as weight {tuple(weight_shape)} has, "
            f"got {in_channels} in shape {tuple(x_shape)}"
        )
    (sh, sw), (ph, pw) = stride, padding
    rows = window_count(height, kernel_height, sh, ph)
    columns = window_count(width, kernel_width, sw, pw)
    return Geometry(
        batch,
        in_channels,
        height,
        width,
        out_channels,
        kernel_height,
        kernel_width,
        (sh, sw),
        (ph, pw),
        rows,
        columns,
    )


geometry((2, 3, 9, 10), (4, 3, 2, 5), (2, 3), (0, 0))

# %% [markdown]
# ## Memory that is kept
#
# The operating system hands out memory page by page, at the first touch, and takes it
# back when a large array is freed. For a small convolution that costs as much as the
# products. So intermediate results lie in buffers that are kept from call to call. What a
# function returns never does.


# %%
#| export
KEPT_BYTES = 1 << 26
LINE = 64  # bytes of a line of the cache; a buffer begins with one
_kept = threading.local()


def scratch(name: str, shape, dtype) -> np.ndarray:
    """Return an array for intermediate results, not initialised.

    Its memory is that of the last array of this name, of this thread; so it is valid
    until the name is used again. More than 64 MiB is not kept.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size > KEPT_BYTES:
        return np.empty(shape, dtype)
    buffer = getattr(_kept, name, None)
    if buffer is None or buffer.size < size:
        setattr(_kept, name, None)  # so that the old one is gone before the new one
        buffer = np.empty(size + LINE, np.uint8)
        buffer = buffer[-buffer.ctypes.data % LINE :][:size]
        setattr(_kept, name, buffer)
    return np.ndarray(shape, dtype, buffer)


# %% [markdown]
# The same goes for results, which must be new each time. GNU's C library gives freed
# memory of more than 128 kB back at once, until it has seen a larger piece come and go:
# from then on it keeps twice that size (mallopt(3), M_MMAP_THRESHOLD; at most 64 MiB). So
# one array comes and goes here, of which no page is touched. Elsewhere it does nothing.


# %%
#| export
def keep_freed_memory() -> None:
    """Let the C library keep freed memory up to about 64 MiB for the next array."""
    np.empty((32 << 20) - (64 << 10), np.uint8)


keep_freed_memory()

# %% [markdown]
# ## Two orders in memory
#
# NumPy is fast along runs of neighbours, and pays some ten nanoseconds for the beginning
# of each run. In an 8x8 image of the usual order a run is a row of 8 pixels. With the images innermost
# it is the same pixel of all images, for a whole row: 8 times the batch.
#
# | order in memory | neighbours are | good for |
# | --- | --- | --- |
# | batch, channels, height, width | pixels of a row | large images |
# | channels, height, width, batch | the same pixel of all images | large batches of small images |
#
# The shape stays (batch, channels, height, width); only the strides tell. Elementwise
# operations keep the order, so that a whole network runs in it.


# %%
#| export
def has_images_innermost(x: np.ndarray) -> bool:
    """Tell whether neighbouring images are closer in memory than neighbouring pixels."""
    return x.shape[0] > 1 and abs(x.strides[0]) < abs(x.strides[-1])


def images_first(turned: np.ndarray) -> np.ndarray:
    """Return a view whose first axis is the last one of ``turned``."""
    axes = turned.ndim - 1
    return turned.transpose(axes, *range(axes))


def empty_images(shape, dtype, innermost: bool) -> np.ndarray:
    """Return an array of ``shape``, not initialised, in one of the two orders."""
    if not innermost:
        return np.empty(shape, dtype)
    return images_first(np.empty((*shape[1:], shape[0]), dtype))


def zero_images(shape, dtype, innermost: bool) -> np.ndarray:
    """Return zeros of ``shape`` in one of the two orders."""
    if not innermost:
        return np.zeros(shape, dtype)
    return images_first(np.zeros((*shape[1:], shape[0]), dtype))


# %% [markdown]
# To bring images from the one order into the other is work, done for no more images at
# once than the first cache has ways.


# %%
#| export
def turned_images(x: np.ndarray, name: str = "turned") -> np.ndarray:
    """Return x as contiguous (channels, height, width, batch).

    It is a view of x where the images are innermost already, else in scratch ``name``.
    """
    moved = x.transpose(1, 2, 3, 0)
    if moved.flags.c_contiguous:
        return moved
    turned = scratch(name, moved.shape, x.dtype)
    step = len(x) if has_images_innermost(x) else 8
    for first in range(0, len(x), step):
        turned[..., first : first + step] = moved[..., first : first + step]
    return turned


# %%
x = empty_images((64, 3, 8, 8), np.float32, innermost=True)
x[:] = 0
x.shape, x.strides, (x + 1).strides

# %% [markdown]
# ## Windows as a view
#
# Padding is zeros around a copy. One row down is `width` pixels further on, and so is one
# window down, `stride` times. So all windows are one array, of which no number is copied.
# `sliding_window_view` does the same, for any array, in twenty microseconds; with a whole
# small convolution at a hundred that is too long. NumPy refuses strides here that leave
# the buffer.


# %%
#| export
def padded_images(x: np.ndarray, padding: tuple[int, int]) -> np.ndarray:
    """Return x padded, contiguous: x itself where it is both already, else in scratch.

    Parameters
    ----------
    x
        Shape (batch, channels, height, width).
    padding
        Rows and columns of zeros on each side.
    """
    (ph, pw), (height, width) = padding, x.shape[2:]
    if not (ph or pw) and x.flags.c_contiguous:
        return x
    return placed(x, (ph, pw), (height + 2 * ph, width + 2 * pw))


def placed(x: np.ndarray, first: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Return images of this size, in scratch: x in them, the rest zero.

    Parameters
    ----------
    x
        Shape (batch, channels, height, width).
    first
        Where the first pixel of x goes; below 0, what does not fit is left out.
    size
        Height and width of the result.
    """
    result = scratch("padded", (*x.shape[:2], *size), x.dtype)
    (top, left), (height, width) = first, size
    below, right = top + x.shape[2], left + x.shape[3]
    if top > 0 or left > 0 or below < height or right < width:
        result.fill(0)
    seen = x[:, :, max(0, -top) : height - top, max(0, -left) : width - left]
    result[:, :, max(0, top) : below, max(0, left) : right] = seen
    return result


def window_view(padded: np.ndarray, g: Geometry) -> np.ndarray:
    """Return the windows of contiguous (batch, channels, height, width), not copied.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, kernel height, kernel width, rows, columns).
    """
    # Not padded.strides: those of an axis of length 1 may be any number.
    batch, channels, height, width = padded.shape
    (sh, sw), pixel = g.stride, padded.itemsize
    row, channel = width * pixel, height * width * pixel
    strides = channels * channel, channel, row, pixel, sh * row, sw * pixel
    kernel = g.kernel_height, g.kernel_width
    shape = (batch, channels, *kernel, g.rows, g.columns)
    return np.ndarray(shape, padded.dtype, padded, strides=strides)


# %%
g = geometry((1, 1, 3, 4), (1, 1, 2, 3), (1, 1), (0, 0))
window_view(np.arange(12.0).reshape(1, 1, 3, 4), g)[0, 0, :, :, 0, 1]


# %% [markdown]
# ## Blocks and products
#
# What is written and read again at once should stay in the cache between. Work is done
# in blocks of about a megabyte.
#
# `np.matmul` multiplies by OpenBLAS, but for one case: where the inner length is 1, it has
# a loop of its own that is thirty times slower than to multiply a column by a row.
#
# OpenBLAS adds up some hundreds of products, then those sums. But small matrices, and
# vectors, it multiplies in a simpler way, which adds one product after the other, and the
# error grows with the root of their number. So long ones are cut.

# %%
#| export
BLOCK_BYTES = 1 << 20


def per_block(bytes_each: int, most: int) -> int:
    """Return how many items of ``bytes_each`` make a block: 1 to ``most``."""
    return max(1, min(most, BLOCK_BYTES // max(1, bytes_each)))


per_block(27 * 224 * 4, most=224)


# %%
#| export
LONGEST = 256  # products that are added one after the other
SMALL = 1_000_000  # multiplications of matrices that OpenBLAS takes for small


def product(left: np.ndarray, right: np.ndarray, out=None) -> np.ndarray:
    """Return the matrix product, or the products of stacks; in ``out``, if it is given."""
    inner = left.shape[-1]
    if inner == 1:
        return np.multiply(left, right, out=out)
    rows, columns = left.shape[-2], right.shape[-1]
    small = min(rows, columns) == 1 or rows * columns * inner <= SMALL
    if inner <= LONGEST or not small:
        return np.matmul(left, right, out=out)
    out = np.matmul(left[..., :LONGEST], right[..., :LONGEST, :], out=out)
    for first in range(LONGEST, inner, LONGEST):
        some = slice(first, first + LONGEST)
        out += left[..., some] @ right[..., some, :]
    return out


# %%
rng = np.random.default_rng(0)
row, column = rng.normal(size=(2, 5000)).astype(np.float32)
exact = float(row.astype(float) @ column.astype(float))
exact, float(product(row[None], column[:, None])[0, 0])
