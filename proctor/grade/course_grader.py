"""The grader of an assignment, as a course has it: its settings, its sandbox."""

from __future__ import annotations

from collections.abc import Callable

from proctor.grade.grader import Grader
from proctor.grade.programs import open_jail
from proctor.grade.settle import settle
from proctor.grade.task import Task
from proctor.options import refuse, require_python
from proctor.settings import Course


def make_grader(
    course: Course,
    assignment: str,
    read: Callable[[], Task],
    *,
    level: str | None = None,
    seed: int | None = None,
) -> Grader:
    """Return the grader of a course's assignment.

    Parameters
    ----------
    read
        Returns what is graded. It is called while the sandbox starts, which takes as
        long as to import nbgrader.
    level
        The isolation, in place of the configured one.

    Raises
    ------
    GradingError
        If the assignment cannot be read, is not built from what the course has now, or
        the sandbox is not to be had.
    """
    course.require_built(assignment)
    refuse(course.config)
    jail = open_jail(course, assignment, level)
    try:
        task = read()
        require_python(task.assignment.notebooks)
        jail.wait()
        grader = Grader(task, jail, seed)
        grader.settled = settle(grader, course, task)
        return grader
    except BaseException:
        jail.close()
        raise
