"""What the pages say about a grading: the score, the tasks and their checks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from proctor.feedback.untrusted import line, mapping, number, sequence, text
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
class Check:
    """One named behaviour of a task.

    Attributes
    ----------
    bug
        The id of the known mistake behind a loss, or an empty text.
    title, question
        What the mistake is, and what a tutor would ask.
    """

    name: str
    score: float
    max_score: float
    message: str
    bug: str
    title: str = ""
    question: str = ""

    @property
    def result(self) -> str:
        """``earned``, ``lost`` or ``part earned``."""
        if self.score >= self.max_score:
            return "earned"
        return "part earned" if self.score > 0 else "lost"

    @property
    def points(self) -> str:
        """The points, as ``2 / 3``."""
        return f"{points(self.score)} / {points(self.max_score)}"


@dataclass(frozen=True)
class Task:
    """A graded cell.

    Attributes
    ----------
    name
        The name of the task that it decides.
    max_score
        None if the record does not say.
    by_hand
        Whether a person gave the points.
    """

    grade_id: str
    name: str
    score: float
    max_score: float | None
    result: str
    message: str = ""
    checks: tuple[Check, ...] = ()
    by_hand: bool = False

    @property
    def said(self) -> list[str]:
        """What the task's output would only repeat."""
        names = [check.name for check in self.checks]
        return [part for part in (self.message, *names) if part]

    @property
    def questions(self) -> list[tuple[str, str]]:
        """Title and question of each known mistake behind its losses, once."""
        found = [(c.title, c.question) for c in self.checks if c.bug and c.question]
        return list(dict.fromkeys(found))

    @property
    def remark(self) -> str:
        """The message, unless the result or a check that is listed says it anyway."""
        if self.waits:
            return ""
        named = any(check.name and check.name in self.message for check in self.checks)
        return "" if named else self.message

    @property
    def points(self) -> str:
        """The points, as ``2 / 3``."""
        score = "?" if self.waits else points(self.score)
        return (
            score if self.max_score is None else f"{score} / {points(self.max_score)}"
        )

    @property
    def waits(self) -> bool:
        """Whether nobody graded it yet."""
        return self.result == _RESULTS["ungraded"]


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

    def task(self, grade_id: str) -> Task | None:
        """Return the task that the cell of this name decides."""
        if not grade_id:
            return None
        return next((task for task in self.tasks if task.grade_id == grade_id), None)


def points(value: float) -> str:
    """Return points as people write them: 36, or 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def read_summary(record: Any, assignment: str, marks: Marks) -> Summary:
    """Return the summary of a record; what is missing in it stays empty.

    Points given by hand replace those of the record, in the total as well.
    """
    record = mapping(record)
    submission = mapping(record.get("submission"))
    by_hand = mapping(record.get("manual_scores"))
    waits = bool(submission.get("needs_manual_grade"))
    if "waiting" in record:
        waits = bool(sequence(record["waiting"]))
    cells = [mapping(cell) for cell in sequence(submission.get("cells"))]
    recorded = [_task(cell, marks) for cell in cells]
    total = number(submission.get("score"))
    tasks = []
    for task in recorded:
        if task.grade_id in by_hand:
            score = number(by_hand[task.grade_id])
            total += score - task.score
            task = replace(
                task, score=score, result="graded", message="", checks=(), by_hand=True
            )
        tasks.append(task)
    return Summary(
        assignment=line(assignment or record.get("assignment")),
        student=line(submission.get("student"), 200),
        points=f"{points(total)} / {points(number(submission.get('max_score')))}",
        needs_attention=submission.get("status") != "graded",
        message=line(submission.get("message")),
        started=_date(line(record.get("started"), 100)),
        sandbox=line(record.get("sandbox"), 100),
        needs_manual_grade=waits,
        mended=tuple(map(line, sequence(submission.get("mended")))),
        tasks=tuple(tasks),
        comments=tuple(_comments(record)),
    )


def _task(cell: dict, marks: Marks) -> Task:
    score, max_score = number(cell.get("score")), cell.get("max_score")
    name = line(cell.get("grade_id"), 200)
    status = line(cell.get("status"), 100)
    return Task(
        grade_id=name,
        name=marks.task_of(name),
        score=score,
        max_score=None if max_score is None else number(max_score),
        result=_RESULTS.get(status, status),
        message=line(cell.get("message")),
        checks=tuple(_check(mapping(c)) for c in sequence(cell.get("checks"))),
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
