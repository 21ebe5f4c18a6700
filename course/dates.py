"""When assignments are due: ``dates.csv``, which ``proctor dates`` enters, too."""

from __future__ import annotations

import csv
import io
import re

from course.project import CourseError, Project

FILE = "dates.csv"
_NONE = "none"
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[ T](?P<time>\d\d:\d\d)(:\d\d)? (?P<zone>[\w/+-]+)",
    re.ASCII,
)


def due_of(project: Project, assignment: str) -> str:
    """Return when an assignment is due, for everybody; empty if nothing says it.

    What is a student's own is not for the others to read.

    Raises
    ------
    CourseError
        If the file cannot be read, or says no moment of the assignment.
    """
    path = project.root / FILE
    if not path.is_file():
        return ""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            f"{FILE} cannot be read ({error}): save it as UTF-8"
        ) from None
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    for number, row in enumerate(
        csv.DictReader(io.StringIO(text), delimiter=delimiter)
    ):
        cells = {(key or "").strip().lower(): value for key, value in row.items()}
        if not {"assignment", "due"} <= cells.keys():
            raise CourseError(
                f"{FILE} lacks a column: wanted assignment, student and due"
            )
        student = cells.get("student") or cells.get("student_id") or ""
        if (cells["assignment"] or "").strip() == assignment and not student.strip():
            return _moment((cells["due"] or "").strip(), number + 2)
    return ""


def _moment(said: str, row: int) -> str:
    if said.casefold() == _NONE:
        return ""
    found = _MOMENT.fullmatch(said)
    if not found:
        raise CourseError(
            f"{FILE}, row {row}: {said!r} is no moment: write it as 2026-10-01 23:59 "
            "Europe/Berlin, or with UTC"
        )
    return "{day}, {time} ({zone})".format(**found.groupdict())
