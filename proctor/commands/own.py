"""An assignment with its reference, to be tried on solutions of the author's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proctor.bank.reference import Reference, read_reference
from proctor.grade.task import Task
from proctor.notebook.beside import files_beside
from proctor.notebook.built import Built
from proctor.settings import Course


@dataclass(frozen=True)
class Own:
    """An assignment as its author has it.

    Attributes
    ----------
    read
        Returns what is to be graded; it takes a while.
    """

    built: Built
    reference: Reference
    read: Callable[[], Task]


def read_own(course: Course, assignment: str) -> Own:
    """Return an assignment with its reference and its bank.

    Raises
    ------
    GradingError
        If one cannot be read.
    """
    layout = course.layout
    built = Built.read(layout, course.marks, assignment, course.config)
    truth = course.truth(assignment)
    reference = read_reference(
        layout.root, assignment, truth, lambda: built, whole=True
    )

    def read() -> Task:
        support = files_beside(layout.built(assignment), authors=True).files
        return Task(built.as_assignment(), reference, support, lambda: built)

    return Own(built, reference, read)
