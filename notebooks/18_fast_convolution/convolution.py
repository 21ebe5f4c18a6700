# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Fast convolution
#
# > Convolution in NumPy by the method that suits the shape; `explain` says which and why.
#
# The functions are those of module 09, with the same arguments and the same results. The
# seven loops are gone: four methods hand the work to matrix products and to operations on
# long runs of memory.


# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.convolution

# %%
#| export
import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tinytorch.perf.matmul import (
    columns_backward,
    columns_forward,
    pointwise_backward,
    pointwise_forward,
    taps_backward,
    taps_forward,
)
from tinytorch.perf.maxima import (
    max_pool2d_backward,
    max_pool2d_forward,
    max_pool2d_function_backward,
    max_pool2d_function_forward,
)
from tinytorch.perf.pooling import avg_pool2d_backward, avg_pool2d_forward
from tinytorch.perf.windows import BLOCK_BYTES, Geometry, geometry
from tinytorch.perf.winograd import (
    KERNEL,
    OUTPUTS,
    TILE,
    winograd,
    winograd_grad_weight,
    winograd_grad_x,
)

# Which shape takes which method, for help(tinytorch.perf.convolution).
__doc__ = f"""{__doc__}

shape                              method      because
kernel 1x1, no padding             pointwise   the pixels are the matrix already
3x3, stride 1, many channels,      winograd    36 products in place of 144 pay for
  float32                                      three transforms
at most two kernels of one         taps        a matrix product would have one row or two,
  channel, stride 1                            and the windows of a row are neighbours
all else, 16 small images or more  columns     windows as columns, of the whole batch, with
                                               the images innermost: memory runs are long
all else                           columns     image by image, a block of them in the cache
"""

_all_ = [
    "avg_pool2d_backward",
    "avg_pool2d_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
]

# %% [markdown]
# ## Winograd
#
# Three methods are in `tinytorch.perf.matmul`, this one in `tinytorch.perf.winograd`.


# %%
#| export
def winograd_forward(x, weight, bias, g: Geometry) -> np.ndarray:
    """Convolve 3x3 at stride 1 with a quarter of the products."""
    return winograd(x, weight, bias, g.padding, g.images_innermost)


def winograd_backward(grad_output, x, weight, g: Geometry, for_x: bool = True):
    """Return the gradients of x, if wanted, and weight."""
    grad_weight = winograd_grad_weight(grad_output, x, g.padding, g.images_innermost)
    if not for_x:
        return None, grad_weight
    grad_x = winograd_grad_x(grad_output, weight, g.padding, g.images_innermost)
    return grad_x, grad_weight


def winograd_pays(g: Geometry) -> bool:
    """Tell whether transforms and products take fewer multiplications, with a margin."""
    if (g.kernel_height, g.kernel_width) != (KERNEL, KERNEL) or g.stride != (1, 1):
        return False
    if max(g.padding) > KERNEL - 1:
        return False
    tiles = -(-g.rows // OUTPUTS) * -(-g.columns // OUTPUTS)
    tile, result = TILE * TILE, OUTPUTS * OUTPUTS
    transforms = tile * tile * g.in_channels + result * tile * g.out_channels
    products = tile * g.in_channels * g.out_channels
    direct = g.rows * g.columns * g.window_size * g.out_channels
    return tiles * (transforms + products) < 0.7 * direct


# %% [markdown]
# ## The choice


# %%
#| export
class Method(NamedTuple):
    """A method of convolution: its two functions."""

    forward: Callable
    backward: Callable


METHODS = {
    "pointwise": Method(pointwise_forward, pointwise_backward),
    "winograd": Method(winograd_forward, winograd_backward),
    "taps": Method(taps_forward, taps_backward),
    "columns": Method(columns_forward, columns_backward),
}


class Choice(NamedTuple):
    """The method that a call takes, and why."""

    method: str
    reason: str


@functools.lru_cache
def choose(g: Geometry, dtype) -> Choice:
    """Return the method for a convolution of these sizes."""
    if g.kernel_height == g.kernel_width == 1 and g.padding == (0, 0):
        return Choice("pointwise", "kernel 1x1: the pixels are the matrix already")
    if dtype == np.float32 and winograd_pays(g):
        return Choice("winograd", "3x3, stride 1, enough channels: fewer products")
    image = (g.height + 2 * g.padding[0]) * (g.width + 2 * g.padding[1])
    few = g.in_channels * g.out_channels <= 2 and g.stride == (1, 1)
    if few and 16 * image * dtype.itemsize <= BLOCK_BYTES:
        return Choice(
            "taps", "at most two kernels of one channel: no matrix to speak of"
        )
    if g.images_innermost:
        return Choice("columns", "many small images: all at once, images innermost")
    return Choice("columns", "image by image, a block of windows in the cache")


def explain(x_shape, weight_shape, stride, padding, dtype=np.float32) -> Choice:
    """Return which method a call would take, and the reason.

    Parameters
    ----------
    x_shape, weight_shape
        Shapes (batch, in, height, width) and (out, in, kernel height, kernel width).
    stride, padding
        Pairs (height, width).
    dtype
        The dtype of the result.
    """
    sizes = map(tuple, (x_shape, weight_shape, stride, padding))
    return choose(geometry(*sizes), np.dtype(dtype))


# %%
explain((8, 256, 14, 14), (256, 256, 3, 3), (1, 1), (1, 1))

# %% [markdown]
# ## What is called


# %%
#| export
def conv2d_forward(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> np.ndarray:
    """Cross-correlate a batch of images with a bank of kernels.

    Parameters
    ----------
    x
        Shape (batch, in_channels, height, width), in any order in memory. It is not
        modified.
    weight
        Shape (out_channels, in_channels, kernel height, kernel width).
    bias
        Shape (out_channels,), or None.
    stride, padding
        Pairs (height, width); the padding is zeros on each side.

    Returns
    -------
    np.ndarray
        Shape (batch, out_channels, output height, output width), of dtype
        ``np.result_type(x, weight, np.float32)``. Large batches of small images lie
        with the images innermost in memory.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or there is no image.
    """
    g = geometry(x.shape, weight.shape, tuple(stride), tuple(padding))
    dtype = np.result_type(x, weight, np.float32)
    if bias is not None:
        if bias.shape != (g.out_channels,):
            raise ValueError(
                f"Expected bias of shape {(g.out_channels,)}, got {bias.shape}"
            )
        bias = bias.astype(dtype, copy=False)
    method = METHODS[choose(g, dtype).method]
    x, weight = x.astype(dtype, copy=False), weight.astype(dtype, copy=False)
    return method.forward(x, weight, bias, g)


def conv2d_backward(
    grad_output: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of `conv2d_forward` for x, weight and bias.

    Parameters
    ----------
    grad_output
        The gradient of the loss for each output, shape (batch, out_channels, output
        height, output width).
    x, weight, stride, padding
        What went into forward. They are not modified.

    Returns
    -------
    tuple
        Three arrays, of the shapes of x, of weight, and (out_channels,), of dtype
        ``np.result_type(grad_output, np.float32)``.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or there is no image.
    """
    return gradients(grad_output, x, weight, stride, padding)


def gradients(grad_output, x, weight, stride, padding, for_x: bool = True):
    """Do the work of `conv2d_backward`; without ``for_x`` its first result is None.

    The first layer of a network wants no gradient of its images.
    """
    g = geometry(x.shape, weight.shape, tuple(stride), tuple(padding))
    if grad_output.shape != g.output_shape:
        raise ValueError(
            f"Expected grad_output of shape {g.output_shape}, got {grad_output.shape}"
        )
    dtype = np.result_type(grad_output, np.float32)
    grad_output, x, weight = (
        array.astype(dtype, copy=False) for array in (grad_output, x, weight)
    )
    method = METHODS[choose(g, dtype).method]
    grad_x, grad_weight = method.backward(grad_output, x, weight, g, for_x)
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))


# %% [markdown]
# `Conv2dFunction.backward` of module 09 asks for the gradient of the images always. Its
# stand-in asks for what is needed. `MaxPool2dFunction` has two, which keep where the maxima
# are. These and the functions below are what `tinytorch.use("fast")` exchanges.


# %%
#| export
def conv2d_function_backward(ctx, grad_output):
    """Stand in for ``Conv2dFunction.backward``: no gradient of x unless it is wanted."""
    for_x = ctx.needs_input_grad[0]
    grads = gradients(
        grad_output, *ctx.saved_tensors, ctx.stride, ctx.padding, for_x=for_x
    )
    return *grads, None, None


# %%
#| export
FUNCTIONS = {
    function.__name__: function
    for function in (
        conv2d_forward,
        conv2d_backward,
        max_pool2d_forward,
        max_pool2d_backward,
        avg_pool2d_forward,
        avg_pool2d_backward,
    )
} | {
    "Conv2dFunction.backward": conv2d_function_backward,
    "MaxPool2dFunction.forward": max_pool2d_function_forward,
    "MaxPool2dFunction.backward": max_pool2d_function_backward,
}

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(2, 3, 9, 10)).astype(np.float32)
weight = rng.normal(size=(4, 3, 2, 5)).astype(np.float32)
conv2d_forward(x, weight, None, (2, 3), (0, 0)).shape
