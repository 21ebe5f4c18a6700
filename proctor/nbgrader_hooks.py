"""What ``nbgrader_config.py`` adds to nbgrader on the grading side.

``nbgrader autograde`` and formgrader's button keep nbgrader's own way through files and
gradebook; reading, running and scoring a submission are ours, as in ``proctor
autograde``.
"""

from __future__ import annotations

import functools
import os
import secrets
import warnings
from datetime import UTC, datetime
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, NbGraderPreprocessor, SaveAutoGrades
from sqlalchemy.exc import SAWarning

from proctor.bank.reference import Known, read_known
from proctor.errors import GradingError, SubmissionError
from proctor.grade.grader import Graded, record, score_notebook
from proctor.grade.results import Submission
from proctor.gradebook.database import wanted_cells
from proctor.notebook.assignment import AssignedNotebook, with_skipped
from proctor.notebook.beside import files_beside
from proctor.notebook.cells import KERNEL
from proctor.notebook.mend import mend
from proctor.notebook.read import as_plain_cells, read_submission
from proctor.notebook.write import finish
from proctor.sandbox.jail import Jail
from proctor.settings import Sandbox

# nbgrader 0.9.6 reads a submission that SQLAlchemy has not added to its session yet.
# The warning is nobody's to act on here, and would come with every submission.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

_OURS = "proctor"


class ReadSubmissions(NotebookExporter):
    """Read what was handed in as ``proctor autograde`` does, and all else as it is.

    Its parent, the command, reads each notebook twice: as it was handed in, and then
    its own copy.
    """

    def from_file(self, file_stream, resources=None, **kw):
        """Return the notebook's conversion, from a file that is open for reading."""
        if not self.parent._sanitizing:
            return super().from_file(file_stream, resources=resources, **kw)
        try:
            notebook, notes = read_submission(Path(file_stream.name))
        except SubmissionError as error:
            raise NbGraderException(str(error)) from None
        finish(notebook, KERNEL)
        notebook["metadata"][_OURS] = {"mended": notes}
        made = nbformat.from_dict(notebook)
        return self.from_notebook_node(made, resources=resources, **kw)


class MendCells(NbGraderPreprocessor):
    """Bring a submission into the form in which the assignment was handed out."""

    def preprocess(self, nb, resources):
        """Return the mended notebook, and log each thing mended."""
        assigned = _assigned(resources["nbgrader"])
        notes = list(nb.metadata[_OURS]["mended"])
        notebook = {"cells": as_plain_cells(nb)}
        notes += mend(notebook["cells"], assigned.cells)
        for note in notes:
            self.log.warning("Mended: %s", note)
        finish(notebook, assigned.kernelspec)
        notebook["metadata"][_OURS] = {"mended": notes}
        return nbformat.from_dict(notebook), resources


class Examine(NbGraderPreprocessor):
    """Run a submission in the sandbox, and its tests apart from it."""

    def preprocess(self, nb, resources):
        """Run all cells; the verdicts go to :class:`SaveVerdicts` and the metadata."""
        info = resources["nbgrader"]
        assigned = _assigned(info)
        jail = _jail_of(self, info["assignment"])
        seed = secrets.randbits(63)
        files = files_beside(Path(resources["metadata"]["path"] or "."))
        course = CourseDirectory(config=self.config)
        built, released = (
            Path(course.format_path(stage, ".", info["assignment"]))
            for stage in (course.source_directory, course.release_directory)
        )
        assigned = with_skipped(assigned, built, released)
        known = _known(Path(course.root), info["assignment"], built)
        cells, trouble, _ = score_notebook(nb, assigned, jail, seed, files, known=known)
        mended = nb.metadata.get(_OURS, {}).get("mended", [])
        submission = Submission.of_cells(
            info["student"], assigned.max_score, cells, mended, trouble
        )
        if trouble:
            self.log.error("%s: %s", info["student"], trouble)
        made = record(
            Graded(submission),
            key="",
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            sandbox=jail.level,
            seed=seed,
        )
        nb = nbformat.from_dict(nb)
        nb.metadata[_OURS] = nbformat.from_dict(made)
        resources[_OURS] = {cell.grade_id: cell.score for cell in cells}
        return nb, resources


class SaveVerdicts(SaveAutoGrades):
    """Enter the examiner's verdicts, not what a cell's output says."""

    def _add_score(self, cell, resources):
        super()._add_score(cell, resources)
        data = cell.metadata["nbgrader"]
        if data["solution"]:
            return
        grade = self.gradebook.find_grade(
            data["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        # Without a verdict there are no points.
        if grade.auto_score is not None:
            grade.auto_score = resources.get(_OURS, {}).get(data["grade_id"], 0.0)
            self.gradebook.db.commit()


def _assigned(info: dict) -> AssignedNotebook:
    with Gradebook(info["db_url"]) as gradebook:
        entry = gradebook.find_notebook(info["notebook"], info["assignment"])
        return AssignedNotebook(entry.name, wanted_cells(entry), KERNEL)


@functools.cache
def _known(root: Path, assignment: str, built: Path) -> Known:
    try:
        return read_known(root, assignment, built)
    except GradingError as error:
        raise NbGraderException(str(error)) from None


# By assignment; one for all submissions of a command: its start takes seconds.
_jails: dict[str, Jail] = {}


def _jail_of(step: NbGraderPreprocessor, assignment: str) -> Jail:
    if assignment not in _jails:
        try:
            jail = _jails[assignment] = Sandbox(config=step.config).open_jail(
                assignment
            )
            jail.wait()
        except GradingError as error:
            _close_jails()
            raise NbGraderException(str(error)) from None
    return _jails[assignment]


def _close_jails() -> None:
    while _jails:
        _jails.popitem()[1].close()


def prepare_autograde() -> None:
    """Have nbgrader refuse links in submissions, and end the sandbox after a command.

    nbgrader would follow a link and put what it leads to into the feedback.
    """
    if hasattr(Autograde, "_prepared"):  # the configuration is loaded several times
        return
    Autograde._prepared = True
    init_assignment = Autograde.init_assignment
    convert_notebooks = Autograde.convert_notebooks

    @functools.wraps(init_assignment)
    def without_links(self, assignment_id, student_id):
        folder = Path(self._format_source(assignment_id, student_id))
        for link in _links(folder):
            raise NbGraderException(f"{link} is a link: hand in a copy")
        return init_assignment(self, assignment_id, student_id)

    @functools.wraps(convert_notebooks)
    def then_end(self):
        try:
            return convert_notebooks(self)
        finally:
            _close_jails()

    Autograde.init_assignment = without_links
    Autograde.convert_notebooks = then_end


def _links(folder: Path) -> list[Path]:
    """Return what is neither a regular file nor a folder in a submission."""
    found = [path for path in (folder, folder.parent) if path.is_symlink()]
    for parent, folders, names in os.walk(folder):
        for path in (Path(parent, name) for name in [*folders, *names]):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                found.append(path)
    return found


def sanitize_steps() -> list[type]:
    """Return autograde's first steps: mend the submission, then nbgrader's own."""
    return [MendCells, *Autograde.sanitize_preprocessors.default_args[0]]


def autograde_steps() -> list[type]:
    """Return autograde's second steps: nbgrader's own, with our examination."""
    ours = {Execute: Examine, SaveAutoGrades: SaveVerdicts}
    steps = Autograde.autograde_preprocessors.default_args[0]
    return [ours.get(step, step) for step in steps]
