# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Kinds of work
#
# > What a convolution does, counted in nine kinds, each of which has its price.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp perf.work

# %%
#| export
from typing import NamedTuple

# %% [markdown]
# ## Nine kinds of work
#
# A matrix product of (m, k) by (k, n) takes m · k · n multiplications. Before them OpenBLAS
# copies both matrices into an order of its own, which is what small ones spend their time on.
# Around the products numbers are moved, in runs of neighbours or one by one, and added.


# %%
#| export
class Work(NamedTuple):
    """Amounts of work, or the seconds that one unit of each takes."""

    macs: float = 0  # multiplications, with their additions
    packed: float = 0  # numbers that a matrix product reads or writes
    moved: float = 0  # numbers copied in runs
    picked: float = 0  # numbers copied one by one, from far apart
    taken: float = 0  # numbers taken one by one, where a table says
    added: float = 0  # numbers added to others, in runs
    turned: float = 0  # numbers brought into the other order of images, with care
    runs: float = 0  # beginnings of runs
    calls: float = 0  # calls of NumPy

    def __add__(self, other: "Work") -> "Work":
        return Work(*(a + b for a, b in zip(self, other, strict=True)))

    def times(self, count: float) -> "Work":
        """Return ``count`` times this work."""
        return Work(*(count * amount for amount in self))

    def seconds(self, price: "Work") -> float:
        """Return how long it takes at these prices."""
        return sum(a * b for a, b in zip(self, price, strict=True))


def products(m: float, k: float, n: float, count: float = 1) -> Work:
    """Return the work of ``count`` matrix products of (m, k) by (k, n), in one call.

    One row or one column is multiplied with a matrix as it lies in memory.
    """
    packed = (m * k + k * n + m * n) / (1 if min(m, n) > 1 else 2)
    return Work(macs=m * k * n, packed=packed, calls=0.3).times(count) + Work(calls=1)


def copies(numbers: float, length: float, step: int = 1) -> Work:
    """Return the work of copying runs of this length; with a step, one by one."""
    if step > 1:
        return Work(picked=numbers, runs=numbers / length)
    return Work(moved=numbers, runs=numbers / length)


def sums(numbers: float, length: float, step: int = 1) -> Work:
    """Return the work of adding runs of this length to others."""
    if step > 1:
        return Work(added=2 * numbers, runs=numbers / length)
    return Work(added=numbers, runs=numbers / length)


def summed(lines: float, length: float) -> Work:
    """Return the work of adding up so many lines with `np.einsum`."""
    return Work(moved=0.75 * lines * length, runs=4 * lines)


def turning(numbers: float, careful: bool = False) -> Work:
    """Return the work of bringing images into the other order in memory.

    A method that is made for it takes a few images at once; others read as they come.
    """
    return Work(turned=numbers if careful else 3 * numbers)
