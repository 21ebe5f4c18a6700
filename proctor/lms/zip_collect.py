"""``nbgrader zip_collect`` with the names of Canvas's, Moodle's and other archives.

``proctor collect`` does more: a second collection brings only what is new, times come
with it, and what it knows serves to give pages back.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.plugins import FileNameCollectorPlugin

from proctor.gradebook.people import people_of
from proctor.lms.archive import Entry
from proctor.lms.class_list import ClassList
from proctor.lms.names import plain_stem, read_canvas, read_moodle
from proctor.lms.systems import CANVAS, MOODLE
from proctor.text import plain_line


class Collector(FileNameCollectorPlugin):
    """Finds whose an unpacked file is by its system's name, in the gradebook."""

    @cached_property
    def _people(self) -> ClassList:
        course = self.parent.coursedir
        with Gradebook(course.db_url, course.course_id) as gradebook:
            return ClassList(people_of(gradebook))

    def collect(self, submitted_file: str) -> dict | None:
        """Return the student's id and the notebook's name; None leaves the file."""
        path = Path(submitted_file)
        if path.suffix not in self.valid_ext:
            return None
        entry = Entry(path.as_posix().lstrip("/"))
        named, system = read_moodle(entry), MOODLE
        if named is None:
            named, system = read_canvas(Entry(path.name)), CANVAS
        if named is None:
            self.log.warning("%s: no name as Canvas or Moodle gives it", path.name)
            return None
        found = self._people.find(system, named)
        if found.person is None:
            name = plain_line(named.name, 60)
            self.log.warning("%s: %s", name, found.why_not)
            return None
        return {"student_id": found.person.id, "file_id": plain_stem(named.given)}
