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
# > Pixels as a matrix, windows as columns of one, and a matrix of one row tap by tap.
#
# Each method is a pair of functions, forward and backward, that take the sizes of the call
# as a `Geometry`. They check nothing: `tinytorch.perf.convolution` does, and chooses.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.matmul

# %%
#| export
from collections.abc import Iterator

import numpy as np

from tinytorch.perf.windows import (
    Geometry,
    empty_images,
    images_last,
    per_block,
    scratch,
    window_view,
    zero_images,
)

# %% [markdown]
# ## Pointwise
#
# A kernel of 1x1 mixes channels and nothing else: (out, in) times (in, pixels).


# %%
#| export
def pixel_matrix(x: np.ndarray, innermost: bool) -> np.ndarray:
    """Return x as one matrix (channels, pixels of all images), or one per image."""
    if innermost:
        return x.transpose(1, 2, 3, 0).reshape(x.shape[1], -1)
    return x.reshape(*x.shape[:2], -1)


def pointwise_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve by one matrix product for all images, or for each."""
    seen = x[:, :, :: g.stride[0], :: g.stride[1]]
    out = empty_images(g.output_shape, x.dtype, g.images_innermost)
    np.matmul(
        weight[:, :, 0, 0],
        pixel_matrix(seen, g.images_innermost),
        out=pixel_matrix(out, g.images_innermost),
    )
    if bias is not None:
        out += bias[:, None, None]
    return out


def pointwise_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight: the product turned both ways."""
    steps = (..., slice(None, None, g.stride[0]), slice(None, None, g.stride[1]))
    upstream = pixel_matrix(grad_output, g.images_innermost)
    pixels = pixel_matrix(x[steps], g.images_innermost)
    grad_weight = upstream @ pixels.swapaxes(-1, -2)
    if not g.images_innermost:
        grad_weight = grad_weight.sum(axis=0)
    grad_weight = grad_weight.reshape(weight.shape)
    if not for_x:
        return None, grad_weight
    new = empty_images if g.stride == (1, 1) else zero_images
    grad_x = new(x.shape, x.dtype, g.images_innermost)
    if g.stride == (1, 1):
        target = pixel_matrix(grad_x, g.images_innermost)
        np.matmul(weight[:, :, 0, 0].T, upstream, out=target)
    else:
        pixels = weight[:, :, 0, 0].T @ upstream
        if g.images_innermost:
            part = pixels.reshape(-1, g.rows, g.columns, g.batch).transpose(3, 0, 1, 2)
        else:
            part = pixels.reshape(g.batch, -1, g.rows, g.columns)
        grad_x[steps] = part
    return grad_x, grad_weight


# %% [markdown]
# ## Columns
#
# Each window becomes a column, and all windows of a kernel one matrix (im2col). A pixel
# is copied as often as windows see it, so the matrix is made in blocks, each used at once.


# %%
#| export
def column_blocks(x, g: Geometry) -> Iterator[tuple[tuple, np.ndarray]]:
    """Yield a part of the output, as an index, and its windows as columns.

    The columns have the shape (in_channels, kernel height, kernel width, rows, columns,
    images). They lie in scratch memory: the next block takes their place.
    """
    together = g.batch if g.images_innermost else 1
    column = g.window_size * together * x.itemsize
    height, width = per_block(column * g.columns, g.rows), per_block(column, g.columns)
    for first in range(0, g.batch, together):
        images = slice(first, first + together)
        padded = images_last(x[images], g.padding)
        windows = window_view(padded, g)
        for top in range(0, g.rows, height):
            rows = slice(top, min(top + height, g.rows))
            for left in range(0, g.columns, width):
                across = slice(left, min(left + width, g.columns))
                block = windows[:, :, :, rows, across]
                columns = scratch("columns", block.shape, x.dtype)
                columns[...] = block
                yield (images, slice(None), rows, across), columns


def columns_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve by kernels as rows times windows as columns."""
    out = empty_images(g.output_shape, x.dtype, g.images_innermost)
    matrix = weight.reshape(g.out_channels, -1)
    for part, columns in column_blocks(x, g):
        target = out[part].transpose(1, 2, 3, 0).reshape(len(matrix), -1)
        np.matmul(matrix, columns.reshape(g.window_size, -1), out=target)
        if bias is not None:
            target += bias[:, None]
    return out


# %% [markdown]
# Backward, the same columns give the gradient of the weights. Then the block's memory
# takes the gradient of the columns, whose numbers are added to the pixels that they were
# copied from (col2im): to one pixel as many as there were windows that saw it.


# %%
#| export
def columns_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight."""
    ph, pw = g.padding
    shape = (g.batch, g.in_channels, g.height + 2 * ph, g.width + 2 * pw)
    if for_x:
        grad_padded = zero_images(shape, x.dtype, g.images_innermost)
    matrix = weight.reshape(g.out_channels, -1)
    grad_matrix = np.zeros(matrix.shape, matrix.dtype)
    for part, columns in column_blocks(x, g):
        upstream = grad_output[part].transpose(1, 2, 3, 0).reshape(len(matrix), -1)
        flat = columns.reshape(g.window_size, -1)
        grad_matrix += upstream @ flat.T
        if for_x:
            np.matmul(matrix.T, upstream, out=flat)
            images, _, rows, across = part
            place = grad_padded[images].transpose(1, 2, 3, 0)
            first = rows.start * g.stride[0], across.start * g.stride[1]
            add_columns(columns, place[:, first[0] :, first[1] :], g.stride)
    grad_weight = grad_matrix.reshape(weight.shape)
    if not for_x:
        return None, grad_weight
    return grad_padded[:, :, ph : ph + g.height, pw : pw + g.width], grad_weight


def add_columns(columns, target, stride) -> None:
    """Add the gradient of columns to (channels, height, width, images)."""
    (sh, sw), (_, kernel_height, kernel_width, rows, across, _) = stride, columns.shape
    for u in range(kernel_height):
        down = slice(u, u + (rows - 1) * sh + 1, sh)
        for v in range(kernel_width):
            place = target[:, down, v : v + (across - 1) * sw + 1 : sw]
            place += columns[:, u, v]


# %% [markdown]
# ## Taps
#
# One kernel of one channel is a matrix of one row: a product with it reads the columns
# once, and making them was the work. Here the padded images are one long line. The
# pixel u rows below and v to the right stands u · width + v further on, the same for
# all; so each of the kernel's numbers, its taps, is one multiplication of the whole line.


# %%
#| export
def lines(x, g: Geometry) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield some images at a time, padded: shape (in_channels, images, height, width)."""
    ph, pw = g.padding
    height, width = g.height + 2 * ph, g.width + 2 * pw
    together = per_block(16 * height * width * x.itemsize, g.batch)
    for first in range(0, g.batch, together):
        images = slice(first, min(first + together, g.batch))
        shape = (g.in_channels, images.stop - first, height, width)
        padded = scratch("padded", shape, x.dtype)
        padded[...] = 0
        inside = padded[:, :, ph : ph + g.height, pw : pw + g.width]
        inside[...] = x[images].swapaxes(0, 1)
        yield images, padded


def taps(g: Geometry, size: int) -> Iterator[tuple]:
    """Yield (out, in, u, v) of each tap, with the part of a line that it is used for."""
    width = g.width + 2 * g.padding[1]
    length = size - (g.kernel_height - 1) * width - (g.kernel_width - 1)
    for index in np.ndindex(
        g.out_channels, g.in_channels, g.kernel_height, g.kernel_width
    ):
        start = index[2] * width + index[3]
        yield index, slice(start, start + length)


def taps_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve at stride 1 by one pass over the images for each of a kernel's numbers."""
    out = empty_images(g.output_shape, x.dtype, innermost=False)
    for images, padded in lines(x, g):
        flat = padded.reshape(g.in_channels, -1)
        totals = scratch("totals", (g.out_channels, *padded.shape[1:]), x.dtype)
        totals[...] = 0 if bias is None else bias[:, None, None, None]
        product = scratch("product", flat.shape[1:], x.dtype)
        for index, part in taps(g, flat.shape[1]):
            here = product[: part.stop - part.start]
            np.multiply(flat[index[1], part], weight[index], out=here)
            totals[index[0]].reshape(-1)[: len(here)] += here
        out[images] = totals[:, :, : g.rows, : g.columns].swapaxes(0, 1)
    return out


def taps_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x and weight: the same taps, the assignment turned round.

    Both are computed, whether or not that of x is wanted.
    """
    (ph, pw), grad_weight = g.padding, np.zeros_like(weight)
    grad_x = empty_images(x.shape, x.dtype, innermost=False)
    for images, padded in lines(x, g):
        flat = padded.reshape(g.in_channels, -1)
        upstream = scratch("totals", (g.out_channels, *padded.shape[1:]), x.dtype)
        upstream[...] = 0
        upstream[:, :, : g.rows, : g.columns] = grad_output[images].swapaxes(0, 1)
        pixels = scratch("pixels", padded.shape, x.dtype)
        pixels[...] = 0
        product = scratch("product", flat.shape[1:], x.dtype)
        for index, part in taps(g, flat.shape[1]):
            line = upstream[index[0]].reshape(-1)[: part.stop - part.start]
            grad_weight[index] += line @ flat[index[1], part]
            here = np.multiply(line, weight[index], out=product[: len(line)])
            pixels[index[1]].reshape(-1)[part] += here
        inside = pixels[:, :, ph : ph + g.height, pw : pw + g.width]
        grad_x[images] = inside.swapaxes(0, 1)
    return grad_x, grad_weight


# %% [markdown]
# Three methods, one answer.

# %%
from tinytorch.perf.windows import geometry

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(2, 1, 5, 6)), rng.normal(size=(1, 1, 1, 1))
g = geometry(x.shape, weight.shape, (1, 1), (0, 0))
[
    forward(x, weight, None, g)[0, 0, 0, :3].round(3)
    for forward in (pointwise_forward, columns_forward, taps_forward)
]
