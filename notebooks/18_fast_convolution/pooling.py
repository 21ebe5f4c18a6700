# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Fast pooling
#
# > Pooling in NumPy: one pass over the image for each row and each column of the window.
#
# The largest of a window is the largest of its rows' largest: a window of 3x3 takes 3 + 3
# passes in place of 9. The same holds for the sum, and so for the mean.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.pooling

# %%
#| export
import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tinytorch.perf.windows import (
    check_batch,
    empty_images,
    has_images_innermost,
    per_block,
    scratch,
    window_count,
)

# %% [markdown]
# ## Planes
#
# Each channel of each image is pooled alone, so that a batch is a stack of planes. Where
# the images are innermost in memory, a plane holds the same channel of all images.


# %%
#| export
def planes(x: np.ndarray, innermost: bool) -> np.ndarray:
    """Return x as (planes, height, width, images): a view where its order allows."""
    if innermost:
        return x.transpose(1, 2, 3, 0)
    return x.reshape(-1, *x.shape[2:], 1)


def plane_blocks(x: np.ndarray) -> Iterator[slice]:
    """Yield slices of planes that fit the cache together with what is made of them."""
    count = per_block(4 * x[0].size * x.itemsize, len(x))
    for first in range(0, len(x), count):
        yield slice(first, first + count)


def padded_planes(x: np.ndarray, padding: tuple[int, int], value: float) -> np.ndarray:
    """Return planes with a border of ``value``, in scratch; x itself without padding."""
    (ph, pw), (count, height, width, images) = padding, x.shape
    if not (ph or pw):
        return x
    padded = scratch(
        "padded", (count, height + 2 * ph, width + 2 * pw, images), x.dtype
    )
    padded[...] = value
    padded[:, ph : ph + height, pw : pw + width] = x
    return padded


# %% [markdown]
# ## Windows along one axis


# %%
#| export
class Windows(NamedTuple):
    """The windows along one axis: pixels of each, pixels from one to the next, number."""

    kernel: int
    stride: int
    count: int

    def places(self, offset: int) -> slice:
        """Return the places of the pixel ``offset`` of each window."""
        return slice(offset, offset + (self.count - 1) * self.stride + 1, self.stride)

    def tile(self, size: int) -> bool:
        """Tell whether the windows cover ``size`` pixels, each once."""
        return self.kernel == self.stride and self.kernel * self.count == size


@functools.lru_cache
def windows_of(shape, kernel_size, stride, padding) -> tuple[Windows, Windows]:
    """Return the windows along height and width. The arguments are tuples.

    Raises
    ------
    ValueError
        If it is no batch of images, or the window does not fit.
    """
    check_batch(shape)
    found = []
    for size, kernel, step, pad in zip(
        shape[2:], kernel_size, stride, padding, strict=True
    ):
        found.append(Windows(kernel, step, window_count(size, kernel, step, pad)))
    return found[0], found[1]


def check_upstream(grad_output: np.ndarray, shape: tuple[int, ...]) -> None:
    """Refuse an upstream gradient of another shape than the output's."""
    if grad_output.shape != shape:
        raise ValueError(
            f"Expected grad_output of shape {shape}, got {grad_output.shape}"
        )


# %% [markdown]
# ## Forward


# %%
#| export
def reduce_axis(operation: np.ufunc, x, axis: int, windows: Windows, out=None):
    """Combine the pixels of each window along one axis.

    Parameters
    ----------
    operation
        np.maximum or np.add.
    x
        Shape (planes, height, width, images), padded.
    axis
        1 for the height, 2 for the width.
    windows
        The windows along this axis.
    out
        Where the result goes; by default into scratch memory.
    """
    before = (slice(None),) * axis
    pixels = [x[*before, windows.places(offset)] for offset in range(windows.kernel)]
    if out is None:
        out = scratch(f"reduced{axis}", pixels[0].shape, x.dtype)
    if len(pixels) == 1:
        out[...] = pixels[0]
        return out
    operation(pixels[0], pixels[1], out=out)
    for further in pixels[2:]:
        operation(out, further, out=out)
    return out


def pool(
    operation: np.ufunc, value: float, x: np.ndarray, kernel_size, stride, padding
):
    """Reduce the windows of (batch, channels, height, width), in the order of x."""
    down, across = windows_of(
        x.shape, tuple(kernel_size), tuple(stride), tuple(padding)
    )
    dtype, innermost = np.result_type(x, np.float32), has_images_innermost(x)
    source = planes(x.astype(dtype, copy=False), innermost)
    out = empty_images((*x.shape[:2], down.count, across.count), dtype, innermost)
    target = planes(out, innermost)
    for block in plane_blocks(source):
        padded = padded_planes(source[block], padding, value)
        in_columns = reduce_axis(operation, padded, 1, down)
        reduce_axis(operation, in_columns, 2, across, out=target[block])
    return out


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
    return pool(np.maximum, -np.inf, x, kernel_size, stride, padding)


def avg_pool2d_forward(
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the mean of each window.

    Parameters
    ----------
    x
        Shape (batch, channels, height, width). It is not modified.
    kernel_size, stride, padding
        Pairs (height, width); padding is zeros, which count in the mean.

    Returns
    -------
    np.ndarray
        Shape (batch, channels, output height, output width), of dtype
        ``np.result_type(x, np.float32)``, in the memory order of x.
    """
    out = pool(np.add, 0, x, kernel_size, stride, padding)
    out /= kernel_size[0] * kernel_size[1]
    return out


# %%
max_pool2d_forward(np.arange(16).reshape(1, 1, 4, 4), (3, 2), (1, 2), (0, 0))

# %% [markdown]
# ## Backward
#
# Both gradients go back through the two steps, width and height; only what happens in a
# step differs. The frame is the same: blocks of planes, and the border cut off.


# %%
#| export
def pool_back(block_back, grad_output, x, kernel_size, stride, padding) -> np.ndarray:
    """Return the gradient of x, in the memory order of x, computed in blocks.

    Parameters
    ----------
    block_back
        Called with a block's upstream gradient, its planes, padding, the windows along
        height and width, and where to write the gradient of the padded planes.
    """
    down, across = windows_of(
        x.shape, tuple(kernel_size), tuple(stride), tuple(padding)
    )
    check_upstream(grad_output, (*x.shape[:2], down.count, across.count))
    dtype, innermost = np.result_type(grad_output, np.float32), has_images_innermost(x)
    source = planes(x.astype(dtype, copy=False), innermost)
    upstream = planes(grad_output.astype(dtype, copy=False), innermost)
    grad_x = empty_images(x.shape, dtype, innermost)
    target = planes(grad_x, innermost)
    (ph, pw), (height, width) = padding, x.shape[2:]
    for block in plane_blocks(source):
        grad = target[block]
        if ph or pw:
            shape = (len(grad), height + 2 * ph, width + 2 * pw, grad.shape[3])
            grad = scratch("grad_padded", shape, dtype)
        block_back(upstream[block], source[block], padding, down, across, grad)
        if ph or pw:
            target[block] = grad[:, ph : ph + height, pw : pw + width]
    return grad_x


# %% [markdown]
# The largest of a window gets its gradient; of equal ones the first. The rows of a window
# are reduced along the width first, then to one number, and the gradient goes back the
# same way: so "first" means row by row, as the loops see it. What a pixel takes is taken
# from what is left for the others; the last one takes what is left.


# %%
#| export
def give_to_largest(upstream, x, largest, axis: int, windows: Windows, grad) -> None:
    """Write the gradient of x, whose windows along one axis have the maxima ``largest``.

    Parameters
    ----------
    upstream
        The gradient of ``largest``, of its shape.
    x, grad
        Shape (planes, height, width, images).
    """
    before, tiled = (slice(None),) * axis, windows.tile(x.shape[axis])
    if not tiled:
        grad[...] = 0
    found = scratch("found", upstream.shape, bool)
    left, last = upstream, grad[*before, windows.places(windows.kernel - 1)]
    if tiled:  # nothing is added up: the last pixel's place can hold what is left
        rest = last
    else:
        part = scratch("part", upstream.shape, x.dtype)
        rest = scratch("rest", upstream.shape, x.dtype)
    for offset in range(windows.kernel - 1):
        at = (*before, windows.places(offset))
        np.equal(x[at], largest, out=found)
        if tiled:
            part = np.multiply(left, found, out=grad[at])
        else:
            grad[at] += np.multiply(left, found, out=part)
        left = np.subtract(left, part, out=rest)
    if not tiled:
        last += left
    elif windows.kernel == 1:
        last[...] = left


def give_to_odd(upstream, x, padding, windows, odd, grad) -> None:
    """Add the gradient of windows whose maximum is NaN or minus infinity.

    As in PyTorch the last NaN gets it, or else the first pixel that is no padding.

    Parameters
    ----------
    windows
        Along height and width.
    odd
        Which of them have such a maximum; of the shape of ``upstream``.
    """
    down, across = windows
    for plane, i, j, image in np.argwhere(odd):
        top, left = i * down.stride - padding[0], j * across.stride - padding[1]
        rows = slice(max(top, 0), max(top + down.kernel, 0))
        columns = slice(max(left, 0), max(left + across.kernel, 0))
        window = x[plane, rows, columns, image]
        if window.size:
            best = max(np.flatnonzero(np.isnan(window)), default=0)
            u, v = np.unravel_index(best, window.shape)
            place = rows.start + padding[0] + u, columns.start + padding[1] + v
            grad[plane, *place, image] += upstream[plane, i, j, image]


def max_block_back(upstream, x, padding, down: Windows, across: Windows, grad) -> None:
    """Write the gradient of a block of planes; see `pool_back`."""
    padded = padded_planes(x, padding, -np.inf)
    in_rows = reduce_axis(np.maximum, padded, 2, across)
    largest = reduce_axis(np.maximum, in_rows, 1, down)
    are_odd = not largest.min(initial=0) > -np.inf
    odd = ~(largest > -np.inf) if are_odd else None
    usual = np.where(odd, 0, upstream) if are_odd else upstream
    grad_rows = scratch("grad_rows", in_rows.shape, x.dtype)
    give_to_largest(usual, in_rows, largest, 1, down, grad_rows)
    give_to_largest(grad_rows, padded, in_rows, 2, across, grad)
    if are_odd:
        give_to_odd(upstream, x, padding, (down, across), odd, grad)


def max_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `max_pool2d_forward` for x, in the memory order of x.

    Of equal maxima the first gets it; where windows overlap, gradients add up.
    """
    arguments = grad_output, x, kernel_size, stride, padding
    return pool_back(max_block_back, *arguments)


# %% [markdown]
# Each pixel of a window has the same share in its mean.


# %%
#| export
def spread(upstream, axis: int, windows: Windows, grad) -> None:
    """Write the sum of what each pixel gets from the windows along one axis."""
    before, tiled = (slice(None),) * axis, windows.tile(grad.shape[axis])
    if not tiled:
        grad[...] = 0
    for offset in range(windows.kernel):
        if tiled:
            grad[*before, windows.places(offset)] = upstream
        else:
            grad[*before, windows.places(offset)] += upstream


def avg_block_back(upstream, x, padding, down: Windows, across: Windows, grad) -> None:
    """Write the gradient of a block of planes; see `pool_back`."""
    share = scratch("part", upstream.shape, upstream.dtype)
    np.divide(upstream, down.kernel * across.kernel, out=share)
    shape = (*upstream.shape[:2], grad.shape[2], upstream.shape[3])
    wide = scratch("grad_rows", shape, upstream.dtype)
    spread(share, 2, across, wide)
    spread(wide, 1, down, grad)


def avg_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `avg_pool2d_forward` for x, in the memory order of x."""
    arguments = grad_output, x, kernel_size, stride, padding
    return pool_back(avg_block_back, *arguments)


# %%
x = np.array([[7.0, 7, 1], [0, 7, 2]]).reshape(1, 1, 2, 3)
max_pool2d_backward(np.array([[[[1.0, 10.0]]]]), x, (2, 2), (1, 1), (0, 0))
