"""Due dates as a course's CSV has them."""

from __future__ import annotations

from proctor.errors import GradingError, SubmissionError
from proctor.gradebook.due import Due
from proctor.gradebook.times import read_time
from proctor.lms.sheets import Sheet
from proctor.text import plain_line

_NONE = "none"


def read_dates(sheet: Sheet) -> list[Due]:
    """Return the dates of the columns ``assignment``, ``student`` and ``due``.

    Raises
    ------
    GradingError
        If a line lacks one, or a date may be several moments.
    """
    assignment_at, due_at = sheet.require("assignment"), sheet.require("due")
    student_at = sheet.find("student", "student_id")
    found: dict[tuple[str, str], Due] = {}
    for number, row in enumerate(sheet.rows, 2):
        assignment, said = row[assignment_at].strip(), row[due_at].strip()
        student = row[student_at].strip() if student_at is not None else ""
        at = f"{sheet.path}, row {number}"
        if not assignment or not said:
            raise GradingError(
                f"{at}: an assignment and a date are wanted, such as 2026-10-01 23:59 "
                "Europe/Berlin, or none"
            )
        if (assignment, student) in found:
            raise GradingError(
                f"{at}: {plain_line(assignment, 60)} has a date in a row before"
                f"{f', for {plain_line(student, 60)}' if student else ''}"
            )
        when = None
        if said.casefold() != _NONE:
            try:
                when = read_time(said.encode())
            except SubmissionError:
                raise GradingError(
                    f"{at}: {plain_line(said, 60)!r} is no moment: write it as "
                    "2026-10-01 23:59 Europe/Berlin, or with UTC"
                ) from None
        found[assignment, student] = Due(assignment, student, when)
    return list(found.values())
