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
import operator
from typing import NamedTuple

from tinytorch.perf.convolution import explain as fast_convolution
from tinytorch.perf.rearranged import what_is_left
from tinytorch.perf.taps import find_taps

# %% [markdown]
# ## What each road does
#
# There are two roads. Tap by tap, no pixel is copied, and each place of the kernel costs one
# pass over the output, which is added up. Rearranged, the fast convolution takes all places
# at once; it copies the pixels of the windows, and begins anew for each group.
#
# What each would cost is estimated from the numbers of these steps, and what a step takes:
# constants in nanoseconds, fitted to 128 shapes on one thread of one processor. Another one
# has others; what counts is their proportion. `bench/spatial_two.py --random` measures how
# much time the choice loses.


# %%
#| export
class Choice(NamedTuple):
    """The road that a call takes, and why."""

    road: str
    reason: str


# For each step of `steps_of`.
NANOSECONDS = {
    ("taps", "forward"): (0.22, 0.002, 0.019, 3400, 45000),
    ("taps", "backward"): (0.2, 0.25, 0.043, 0, 140000),
    ("rearranged", "forward"): (0.44, 0.027, 0.043, 14000, 440),
    ("rearranged", "backward"): (1.8, 0.061, 0.22, 20000, 1700),
}


WINOGRAD = 0.6  # the share of its products' time that Winograd's method takes


def rearranged_call(x_shape, weight_shape, stride, dilation, groups: int) -> tuple:
    """Return the method of the fast convolution for one group, and its shapes."""
    images, kernels, step = what_is_left(x_shape, weight_shape, stride, dilation)
    kernels = kernels[0] // groups, *kernels[1:]
    images = images[0], kernels[1], *images[2:]
    return fast_convolution(images, kernels, step, (0, 0)).method, images, kernels


def steps_of(x_shape, weight_shape, stride, dilation, groups: int) -> dict[str, tuple]:
    """Return the numbers of what each road does, in the order of `NANOSECONDS`.

    Tap by tap: numbers added up, pixels read, products, taps, calls. Rearranged: pixels
    copied, products, numbers written, groups, images of all groups.
    """
    sizes = x_shape, weight_shape, stride, dilation
    plan = find_taps(x_shape[2:], weight_shape[2:], stride, dilation)
    outs, ins, taps = weight_shape[0] // groups, weight_shape[1], len(plan.taps)
    images = x_shape[0] * groups
    line, windows = images * math.prod(plan.sizes), images * math.prod(plan.counts)
    met, copied = taps * line, taps * ins * windows
    share = WINOGRAD if rearranged_call(*sizes, groups)[0] == "winograd" else 1
    return {
        "taps": (met * outs, met * ins, met * outs * ins, taps, 1),
        "rearranged": (copied, copied * outs * share, windows * outs, groups, images),
    }


@functools.lru_cache
def choose(
    x_shape, weight_shape, stride, dilation, groups: int, way: str = "forward"
) -> Choice:
    """Return the road for a convolution of these sizes. The arguments are tuples.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    check_channels(x_shape, weight_shape, groups)
    sizes = x_shape, weight_shape, stride, dilation
    taps, rearranged = (
        sum(map(operator.mul, steps, NANOSECONDS[road, way])) / 1e6
        for road, steps in steps_of(*sizes, groups).items()
    )
    if groups == 1 and len(x_shape) == 4 and max(dilation) == 1:
        return Choice("rearranged", "images already, which the fast convolution takes")
    if taps < rearranged:
        why = f"nothing is copied: {taps:.2g} ms estimated, {rearranged:.2g} rearranged"
        return Choice("taps", why)
    method, images, kernels = rearranged_call(*sizes, groups)
    turns = f"{groups} times " if groups > 1 else ""
    why = f"{turns}{method} of {images} by {kernels}: {rearranged:.2g} ms estimated, "
    return Choice("rearranged", f"{why}{taps:.2g} tap by tap")


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
    """Return which road `grouped_forward` would take, and the reason.

    Parameters
    ----------
    x_shape, weight_shape
        Shapes (batch, in_channels, ...) and (out_channels, in_channels / groups, ...).
    stride, dilation
        A number for each axis.
    way
        "forward" or "backward".
    """
    sizes = map(tuple, (x_shape, weight_shape, stride, dilation))
    return choose(*sizes, groups, way)


# %%
explain((8, 64, 56, 56), (64, 1, 3, 3), (1, 1), (1, 1), groups=64)
