# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One convolution for all
#
# > Dilation becomes images, depth becomes channels: then the fast convolution does the rest.
#
# `tinytorch.perf.convolution` knows images, strides and channels. What else there is can be
# made of these by moving pixels. With dilation 2 the pixels of even number never meet those
# of odd number: they are images of their own, without dilation. A kernel that is two deep
# meets two layers of a block: these are the channels of one image. A row is an image of
# height 1, and groups come one after the other.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.rearranged

# %%
#| export
import functools
import itertools
import math
from typing import NamedTuple

import numpy as np

from tinytorch.core.spatial_two import grid
from tinytorch.perf.convolution import conv2d_forward, gradients
from tinytorch.perf.padding import enlarged, with_border, without_border
from tinytorch.perf.taps import Taps

# %% [markdown]
# ## Dilation becomes images
#
# Output number `o` meets the pixels `o · stride + u · dilation`. A number that divides both
# divides all of these, so only every so many pixels are seen, and both become smaller. Then
# every `dilation`-th output, from `r` on, is the convolution with this stride, and without
# dilation, of every `dilation`-th pixel from `r · stride` on.


# %%
#| export
class Split(NamedTuple):
    """An image's parts without dilation; `find_split` makes it.

    Attributes
    ----------
    stride, sizes, counts
        Of each part: its stride, the pixels that are seen, and the windows, along height
        and width. The largest part has so many, the others may lack the last.
    pixels, windows
        For each part the indices of its pixels in the image, and of its windows in the
        output.
    """

    stride: tuple[int, ...]
    sizes: tuple[int, ...]
    counts: tuple[int, ...]
    pixels: tuple[tuple[slice, ...], ...]
    windows: tuple[tuple[slice, ...], ...]


@functools.lru_cache
def find_split(counts, kernel, stride, dilation) -> Split:
    """Return the parts of an image with so many windows. The arguments are tuples."""
    axes = []
    for count, k, s, d in zip(counts, kernel, stride, dilation, strict=True):
        every = math.gcd(s, d)
        step, apart = s // every, min(d // every, count)
        most = -(-count // apart)
        size = (most - 1) * step + k
        firsts = [r * step * every for r in range(apart)]
        ends = [first + (size - 1) * d + 1 for first in firsts]
        pixels = [slice(*pair, d) for pair in zip(firsts, ends, strict=True)]
        windows = [slice(r, None, apart) for r in range(apart)]
        axes.append((step, size, most, pixels, windows))
    steps, sizes, most, pixels, windows = zip(*axes, strict=True)
    parts = (tuple(itertools.product(*each)) for each in (pixels, windows))
    return Split(steps, sizes, most, *parts)


find_split((5, 6), (3, 3), (1, 1), (2, 1)).pixels


# %%
#| export
def split_up(x: np.ndarray, indices, sizes: tuple[int, ...]) -> np.ndarray:
    """Return the parts of images as one batch: zeros where a part lacks the last."""
    many = np.zeros((len(indices), *x.shape[:2], *sizes), x.dtype)
    for index, part in zip(indices, many, strict=True):
        found = x[(..., *index)]
        part[:, :, : found.shape[2], : found.shape[3]] = found
    return many.reshape(-1, x.shape[1], *sizes)


def put_together(many: np.ndarray, indices, out: np.ndarray) -> np.ndarray:
    """Write a batch of parts into images, and return these."""
    for index, part in zip(
        indices, many.reshape(-1, len(out), *many.shape[1:]), strict=True
    ):
        target = out[(..., *index)]
        target[...] = part[:, :, : target.shape[2], : target.shape[3]]
    return out


# %% [markdown]
# ## Depth becomes channels
#
# Each layer of the output is an image, which sees as many layers of the block as the kernel
# is deep: all their channels, one after the other.


# %%
#| export
def fold(x: np.ndarray, weight: np.ndarray, stride: int, dilation: int):
    """Return the layers that windows see as a batch, and the kernels that fit them.

    Returns
    -------
    tuple
        Shapes (batch · layers, channels · depth, ...) and (out_channels, channels · depth,
        ...), without the first axis of both.
    """
    channels, depth = weight.shape[1:3]
    reach = (depth - 1) * dilation + 1
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, axis=2)
    seen = np.moveaxis(seen[:, :, ::stride, ..., ::dilation], (2, -1), (1, 3))
    kernels = weight.reshape(len(weight), channels * depth, *weight.shape[3:])
    return seen.reshape(-1, channels * depth, *x.shape[3:]), kernels


def unfold(grads: np.ndarray, x: np.ndarray, depth: int, stride: int, dilation: int):
    """Return the gradient of the blocks x from that of their folded layers."""
    grads = grads.reshape(len(x), -1, x.shape[1], depth, *x.shape[3:])
    grad_x = np.zeros(x.shape, grads.dtype)
    for u in range(depth):
        first = u * dilation
        met = slice(first, first + (grads.shape[1] - 1) * stride + 1, stride)
        grad_x[:, :, met] += np.moveaxis(grads[:, :, :, u], 1, 2)
    return grad_x


# %% [markdown]
# ## Forward and backward


# %%
#| export
def flat_forward(x, weight, bias, stride, dilation, padding=(0, 0)) -> np.ndarray:
    """Convolve images, in one group."""
    dilation = needed(weight.shape, dilation)
    if dilation == (1, 1):
        return conv2d_forward(x, weight, bias, stride, padding)
    x = with_border(x, padding)
    counts = grid(x.shape[2:], weight.shape[2:], stride, dilation)
    split = find_split(counts, weight.shape[2:], stride, dilation)
    many = split_up(x, split.pixels, split.sizes)
    found = conv2d_forward(many, weight, bias, split.stride, (0, 0))
    out = np.empty((len(x), len(weight), *counts), found.dtype)
    return put_together(found, split.windows, out)


def flat_backward(
    grad_output, x, weight, stride, dilation, for_x: bool = True, padding=(0, 0)
):
    """Return the gradients of images, if wanted, and weight."""
    dilation = needed(weight.shape, dilation)
    if dilation == (1, 1):
        return gradients(grad_output, x, weight, stride, padding, for_x)[:2]
    x = with_border(x, padding)
    split = find_split(grad_output.shape[2:], weight.shape[2:], stride, dilation)
    many = split_up(x, split.pixels, split.sizes)
    upstream = split_up(grad_output, split.windows, split.counts)
    pairs = split.stride, (0, 0)
    grads, grad_weight, _ = gradients(upstream, many, weight, *pairs, for_x)
    if not for_x:
        return None, grad_weight
    out = np.zeros(x.shape, grads.dtype)
    return without_border(put_together(grads, split.pixels, out), padding), grad_weight


def needed(weight_shape, dilation: tuple[int, ...]) -> tuple[int, ...]:
    """Return the dilation, and 1 where the kernel is one place long."""
    pairs = zip(weight_shape[2:], dilation, strict=True)
    return tuple(d if kernel > 1 else 1 for kernel, d in pairs)


# %%
#| export
def dense_forward(x, weight, bias, stride, dilation, padding=None) -> np.ndarray:
    """Convolve over any number of axes, in one group."""
    padding = padding or (0,) * len(stride)
    if x.ndim == 4:
        return flat_forward(x, weight, bias, stride, dilation, padding)
    if x.ndim == 3:
        sizes = (1, *stride), (1, *dilation), (0, *padding)
        return flat_forward(x[:, :, None], weight[:, :, None], bias, *sizes)[:, :, 0]
    x = with_border(x, (padding[0], *[0] * (len(padding) - 1)))
    images, kernels = fold(x, weight, stride[0], dilation[0])
    rest = stride[1:], dilation[1:], padding[1:]
    out = dense_forward(images, kernels, bias, *rest)
    return np.moveaxis(out.reshape(len(x), -1, *out.shape[1:]), 1, 2)


def dense_backward(
    grad_output, x, weight, stride, dilation, for_x: bool = True, padding=None
):
    """Return the gradients of x, if wanted, and weight."""
    padding = padding or (0,) * len(stride)
    if x.ndim == 4:
        return flat_backward(grad_output, x, weight, stride, dilation, for_x, padding)
    if x.ndim == 3:
        rows = (array[:, :, None] for array in (grad_output, x, weight))
        sizes = (1, *stride), (1, *dilation), for_x, (0, *padding)
        grads = flat_backward(*rows, *sizes)
        return tuple(None if grad is None else grad[:, :, 0] for grad in grads)
    deep = padding[0], *[0] * (len(padding) - 1)
    x = with_border(x, deep)
    images, kernels = fold(x, weight, stride[0], dilation[0])
    upstream = np.moveaxis(grad_output, 2, 1)
    upstream = upstream.reshape(-1, *upstream.shape[2:])
    rest = stride[1:], dilation[1:], for_x, padding[1:]
    grads, grad_weight = dense_backward(upstream, images, kernels, *rest)
    if for_x:
        grads = unfold(grads, x, weight.shape[2], stride[0], dilation[0])
        grads = without_border(grads, deep)
    return grads, grad_weight.reshape(weight.shape)


# %% [markdown]
# What the fast convolution is given in the end, by shapes alone:


# %%
#| export
def what_is_left(x_shape, weight_shape, stride, dilation, padding=None) -> tuple:
    """Return for a group the shapes of images and weight, stride and padding that are left."""
    padding = padding or (0,) * len(stride)
    if len(x_shape) == 3:
        x_shape, weight_shape = ((*s[:2], 1, s[2]) for s in (x_shape, weight_shape))
        stride, dilation, padding = (1, *stride), (1, *dilation), (0, *padding)
    dilation = needed(weight_shape, dilation)
    (batch, _, *sizes), (outs, channels, *kernel) = x_shape, weight_shape
    whole = enlarged(x_shape, padding)[2:]
    counts = list(grid(whole, tuple(kernel), stride, dilation))
    while len(sizes) > 2:
        batch, channels = batch * counts.pop(0), channels * kernel.pop(0)
        sizes, stride, dilation = sizes[1:], stride[1:], dilation[1:]
        padding = padding[1:]
    if dilation != (1, 1):
        split = find_split(tuple(counts), tuple(kernel), stride, dilation)
        batch, sizes, stride = batch * len(split.pixels), split.sizes, split.stride
        padding = 0, 0
    return (batch, channels, *sizes), (outs, channels, *kernel), stride, padding


what_is_left((2, 3, 4, 9, 8), (5, 3, 2, 3, 3), (1, 1, 1), (1, 2, 2))

# %% [markdown]
# ## Groups, one after the other


# %%
#| export
def rearranged_forward(
    x, weight, bias, plan: Taps, dilation, groups: int, padding=None
) -> np.ndarray:
    """Convolve each group of channels by itself."""
    biases = [None] * groups if bias is None else np.split(bias, groups)
    each = zip(np.split(x, groups, 1), np.split(weight, groups), biases, strict=True)
    outs = [dense_forward(*group, plan.stride, dilation, padding) for group in each]
    return outs[0] if groups == 1 else np.concatenate(outs, axis=1)


# A method's arguments, and one more.
def rearranged_backward(
    grad_output,
    x,
    weight,
    plan: Taps,
    dilation,
    groups: int,
    for_x: bool = True,
    padding=None,
):
    """Return the gradients of x, if wanted, and weight."""
    parts = (
        *(np.split(a, groups, 1) for a in (grad_output, x)),
        np.split(weight, groups),
    )
    grads = [
        dense_backward(*group, plan.stride, dilation, for_x, padding)
        for group in zip(*parts, strict=True)
    ]
    if groups == 1:
        return grads[0]
    grad_x, grad_weight = zip(*grads, strict=True)
    joined = np.concatenate(grad_x, axis=1) if for_x else None
    return joined, np.concatenate(grad_weight)


# %%
from tinytorch.perf.taps import find_taps

rng = np.random.default_rng(0)
x, weight = rng.normal(size=(1, 4, 9, 8, 7)), rng.normal(size=(6, 2, 2, 3, 1))
plan = find_taps(x.shape[2:], weight.shape[2:], (2, 1, 1), (1, 3, 1))
rearranged_forward(x, weight, None, plan, (1, 3, 1), groups=2).shape
