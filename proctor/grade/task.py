"""What is graded, and what comes of a submission."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from proctor.bank.reference import Reference
from proctor.grade.results import Submission
from proctor.notebook.assignment import Assignment
from proctor.notebook.built import Built


@dataclass
class Graded:
    """A submission, and what is to be kept of it.

    Attributes
    ----------
    notebooks
        By name, as they are to be written; empty if it could not be graded.
    files
        What lay beside them.
    unanswered
        Notebook and grade_id of the cells left as they were handed out.
    spent
        Why a test behind the others would be lost, whatever it asks: a notebook's time
        is over, or it ended too many processes; empty where it would not.
    uses_objects
        Notebook and grade_id of plain tests that asked an object for more than its
        parts.
    """

    submission: Submission
    notebooks: dict[str, dict] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    unanswered: set[tuple[str, str]] = field(default_factory=set)
    spent: str = ""
    uses_objects: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Task:
    """What is graded, and what is known of it.

    Attributes
    ----------
    support
        Files of the assignment that its notebooks read, by relative name.
    built
        Returns its notebooks, with the reference's solutions; None: there are none, and
        every test is examined apart.
    """

    assignment: Assignment
    reference: Reference
    support: Mapping[str, bytes] = field(default_factory=dict)
    built: Callable[[], Built] | None = None
