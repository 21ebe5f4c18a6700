"""Whom a row of a course system's sheet is about."""

from __future__ import annotations

from collections.abc import Iterable

from proctor.gradebook.people import Person
from proctor.lms.sheets import Sheet

_NUMBER = "ID"
_IDS = ("SIS Login ID", "SIS User ID", "Username", "ID number", "id", "student_id")
_MAILS = ("Email address", "email")


class Directory:
    """The gradebook's students, by what sheets say of them."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._numbers: dict[str, Person] = {}
        self._ids: dict[str, Person] = {}
        self._mails: dict[str, Person] = {}
        for person in people:
            self._ids[person.id.casefold()] = person
            if person.email:
                self._mails[person.email.casefold()] = person
            if person.lms_user_id:
                self._numbers[person.lms_user_id] = person

    def of_row(self, sheet: Sheet, row: list[str]) -> Person | None:
        """Return whom a row is about: by number, then id, then e-mail."""
        tries = [(self._numbers, _NUMBER), *((self._ids, name) for name in _IDS)]
        for name in _MAILS:
            tries += [(self._mails, name), (self._ids, name)]
        for table, name in tries:
            place = sheet.find(name)
            said = row[place].strip().casefold() if place is not None else ""
            if said in table:
                return table[said]
        return None
