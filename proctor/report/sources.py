"""Where a report comes from: the results that are kept, the gradebook, the answers."""

from __future__ import annotations

from pathlib import Path

from proctor.errors import GradingError
from proctor.gradebook.fast_import import spare_nbgrader
from proctor.gradebook.history import History
from proctor.notebook.built import Built
from proctor.report.answers import Answers
from proctor.report.classroom import Classroom, Decided, class_of
from proctor.report.documents import read_runs
from proctor.report.mistakes import Cluster
from proctor.settings import Course
from proctor.text import plain


def read_class(
    course: Course, assignment: str, results: tuple[Path, ...] = ()
) -> tuple[Classroom, list[str]]:
    """Return a class, and what a reader should know of where it comes from.

    Raises
    ------
    GradingError
        If nothing is kept of it, or what was given cannot be read.
    """
    history = History(course.layout)
    paths = list(results) or history.runs(assignment)
    if not paths:
        known = history.assignments()
        if assignment not in known:
            course.layout.require(assignment)
        raise GradingError(
            f"no results of {assignment!r} are kept in {history.folder}: run proctor "
            f"autograde {assignment} (what is graded is not graded again), or give "
            "--results FILE"
        )
    runs = read_runs(paths, assignment)
    decided, notes = decided_now(course, assignment)
    found = class_of(runs, decided)
    if found.interrupted:
        notes.append(
            f"The last run was interrupted after {len(runs[-1].submissions)} "
            f"submissions: run proctor autograde {assignment} to go on."
        )
    if len({run.seed for run in runs}) > 1:
        notes.append(
            "These results are of several runs, each with inputs of its own: like "
            "wrong answers are told within a run."
        )
    return found, notes


def decided_now(course: Course, assignment: str) -> tuple[Decided, list[str]]:
    """Return what the gradebook knows, and what to say where there is none."""
    spare_nbgrader()  # and so not before
    from proctor.gradebook.database import open_gradebook
    from proctor.report.now import read_decided

    try:
        with open_gradebook(course.layout) as gradebook:
            return read_decided(gradebook, assignment), []
    except GradingError as error:
        return Decided(), [
            "Who is missing, penalties and points given by hand are not known: "
            f"{plain(str(error))}"
        ]


class ClusterAnswers:
    """The answers of clusters, whose students may go by other names.

    Parameters
    ----------
    by_name
        The student whom each name stands for.
    """

    def __init__(
        self, course: Course, assignment: str, by_name: dict[str, str]
    ) -> None:
        self._course, self._assignment, self._by_name = course, assignment, by_name
        self._answers = Answers(course.layout, assignment)
        self._reference: dict[str, str] | None = None

    def of(self, cluster: Cluster) -> str:
        """Return the answer of a cluster that is nearest to the reference."""
        students = [self._by_name[name] for name in cluster.students]
        right = self.reference().get(cluster.task, "")
        return self._answers.nearest(students, cluster.task, right)

    def reference(self) -> dict[str, str]:
        """Return the reference's cells; none where the assignment is not here."""
        if self._reference is None:
            course = self._course
            try:
                built = Built.read(
                    course.layout, course.marks, self._assignment, course.config
                )
                self._reference = built.solutions()
            except GradingError:
                self._reference = {}
        return self._reference
