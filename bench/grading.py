"""What grading a class costs: proctor, nbgrader as it comes, and the notebooks alone.

python bench/grading.py [--submissions N] [--sample N] [--rounds N] [--sandbox LEVEL]
python bench/grading.py --scale [N ...] [--rounds N] [--sandbox LEVEL]
python bench/grading.py --hostile [--submissions N] [--rounds N] [--sandbox LEVEL]

Makes the course in a scratch folder, and a class: sample submissions and variants of
them, right and wrong, and one in fifty that is no notebook. Three take turns:

proctor
    ``proctor autograde``, as many at once as there are processors.
nbgrader
    ``nbgrader autograde`` without anything of ours in its configuration, on the first
    submissions of the class: its own preprocessors, a Jupyter kernel for each
    submission, one after the other. It grades with the same hidden tests, which run in
    the kernel.
alone
    The code of the same submissions: all code cells, with the hidden tests in the test
    cells, each cell up to its first error, as in a kernel. One warm process that has
    imported IPython, NumPy, Matplotlib, tinytorch and proctor.rubric forks a child for
    each notebook; its cells run in an IPython shell that renders figures as a notebook
    does. No sandbox, no second process, no gradebook, no file read or written, one
    thread. Then once more without the test cells. The warm process is not counted.

The cells tagged skip-grading, which train and draw for a minute, are in what proctor
gets, and it passes them over; the others get the notebooks without them.

Each run begins with nobody graded. Its CPU seconds are those of the command and of the
processes below it that were waited for; that none escapes is seen by a submission that
burns some. The start is the cost of a class of one, that submission included. Memory
is sampled in runs of their own, which are not timed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from _alone import alone
from _class import ASSIGNMENT, LOOPS, Author, is_notebook, signed, without_skipped
from _cost import HEADING, Cost, Memory, columns
from _course import Course, make_courses
from _hostile import hostile
from _scale import SIZES, scale

BURNT = 2.0
BURN = f"""
import time
begin = time.process_time()
while time.process_time() < begin + {BURNT}:
    pass
"""
WIDTH = 44


@dataclass(frozen=True)
class Round:
    """What was measured in one turn.

    Attributes
    ----------
    number, sample
        How many submissions proctor and nbgrader graded.
    ours, theirs
        The cost of all of them.
    ours_one, theirs_one
        The cost of a class of one.
    alone, untested
        The cost of one submission's code, with and without the test cells.
    """

    number: int
    sample: int
    ours: Cost
    theirs: Cost
    ours_one: Cost
    theirs_one: Cost
    alone: Cost
    untested: Cost

    @property
    def our_each(self) -> Cost:
        """Of one submission in the class."""
        return self.ours / self.number

    @property
    def our_next(self) -> Cost:
        """Of one submission more."""
        return (self.ours - self.ours_one) / (self.number - 1)

    @property
    def their_each(self) -> Cost:
        """Of one submission, were the class as large for nbgrader."""
        return (self.theirs_one + self.their_next * (self.number - 1)) / self.number

    @property
    def their_next(self) -> Cost:
        """Of one submission more."""
        return (self.theirs - self.theirs_one) / (self.sample - 1)


def compare(options: argparse.Namespace, ours: Course, theirs: Course) -> None:
    """Have the three take turns, and print what they cost."""
    author = Author(ours.root)
    submissions = dict(author.a_class(options.submissions))
    notebooks = {s: n for s, n in submissions.items() if is_notebook(n)}
    sample = dict(list(notebooks.items())[: options.sample])
    sample = {s: without_skipped(n) for s, n in sample.items()}
    cells = [author.code(content) for content in sample.values()]
    ours.hand_in("all", submissions.items())
    theirs.hand_in("all", sample.items())
    print(
        f"{len(submissions)} submissions of {ASSIGNMENT}, "
        f"{len(submissions) - len(notebooks)} of them no notebook; nbgrader and alone: "
        f"the first {len(sample)}; rounds: {options.rounds}"
    )
    print_burnt(author, {"proctor": ours, "nbgrader": theirs})
    first = next(iter(submissions))
    rounds = []
    for _ in range(options.rounds):
        ours_one = ours.grade("all", student=first)
        ours_all = ours.grade("all")
        theirs_one = theirs.grade("all", student=first)
        theirs_all = theirs.grade("all")
        code = alone(cells, theirs)
        counts = (len(submissions), len(sample))
        rounds.append(Round(*counts, ours_all, theirs_all, ours_one, theirs_one, *code))
    pages = ours.grade("all", "--feedback") / len(submissions)
    print_costs(rounds, pages)
    memories = {"proctor": Memory(), "nbgrader": Memory()}
    ours.grade("all", memory=memories["proctor"])
    theirs.grade("all", memory=memories["nbgrader"])
    print(f"\n{'most memory, MB':{WIDTH}}{'command':>9}{'and below':>10}")
    for name, memory in memories.items():
        print(f"{name:{WIDTH}}{memory}")


def print_burnt(author: Author, courses: dict[str, Course]) -> None:
    """Print how much is counted of what a submission burns."""
    notebook = author.notebook(LOOPS)
    pair = {"idle": signed(notebook, ""), "burns": signed(notebook, f"\n{BURN}")}
    for name, course in courses.items():
        skipped = {s: without_skipped(content) for s, content in pair.items()}
        course.hand_in("pair", (pair if name == "proctor" else skipped).items())
        course.grade("pair", student="idle")  # the first run compiles what it imports
        idle, burns = (course.grade("pair", student=student) for student in pair)
        counted = burns.cpu - idle.cpu
        print(f"of {BURNT} CPU seconds burnt, {name}'s count has {counted:.2f}")


def print_costs(rounds: list[Round], pages: Cost) -> None:
    """Print rates, CPU seconds, and how they compare."""
    print(f"\n{'':{WIDTH}}{'submissions per second':>27}{'CPU seconds each':>27}")
    print(f"{'':{WIDTH}}{HEADING}{HEADING}")
    for name, costs in {
        "proctor": [r.our_each for r in rounds],
        "proctor, one more": [r.our_next for r in rounds],
        "proctor --feedback, once": [pages],
        "nbgrader, to a class as large": [r.their_each for r in rounds],
        "nbgrader, one more": [r.their_next for r in rounds],
        "alone": [r.alone for r in rounds],
        "alone, without the test cells": [r.untested for r in rounds],
    }.items():
        rates = columns([1 / cost.wall for cost in costs], 2)
        print(f"{name:{WIDTH}}{rates}{columns([c.cpu for c in costs], 3)}")

    print(f"\n{'a class of one':{WIDTH}}{'seconds':>27}{'CPU seconds':>27}")
    for name, costs in {
        "proctor": [r.ours_one for r in rounds],
        "nbgrader": [r.theirs_one for r in rounds],
    }.items():
        wall, cpu = [c.wall for c in costs], [c.cpu for c in costs]
        print(f"{name:{WIDTH}}{columns(wall, 2)}{columns(cpu, 2)}")

    print(f"\n{'':{WIDTH}}{HEADING}")
    for name, each, more in (
        (
            "rate, proctor / nbgrader",
            lambda r: r.their_each.wall / r.our_each.wall,
            lambda r: r.their_next.wall / r.our_next.wall,
        ),
        (
            "CPU seconds, nbgrader / proctor",
            lambda r: r.their_each.cpu / r.our_each.cpu,
            lambda r: r.their_next.cpu / r.our_next.cpu,
        ),
        (
            "CPU seconds each, proctor - alone",
            lambda r: r.our_each.cpu - r.alone.cpu,
            lambda r: r.our_next.cpu - r.alone.cpu,
        ),
        (
            "CPU seconds each, nbgrader - alone",
            lambda r: r.their_each.cpu - r.alone.cpu,
            lambda r: r.their_next.cpu - r.alone.cpu,
        ),
    ):
        print(f"{name:{WIDTH}}{columns([each(r) for r in rounds], 3)}")
        print(f"{'  of one more':{WIDTH}}{columns([more(r) for r in rounds], 3)}")


def main(arguments: list[str] | None = None) -> int:
    """Make the scratch courses, and measure in them."""
    options = _parser().parse_args(arguments)
    if options.scale == []:
        options.scale = SIZES
    from proctor.sandbox.levels import best_level

    level = options.sandbox or best_level()
    print(
        f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, "
        f"Python {sys.version.split()[0]}; proctor: sandbox {level}, "
        f"{options.jobs} submissions at once"
    )
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            wanted = ["--sandbox", level, "--jobs", str(options.jobs)]
            ours, theirs = make_courses(Path(scratch), wanted)
            if options.scale:
                scale(options, ours)
            elif options.hostile:
                hostile(options, ours)
            else:
                compare(options, ours, theirs)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    print(f"load {os.getloadavg()[0]:.1f}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What grading a class costs.")
    parser.add_argument("--submissions", type=_several, default=200, metavar="N")
    parser.add_argument(
        "--sample",
        type=_several,
        default=20,
        metavar="N",
        help="how many of them nbgrader grades",
    )
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--sandbox", metavar="LEVEL", help="default: the best there is")
    parser.add_argument(
        "--scale",
        type=_several,
        nargs="*",
        metavar="N",
        help=f"instead: proctor in classes of these sizes (default: {SIZES})",
    )
    parser.add_argument(
        "--hostile",
        action="store_true",
        help="instead: a class with five of the worst in it, and without",
    )
    return parser


def _several(text: str) -> int:
    if int(text) < 2:
        raise argparse.ArgumentTypeError("at least 2: the start is a class of one")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
