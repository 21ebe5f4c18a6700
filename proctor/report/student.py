"""One student over a whole course: points, mistakes, and those that came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from proctor.grade.cell_results import Cell
from proctor.grade.results import GRADED, NEEDS_ATTENTION, Run, Submission
from proctor.notebook.cells import Marks
from proctor.report.classroom import Decided, class_of, of_cells
from proctor.report.page import templates
from proctor.report.unwritten import is_left_out

_SMALL = 1e-9


@dataclass(frozen=True)
class Made:
    """A known mistake behind lost points.

    Attributes
    ----------
    times
        In how many answers it was found, of those that were handed in one after the
        other; one that was only graded anew is one.
    """

    task: str
    title: str
    question: str
    times: int = 1


@dataclass(frozen=True)
class Lost:
    """A task that lost points, and the first thing that was said of it."""

    task: str
    score: float
    max_score: float
    why: str


@dataclass(frozen=True)
class Work:
    """A student's work on one assignment.

    Attributes
    ----------
    now
        The result that counts.
    before
        When, and how many points, of the results before that were others.
    pages
        Name and address of the feedback pages.
    left
        The tasks of which something is not written.
    lost
        The other tasks that lost points and have no known mistake.
    """

    assignment: str
    started: str
    now: Submission
    before: tuple[tuple[str, float], ...]
    mistakes: tuple[Made, ...]
    pages: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()
    lost: tuple[Lost, ...] = ()

    @property
    def late(self) -> float:
        """What is taken off for being late."""
        if not self.graded or not self.now.cells:
            return 0.0
        taken = of_cells(self.now) - self.now.score
        return taken if taken > _SMALL else 0.0

    @property
    def graded(self) -> bool:
        """Whether there are points, also where somebody must look at something."""
        return self.now.status == GRADED or bool(self.now.cells)

    @property
    def waits(self) -> bool:
        """Whether a person has still to grade a part."""
        return any(cell.waits for cell in self.now.cells)

    @property
    def attends(self) -> bool:
        """Whether somebody must look at something that is no answer."""
        return self.now.status == NEEDS_ATTENTION


@dataclass(frozen=True)
class Progress:
    """All of a student's work, by the names of the assignments."""

    student: str
    work: tuple[Work, ...]

    @property
    def returned(self) -> list[tuple[str, str, list[str]]]:
        """The mistakes that came back: title, question, and where they were found."""
        found: dict[str, list[tuple[Work, Made]]] = {}
        for work in self.work:
            for made in work.mistakes:
                found.setdefault(made.title, []).append((work, made))
        return [
            (title, places[0][1].question, [_where(*place) for place in places])
            for title, places in found.items()
            if sum(made.times for _, made in places) > 1
        ]


def _where(work: Work, made: Made) -> str:
    times = f" ({made.times} times)" if made.times > 1 else ""
    return f"{work.assignment}, {made.task}{times}"


def work_of(
    student: str,
    runs: Sequence[Run],
    decided: Decided,
    marks: Marks,
    pages: Iterable[tuple[str, str]] = (),
) -> Work | None:
    """Return a student's work on the assignment of these runs; None if there is none.

    Parameters
    ----------
    runs
        Oldest first.
    """
    of_theirs = [
        (run, submission)
        for run in runs
        for submission in run.submissions
        if submission.student == student
    ]
    if not of_theirs:
        return None
    own = class_of(
        [
            Run(run.assignment, run.started, run.sandbox, run.seed, [submission])
            for run, submission in of_theirs
        ],
        decided,
    )
    (now,) = own.submissions
    # What was found again, unchanged, is one result.
    results = [of_theirs[0]]
    for run, submission in of_theirs[1:]:
        if submission.cells != results[-1][1].cells:
            results.append((run, submission))
    every = [submission for _, submission in of_theirs]
    mistakes = [
        Made(*made, _times(made, every, marks)) for made in _mistakes(now, marks)
    ]
    earlier = [(run, s) for run, s in results[:-1] if s.cells or s.status == GRADED]
    before = [(run.started, s.score) for run, s in earlier]
    return Work(
        own.assignment,
        of_theirs[-1][0].started,
        now,
        tuple(before),
        tuple(mistakes),
        tuple(pages),
        tuple(marks.task_of(c.grade_id) for c in now.lost if is_left_out(c)),
        tuple(_lost(now, marks)),
    )


def _lost(submission: Submission, marks: Marks) -> Iterator[Lost]:
    """Yield the tasks whose lost points nothing else on the page explains."""
    for cell in submission.lost:
        if cell.bugs or is_left_out(cell):
            continue
        tried = () if cell.by_hand else cell.checks
        failing = next((check for check in tried if check.message), None)
        why = f"{failing.name}: {failing.message}" if failing else cell.message
        task = marks.task_of(cell.grade_id)
        yield Lost(task, cell.score, cell.max_score, why)


def _times(
    made: tuple[str, str, str], submissions: Sequence[Submission], marks: Marks
) -> int:
    """Return in how many answers to its task a mistake was found.

    Parameters
    ----------
    submissions
        All results of a student, oldest first.
    """
    times, before, counted = 0, (), False
    for submission in submissions:
        cells = [c for c in submission.cells if marks.task_of(c.grade_id) == made[0]]
        if not cells:  # not graded, or not there yet
            continue
        if not before or _are_anew(before, cells):
            counted = False
        if not counted and made in _mistakes(submission, marks):
            times, counted = times + 1, True
        before = cells
    return times


def _are_anew(before: Sequence[Cell], now: Sequence[Cell]) -> bool:
    """Tell whether a task was answered anew between two results.

    Where that is not kept, as by earlier versions, it was if one of both was right, and
    the other not.
    """
    then, later = ([cell.answer for cell in cells] for cells in (before, now))
    if all(then) and all(later):
        return then != later
    return _are_right(before) != _are_right(now)


def _are_right(cells: Sequence[Cell]) -> bool:
    failing = (check.message for cell in cells for check in cell.checks)
    return not any(failing) and not any(cell.by_machine for cell in cells)


def _mistakes(submission: Submission, marks: Marks) -> list[tuple[str, str, str]]:
    """Return task, title and question of each known mistake, once."""
    found = [
        (marks.task_of(cell.grade_id), check.title or check.bug, check.question)
        for cell in submission.cells
        for check in cell.checks
        if check.bug
    ]
    return list(dict.fromkeys(found))


def render_progress(progress: Progress) -> str:
    """Return a student's page: HTML that needs no other file."""
    return templates().get_template("student.html").render(progress=progress)
