# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which method a convolution takes
#
# > What each method would cost is estimated; the smallest cost is taken.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.choice

# %%
#| export
import functools
from collections.abc import Iterator
from typing import NamedTuple

from tinytorch.core.spatial_two import grid
from tinytorch.perf.prices import prices
from tinytorch.perf.method_costs import (
    Sizes,
    banded_work,
    bordered,
    columns_work,
    depthwise_work,
    rearranged_call,
    rearranged_work,
    small_sizes,
    strips_work,
    taps_work,
    with_tables,
)
from tinytorch.perf.small_costs import dense_work, gathered_work
from tinytorch.perf.work import Work

# %% [markdown]
# ## The methods
#
# Rearranged, the fast convolution of module 18 takes all places of the kernel at once, for
# each group; pixels are moved before and after. The other methods take the batch as it is.


# %%
#| export
REASONS = {
    "depthwise": "one channel in a group: shifted lines, added up",
    "banded": "one channel in a group: rows of outputs are a product with a band",
    "taps": "a product for each place of the kernel: nothing is copied",
    "columns": "windows as columns of a matrix, all groups at once",
    "strips": "windows shifted across are copied, windows shifted down are not",
    "gathered": "small images: a table says which pixels the windows see",
    "dense": "images hardly larger than the kernel: all of a group is one matrix",
    "rearranged": "dilation becomes images, depth channels: as module 18 does",
}
WORK = {
    "depthwise": depthwise_work,
    "banded": bordered(banded_work),
    "taps": bordered(taps_work),
    "columns": bordered(columns_work),
    "strips": strips_work,
    "gathered": with_tables(gathered_work),
    "dense": with_tables(dense_work),
}


def fitting(s: Sizes, way: str) -> Iterator[str]:
    """Yield the methods that a convolution of these sizes can take, but rearranged."""
    yield "depthwise" if s.ins == 1 else "taps"
    both_ways = max(s.stride) == 1 == s.outs
    if s.ins == 1 and len(s.x) == 4 and (way == "forward" or both_ways):
        yield "banded"
    yield "columns"
    if s.groups == 1 and len(s.x) == 4:
        yield "strips"
    yield from small_sizes(s).fitting


class Choice(NamedTuple):
    """The method that a call takes, and why."""

    method: str
    reason: str
    milliseconds: dict[str, float]  # what each method that fits was expected to take

    def __str__(self) -> str:
        ranked = sorted(self.milliseconds.items(), key=lambda item: item[1])
        costs = ", ".join(f"{name} {ms:.3g}" for name, ms in ranked)
        return f"{self.method}: {self.reason} (expected milliseconds: {costs})"


@functools.lru_cache(maxsize=1024)
def choose(s: Sizes, way: str, price: Work) -> Choice:
    """Return the method for a convolution of these sizes, at these prices.

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    check_channels(s.x, s.weight, s.groups)
    grid(s.whole.x[2:], s.weight[2:], s.stride, s.dilation)
    call, images, kernels = rearranged_call(s, way)
    moving = 1e3 * rearranged_work(s, images, way).seconds(price)
    costs = {"rearranged": moving + s.groups * call.milliseconds[call.method]}
    if s.groups > 1 or len(s.x) != 4 or max(s.dilation) > 1:
        for name in fitting(s, way):
            costs[name] = 1e3 * WORK[name](s, way).seconds(price)
    method = min(costs, key=costs.get)
    reason = REASONS[method]
    if len(costs) == 1:
        reason = f"images already, which the fast convolution takes: {call.method}"
    elif method == "rearranged":
        turns = f"{s.groups} times " if s.groups > 1 else ""
        reason += f": {turns}{call.method} of {images} by {kernels}"
    return Choice(method, reason, costs)


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
    x_shape,
    weight_shape,
    stride,
    dilation,
    groups: int = 1,
    way: str = "forward",
    padding=None,
) -> Choice:
    """Return which method a convolution would take, the reason, and what each would cost.

    Parameters
    ----------
    x_shape, weight_shape
        Shapes (batch, in_channels, ...) and (out_channels, in_channels / groups, ...).
    stride, dilation
        A number for each axis.
    way
        "forward" or "backward".
    padding
        Zeros on both sides of each axis, a number for each; None: there are none.
    """
    shapes = tuple(x_shape), tuple(weight_shape), tuple(stride), tuple(dilation)
    padding = tuple(padding or (0,) * len(shapes[2]))
    return choose(Sizes(*shapes, groups, padding), way, prices())


# %%
print(explain((8, 64, 56, 56), (64, 1, 3, 3), (1, 1), (1, 1), groups=64))
