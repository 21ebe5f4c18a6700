"""What ``nbgrader_config.py`` adds to nbgrader on the author's side.

Every nbgrader command loads this, in a student's environment, too: nothing but nbgrader
is imported before an assignment is generated.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import ClearOutput, ClearSolutions

from course.cells import grading
from course.project import CourseError, Project


class NameTheTask(ClearSolutions):
    """Put the task's name into the error that an unwritten cell raises."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Replace the cell's solution regions by a stub that names the cell."""
        task = grading(cell).get("grade_id", "")
        stub = f"# YOUR CODE HERE\nraise NotImplementedError({task!r})"
        self.code_stub = {"python": stub}
        return super().preprocess_cell(cell, resources, cell_index)


_built: list[bool] = []


@contextlib.contextmanager
def source_is_built() -> Iterator[None]:
    """Say that ``source/`` was checked and written just now."""
    _built.append(True)
    try:
        yield
    finally:
        _built.pop()


def build_source_first() -> None:
    """Make ``nbgrader generate_assignment`` write ``source/`` before it looks there.

    nbgrader's pre_convert_hook comes too late: it runs after the notebooks were listed.
    The configuration is loaded several times a command; this takes effect once.
    """
    original = GenerateAssignment.init_notebooks
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def init_notebooks(self: GenerateAssignment) -> None:
        if _built:
            return original(self)
        from course.build import check_and_build_source  # brings Jupytext

        project = Project(Path(self.coursedir.root))
        try:
            check_and_build_source(project, self.coursedir.assignment_id)
        except CourseError as error:
            for line in str(error).splitlines():
                self.log.error(line)
            sys.exit(2)
        return original(self)

    GenerateAssignment.init_notebooks = init_notebooks


def release_steps() -> list[type]:
    """Return generate_assignment's steps, with stubs that name their task.

    Outputs stay: ``source/`` has none but those that are kept (``course/outputs.py``).
    """
    steps = GenerateAssignment.preprocessors.default_args[0]
    return [
        NameTheTask if step is ClearSolutions else step
        for step in steps
        if step is not ClearOutput
    ]
