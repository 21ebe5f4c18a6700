"""All that is said of a class, whatever shows it: a page, or the terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from proctor.feedback.untrusted import line
from proctor.grade.cell_results import UNGRADED
from proctor.notebook.cells import Marks
from proctor.report.changes import Changes, changes_in
from proctor.report.classroom import Classroom
from proctor.report.mistakes import Wrong, wrong_in
from proctor.report.statistics import Item, Spread, items, spread
from proctor.report.words import changed_words, many, odd_words


@dataclass(frozen=True)
class Report:
    """All that is said of a class.

    Attributes
    ----------
    items
        Each task, followed by its checks.
    notes
        What a reader should know of what the report is made of.
    """

    classroom: Classroom
    marks: Marks
    items: tuple[Item, ...]
    spread: Spread | None
    wrong: Wrong
    changes: Changes | None
    notes: tuple[str, ...] = ()

    @property
    def tasks(self) -> list[tuple[Item, list[Item]]]:
        """Each task with its checks."""
        found: list[tuple[Item, list[Item]]] = []
        for item in self.items:
            if item.check:
                found[-1][1].append(item)
            else:
                found.append((item, []))
        return found

    @property
    def common_tasks(self) -> list[Item]:
        """The tasks of which most have a result.

        How hard another is, a person has still to say.
        """
        enough = len(self.classroom.graded) / 2
        return [task for task, _ in self.tasks if task.tried >= enough]

    @property
    def uncommon(self) -> list[str]:
        """The tasks that a person has still to grade of half of the class or more."""
        common = {task.task for task in self.common_tasks}
        return [task for task in self.waiting if task not in common]

    @property
    def waiting(self) -> dict[str, list[str]]:
        """The students of whom a person has still to grade something, by task."""
        found: dict[str, list[str]] = {}
        for submission in self.classroom.graded:
            for cell in submission.cells:
                if cell.waits:
                    task = self.marks.task_of(cell.grade_id)
                    found.setdefault(task, []).append(submission.student)
        return found

    @property
    def left_out(self) -> bool:
        """Whether some answers, which a person has still to grade, stand in no item."""
        every = (cell for one in self.classroom.graded for cell in one.cells)
        return any(cell.status == UNGRADED for cell in every)

    @property
    def took(self) -> str:
        """How long grading took, of all submissions together, in words."""
        seconds = sum(s.seconds for s in self.classroom.submissions)
        if seconds >= 60:
            return f"{seconds / 60:.1f} minutes"
        return many(round(seconds), "second") if seconds >= 1 else "less than a second"


def report_of(
    classroom: Classroom,
    marks: Marks,
    notes: Sequence[str] = (),
    as_handed_out: Callable[[str, str, bool], bool] | None = None,
) -> Report:
    """Return what there is to say of a class.

    Parameters
    ----------
    as_handed_out
        See :func:`~proctor.report.mistakes.wrong_in`; None: the results alone say it.
    """
    totals = [submission.score for submission in classroom.graded]
    if classroom.changed:
        notes = [changed_words(classroom.changed, classroom.assignment), *notes]
    if classroom.odd:
        notes = [*notes, odd_words(classroom.odd)]
    if classroom.reckoned:
        notes = [*notes, odd_words(classroom.reckoned, reckoned=True)]
    notes = [*notes, *_can_be_forged(classroom, marks)]
    return Report(
        classroom,
        marks,
        tuple(items(classroom, marks)),
        spread(totals, classroom.max_score),
        wrong_in(classroom, marks, *filter(None, [as_handed_out])),
        changes_in(classroom, marks),
        tuple(notes),
    )


def _can_be_forged(classroom: Classroom, marks: Marks) -> list[str]:
    """Say which points nobody vouches for."""
    every = [cell for submission in classroom.graded for cell in submission.cells]
    tasks = dict.fromkeys(marks.task_of(c.grade_id) for c in every if c.together)
    if not tasks:
        return []
    return [
        f"The tests of {', '.join(tasks)} ran together with the students' code: such "
        f"points can be forged (see proctor lint {classroom.assignment})."
    ]


def day(started: str) -> str:
    """Return a time as people write it."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return line(started, 100)
    return f"{moment:%Y-%m-%d, %H:%M} {moment.tzname() or ''}".rstrip()
