"""Late submissions: nbgrader's own plugin decides what they lose."""

from __future__ import annotations

from nbgrader.api import Gradebook

from proctor.grade.results import Submission
from proctor.settings import Course


class Penalties:
    """Assign late penalties after the scores are in the gradebook."""

    def __init__(self, course: Course, gradebook: Gradebook, assignment: str) -> None:
        entry = gradebook.find_assignment(assignment)
        self._due = entry.duedate is not None
        self._assignment = assignment
        self._notebooks = [notebook.name for notebook in entry.notebooks]
        self._db_url = course.layout.db_url
        self._config = course.config

    def assign(self, submissions: list[Submission]) -> None:
        """Give each submission its penalty, if the assignment has a due date."""
        if not self._due:
            return
        # Here, for most assignments have no due date: it loads nbconvert.
        from nbgrader.preprocessors import AssignLatePenalties

        step = AssignLatePenalties(config=self._config)
        for submission in submissions:
            for notebook in self._notebooks:
                resources = {
                    "nbgrader": {
                        "notebook": notebook,
                        "assignment": self._assignment,
                        "student": submission.student,
                        "db_url": self._db_url,
                    }
                }
                step.preprocess(_EMPTY, resources)


class _NoCells:
    """A notebook without cells: the step looks at the gradebook alone."""

    cells: tuple = ()


_EMPTY = _NoCells()
