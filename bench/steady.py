"""Whether a submission's score hangs on the seed, or on how busy the machine is.

python bench/steady.py [ASSIGNMENT ...] [--seeds N] [--busy N] [--jobs N]

Thirty submissions of the three graded modules: right ones, each in another way in every
cell (the banks' variants), and wrong ones, with a known mistake in every second cell.
Each is graded with every seed, first on the machine as it is, then beside `--busy`
processes that compute without end (0: not at all). Printed are the scores of each: a
right one has one, all that no person gives; a wrong one has one as well.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from proctor.bank.trials import Trial, Trials  # noqa: E402
from proctor.commands.own import Own, read_own  # noqa: E402
from proctor.grade.cell_results import UNGRADED, Cell  # noqa: E402
from proctor.grade.course_grader import make_grader  # noqa: E402
from proctor.grade.grader import Grader  # noqa: E402
from proctor.grade.places import Place  # noqa: E402
from proctor.grade.workers import Workers  # noqa: E402
from proctor.sandbox.levels import best_level  # noqa: E402
from proctor.settings import Course  # noqa: E402

# How many of each module are right, and how many wrong: thirty in all.
MODULES = {"09_spatial": (8, 3), "18_acceleration": (7, 4), "milestone_cnn": (5, 3)}
# From one wrong submission to the next, so many mistakes of a cell are passed over.
STRIDE = 7


class One(NamedTuple):
    """A submission, graded once."""

    trial: Trial
    seed: int


class Graded(NamedTuple):
    """What came of it."""

    one: One
    cells: tuple[Cell, ...]
    trouble: str


def submissions(own: Own, right: int, wrong: int) -> Iterator[Trial]:
    """Yield right submissions in other ways, and wrong ones."""
    bank, cells = own.reference.bank, own.built.solutions()
    ways = {cell: [text] for cell, text in cells.items()}
    for one in bank.variants:
        ways[one.cell].append(one.source)
    for k in range(right):
        texts = {cell: all_[k % len(all_)] for cell, all_ in ways.items()}
        yield Trial(f"right, way {k + 1}", texts)
    for k in range(wrong):
        texts = {}
        for cell in list(cells)[k % 2 :: 2]:
            if bugs := bank.of_cell(cell):
                texts[cell] = bank.source_of(bugs[(k * STRIDE + 3) % len(bugs)])
        yield Trial(f"wrong, way {k + 1}", texts)


class Assignment:
    """Grades an assignment's submissions, with one jail for all."""

    def __init__(self, own: Own, grader: Grader, folder: Path, jobs: int) -> None:
        self._trials = Trials(own.built, own.reference.bank)
        self._grader, self._folder, self._jobs = grader, folder, jobs
        self._grader.quiet = True

    def grade(self, wanted: list[One]) -> list[Graded]:
        """Return what comes of each."""
        with Workers(self._one, wanted, self._grader.places(self._jobs)) as workers:
            return list(workers.in_order())

    def _one(self, one: One, place: Place) -> Graded:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            paths = {}
            for name, notebook in self._trials.submission(one.trial).items():
                paths[name] = Path(folder, f"{name}.ipynb")
                paths[name].write_text(json.dumps(notebook), encoding="utf-8")
            # The random inputs follow from the grader's seed and the student's name.
            graded = self._grader.grade(f"seed {one.seed}", paths, place=place)
        found = graded.submission
        return Graded(one, found.cells, found.message)


@contextlib.contextmanager
def busy(number: int) -> Iterator[None]:
    """Have so many processes compute for as long as the body runs."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(number)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()


def tell(name: str, graded: list[Graded]) -> bool:
    """Print a submission's scores; return whether they are as they should be."""
    scores = Counter(sum(cell.score for cell in one.cells) for one in graded)
    machine = [c for c in graded[0].cells if c.status != UNGRADED]
    most = sum(cell.max_score for cell in machine)
    shown = ", ".join(f"{s:g} ({n} times)" for s, n in sorted(scores.items()))
    full = not name.startswith("right") or set(scores) == {most}
    print(f"  {name}: {shown} of {most:g}", flush=True)
    usual = {c.grade_id: c for c in machine if not name.startswith("right")}
    for one in graded:
        if one.trouble:
            print(f"    seed {one.one.seed}: {one.trouble}", flush=True)
        for cell in one.cells:
            said = usual.get(cell.grade_id)
            wanted = said.score if said else cell.max_score
            if cell.score != wanted and cell.status != UNGRADED:
                print(
                    f"    seed {one.one.seed}: {cell.grade_id} {cell.score:g}, and "
                    f"{wanted:g} wanted: {cell.message}",
                    flush=True,
                )
                lost = {c.name: c.message for c in cell.checks if c.message}
                before = {c.name for c in said.checks if c.message} if said else set()
                for check in sorted(lost.keys() ^ before):
                    print(f"      {check}: {lost.get(check, 'passed')}", flush=True)
    return full and len(scores) == 1


def main() -> int:
    """Print the scores; return 1 if one of them is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "assignments", nargs="*", metavar="ASSIGNMENT", default=list(MODULES)
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--busy", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if unknown := [a for a in options.assignments if a not in MODULES]:
        parser.error(f"no assignment {unknown[0]!r}: there are {', '.join(MODULES)}")
    course, good, count = Course.read(ROOT), 0, 0
    for assignment in options.assignments:
        own = read_own(course, assignment)
        trials = list(submissions(own, *MODULES[assignment]))
        wanted = [One(t, seed) for t in trials for seed in range(options.seeds)]
        found: dict[str, list[Graded]] = {}
        with (
            make_grader(
                course, assignment, own.read, level=best_level(), seed=1
            ) as grader,
            tempfile.TemporaryDirectory() as folder,
        ):
            graded = Assignment(own, grader, Path(folder), options.jobs)
            for loops in (0, options.busy)[: 1 + bool(options.busy)]:
                begun, load = time.monotonic(), os.getloadavg()[0]
                with busy(loops):
                    for one in graded.grade(wanted):
                        found.setdefault(one.one.trial.name, []).append(one)
                print(
                    f"{assignment}, {loops} busy loops: {len(wanted)} gradings in "
                    f"{time.monotonic() - begun:.0f} s, load {load:.1f} to "
                    f"{os.getloadavg()[0]:.1f}",
                    flush=True,
                )
        for name, all_ in found.items():
            good += tell(name, all_)
            count += 1
    print(f"{good} of {count} submissions have one score, as they should")
    return int(good < count)


if __name__ == "__main__":
    sys.exit(main())
