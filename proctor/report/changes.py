"""What runs changed: who gained, who lost, by which check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from proctor.feedback.summary import points
from proctor.grade.cell_results import Cell
from proctor.grade.results import GRADED, Submission
from proctor.notebook.cells import Marks
from proctor.report.classroom import Classroom, penalty_of
from proctor.text import listed

_SMALL, _LEAST = 1e-9, 1e-6
# Of one student, by how many checks.
_MOST_NAMED = 4
# What stands in the place of a task where the penalty is another one.
LATE = "the penalty for being late"
# What stands in the place of a check where a person gave the points, or some beside.
BY_HAND, EXTRA = "points that a person gave", "extra credit that a person gave"
# What stands in the place of a task where a total is another, and no cell.
TOTAL = "the total, which is not what the cells give"


@dataclass(frozen=True)
class Change:
    """A student whose result is another than before.

    Attributes
    ----------
    before, after
        The points; None where it was not graded.
    checks
        Task, check (empty for the whole task) and by how many points it differs; in
        place of a check, that a person gave them; in place of a task, the penalty, or
        the total. Together they are the whole gain. Empty where one of both was not
        graded.
    penalty
        What was taken off for being late, before and after.
    """

    student: str
    before: float | None
    after: float | None
    checks: tuple[tuple[str, str, float], ...]
    penalty: tuple[float, float] = (0.0, 0.0)

    @property
    def gain(self) -> float:
        """By how many points; of what was not graded nothing is gained or lost."""
        if self.before is None or self.after is None:
            return 0.0
        return self.after - self.before

    @property
    def why(self) -> str:
        """By what it changed, in words."""
        if self.after is None:
            return "could not be graded: the earlier grade stands in the gradebook"
        every = [
            f"{task}: {check}" if check else task
            for task, check, _ in self.checks
            if task != LATE
        ]
        said = [listed(every, _MOST_NAMED)] * bool(every)
        if self.is_late:
            said.append(f"{LATE} from {self.from_to}")
        return "; ".join(said)

    @property
    def from_to(self) -> str:
        """The penalty before and after."""
        return " to ".join(map(points, self.penalty))

    @property
    def is_late(self) -> bool:
        """Whether the penalty is another one."""
        then, now = self.penalty
        return self.after is not None and abs(now - then) > _SMALL


@dataclass(frozen=True)
class Changes:
    """What changed: by the last run, or by several.

    Attributes
    ----------
    since
        When the run began that was the newest before.
    again
        How many were looked at that an earlier run had.
    new
        How many no earlier run had.
    by_check
        Task, check, and how many gained and lost by it; the most first.
    """

    since: str
    again: int
    new: int
    changed: tuple[Change, ...]
    by_check: tuple[tuple[str, str, int, int], ...]

    @property
    def gained(self) -> int:
        """How many have more points."""
        return sum(change.gain > _SMALL for change in self.changed)

    @property
    def lost(self) -> int:
        """How many have fewer points."""
        return sum(change.gain < -_SMALL for change in self.changed)

    @property
    def ungraded(self) -> list[Change]:
        """Those that could not be graded this time, and were before."""
        return [change for change in self.changed if change.after is None]

    @property
    def graded(self) -> int:
        """How many could be graded this time, and not before."""
        return sum(change.before is None for change in self.changed)

    @property
    def late(self) -> list[Change]:
        """Those of whom the penalty is another one."""
        return [one for one in self.changed if one.is_late]


def changes_in(classroom: Classroom, marks: Marks) -> Changes | None:
    """Return what changed; None where there was nothing before."""
    if not classroom.since:
        return None
    changed: list[Change] = []
    gained: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    for after in classroom.submissions:
        before = classroom.before.get(after.student)
        if before is None:
            continue
        then, now = _points(before), _points(after)
        checks: tuple[tuple[str, str, float], ...] = ()
        late = (0.0, 0.0)
        if then is not None and now is not None:
            late = penalty_of(before), penalty_of(after)
            checks = tuple(_checks(before, after, marks))
            checks += ((LATE, "", late[0] - late[1]),)
            rest = now - then - sum(gain for _, _, gain in checks)
            checks += ((TOTAL, "", rest),)
            checks = tuple(one for one in checks if abs(one[2]) > _LEAST)
        for task, check, gain in checks:
            (gained if gain > 0 else lost)[task, check] += 1
        if then != now or checks:
            changed.append(Change(after.student, then, now, checks, late))
    every = sorted({*gained, *lost}, key=lambda key: (-gained[key] - lost[key], *key))
    changed.sort(key=lambda change: (change.gain, change.student))
    return Changes(
        classroom.since,
        len(classroom.before),
        len(classroom.last) - len(classroom.before),
        tuple(changed),
        tuple((*key, gained[key], lost[key]) for key in every),
    )


def _points(submission: Submission) -> float | None:
    return submission.score if submission.status == GRADED else None


def _checks(before: Submission, after: Submission, marks: Marks):
    """Yield by which checks, or whole tasks, the points differ."""
    then, now = ({cell.grade_id: cell for cell in s.cells} for s in (before, after))
    for name in dict.fromkeys([*then, *now]):
        one, two = then.get(name), now.get(name)
        task, gain = marks.task_of(name), _points_of(two) - _points_of(one)
        yield task, EXTRA, _extra_of(two) - _extra_of(one)
        if any(cell and cell.by_hand for cell in (one, two)):
            yield task, BY_HAND, gain
            continue
        # A cell that ended in an error has no checks.
        first, second = _by_check(one), _by_check(two)
        if first and first.keys() == second.keys():
            for check, score in first.items():
                yield task, check, second[check] - score
                gain -= second[check] - score
        yield task, "", gain


def _points_of(cell: Cell | None) -> float:
    """Return what a cell earned, without what a person gave beside."""
    return cell.score - cell.extra_credit if cell else 0.0


def _extra_of(cell: Cell | None) -> float:
    return cell.extra_credit if cell else 0.0


def _by_check(cell: Cell | None) -> dict[str, float]:
    return {check.name: check.score for check in cell.checks} if cell else {}
