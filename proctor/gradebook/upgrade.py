"""Bring an assignment that has submissions to new tests, tasks and points.

nbgrader refuses to add a task, or to take one out, when somebody handed in. What it
would enter of the new notebooks is entered into an empty gradebook here, and the
course's own is brought to that in one transaction: grades and points by hand stay.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbgrader import api
from sqlalchemy import delete, select

from proctor.errors import GradingError
from proctor.gradebook.database import open_gradebook
from proctor.settings import Course

_KINDS = (api.GradeCell, api.TaskCell, api.SolutionCell)
_SOURCE_FIELDS = ("cell_type", "locked", "source", "checksum")
_GRADED_FIELDS = ("cell_type", "max_score")


@dataclass
class Upgrade:
    """What became of an assignment.

    Attributes
    ----------
    changes
        Each cell that is another one, and how.
    gone
        What was known of tasks that are no more: student, task, points of the machine,
        points by hand, comment.
    by_hand
        Points by hand for a task that is worth other points: student, task, what to
        look at.
    new
        The cells that students write, and that were not there before.
    """

    changes: list[tuple[str, str]] = field(default_factory=list)
    gone: list[tuple[str, ...]] = field(default_factory=list)
    by_hand: list[tuple[str, str, str]] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Generated:
    """An assignment as nbgrader makes it of its source, apart from the course's.

    Attributes
    ----------
    release
        The folder of the students' notebooks.
    notebooks
        What the gradebook would know of them, by name.
    """

    release: Path
    notebooks: dict[str, dict]


class _Said(logging.Handler):
    """Keeps the last line of what nbgrader says, which may end a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        lines = record.getMessage().strip().splitlines()
        self.lines += lines[-1:]


def generate(course: Course, assignment: str, scratch: Path) -> Generated:
    """Generate an assignment into a folder of its own, with a gradebook of its own.

    Raises
    ------
    GradingError
        If nbgrader refuses it.
    """
    from nbgrader.converters import GenerateAssignment
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    layout = replace(course.layout, db_url=f"sqlite:///{scratch / 'gradebook.db'}")
    config = deepcopy(course.config)
    section = config.CourseDirectory
    section.root, section.db_url = str(layout.root), layout.db_url
    section.assignment_id, section.notebook_id = assignment, "*"
    section.release_directory = str(scratch / "release")
    config.GenerateAssignment.force = True
    config.GenerateAssignment.no_database = False
    config.GenerateAssignment.create_assignment = True
    config.SaveCells.enabled = True
    with open_gradebook(layout, new=True):
        pass
    app = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    said, log = _Said(), app.log
    others, log.handlers, passed_on = log.handlers, [said], log.propagate
    log.propagate = False
    try:
        app.start()
    except NbGraderException as error:
        why = "; ".join(said.lines[:-1][:2]) or str(error)
        raise GradingError(
            f"nbgrader refuses {assignment!r}: {why}: nothing was changed"
        ) from None
    except SystemExit:  # the course's own tools refuse it
        why = "; ".join(said.lines) or "its tools say no more"
        raise GradingError(f"{why}: nothing was changed") from None
    finally:
        log.handlers, log.propagate = others, passed_on
    with open_gradebook(layout) as gradebook:
        entry = gradebook.find_assignment(assignment)
        known = {notebook.name: _known(notebook) for notebook in entry.notebooks}
    return Generated(scratch / "release" / assignment, known)


def _known(notebook: api.Notebook) -> dict:
    """Return what a gradebook knows of a notebook, by kind of cell and name."""
    found: dict = {"kernelspec": notebook.kernelspec}
    for kind in _KINDS:
        fields = _GRADED_FIELDS if kind is not api.SolutionCell else ()
        found[kind] = {
            cell.name: {name: getattr(cell, name) for name in fields}
            for cell in _cells(notebook, kind)
        }
    found[api.SourceCell] = {
        cell.name: {name: getattr(cell, name) for name in _SOURCE_FIELDS}
        for cell in notebook.source_cells
    }
    return found


def _cells(notebook: api.Notebook, kind: type) -> list:
    return {
        api.GradeCell: notebook.grade_cells,
        api.TaskCell: notebook.task_cells,
        api.SolutionCell: notebook.solution_cells,
        api.SourceCell: notebook.source_cells,
    }[kind]


class Upgrading:
    """Brings the course's gradebook to an assignment as it is generated now.

    Parameters
    ----------
    gradebook
        An open one. Nothing is committed here.
    """

    def __init__(self, gradebook: api.Gradebook, assignment: str) -> None:
        self._db = gradebook.db
        self._entry = gradebook.find_assignment(assignment)
        self.done = Upgrade()

    def bring_to(self, notebooks: dict[str, dict]) -> Upgrade:
        """Enter, change and take out cells; return what that comes to."""
        there = {notebook.name: notebook for notebook in self._entry.notebooks}
        for name in sorted(there.keys() - notebooks.keys()):
            self._remove_notebook(there[name])
        for name, known in notebooks.items():
            notebook = there.get(name)
            if notebook is None:
                self.done.changes.append((f"{name}.ipynb", "new"))
                notebook = api.Notebook(name=name, assignment=self._entry)
                self._db.add(notebook)
            notebook.kernelspec = known["kernelspec"]
            changed = self._bring_sources(notebook, known[api.SourceCell])
            for kind in _KINDS:
                self._bring_cells(notebook, kind, known[kind], changed)
        self._db.flush()
        return self.done

    def _bring_sources(self, notebook: api.Notebook, wanted: dict) -> set[str]:
        """Bring the texts of the cells; return whose is another one."""
        there = {cell.name: cell for cell in notebook.source_cells}
        for name in there.keys() - wanted.keys():
            self._db.delete(there[name])
        changed = set()
        for name, values in wanted.items():
            cell = there.get(name)
            if cell is None:
                self._db.add(api.SourceCell(name=name, notebook=notebook, **values))
            elif cell.source != values["source"]:
                changed.add(name)
            for key, value in values.items() if cell else ():
                setattr(cell, key, value)
        return changed

    def _bring_cells(
        self, notebook: api.Notebook, kind: type, wanted: dict, changed: set[str]
    ) -> None:
        there = {cell.name: cell for cell in _cells(notebook, kind)}
        graded = kind is not api.SolutionCell
        for name in sorted(there.keys() - wanted.keys()):
            if graded:
                self.done.changes.append((name, "taken out"))
            self._remove_cell(there[name])
        for name, values in wanted.items():
            cell = there.get(name)
            if cell is None:
                self._db.add(kind(name=name, notebook=notebook, **values))
                if kind is not api.GradeCell:
                    self.done.new.append(name)
                if graded:
                    what = f"new, {values['max_score']:g} points"
                    self.done.changes.append((name, what))
                continue
            said = []
            if graded and cell.max_score != values["max_score"]:
                said.append(f"{values['max_score']:g} points, were {cell.max_score:g}")
                self._ask_again(cell, said[0])
            if graded and name in changed:
                said.append("another text")
            for key, value in values.items():
                setattr(cell, key, value)
            if said:
                self.done.changes.append((name, "; ".join(said)))

    def _ask_again(self, cell: api.BaseCell, said: str) -> None:
        """Have a person look at the points that one gave where others are possible.

        Where the test alone is another one, grading says whether it finds anything new.
        """
        for grade in list(cell.grades):
            if grade.manual_score is None and not grade.extra_credit:
                continue
            grade.needs_manual_grade = True
            given = f"{grade.manual_score or 0:g} by hand"
            if grade.extra_credit:
                given += f", {grade.extra_credit:g} beside"
            student = grade.notebook.assignment.student_id
            self.done.by_hand.append((student, cell.name, f"{given}: {said}"))

    def _remove_notebook(self, notebook: api.Notebook) -> None:
        self.done.changes.append((f"{notebook.name}.ipynb", "taken out"))
        for kind in _KINDS:
            for cell in list(_cells(notebook, kind)):
                self._remove_cell(cell)
        for cell in list(notebook.source_cells):
            self._db.delete(cell)
        self._db.flush()
        handed_in = api.SubmittedNotebook.__table__
        self._db.execute(
            delete(handed_in).where(handed_in.c.notebook_id == notebook.id)
        )
        self._db.expire(notebook)
        self._db.delete(notebook)

    def _remove_cell(self, cell: api.BaseCell) -> None:
        self.done.gone += _record(cell)
        for one in [*cell.grades, *cell.comments]:
            self._db.delete(one)
        self._db.flush()
        self._db.expire(cell)
        self._db.delete(cell)
        self._db.flush()


def _record(cell: api.BaseCell) -> Iterator[tuple[str, ...]]:
    """Yield what is known of a task that is taken out."""
    comments = {c.notebook_id: c.manual_comment for c in cell.comments}
    for grade in cell.grades:
        comment = comments.pop(grade.notebook_id, None)
        said = (grade.auto_score, grade.manual_score, grade.extra_credit)
        if any(value is not None for value in said) or comment:
            student = grade.notebook.assignment.student_id
            shown = ("" if value is None else f"{value:g}" for value in said)
            yield (student, cell.name, *shown, comment or "")
    for comment in cell.comments:
        if comment.notebook_id in comments and comment.manual_comment:
            student = comment.notebook.assignment.student_id
            yield (student, cell.name, "", "", "", comment.manual_comment)


def handed_in(gradebook: api.Gradebook, assignment: str) -> list[str]:
    """Return whose submissions of an assignment the gradebook knows, sorted."""
    entry = gradebook.find_assignment(assignment)
    query = select(api.SubmittedAssignment.student_id).where(
        api.SubmittedAssignment.assignment_id == entry.id
    )
    return sorted(gradebook.db.execute(query).scalars())


def scratch_beside(course: Course) -> tempfile.TemporaryDirectory:
    """Return a folder that can be renamed into the course's."""
    return tempfile.TemporaryDirectory(prefix=".upgrade-", dir=course.layout.root)
