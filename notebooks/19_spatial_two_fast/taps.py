# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Convolution tap by tap
#
# > Any number of axes, dilation and groups: one product for each place of the kernel.
#
# A kernel's places are its taps. Each meets the image shifted by its own distance, as in
# module 19. Here an image is one long line in memory, and so is a shifted one: the pixel
# two rows down and three to the right stands 2 · width + 3 further on, the same for all.
# A tap is then one product of matrices on a run of memory, of which nothing is copied
# before. Where a group is one channel there is no matrix: `tinytorch.perf.depthwise`.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.taps

# %%
#| export
import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tinytorch.core.spatial_two import grid
from tinytorch.perf.windows import (
    empty_images,
    has_images_innermost,
    product,
    scratch,
)

# %% [markdown]
# ## Where the taps are
#
# At the end of a line the shifted image goes on in the next one: these answers are
# computed and thrown away. With a stride, the pixels are sorted first. Of stride 2, those
# with even and those with odd numbers are two images, in which each window is one pixel
# from the next; the sorted images are the *phases*.


# %%
#| export
class Taps(NamedTuple):
    """Where each tap finds its pixels; `find_taps` makes it.

    Attributes
    ----------
    counts
        How many windows there are along each axis.
    sizes
        The lengths of a phase's axes; without stride the image's.
    steps
        How far the next pixel along each axis is in a phase's line.
    phases
        For each phase the number of its first pixel along each axis.
    taps
        For each place of the kernel, row by row, its phase and how far it is shifted.
    stride
        From one pixel of a phase to the next, in the image.
    """

    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    steps: tuple[int, ...]
    phases: tuple[tuple[int, ...], ...]
    taps: tuple[tuple[int, int], ...]
    stride: tuple[int, ...]


@functools.lru_cache
def find_taps(sizes, kernel, stride, dilation) -> Taps:
    """Return the taps of a kernel. The arguments are tuples, a number for each axis.

    Raises
    ------
    ValueError
        If a kernel reaches over more pixels than there are.
    """
    counts = grid(sizes, kernel, stride, dilation)
    reach = [(k - 1) * d // s for k, d, s in zip(kernel, dilation, stride, strict=True)]
    lengths = tuple(n + more for n, more in zip(counts, reach, strict=True))
    steps = tuple(math.prod(lengths[axis + 1 :]) for axis in range(len(lengths)))
    phases: dict[tuple[int, ...], int] = {}
    taps = []
    for tap in np.ndindex(*kernel):
        far = [u * d for u, d in zip(tap, dilation, strict=True)]
        phase = tuple(f % s for f, s in zip(far, stride, strict=True))
        number = phases.setdefault(phase, len(phases))
        moved = zip(far, stride, steps, strict=True)
        taps.append((number, sum(f // s * step for f, s, step in moved)))
    return Taps(counts, lengths, steps, tuple(phases), tuple(taps), stride)


find_taps((5, 6), (2, 2), (1, 2), (3, 1))

# %% [markdown]
# ## Lines
#
# Images stand one after the other in memory, or side by side, as
# `tinytorch.perf.windows` says. Side by side, all images are one line, and a shift is so
# many times as long.


# %%
#| export
def in_lines(x: np.ndarray, together: bool) -> np.ndarray:
    """Return (batch, channels, ...) as (lines, channels, ..., images side by side)."""
    return np.moveaxis(x, 0, -1)[None] if together else x[..., None]


# %%
#| export
def pixels_of(plan: Taps, phase: tuple[int, ...], lines: np.ndarray) -> tuple:
    """Return the indices of a phase's pixels: in lines of images, and in the phase."""
    there, here = [slice(None)] * 2, [slice(None)] * 2
    axes = zip(lines.shape[2:-1], phase, plan.stride, plan.sizes, strict=True)
    for size, first, stride, most in axes:
        count = min(most, (size - 1 - first) // stride + 1)
        there.append(slice(first, first + (count - 1) * stride + 1, stride))
        here.append(slice(0, count))
    return tuple(there), tuple(here)


def phases_of(lines: np.ndarray, plan: Taps) -> np.ndarray:
    """Return lines of images as (phases, lines, channels, pixels)."""
    if max(plan.stride) == 1:
        return lines.reshape(1, *lines.shape[:2], -1)
    shape = len(plan.phases), *lines.shape[:2], *plan.sizes, lines.shape[-1]
    found = scratch("phases", shape, lines.dtype)
    found[...] = 0
    for phase, pixels in zip(plan.phases, found, strict=True):
        there, here = pixels_of(plan, phase, lines)
        pixels[here] = lines[there]
    return found.reshape(*shape[:3], -1)


# %% [markdown]
# ## Parts
#
# What is added up stays in the cache meanwhile: some groups of some lines are computed at
# once, a piece of each line after the other.


# %%
#| export
BLOCK = 1 << 16  # numbers that are added up at once


def cut(count: int, size: int, room: int) -> Iterator[slice]:
    """Yield ``count`` items of ``size`` numbers in slices of about ``room`` numbers."""
    each = max(1, min(count, room // max(1, size)))
    for first in range(0, count, each):
        yield slice(first, min(first + each, count))


class Part(NamedTuple):
    """Some groups of some lines.

    Attributes
    ----------
    kernels
        Shape (taps, groups, out_channels, in_channels), both of one group.
    """

    lines: slice
    groups: slice
    kernels: np.ndarray

    def of(self, each: int) -> tuple[slice, slice]:
        """Return the index of its lines and channels; a group has so many of them."""
        return self.lines, slice(self.groups.start * each, self.groups.stop * each)

    def seen(self, array: np.ndarray, each: int) -> np.ndarray:
        """Return (..., lines, channels, pixels) as (..., lines, groups, each, pixels)."""
        *before, lines, channels, pixels = array.shape
        return array.reshape(*before, lines, channels // each, each, pixels)


def parts(plan: Taps, weight: np.ndarray, groups: int, lines: np.ndarray):
    """Yield the parts of a batch that are computed one after the other."""
    outs, ins = len(weight) // groups, weight.shape[1]
    pixels = math.prod(plan.sizes) * lines.shape[-1]
    kernels = np.moveaxis(weight.reshape(groups, outs, ins, -1), -1, 0)
    for some in cut(groups, outs * pixels, BLOCK):
        chosen = np.ascontiguousarray(kernels[:, some])
        for few in cut(len(lines), (some.stop - some.start) * outs * pixels, BLOCK):
            yield Part(few, some, chosen)


# %% [markdown]
# ## Forward


# %%
#| export
def taps_forward(x, weight, bias, plan: Taps, _dilation, groups: int) -> np.ndarray:
    """Convolve tap by tap; the arrays have one dtype.

    All methods of module 19 have these arguments, and each leaves out what it needs not.
    """
    together, outs, ins = (
        has_images_innermost(x),
        len(weight) // groups,
        weight.shape[1],
    )
    source = in_lines(x, together)
    out = empty_images((len(x), len(weight), *plan.counts), x.dtype, together)
    target, images = in_lines(out, together), source.shape[-1]
    wanted = (..., *(slice(0, count) for count in plan.counts), slice(None))
    for part in parts(plan, weight, groups, source):
        phases = phases_of(source[part.of(ins)], plan)
        shape = *phases.shape[1:2], target[part.of(outs)].shape[1], phases.shape[3]
        sums = scratch("sums", shape, x.dtype)
        total, seen = part.seen(sums, outs), part.seen(phases, ins)
        for here in pieces(plan, total, images):
            add_taps(part, plan, seen, total[..., here], here, images)
        answer = sums.reshape(*shape[:2], *plan.sizes, images)[wanted]
        if bias is None:
            target[part.of(outs)] = answer
        else:
            mine = bias[part.of(outs)[1]]
            added = mine.reshape(-1, *[1] * (len(plan.counts) + 1))
            np.add(answer, added, out=target[part.of(outs)])
    return out


def pieces(plan: Taps, line: np.ndarray, images: int) -> Iterator[slice]:
    """Yield pieces of a line as far as a window begins there."""
    furthest = max(shift for _, shift in plan.taps) * images
    return cut(line.shape[-1] - furthest, math.prod(line.shape[:-1]), BLOCK)


def add_taps(part: Part, plan: Taps, phases, total, here: slice, images: int) -> None:
    """Write into ``total`` a piece of the output, the sum of all taps' products."""
    more = scratch("product", total.shape, total.dtype)
    for number, (phase, shift) in enumerate(plan.taps):
        moved = slice(here.start + shift * images, here.stop + shift * images)
        target = more if number else total
        product(part.kernels[number], phases[phase][..., moved], target)
        if number:
            total += more


# %% [markdown]
# ## Backward
#
# The same taps, turned round: what a shifted piece gave to the output, it gets back of the
# upstream gradient, by the kernel with its channels exchanged. A tap's own gradient is the
# product of upstream with the shifted image, over the whole line.


# %%
#| export
def taps_backward(
    grad_output, x, weight, plan: Taps, _dilation, groups: int, for_x: bool = True
):
    """Return the gradients of x, if wanted, and weight."""
    together, outs, ins = (
        has_images_innermost(x),
        len(weight) // groups,
        weight.shape[1],
    )
    source, images = in_lines(x, together), len(x) if together else 1
    above = in_lines(grad_output, together)
    wanted = (..., *(slice(0, count) for count in plan.counts), slice(None))
    grad_kernels = np.zeros((len(plan.taps), groups, outs, ins), x.dtype)
    grad_x = empty_images(x.shape, x.dtype, together) if for_x else None
    for part in parts(plan, weight, groups, source):
        phases, here = phases_of(source[part.of(ins)], plan), part.of(outs)
        shape = *phases.shape[1:2], above[here].shape[1], *plan.sizes, images
        upstream = scratch("upstream", shape, x.dtype)
        upstream[...] = 0
        upstream[wanted] = above[here]
        upstream = upstream.reshape(*shape[:2], -1)
        grad_kernels[:, part.groups] += kernel_gradients(
            upstream, phases, plan, (outs, ins), images
        )
        if for_x:
            grads = scratch("grads", phases.shape, x.dtype)
            grads[...] = 0
            seen = part.seen(grads, ins)
            give_taps(part, plan, part.seen(upstream, outs), seen, images)
            gather(grads, in_lines(grad_x, together)[part.of(ins)], plan)
    grad_weight = np.moveaxis(grad_kernels, 0, -1).reshape(weight.shape)
    return grad_x, grad_weight


def kernel_gradients(upstream, phases, plan: Taps, each, images: int) -> np.ndarray:
    """Return each tap's gradient: shape (taps, groups, out_channels, in_channels)."""
    (outs, ins), (lines, _, size) = each, upstream.shape
    above = upstream.reshape(lines, -1, outs, size)
    found = []
    for phase, shift in plan.taps:
        far = shift * images
        pixels = phases[phase][..., far:].reshape(lines, -1, ins, size - far)
        products = above[..., : size - far] @ pixels.swapaxes(-1, -2)
        found.append(products.sum(axis=0))
    return np.stack(found)


def give_taps(part: Part, plan: Taps, upstream, grads, images: int) -> None:
    """Add to the gradients of all phases what each tap gives back."""
    for here in pieces(plan, upstream, images):
        above = upstream[..., here]
        shape = *grads.shape[1:-1], above.shape[-1]
        more = scratch("product", shape, grads.dtype)
        for kernel, (phase, shift) in zip(part.kernels, plan.taps, strict=True):
            moved = slice(here.start + shift * images, here.stop + shift * images)
            product(kernel.swapaxes(-1, -2), above, more)
            grads[phase][..., moved] += more


def gather(phases: np.ndarray, lines: np.ndarray, plan: Taps) -> None:
    """Write the pixels of all phases back into lines of images."""
    if max(plan.stride) > 1:
        lines[...] = 0
    phases = phases.reshape(*phases.shape[:3], *plan.sizes, lines.shape[-1])
    for phase, pixels in zip(plan.phases, phases, strict=True):
        there, here = pixels_of(plan, phase, lines)
        lines[there] = pixels[here]


# %%
rng = np.random.default_rng(0)
x, weight = rng.normal(size=(1, 4, 9)), rng.normal(size=(4, 2, 2))
plan = find_taps((9,), (2,), (2,), (3,))
taps_forward(x, weight, None, plan, (3,), groups=2).shape
