"""Where a report comes from: the results that are kept, the gradebook, the answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.results import Run
from proctor.gradebook.fast_import import spare_nbgrader
from proctor.gradebook.folders import Folders
from proctor.gradebook.history import History
from proctor.notebook import cells
from proctor.notebook.built import Built
from proctor.report.answers import Answers
from proctor.report.classroom import Classroom, Decided, class_of
from proctor.report.documents import moment, read_runs
from proctor.report.helpers import (
    Example,
    as_python,
    example_of,
    names_in,
    told_missing,
)
from proctor.report.mistakes import Cluster
from proctor.report.pseudonyms import Names
from proctor.report.unwritten import as_handed_out
from proctor.report.words import many
from proctor.settings import Course
from proctor.text import plain

_WORD = re.compile(r"[^\W\d_]+")


def read_class(
    course: Course,
    assignment: str,
    results: tuple[Path, ...] = (),
    since: datetime | None = None,
) -> tuple[Classroom, list[str]]:
    """Return a class, and what a reader should know of where it comes from.

    Parameters
    ----------
    results
        The documents to read; empty: those that the course keeps.
    since
        From when on runs are new: what they changed is told; None: the last alone.

    Raises
    ------
    GradingError
        If nothing is kept of it, what was given cannot be read, or no runs lie on both
        sides of ``since``.
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
    handed_in = frozenset(Folders(course).students(assignment))
    decided = replace(decided, handed_in=handed_in)
    found = class_of(runs, decided, _new(runs, since) if since else 1)
    if not results:
        graded = {submission.student for submission in found.graded}
        changed = [one for one in changed_now(course, assignment) if one in graded]
        found = replace(found, changed=tuple(changed))
    if results:
        found = _of_these_alone(found, handed_in, notes)
    elif found.without:
        notes.append(
            f"{many(len(found.without), 'student')} handed something in and "
            f"{'is' if len(found.without) == 1 else 'are'} not graded yet: run proctor "
            f"autograde {assignment}."
        )
    if found.interrupted:
        number = many(len(runs[-1].submissions), "submission")
        notes.append(
            f"The last run was interrupted after {number}: run proctor autograde "
            f"{assignment} to go on."
        )
    return found, notes


def _new(runs: Sequence[Run], since: datetime) -> int:
    """Return how many runs began at a time or later, of runs on both its sides."""
    new = sum(moment(run.started) >= since for run in runs)
    if 0 < new < len(runs):
        return new
    began = ", ".join(run.started for run in runs[-5:])
    raise GradingError(
        f"no run began {'before' if new else 'after'} {since.isoformat()}: give "
        f"--since a time after the first run and not after the last ("
        f"{'...' * (len(runs) > 5)}{began})"
    )


def _of_these_alone(
    found: Classroom, handed_in: frozenset[str], notes: list[str]
) -> Classroom:
    """Return the class that given documents are of: who is not in them is elsewhere."""
    if found.without:
        notes.append(
            f"{many(len(found.without), 'more student')} handed something in, without "
            "a result in what was given with --results."
        )
    # Whose submissions lie elsewhere is not missing.
    missing = found.missing if handed_in else ()
    return replace(found, without=(), missing=missing)


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


def changed_now(course: Course, assignment: str) -> list[str]:
    """Return who handed in again since they were graded; nobody where it is unknown."""
    spare_nbgrader()  # and so not before
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.marks import changed_since

    try:
        with open_gradebook(course.layout) as gradebook:
            return changed_since(course, gradebook, assignment)
    except GradingError:  # the results alone are here
        return []


def names_of(
    course: Course,
    assignment: str,
    called: Mapping[str, tuple[str, ...]],
    names: Names,
) -> Names:
    """Return names that take those of a class out of what was said and written.

    Parameters
    ----------
    called
        First and last names, by the id of everybody.
    """
    if not names.hides:
        return names
    layout = course.layout
    places = layout.built(assignment), layout.released(assignment)
    files = {path.name for place in places for path in place.rglob("*")}
    return names.knowing(called, files | {assignment}, _words(course, assignment))


def _words(course: Course, assignment: str) -> set[str]:
    """Return the words of an assignment's own texts that are written small."""
    try:
        built = Built.read(course.layout, course.marks, assignment, course.config)
    except GradingError:  # the results alone are here
        return set()
    every = [*built.source.values(), *built.released.values()]
    texts = [cells.source_of(cell) for one in every for cell in one["cells"]]
    return {one for text in texts for one in _WORD.findall(text) if one.islower()}


class ClusterAnswers:
    """The answers of clusters, whose students may go by other names.

    Parameters
    ----------
    own
        The class, with the students' own ids.
    names
        What they are called where clusters are told.
    """

    def __init__(
        self, course: Course, assignment: str, own: Classroom, names: Names
    ) -> None:
        self._course, self._assignment = course, assignment
        self._by_name = {names(s.student): s.student for s in own.submissions}
        self._answers = Answers(course.layout, assignment, own.called, names.code)

    def of(self, cluster: Cluster) -> Example | None:
        """Return the answer of a cluster that is nearest to the reference, if any is.

        One whose helpers are all there comes before one that lacks some, and one that
        has its author's name, or whose helpers have it, last: the name is masked.
        """
        students = [self._by_name[name] for name in cluster.students]
        task, later = cluster.task, []
        right = self.reference().get(task, "")
        given, known = self._names(task)
        for student in self._answers.nearest(students, task, right):
            others = self._answers.others(student, task)
            answer = self._answers.of(student, task)
            texts = [answer, *(text for _, text in others)]
            # A name that was missing when it was graded is the mistake itself.
            asked = given | told_missing(texts, cluster.said)
            found = example_of(answer, others, asked, known)
            masked = self._answers.masked
            if masked(student, found.whole) == found.whole and not found.missing:
                return found
            later.append((bool(found.missing), found.masked(partial(masked, student))))
        # Python sorts so that the nearest stays the first.
        return min(later, key=lambda one: one[0])[1] if later else None

    def _names(self, task: str) -> tuple[set[str], set[str]]:
        """Return the names that are given to all, and those the reference has.

        Of the reference an answer stands in the place of its own cell.
        """
        if not self._built:
            return set(), set()
        handed_out = self._built.released.values()
        return _defined(handed_out, task), _defined(self._built.source.values(), task)

    def as_handed_out(self, name: str, task: str, said: bool) -> bool:
        """Tell whether a student's answer is known to be what was handed out.

        Parameters
        ----------
        said
            See :func:`~proctor.report.unwritten.as_handed_out`.
        """
        answer = self._answers.as_written(self._by_name[name], task)
        given = self._handed_out.get(task)
        if answer is None or given is None:
            return False
        return as_handed_out(answer, given, said)

    def reference(self) -> dict[str, str]:
        """Return the reference's cells; none where the assignment is not here."""
        return self._built.solutions() if self._built else {}

    @cached_property
    def _handed_out(self) -> dict[str, str]:
        return self._built.handed_out() if self._built else {}

    @cached_property
    def _built(self) -> Built | None:
        course = self._course
        try:
            return Built.read(
                course.layout, course.marks, self._assignment, course.config
            )
        except GradingError:  # the results alone are here
            return None


def _defined(notebooks: Iterable[dict], task: str) -> set[str]:
    """Return the names that the cells but that of a task, and tests, define."""
    return {
        name
        for notebook in notebooks
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and cells.grade_id(cell) != task
        and not cells.is_test(cells.grading(cell))
        for name in names_in(as_python(cells.source_of(cell)))[0]
    }
