"""A class's report as CSV, for whoever wants to reckon on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from proctor.report.changes import Changes
from proctor.report.classroom import Classroom, of_cells
from proctor.report.mistakes import Wrong
from proctor.report.statistics import Item
from proctor.text import for_spreadsheet


def students(classroom: Classroom, anonymous: bool = False) -> str:
    """Return a line for each student.

    Parameters
    ----------
    anonymous
        Whether what can be found again in other files, to a millisecond, is left out.
    """
    rows: list[Sequence] = []
    penalties = classroom.penalties
    for s in classroom.submissions:
        penalty = penalties.get(s.student, 0.0)
        graded = s.status == "graded"
        rows.append(
            (
                s.student,
                s.status,
                of_cells(s) if graded else None,
                penalty if graded else None,
                s.score if graded else None,
                s.max_score,
                "yes" if any(cell.waits for cell in s.cells) else "no",
                None if anonymous else s.seconds,
                s.message,
            )
        )
    worth = classroom.max_score
    rows += [
        (student, status, None, 0.0, None, worth, "no", None if anonymous else 0.0, "")
        for status, students in (
            ("not graded yet", classroom.without),
            ("missing", classroom.missing),
        )
        for student in students
    ]
    head = "student status points penalty score max_score waits seconds message"
    return _csv(head.split(), rows)


def checks(items: Iterable[Item]) -> str:
    """Return a line for each task, with an empty check, and each check."""
    head = "task check max_score tried held share earned discrimination"
    return _csv(
        head.split(),
        (
            (
                item.task,
                item.check,
                item.max_score,
                item.tried,
                item.held,
                round(item.share, 4),
                round(item.earned, 4),
                None if item.discrimination is None else round(item.discrimination, 4),
            )
            for item in items
        ),
    )


def mistakes(wrong: Wrong) -> str:
    """Return a line for each mistake and student."""
    rows: list[Sequence] = []
    for mistake in wrong.mistakes:
        rows += [
            (mistake.task, "mistake", mistake.bug, mistake.title, student)
            for student in mistake.students
        ]
        beside = "; ".join(name for name, _ in mistake.beside)
        rows += [(mistake.task, "beside it", mistake.bug, beside, "")] * bool(beside)
    for cluster in wrong.clusters:
        said = "; ".join(": ".join(filter(None, pair)) for pair in cluster.said)
        rows += [
            (cluster.task, "cluster", cluster.id, said, student)
            for student in cluster.students
        ]
    for left in wrong.unwritten:
        rows += [(left.task, "not written", "", "", one) for one in left.students]
    return _csv(["task", "kind", "id", "what", "student"], rows)


def changes(found: Changes) -> str:
    """Return a line for each student and check that changed."""
    rows = [
        (
            change.student,
            change.before,
            change.after,
            task,
            check,
            # Who could not be graded gained and lost nothing.
            None if None in (change.before, change.after) else round(gain, 6),
        )
        for change in found.changed
        for task, check, gain in (change.checks or (("", "", change.gain),))
    ]
    return _csv(["student", "before", "after", "task", "check", "gain"], rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence]) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([safe(value) for value in row] for row in rows)
    return made.getvalue()


def safe(value: object) -> object:
    """Return a value that a spreadsheet shows and does not obey."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return f"{value:.10g}" if isinstance(value, float) else value
    return for_spreadsheet(value)
