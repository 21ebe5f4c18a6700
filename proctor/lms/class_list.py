"""Whose a file of an archive is: the numbers and names of a course's system."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from dateutil import parser

from proctor.errors import GradingError, SubmissionError
from proctor.gradebook.people import Person
from proctor.gradebook.times import read_time
from proctor.lms.directory import Directory
from proctor.lms.names import Named
from proctor.lms.sheets import Sheet
from proctor.lms.systems import CANVAS, DRIVE, GIT, GRADESCOPE
from proctor.text import plain_line

# Parts that a text does not name are these; where two readings differ, it lacks some.
_DEFAULTS = datetime(2000, 1, 1), datetime(2001, 2, 2)
# Of Moodle's groups the archive has the group's name and number.
_OF_A_GROUP = "of a group, put the files into its members' folders of submitted/"
_PARTICIPANT = re.compile(r"\D*(\d+)", re.ASCII)


@dataclass(frozen=True)
class Found:
    """Whom a number of the system means.

    Attributes
    ----------
    why_not
        Why nobody is found; or empty.
    """

    person: Person | None
    why_not: str = ""


class ClassList:
    """The gradebook's students, found as Canvas or Moodle names them.

    Parameters
    ----------
    participants
        By Moodle's number in the assignment, whom its grading worksheet gives it;
        empty: they are found by their names.
    """

    def __init__(
        self, people: Iterable[Person], participants: dict[str, Person] | None = None
    ) -> None:
        self._participants = participants or {}
        self._by_number: dict[str, Person] = {}
        self._by_id, self._by_mail = {}, {}
        self._by_name: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_run_together: defaultdict[str, list[Person]] = defaultdict(list)
        for person in people:
            self._by_id[person.id] = person
            if person.email:
                self._by_mail[person.email.casefold()] = person
            if person.lms_user_id:
                self._by_number[person.lms_user_id] = person
            else:
                together = _letters(person.last_name + person.first_name)
                self._by_run_together[together].append(person)
            self._by_name[_words(person.name)].append(person)

    def find(self, system: str, named: Named, hidden: bool = False) -> Found:
        """Return who handed a file in.

        Parameters
        ----------
        hidden
            Whether the system calls all by one name.
        """
        if system == GIT:
            person = self._by_id.get(named.user)
            why = "" if person else "not in the gradebook: proctor roster enters it"
            return Found(person, why)
        if system in (DRIVE, GRADESCOPE):
            return self._by_any(named)
        if system == CANVAS:
            if person := self._by_number.get(named.user):
                return Found(person)
            # Of a roster without Canvas's numbers.
            return self._only(self._by_run_together.get(_letters(named.name)))
        if person := self._participants.get(named.user):
            if hidden or is_called(person, named.name):
                return Found(person)
            return Found(
                None,
                f"the worksheet's participant {named.user} is {person.id}, under "
                f"another name: {_OF_A_GROUP}",
            )
        if self._participants:
            why = f"participant {named.user} is not in the worksheet; {_OF_A_GROUP}"
            return Found(None, why)
        return self._only(self._by_name.get(_words(named.name)))

    def _by_any(self, named: Named) -> Found:
        """Find by id, number, address, or by name, which may stand turned round.

        A number and a name are what a student has entered there: where the address is
        another's, nobody is meant.
        """
        found: dict[str, Person] = {}
        for text in (named.user, named.mail):
            tables = (self._by_id, self._by_number, self._by_mail)
            for table, key in zip(tables, (text, text, text.casefold()), strict=True):
                if person := table.get(key):
                    found.setdefault(person.id, person)
                    break
        if len(found) > 1:
            who = " and ".join(plain_line(one, 40) for one in found)
            return Found(None, f"its number is one's and its address another's: {who}")
        if found:
            return Found(*found.values())
        last, comma, first = named.name.partition(",")
        name = f"{first} {last}" if comma else named.name
        return self._only(self._by_name.get(_words(name)))

    def _only(self, people: list[Person] | None) -> Found:
        if not people:
            return Found(None, "not in the gradebook: proctor roster enters the class")
        if len(people) > 1:
            who = ", ".join(sorted(plain_line(person.id, 40) for person in people))
            return Found(
                None,
                f"may be {who}, who have one name: say with --worksheet who is who",
            )
        return Found(people[0])


def plain_words(name: str) -> str:
    """Return a name without the numbers in it, folded."""
    return _words(re.sub(r"\d+", " ", name))


def _words(name: str) -> str:
    return " ".join(_folded(name.replace("_", " ")).split())


def _letters(name: str) -> str:
    return "".join(c for c in _folded(name) if c.isalnum())


def is_called(person: Person, name: str) -> bool:
    """Tell whether a name, perhaps run together as Canvas has it, may be a person's.

    It is where any part of theirs is in it: systems write names in several ways.
    """
    parts = [_letters(_bare(part)) for part in person.name.split()]
    whole = _letters(_bare(name))
    # Who has no name in the gradebook may have any.
    return not any(parts) or any(part and part in whole for part in parts)


def _bare(name: str) -> str:
    """Return a name without accents, which not everybody writes."""
    apart = unicodedata.normalize("NFKD", name)
    return "".join(c for c in apart if not unicodedata.combining(c))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def read_worksheet(
    sheet: Sheet, people: Iterable[Person], zone: str | None
) -> tuple[dict[str, Person], dict[str, datetime]]:
    """Return who has which participant's number, and when each handed in.

    Moodle's grading worksheet has the columns Identifier ("Participant 4711"), Full
    name, Email address and Last modified (submission); Username and ID number where the
    site shows them (``mod/assign/gradingtable.php``).

    Parameters
    ----------
    zone
        In which the site writes times, such as ``Europe/Berlin``; None: no times, for
        the worksheet does not say it.

    Raises
    ------
    GradingError
        If it is no worksheet, or a time cannot be read.
    """
    number_at = sheet.require("Identifier")
    time_at = sheet.find("Last modified (submission)")
    directory = Directory(people)
    participants, times = {}, {}
    for row in sheet.rows:
        found = _PARTICIPANT.fullmatch(row[number_at].strip())
        if not found:
            continue
        person = directory.of_row(sheet, row)
        if person is None:
            continue
        participants[found[1]] = person
        said = row[time_at].strip() if time_at is not None else ""
        if zone and said not in ("", "-"):
            times[found[1]] = _time(sheet, said, zone)
    if not participants:
        raise GradingError(
            f"{sheet.path}: none of its Username, ID number or Email address is in the "
            "gradebook: enter the class with proctor roster"
        )
    return participants, times


def _time(sheet: Sheet, said: str, zone: str) -> datetime:
    try:
        # Moodle writes "Saturday, 28 November 2026, 2:42 PM" for people.
        moments = {
            parser.parse(said, default=default, dayfirst=dayfirst)
            for default in _DEFAULTS
            for dayfirst in (False, True)
        }
        if len(moments) > 1:
            raise ValueError("it may be several")
        return read_time(f"{moments.pop():%Y-%m-%d %H:%M:%S} {zone}".encode())
    except (SubmissionError, ValueError, OverflowError):
        raise GradingError(
            f"{sheet.path}: the time {plain_line(said, 60)!r} with the zone "
            f"{plain_line(zone, 40)!r} cannot be read: export the worksheet in "
            "English, and name the zone as Europe/Berlin, or leave --zone out"
        ) from None
