"""A class's roster as Canvas, Moodle or a spreadsheet writes it.

Canvas: the gradebook's export. Its columns are Student (or LastName and FirstName), ID,
SIS User ID, SIS Login ID, Integration ID, Root Account, Section, then the assignments
(Canvas's ``lib/gradebook_exporter.rb``; Instructor Guide, "How do I export grades in
the Gradebook?").

Moodle: the list of participants, an export of the grader report, or the grading
worksheet of an assignment (docs.moodle.org, "Grade export", "Offline grading
worksheet"): First name and Last name (Surname before Moodle 4) or Full name, Username
or ID number where the site shows them, Email address.

Plain: the columns of ``nbgrader db student import``: id, first_name, last_name, email,
lms_user_id.
"""

from __future__ import annotations

from dataclasses import dataclass

from proctor.errors import GradingError
from proctor.gradebook.people import Person
from proctor.layout import why_no_id
from proctor.lms.sheets import Sheet
from proctor.lms.systems import CANVAS, MOODLE, PLAIN
from proctor.text import plain_line

# Where the id comes from unless the command says it: the first that there is.
_IDS = {
    CANVAS: ("SIS Login ID", "SIS User ID", "ID"),
    MOODLE: ("Username", "ID number", "Email address"),
    PLAIN: ("id", "student_id", "student"),
}
# Canvas adds a student of its own to a course that somebody looked at as a student.
_CANVAS_OWN = ("student, test", "test student")
POINTS_POSSIBLE = "points possible"


@dataclass(frozen=True)
class Roster:
    """A class.

    Attributes
    ----------
    kind
        Who wrote it: ``canvas``, ``moodle`` or ``csv``.
    id_column
        From which the ids are.
    people
        By the number of their row, from 0.
    left_out
        Rows that are no student, in words.
    """

    kind: str
    id_column: str
    people: dict[int, Person]
    left_out: tuple[str, ...] = ()


def kind_of(sheet: Sheet) -> str:
    """Return who wrote a sheet.

    Raises
    ------
    GradingError
        If it is no roster.
    """
    has = {
        CANVAS: (("Student", "LastName"), ("ID",), ("Section",)),
        MOODLE: (("First name", "Full name"), ("Email address", "ID number")),
        PLAIN: (_IDS[PLAIN],),
    }
    for kind, wanted in has.items():
        if all(sheet.find(*names) is not None for names in wanted):
            return kind
    raise GradingError(
        f"{sheet.path} is no roster: wanted Canvas's gradebook export (Student, ID, "
        "..., Section), Moodle's participants or grading worksheet (First name or Full "
        "name, Email address), or the columns id, first_name, last_name, email; it "
        f"has: {sheet.columns}"
    )


def read_roster(sheet: Sheet, id_column: str | None = None) -> Roster:
    """Return the class that a sheet lists.

    Parameters
    ----------
    id_column
        Where the ids are to come from; None: SIS Login ID, SIS User ID or ID of
        Canvas, Username, ID number or Email address of Moodle, id of others: the
        first that is there and not empty.

    Raises
    ------
    GradingError
        If somebody has no id that can name a folder, or two have the same.
    """
    kind = kind_of(sheet)
    place = _place_of_ids(sheet, kind, id_column)
    people: dict[int, Person] = {}
    lines: dict[str, int] = {}
    left_out = []
    for number, row in enumerate(sheet.rows):
        if why := _no_student(sheet, kind, row):
            left_out.append(why)
            continue
        person = _READERS[kind](sheet, row, row[place].strip())
        at = f"{sheet.path}, row {number + 2}, column {sheet.header[place]!r}"
        if why := why_no_id(person.id):
            raise GradingError(
                f"{at}: the id {plain_line(person.id, 60)!r} {why}: correct it, or "
                "name another column with --id"
            )
        # Folders of file systems that take both for one.
        if (earlier := lines.get(person.id.casefold())) is not None:
            raise GradingError(
                f"{at}: {plain_line(person.id, 60)!r} stands in row {earlier + 2} "
                "too: each student once, or name another column with --id"
            )
        lines[person.id.casefold()] = number
        people[number] = person
    if not people:
        raise GradingError(f"{sheet.path} lists nobody")
    return Roster(kind, sheet.header[place], people, tuple(filter(str.strip, left_out)))


def _place_of_ids(sheet: Sheet, kind: str, wanted: str | None) -> int:
    if wanted:
        return sheet.require(wanted)
    students = [row for row in sheet.rows if not _no_student(sheet, kind, row)]
    for name in _IDS[kind]:
        place = sheet.find(name)
        if place is not None and all(row[place].strip() for row in students):
            return place
    raise GradingError(
        f"{sheet.path}: not everybody has an entry in a column of "
        f"{', '.join(_IDS[kind])}: fill one in, or name another with --id"
    )


def _no_student(sheet: Sheet, kind: str, row: list[str]) -> str:
    """Return why a row is nobody; a space where this is not worth a word."""
    if kind != CANVAS:
        return ""
    name = row[sheet.find("Student", "LastName")].strip()
    number = row[sheet.find("ID")].strip()
    # Canvas's second and third row are about the assignments.
    if POINTS_POSSIBLE in name.casefold() or not (name or number):
        return " "
    first = sheet.find("FirstName")
    full = f"{row[first].strip()} {name}" if first is not None else name
    if full.strip().casefold() in _CANVAS_OWN:
        return f"{plain_line(full, 60)}: Canvas's own, no student"
    return ""


def _value(sheet: Sheet, row: list[str], *names: str) -> str:
    place = sheet.find(*names)
    return "" if place is None else row[place].strip()


def _canvas(sheet: Sheet, row: list[str], student: str) -> Person:
    last, first = _value(sheet, row, "LastName"), _value(sheet, row, "FirstName")
    if sheet.find("Student") is not None:
        # Sortable; a name that begins with an equals sign stands as ="...".
        name = _value(sheet, row, "Student")
        name = name[2:-1] if name.startswith('="') else name
        last, _, first = map(str.strip, name.partition(","))
        if not first:
            first, _, last = map(str.strip, name.rpartition(" "))
    login = _value(sheet, row, "SIS Login ID")
    email = login if "@" in login else ""
    return Person(student, first, last, email, _value(sheet, row, "ID"))


def _moodle(sheet: Sheet, row: list[str], student: str) -> Person:
    first = _value(sheet, row, "First name")
    last = _value(sheet, row, "Last name", "Surname")
    if not first and not last:
        full = _value(sheet, row, "Full name")
        first, _, last = map(str.strip, full.rpartition(" "))
    return Person(student, first, last, _value(sheet, row, "Email address"))


def _plain(sheet: Sheet, row: list[str], student: str) -> Person:
    names = ("first_name", "last_name", "email", "lms_user_id")
    return Person(student, *(_value(sheet, row, name) for name in names))


_READERS = {CANVAS: _canvas, MOODLE: _moodle, PLAIN: _plain}
