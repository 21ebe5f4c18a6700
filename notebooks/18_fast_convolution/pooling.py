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
from collections.abc import Callable, Iterator
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


# %% [markdown]
# ## Windows along one axis


# %%
#| export
class Windows(NamedTuple):
    """The windows along one axis of ``size`` pixels, with ``padding`` on each side.

    Each has ``kernel`` pixels, from one to the next are ``stride``, and there are
    ``count``.
    """

    kernel: int
    stride: int
    count: int
    size: int
    padding: int

    @property
    def padded(self) -> int:
        """Pixels along the axis, with padding."""
        return self.size + 2 * self.padding

    @property
    def inside(self) -> slice:
        """Where the pixels without padding are."""
        return slice(self.padding, self.padding + self.size)

    @property
    def tile(self) -> bool:
        """Whether the windows cover all pixels, each once."""
        return self.kernel == self.stride and self.kernel * self.count == self.padded

    def places(self, offset: int) -> slice:
        """Return the places of the pixel ``offset`` of each window, with padding."""
        return slice(offset, offset + (self.count - 1) * self.stride + 1, self.stride)

    def pixels(self, offset: int) -> np.ndarray:
        """Return the same as numbers of pixels, without padding."""
        return np.arange(self.count) * self.stride + offset - self.padding


@functools.lru_cache
def windows_of(shape, kernel_size, stride, padding) -> tuple[Windows, Windows]:
    """Return the windows along height and width. The arguments are tuples.

    Raises
    ------
    ValueError
        If it is no batch of images, or the window does not fit.
    """
    check_batch(shape)
    down, across = (
        Windows(kernel, step, window_count(size, kernel, step, pad), size, pad)
        for size, kernel, step, pad in zip(
            shape[2:], kernel_size, stride, padding, strict=True
        )
    )
    return down, across


def padded_planes(x: np.ndarray, windows, value: float) -> np.ndarray:
    """Return planes with a border of ``value``, in scratch; x itself without padding."""
    down, across = windows
    if not (down.padding or across.padding):
        return x
    shape = len(x), down.padded, across.padded, x.shape[3]
    padded = scratch("padded", shape, x.dtype)
    padded[...] = value
    padded[:, down.inside, across.inside] = x
    return padded


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
    operation: np.ufunc,
    value: float,
    x: np.ndarray,
    windows: tuple[Windows, Windows],
    watch: Callable | None = None,
) -> np.ndarray:
    """Reduce the windows of (batch, channels, height, width), in the order of x.

    Parameters
    ----------
    operation, value
        np.maximum or np.add, and what the border is filled with.
    windows
        Along height and width.
    watch
        Called for each block of planes, with where it stands among the planes, its
        padded pixels, what their columns were reduced to, and their windows.
    """
    down, across = windows
    dtype, innermost = np.result_type(x, np.float32), has_images_innermost(x)
    source = planes(x.astype(dtype, copy=False), innermost)
    out = empty_images((*x.shape[:2], down.count, across.count), dtype, innermost)
    target = planes(out, innermost)
    for block in plane_blocks(source):
        padded = padded_planes(source[block], windows, value)
        in_columns = reduce_axis(operation, padded, 1, down)
        reduce_axis(operation, in_columns, 2, across, out=target[block])
        if watch is not None:
            watch(block, padded, in_columns, target[block])
    return out


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
    windows = windows_of(x.shape, tuple(kernel_size), tuple(stride), tuple(padding))
    out = pool(np.add, 0, x, windows)
    out /= kernel_size[0] * kernel_size[1]
    return out


# %%
avg_pool2d_forward(np.arange(16).reshape(1, 1, 4, 4), (3, 2), (1, 2), (0, 0))

# %% [markdown]
# ## Backward
#
# The maximum, and its gradient, are in `tinytorch.perf.maxima`. Of a mean, each pixel of
# the window has the same share. It goes back as it came: through width, then height.


# %%
#| export
def spread(upstream, axis: int, windows: Windows, grad) -> None:
    """Write the sum of what each pixel gets from the windows along one axis."""
    before = (slice(None),) * axis
    if not windows.tile:
        grad[...] = 0
    for offset in range(windows.kernel):
        if windows.tile:
            grad[*before, windows.places(offset)] = upstream
        else:
            grad[*before, windows.places(offset)] += upstream


def avg_pool2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Return the gradient of `avg_pool2d_forward` for x, in the memory order of x."""
    down, across = windows_of(
        x.shape, tuple(kernel_size), tuple(stride), tuple(padding)
    )
    check_upstream(grad_output, (*x.shape[:2], down.count, across.count))
    dtype, innermost = np.result_type(grad_output, np.float32), has_images_innermost(x)
    upstream = planes(grad_output.astype(dtype, copy=False), innermost)
    grad_x = empty_images(x.shape, dtype, innermost)
    target = planes(grad_x, innermost)
    for block in plane_blocks(target):
        grad, above = target[block], upstream[block]
        count, images = len(grad), grad.shape[3]
        if down.padding or across.padding:
            shape = count, down.padded, across.padded, images
            grad = scratch("grad_padded", shape, dtype)
        share = scratch("part", above.shape, dtype)
        np.divide(above, down.kernel * across.kernel, out=share)
        wide = scratch("wide", (count, down.count, across.padded, images), dtype)
        spread(share, 2, across, wide)
        spread(wide, 1, down, grad)
        if down.padding or across.padding:
            target[block] = grad[:, down.inside, across.inside]
    return grad_x


# %%
upstream = np.array([[[[6.0, 60.0]]]])
avg_pool2d_backward(upstream, np.zeros((1, 1, 2, 3)), (2, 2), (1, 1), (0, 0))
