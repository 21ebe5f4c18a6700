# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What each method does
#
# > Counted work of the methods of module 19, in the kinds of `tinytorch.perf.work`.
#
# A unit of each kind takes as long as `tinytorch.perf.calibrate()` has measured on this
# machine. `bench/spatial_two.py --random` measures how much time the choice loses.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.method_costs

# %%
#| export
import math
from collections.abc import Callable
from typing import NamedTuple

from tinytorch.perf.banded import find_band
from tinytorch.perf.columns import block_numbers
from tinytorch.perf.costs import strips_backward_work, strips_forward_work
from tinytorch.perf.convolution import explain as fast_convolution
from tinytorch.perf.depthwise import LONG, find_sums
from tinytorch.perf.padding import enlarged
from tinytorch.perf.rearranged import what_is_left
from tinytorch.perf.small_costs import Small
from tinytorch.perf.taps import BLOCK, Taps, find_taps
from tinytorch.perf.windows import Geometry
from tinytorch.perf.work import Work, copies, products

# %% [markdown]
# ## Sizes


# %%
#| export
class Sizes(NamedTuple):
    """The sizes of one call, all of them tuples."""

    x: tuple[int, ...]
    weight: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    padding: tuple[int, ...]

    @property
    def whole(self) -> "Sizes":
        """The sizes of the same call with images that have their border."""
        none = (0,) * len(self.padding)
        return self._replace(x=enlarged(self.x, self.padding), padding=none)

    @property
    def plan(self) -> Taps:
        """Where the taps are."""
        return find_taps(self.whole.x[2:], self.weight[2:], self.stride, self.dilation)

    @property
    def outs(self) -> int:
        """Channels out of a group."""
        return self.weight[0] // self.groups

    @property
    def ins(self) -> int:
        """Channels in of a group."""
        return self.weight[1]

    @property
    def taps(self) -> int:
        """Places of the kernel."""
        return math.prod(self.weight[2:])

    @property
    def windows(self) -> int:
        """Windows in an image."""
        return math.prod(self.plan.counts)

    @property
    def pixels(self) -> int:
        """Pixels of a channel of an image."""
        return math.prod(self.x[2:])


def sorted_pixels(s: Sizes) -> Work:
    """Return the work of sorting pixels into phases, where there is a stride."""
    if max(s.stride) == 1:
        return Work()
    plan = s.plan
    numbers = s.x[0] * s.x[1] * math.prod(plan.sizes) * len(plan.phases)
    run = copies(1.5 * numbers, plan.sizes[-1], s.stride[-1])
    return run + Work(moved=numbers / 2, calls=len(plan.phases))


# %% [markdown]
# ## Methods


# %%
#| export
def taps_work(s: Sizes, way: str) -> Work:
    """Return the work of `taps_forward` or `taps_backward`."""
    plan, lines = s.plan, s.x[0] * s.groups
    furthest = max(shift for _, shift in plan.taps)  # after it, no window begins
    pixels, count = math.prod(plan.sizes) - furthest, s.taps * lines
    pieces = max(1, lines * s.outs * pixels / BLOCK)
    shown = copies(lines * s.outs * s.windows, plan.counts[-1])
    shown += Work(calls=3 * s.taps * pieces + 10) + sorted_pixels(s)
    if way == "forward":
        summed = Work(moved=count * s.outs * pixels)
        return shown + summed + products(s.outs, s.ins, pixels, count)
    summed = Work(added=count * s.ins * pixels)
    both = products(s.ins, s.outs, pixels, count)
    both += products(s.outs, pixels, s.ins, count)
    return shown.times(2) + summed + both


FUSED = 0.65  # of a number moved: one multiplied and added in the cache by np.einsum
BEGUN = 3  # beginnings of runs that np.einsum needs to begin one
EINSUM = 6  # calls of NumPy that one of np.einsum takes as long as
DOT = 12  # beginnings of runs that a dot product needs


def depthwise_work(s: Sizes, way: str) -> Work:
    """Return the work of `depthwise_forward` or `depthwise_backward`."""
    plan, size = s.plan, s.outs * math.prod(s.plan.sizes)
    together = max(1, min(s.x[0], BLOCK // size))  # images that are one line
    lines, length = s.x[1] * s.x[0] / together, together * size
    several = find_sums(plan, s.weight[2:], s.dilation, 1, length >= LONG)
    blocks, taps = max(1, lines * length / BLOCK), s.taps * lines
    summed = Work(moved=FUSED * taps * length, runs=BEGUN * taps * s.outs)
    more = len(several) - len(plan.phases) * (way == "backward")
    summed += Work(moved=more * lines * length)
    summed += Work(calls=blocks * (len(several) * (EINSUM + 2) + 10))
    given = s.x[0] * s.weight[0] * s.windows
    run = s.x[-1] if any(s.padding) else s.pixels
    pixels = copies(s.x[0] * s.x[1] * s.pixels, run) + sorted_pixels(s)
    work = summed + pixels + copies(given, plan.counts[-1])
    if way == "forward":
        return work + Work(moved=lines * length)
    work += Work(moved=2 * lines * length)
    work += copies(s.x[0] * s.x[1] * s.pixels, plan.sizes[-1], s.stride[-1])
    return work + Work(moved=taps * length, runs=DOT * taps * s.outs)


def banded_work(s: Sizes, way: str) -> Work:
    """Return the work of `banded_forward` or `banded_backward`."""
    if way == "forward":
        return band_work(s)
    sizes = zip(s.x[2:], s.weight[2:], s.dilation, strict=True)
    larger = [size + (kernel - 1) * d for size, kernel, d in sizes]
    pixels = s.x[0] * s.x[1] * math.prod(larger)
    whole = band_work(s._replace(x=(*s.x[:2], *larger)))
    # What is summed along the strips is read across.
    turned = Work(packed=2 * s.x[0] * s.x[1] * s.pixels * s.weight[3])
    return band_work(s) + whole + turned + Work(moved=3 * pixels, calls=30)


def band_work(s: Sizes) -> Work:
    """Return the work of one product with a band, for all channels."""
    plan, width, (images, channels) = s.plan, s.weight[3], s.x[:2]
    band = find_band(plan.counts[0], s.weight[2], s.stride[0], s.dilation[0])
    tiles, columns = channels * plan.counts[0] / band.rows, images * plan.counts[1]
    strips = channels * s.x[2] * width * columns
    work = copies(strips, plan.counts[1], s.stride[1])
    # OpenBLAS reads such small matrices where they are, nothing is packed.
    each = Work(macs=s.outs * band.rows * band.seen * width * columns, calls=0.3)
    work += each.times(tiles)
    work += copies(s.outs * channels * plan.counts[0] * columns, plan.counts[1])
    work += Work(moved=channels * s.outs * band.rows * band.seen * width)
    blocks = max(1, strips / (8 * BLOCK))
    return work + Work(calls=25 * blocks + 15)


def bordered(work: Callable) -> Callable[[Sizes, str], Work]:
    """Return the work of a method that gets images with their border, and of writing it."""

    def whole(s: Sizes, way: str) -> Work:
        """Return the work of both."""
        if not any(s.padding):
            return work(s, way)
        written = copies(s.x[0] * s.x[1] * s.pixels, s.x[-1]) + Work(calls=6)
        return written + work(s.whole, way)

    return whole


def small_sizes(s: Sizes) -> Small:
    """Return what the methods for small images are counted by."""
    return Small(s.x, s.weight, s.plan.counts, *s[2:5])


def with_tables(work: Callable) -> Callable[[Sizes, str], Work]:
    """Return the work of a method of module 18 as that of one of these."""
    return lambda s, way: work(small_sizes(s), False, way)


def strips_work(s: Sizes, way: str) -> Work:
    """Return the work of `strips_forward` or `strips_backward`, with dilation."""
    sizes = *s.x, s.weight[0], *s.weight[2:], s.stride, s.padding, *s.plan.counts
    work = strips_forward_work if way == "forward" else strips_backward_work
    return work(Geometry(*sizes), False, dilation=s.dilation[0])


def columns_work(s: Sizes, way: str) -> Work:
    """Return the work of `columns_forward` or `columns_backward`."""
    plan, size = s.plan, s.ins * s.taps
    numbers = s.groups * size * s.x[0] * s.windows
    blocks = max(1, numbers / block_numbers(s.weight[0] * size))
    # The more axes, the longer NumPy takes from one run to the next.
    axes = len(s.stride)
    made = copies(numbers, 2 * plan.counts[-1] / axes, s.stride[-1])
    made += Work(calls=12 * blocks + 15)
    stack = max(s.x[0], blocks) * s.groups
    windows = s.x[0] * s.groups * s.windows / stack
    if way == "forward":
        return made + products(s.outs, size, windows, stack)
    back = products(size, windows, s.outs, stack) + products(
        size, s.outs, windows, stack
    )
    back += Work(added=s.outs * size * stack, calls=2 * blocks * s.taps)
    return made + back + Work(added=(1 + axes) * numbers)


def rearranged_call(s: Sizes, way: str) -> tuple:
    """Return the fast convolution's choice for one group, and the shapes it gets."""
    images, kernels, step, padding = what_is_left(*s[:4], s.padding)
    kernels = s.outs, *kernels[1:]
    backward = way == "backward"
    choice = fast_convolution(images, kernels, step, padding, backward=backward)
    return choice, images, kernels


def rearranged_work(s: Sizes, images, way: str) -> Work:
    """Return the work of moving pixels, and of beginning anew for each group."""
    written = s.x[0] * s.weight[0] * s.windows
    parts = images[0] // s.x[0]
    work = Work(calls=(6 + 4 * parts) * s.groups)
    if s.groups > 1:
        work += Work(moved=2 * written)
    if parts > 1:
        work += Work(picked=4 * (s.groups * math.prod(images) + written))
    return work if way == "forward" else work.times(2)


# %%
s = Sizes((8, 64, 56, 56), (64, 1, 3, 3), (1, 1), (1, 1), 64, (1, 1))
depthwise_work(s, "forward")
