"""Scores of a class, and what its checks tell of it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from proctor.grade.cell_results import UNGRADED, Cell
from proctor.grade.results import Submission
from proctor.notebook.cells import Marks
from proctor.report.classroom import Classroom, of_cells

# Fewer tell nothing of whom a check tells apart.
FEWEST = 10
# Of fewer who have it, or have it not, one student more or less would say otherwise.
FEWEST_OF_EACH = 4
# Of fewer there is no middle half.
_FEWEST_SPREAD = 4
_BINS = 10


@dataclass(frozen=True)
class Spread:
    """How a list of scores is spread.

    Attributes
    ----------
    bins
        How many lie in each tenth of what the assignment is worth; full marks are in
        the last. None where it is worth nothing.
    """

    number: int
    lowest: float
    lower: float
    median: float
    upper: float
    highest: float
    mean: float
    bins: tuple[int, ...]

    @property
    def has_middle(self) -> bool:
        """Whether there are enough for the middle half to say something."""
        return self.number >= _FEWEST_SPREAD


@dataclass(frozen=True)
class Item:
    """A check, or a whole task, and how the class did.

    Attributes
    ----------
    check
        Its name; empty for the whole task.
    tried
        How many submissions it was tried on.
    held
        How many of them earned all of it.
    earned
        The mean share of its points.
    discrimination
        The point-biserial correlation between having it and the points for all the
        rest; None where it tells nothing, or too few have it, or have it not.
    """

    task: str
    check: str
    max_score: float
    tried: int
    held: int
    earned: float
    discrimination: float | None

    @property
    def share(self) -> float:
        """The share of the submissions that earned all of it."""
        return self.held / self.tried if self.tried else 0.0

    @property
    def few(self) -> bool:
        """Whether too few have it, or have it not, for it to say something."""
        return min(self.held, self.tried - self.held) < FEWEST_OF_EACH

    @property
    def told_apart(self) -> str:
        """The discrimination as it is shown; empty where it tells nothing."""
        if self.discrimination is None or self.few:
            return ""
        return f"{round(self.discrimination, 2) + 0.0:.2f}"

    @property
    def meaning(self) -> str:
        """What the discrimination says, in words.

        Where having it has nothing to do with the other points, its standard error is
        1 / sqrt(n - 1), exactly so over all orders of the points: what is less than two
        of these, 2 / sqrt(n), is taken for chance (the 5 % test of a correlation, which
        knows no more of a small class). From there on 0.1 is little and 0.3 is much, as
        in Cohen's table (Statistical Power Analysis, 1988, chapter 3).
        """
        if self.tried < FEWEST:
            return f"too few to tell (fewer than {FEWEST})"
        if self.held in (0, self.tried):
            return "nothing: all have it" if self.held else "nothing: nobody has it"
        if self.few:
            few = "have it not" if self.held > self.tried / 2 else "have it"
            return f"too few to say (fewer than {FEWEST_OF_EACH} {few})"
        if self.discrimination is None:
            return "nothing: all the rest is equal"
        # Nobody sees more than two digits: what is shown and what is said agree.
        shown, chance = float(self.told_apart), 2 / math.sqrt(self.tried)
        if abs(shown) < max(0.1, chance):
            if chance > 0.1:
                return f"nothing sure: chance alone gives as much among {self.tried}"
            return "hardly anything: who has it is as good elsewhere as who has not"
        if shown < 0:
            return "look at it: who has it has fewer points elsewhere"
        if shown < 0.3:
            return "a little: who has it has somewhat more points elsewhere"
        return "much: who has it has more points elsewhere"


def spread(scores: Sequence[float], worth: float) -> Spread | None:
    """Return how scores are spread; None of none."""
    if not scores:
        return None
    ordered = sorted(scores)
    lower, median, upper = (
        statistics.quantiles(ordered, n=4, method="inclusive")
        if len(ordered) > 1
        else ordered * 3
    )
    bins = [0] * (_BINS if worth > 0 else 0)
    for score in ordered if bins else ():
        place = math.floor(_BINS * score / worth + 1e-9)
        bins[min(max(place, 0), _BINS - 1)] += 1
    mean = statistics.fmean(ordered)
    return Spread(
        len(ordered), ordered[0], lower, median, upper, ordered[-1], mean, tuple(bins)
    )


def items(classroom: Classroom, marks: Marks) -> list[Item]:
    """Return each task of the class, followed by its checks.

    What a person still has to grade counts for nothing here, and so does a cell whose
    checks are not known.
    """
    rows: dict[str, list[tuple[Submission, Cell]]] = {}
    checks: dict[str, dict[str, float]] = {}
    for submission in classroom.graded:
        for cell in submission.cells:
            if cell.status == UNGRADED:
                continue
            rows.setdefault(cell.grade_id, []).append((submission, cell))
            known = checks.setdefault(cell.grade_id, {})
            for check in cell.checks:
                known.setdefault(check.name, check.max_score)
    found = []
    for grade_id, cells in rows.items():
        task = marks.task_of(grade_id)
        whole = [(of_cells(s), c.score, c.max_score) for s, c in cells]
        found.append(_item(task, "", whole))
        for name, worth in checks[grade_id].items():
            tried = [_of_check(s, c, name, worth) for s, c in cells]
            found.append(_item(task, name, [one for one in tried if one]))
    return found


def _of_check(
    submission: Submission, cell: Cell, name: str, worth: float
) -> tuple[float, float, float] | None:
    """Return the submission's points, the check's, and what it is worth."""
    check = next((check for check in cell.checks if check.name == name), None)
    if check:
        return of_cells(submission), check.score, check.max_score
    # No check was reached where the cell ended in an error; a person's points are for
    # the whole cell, and say nothing of a check.
    if cell.checks or cell.status not in ("error", "timeout", "failed"):
        return None
    return of_cells(submission), 0.0, worth


def _item(task: str, check: str, rows: list[tuple[float, float, float]]) -> Item:
    held = [score >= worth for _, score, worth in rows]
    rest = [total - score for total, score, _ in rows]
    worth = max((worth for _, _, worth in rows), default=0.0)
    shares = [score / of if of else 1.0 for _, score, of in rows]
    earned = statistics.fmean(shares) if shares else 0.0
    found = Item(task, check, worth, len(rows), sum(held), earned, None)
    if len(rows) < FEWEST or found.few:
        return found
    return replace(found, discrimination=point_biserial(held, rest))


def point_biserial(held: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Return the correlation of a yes or no with a number; None if one is constant.

    (M1 - M0) / s * sqrt(p * (1 - p)): the means of the numbers of who has it and of who
    has not, their standard deviation, and the share of who has it.
    """
    having = [number for has, number in zip(held, rest, strict=True) if has]
    lacking = [number for has, number in zip(held, rest, strict=True) if not has]
    if not having or not lacking:
        return None
    deviation = statistics.pstdev(rest)
    if deviation <= 1e-9 * max(map(abs, rest), default=0.0):
        return None
    share = len(having) / len(rest)
    between = statistics.fmean(having) - statistics.fmean(lacking)
    return between / deviation * math.sqrt(share * (1 - share))
