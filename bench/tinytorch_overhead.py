"""What tinytorch costs beyond NumPy: its import, and each operation.

python bench/tinytorch_overhead.py

The import is that of fresh interpreters, NumPy alone and with tinytorch, alternating.
An operation acts on 10 elements, where arithmetic is nearly free; NumPy, tinytorch and,
where it is installed, PyTorch's eager mode take turns. Times are medians; the import is
in CPU seconds, since machines are shared.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable
from functools import partial

import numpy as np

import tinytorch as tt

ROUNDS, CALLS = 15, 2000

OPERATIONS: dict[str, Callable] = {
    "a + b": lambda a, b: a + b,
    "a + 2": lambda a, b: a + 2.0,
    "a - b": lambda a, b: a - b,
    "a * b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "a ** 3": lambda a, b: a**3.0,
    "a @ b": lambda a, b: a @ b,
    "a.sum()": lambda a, b: a.sum(),
    "a.mean()": lambda a, b: a.mean(),
    "a.max()": lambda a, b: a.max(),
    "a.reshape(2, 5)": lambda a, b: a.reshape(2, 5),
    "a[2:7]": lambda a, b: a[2:7],
}


def import_seconds(source: str) -> float:
    """Return the CPU seconds that a fresh interpreter takes for ``source``."""
    before = os.times()
    subprocess.run([sys.executable, "-c", source], check=True)
    after = os.times()
    spent = after.children_user + after.children_system
    return spent - before.children_user - before.children_system


def print_import() -> None:
    """Print what importing tinytorch takes beyond NumPy."""
    alone, both = [], []
    for _ in range(ROUNDS):
        alone.append(import_seconds("import numpy"))
        both.append(import_seconds("import numpy, tinytorch"))
    difference = statistics.median(both) - statistics.median(alone)
    print(f"import numpy                {statistics.median(alone):7.3f} CPU s")
    print(f"import tinytorch beyond it  {difference:7.3f} CPU s")


def print_operations() -> None:
    """Print microseconds per operation, and the ratio to PyTorch where it is there."""
    numbers = np.random.default_rng(0).normal(size=(2, 10)).astype(np.float32)
    inputs: dict[str, list] = {
        "numpy": list(numbers),
        "tinytorch": [tt.Tensor(n, requires_grad=True) for n in numbers],
    }
    try:
        import torch
    except ModuleNotFoundError:
        print("PyTorch is not installed: no ratio to it")
    else:
        torch.set_num_threads(1)
        inputs["torch"] = [torch.tensor(n, requires_grad=True) for n in numbers]
    heading = "".join(f"{name:>11}" for name in inputs)
    print(
        f"\nmicroseconds     {heading}   overhead" + "  to torch" * ("torch" in inputs)
    )
    overheads = []
    for name, operation in OPERATIONS.items():
        times: dict[str, list[float]] = {library: [] for library in inputs}
        for _ in range(ROUNDS):
            for library, (a, b) in inputs.items():
                call = partial(operation, a, b)
                seconds = timeit.timeit(call, number=CALLS)
                times[library].append(seconds / CALLS * 1e6)
        median = {library: statistics.median(t) for library, t in times.items()}
        overheads.append(median["tinytorch"] - median["numpy"])
        row = "".join(f"{median[library]:11.2f}" for library in inputs)
        ratio = ""
        if "torch" in median:
            ratio = f"{median['tinytorch'] / median['torch']:10.2f}"
        print(f"{name:17}{row}{overheads[-1]:11.2f}{ratio}")
    print(f"largest overhead {max(overheads):.2f} microseconds")


if __name__ == "__main__":
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}")
    print_import()
    print_operations()
