"""Who is in a course: the gradebook's students, and their names elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nbgrader import api

from proctor.errors import GradingError
from proctor.text import plain

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
    """

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


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
    elsewhere = {p.lms_user_id: p.id for p in known.values() if p.lms_user_id}
    for person in people:
        earlier = elsewhere.get(person.lms_user_id, person.id)
        if earlier != person.id:
            raise GradingError(
                f"the roster calls {plain(person.id)!r} who is {plain(earlier)!r} in "
                f"the gradebook (both have the number {plain(person.lms_user_id)} in "
                "the course's system): take the ids from the same column as before, "
                "with --id"
            )
    found = Entered(absent=sorted(known.keys() - {person.id for person in people}))
    for person in people:
        said = {name: value for name in _FIELDS if (value := getattr(person, name))}
        earlier = known.get(person.id)
        if earlier is None:
            gradebook.add_student(person.id, **said)
            found.new.append(person.id)
        elif any(getattr(earlier, name) != value for name, value in said.items()):
            gradebook.update_or_create_student(person.id, **said)
            found.changed.append(person.id)
        else:
            found.same.append(person.id)
    return found
