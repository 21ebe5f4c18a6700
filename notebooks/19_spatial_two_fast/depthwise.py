# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # One channel in a group
#
# > Depthwise convolution: sums of shifted lines, all taps in one call, nothing copied.
#
# Where a group has one channel in, there is no sum over channels, and no matrix product to
# speak of. What is left are shifted lines times one number each, added up: for each number
# of the answer, as many multiplications as the kernel has taps, and as much traffic with
# the cache. `np.multiply` and `+=` would read and write every line three times for a tap.
# `np.einsum` multiplies and adds in one pass; given a view in which the taps are axes of
# their own, it goes over all of them in one call. Everything else in this module is there
# to give it long lines, and to keep these in the cache meanwhile.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.depthwise

# %%
#| export
import functools
import itertools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tinytorch.perf.taps import (
    BLOCK,
    Taps,
    cut,
    empty_batch,
    find_taps,
    gather,
    in_lines,
    phases_of,
    side_by_side,
)
from tinytorch.perf.windows import scratch

# %% [markdown]
# ## Which taps are added up at once
#
# `tinytorch.perf.taps` says where each tap finds its pixels. Those of one phase are a grid:
# along each axis a number of taps, each as far behind the last. A view of the line with
# these axes in front shows every tap its pixels, though they overlap.
#
# `np.einsum` walks through memory by the smallest steps first. Where the next tap is one
# number further on, it cannot tell taps from pixels, and would take the taps first: three
# at a time, no run at all. In Fortran's order it takes the pixels first, because they are
# the first axis of its answer. Then a tap goes over the whole block before the next one
# does, so that a block is no larger than the cache; on long lines that is best. Short ones
# make it start anew for each, which is quick with three axes and slow with more. There, one
# axis of the kernel is added up by `np.einsum` and the others in turn.


# %%
#| export
LONG = 1 << 11  # numbers of a line that is worth more than one axis of taps


class Sum(NamedTuple):
    """Taps that are added up in one call; `find_sums` makes it.

    Attributes
    ----------
    phase
        The number of the phase that they see.
    first
        How far its first tap is shifted.
    steps, counts
        For each axis that is added up, how much further the next tap is shifted, and how
        many there are.
    taps
        The index of its taps along the kernel's axes.
    """

    phase: int
    first: int
    steps: tuple[int, ...]
    counts: tuple[int, ...]
    taps: tuple[slice | int, ...]

    @property
    def order(self) -> str:
        """The order in which `np.einsum` sees pixels first."""
        return "F" if 1 in self.steps else "K"


class Side(NamedTuple):
    """Taps along one axis that see the same phase: at first, first + every, ..."""

    first: int
    every: int
    count: int
    remainder: int
    shift: int  # of the first tap
    step: int  # from one tap to the next


def sides(kernel: int, stride: int, dilation: int, step: int) -> Iterator[Side]:
    """Yield the taps along an axis of which the next pixel is ``step`` numbers away."""
    every = stride // math.gcd(stride, dilation)
    for u in range(min(kernel, every)):
        whole, remainder = divmod(u * dilation, stride)
        further = every * dilation // stride * step
        count = len(range(u, kernel, every))
        yield Side(u, every, count, remainder, whole * step, further)


@functools.lru_cache
def find_sums(plan: Taps, kernel, dilation, images: int) -> tuple[Sum, ...]:
    """Return what is added up, for lines of ``images`` images side by side."""
    axes = zip(kernel, plan.stride, dilation, plan.steps, strict=True)
    every = [list(sides(*three, step * images)) for *three, step in axes]
    long = math.prod(plan.sizes) * images >= LONG
    found = []
    for chosen in itertools.product(*every):
        phase = plan.phases.index(tuple(side.remainder for side in chosen))
        whole = added_up(chosen, long)
        rest = [range(1 if axis in whole else s.count) for axis, s in enumerate(chosen)]
        for place in itertools.product(*rest):
            taps, first = [], 0
            for axis, (u, side) in enumerate(zip(place, chosen, strict=True)):
                tap = side.first + u * side.every
                all_taps = slice(tap, None, side.every)
                taps.append(all_taps if axis in whole else tap)
                first += side.shift + u * side.step
            steps = tuple(chosen[axis].step for axis in whole)
            counts = tuple(chosen[axis].count for axis in whole)
            found.append(Sum(phase, first, steps, counts, tuple(taps)))
    return tuple(found)


def added_up(chosen: tuple[Side, ...], long: bool) -> list[int]:
    """Return the axes that are added up in one call: all, or that with most taps."""
    several = [axis for axis, side in enumerate(chosen) if side.count > 1]
    if long or not several:
        return several
    return [max(several, key=lambda a: (chosen[a].count * (chosen[a].step > 1), -a))]


find_sums(find_taps((5, 6), (3, 3), (1, 1), (1, 1)), (3, 3), (1, 1), 1)

# %% [markdown]
# ## Adding up
#
# A line is one channel of one image, or of all images side by side. A shift that leads
# beyond the end of a line leads into the next one; no window begins so late.


# %%
#| export
AXES = "abdefghijk"  # of the taps; l, o and p are lines, channels out and pixels


def seen_by(lines, some: Sum, shape, length: int, start: int = 0) -> np.ndarray:
    """Return what the taps of a sum see: (..., taps, ``length`` pixels), not copied.

    Parameters
    ----------
    lines
        Shape (..., pixels), contiguous; or what stands in memory from there on.
    shape
        The shape of lines, without the pixels' axis, and how far apart they are.
    start
        The first pixel that a tap without a shift would see.
    """
    item, (before, apart) = lines.itemsize, shape
    further = [math.prod(before[axis + 1 :]) * apart for axis in range(len(before))]
    strides = [step * item for step in (*further, *some.steps, 1)]
    offset = (start + some.first) * item
    return np.ndarray(
        (*before, *some.counts, length), lines.dtype, lines, offset, strides
    )


def add_up(sums, seen, kernels, total, labels: str) -> None:
    """Write the sums of all taps into ``total``.

    Parameters
    ----------
    seen
        For each sum what its taps see, as `seen_by` returns it.
    kernels
        Shape (lines, channels out, ...).
    total
        Its axes are named by the second part of ``labels``, those of ``seen`` without
        the taps' and the pixels' by the first.
    """
    before, after = labels.split()
    more = scratch("product", total.shape, total.dtype) if len(sums) > 1 else total
    for number, (some, pixels) in enumerate(zip(sums, seen, strict=True)):
        axes, target = AXES[: len(some.counts)], more if number else total
        names = f"{before}{axes}p,lo{axes}->{after[::-1]}"
        numbers, outs = kernels[:, :, *some.taps], kernels.shape[1]
        for here in cut(total.shape[-1], len(kernels) * outs, BLOCK):
            found = target[..., here].T
            pieces = pixels[..., here], numbers
            np.einsum(names, *pieces, out=found, order=some.order)
        if number:
            total += more


# %% [markdown]
# ## Blocks


# %%
#| export
class Block(NamedTuple):
    """Some channels of some images, and the kernels of all their lines."""

    place: tuple[slice, slice]
    kernels: np.ndarray  # (lines, channels out, ...)


def blocks(kernels, images: int, size: int, most: int) -> Iterator[Block]:
    """Yield blocks of about `BLOCK` numbers.

    Parameters
    ----------
    kernels
        Shape (channels, channels out, ...).
    size
        Numbers that one of these channels has.
    most
        How many images a block has at most where it has not all channels.
    """
    for some in cut(len(kernels), size * most, BLOCK):
        count = some.stop - some.start
        together = most if count < len(kernels) else max(1, BLOCK // (count * size))
        together = max(1, min(together, images))
        repeated = np.concatenate([kernels[some]] * together)
        for few in cut(images, 1, together):
            yield Block((few, some), repeated[: count * (few.stop - few.start)])


def phase_lines(source, block: Block, plan: Taps) -> np.ndarray:
    """Return the phases of a block, contiguous (phases, lines, pixels)."""
    found = phases_of(source[block.place], plan)
    return np.ascontiguousarray(found.reshape(len(found), -1, found.shape[-1]))


# %% [markdown]
# ## Forward


# %%
#| export
def depthwise_forward(x, weight, bias, plan: Taps, dilation, _groups) -> np.ndarray:
    """Convolve groups of one channel in; the arrays have one dtype."""
    together, channels = side_by_side(x), x.shape[1]
    out = empty_batch((len(x), len(weight), *plan.counts), x.dtype, together)
    source, target = in_lines(x, together), in_lines(out, together)
    images, kernels = source.shape[-1], weight.reshape(channels, -1, *weight.shape[2:])
    pixels, outs = math.prod(plan.sizes) * images, kernels.shape[1]
    target = target.reshape(len(target), channels, outs, *target.shape[2:])
    length = pixels - furthest(plan, images)
    sums = find_sums(plan, weight.shape[2:], tuple(dilation), images)
    wanted = (..., *(slice(0, count) for count in plan.counts), slice(None))
    if bias is not None:
        bias = bias.reshape(channels, outs, 1)
    for block in blocks(kernels, len(source), outs * pixels, 1):
        phases, lines = phase_lines(source, block, plan), len(block.kernels)
        found = scratch("sums", (lines, outs, pixels), x.dtype)
        shape = (lines,), pixels
        seen = [seen_by(phases[some.phase], some, shape, length) for some in sums]
        add_up(sums, seen, block.kernels, found[..., :length], "l lop")
        place = target[block.place]
        found = found.reshape(*place.shape[:3], pixels)
        if bias is not None:
            found[..., :length] += bias[block.place[1]]
        place[...] = found.reshape(*place.shape[:3], *plan.sizes, images)[wanted]
    return out


def furthest(plan: Taps, images: int) -> int:
    """Return how far the last tap is shifted."""
    return max(shift for _, shift in plan.taps) * images


# %% [markdown]
# ## Backward
#
# A pixel's gradient is a sum over the windows that saw it: the same shifts, backwards, over
# the upstream gradient. Before the first window of a line stands the end of the line before,
# where no window begins: zeros. A tap's gradient is the product of a line with a shifted
# one, summed: a dot product where lines are long. Where they are short, the channels of an
# image are one line, whose products are added over the images; then each channel is summed
# by itself.


# %%
#| export
JOINED = 1 << 7  # numbers of a line that is too short for a dot product
TOGETHER = 16  # images of short lines that are added up before a channel is summed


def depthwise_backward(
    grad_output, x, weight, plan: Taps, dilation, _groups, for_x: bool = True
):
    """Return the gradients of x, if wanted, and weight."""
    together, channels = side_by_side(x), x.shape[1]
    grad_x = empty_batch(x.shape, x.dtype, together) if for_x else None
    source, above = in_lines(x, together), in_lines(grad_output, together)
    images, kernels = source.shape[-1], weight.reshape(channels, -1, *weight.shape[2:])
    pixels, outs = math.prod(plan.sizes) * images, kernels.shape[1]
    above = above.reshape(len(above), channels, outs, *above.shape[2:])
    sums = find_sums(plan, weight.shape[2:], tuple(dilation), images)
    wanted = (..., *(slice(0, count) for count in plan.counts), slice(None))
    far, most = furthest(plan, images), 1
    if outs == 1 and pixels < JOINED:
        most = min(TOGETHER, len(source))
    grad_kernels = np.zeros(kernels.shape, x.dtype)
    for block in blocks(kernels, len(source), outs * pixels, most):
        phases, lines = phase_lines(source, block, plan), len(block.kernels)
        given = above[block.place]
        upstream = scratch("upstream", (far + lines * outs * pixels,), x.dtype)
        upstream[:far] = 0
        placed = upstream[far:].reshape(*given.shape[:3], *plan.sizes, images)
        placed[...] = 0
        placed[wanted] = given
        placed = placed.reshape(*given.shape[:3], pixels)
        target = grad_kernels[block.place[1]]
        if most > 1:
            joined_gradients(sums, phases, placed[:, :, 0], pixels - far, target)
        else:
            dot_gradients(sums, phases, placed, pixels - far, target)
        if for_x:
            grads = pixel_gradients(plan, sums, block.kernels, upstream, pixels)
            place = in_lines(grad_x, together)[block.place]
            gather(grads.reshape(len(grads), *place.shape[:2], pixels), place, plan)
    return grad_x, grad_kernels.reshape(weight.shape)


def dot_gradients(sums, phases, upstream, length: int, target) -> None:
    """Add the gradients of some channels' kernels, by dot products.

    Parameters
    ----------
    phases, upstream
        Shapes (phases, lines, pixels) and (images, channels, channels out, pixels).
    """
    images, channels, outs, pixels = upstream.shape
    above = upstream.reshape(-1, outs, pixels)[..., :length]
    for some in sums:
        seen = seen_by(phases[some.phase], some, ((len(above),), pixels), length)
        given = above.reshape(len(above), *[1] * len(some.counts), outs, length)
        found = (given @ seen[..., None])[..., 0]
        found = found.reshape(images, channels, *found.shape[1:]).sum(axis=0)
        target[:, :, *some.taps] += np.moveaxis(found, -1, 1)


def joined_gradients(sums, phases, upstream, length: int, target) -> None:
    """Add the same for short lines, from upstream (images, channels, pixels)."""
    images, channels, pixels = upstream.shape
    size = channels * pixels
    above = upstream.reshape(images, size)
    length += size - pixels
    for some in sums:
        seen = seen_by(phases[some.phase], some, ((images,), size), length)
        products = scratch("product", (*some.counts, size), seen.dtype)
        products[..., length:] = 0
        axes = AXES[: len(some.counts)]
        out = products[..., :length]
        np.einsum(
            f"l{axes}p,lp->p{axes[::-1]}",
            seen,
            above[:, :length],
            out=out.T,
            order=some.order,
        )
        found = products.reshape(*some.counts, channels, pixels).sum(axis=-1)
        target[:, 0, *some.taps] += np.moveaxis(found, -1, 0)


def pixel_gradients(plan: Taps, sums, kernels, upstream, pixels: int) -> np.ndarray:
    """Return the gradients of all phases, (phases, lines, pixels), in scratch.

    Parameters
    ----------
    upstream
        Zeros as far as the last tap is shifted, then lines x channels out x pixels.
    """
    (lines, outs), count = kernels.shape[:2], len(plan.phases)
    far = upstream.size - lines * outs * pixels
    grads = scratch("grads", (count, lines, pixels), upstream.dtype)
    for phase, grad in enumerate(grads):
        mine = [some for some in sums if some.phase == phase]
        back = [
            some._replace(first=-some.first, steps=tuple(-s for s in some.steps))
            for some in mine
        ]
        shape = (lines, outs), pixels
        seen = [seen_by(upstream, some, shape, pixels, far) for some in back]
        add_up(mine, seen, kernels, grad, "lo lp")
    return grads


# %%
rng = np.random.default_rng(0)
x, weight = rng.normal(size=(1, 4, 9)), rng.normal(size=(4, 1, 2))
plan = find_taps((9,), (2,), (2,), (3,))
depthwise_forward(x, weight, None, plan, (3,), 4).shape
