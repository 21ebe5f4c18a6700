# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What small images cost
#
# > Counted work of the methods with tables, for any number of axes, dilation and groups.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.small_costs

# %%
#| export
import math
from typing import NamedTuple

from tinytorch.perf.dense import has_matrix
from tinytorch.perf.gathered import has_tables
from tinytorch.perf.work import Work, copies, products, turning

# %% [markdown]
# ## Sizes


# %%
#| export
class Small(NamedTuple):
    """The sizes of a convolution of small images."""

    x: tuple[int, ...]
    weight: tuple[int, ...]
    counts: tuple[int, ...]  # windows along each axis
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int

    @property
    def taps(self) -> int:
        """Places of the kernel."""
        return math.prod(self.weight[2:])

    @property
    def shares(self) -> int:
        """How many taps meet one pixel at most."""
        steps = zip(self.stride, self.dilation, strict=True)
        every = (s // math.gcd(s, d) for s, d in steps)
        axes = zip(self.weight[2:], every, self.counts, strict=True)
        return math.prod(min(-(-kernel // e), count) for kernel, e, count in axes)

    @property
    def fitting(self) -> list[str]:
        """The names of the methods that can compute it."""
        (batch, channels, *sizes), counts = self.x, self.counts
        tables = has_tables(channels, batch, sizes, self.taps, counts, self.shares)
        matrix = has_matrix(self.weight[0] * self.weight[1], sizes, counts)
        return ["gathered"] * tables + ["dense"] * matrix


# %% [markdown]
# ## The work of both


# %%
#| export
def gathered_work(s: Small, innermost: bool, way: str, for_x: bool = True) -> Work:
    """Return the work of `gathered_forward` or `gathered_backward`."""
    windows, size = s.x[0] * math.prod(s.counts), s.weight[1] * s.taps
    outs, pixels = s.weight[0] // s.groups, math.prod(s.x)
    numbers = s.groups * size * windows
    work = Work(taken=numbers, calls=6)
    if s.x[0] > 1:
        work += both_orders(pixels + s.weight[0] * windows, s.counts[-1], innermost)
    if way == "forward":
        return work + products(outs, size, windows, s.groups)
    work += products(outs, windows, size, s.groups) + Work(calls=5)
    if for_x:
        shares = s.shares * pixels
        work += products(size, outs, windows, s.groups)
        work += Work(taken=shares, moved=shares, calls=5)
    return work


def both_orders(numbers: float, length: float, innermost: bool) -> Work:
    """Return the work of writing images in another order."""
    return turning(numbers) if innermost else copies(numbers, length)


def taken(numbers: float, length: float) -> Work:
    """Return the work of taking runs of this length by a table; single numbers are quick."""
    return Work(taken=numbers) if length == 1 else copies(numbers, length)


def dense_work(s: Small, innermost: bool, way: str, for_x: bool = True) -> Work:
    """Return the work of `dense_forward` or `dense_backward`."""
    (batch, channels, *sizes), windows = s.x, math.prod(s.counts)
    pixels, outs = math.prod(sizes), s.weight[0] // s.groups
    rows, columns = s.weight[1] * pixels, windows * outs
    numbers, answers = s.groups * rows * columns, batch * s.weight[0] * windows
    made = taken(numbers, outs) + Work(picked=math.prod(s.weight), calls=6)
    answered = products(batch, rows, columns, s.groups) + Work(picked=answers, calls=4)
    if way == "forward":
        return made + answered
    work = products(rows, batch, columns, s.groups) + Work(picked=answers, calls=16)
    shares = channels * windows * s.taps * outs
    work += taken(shares, outs) + Work(added=shares)
    return work + made + answered if for_x else work
