"""Collect an archive of submissions: who handed in what, and what is new of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from proctor.errors import GradingError, SubmissionError
from proctor.gradebook.people import Person
from proctor.lms.archive import Archive, Entry
from proctor.lms.class_list import ClassList, is_called, plain_words
from proctor.lms.collected import Collected, Taken, digest_of
from proctor.lms.gradescope_export import list_of
from proctor.lms.names import READERS, Named, is_anonymous, read_git
from proctor.lms.placing import place
from proctor.lms.repositories import Repositories
from proctor.lms.systems import CANVAS, GRADESCOPE
from proctor.text import plain_line

NEW, AGAIN, SAME = "new", "handed in again", "nothing new"
UNKNOWN, DOUBLED, NOT_TAKEN = "unknown", "doubled", "not taken"
_MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Line:
    """What became of a student's files.

    Attributes
    ----------
    student
        The id; empty where nobody is found.
    name
        As the archive has it.
    what
        One of the words above.
    attention
        Whether somebody has to do something.
    """

    student: str
    name: str
    what: str
    notes: tuple[str, ...] = ()
    late: bool = False
    attention: bool = False


def system_of(archive: Archive) -> str:
    """Return whose names an archive's files have: ``canvas`` or ``moodle``.

    Raises
    ------
    GradingError
        If neither's.
    """
    entries = archive.entries()
    if not entries:
        raise GradingError(f"{archive.path} holds no file")
    if list_of(entries):
        return GRADESCOPE
    number = {
        system: sum(read(entry) is not None for entry in entries)
        for system, read in READERS.items()
    }
    # Moodle's names, not in folders, could pass for Canvas's; not the other way round.
    for system in sorted(READERS, reverse=True):
        if 2 * number[system] > len(entries):
            return system
    if 2 * sum(is_anonymous(entry) for entry in entries) > len(entries):
        raise GradingError(
            f"{archive.path}: Canvas hides whose these are (anon_...): turn anonymous "
            "grading off in the assignment, or post its grades, and download again"
        )
    some = ", ".join(plain_line(entry.name, 60) for entry in entries[:3])
    raise GradingError(
        f"{archive.path}: most of its {len(entries)} files are not named as Canvas "
        "(name_123_456_file) or Moodle (name_123_assignsubmission_file/file) names them"
        f"{f', such as {some}' if some else ''}: say with --from whose they are"
    )


@dataclass
class Collection:
    """One collection of an assignment.

    Attributes
    ----------
    times
        By the system's number, when somebody handed in, where that is known.
    reader
        Says whose a file is, where one name is not enough: nothing for a file that is
        the system's own, None for one that is nobody's.
    """

    archive: Archive | Repositories
    system: str
    people: ClassList
    record: Collected
    notebooks: list[str]
    times: dict[str, datetime]
    reader: Callable[[Entry], list[Named] | None] | None = None

    def _named(self, entry: Entry) -> list[Named] | None:
        if self.reader:
            return self.reader(entry)
        named = READERS.get(self.system, read_git)(entry)
        return [named] if named else None

    def run(self) -> list[Line]:
        """Take what is new, and return a line for each student."""
        by_user: defaultdict[str, list[Named]] = defaultdict(list)
        lines = []
        for entry in self.archive.entries():
            named = self._named(entry)
            for one in named or ():
                by_user[one.user].append(one)
            if named is None:
                why = f"no name as {self.system.title()} gives it"
                shown = plain_line(entry.name, 60)
                lines.append(Line("", shown, NOT_TAKEN, (why,), attention=True))
        found: defaultdict[str, list[str]] = defaultdict(list)
        persons: dict[str, Person] = {}
        called = {plain_words(files[0].name) for files in by_user.values()}
        hidden = called == {"participant"} or len(called) == 1 < len(by_user)
        for user, handed_in in by_user.items():
            who = self.people.find(self.system, handed_in[0], hidden)
            if who.person is None:
                name = plain_line(handed_in[0].name, 60)
                lines.append(Line("", name, UNKNOWN, (who.why_not,), attention=True))
                continue
            persons[who.person.id] = who.person
            found[who.person.id].append(user)
        for student, users in found.items():
            if len(users) > 1:
                why = f"the numbers {', '.join(sorted(users))} would be one student"
                name = plain_line(by_user[users[0]][0].name, 60)
                lines.append(Line(student, name, DOUBLED, (why,), attention=True))
            else:
                lines.append(self._take(persons[student], by_user[users[0]]))
        return sorted(lines, key=lambda line: (not line.student, line.student))

    def _take(self, person: Person, handed_in: list[Named]) -> Line:
        student, first = person.id, handed_in[0]
        name = plain_line(first.name, 60)
        late = any(one.late for one in handed_in)
        try:
            placed = place(handed_in, self.notebooks)
            files = self._read(placed.files)
        except SubmissionError as error:
            return Line(student, name, NOT_TAKEN, (str(error),), late, True)
        notes = list(placed.notes)
        if self.system == CANVAS and not is_called(person, first.name):
            notes.append("under another name: a group's? Its others are absent here")
        time = self.times.get(first.user)
        if late and time is None:
            notes.append(f"late, says {self.system.title()}, without a time")
        taken = Taken(
            self.system,
            first.user,
            first.name,
            late,
            first.prefix,
            {path: one.file for path, one in placed.files.items()},
            digest_of(files),
            archive=self.archive.path.name,
            when=datetime.now().astimezone().isoformat(timespec="seconds"),
        )
        attention = not placed.complete
        if self._is_known(student, taken, files):
            if self.record.is_older(student, taken.digest):
                notes.append("a later one was collected before")
            elif time:
                self.record.stamp(student, time)
            return Line(student, name, SAME, tuple(notes), late, attention)
        kept = self.record.write(student, taken, files, time)
        if kept:
            notes.append(f"the earlier one is in {kept}")
        what = AGAIN if kept else NEW
        return Line(student, name, what, tuple(notes), late, attention)

    def _is_known(self, student: str, taken: Taken, files: dict[str, bytes]) -> bool:
        if self.record.has(student, taken.digest) and self.record.is_there(student):
            self.record.note_origin(student, taken)
            return True
        if not self.record.same_as_there(student, files):
            return False
        # Put there by hand, or by a run that was killed before it could note it.
        self.record.note(student, taken)
        return True

    def _read(self, files: dict[str, Named]) -> dict[str, bytes]:
        found, size = {}, 0
        for path, one in files.items():
            found[path] = self.archive.read(one.entry)
            size += len(found[path])
            if size > _MOST_BYTES:
                raise SubmissionError(f"more than {_MOST_BYTES >> 20} MB in all")
        return found


__all__ = ["CANVAS", "Collection", "Line", "system_of"]
