"""An assignment of any notebooks, graded as a course would, without a gradebook."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from proctor.bank.reference import Reference
from proctor.grade.course_grader import make_grader
from proctor.grade.grader import Grader
from proctor.grade.task import Graded, Task
from proctor.notebook.beside import files_beside
from proctor.notebook.built import Built
from proctor.sandbox.levels import best_level
from proctor.settings import Course
from proctor.tests import tiny

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "any"
c.Sandbox.packages = ["numpy", "matplotlib"]
"""


def write_course(
    folder: Path,
    source: Mapping[str, list[dict]],
    release: Mapping[str, list[dict]],
    files: Mapping[str, str] | None = None,
    config: str = "",
) -> Path:
    """Write a course folder with one assignment, ``ps``."""
    (folder / "nbgrader_config.py").write_text(CONFIG + config)
    for stage, notebooks in (("source", source), ("release", release)):
        for name, cells in notebooks.items():
            tiny.write(folder / stage / "ps" / f"{name}.ipynb", cells)
    for name, text in (files or {}).items():
        path = folder / "source" / "ps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def hand_in(folder: Path, student: str, notebooks: Mapping[str, list[dict]]) -> None:
    """Hand notebooks in."""
    for name, cells in notebooks.items():
        tiny.write(folder / "submitted" / student / "ps" / f"{name}.ipynb", cells)


@contextlib.contextmanager
def grader_of(folder: Path) -> Iterator[Grader]:
    """Open the grader of a course's assignment, its tests settled."""
    course = Course.read(folder)
    built = Built.read(course.layout, course.marks, "ps", course.config)
    support = files_beside(course.layout.built("ps")).files
    task = Task(built.as_assignment(), Reference("ps", folder), support, lambda: built)
    with make_grader(course, "ps", lambda: task, level=best_level()) as grader:
        yield grader


def grade(grader: Grader, folder: Path, student: str) -> Graded:
    """Grade what a student handed in."""
    place = folder / "submitted" / student / "ps"
    names = [notebook.name for notebook in grader.assignment.notebooks]
    return grader.grade(student, {name: place / f"{name}.ipynb" for name in names})
