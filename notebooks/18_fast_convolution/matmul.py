# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Convolution as a matrix product
#
# > Pixels as a matrix, and windows as the columns of one.
#
# Each method is a pair of functions, forward and backward, that take the sizes of the call
# as a `Geometry`. They check nothing: `tinytorch.perf.convolution` does, and chooses.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.matmul

# %%
#| export
import math
from collections.abc import Iterator

import numpy as np

from tinytorch.perf.lines import give_back, pays
from tinytorch.perf.windows import (
    Geometry,
    empty_images,
    has_images_innermost,
    padded_images,
    per_block,
    product,
    scratch,
    window_view,
    zero_images,
)

# %% [markdown]
# ## Pointwise
#
# A kernel of 1x1 mixes channels and nothing else: (out, in) times (in, pixels). The result
# lies in memory as the images do.


# %%
#| export
def pixel_matrix(x: np.ndarray, innermost: bool) -> np.ndarray:
    """Return x as one matrix (channels, pixels of all images), or one per image."""
    if innermost:
        return x.transpose(1, 2, 3, 0).reshape(x.shape[1], -1)
    return x.reshape(*x.shape[:2], -1)


def pointwise_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve by one matrix product for all images, or for each."""
    innermost = has_images_innermost(x)
    seen = x[:, :, :: g.stride[0], :: g.stride[1]]
    out = empty_images(g.output_shape, x.dtype, innermost)
    pixels, target = pixel_matrix(seen, innermost), pixel_matrix(out, innermost)
    product(weight[:, :, 0, 0], pixels, target)
    if bias is not None:
        out += bias[:, None, None]
    return out


def pointwise_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight: the product turned both ways."""
    innermost = has_images_innermost(x)
    steps = (..., slice(None, None, g.stride[0]), slice(None, None, g.stride[1]))
    upstream = pixel_matrix(grad_output, innermost)
    grad_weight = by_pixels(upstream, pixel_matrix(x[steps], innermost))
    grad_weight = grad_weight.reshape(weight.shape)
    if not for_x:
        return None, grad_weight
    matrix = weight[:, :, 0, 0].T
    if g.stride == (1, 1):
        grad_x = empty_images(x.shape, x.dtype, innermost)
        product(matrix, upstream, pixel_matrix(grad_x, innermost))
        return grad_x, grad_weight
    part = empty_images((g.batch, g.in_channels, g.rows, g.columns), x.dtype, innermost)
    product(matrix, upstream, pixel_matrix(part, innermost))
    grad_x = zero_images(x.shape, x.dtype, innermost)
    grad_x[steps] = part
    return grad_x, grad_weight


# %% [markdown]
# The gradient of the weights sums over all pixels: (out, pixels) times (pixels, in). OpenBLAS
# is up to twice as fast where the left matrix is the one with more rows, so that the product
# is taken that way round.


# %%
#| export
def by_pixels(upstream: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Return (out, in) from (out, pixels) and (in, pixels), or from stacks of both."""
    turned = pixels.shape[-2] > upstream.shape[-2]
    left, right = (pixels, upstream) if turned else (upstream, pixels)
    found = product(left, right.swapaxes(-1, -2))
    if found.ndim == 3:
        found = found[0] if len(found) == 1 else found.sum(axis=0)
    return found.T if turned else found


# %% [markdown]
# ## Columns
#
# Each window becomes a column, and all windows of a kernel one matrix (im2col). A pixel
# is copied as often as windows see it, so the matrix is made in blocks, each used at once:
# some images, or some rows of one. A matrix product of a few columns is slow; so where an
# image has few windows, those of several are put side by side. Where windows leave out more
# pixels than they see, nothing is padded: each place of the kernel takes its pixels.


# %%
#| export
FEW_WINDOWS = 32


def column_blocks(x, g: Geometry) -> Iterator[tuple[slice, slice, np.ndarray]]:
    """Yield some images, some rows of the output, and their windows as columns.

    The columns have the shape (images, in_channels, kernel height, kernel width, rows,
    columns) and lie in scratch memory: the next block takes their place.
    """
    row = g.window_size * g.columns * x.itemsize
    height = per_block(row, g.rows)
    together = per_block(row * g.rows, g.batch)
    for first in range(0, g.batch, together):
        images = slice(first, min(first + together, g.batch))
        some = x[images]
        windows = (
            None if far_apart(g) else window_view(padded_images(some, g.padding), g)
        )
        for top in range(0, g.rows, height):
            rows = slice(top, min(top + height, g.rows))
            kernel = g.kernel_height, g.kernel_width
            shape = *some.shape[:2], *kernel, rows.stop - top, g.columns
            columns = empty_columns(shape, x.dtype)
            if windows is None:
                fill_columns(columns, some, g, rows)
            else:
                columns[...] = windows[:, :, :, :, rows]
            yield images, rows, columns


def far_apart(g: Geometry) -> bool:
    """Tell whether padding would copy more pixels than the windows see."""
    return max(g.padding) > 0 and g.kernel_height * g.kernel_width < math.prod(g.stride)


def fill_columns(columns, x, g: Geometry, rows: slice) -> None:
    """Copy what the windows of some rows see of images that are not padded."""
    (sh, sw), (ph, pw) = g.stride, g.padding
    for u in range(g.kernel_height):
        to_rows, from_rows = inside(u - ph, sh, g.height, rows)
        for v in range(g.kernel_width):
            to, seen = inside(v - pw, sw, g.width, slice(0, g.columns))
            columns[:, :, u, v] = 0
            columns[:, :, u, v, to_rows, to] = x[:, :, from_rows, seen]


def inside(first: int, step: int, size: int, windows: slice) -> tuple[slice, slice]:
    """Return which of some windows have a pixel at one place of theirs, and the pixels.

    Parameters
    ----------
    first
        The pixel of window 0, below 0 in the padding.
    step, size
        From one window to the next, and of the image.
    """
    start = min(max(windows.start, -(first // step)), windows.stop)
    stop = max(start, min(windows.stop, (size - 1 - first) // step + 1))
    pixels = slice(first + start * step, first + stop * step, step)
    if start == stop:
        pixels = slice(0, 0)
    return slice(start - windows.start, stop - windows.start), pixels


def side_by_side(shape: tuple[int, ...]) -> bool:
    """Tell whether the columns of several images are to be one matrix."""
    return shape[0] > 1 and shape[-2] * shape[-1] < FEW_WINDOWS


def empty_columns(shape, dtype) -> np.ndarray:
    """Return columns, not initialised, in scratch; the images inside where few windows."""
    if not side_by_side(shape):
        return scratch("columns", shape, dtype)
    images, *kernel, rows, across = shape
    columns = scratch("columns", (*kernel, images, rows, across), dtype)
    return columns.transpose(3, 0, 1, 2, 4, 5)


def matrices(array: np.ndarray, size: int, inside: bool) -> np.ndarray:
    """Return images as a stack of matrices of ``size`` rows, or as one, side by side."""
    if not inside:
        return array.reshape(len(array), size, -1)
    return array.reshape(len(array), size, -1).swapaxes(0, 1).reshape(1, size, -1)


def columns_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve by kernels as rows times windows as columns."""
    out = np.empty(g.output_shape, x.dtype)
    matrix = weight.reshape(g.out_channels, -1)
    for images, rows, columns in column_blocks(x, g):
        inside, target = side_by_side(columns.shape), out[images, :, rows]
        flat = matrices(columns, g.window_size, inside)
        if inside:
            found = scratch("results", (1, len(matrix), flat.shape[2]), x.dtype)
            product(matrix, flat, found)
            found = found.reshape(len(matrix), len(target), g.rows, g.columns)
            target[...] = found.swapaxes(0, 1)
        else:
            product(matrix, flat, target.reshape(len(target), len(matrix), -1))
    if bias is not None:
        out += bias[:, None, None]
    return out


# %% [markdown]
# Backward, the same columns give the gradient of the weights. Then the gradient of the
# columns is added to the pixels that they were copied from (col2im): to one pixel as many
# numbers as there were windows that saw it. `tinytorch.perf.lines` does that at once; where
# it would multiply too many zeros, the block's memory takes that gradient.


# %%
#| export
def columns_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight."""
    ph, pw = g.padding
    shape = (g.batch, g.in_channels, g.height + 2 * ph, g.width + 2 * pw)
    grad_padded = np.zeros(shape, x.dtype) if for_x else None
    matrix = weight.reshape(g.out_channels, -1)
    grad_matrix = np.zeros(matrix.shape, matrix.dtype)
    for images, rows, columns in column_blocks(x, g):
        inside = side_by_side(columns.shape)
        upstream = matrices(grad_output[images, :, rows], len(matrix), inside)
        flat = matrices(columns, g.window_size, inside)
        grad_matrix += by_pixels(upstream, flat)
        if not for_x:
            continue
        place = grad_padded[images, :, rows.start * g.stride[0] :]
        if pays(g, len(place), rows.stop - rows.start):
            give_back(grad_output[images, :, rows], matrix.T, place, g)
        else:
            product(matrix.T, upstream, flat)
            add_columns(columns, place, g.stride)
    grad_weight = grad_matrix.reshape(weight.shape)
    if not for_x:
        return None, grad_weight
    return grad_padded[:, :, ph : ph + g.height, pw : pw + g.width], grad_weight


def add_columns(columns, target, stride) -> None:
    """Add the gradient of columns to (images, channels, height, width)."""
    (sh, sw), (kernel_height, kernel_width, rows, across) = stride, columns.shape[2:]
    for u in range(kernel_height):
        down = slice(u, u + (rows - 1) * sh + 1, sh)
        for v in range(kernel_width):
            target[:, :, down, v : v + (across - 1) * sw + 1 : sw] += columns[
                :, :, u, v
            ]


# %% [markdown]
# Two methods, one answer.

# %%
from tinytorch.perf.windows import geometry

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(2, 1, 5, 6)), rng.normal(size=(1, 1, 1, 1))
g = geometry(x.shape, weight.shape, (1, 1), (0, 0))
[
    forward(x, weight, None, g)[0, 0, 0, :3].round(3)
    for forward in (pointwise_forward, columns_forward)
]
