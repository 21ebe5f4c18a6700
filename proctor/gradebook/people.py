"""Who is in a course: the gradebook's students, and their names elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nbgrader import api

from proctor.errors import GradingError
from proctor.text import plain

# By what somebody is known under another id, and what it is.
_TELLING = {"lms_user_id": "number of the course's system", "email": "address"}
_FIELDS = ("first_name", "last_name", "email", "lms_user_id")


@dataclass(frozen=True)
class Person:
    """A student.

    Attributes
    ----------
    id
        As the gradebook and the folders have it.
    lms_user_id
        As the course's system has it, where that is another; or empty.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass
class Entered:
    """What became of a roster's people: their ids.

    Attributes
    ----------
    absent
        Whom the gradebook has, and the roster has not.
    namesakes
        Who is new and has the name of somebody who was there: both ids.
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    namesakes: list[tuple[str, str]] = field(default_factory=list)


def people_of(gradebook: api.Gradebook) -> list[Person]:
    """Return the gradebook's students, by id."""
    return sorted(
        (
            Person(s.id, *(getattr(s, name) or "" for name in _FIELDS))
            for s in gradebook.students
        ),
        key=lambda person: person.id,
    )


def enter(gradebook: api.Gradebook, people: Iterable[Person]) -> Entered:
    """Enter people into the gradebook; nobody is taken out of it.

    What a roster does not say of somebody stays as it is.

    Raises
    ------
    GradingError
        If one would be two students of the gradebook: nobody is entered then.
    """
    people = list(people)
    known = {person.id: person for person in people_of(gradebook)}
    told = {
        (name, getattr(person, name).casefold()): person
        for person in known.values()
        for name in _TELLING
    }
    for person in people:
        _require_one(person, told)
    names = {person.name.casefold(): person.id for person in known.values()}
    found = Entered(absent=sorted(known.keys() - {person.id for person in people}))
    for person in people:
        said = {name: value for name in _FIELDS if (value := getattr(person, name))}
        earlier = known.get(person.id)
        if earlier is None:
            gradebook.add_student(person.id, **said)
            found.new.append(person.id)
            if person.name and (there := names.get(person.name.casefold())):
                found.namesakes.append((person.id, there))
        elif any(getattr(earlier, name) != value for name, value in said.items()):
            gradebook.update_or_create_student(person.id, **said)
            found.changed.append(person.id)
        else:
            found.same.append(person.id)
    return found


def _require_one(person: Person, known: Mapping[tuple[str, str], Person]) -> None:
    """Require that nobody in the gradebook is this person under another id."""
    for name, what in _TELLING.items():
        said = getattr(person, name)
        earlier = known.get((name, said.casefold())) if said else None
        if earlier is None or earlier.id == person.id:
            continue
        raise GradingError(
            f"the roster calls {plain(person.id)!r} who is {plain(earlier.id)!r} in "
            f"the gradebook (both have the {what} {plain(said)}): take the ids from "
            "the same column as before, with --id; who was entered under a wrong id "
            "goes with nbgrader db student remove ID"
        )
