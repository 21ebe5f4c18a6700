"""Enter what other machines graded, each with its own gradebook or none, into one."""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nbgrader.api import Gradebook

from proctor.errors import GradingError, SubmissionError
from proctor.grade.outcome import unanswered_in
from proctor.grade.results import GRADED, Run, Submission
from proctor.grade.task import Graded
from proctor.gradebook.class_run import LONGEST_ID, read_assigned
from proctor.gradebook.folders import Folders
from proctor.gradebook.graded import GradedNotebooks
from proctor.gradebook.history import History
from proctor.gradebook.locks import Meeting
from proctor.gradebook.times import read_time
from proctor.gradebook.writer import Done, Writing
from proctor.notebook.beside import files_beside
from proctor.settings import Course
from proctor.text import plain

_AT_ONCE = 16
_TIMESTAMP = "timestamp.txt"


class Merge:
    """Enters the results of runs of one assignment.

    Parameters
    ----------
    gradebook
        An open one.
    folders
        What ``autograded/`` was on the other machines; empty: scores alone are entered.
    meeting
        Who else writes.
    """

    def __init__(
        self,
        course: Course,
        gradebook: Gradebook,
        runs: Sequence[Run],
        folders: Sequence[Path],
        meeting: Meeting,
    ) -> None:
        self._course, self._runs, self._folders = course, runs, folders
        name = runs[0].assignment
        self.assignment = read_assigned(course, gradebook, name)
        support = Folders(course).support_files(name)
        self._graded = GradedNotebooks(course.layout, self.assignment, support)
        # By student: what a graded notebook's metadata keeps.
        self._records: dict[str, dict] = {}
        self._writing = Writing(course, gradebook, self, self._graded, meeting)
        self._points = {
            cell.name: float(cell.metadata["points"])
            for notebook in self.assignment.notebooks
            for cell in notebook.cells
            if "points" in cell.metadata
        }

    def record(self, submission: Submission, key: str) -> dict:
        """Return what a graded notebook's metadata keeps: as its machine wrote it."""
        return self._records[submission.student] | {"key": key}

    def enter(self) -> list[Run]:
        """Enter the newest result of each student; return the runs, with these alone.

        Raises
        ------
        GradingError
            If they are of another version of the assignment, or cannot be entered as
            they are. Nothing is entered then.
        """
        newest: dict[str, Run] = {}
        for run in self._runs:  # oldest first
            newest |= {submission.student: run for submission in run.submissions}
        done = [
            (run, self._done(run, submission))
            for run in self._runs
            for submission in run.submissions
            if newest[submission.student] is run
        ]
        found: dict[int, list[Submission]] = {id(run): [] for run in self._runs}
        for begin in range(0, len(done), _AT_ONCE):
            batch = done[begin : begin + _AT_ONCE]
            written = self._writing.write([one for _, one in batch], None)
            for (run, _), submission in zip(batch, written, strict=True):
                found[id(run)].append(submission)
        return [replace(run, submissions=found[id(run)]) for run in self._runs]

    def _done(self, run: Run, submission: Submission) -> Done:
        student = submission.student
        if _is_no_id(student):
            raise GradingError(f"the results name a student {plain(student)[:200]!r}")
        self._require_cells(run, submission)
        if there := self._notebooks_of(run, student):
            return self._with_notebooks(*there)
        if any(c.by_hand or c.extra_credit for c in submission.cells):
            raise GradingError(
                f"the results of {plain(student)} have points that a person gave on "
                "another machine, and not what the machine found: bring its folder "
                "autograded as well, with --autograded DIR"
            )
        when = self._handed_in(student)
        return Done(Graded(submission), "", scores_alone=True, handed_in=when)

    def _require_cells(self, run: Run, submission: Submission) -> None:
        """Require what grading this version of the assignment can give."""
        student = plain(submission.student)
        same = "grade with the same version of the assignment"
        for cell in submission.cells:
            name = plain(cell.grade_id)
            if self._points.get(cell.grade_id) != cell.max_score:
                raise GradingError(
                    f"the results of {student} have {name!r} with {cell.max_score:g} "
                    f"points, which {run.assignment} has not here: {same}"
                )
            # A person may give more.
            persons = cell.by_hand or cell.extra_credit
            if not (persons or 0 <= cell.score <= cell.max_score):
                raise GradingError(
                    f"the results of {student} have {cell.score:g} of "
                    f"{cell.max_score:g} points for {name!r}: no grading gives that"
                )
        names = [cell.grade_id for cell in submission.cells]
        if len(names) != len(set(names)):
            raise GradingError(f"the results of {student} have a cell twice")
        # What is not there would be entered as nothing earned.
        lacking = self._points.keys() - set(names)
        if lacking and (names or submission.status == GRADED):
            raise GradingError(
                f"the results of {student} lack {plain(min(lacking))!r}, which "
                f"{run.assignment} has here: {same}"
            )

    def _with_notebooks(self, folder: Path, notebooks: dict[str, dict]) -> Done:
        record = next(iter(notebooks.values()))["metadata"]["proctor"]
        submission = Submission.from_dict(record["submission"])
        self._records[submission.student] = record
        unanswered = {
            (assigned.name, name)
            for assigned in self.assignment.notebooks
            for name in unanswered_in(notebooks[assigned.name], assigned)
        }
        files = files_beside(folder).files
        when, unclear = None, False
        try:
            when = read_time(files.get(_TIMESTAMP, b""))
        except SubmissionError:
            unclear = True
        graded = Graded(submission, notebooks, files, unanswered)
        return Done(graded, record["key"], handed_in=when, time_is_unclear=unclear)

    def _notebooks_of(
        self, run: Run, student: str
    ) -> tuple[Path, dict[str, dict]] | None:
        """Return the graded notebooks that a run wrote, and where they lie."""
        for folder in self._folders:
            there = folder / student / run.assignment
            found = {}
            for notebook in self.assignment.notebooks:
                try:
                    path = there / f"{notebook.name}.ipynb"
                    content = json.loads(path.read_text(encoding="utf-8"))
                    record = content["metadata"]["proctor"]
                    told = Submission.from_dict(record["submission"])
                    same = (record["started"], record["seed"]) == (
                        run.started,
                        run.seed,
                    )
                    if same and told.student == student and type(record["key"]) is str:
                        found[notebook.name] = content
                except (OSError, ValueError, KeyError, TypeError):
                    continue
            if len(found) == len(self.assignment.notebooks):
                return there, found
        return None

    def _handed_in(self, student: str) -> datetime | None:
        """Return when somebody handed in, where that lies here."""
        files = files_beside(self._graded.folder_of(student)).files
        try:
            return read_time(files.get(_TIMESTAMP, b""))
        except SubmissionError:
            return None


def _is_no_id(student: str) -> bool:
    """Tell what neither names a folder nor is an id in a gradebook."""
    try:
        student.encode()
    except UnicodeEncodeError:
        return True
    no_name = Path(student).name != student or student in ("", "..") or "\0" in student
    return no_name or len(student) > LONGEST_ID


def keep(history: History, runs: Sequence[Run]) -> None:
    """Keep the documents of runs that are not kept yet."""
    for run in runs:
        students = [submission.student for submission in run.submissions]
        if students and students not in list(_kept(history, run)):
            history.keep(run)


def _kept(history: History, run: Run) -> Iterator[list[str]]:
    for data in documents(history, run.assignment):
        if (data["started"], data["seed"]) == (run.started, run.seed):
            yield [one["student"] for one in data["submissions"]]


def documents(history: History, assignment: str) -> Iterator[Mapping]:
    """Yield what is kept of an assignment's runs, oldest first, where it is whole."""
    for path in history.runs(assignment):
        with contextlib.suppress(OSError, EOFError, ValueError, KeyError, TypeError):
            yield json.loads(gzip.decompress(path.read_bytes()))
