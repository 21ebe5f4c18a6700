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
# seven loops are gone: eight methods hand the work to matrix products and to operations on
# long runs of memory.


# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.convolution

# %%
#| export
import functools
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from tinytorch.perf.costs import WORK, small_sizes
from tinytorch.perf.dense import dense_backward, dense_forward
from tinytorch.perf.gathered import gathered_backward, gathered_forward
from tinytorch.perf.matmul import (
    columns_backward,
    columns_forward,
    pointwise_backward,
    pointwise_forward,
)
from tinytorch.perf.maxima import (
    max_pool2d_backward,
    max_pool2d_forward,
    max_pool2d_function_backward,
    max_pool2d_function_forward,
)
from tinytorch.perf.pooling import avg_pool2d_backward, avg_pool2d_forward
from tinytorch.perf.prices import prices
from tinytorch.perf.rows import all_rows, rows_backward, rows_forward
from tinytorch.perf.strips import strips_backward, strips_forward
from tinytorch.perf.turned import turned_backward, turned_forward
from tinytorch.perf.windows import Geometry, geometry, has_images_innermost
from tinytorch.perf.winograd import KERNEL, winograd_backward, winograd_forward
from tinytorch.perf.work import Work

_all_ = [
    "avg_pool2d_backward",
    "avg_pool2d_forward",
    "max_pool2d_backward",
    "max_pool2d_forward",
]

# %% [markdown]
# ## The choice
#
# A module of `tinytorch.perf` has one or two methods: `matmul`, `winograd`, `turned`, `strips`,
# `rows`, `gathered` and `dense`. All give the same numbers. `tinytorch.perf.costs` counts the work of each,
# `tinytorch.perf.prices` says what this machine takes for it, and the cheapest is taken.


# %%
#| export
class Method(NamedTuple):
    """A method of convolution: its two functions."""

    forward: Callable
    backward: Callable


def with_sizes(forward: Callable, backward: Callable) -> Method:
    """Return functions for any number of axes, dilation and groups as a method."""

    def one_way(x, weight, bias, g: Geometry) -> np.ndarray:
        """Convolve images."""
        return forward(x, weight, bias, g.stride, g.padding, (1, 1), 1)

    def back(grad_output, x, weight, g: Geometry, for_x: bool = True):
        """Return the gradients of x, if wanted, and weight."""
        sizes = g.stride, g.padding, (1, 1), 1
        return backward(grad_output, x, weight, *sizes, for_x)

    return Method(one_way, back)


METHODS = {
    "gathered": with_sizes(gathered_forward, gathered_backward),
    "dense": with_sizes(dense_forward, dense_backward),
    "pointwise": Method(pointwise_forward, pointwise_backward),
    "winograd": Method(winograd_forward, winograd_backward),
    "columns": Method(columns_forward, columns_backward),
    "turned": Method(turned_forward, turned_backward),
    "strips": Method(strips_forward, strips_backward),
    "rows": Method(rows_forward, rows_backward),
}


REASONS = {
    "gathered": "a small image: a table says which pixels the windows see",
    "dense": "images hardly larger than the kernel: all of it is one matrix",
    "pointwise": "kernel 1x1: the pixels are the matrix already",
    "winograd": "3x3 at stride 1: a quarter of the multiplications",
    "columns": "windows as columns of a matrix, a block of them in the cache",
    "turned": "few channels out: multiply first, then move the results",
    "strips": "windows shifted across are copied, windows shifted down are not",
    "rows": "many images at once, innermost in memory: rows of windows are not copied",
}


class Choice(NamedTuple):
    """The method that a call takes, and why."""

    method: str
    reason: str
    milliseconds: dict[str, float]  # what each method that fits was expected to take

    def __str__(self) -> str:
        ranked = sorted(self.milliseconds.items(), key=lambda item: item[1])
        costs = ", ".join(f"{name} {ms:.3g}" for name, ms in ranked)
        return f"{self.method}: {self.reason} (expected milliseconds: {costs})"


def fitting(g: Geometry, dtype) -> Iterator[str]:
    """Yield the names of the methods that can compute a convolution of these sizes."""
    kernel, dense = (g.kernel_height, g.kernel_width), g.stride == (1, 1)
    yield from ("columns", "strips", "turned", "rows", *small_sizes(g).fitting)
    if kernel == (1, 1) and g.padding == (0, 0):
        yield "pointwise"
    small = max(g.padding) < KERNEL and dtype == np.float32
    if dense and small and kernel == (KERNEL, KERNEL):
        yield "winograd"


TASKS = {
    "forward": lambda name, *sizes: WORK[name][0](*sizes),
    "backward": lambda name, *sizes: WORK[name][1](*sizes),
    "backward, not for x": lambda name, *sizes: WORK[name][1](*sizes, for_x=False),
}


@functools.lru_cache(maxsize=1024)
def choose(g: Geometry, dtype, innermost: bool, task: str, price: Work) -> Choice:
    """Return the method for one of `TASKS` on these sizes, at these prices."""
    work = TASKS[task]
    costs = {
        name: 1e3 * work(name, g, innermost).seconds(price)
        for name in fitting(g, dtype)
    }
    method = min(costs, key=costs.get)
    return Choice(method, REASONS[method], costs)


def explain(
    x_shape, weight_shape, stride, padding, dtype=np.float32, backward: bool = False
) -> Choice:
    """Return which method a call would take, the reason, and what each would cost.

    Parameters
    ----------
    x_shape, weight_shape
        Shapes (batch, in, height, width) and (out, in, kernel height, kernel width), of
        images in the usual order in memory.
    stride, padding
        Pairs (height, width).
    dtype
        The dtype of the result.
    backward
        Whether it is about `conv2d_backward`.
    """
    sizes = map(tuple, (x_shape, weight_shape, stride, padding))
    task = "backward" if backward else "forward"
    return choose(geometry(*sizes), np.dtype(dtype), False, task, prices())


# %%
print(explain((8, 256, 14, 14), (256, 256, 3, 3), (1, 1), (1, 1)))

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
        ``np.result_type(x, weight, np.float32)``. Where that is faster, it lies in
        memory with the images innermost.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or there is no image.
    """
    return convolved(x, weight, bias, stride, padding)[0]


def convolved(x, weight, bias, stride, padding, keep: bool = False):
    """Do the work of `conv2d_forward`.

    Returns
    -------
    tuple
        Its result; and with ``keep`` what backward need not make again, or None.
    """
    g = geometry(x.shape, weight.shape, tuple(stride), tuple(padding))
    dtype = np.result_type(x, weight, np.float32)
    if bias is not None:
        if bias.shape != (g.out_channels,):
            raise ValueError(
                f"Expected bias of shape {(g.out_channels,)}, got {bias.shape}"
            )
        bias = bias.astype(dtype, copy=False)
    choice = choose(g, dtype, has_images_innermost(x), "forward", prices())
    method = METHODS[choice.method]
    x, weight = x.astype(dtype, copy=False), weight.astype(dtype, copy=False)
    if keep and choice.method == "rows" and (shifted := all_rows(x, g)) is not None:
        return rows_forward(x, weight, bias, g, shifted), shifted
    return method.forward(x, weight, bias, g), None


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


def gradients(grad_output, x, weight, stride, padding, for_x: bool = True, kept=None):
    """Do the work of `conv2d_backward`; without ``for_x`` its first result is None.

    The first layer of a network wants no gradient of its images. What `convolved` kept
    may be given.
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
    task = "backward" if for_x else "backward, not for x"
    choice = choose(g, dtype, has_images_innermost(grad_output), task, prices())
    method = METHODS[choice.method]
    more = ()
    if choice.method == "rows" and kept is not None and kept.dtype == dtype:
        more = (kept,)
    grad_x, grad_weight = method.backward(grad_output, x, weight, g, for_x, *more)
    return grad_x, grad_weight, grad_output.sum(axis=(0, 2, 3))


# %% [markdown]
# `Conv2dFunction.backward` of module 09 asks for the gradient of the images always. Its
# stand-in asks for what is needed. That of forward saves what module 09 saves; and, where
# all rows are one block, the rows as well, of which backward needs the same. So do those of
# `MaxPool2dFunction` with what they found. These and the functions below are what
# `tinytorch.use("fast")` exchanges.


# %%
#| export
def conv2d_function_forward(ctx, x, weight, bias, stride, padding):
    """Stand in for ``Conv2dFunction.forward``: keep what backward needs again."""
    ctx.save_for_backward(x, weight)
    ctx.stride, ctx.padding = stride, padding
    keep = ctx.needs_input_grad[1]
    out, ctx.kept = convolved(x, weight, bias, stride, padding, keep)
    return out


def conv2d_function_backward(ctx, grad_output):
    """Stand in for ``Conv2dFunction.backward``: no gradient of x unless it is wanted."""
    for_x, kept = ctx.needs_input_grad[0], getattr(ctx, "kept", None)
    sizes = ctx.stride, ctx.padding
    grads = gradients(grad_output, *ctx.saved_tensors, *sizes, for_x, kept)
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
    "Conv2dFunction.forward": conv2d_function_forward,
    "Conv2dFunction.backward": conv2d_function_backward,
    "MaxPool2dFunction.forward": max_pool2d_function_forward,
    "MaxPool2dFunction.backward": max_pool2d_function_backward,
}

# %%
rng = np.random.default_rng(0)
x = rng.normal(size=(2, 3, 9, 10)).astype(np.float32)
weight = rng.normal(size=(4, 3, 2, 5)).astype(np.float32)
conv2d_forward(x, weight, None, (2, 3), (0, 0)).shape
