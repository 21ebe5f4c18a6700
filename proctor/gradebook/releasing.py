"""Hand out anew without losing what was handed out: for ``generate_assignment``.

nbgrader deletes an assignment's release first and writes its replacement then; where
that fails, nothing is left. Here the replacement is written beside it, whole, and takes
its place in one step.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import SaveCells

_CANNOT_MODIFY = "Cannot add or remove cells"


class _RefusedError(BaseException):
    """What nbgrader shall not catch, print with a traceback, and go on after."""


def install_safe_release() -> None:
    """Have ``nbgrader generate_assignment`` replace a release only by a whole one."""
    if hasattr(GenerateAssignment.convert_notebooks, "__wrapped__"):
        return
    GenerateAssignment.convert_notebooks = _beside(GenerateAssignment.convert_notebooks)
    GenerateAssignment._clean_old_notebooks = _refusing_notebooks(
        GenerateAssignment._clean_old_notebooks
    )
    SaveCells._create_notebook = _refusing_cells(SaveCells._create_notebook)


def _beside(original):
    @functools.wraps(original)
    def convert_notebooks(self: GenerateAssignment) -> None:
        if not self.force or self.coursedir.notebook_id != "*":
            return original(self)  # it deletes nothing, or one notebook alone
        root, kept = Path(self.coursedir.root), self.coursedir.release_directory
        places = dict(_places(self))
        finished = self.set_permissions
        whole: list[str] = []

        def set_permissions(assignment: str, student: str) -> None:
            finished(assignment, student)
            whole.append(assignment)

        with tempfile.TemporaryDirectory(prefix=".release-", dir=root) as scratch:
            self.coursedir.release_directory = str(Path(scratch, "new"))
            self.set_permissions = set_permissions
            try:
                original(self)
            except _RefusedError as refused:
                self.log.error(str(refused))
                raise NbGraderException(str(refused)) from None
            finally:
                written = dict(_places(self))
                self.coursedir.release_directory = kept
                del self.set_permissions
                for name in whole:
                    put_in_place(written[name], places[name], Path(scratch, "old"))
        return None

    return convert_notebooks


def _places(app: GenerateAssignment) -> Iterator[tuple[str, Path]]:
    """Yield each assignment's name and where it is handed out."""
    for source in app.assignments:
        name = Path(source).name
        yield name, Path(os.path.normpath(app._format_dest(name, ".")))


def put_in_place(new: Path, place: Path, old: Path) -> None:
    """Put a folder where another is, which goes to ``old`` for the moment."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        old.mkdir(parents=True, exist_ok=True)
        place.rename(old / place.name)
    try:
        new.rename(place)
    except OSError:
        if (old / place.name).exists():
            (old / place.name).rename(place)
        raise
    if (old / place.name).exists():
        shutil.rmtree(old / place.name)


def _refusing_cells(original):
    @functools.wraps(original)
    def _create_notebook(self: SaveCells, nb) -> None:
        try:
            original(self, nb)
        except RuntimeError as error:
            if _CANNOT_MODIFY not in str(error):
                raise
            old = self.old_grade_cells | self.old_solution_cells
            old |= self.old_task_cells | self.old_source_cells
            new = {*self.new_grade_cells, *self.new_solution_cells}
            new |= {*self.new_task_cells, *self.new_source_cells}
            what = _differences("cells", old, new) or "other kinds of cells"
            raise _RefusedError(_advice(self.assignment_id, what)) from None

    return _create_notebook


def _refusing_notebooks(original):
    @functools.wraps(original)
    def _clean_old_notebooks(self, assignment_id: str, student_id: str) -> None:
        try:
            original(self, assignment_id, student_id)
        except NbGraderException as error:
            if "Cannot modify existing assignment" not in str(error):
                raise
            what = "other notebooks than before"
            raise _RefusedError(_advice(assignment_id, what)) from None

    return _clean_old_notebooks


def _differences(kind: str, old: set[str], new: set[str]) -> str:
    said = [
        f"{word}: {', '.join(sorted(names))}"
        for word, names in (("added", new - old), ("taken out", old - new))
        if names
    ]
    return f"{kind} {'; '.join(said)}" if said else ""


def _advice(assignment: str, what: str) -> str:
    return (
        f"{assignment} has submissions, and would have {what}: run proctor upgrade "
        f"{assignment}, which keeps their grades; nothing was changed"
    )
