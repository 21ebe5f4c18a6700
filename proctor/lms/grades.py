"""Marks in the sheets that Canvas and Moodle import, made from their own exports.

Canvas (Instructor Guide, "How do I import grades in the Gradebook?"; the reader is
``lib/gradebook_importer.rb``) wants the columns of its export up to Section, and then
assignments as ``Title (number)``; the row "Points Possible" may stay. An empty cell
where Canvas has a score takes the score away, ``EX`` excuses, ``N/A`` is a student who
has not this assignment: so a cell stays as Canvas wrote it unless there is a mark.

Moodle (docs.moodle.org, "Offline grading worksheet"; the reader is
``mod/assign/feedback/offline/importgradeslib.php``) wants Identifier, Grade and Last
modified (grade) of the grading worksheet; an empty grade is passed over. An export of
the grader report is taken back by "Import > CSV file", which maps columns by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proctor.errors import GradingError
from proctor.grade.results import GRADED
from proctor.gradebook.marks import ABSENT, Mark
from proctor.lms.directory import Directory
from proctor.lms.roster import POINTS_POSSIBLE, kind_of
from proctor.lms.sheets import Sheet
from proctor.lms.systems import CANVAS, MOODLE
from proctor.text import listed, plain_line

_TOTALS = re.compile(
    r"(Current|Final|Override) (Score|Points|Grade|Status)", re.IGNORECASE
)
_KEPT = {"ex", "n/a"}


@dataclass(frozen=True)
class Wish:
    """How marks are to go out.

    Attributes
    ----------
    column
        The sheet's; None: the one that is the assignment's.
    zero_if_absent
        Whether who handed nothing in gets a zero.
    partial
        Whether the points so far go out where a person still grades.
    scale
        Whether points are stretched to what the sheet says is possible.
    """

    column: str | None = None
    zero_if_absent: bool = False
    partial: bool = False
    scale: bool = False

    def points(self, mark: Mark) -> float | None:
        """Return the points that go out; None: none do."""
        if mark.status == GRADED:
            return mark.score
        if mark.status == ABSENT:
            return 0.0 if self.zero_if_absent else None
        return mark.score if self.partial and mark.score is not None else None


@dataclass(frozen=True)
class Filled:
    """A sheet with marks in it.

    Attributes
    ----------
    column
        The one that was filled.
    number
        Of students with a mark.
    left
        Who has none there: the student, and why.
    """

    sheet: Sheet
    column: str
    number: int
    left: list[tuple[str, str]]


def fill(
    sheet: Sheet, system: str, assignment: str, marks: Iterable[Mark], wish: Wish
) -> Filled:
    """Return a system's own export with an assignment's marks in their column.

    Raises
    ------
    GradingError
        If the sheet is none of the system's, has no such column or other points, or
        is of another class.
    """
    kind = kind_of(sheet)
    if kind != system:
        raise GradingError(
            f"{sheet.path} is no export of {system.title()}: download the "
            f"{_WHAT[system]} again, and name it with --roster"
        )
    place = _column_of(sheet, system, assignment, wish.column)
    marks = {mark.person.id: mark for mark in marks}
    directory = Directory(mark.person for mark in marks.values())
    factors = _Factors(sheet, system, place, wish.scale)
    number, left, rows, seen = 0, [], [], set()
    for row in sheet.rows:
        row = list(row)
        rows.append(row)
        if _about_assignments(sheet, system, row):
            continue
        person = directory.of_row(sheet, row)
        if person is None:
            left.append((plain_line(row[0], 60), "not in the gradebook"))
            continue
        seen.add(person.id)
        mark = marks[person.id]
        points = wish.points(mark)
        if row[place].strip().casefold() in _KEPT:
            left.append((person.id, f"{row[place].strip()} in the sheet: stays"))
        elif points is None:
            left.append((person.id, f"{mark.status}: {mark.note}"))
        else:
            row[place] = f"{points * factors.of(row, mark):.2f}"
            number += 1
    if left and not seen:
        raise GradingError(
            f"{sheet.path}: nobody of the {len(left)} in it is in the gradebook: enter "
            f"the class from this system's own list, with proctor roster {sheet.path}"
        )
    left += [(s, "not in the sheet") for s in sorted(marks.keys() - seen)]
    header, rows = _only_what_is_read(sheet, system, place, rows)
    return Filled(sheet.with_rows(header, rows), sheet.header[place], number, left)


_WHAT = {CANVAS: "gradebook's export", MOODLE: "grading worksheet"}


def _about_assignments(sheet: Sheet, system: str, row: list[str]) -> bool:
    """Tell whether a row is Canvas's second or third, which is about no student."""
    if system != CANVAS:
        return False
    number = row[sheet.require("ID")].strip()
    return POINTS_POSSIBLE in row[0].casefold() or not (row[0].strip() or number)


def _column_of(sheet: Sheet, system: str, assignment: str, wanted: str | None) -> int:
    first = sheet.require("Section") + 1 if system == CANVAS else 0
    if system == MOODLE and wanted is None and sheet.find("Identifier") is not None:
        return sheet.require("Grade")
    places = [
        place
        for place, name in enumerate(sheet.header)
        if place >= first and not _TOTALS.search(name)
    ]
    text = (wanted or assignment).casefold()
    names = {place: sheet.header[place].casefold() for place in places}
    found = [place for place, name in names.items() if _title_of(name) == text]
    found = found or [place for place, name in names.items() if text in name]
    if len(found) == 1:
        return found[0]
    several = f"{len(found)} columns are" if found else "no column is"
    there = listed([repr(plain_line(sheet.header[p], 60)) for p in places], 40)
    raise GradingError(
        f"{sheet.path}: {several} called {wanted or assignment!r}: name one with "
        f"--column (there is {there or 'none'}), or make the assignment in "
        f"{system.title()} first and export again"
    )


def _title_of(name: str) -> str:
    """Return a column's title without Canvas's number."""
    return re.sub(r"\s*\(\d+\)$", "", name)


def _only_what_is_read(
    sheet: Sheet, system: str, place: int, rows: list[list[str]]
) -> tuple[list[str], list[list[str]]]:
    """Leave out Canvas's other assignments: their scores may be others by now."""
    if system != CANVAS:
        return sheet.header, rows
    places = [*range(sheet.require("Section") + 1), place]
    return [sheet.header[p] for p in places], [[row[p] for p in places] for row in rows]


class _Factors:
    """What a point of ours is in the sheet's points."""

    def __init__(self, sheet: Sheet, system: str, place: int, scale: bool) -> None:
        self._sheet, self._place, self._scale = sheet, place, scale
        self._maximum_at = sheet.find("Maximum Grade") if system == MOODLE else None
        self._possible = ""
        if system == CANVAS:
            said = [r for r in sheet.rows if POINTS_POSSIBLE in r[0].casefold()]
            self._possible = said[0][place] if said else ""

    def of(self, row: list[str], mark: Mark) -> float:
        """Return the factor.

        Raises
        ------
        GradingError
            If the sheet has other points, and this was not asked for.
        """
        at = self._maximum_at
        said = (row[at] if at is not None else self._possible).strip()
        try:
            possible = float(said.replace(",", "."))
        except ValueError:
            return 1.0  # the sheet does not say
        if abs(possible - mark.max_score) < 1e-6:
            return 1.0
        if self._scale and possible > 0 and mark.max_score > 0:
            return possible / mark.max_score
        raise GradingError(
            f"{self._sheet.path}: {self._sheet.header[self._place]!r} has "
            f"{possible:g} points, the assignment {mark.max_score:g}: set it to "
            f"{mark.max_score:g} there and export again, or stretch with --scale"
        )
