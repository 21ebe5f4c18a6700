"""All marks of a course as a plain CSV, one line a student and assignment."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from proctor.gradebook.marks import Mark
from proctor.lms.grades import Wish
from proctor.lms.sheets import written
from proctor.text import for_spreadsheet

_COLUMNS = (
    "assignment",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "status",
    "score",
    "max_score",
    "raw_score",
    "late_penalty",
    "handed_in_utc",
    "due_utc",
    "note",
)


def marks_table(
    marks: Iterable[tuple[str, Mark]],
    wish: Wish,
    task_of: Callable[[str], str] | None = None,
) -> str:
    """Return marks as CSV, for people and spreadsheets; names are of who chose them.

    Parameters
    ----------
    marks
        Each with its assignment.
    task_of
        Names a graded cell's task; None: no columns of tasks.
    """
    marks = list(marks)
    tasks: dict[tuple[str, str], str] = {}
    for assignment, mark in marks if task_of else ():
        for cell in mark.tasks:
            tasks[assignment, cell] = f"{assignment}: {task_of(cell)}"
    lines: list[list[object]] = [[*_COLUMNS, *tasks.values()]]
    for assignment, mark in marks:
        points = wish.points(mark)
        person = mark.person
        name = [person.id, person.last_name, person.first_name, person.email]
        scores = [points, mark.max_score, mark.raw, mark.penalty]
        times = [mark.handed_in, mark.due]
        line = [assignment, *map(for_spreadsheet, name), mark.status]
        line += [*map(_number, scores), *(f"{time}" if time else "" for time in times)]
        line.append(for_spreadsheet(mark.note))
        for of, cell in tasks:
            line.append(_number(mark.tasks.get(cell)) if of == assignment else "")
        lines.append(line)
    return written(lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 4):g}"
