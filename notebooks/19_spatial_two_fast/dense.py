# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A convolution as one matrix
#
# > Of a small image each pixel times a number for each answer: most of the numbers are zero.
#
# A convolution is linear, so that it is a matrix: as many rows as the image has pixels, as
# many columns as there are answers, in each column the kernel's numbers where its window
# is, and zeros everywhere else. Of large images that would be a waste. Of 4x4 pixels, the
# zeros cost less than finding out where the others are: a batch of images is multiplied
# with the matrix as it lies in memory, in one call for all groups.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.dense

# %%
#| export
import math

import numpy as np

from tinytorch.perf.taps import Taps, empty_batch, in_lines, side_by_side
from tinytorch.perf.windows import product

# %% [markdown]
# ## The matrix
#
# The numbers of a kernel stand once for each window. All of these places are one view: the
# next window is a stride further down and one column to the right, the next tap is a
# dilation further down.


# %%
#| export
def empty_matrix(x_shape, weight_shape, plan: Taps, groups: int, dtype) -> np.ndarray:
    """Return zeros: (groups, in_channels, ..., out_channels, windows ...) of a group."""
    ins, outs = weight_shape[1], weight_shape[0] // groups
    return np.zeros((groups, ins, *x_shape[2:], outs, *plan.counts), dtype)


def places(matrix: np.ndarray, kernel, plan: Taps, dilation) -> np.ndarray:
    """Return where the kernels' numbers stand, as a view.

    Returns
    -------
    np.ndarray
        Shape (groups, in_channels, taps ..., out_channels, windows ...).
    """
    axes = len(kernel)
    group, channel, *pixels = matrix.strides[: 2 + axes]
    out, *windows = matrix.strides[2 + axes :]
    taps = [d * step for d, step in zip(dilation, pixels, strict=True)]
    further = zip(plan.stride, pixels, windows, strict=True)
    windows = [s * step + window for s, step, window in further]
    strides = group, channel, *taps, out, *windows
    shape = (*matrix.shape[:2], *kernel, *matrix.shape[2 + axes :])
    return np.ndarray(shape, matrix.dtype, matrix, strides=strides)


def matrix_of(x_shape, weight, plan: Taps, dilation, groups: int) -> np.ndarray:
    """Return the matrices of all groups: (groups, pixels, answers)."""
    axes = len(dilation)
    full = empty_matrix(x_shape, weight.shape, plan, groups, weight.dtype)
    kernels = weight.reshape(groups, -1, *weight.shape[1:])
    kernels = np.moveaxis(kernels, 1, -1)
    kernels = kernels.reshape(*kernels.shape, *[1] * axes)
    places(full, weight.shape[2:], plan, dilation)[...] = kernels
    return full.reshape(groups, math.prod(full.shape[1 : 2 + axes]), -1)


# %% [markdown]
# ## Forward and backward


# %%
#| export
def rows_of(array: np.ndarray, groups: int, together: bool) -> np.ndarray:
    """Return a batch as (groups, images, numbers): a view if its order is as told."""
    numbers = math.prod(array.shape[1:]) // groups
    if together:
        columns = in_lines(array, together).reshape(groups, numbers, len(array))
        return columns.swapaxes(1, 2)
    return array.reshape(len(array), groups, numbers).swapaxes(0, 1)


def multiply(rows: np.ndarray, matrix: np.ndarray, out: np.ndarray) -> None:
    """Write rows @ matrix, in the order in which the rows lie in memory."""
    if out.strides[-1] > out.strides[-2]:
        rows, matrix, out = (a.swapaxes(1, 2) for a in (matrix, rows, out))
    product(rows, matrix, out)


def dense_groups_forward(x, weight, bias, plan: Taps, dilation, groups: int):
    """Convolve small images; the arrays have one dtype."""
    together = side_by_side(x)
    out = empty_batch((len(x), len(weight), *plan.counts), x.dtype, together)
    matrix = matrix_of(x.shape, weight, plan, dilation, groups)
    rows = rows_of(x, groups, together)
    multiply(rows, matrix, rows_of(out, groups, together))
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(plan.counts))
    return out


def dense_groups_backward(
    grad_output, x, weight, plan: Taps, dilation, groups: int, for_x: bool = True
):
    """Return the gradients of x, if wanted, and weight."""
    together, axes = side_by_side(x), len(dilation)
    upstream = rows_of(grad_output, groups, together)
    grads = empty_matrix(x.shape, weight.shape, plan, groups, x.dtype)
    target = grads.reshape(groups, math.prod(grads.shape[1 : 2 + axes]), -1)
    product(rows_of(x, groups, together).swapaxes(1, 2), upstream, target)
    seen = places(grads, weight.shape[2:], plan, dilation)
    windows = np.ascontiguousarray(seen).reshape(*seen.shape[:-axes], -1)
    grad_weight = np.moveaxis(windows.sum(axis=-1), -1, 1).reshape(weight.shape)
    if not for_x:
        return None, grad_weight
    grad_x = empty_batch(x.shape, x.dtype, together)
    matrix = matrix_of(x.shape, weight, plan, dilation, groups)
    multiply(upstream, matrix.swapaxes(1, 2), rows_of(grad_x, groups, together))
    return grad_x, grad_weight


# %%
from tinytorch.perf.taps import find_taps

plan = find_taps((4,), (2,), (1,), (1,))
matrix_of((1, 1, 4), np.array([[[1.0, 2.0]]]), plan, (1,), groups=1)
