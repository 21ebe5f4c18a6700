# ---
# jupyter:
#   kernelspec:
#     display_name: python3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # How long a loop will take
#
# > A loop that says after its first step how long it will take, and then how far it is.
#
# `for epoch in paced(range(30), "epochs"):` prints one line. It needs nothing but Python,
# and looks the same in every notebook and terminal.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp progress

# %%
#| export
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
_MARKS, _SHORT = 20, 2.0  # seconds under which nothing need be said


def paced(items: Sequence[Item], what: str = "steps") -> Iterator[Item]:
    """Give the items one after the other, and print how long all of them will take.

    What takes less than two seconds is not worth a line, and gets none.

    Parameters
    ----------
    items
        Whose number is known, ``range(30)`` for example.
    what
        What they are, in the plural.
    """
    count, start, told = len(items), time.perf_counter(), 0
    for done, item in enumerate(items, 1):
        yield item
        passed = time.perf_counter() - start
        whole = passed * count / done
        if not told and whole >= _SHORT:
            print(f"{count} {what}, about {_spelled(whole)}: ", end="")
            told = 1
        if told:
            marks = done * _MARKS // count
            print("#" * (marks - told + 1), end="", flush=True)
            told = marks + 1
    if told:
        print(f" {_spelled(time.perf_counter() - start)}")


def _spelled(seconds: float) -> str:
    """Return a time as one says it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


# %%
for _ in paced(range(5), "sleeps"):
    time.sleep(0.5)
