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

from tinytorch.perf.phases import phase_lines, put_lines
from tinytorch.perf.taps import (
    BLOCK,
    Taps,
    cut,
    find_taps,
    in_lines,
)
from tinytorch.perf.windows import empty_images, has_images_innermost, scratch

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
LONG = (
    8192 // 3 + 1
)  # numbers: of shorter lines `np.einsum` copies three into its buffer


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
def find_sums(plan: Taps, kernel, dilation, images: int, long: bool) -> tuple[Sum, ...]:
    """Return what is added up, where so many images are innermost in memory.

    The taps of long lines are added up in one call, those of others one axis at a time.
    """
    axes = zip(kernel, plan.stride, dilation, plan.steps, strict=True)
    every = [list(sides(*three, step * images)) for *three, step in axes]
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


find_sums(find_taps((5, 6), (3, 3), (1, 1), (1, 1)), (3, 3), (1, 1), 1, long=True)

# %% [markdown]
# ## Adding up
#
# A line is one channel of some images, one after the other or side by side. A shift that
# leads beyond the end of an image leads into the next one; no window begins so late.


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
    """Write the sums of all taps into contiguous ``total``, and zeros behind the last.

    Parameters
    ----------
    seen
        For each sum what its taps see, as `seen_by` returns it.
    kernels
        Shape (channels, channels out, ...).
    total
        Its axes are named by the second part of ``labels``, those of ``seen`` without
        the taps' and the pixels' by the first.
    """
    (before, after), outs, length = labels.split(), kernels.shape[1], seen[0].shape[-1]
    more = scratch("product", total.shape, total.dtype) if len(sums) > 1 else total
    # Not a part of each line is added but all: NumPy copies parts into a buffer first.
    total[..., length:] = more[..., length:] = 0
    for number, (some, pixels) in enumerate(zip(sums, seen, strict=True)):
        axes, target = AXES[: len(some.counts)], more if number else total
        names = f"{before}{axes}p,lo{axes}->{after[::-1]}"
        numbers = kernels[:, :, *some.taps]
        for here in cut(length, len(kernels) * outs, BLOCK):
            found = target[..., here].T
            pieces = pixels[..., here], numbers
            np.einsum(names, *pieces, out=found, order=some.order)
        if number:
            total += more


# %% [markdown]
# ## Blocks


# %%
#| export
def blocks(channels: int, images: int, size: int) -> Iterator[tuple[slice, slice]]:
    """Yield some images and some channels: about `BLOCK` numbers, if ``size`` is of one."""
    for some in cut(channels, size * images, BLOCK):
        for few in cut(images, size * (some.stop - some.start), BLOCK):
            yield few, some


class Lines(NamedTuple):
    """What both ways need of a batch; `lines_of` makes it."""

    plan: Taps
    sums: tuple[Sum, ...]
    far: int  # how far the last tap is shifted
    outs: int  # channels out of a group
    innermost: int  # images that stand side by side

    def split(self, array: np.ndarray) -> np.ndarray:
        """Return (channels, outs, numbers) as (images, channels, outs, ..., images)."""
        sizes = *self.plan.sizes, self.innermost
        split = array.reshape(*array.shape[:2], -1, *sizes)
        counts = (slice(0, count) for count in self.plan.counts)
        return np.moveaxis(split[(..., *counts, slice(None))], 2, 0)

    def of(self, batch: np.ndarray) -> np.ndarray:
        """Return lines (images, channels, outs, ..., images) of what belongs to outputs."""
        return batch.reshape(len(batch), -1, self.outs, *batch.shape[2:])


def lines_of(x, weight, plan: Taps, dilation, together: bool) -> tuple[Lines, list]:
    """Return what both ways need, and the blocks of the batch."""
    innermost, outs = (len(x) if together else 1), len(weight) // x.shape[1]
    images, size = len(x) // innermost, outs * math.prod(plan.sizes) * innermost
    far = max(shift for _, shift in plan.taps) * innermost
    long = min(BLOCK, size * images) >= LONG
    sums = find_sums(plan, weight.shape[2:], tuple(dilation), innermost, long)
    every = list(blocks(x.shape[1], images, size))
    return Lines(plan, sums, far, outs, innermost), every


# %% [markdown]
# ## Forward


# %%
#| export
def depthwise_forward(
    x, weight, bias, plan: Taps, dilation, _groups, padding=()
) -> np.ndarray:
    """Convolve groups of one channel in; the arrays have one dtype."""
    together, channels = has_images_innermost(x), x.shape[1]
    out = empty_images((len(x), len(weight), *plan.counts), x.dtype, together)
    lines, every = lines_of(x, weight, plan, dilation, together)
    source, target = in_lines(x, together), lines.of(in_lines(out, together))
    kernels = weight.reshape(channels, lines.outs, *weight.shape[2:])
    if bias is not None:
        bias = bias.reshape(channels, lines.outs, 1)
    for few, some in every:
        phases, mine = phase_lines(source[few, some], plan, padding), kernels[some]
        count, size = phases.shape[1:]
        found, shape = (
            scratch("sums", (count, lines.outs, size), x.dtype),
            ((count,), size),
        )
        seen = [
            seen_by(phases[one.phase], one, shape, size - lines.far)
            for one in lines.sums
        ]
        add_up(lines.sums, seen, mine, found, "l lop")
        if bias is not None:
            found += bias[some]
        target[few, some] = lines.split(found)
    return out


# %% [markdown]
# ## Backward
#
# A pixel's gradient is a sum over the windows that saw it: the same shifts, backwards, over
# the upstream gradient. Before the first window of a line stands the end of the line before,
# where no window begins: zeros. A tap's gradient is the dot product of a line with a shifted
# one.


# %%
#| export
# A method's arguments, and one more.
def depthwise_backward(
    grad_output,
    x,
    weight,
    plan: Taps,
    dilation,
    _groups,
    for_x: bool = True,
    padding=(),
):
    """Return the gradients of x, if wanted, and weight."""
    together, channels = has_images_innermost(x), x.shape[1]
    grad_x = empty_images(x.shape, x.dtype, together) if for_x else None
    lines, every = lines_of(x, weight, plan, dilation, together)
    source, above = in_lines(x, together), lines.of(in_lines(grad_output, together))
    kernels = weight.reshape(channels, lines.outs, *weight.shape[2:])
    grad_kernels, far = np.zeros(kernels.shape, x.dtype), lines.far
    for few, some in every:
        phases = phase_lines(source[few, some], plan, padding)
        shape = phases.shape[1], lines.outs, phases.shape[2]
        upstream = scratch("upstream", (far + math.prod(shape),), x.dtype)
        upstream[...] = 0
        placed = upstream[far:].reshape(shape)
        lines.split(placed)[...] = above[few, some]
        dot_gradients(lines.sums, phases, placed, shape[2] - far, grad_kernels[some])
        if for_x:
            grads = pixel_gradients(plan, lines.sums, kernels[some], upstream, shape[2])
            place = in_lines(grad_x, together)[few, some].swapaxes(0, 1)
            put_lines(grads, place, plan, padding)
    return grad_x, grad_kernels.reshape(weight.shape)


def dot_gradients(sums, phases, upstream, length: int, target) -> None:
    """Add the gradients of some channels' kernels, by dot products.

    Parameters
    ----------
    phases, upstream
        Shapes (phases, channels, pixels) and (channels, channels out, pixels).
    """
    channels, outs, size = upstream.shape
    for some in sums:
        seen = seen_by(phases[some.phase], some, ((channels,), size), length)
        given = upstream[..., :length]
        given = given.reshape(channels, *[1] * len(some.counts), outs, length)
        found = (given @ seen[..., None])[..., 0]
        target[:, :, *some.taps] += np.moveaxis(found, -1, 1)


def pixel_gradients(plan: Taps, sums, kernels, upstream, pixels: int) -> np.ndarray:
    """Return the gradients of all phases, (phases, channels, pixels), in scratch.

    Parameters
    ----------
    upstream
        Zeros as far as the last tap is shifted, then channels x channels out x pixels.
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
