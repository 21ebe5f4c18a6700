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
# `for epoch in paced(range(30), "epochs"):` prints one line. A training whose steps are
# inside a function stands below `with paced_by(optimizer, 300):`, what has no steps, such
# as an import, below `with patience("loading scikit-learn"):`. They need nothing but
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
from typing import Protocol, TypeVar

Item = TypeVar("Item")
_MARKS, _SHORT = 20, 2.0  # seconds under which nothing need be said


class Steps(Protocol):
    """What makes steps: an optimizer."""

    def step(self) -> None:
        """Make one."""


class _Pace:
    """The line of a loop: how long, how far, and a dot where a mark is long in coming."""

    def __init__(self, count: int, what: str) -> None:
        self._count, self._what = count, what
        self._start = self._last = time.perf_counter()
        self._done, self._marks, self._told = 0, 0, False

    def step(self) -> None:
        """Take note of a step that is done."""
        now = time.perf_counter()
        self._done += 1
        whole = (now - self._start) * self._count / self._done
        if not self._told and whole >= _SHORT:
            print(f"{self._count} {self._what}, about {_spelled(whole)}: ", end="")
            self._told = True
        if not self._told:
            return
        marks = min(self._done * _MARKS // self._count, _MARKS)
        new = "#" * (marks - self._marks)
        if new or now - self._last >= _SHORT or self._done == 1:
            print(new or ".", end="", flush=True)
            self._marks, self._last = marks, now

    def end(self) -> None:
        """End the line, if there is one."""
        if self._told:
            print(f" {_spelled(time.perf_counter() - self._start)}")


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
    pace = _Pace(len(items), what)
    for item in items:
        yield item
        pace.step()
    pace.end()


@contextmanager
def paced_by(optimizer: Steps, count: int, what: str = "batches") -> Iterator[None]:
    """Print how far a training is, by the steps that its optimizer makes meanwhile.

    Parameters
    ----------
    optimizer
        Whose ``step`` is called once for each batch.
    count
        How many steps there will be.
    what
        What they are, in the plural.
    """
    pace, step = _Pace(count, what), optimizer.step

    def counted() -> None:
        step()
        pace.step()

    optimizer.step = counted
    try:
        yield
    finally:
        del optimizer.step
        pace.end()


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
