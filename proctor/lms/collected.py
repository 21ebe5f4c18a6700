"""What was collected of an assignment: who, when, from which file; and the files.

``collected/<assignment>/record.json`` keeps it, for the next collection and for the
way back: Canvas and Moodle take pages by the numbers in the names of their archive.
What a newer submission replaces is kept in ``collected/<assignment>/replaced/``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path

from proctor.errors import GradingError
from proctor.layout import Layout
from proctor.notebook.write import write_file

FOLDER = "collected"
TIMESTAMP = "timestamp.txt"
SCHEMA = "proctor/collected/v1"


@dataclass
class Taken:
    """What was taken of a student last.

    Attributes
    ----------
    user
        The student's number in the system; Moodle's is of this assignment alone.
    name
        The student's, as file names of the archive have it.
    prefix
        What Moodle's archive puts before a file's own path.
    files
        By path below the submission's folder: Canvas's number of the file, or empty.
    digest, earlier
        Of all files; those of the collections before.
    elsewhere
        By system, what was taken of the student from others: where pages go back to.
    """

    system: str
    user: str
    name: str
    late: bool = False
    prefix: str = ""
    files: dict[str, str] = field(default_factory=dict)
    digest: str = ""
    earlier: list[str] = field(default_factory=list)
    archive: str = ""
    when: str = ""
    elsewhere: dict[str, dict] = field(default_factory=dict)

    def of(self, system: str) -> Taken | None:
        """Return what was taken from a system last; None: nothing."""
        if system == self.system:
            return self
        known = self.elsewhere.get(system)
        return Taken(**known) if known else None

    def with_origin(self, other: Taken) -> None:
        """Remember that the student handed in elsewhere, too."""
        found = {other.system: _origin(other), **other.elsewhere}
        found.pop(self.system, None)
        self.elsewhere = {**self.elsewhere, **found}


class Collected:
    """The record of an assignment, and the submissions that it is of."""

    def __init__(self, layout: Layout, assignment: str) -> None:
        self._layout, self._assignment = layout, assignment
        self._folder = layout.root / FOLDER / assignment
        self.path = self._folder / "record.json"
        self.students: dict[str, Taken] = {}
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            if content["schema"] != SCHEMA:
                raise ValueError(f"its schema is {content['schema']}, not {SCHEMA}")
            for student, taken in content["students"].items():
                self.students[student] = Taken(**taken)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise GradingError(
                f"{self.path} cannot be read ({error}): put it back from a backup, or "
                "move it away; then everything is collected anew"
            ) from None

    def has(self, student: str, digest: str) -> bool:
        """Tell whether these files were taken before."""
        known = self.students.get(student)
        return bool(known) and digest in (known.digest, *known.earlier)

    def is_older(self, student: str, digest: str) -> bool:
        """Tell whether these files were taken, and others after them."""
        known = self.students.get(student)
        return bool(known) and digest != known.digest

    def is_there(self, student: str) -> bool:
        """Tell whether the student has a submission."""
        return self._place(student).is_dir()

    def write(
        self, student: str, taken: Taken, files: dict[str, bytes], time: datetime | None
    ) -> Path | None:
        """Put a submission in its place; return where the one before it is kept.

        Killed at any moment, nothing is lost: the same collection is made again.

        Raises
        ------
        GradingError
            If the disk does not take it.
        """
        place = self._place(student)
        new = place.with_name(f".{place.name}.new")
        try:
            shutil.rmtree(new, ignore_errors=True)
            for name, data in files.items():
                write_file(new / name, data)
            if time:
                _stamp(new, time)
            kept = None
            if os.path.lexists(place):
                kept = self._keep(student, place)
            new.rename(place)
            earlier = self.students.get(student)
            if earlier:
                taken.earlier = [*earlier.earlier, earlier.digest]
                taken.with_origin(earlier)
            self.students[student] = taken
            self._save()
        except OSError as error:
            raise GradingError(
                f"{error.filename or place} cannot be written ({error.strerror}): mend "
                "that, then run the same command again"
            ) from None
        return kept

    def stamp(self, student: str, time: datetime) -> None:
        """Say when a submission was handed in, where nothing says it yet."""
        place = self._place(student)
        if not os.path.lexists(place / TIMESTAMP):
            _stamp(place, time)

    def note(self, student: str, taken: Taken) -> None:
        """Remember files that are in their place already."""
        if earlier := self.students.get(student):
            taken.earlier = [*earlier.earlier, earlier.digest]
            taken.with_origin(earlier)
        self.students[student] = taken
        self._save()

    def note_origin(self, student: str, taken: Taken) -> None:
        """Remember that files which were taken before lie in another system, too."""
        known = self.students[student]
        if known.system != taken.system:
            known.with_origin(taken)
            self._save()

    def same_as_there(self, student: str, files: dict[str, bytes]) -> bool:
        """Tell whether a submission holds these files, and no other notebook."""
        place = self._place(student)
        try:
            there = {
                path.relative_to(place).as_posix()
                for path in place.rglob("*.ipynb")
                if ".ipynb_checkpoints" not in path.parts
            }
            wanted = {name for name in files if name.endswith(".ipynb")}
            return there == wanted and all(
                (place / name).read_bytes() == data for name, data in files.items()
            )
        except OSError:
            return False

    def _place(self, student: str) -> Path:
        return self._layout.path("submitted", student, self._assignment)

    def _keep(self, student: str, place: Path) -> Path:
        folder = self._folder / "replaced" / student
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(p.name) for p in folder.iterdir() if p.name.isdigit()]
        kept = folder / str(max(numbers, default=0) + 1)
        shutil.move(place, kept)
        return kept

    def _save(self) -> None:
        students = {s: asdict(taken) for s, taken in sorted(self.students.items())}
        content = {"schema": SCHEMA, "students": students}
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        write_file(self.path, text.encode("utf-8", "backslashreplace"))


def _origin(taken: Taken) -> dict:
    """Return where something was taken from, without what was taken before it."""
    return asdict(replace(taken, earlier=[], elsewhere={}))


def _stamp(folder: Path, time: datetime) -> None:
    write_file(folder / TIMESTAMP, f"{time:%Y-%m-%d %H:%M:%S} UTC\n".encode())


def digest_of(files: dict[str, bytes]) -> str:
    """Return a digest of files and their names."""
    whole = hashlib.sha256()
    for name, data in sorted(files.items()):
        for part in (name.encode("utf-8", "surrogateescape"), data):
            whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
