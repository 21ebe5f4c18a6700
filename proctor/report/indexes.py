"""The index of each student's pages: what they did over the course."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from proctor.grade.results import Run
from proctor.gradebook.history import History
from proctor.report.classroom import Decided
from proctor.report.documents import read_runs
from proctor.report.files import write_page
from proctor.report.pseudonyms import Names
from proctor.report.sources import decided_now, names_of
from proctor.report.student import Progress, Work, render_progress, work_of
from proctor.settings import Course

INDEX = "index.html"


def write_indexes(course: Course, students: Iterable[str]) -> list[Path]:
    """Write the index of each student's pages, beside them; return where they are.

    Raises
    ------
    GradingError
        If one cannot be written, or a document that is kept cannot be read.
    """
    records, written = Records(course), []
    for student in students:
        place = records.index_of(student)
        progress = records.progress(student, place.parent)
        if progress.work:
            write_page(place, render_progress(progress))
            written.append(place)
    return written


class Records:
    """The results that a course keeps, by student."""

    def __init__(self, course: Course) -> None:
        self._course, self.history = course, History(course.layout)
        self._runs: dict[str, list[Run]] = {}
        self._decided: dict[str, Decided] = {}
        # By assignment and student: the runs that have a result of theirs alone.
        self._of: dict[tuple[str, str], list[Run]] = {}
        for name in self.history.assignments():
            self._runs[name] = read_runs(self.history.runs(name), name)
            self._decided[name], _ = decided_now(course, name)
            for run in self._runs[name]:
                for submission in run.submissions:
                    own = Run(name, run.started, run.sandbox, run.seed, [submission])
                    self._of.setdefault((name, submission.student), []).append(own)

    def students(self) -> list[str]:
        """Return everybody of whom there is a result."""
        return sorted({student for _, student in self._of})

    def index_of(self, student: str) -> Path:
        """Return where a student's index lies: over the folders of their pages."""
        folder = self._course.layout.path("feedback", student, "*").parent
        return folder / (INDEX if folder.name == student else f"{student}-{INDEX}")

    def progress(
        self, student: str, folder: Path | None, names: Names | None = None
    ) -> Progress:
        """Return what there is of a student.

        Parameters
        ----------
        folder
            From which the links to the pages are seen; None: no links.
        names
            Other names for students.
        """
        found: list[Work] = []
        called = names(student) if names else student
        for name in self._runs:
            runs, decided = self._of.get((name, student), []), self._decided[name]
            if names:
                known = {one: () for of, one in self._of if of == name}
                known |= dict(decided.called)
                hiding = names_of(self._course, name, known, names)
                runs = [
                    Run(
                        name,
                        run.started,
                        run.sandbox,
                        run.seed,
                        [hiding.submission(one) for one in run.submissions],
                    )
                    for run in runs
                ]
                persons = decided.persons.get(student)
                decided = Decided(persons={called: persons} if persons else {})
            pages = self._pages(student, name, folder) if folder else []
            marks = self._course.marks
            if work := work_of(called, runs, decided, marks, pages):
                found.append(work)
        return Progress(called, tuple(found))

    def _pages(
        self, student: str, assignment: str, folder: Path
    ) -> list[tuple[str, str]]:
        there = self._course.layout.path("feedback", student, assignment)
        return [
            (path.stem, Path(os.path.relpath(path, folder)).as_posix())
            for path in sorted(there.glob("*.html"))
        ]
