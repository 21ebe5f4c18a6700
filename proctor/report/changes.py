"""What runs changed: who gained, who lost, by which check."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from proctor.grade.results import GRADED, Submission
from proctor.notebook.cells import Marks
from proctor.report.classroom import Classroom, penalty_of

_SMALL = 1e-9
# What stands in the place of a task where the penalty is another one.
LATE = "the penalty for being late"


@dataclass(frozen=True)
class Change:
    """A student whose result is another than before.

    Attributes
    ----------
    before, after
        The points; None where it was not graded.
    checks
        Task, check (empty for the whole task) and by how many points it differs; in
        place of a task, the penalty. Empty where one of both was not graded.
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
        """What else there is to know, in words."""
        if self.after is None:
            return "could not be graded: the earlier grade stands in the gradebook"
        then, now = self.penalty
        if abs(now - then) <= _SMALL:
            return ""
        return f"{LATE} from {then:g} to {now:g}"


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
        return [one for one in self.changed if one.after is not None and one.why]


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
            checks = tuple(sorted(_checks(before, after, marks)))
            if abs(late[1] - late[0]) > _SMALL:
                checks += ((LATE, "", late[0] - late[1]),)
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
    then, now = (_by_check(one, marks) for one in (before, after))
    for task in dict.fromkeys([*then, *now]):
        one, two = then.get(task, {}), now.get(task, {})
        # A person's points, and a cell that ended in an error, have no checks.
        alike = len(one) > 1 and one.keys() == two.keys()
        for name in one.keys() - {""} if alike else [""]:
            gain = two.get(name, 0.0) - one.get(name, 0.0)
            if abs(gain) > _SMALL:
                yield task, name, gain


def _by_check(submission: Submission, marks: Marks) -> dict[str, dict[str, float]]:
    """Return the points of each task, under an empty name, and of its checks."""
    return {
        marks.task_of(cell.grade_id): {"": cell.score}
        | {check.name: check.score for check in cell.checks}
        for cell in submission.cells
    }
