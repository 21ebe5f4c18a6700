"""What grading a class costs: proctor, nbgrader as it comes, and the notebooks alone.

python bench/grading.py [--submissions N] [--sample N] [--rounds N] [--scale [N ...]]

Makes the course in a scratch folder, and a class: sample submissions and variants of
them, right and wrong, and one in fifty that is no notebook. Three take turns:

proctor
    ``proctor autograde``, as many at once as there are processors.
nbgrader
    ``nbgrader autograde`` without anything of ours in its configuration, on a sample:
    its own preprocessors, a Jupyter kernel for each submission, one after the other. It
    grades the same notebooks with the same hidden tests, which run in the kernel.
alone
    The code of the same sample: all code cells, with the hidden tests in the test
    cells, each cell up to its first error as in a kernel. One warm process that has
    imported IPython, NumPy, Matplotlib, tinytorch and proctor.rubric forks a child for
    each notebook; its cells run in an IPython shell that renders figures as a notebook
    does. No sandbox, no second process, no gradebook, no file read or written, one
    thread. Once more without the test cells. The start is not counted.

Each run begins with nobody graded. Its CPU seconds are those of the command and of all
processes below it that were waited for; that none escapes is seen by a submission that
burns some. The start is the cost of a class of one, that submission included. Memory
is looked at every 50 ms in runs of their own, which are not timed.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSIGNMENT, NOTEBOOK = "09_spatial", "spatial.ipynb"
COPIED = ("notebooks", "source", "release", "tinytorch", "course", "proctor")
COPIED_FILES = ("nbgrader_config.py", "settings.ini", "README.md")
STOCK_CONFIG = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "tinytorch"
"""
LOOPS, VECTORISED = "correct-loops", "correct-vectorised"
# One after the other, again and again: an example, a cell, a text there and another.
KINDS: list[tuple[str, ...]] = [
    (LOOPS,),
    ("kernel-flipped",),
    (VECTORISED,),
    (LOOPS, "output-size", "1 + room // stride", "room // stride"),
    (VECTORISED, "conv2d-forward", "ocuv->bohw", "ocvu->bohw"),
    ("half-done",),
    (LOOPS, "conv2d-forward", "HO", "rows"),  # right
    ("raises",),
    (VECTORISED, "conv2d-forward", "windows, weight)", "windows, weight, optimize=1)"),
    (LOOPS, "conv2d-layer", "(2 / ", "(1 / "),
    ("pads-max-with-zero",),
    (VECTORISED, "conv2d-forward", "::sh, ::sw", ":, :"),
    (LOOPS, "max-pool2d-forward", "-np.inf", "0.0"),
    ("stride-swapped",),
    (VECTORISED, "avg-pool2d-forward", ".mean(axis=(4, 5))", ".mean(5).mean(4)"),
    (LOOPS, "conv2d-layer", "np.zeros(out_channels), requires_grad=True", "[0.0]"),
    (LOOPS, "output-size", "1 + room // stride", "1 + room / stride"),
    (VECTORISED, "conv2d-forward", "out if bias is None else out +", "out if 1 else"),
    (LOOPS, "avg-pool2d-forward", "* kernel_size[1])", "* kernel_size[0])"),
    (LOOPS, "max-pool2d-forward", "= max(\n", "= np.maximum(\n"),  # right
]
BROKEN_EVERY = 50
BURNT = 2.0
BURN = f"""
import time
while time.process_time() < {BURNT} + 0 * (begin := time.process_time()):
    pass
"""
SAMPLED_EVERY = 0.05
SIZES = [20, 200, 2000]


@dataclass(frozen=True)
class Cost:
    """Seconds: on the clock, and of all processors."""

    wall: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu)

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.wall * factor, self.cpu * factor)
