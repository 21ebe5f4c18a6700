"""Whether the points of wrong solutions follow a judge's marks.

python bench/marks.py [ASSIGNMENT ...] [--all] [--seed N]

`bench/marks/` holds wrong solutions of each graded module, in people's own style, and
how much of its task each has done, in tenths, marked before any was graded, with the
reason: those by which points were weighed, and in the files that end in `.json` others,
with the marks of three, which nobody had read who weighed them. Each is graded in an
otherwise perfect submission, and the share of its cell's points that it keeps is
compared with its mark, or with the mean of the three: the figure is Spearman's rank
correlation. `--all` prints each solution, the one that is furthest from its mark first.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT))

from _marked import Marked  # noqa: E402

from proctor.bank.bank import Bank  # noqa: E402
from proctor.bank.mutants import Mutant  # noqa: E402
from proctor.commands.solutions import graded_alone  # noqa: E402
from proctor.settings import Course  # noqa: E402


def text_of(one: Marked, bank: Bank, right: dict[str, str]) -> str:
    """Return the text of a wrong solution's cell.

    Parameters
    ----------
    right
        The reference's cells, in which pieces are replaced.
    """
    text = bank.sources[one.bug] if one.bug else one.source or right[one.cell]
    for piece, other in one.replace:
        if piece not in text:
            raise SystemExit(f"{one.cell} has no {piece!r}: correct it")
        text = text.replace(piece, other, 1)
    return text


def ranks(numbers: list[float]) -> np.ndarray:
    """Return the place of each number, the mean one where several are equal."""
    values = np.asarray(numbers)
    below = (values[:, None] > values).sum(axis=1)
    return below + (values[:, None] == values).sum(axis=1) / 2


def sets_of(assignment: str) -> Iterator[tuple[str, list[Marked]]]:
    """Yield what a module's sets of marked solutions are called, and the solutions."""
    path = HERE / "marks" / assignment
    yield "", runpy.run_path(str(path.with_suffix(".py")))["WRONG"]
    if path.with_suffix(".json").exists():
        rows = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        unread = [
            Marked(
                row["cell"],
                statistics.mean(row["marks"]),
                row["why"],
                source=row["source"],
            )
            for row in rows
        ]
        yield ", not read before", unread


def compare(assignment: str, called: str, wrong: list[Marked], options) -> None:
    """Grade a module's marked solutions; print the rank correlation."""
    course = Course.read(ROOT)
    with graded_alone(course, assignment, level=None, seed=options.seed) as solutions:
        right, bank = solutions.built.solutions(), solutions.reference.bank
        texts = [Mutant(w.cell, w.why, text_of(w, bank, right)) for w in wrong]
        cells = [o.own for o in solutions.grade(texts, options.jobs)]
    shares = ranks([cell.score / cell.max_score for cell in cells])
    marks = ranks([one.mark for one in wrong])
    correlation = float(np.corrcoef(shares, marks)[0, 1])
    if options.all:
        rows = zip(np.abs(shares - marks), cells, wrong, strict=True)
        for away, cell, one in sorted(rows, key=lambda row: -row[0]):
            print(
                f"  {cell.score:5.2f} of {cell.max_score:g}, marked "
                f"{one.mark / 10 * cell.max_score:5.2f}; {away:4.1f} places away: "
                f"{one.cell}, {one.bug or 'own'}: {one.why}"
            )
    print(
        f"{assignment}{called}: {len(wrong)} wrong solutions, {correlation:.2f}",
        flush=True,
    )


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
        for called, wrong in sets_of(assignment):
            compare(assignment, called, wrong, options)


if __name__ == "__main__":
    main()
