"""A class as it stands: the newest result of each student, and the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from proctor.errors import GradingError
from proctor.grade.results import GRADED, NEEDS_ATTENTION, Run, Submission
from proctor.report.pseudonyms import Names

if TYPE_CHECKING:  # it imports nbgrader
    from proctor.gradebook.by_hand import ByHand

_SMALL = 1e-9


@dataclass(frozen=True)
class Decided:
    """What the gradebook knows besides the results.

    Attributes
    ----------
    students
        Everybody on its list.
    persons
        What persons decided, by student.
    handed_in
        Of whom there is a submission to grade.
    called
        First and last names, by student, as far as they are known.
    """

    students: frozenset[str] = frozenset()
    persons: Mapping[str, ByHand] = field(default_factory=dict)
    handed_in: frozenset[str] = frozenset()
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Classroom:
    """An assignment's results, each student once.

    Attributes
    ----------
    started
        When the last run began, in ISO 8601.
    runs
        How many runs they are of.
    submissions
        The newest of each student, sorted.
    since
        When the run began that was the newest before what is new; empty of none.
    before
        What was found of a student until then, where it was looked at again since.
    last
        Whom the runs since then looked at.
    missing
        Who is on the gradebook's list and handed nothing in.
    without
        Who handed something in and has no result.
    interrupted
        Whether the last run did not get to everybody.
    called
        First and last names by the students' own ids, which no page shows.
    changed
        Whose work is another than the one that was graded.
    odd
        Whose total, in the documents, is not what their cells give, and counts.
    reckoned
        Of whom that is so, and the total is reckoned anew, for the gradebook has them.
    """

    assignment: str
    started: str
    runs: int
    submissions: tuple[Submission, ...]
    since: str = ""
    before: Mapping[str, Submission] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    interrupted: bool = False
    called: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    reckoned: tuple[str, ...] = ()

    @property
    def graded(self) -> list[Submission]:
        """Those that were graded."""
        return [s for s in self.submissions if s.status == GRADED]

    @property
    def attention(self) -> list[Submission]:
        """Those that somebody must look at."""
        return [s for s in self.submissions if s.status == NEEDS_ATTENTION]

    @property
    def waiting(self) -> list[Submission]:
        """Those of which a person has still to grade a part."""
        return [s for s in self.graded if any(c.waits for c in s.cells)]

    @property
    def max_score(self) -> float:
        """What the assignment is worth."""
        return max((s.max_score for s in self.submissions), default=0.0)

    @property
    def everybody(self) -> dict[str, tuple[str, ...]]:
        """First and last names, as far as they are known, by the ids of all."""
        known = {*self.last, *self.missing, *self.without}
        known |= {submission.student for submission in self.submissions}
        return dict.fromkeys(known, ()) | dict(self.called)

    @property
    def penalties(self) -> dict[str, float]:
        """What was taken off the points of the cells, for being late, by student."""
        lost = {s.student: penalty_of(s) for s in self.graded}
        return {student: points for student, points in lost.items() if points > _SMALL}

    def named(self, names: Names) -> Classroom:
        """Return the class with other names for its students."""
        return replace(
            self,
            submissions=tuple(
                sorted(map(names.submission, self.submissions), key=_student)
            ),
            before={names(s): names.submission(one) for s, one in self.before.items()},
            last=frozenset(map(names, self.last)),
            missing=tuple(names.all(self.missing)),
            without=tuple(names.all(self.without)),
            changed=tuple(names.all(self.changed)),
            odd=tuple(names.all(self.odd)),
            reckoned=tuple(names.all(self.reckoned)),
        )


def class_of(
    runs: Sequence[Run], decided: Decided | None = None, new: int = 1
) -> Classroom:
    """Return the class that these runs, oldest first, found.

    Parameters
    ----------
    new
        How many of the runs, the last ones, are new: what they changed is told.

    Raises
    ------
    GradingError
        If there is no run.
    """
    if not runs:
        raise GradingError("no results: grade the assignment first")
    decided = decided or Decided()
    then, last = runs[:-new], runs[-1]
    earlier = {s.student: s for run in then for s in run.submissions}
    later = {s.student: s for run in runs[-new:] for s in run.submissions}
    newest = earlier | later
    persons = decided.persons
    submissions = [
        _with_points(s, persons[s.student]) if s.student in persons else s
        for s in newest.values()
    ]
    odd = sorted(s.student for s in newest.values() if _is_odd(s))
    return Classroom(
        last.assignment,
        last.started,
        len(runs),
        tuple(sorted(submissions, key=_student)),
        then[-1].started if then else "",
        {student: earlier[student] for student in later.keys() & earlier.keys()},
        frozenset(later),
        tuple(sorted(decided.students - newest.keys() - decided.handed_in)),
        tuple(sorted(decided.handed_in - newest.keys())),
        not last.finished,
        decided.called,
        odd=tuple(student for student in odd if student not in persons),
        reckoned=tuple(student for student in odd if student in persons),
    )


def of_cells(submission: Submission) -> float:
    """Return the points of the cells, before anything is taken off."""
    return sum(cell.score for cell in submission.cells)


def penalty_of(submission: Submission) -> float:
    """Return what is taken off for being late: no more than there is."""
    return max(min(submission.late_penalty, of_cells(submission)), 0.0)


def _is_odd(submission: Submission) -> bool:
    """Tell whether a total is not what the cells give: a person may have changed it."""
    if submission.status != GRADED or not submission.cells:
        return False
    given = of_cells(submission) - penalty_of(submission)
    return abs(submission.score - given) > 1e-6


def _with_points(submission: Submission, persons: ByHand) -> Submission:
    """Return the submission with the points that count now.

    What a person gave points for was wrong, or not, as the tests have it: that stays.
    """
    # What the document has of extra credit may be no more, or other than it was.
    without = tuple(
        replace(cell, score=cell.score - cell.extra_credit, extra_credit=0.0)
        for cell in submission.cells
    )
    return persons.apply(replace(submission, cells=without))


def _student(submission: Submission) -> str:
    return submission.student
