"""What a class got wrong: known mistakes by name, the others by what they gave."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass

from proctor.grade.results import UNGRADED, Cell
from proctor.notebook.cells import Marks
from proctor.report.classroom import Classroom
from proctor.rubric.errors import UNWRITTEN

_NO_ANSWER = "no answer was written"
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Mistake:
    """A known mistake, and who made it."""

    bug: str
    task: str
    title: str
    question: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Cluster:
    """Answers to one task that are wrong in the same way, and have no name.

    Attributes
    ----------
    id
        The same in every report of the same answers.
    said
        The name of each check that failed, or an empty text, and what was said.
    by_values
        Whether what came is known to be the same, and not only what was said.
    """

    id: str
    task: str
    said: tuple[tuple[str, str], ...]
    students: tuple[str, ...]
    by_values: bool


@dataclass(frozen=True)
class Unwritten:
    """A task that some left as it was handed out."""

    task: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Wrong:
    """All that a class got wrong; of each kind the commonest first."""

    mistakes: tuple[Mistake, ...]
    clusters: tuple[Cluster, ...]
    unwritten: tuple[Unwritten, ...]

    def cluster(self, name: str) -> Cluster | None:
        """Return the cluster of this id."""
        return next((one for one in self.clusters if one.id == name), None)


def wrong_in(classroom: Classroom, marks: Marks) -> Wrong:
    """Return what a class got wrong."""
    named: dict[tuple[str, str], list[str]] = defaultdict(list)
    texts: dict[tuple[str, str], tuple[str, str]] = {}
    alike: dict[tuple, list[str]] = defaultdict(list)
    left: dict[str, list[str]] = defaultdict(list)
    for submission in classroom.graded:
        for cell in submission.cells:
            task = marks.task_of(cell.grade_id)
            for check in cell.checks:
                if check.bug:
                    key = task, check.bug
                    texts.setdefault(key, (check.title, check.question))
                    if submission.student not in named[key][-1:]:
                        named[key].append(submission.student)
            if _is_unwritten(cell):
                left[task].append(submission.student)
            elif signs := _signs(cell):
                alike[task, signs].append(submission.student)
    mistakes = [
        Mistake(bug, task, *texts[task, bug], tuple(students))
        for (task, bug), students in named.items()
    ]
    clusters = [
        Cluster(
            _id(task, signs),
            task,
            tuple((name, said) for name, said, _ in signs),
            tuple(students),
            all(same for _, _, same in signs),
        )
        for (task, signs), students in alike.items()
    ]
    unwritten = [Unwritten(task, tuple(students)) for task, students in left.items()]
    return Wrong(
        *(tuple(sorted(one, key=_size)) for one in (mistakes, clusters, unwritten))
    )


def _size(group: Mistake | Cluster | Unwritten) -> tuple:
    """Return what puts the commonest first, and then keeps an order."""
    return -len(group.students), group.task, getattr(group, "id", "")


def _is_unwritten(cell: Cell) -> bool:
    """Tell whether nothing was written, so that there is nothing to compare."""
    failing = [check.message for check in cell.checks if check.message]
    if failing:
        return all(said.startswith(UNWRITTEN) for said in failing)
    return cell.message == _NO_ANSWER or cell.message.startswith(UNWRITTEN)


def _signs(cell: Cell) -> tuple[tuple[str, str, str], ...]:
    """Return by what a wrong answer without a name is known; nothing of any other."""
    failing = [check for check in cell.checks if check.message and not check.bug]
    if failing:
        # Numbers in what was said may be of this student's inputs alone.
        return tuple((c.name, _NUMBER.sub("...", c.message), c.alike) for c in failing)
    if cell.checks or cell.status not in ("failed", "error", "timeout"):
        return ()
    if cell.status == UNGRADED or cell.score >= cell.max_score:
        return ()
    return (("", _NUMBER.sub("...", cell.message), ""),)


def _id(task: str, signs: tuple[tuple[str, str, str], ...]) -> str:
    digest = hashlib.sha256(repr((task, signs)).encode("utf-8", "surrogatepass"))
    return f"{task}-{digest.hexdigest()[:6]}"
