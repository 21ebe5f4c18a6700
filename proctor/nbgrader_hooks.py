"""What ``nbgrader_config.py`` adds to nbgrader on the grading side.

``nbgrader autograde`` and Formgrader's button hand submissions to the same grader and
the same writer as ``proctor autograde``.
"""

from __future__ import annotations

import fnmatch
import functools
import os
import warnings
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.converters.base import NbGraderException
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from proctor.errors import GradingError
from proctor.feedback.served import guard_server, show_harmless
from proctor.grade.pool import How, open_pool
from proctor.grade.results import NEEDS_ATTENTION, Submission
from proctor.grade.settle import told_of
from proctor.gradebook.class_run import ClassRun, read_task
from proctor.gradebook.database import open_gradebook
from proctor.gradebook.folders import Folders
from proctor.gradebook.no_password import show_no_password
from proctor.gradebook.penalties import Penalties
from proctor.gradebook.plan import Plan
from proctor.gradebook.releasing import install_safe_release
from proctor.lms.exchange import install_exchange
from proctor.options import passed_over, require_all
from proctor.settings import Course
from proctor.text import plain

# nbgrader 0.9.6 reads a submission that SQLAlchemy has not added to its session yet.
# The warning is nobody's to act on here, and would come with every submission.
warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")


def install(c: Config) -> None:
    """Have nbgrader's commands and Formgrader grade, and show, with proctor.

    Parameters
    ----------
    c
        The configuration that is being read.
    """
    # The configuration is read several times a command; this takes effect once.
    Autograde.start = _start
    show_no_password(c)
    install_safe_release()
    install_exchange()
    _export_what_counts()
    _index_the_pages()
    c.GenerateFeedback.exporter_class = "proctor.feedback.exporter.PageExporter"
    c.ZipCollectApp.collector_plugin = "proctor.lms.zip_collect.Collector"
    show_harmless(c)
    guard_server()


def _export_what_counts() -> None:
    """Have ``nbgrader export`` find late penalties anew, as all that reads scores."""
    original = ExportApp.start
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def start(self: ExportApp) -> None:
        course = Course(Path(self.coursedir.root), self.config)
        try:
            with open_gradebook(course.layout) as gradebook:
                students = [student.id for student in gradebook.students]
                for assignment in gradebook.assignments:
                    Penalties(course, gradebook, assignment.name).assign(students)
        except GradingError as error:
            self.log.error(str(error))
            self.exit(1)
        original(self)

    ExportApp.start = start


def _index_the_pages() -> None:
    """Have ``nbgrader generate_feedback`` write each student's index beside the pages.

    A page is a page without it: what hinders the index is said, and no more.
    """
    original = GenerateFeedback.start
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def start(self: GenerateFeedback) -> None:
        from proctor.report.indexes import write_indexes  # no other command needs it

        course = Course(Path(self.coursedir.root), self.config)
        try:
            original(self)
        finally:  # where one page fails, the others are there
            try:
                students = _meant(self, course)
                mode = int(str(self.permissions), 8)
                write_indexes(course, students, lambda path: path.chmod(mode))
            except (GradingError, OSError) as error:
                self.log.error("No index of students' pages: %s", plain(str(error)))

    GenerateFeedback.start = start


def _meant(app: GenerateFeedback, course: Course) -> list[str]:
    """Return the students whom the command means."""
    wanted = app.coursedir.student_id
    excluded = app.coursedir.student_id_exclude.split(",")
    return [
        student
        for student in Folders(course).students(app.coursedir.assignment_id)
        if fnmatch.fnmatchcase(student, wanted) and student not in excluded
    ]


def _start(self: Autograde) -> None:
    """Grade the submissions that the command asks for, in place of nbgrader's steps."""
    course = Course(Path(self.coursedir.root), self.config)
    try:
        with Folders(course).only_one(), open_gradebook(course.layout) as gradebook:
            failed = _grade(self, course, gradebook, self.coursedir.assignment_id)
    except GradingError as error:
        self.log.error(str(error))
        raise NbGraderException(str(error)) from None
    if failed:
        raise NbGraderException(f"these need attention: {', '.join(failed)}")


def _students(
    app: Autograde, course: Course, gradebook: Gradebook, assignment: str
) -> list[str]:
    """Return whom the command's options mean.

    Raises
    ------
    GradingError
        If that is nobody, or somebody whom the gradebook does not know and may not.
    """
    wanted, excluded = app.coursedir.student_id, app.coursedir.student_id_exclude
    handed_in = Folders(course).students(assignment)
    found = [
        student
        for student in handed_in
        if fnmatch.fnmatchcase(student, wanted) and student not in excluded.split(",")
    ]
    if not found:
        place = course.layout.path("submitted", wanted, assignment)
        raise GradingError(
            f"nothing handed in at {place}/<notebook>.ipynb: there is "
            f"{', '.join(map(plain, handed_in)) or 'nobody'}"
        )
    if not app.create_student:
        known = {student.id for student in gradebook.students}
        if unknown := [student for student in found if student not in known]:
            raise GradingError(
                f"the gradebook does not know {', '.join(map(plain, unknown))}: add "
                "them with nbgrader db student add, or let autograde create them"
            )
    return found


def _grade(
    app: Autograde, course: Course, gradebook: Gradebook, assignment: str
) -> list[str]:
    """Grade an assignment's submissions; return whose need attention."""
    failed: list[str] = []
    if unused := passed_over(course.config):
        app.log.warning("Of nbgrader's own steps, and unused: %s", ", ".join(unused))
    for line in course.misspelt():
        app.log.warning("%s", plain(line))

    def report(submission: Submission) -> None:
        student = plain(submission.student)
        for note in submission.mended:
            app.log.warning("%s: mended: %s", student, plain(note))
        if submission.status == NEEDS_ATTENTION:
            failed.append(student)
            app.log.error("%s: %s", student, plain(submission.message))
        else:
            points = f"{submission.score:g}/{submission.max_score:g}"
            app.log.info("%s: %s points", student, points)

    app.run_pre_convert_hook()
    how = How(jobs=os.cpu_count() or 1, cluster=course.cluster, tell=app.log.warning)
    with open_pool(
        course, assignment, lambda: read_task(course, gradebook, assignment), how
    ) as pool:
        names = [notebook.name for notebook in pool.grader.assignment.notebooks]
        require_all(app.coursedir.notebook_id, names)
        for note in told_of(course, assignment, pool.grader.settled):
            app.log.warning("%s", note)
        students = _students(app, course, gradebook, assignment)
        plan = Plan(tuple(students), app.force)
        run = ClassRun(
            course, gradebook, pool, report=report, tell=app.log.warning
        ).run(plan)
    for student in students:
        app.set_permissions(assignment, student)
    app.run_post_convert_hook()
    if not run.finished:
        raise KeyboardInterrupt
    return failed
