"""The page of a class's report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from proctor.feedback.markup import code_html
from proctor.feedback.page import environment
from proctor.feedback.summary import points
from proctor.feedback.untrusted import line
from proctor.grade.results import UNGRADED
from proctor.notebook.cells import Marks
from proctor.report import pictures
from proctor.report.changes import Changes, changes_in
from proctor.report.classroom import Classroom
from proctor.report.helpers import Example
from proctor.report.mistakes import Cluster, Wrong, wrong_in
from proctor.report.statistics import Item, Spread, items, spread
from proctor.report.words import at_most, changed_words, many, odd_words, percent

# What the page shows of a long list; its files have all of it.
_MOST_CLUSTERS, _MOST_STUDENTS, _MOST_NAMES, _MOST_CHANGES = 20, 1000, 60, 100
_LONGEST_ANSWER = 6_000
# The pairs of a larger class take a minute: proctor similar looks at them.
MOST_COMPARED = 600


@dataclass(frozen=True)
class Report:
    """All that is said of a class.

    Attributes
    ----------
    items
        Each task, followed by its checks.
    notes
        What a reader should know of what the report is made of.
    """

    classroom: Classroom
    marks: Marks
    items: tuple[Item, ...]
    spread: Spread | None
    wrong: Wrong
    changes: Changes | None
    notes: tuple[str, ...] = ()

    @property
    def tasks(self) -> list[tuple[Item, list[Item]]]:
        """Each task with its checks."""
        found: list[tuple[Item, list[Item]]] = []
        for item in self.items:
            if item.check:
                found[-1][1].append(item)
            else:
                found.append((item, []))
        return found

    @property
    def common_tasks(self) -> list[Item]:
        """The tasks of which most have a result.

        How hard another is, a person has still to say.
        """
        enough = len(self.classroom.graded) / 2
        return [task for task, _ in self.tasks if task.tried >= enough]

    @property
    def uncommon(self) -> list[str]:
        """The tasks that a person has still to grade of half of the class or more."""
        common = {task.task for task in self.common_tasks}
        return [task for task in self.waiting if task not in common]

    @property
    def waiting(self) -> dict[str, list[str]]:
        """The students of whom a person has still to grade something, by task."""
        found: dict[str, list[str]] = {}
        for submission in self.classroom.graded:
            for cell in submission.cells:
                if cell.waits:
                    task = self.marks.task_of(cell.grade_id)
                    found.setdefault(task, []).append(submission.student)
        return found

    @property
    def left_out(self) -> bool:
        """Whether some answers, which a person has still to grade, stand in no item."""
        every = (cell for one in self.classroom.graded for cell in one.cells)
        return any(cell.status == UNGRADED for cell in every)

    @property
    def took(self) -> str:
        """How long grading took, of all submissions together, in words."""
        seconds = sum(s.seconds for s in self.classroom.submissions)
        if seconds >= 60:
            return f"{seconds / 60:.1f} minutes"
        return many(round(seconds), "second") if seconds >= 1 else "less than a second"


@dataclass(frozen=True)
class Shown:
    """A cluster as the page shows it, with one answer of it, and what that uses."""

    cluster: Cluster
    answer: Markup | None
    cut: bool = False
    uses: str = ""
    helpers: Markup | None = None


def report_of(
    classroom: Classroom,
    marks: Marks,
    notes: Sequence[str] = (),
    as_handed_out: Callable[[str, str, bool], bool] | None = None,
) -> Report:
    """Return what there is to say of a class.

    Parameters
    ----------
    as_handed_out
        See :func:`~proctor.report.mistakes.wrong_in`; None: the results alone say it.
    """
    totals = [submission.score for submission in classroom.graded]
    if classroom.changed:
        notes = [changed_words(classroom.changed, classroom.assignment), *notes]
    if classroom.odd:
        notes = [*notes, odd_words(classroom.odd)]
    if classroom.reckoned:
        notes = [*notes, odd_words(classroom.reckoned, reckoned=True)]
    notes = [*notes, *_can_be_forged(classroom, marks)]
    return Report(
        classroom,
        marks,
        tuple(items(classroom, marks)),
        spread(totals, classroom.max_score),
        wrong_in(classroom, marks, *filter(None, [as_handed_out])),
        changes_in(classroom, marks),
        tuple(notes),
    )


def _can_be_forged(classroom: Classroom, marks: Marks) -> list[str]:
    """Say which points nobody vouches for."""
    every = [cell for submission in classroom.graded for cell in submission.cells]
    tasks = dict.fromkeys(marks.task_of(c.grade_id) for c in every if c.together)
    if not tasks:
        return []
    return [
        f"The tests of {', '.join(tasks)} ran together with the students' code: such "
        f"points can be forged (see proctor lint {classroom.assignment})."
    ]


def render_report(
    report: Report,
    answer_to: Callable[[Cluster], Example | None],
    files: Mapping[str, str],
    likeness: object = None,
) -> str:
    """Return the report's page: HTML that needs no other file.

    Parameters
    ----------
    answer_to
        Returns an answer of a cluster, without comments; None where there is none.
    files
        Name, and what is in it, of the files that lie beside the page.
    likeness
        The pairs of submissions that are alike, if they were looked for.
    """
    clusters = report.wrong.clusters[:_MOST_CLUSTERS]
    shown = [_shown(cluster, answer_to(cluster)) for cluster in clusters]
    found, worth = report.spread, report.classroom.max_score
    drawn = {
        "scores": pictures.scores(found, worth) if found and worth > 0 else "",
        "tasks": pictures.tasks(tasks) if (tasks := report.common_tasks) else "",
        "mistakes": (
            pictures.mistakes(report.wrong.mistakes) if report.wrong.mistakes else ""
        ),
    }
    template = templates().get_template("report.html")
    return template.render(
        report=report,
        classroom=report.classroom,
        penalties=report.classroom.penalties,
        clusters=shown,
        pictures=drawn,
        files=files,
        likeness=likeness,
        most={
            "students": _MOST_STUDENTS,
            "names": _MOST_NAMES,
            "changes": _MOST_CHANGES,
            "compared": MOST_COMPARED,
        },
    )


def _shown(cluster: Cluster, example: Example | None) -> Shown:
    if example is None:
        return Shown(cluster, None)
    answer = example.answer
    helpers = "\n\n\n".join(helper.text for helper in example.helpers)
    return Shown(
        cluster,
        Markup(code_html(answer[:_LONGEST_ANSWER])),
        max(len(answer), len(helpers)) > _LONGEST_ANSWER,
        example.words,
        Markup(code_html(helpers[:_LONGEST_ANSWER])) if helpers else None,
    )


@cache
def templates() -> jinja2.Environment:
    """Return the templates of this folder; what they are given is escaped."""
    made = environment().overlay(
        loader=jinja2.ChoiceLoader(
            [jinja2.FileSystemLoader(Path(__file__).parent), environment().loader]
        ),
    )
    made.filters |= {"line": line, "points": points, "day": day, "percent": percent}
    made.filters |= {"many": many, "at_most": at_most}
    return made


def day(started: str) -> str:
    """Return a time as people write it."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return line(started, 100)
    return f"{moment:%Y-%m-%d, %H:%M} {moment.tzname() or ''}".rstrip()
