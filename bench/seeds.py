"""Whether a verdict depends on the numbers that a hidden test drew.

python bench/seeds.py [ASSIGNMENT ...] [--cell ID] [--seeds N] [--seconds S]

Each known mistake of a module, and answers that are no work (zeros, a corner of what
came in, its mean, ...), go through their cell's hidden tests with many seeds: in one
process, and without a notebook, so a seed costs milliseconds. Printed is each check
that a mistake passes with some seeds and not with others, and each that an answer
without work passes with any. `--seconds` of processor time are the most for one answer.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import io
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType

import nbformat
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from proctor import bank  # noqa: E402
from proctor.notebook.cells import Marks  # noqa: E402
from proctor.rubric import rubric  # noqa: E402
from proctor.rubric.where import InOneProcess  # noqa: E402
from proctor.settings import Course  # noqa: E402

Fill = Callable[[np.ndarray, tuple[int, ...]], object]


class Recorded(InOneProcess):
    """An examination that keeps the latest rubric."""

    latest = None

    def register(self, rubric: rubric.Rubric) -> None:
        """Keep it."""
        self.latest = rubric


# What no work gives
# ------------------


def at(*place: int) -> Fill:
    """Return what fills with one pixel of each image: the one at this place."""

    def fill(x: np.ndarray, shape: tuple[int, ...]) -> object:
        pixel = x[(..., *place[-x.ndim :])] if x.ndim else x
        kept = pixel[..., None, None] if x.ndim == len(shape) > 2 else pixel.flat[0]
        return np.broadcast_to(kept, shape)

    return fill


def crop(x: np.ndarray, shape: tuple[int, ...]) -> object:
    """Return the corner of ``x`` that is so large; its numbers, if the axes differ."""
    if x.ndim != len(shape):
        return np.resize(x, shape)
    out = np.zeros(shape)
    common = tuple(slice(min(pair)) for pair in zip(x.shape, shape, strict=True))
    out[common] = x[common]
    return out


def over_all(function: Callable) -> Fill:
    """Return what fills with one number of all that came in."""
    return lambda x, shape: np.full(shape, function(x))


NO_WORK: dict[str, Fill] = {
    "zeros": lambda x, shape: np.zeros(shape),
    "ones": lambda x, shape: np.ones(shape),
    "the first pixel": at(0, 0),
    "the last pixel": at(-1, -1),
    "the upper right pixel": at(0, -1),
    "the lower left pixel": at(-1, 0),
    "the middle pixel": lambda x, s: at(*(n // 2 for n in x.shape[-2:]))(x, s),
    "the corner of the input": crop,
    "the mean of all": over_all(np.mean),
    "the smallest of all": over_all(np.min),
}


def filled(right: object, x: np.ndarray, fill: Fill) -> object:
    """Return a value like the right one, of what no work gives."""
    if isinstance(right, (tuple, list)):
        return type(right)([filled(part, x, fill) for part in right])
    if hasattr(right, "data") and isinstance(right.data, np.ndarray):
        return type(right)(filled(right.data, x, fill))
    if isinstance(right, np.ndarray):
        try:
            return np.array(fill(x, right.shape)).astype(right.dtype)
        except ValueError:  # its shape does not fit into that
            return np.zeros_like(right)
    if type(right) in (int, float):
        return type(right)(np.asarray(fill(x, ())))
    # What is made of other things than numbers is not there.
    return "" if isinstance(right, str) else None


def without_work(right: Callable, fill: Fill) -> Callable:
    """Return a function that knows the right shape, and no number."""

    def answer(*given: object, **named: object) -> object:
        whole = [np.array(v) if isinstance(v, np.ndarray) else v for v in given]
        numbers = (np.asarray(v) for v in given if isinstance(v, (np.ndarray, int)))
        x = next((v for v in numbers if v.size), np.ones(1))
        return filled(right(*whole, **named), x, fill)

    return answer


# A module's cells
# ----------------


class Module:
    """An assignment's cells, run once with the reference's solutions."""

    def __init__(self, course: Course, assignment: str) -> None:
        (path,) = (course.layout.root / "source" / assignment).glob("*.ipynb")
        cells = nbformat.read(path, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        marked = {c.id: c.metadata.get("nbgrader", {}) for c in code}
        self.right = {c.id: c.source for c in code if marked[c.id].get("solution")}
        self.bank = bank.load(course.truth(assignment), self.right)
        self.tests: dict[str, CodeType] = {}
        self.names: dict[str, object] = {}
        for cell in code:
            if marked[cell.id].get("grade"):
                if cell.id not in self.right:
                    _, hidden = Marks().visible_and_hidden(cell.source)
                    self.tests[cell.id] = compile(hidden, cell.id, "exec")
            elif cell.id in self.right or "#| export" in cell.source:
                exec(compile(cell.source, cell.id, "exec"), self.names)
            elif "skip-grading" not in cell.metadata.get("tags", []):
                with contextlib.suppress(Exception):  # a picture of what is not made
                    exec(compile(cell.source, cell.id, "exec"), self.names)

    def answers(self, cell: str) -> Iterator[tuple[str, dict[str, object]]]:
        """Yield what is tried in a cell, and the names that it binds."""
        for bug in self.bank.of_cell(cell):
            names = dict(self.names)
            with contextlib.suppress(Exception):  # which is its mistake
                exec(compile(self.bank.source_of(bug), bug.id, "exec"), names)
            yield bug.id, names
        functions = [
            node.name
            for node in ast.parse(self.right[cell]).body
            if isinstance(node, ast.FunctionDef)
        ]
        for what, fill in NO_WORK.items() if functions else ():
            lazy = {f: without_work(self.names[f], fill) for f in functions}
            yield what, self.names | lazy


def passed(
    test: CodeType, names: dict[str, object], seeds: int, seconds: float
) -> tuple[Counter, int]:
    """Return how often each check passed, and of how many seeds."""
    recorded, often, tried = Recorded(0), Counter(), 0
    rubric.set_examination(recorded)
    begun = time.process_time()
    while tried < seeds and (tried < 2 or time.process_time() - begun < seconds):
        recorded.seed = tried
        exec(test, dict(names))
        often.update(c["name"] for c in recorded.latest.results() if not c["message"])
        tried += 1
    return often, tried


def main() -> None:
    """Print what depends on the seed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    known = ["09_spatial", "18_acceleration", "19_spatial_two", "milestone_cnn"]
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", default=known)
    parser.add_argument("--cell", help="try this solution cell alone")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    course = Course.read(ROOT)
    for assignment in options.assignments:
        quiet = io.StringIO()
        with contextlib.redirect_stdout(quiet):
            module = Module(course, assignment)
        cells = [c for c in module.right if f"test-{c}" in module.tests]
        for cell in cells if options.cell is None else [options.cell]:
            count, test = 0, module.tests[f"test-{cell}"]
            for what, names in module.answers(cell):
                with contextlib.redirect_stdout(quiet):
                    often, tried = passed(test, names, options.seeds, options.seconds)
                count += 1
                for name, times in often.items():
                    if times < tried or what in NO_WORK:
                        print(f"{cell}, {what}: {times} of {tried}: {name}")
            print(f"{assignment}, {cell}: {count} answers tried", flush=True)


if __name__ == "__main__":
    main()
