# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which road a convolution takes
#
# > What each road does is counted, and what it costs is estimated; the smaller one is taken.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.choice

# %%
#| export
import functools
import math
from typing import NamedTuple

from tinytorch.perf.convolution import explain as fast_convolution
from tinytorch.perf.costs import Work, products
from tinytorch.perf.prices import prices
from tinytorch.perf.rearranged import what_is_left
from tinytorch.perf.taps import BLOCK, find_taps

# %% [markdown]
# ## What each road does
#
# There are two roads. Tap by tap, no pixel is copied, and each place of the kernel costs one
# pass over the output, which is added up. Rearranged, the fast convolution takes all places
# at once; that costs what it expects itself, for each group, and the moving of pixels.
#
# Work is counted as `tinytorch.perf.costs` does it, and a unit of each kind takes as long as
# `tinytorch.perf.calibrate()` has measured here. `bench/spatial_two.py --random` measures
# how much time the choice loses.


# %%
#| export
def taps_work(x_shape, weight_shape, stride, dilation, groups: int, way: str) -> Work:
    """Return the work of `taps_forward` or `taps_backward`."""
    plan = find_taps(x_shape[2:], weight_shape[2:], stride, dilation)
    outs, ins, taps = weight_shape[0] // groups, weight_shape[1], len(plan.taps)
    lines, pixels = x_shape[0] * groups, math.prod(plan.sizes)
    windows, count = math.prod(plan.counts), taps * lines
    pieces = max(1, lines * outs * pixels / BLOCK)
    shown = Work(moved=lines * outs * windows, calls=3 * taps * pieces + 10)
    if max(stride) > 1:
        shown += Work(picked=lines * ins * pixels * len(plan.phases))
    if way == "forward":
        summed = Work(moved=count * outs * pixels)
        return shown + summed + product(outs, ins, pixels, count)
    summed = Work(moved=count * ins * pixels)
    both = product(ins, outs, pixels, count) + products(outs, pixels, ins, count)
    return shown.times(2) + summed + both


def product(outs: int, ins: int, pixels: int, count: int) -> Work:
    """Return the work of so many products with pixels; of one channel, of numbers."""
    if ins == 1:
        return Work(moved=count * outs * pixels)
    return products(outs, ins, pixels, count)


def rearranged_call(sizes, groups: int, way: str) -> tuple:
    """Return the fast convolution's choice for one group, and the shapes it gets."""
    images, kernels, step = what_is_left(*sizes)
    kernels = kernels[0] // groups, *kernels[1:]
    backward = way == "backward"
    choice = fast_convolution(images, kernels, step, (0, 0), backward=backward)
    return choice, images, kernels


def rearranged_work(sizes, groups: int, images, way: str) -> Work:
    """Return the work of moving pixels, and of beginning anew for each group."""
    x_shape, weight_shape, stride, dilation = sizes
    plan = find_taps(x_shape[2:], weight_shape[2:], stride, dilation)
    written = x_shape[0] * weight_shape[0] * math.prod(plan.counts)
    parts = images[0] // x_shape[0]
    work = Work(calls=(20 + 4 * parts) * groups)
    if groups > 1:
        work += Work(moved=2 * written)
    if parts > 1:
        work += Work(picked=2 * (groups * math.prod(images) + written))
    return work if way == "forward" else work.times(2)


# %%
#| export
class Choice(NamedTuple):
    """The road that a call takes, and why."""

    road: str
    reason: str


@functools.lru_cache(maxsize=1024)
def choose(sizes, groups: int, way: str, price: Work) -> Choice:
    """Return the road for a convolution of these sizes, at these prices.

    Parameters
    ----------
    sizes
        The shapes of x and weight, stride and dilation, all of them tuples.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    x_shape, weight_shape, _, dilation = sizes
    check_channels(x_shape, weight_shape, groups)
    tapped = 1e3 * taps_work(*sizes, groups, way).seconds(price)
    if groups == 1 and len(x_shape) == 4 and max(dilation) == 1:
        return Choice("rearranged", "images already, which the fast convolution takes")
    choice, images, kernels = rearranged_call(sizes, groups, way)
    moving = 1e3 * rearranged_work(sizes, groups, images, way).seconds(price)
    moved = moving + groups * choice.milliseconds[choice.method]
    if tapped < moved:
        why = f"nothing is copied: {tapped:.2g} ms expected, {moved:.2g} rearranged"
        return Choice("taps", why)
    turns = f"{groups} times " if groups > 1 else ""
    why = f"{turns}{choice.method} of {images} by {kernels}: {moved:.2g} ms expected, "
    return Choice("rearranged", f"{why}{tapped:.2g} tap by tap")


def check_channels(x_shape, weight_shape, groups: int) -> None:
    """Refuse channels that do not split into groups, or do not fit together."""
    for count in (x_shape[1], weight_shape[0]):
        if count % groups:
            raise ValueError(f"{count} channels do not split into {groups} groups")
    wanted = weight_shape[1] * groups
    if wanted != x_shape[1]:
        raise ValueError(
            f"Expected {wanted} input channels, as weight {tuple(weight_shape)} has in "
            f"{groups} groups, got {x_shape[1]} in shape {tuple(x_shape)}"
        )


def explain(
    x_shape, weight_shape, stride, dilation, groups: int = 1, way: str = "forward"
) -> Choice:
    """Return which road a convolution would take, and the reason.

    Parameters
    ----------
    x_shape, weight_shape
        Shapes (batch, in_channels, ...) and (out_channels, in_channels / groups, ...).
    stride, dilation
        A number for each axis.
    way
        "forward" or "backward".
    """
    sizes = tuple(map(tuple, (x_shape, weight_shape, stride, dilation)))
    return choose(sizes, groups, way, prices())


# %%
explain((8, 64, 56, 56), (64, 1, 3, 3), (1, 1), (1, 1), groups=64)
