"""What a class got wrong: known mistakes by name, the others by what they gave."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from proctor.grade.cell_results import Cell
from proctor.grade.results import Submission
from proctor.notebook.cells import Marks
from proctor.report.classroom import Classroom
from proctor.report.unwritten import is_left, is_left_out, is_said

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# The name of a check that failed, and what is alike in like answers: what came, by a
# digest, or where that is not known what was said.
_Sign = tuple[str, str, bool]
# The name of each check that failed, and what was said.
_Said = tuple[tuple[str, str], ...]
_lists, _counters = partial(defaultdict, list), partial(defaultdict, Counter)


@dataclass(frozen=True)
class Mistake:
    """A known mistake, and who made it.

    Attributes
    ----------
    beside
        Checks that failed in the same answers and have no name, each with how many
        failed it. They may follow from the mistake, or be one of their own: that is
        for a reader to say, and none of a group of answers without a name.
    """

    bug: str
    task: str
    title: str
    question: str
    students: tuple[str, ...]
    beside: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Cluster:
    """Answers to one task that are wrong in the same way, and have no name.

    Attributes
    ----------
    id
        The same in every report of answers that are wrong in this way, whenever they
        were graded.
    said
        The name of each check that failed, or an empty text, and what was said, of one
        of the answers.
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
    """A task that some left as it was handed out, or in part."""

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


@dataclass
class _Found:
    """What is known of a class so far: who, by task and what they gave."""

    texts: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    named: dict[tuple[str, str], list[str]] = field(default_factory=_lists)
    beside: dict[tuple[str, str], Counter[str]] = field(default_factory=_counters)
    alike: dict[tuple[str, tuple[_Sign, ...]], list[str]] = field(
        default_factory=_lists
    )
    said: dict[tuple[str, tuple[_Sign, ...]], _Said] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=_lists)

    def add(
        self,
        submission: Submission,
        task: str,
        cells: list[Cell],
        as_handed_out: Callable[[str, str, bool], bool],
    ) -> None:
        """Add what a submission has for a task, in the cells that try it."""
        student = submission.student
        failing = [c for cell in cells for c in cell.checks if c.message]
        bugs = {c.bug: (c.title, c.question) for c in failing if c.bug}
        for bug, words in bugs.items():
            self.texts.setdefault((task, bug), words)
            self.named[task, bug].append(student)
            self.beside[task, bug].update(
                c.name for c in failing if not c.bug and not is_left(c)
            )
        found = [one for cell in cells if not bugs and (one := _signs(cell))]
        left = any(map(is_left_out, cells))
        said = any(map(is_said, cells))
        if not left and found and as_handed_out(student, task, said):
            left, found = True, []
        if left:
            self.left[task].append(student)
        for signs, words in found:
            self.alike[task, signs].append(student)
            self.said.setdefault((task, signs), words)


def wrong_in(
    classroom: Classroom,
    marks: Marks,
    as_handed_out: Callable[[str, str, bool], bool] = lambda *_: False,
) -> Wrong:
    """Return what a class got wrong.

    Parameters
    ----------
    as_handed_out
        Tells of a student, a task, and whether its test found something that is not
        there, if the answer is what was handed out; not asked where checks say it.
    """
    found = _Found()
    for submission in classroom.graded:
        tasks: dict[str, list[Cell]] = {}
        for cell in submission.cells:
            tasks.setdefault(marks.task_of(cell.grade_id), []).append(cell)
        for task, cells in tasks.items():
            found.add(submission, task, cells, as_handed_out)
    mistakes = [
        Mistake(
            bug,
            task,
            *found.texts[task, bug],
            tuple(students),
            tuple(found.beside[task, bug].most_common()),
        )
        for (task, bug), students in found.named.items()
    ]
    clusters = [
        Cluster(
            _id(task, signs),
            task,
            found.said[task, signs],
            tuple(students),
            all(known for _, _, known in signs),
        )
        for (task, signs), students in found.alike.items()
    ]
    unwritten = [Unwritten(task, tuple(who)) for task, who in found.left.items()]
    return Wrong(
        *(tuple(sorted(one, key=_size)) for one in (mistakes, clusters, unwritten))
    )


def without_numbers(said: str) -> str:
    """Return what was said without its numbers: they may be of one's inputs alone."""
    return _NUMBER.sub("...", said)


def _size(group: Mistake | Cluster | Unwritten) -> tuple:
    """Return what puts the commonest first, and then keeps an order."""
    return -len(group.students), group.task, getattr(group, "id", "")


def _signs(cell: Cell) -> tuple[tuple[_Sign, ...], _Said] | None:
    """Return by what a wrong answer is known, and its words; None of any other."""
    failing = [check for check in cell.checks if check.message]
    if failing:
        wrong = [check for check in failing if not is_left(check)]
        words = tuple((c.name, without_numbers(c.message)) for c in wrong)
        # What is said may hang on a student's own inputs; what came on common ones not.
        signs = tuple(
            (c.name, c.alike or said, bool(c.alike))
            for c, (_, said) in zip(wrong, words, strict=True)
        )
        return (signs, words) if signs else None
    if cell.checks or is_left_out(cell):
        return None
    if cell.by_hand:
        # A person's points are no mistake: what the machine said is, if it said it.
        wrong = bool(cell.found)
    else:
        failed = cell.status in ("failed", "error", "timeout")
        wrong = failed and cell.score < cell.max_score
    if not wrong:
        return None
    said = without_numbers(cell.by_machine)
    return (("", said, False),), (("", said),)


def _id(task: str, signs: tuple[_Sign, ...]) -> str:
    digest = hashlib.sha256(repr((task, signs)).encode("utf-8", "surrogatepass"))
    return f"{task}-{digest.hexdigest()[:6]}"
