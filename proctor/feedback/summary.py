"""What the pages say about a grading: the score, the tasks and their checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from proctor.feedback.untrusted import line, mapping, number, sequence, text
from proctor.grade.cell_results import UNGRADED, Cell, Check
from proctor.notebook.cells import Marks

_RESULTS = {
    "passed": "passed",
    "partial": "partly passed",
    "failed": "not passed",
    "error": "raised an error",
    "timeout": "took too long",
    "ungraded": "not graded yet",
}
_LONGEST_COMMENT = 20_000


@dataclass(frozen=True)
class Task:
    """A graded cell, as a page speaks of it.

    Attributes
    ----------
    name
        Of the task that it decides.
    by_hand
        Whether a person gave the points.
    """

    cell: Cell
    name: str
    by_hand: bool = False

    @property
    def result(self) -> str:
        """The status in words."""
        status = self.cell.status
        return "graded by hand" if self.by_hand else _RESULTS.get(status, status)

    @property
    def extra(self) -> str:
        """What is said of points beside the cell's own; empty where there are none."""
        given = self.cell.extra_credit
        return f"{points(given)} of the points are extra credit" if given else ""

    @property
    def said(self) -> list[str]:
        """What the task's output would only repeat."""
        names = [check.name for check in self.cell.checks]
        return [part for part in (self.cell.message, *names) if part]

    @property
    def questions(self) -> list[tuple[str, str]]:
        """Title and question of each known mistake behind its losses, once."""
        return [(title, asked) for title, asked in self.cell.bugs.items() if asked]

    @property
    def remark(self) -> str:
        """The message, unless the result or a check that is listed says it anyway."""
        message, checks = self.cell.message, self.cell.checks
        named = any(check.name and check.name in message for check in checks)
        return "" if named or self.waits else message

    @property
    def points(self) -> str:
        """The points, as ``2 / 3``."""
        score = "?" if self.waits else points(self.cell.score)
        return f"{score} / {points(self.cell.max_score)}"

    @property
    def waits(self) -> bool:
        """Whether nobody graded it yet."""
        return self.cell.status == UNGRADED and not self.by_hand


@dataclass(frozen=True)
class Comment:
    """What a grader wrote about a cell."""

    grade_id: str
    text: str


@dataclass(frozen=True)
class Summary:
    """What the top of a page says."""

    assignment: str
    student: str
    points: str
    needs_attention: bool
    message: str
    started: str
    sandbox: str
    needs_manual_grade: bool
    mended: tuple[str, ...]
    tasks: tuple[Task, ...]
    comments: tuple[Comment, ...]
    late_penalty: str

    def task(self, grade_id: str) -> Task | None:
        """Return the task that the cell of this name decides."""
        if not grade_id:
            return None
        return next((t for t in self.tasks if t.cell.grade_id == grade_id), None)


def points(value: float) -> str:
    """Return points as people write them: 36, or 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def outcome(check: Check) -> str:
    """Return what came of a check: ``earned``, ``lost`` or ``part earned``."""
    if check.score >= check.max_score:
        return "earned"
    return "part earned" if check.score > 0 else "lost"


def read_summary(record: Any, assignment: str, marks: Marks) -> Summary:
    """Return the summary of a record; what is missing in it stays empty.

    Points given by hand replace those of the record, in the total as well.
    """
    record = mapping(record)
    submission = mapping(record.get("submission"))
    by_hand = mapping(record.get("manual_scores"))
    beside = mapping(record.get("extra_credit"))
    penalty = number(record.get("late_penalty"))
    waits = bool(submission.get("needs_manual_grade"))
    if "waiting" in record:
        waits = bool(sequence(record["waiting"]))
    total = number(submission.get("score"))
    tasks = []
    for cell in map(_cell, map(mapping, sequence(submission.get("cells")))):
        given = cell.grade_id in by_hand
        extra = number(beside.get(cell.grade_id))
        score = number(by_hand[cell.grade_id]) if given else cell.score + extra
        total += score - cell.score
        if given:
            cell = Cell(cell.grade_id, score, cell.max_score, cell.status)
        cell = replace(cell, score=score, extra_credit=extra)
        tasks.append(Task(cell, marks.task_of(cell.grade_id), given))
    counts, most = max(0.0, total - penalty), number(submission.get("max_score"))
    return Summary(
        assignment=line(assignment or record.get("assignment")),
        student=line(submission.get("student"), 200),
        points=f"{points(counts)} / {points(most)}",
        needs_attention=submission.get("status") != "graded",
        message=line(submission.get("message")),
        started=_date(line(record.get("started"), 100)),
        sandbox=line(record.get("sandbox"), 100),
        needs_manual_grade=waits,
        mended=tuple(map(line, sequence(submission.get("mended")))),
        tasks=tuple(tasks),
        comments=tuple(_comments(record)),
        late_penalty=points(penalty) if penalty > 0 else "",
    )


def _cell(cell: dict) -> Cell:
    return Cell(
        grade_id=line(cell.get("grade_id"), 200),
        score=number(cell.get("score")),
        max_score=number(cell.get("max_score")),
        status=line(cell.get("status"), 100),
        message=line(cell.get("message")),
        checks=tuple(_check(mapping(c)) for c in sequence(cell.get("checks"))),
        together=cell.get("together") is True,
    )


def _check(check: dict) -> Check:
    return Check(
        name=line(check.get("name"), 200),
        score=number(check.get("score")),
        max_score=number(check.get("max_score")),
        message=line(check.get("message")),
        bug=line(check.get("bug"), 100),
        title=line(check.get("title"), 200),
        question=line(check.get("question")),
    )


def _comments(record: dict) -> list[Comment]:
    """Return the comments that say something."""
    found = [mapping(comment) for comment in sequence(record.get("comments"))]
    comments = [
        Comment(
            line(c.get("grade_id"), 200), text(c.get("text"), _LONGEST_COMMENT).strip()
        )
        for c in found
    ]
    return [comment for comment in comments if comment.text]


def _date(started: str) -> str:
    """Return a date in ISO 8601 as people read it, or anything else as it is."""
    try:
        moment = datetime.fromisoformat(started)
    except ValueError:
        return started
    return f"{moment:%Y-%m-%d, %H:%M} {moment.tzname() or ''}".rstrip()
