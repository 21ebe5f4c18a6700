"""Whether the points of wrong solutions follow a judge's marks.

python bench/marks.py [ASSIGNMENT ...] [--all] [--seed N]

`bench/marks/` holds wrong solutions of each graded module, in people's own style, and
what of its task each has done, in tenths: marked by a person who had not seen a score,
with the reason. Each is graded in an otherwise perfect submission, and the share of its
cell's points that it keeps is compared with its mark: the figure is Spearman's rank
correlation. `--all` prints each solution, the one that is furthest from its mark first.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from proctor.bank.bank import Bank  # noqa: E402
from proctor.bank.mutants import Mutant  # noqa: E402
from proctor.commands.solutions import graded_alone  # noqa: E402
from proctor.settings import Course  # noqa: E402


def marked(
    assignment: str, bank: Bank, right: dict[str, str]
) -> list[tuple[Mutant, int, str]]:
    """Return the wrong solutions of a module, each with its mark and the reason.

    Parameters
    ----------
    right
        The reference's cells, in which pieces are replaced.
    """
    found = []
    for cell, mark, why, bug, pieces, source in runpy.run_path(
        str(HERE / "marks" / f"{assignment}.py")
    )["WRONG"]:
        text = bank.sources[bug] if bug else source or right[cell]
        for piece, other in pieces:
            if piece not in text:
                raise SystemExit(f"{assignment}: {cell} has no {piece!r}: correct it")
            text = text.replace(piece, other, 1)
        found.append((Mutant(cell, bug or why, text), mark, why))
    return found


def ranks(numbers: list[float]) -> np.ndarray:
    """Return the place of each number, the mean one where several are equal."""
    values = np.asarray(numbers)
    below = (values[:, None] > values).sum(axis=1)
    return below + (values[:, None] == values).sum(axis=1) / 2


def compare(assignment: str, options: argparse.Namespace) -> float:
    """Grade a module's marked solutions; print and return the rank correlation."""
    course = Course.read(ROOT)
    with graded_alone(course, assignment, level=None, seed=options.seed) as solutions:
        right = solutions.built.solutions()
        wrong = marked(assignment, solutions.reference.bank, right)
        outcomes = solutions.grade([mutant for mutant, *_ in wrong], options.jobs)
    shares = [o.own.score / o.own.max_score for o in outcomes]
    marks = [mark / 10 for _, mark, _ in wrong]
    one, two = ranks(shares), ranks(marks)
    correlation = float(np.corrcoef(one, two)[0, 1])
    if options.all:
        rows = zip(np.abs(one - two), outcomes, marks, wrong, strict=True)
        for away, outcome, mark, (_, _, why) in sorted(rows, key=lambda row: -row[0]):
            own = outcome.own
            print(
                f"  {own.score:5.2f} of {own.max_score:g}, marked "
                f"{mark * own.max_score:5.2f}; {away:4.1f} places away: "
                f"{outcome.mutant.cell}, {outcome.mutant.change}: {why}"
            )
    print(f"{assignment}: {len(wrong)} wrong solutions, {correlation:.2f}", flush=True)
    return correlation


def main() -> None:
    """Print the figure of each module."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    known = sorted(path.stem for path in (HERE / "marks").glob("*.py"))
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", default=known)
    parser.add_argument("--all", action="store_true", help="print each solution")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for assignment in options.assignments:
        if assignment not in known:
            parser.error(f"no marks of {assignment!r}: there are {', '.join(known)}")
        compare(assignment, options)


if __name__ == "__main__":
    main()
