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
# `for epoch in paced(range(30), "epochs"):` prints one line. What has no steps, such as an
# import, stands below `with patience("loading scikit-learn"):`. Both need nothing but
# Python, and look the same in every notebook and terminal.

# %% [markdown] tags=["links"]

# %% tags=["setup"]

# %%
#| default_exp progress

# %%
#| export
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

# %% [markdown]
# ## What has no steps
#
# An import, or one call of a library, does not say how far it is. Then at least something
# moves: the words after one second, and a dot for each second that follows.


# %%
#| export
@contextmanager
def patience(what: str, after: float = 1.0) -> Iterator[None]:
    """Print what is being done if it takes long, and a dot for each second more.

    Parameters
    ----------
    what
        What is being done: "loading scikit-learn" for example.
    after
        Seconds until the words, and between dots.
    """
    start, told, done = time.perf_counter(), [], threading.Event()

    def tell() -> None:
        while not done.wait(after):
            print("." if told else f"{what} ...", end="", flush=True)
            told.append(what)

    thread = threading.Thread(target=tell, daemon=True)
    try:
        thread.start()
    except RuntimeError:  # where threads are not allowed: nobody is told
        thread = None
    try:
        yield
    finally:
        done.set()
        if thread:
            thread.join()
        if told:
            print(f" {_spelled(time.perf_counter() - start)}")


# %%
with patience("sleeping"):
    time.sleep(2.5)
