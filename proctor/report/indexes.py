"""The index of each student's pages: what they did over the course."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from proctor.grade.results import Run, Submission
from proctor.gradebook.history import History
from proctor.gradebook.spool import Place, Spool
from proctor.report.classroom import Decided
from proctor.report.documents import moment, take_runs
from proctor.report.files import write_page
from proctor.report.pseudonyms import Names
from proctor.report.sources import decided_now, names_of
from proctor.report.student import Progress, Work, render_progress, work_of
from proctor.settings import Course

if TYPE_CHECKING:  # it imports nbgrader
    from proctor.gradebook.by_hand import ByHand

INDEX = "index.html"


def write_indexes(
    course: Course,
    students: Iterable[str],
    written: Callable[[Path], object] = lambda place: None,
) -> None:
    """Write the index of each student's pages, beside them.

    Parameters
    ----------
    written
        Called with the place of each.

    Raises
    ------
    GradingError
        If one cannot be written, or a document that is kept cannot be read.
    """
    records = Records(course)
    for student in students:
        place = records.index_of(student)
        progress = records.progress(student, place.parent)
        if progress.work:
            write_page(place, render_progress(progress))
            written(place)


class Records:
    """The results that a course keeps, by student.

    Those of a large class are hundreds of megabytes: they lie on the disk, each with
    the place of the same student's before it, and in memory is where the last one is.
    """

    def __init__(self, course: Course) -> None:
        self._course, self.history = course, History(course.layout)
        self._spool = Spool()
        self._runs: list[Run] = []
        self._last: dict[str, Place] = {}
        # Of each assignment, by student, what persons decided; and who is known at all.
        self._persons: dict[str, dict[str, ByHand]] = {}
        self._known = Decided()
        for name in self.history.assignments():
            take_runs(self.history.runs(name), name, self._take)
            decided, _ = decided_now(course, name)
            self._persons[name] = {
                student: persons
                for student, persons in decided.persons.items()
                if persons != _nothing()
            }
            self._known = replace(decided, persons={})

    def _take(self, run: Run, submission: Submission) -> None:
        if not self._runs or self._runs[-1] is not run:
            self._runs.append(run)
        entry = {
            "before": self._last.get(submission.student),
            "run": len(self._runs) - 1,
            "submission": submission.as_dict(),
        }
        self._last[submission.student] = self._spool.put(json.dumps(entry))

    def students(self) -> list[str]:
        """Return everybody of whom there is a result."""
        return sorted(self._last)

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
        every = self._runs_of(student)
        for name, known in self._persons.items():
            runs = every.get(name, [])
            if names:
                everybody = dict.fromkeys(self._last, ()) | dict(self._known.called)
                hiding = names_of(self._course, name, everybody, names)
                runs = [
                    replace(run, submissions=[*map(hiding.submission, run.submissions)])
                    for run in runs
                ]
            persons = known.get(student)
            if persons is None and student in self._known.students:
                # What was decided may be no more.
                persons = _nothing()
            # Nobody else's: who is missing would be sought anew for each.
            alone = Decided(persons={called: persons} if persons else {})
            pages = self._pages(student, name, folder) if folder else []
            if work := work_of(called, runs, alone, self._course.marks, pages):
                found.append(work)
        return Progress(called, tuple(found))

    def _runs_of(self, student: str) -> dict[str, list[Run]]:
        """Return the runs with a result of a student, with it alone, by assignment."""
        found: list[Run] = []
        place = self._last.get(student)
        while place:
            entry = json.loads(self._spool.get(place))
            place, run = entry["before"], self._runs[entry["run"]]
            own = Submission.from_dict(entry["submission"])
            found.append(replace(run, submissions=[own]))
        by_name: dict[str, list[Run]] = {}
        found.reverse()
        # Those of one second stay as they were named.
        for run in sorted(found, key=lambda run: moment(run.started)):
            by_name.setdefault(run.assignment, []).append(run)
        return by_name

    def _pages(
        self, student: str, assignment: str, folder: Path
    ) -> list[tuple[str, str]]:
        there = self._course.layout.path("feedback", student, assignment)
        return [
            (path.stem, Path(os.path.relpath(path, folder)).as_posix())
            for path in sorted(there.glob("*.html"))
        ]


def _nothing() -> ByHand:
    """Return what is known of whom nobody decided anything of."""
    from proctor.gradebook.by_hand import ByHand  # nbgrader is imported by now

    return ByHand()
