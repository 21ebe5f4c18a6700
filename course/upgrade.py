"""``course upgrade``: an assignment that somebody handed in gets its new truth."""

from __future__ import annotations

from course.autograder import autograder
from course.build import check_and_build_source
from course.project import CourseError, Project


def upgrade(project: Project, assignment: str) -> None:
    """Build an assignment, and bring the gradebook to it; grades stay.

    Raises
    ------
    CourseError
        If its truth is not sound, or the gradebook cannot be brought to it: what is
        handed out is then as it was.
    """
    check_and_build_source(project, assignment)
    if autograder(project.root, "upgrade", assignment):
        raise CourseError(
            f"{assignment}: gradebook and release/ are as they were; see the line above"
        )
    # Imported late: they take seconds.
    from course.export import export
    from course.readme import update_readme
    from course.tutor.build import build_tutor

    export(project)
    build_tutor(project, assignment)
    update_readme(project)
