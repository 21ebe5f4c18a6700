# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Measuring what work costs
#
# > Some small convolutions by every method, and the prices that explain their times best.
#
# What a number costs to copy depends on where it comes from, and no loop around one copy
# tells. So the methods themselves are timed, on shapes drawn at random. Each time is a sum
# of nine kinds of work times their prices: some hundred equations for nine unknowns.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.calibration

# %%
#| export
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np

from tinytorch.perf.convolution import METHODS, fitting
from tinytorch.perf.costs import WORK
from tinytorch.perf.prices import DEFAULTS, save, use
from tinytorch.perf.windows import Geometry, geometry
from tinytorch.perf.work import Work

# %% [markdown]
# ## What is timed


# %%
#| export
def shapes(count: int) -> Iterator[Geometry]:
    """Yield sizes of convolutions, drawn but always the same; most take about 1 ms."""
    rng = np.random.default_rng(0)
    while count:
        batch, channels, kernels = (int(2 ** rng.uniform(0, top)) for top in (5, 7, 7))
        height, width = (int(2 ** rng.uniform(2, 6)) for _ in range(2))
        kernel, stride = tuple(rng.integers(1, 6, 2)), tuple(rng.choice([1, 1, 2], 2))
        x, weight = (batch, channels, height, width), (kernels, channels, *kernel)
        if min(height - kernel[0], width - kernel[1]) < 0:
            continue
        g = geometry(x, tuple(map(int, weight)), tuple(map(int, stride)), (0, 0))
        if 1e4 < batch * g.rows * g.columns * kernels * g.window_size < 2e7:
            count -= 1
            yield g


def calls(g: Geometry) -> Iterator[tuple[Work, Callable[[], object]]]:
    """Yield for each method and direction what it does, and a call that does it."""
    rng = np.random.default_rng(0)
    kernel = g.in_channels, g.kernel_height, g.kernel_width
    x = rng.standard_normal((g.batch, g.in_channels, g.height, g.width), np.float32)
    weight = rng.standard_normal((g.out_channels, *kernel), np.float32)
    grad = rng.standard_normal(g.output_shape, np.float32)
    for name in fitting(g, x.dtype):
        forward, backward = METHODS[name]
        works = [work(g, innermost=False) for work in WORK[name]]
        yield works[0], lambda forward=forward: forward(x, weight, None, g)
        yield works[1], lambda backward=backward: backward(grad, x, weight, g)


def shortest(call: Callable[[], object], times: int = 4) -> float:
    """Return the shortest of some times of a call, after one that is not counted."""
    call()
    found = []
    for _ in range(times):
        before = time.perf_counter()
        call()
        found.append(time.perf_counter() - before)
    return min(found)


# %% [markdown]
# ## The prices that fit
#
# A method that is 10 % dearer than thought is as wrong for a microsecond as for a second:
# so it is the logarithm of the times that is to fit (Gauss and Newton's method). What few of
# the shapes ask for is held near the default.


# %%
#| export
PULL = 0.1  # towards the default: as much as a tenth of a time


def fitted(works: list[Work], seconds: list[float], start: Work = DEFAULTS) -> Work:
    """Return the prices at which this work takes these times, as nearly as may be."""
    amounts, wanted = np.array(works, float), np.log(seconds)
    first = price = np.log(start)
    for _ in range(50):
        each = amounts * np.exp(price)
        total = each.sum(axis=1, keepdims=True)
        slope, wrong = each / total, np.log(total[:, 0]) - wanted
        step = slope.T @ wrong + PULL * (price - first)
        step = np.linalg.solve(slope.T @ slope + PULL * np.eye(len(price)), step)
        price = price - np.clip(step, -0.5, 0.5)
    return Work(*np.exp(price).tolist())


def measure(count: int = 30) -> Work:
    """Return the prices of this machine, from ``count`` shapes; it takes seconds."""
    timed = [(work, shortest(call)) for g in shapes(count) for work, call in calls(g)]
    return fitted(*map(list, zip(*timed, strict=True)))


# %% [markdown]
# If times were made of these prices, these prices would be found.

# %%
works = [work for g in shapes(12) for work, _ in calls(g)]
wanted = np.array(DEFAULTS) * np.random.default_rng(0).uniform(0.5, 2, len(DEFAULTS))
found = np.array(fitted(works, np.array(works) @ wanted))
f"found within {np.abs(found / wanted - 1).max():.0%}"


# %% [markdown]
# ## What is called


# %%
#| export
def calibrate() -> Work:
    """Measure the prices of this machine, use them from now on, and keep them.

    Returns
    -------
    Work
        Seconds for a unit of each kind of work.

    Warns
    -----
    UserWarning
        If they cannot be kept: then they hold for this process.
    """
    price = measure()
    use(price)
    try:
        save(price)
    except (OSError, RuntimeError) as error:
        warnings.warn(f"the prices hold for this process alone: {error}", stacklevel=2)
    return price
