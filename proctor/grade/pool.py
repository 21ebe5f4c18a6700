"""Where the submissions of a run are graded: here, or by the workers of a cluster.

Both kinds take what was handed in and a place, and return what grading found. Who
grades many asks from the threads of :class:`~proctor.grade.workers.Workers`, each of
which holds a place; so what is under way is bounded by the places there are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from proctor.errors import GradingError, SubmissionError
from proctor.grade.course_grader import make_grader
from proctor.grade.grader import Grader
from proctor.grade.task import Graded, Task
from proctor.grade.which import others_beside
from proctor.notebook.assignment import Assignment
from proctor.notebook.beside import Beside, files_beside
from proctor.settings import Course


class PoolLost(GradingError):
    """Why nothing more can be graded; what was graded is kept."""


@dataclass(frozen=True)
class HandedIn:
    """What a student handed in.

    Attributes
    ----------
    paths
        Where each notebook should be, by its name.
    others
        The other notebooks that lie beside them.
    beside
        The files that do.
    part
        What of the assignment it is graded by; None: all of it.
    """

    student: str
    paths: Mapping[str, Path]
    others: list[Path] = field(default_factory=list)
    beside: Beside = field(default_factory=Beside)
    part: Assignment | None = None

    @classmethod
    def at(cls, student: str, paths: Mapping[str, Path]) -> HandedIn:
        """Return what lies in a folder."""
        folder = next(iter(paths.values())).parent
        return cls(student, paths, others_beside(paths), files_beside(folder))


def grade_handed_in(grader: Grader, handed: HandedIn, place: Any) -> Graded:
    """Grade what was handed in: which file counts, and what it earns."""
    part = grader if handed.part is None else grader.of(handed.part)
    paths, notes = handed.paths, []
    if handed.others:
        try:
            paths, notes = grader.reading.which(paths, handed.others, place)
        except SubmissionError as error:
            return grader.not_graded(handed.student, str(error))
    notes += handed.beside.notes()
    files = handed.beside.files
    graded = part.grade(handed.student, paths, files=files, place=place)
    found = graded.submission
    graded.submission = replace(found, mended=(*notes, *found.mended))
    return graded


class Pool(Protocol):
    """Grades submissions, as many at once as it has places.

    Attributes
    ----------
    grader
        Says what is graded, from which seed, and what a run's record is. It grades
        nothing where others do.
    """

    grader: Grader

    def expect(self, number: int) -> None:
        """Take note that at least so many are to be graded, before the first is."""

    def places(self) -> Any:
        """Return the places of a run; see :class:`~proctor.grade.places.Places`.

        Raises
        ------
        PoolLost
            If nobody can grade.
        """

    def grade(self, handed: HandedIn, place: Any) -> Graded:
        """Grade a submission at a place.

        Raises
        ------
        PoolLost
            If nobody is left who could.
        proctor.grade.workers.NotTaken
            If it was stopped before anybody did.
        """

    def close(self) -> None:
        """End all that was started for it."""


class LocalPool:
    """Grades on this machine.

    Parameters
    ----------
    grader
        It is closed with the pool.
    jobs
        How many submissions at once.
    """

    def __init__(self, grader: Grader, jobs: int) -> None:
        self.grader, self._jobs = grader, jobs

    def expect(self, number: int) -> None:
        """Nothing: who grades is there already."""

    def places(self) -> Any:
        """Return a processor for each submission."""
        return self.grader.places(self._jobs)

    def grade(self, handed: HandedIn, place: Any) -> Graded:
        """Grade a submission here."""
        return grade_handed_in(self.grader, handed, place)

    def close(self) -> None:
        """End the grader's processes."""
        self.grader.close()


@dataclass(frozen=True)
class How:
    """How a run is graded.

    Attributes
    ----------
    level
        The isolation, in place of the configured one.
    seed
        Of the tests' random inputs; None: a new one.
    jobs
        How many submissions at once, where they are graded here.
    cluster
        Who grades in place of this machine: a scheduler's address, or ``local:N``;
        empty: nobody.
    tls
        Whether nothing is sent to a cluster but encrypted.
    tell
        Called with a line for who reads along.
    """

    level: str | None = None
    seed: int | None = None
    jobs: int = 1
    cluster: str = ""
    tls: bool = False
    tell: Callable[[str], None] = lambda line: None


@contextlib.contextmanager
def open_pool(
    course: Course,
    assignment: str,
    read: Callable[[], Task],
    how: How,
    prepare: Callable[[Grader], None] = lambda grader: None,
) -> Iterator[Pool]:
    """Open who grades an assignment's submissions.

    Parameters
    ----------
    read
        Returns what is graded; see :func:`~proctor.grade.course_grader.make_grader`.
    prepare
        Called with the grader before anybody grades.

    Raises
    ------
    GradingError
        If it cannot be graded, or not so.
    """
    if how.tls and not how.cluster:
        raise GradingError("--tls is of a cluster: name one with --cluster")
    if how.cluster:
        # Here: it loads Dask, which takes as long as to grade some.
        from proctor.grade.cluster.pool import open_cluster_pool

        opened: Pool = open_cluster_pool(course, assignment, read, how, prepare)
    else:
        level, seed = how.level, how.seed
        grader = make_grader(course, assignment, read, level=level, seed=seed)
        prepare(grader)
        opened = LocalPool(grader, how.jobs)
    try:
        yield opened
    finally:
        opened.close()
