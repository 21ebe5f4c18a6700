"""Grade submissions through nbgrader, one at a time, so that none can stop another."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import nbformat
from nbformat import NotebookNode

from proctor.course import Course, read_submission
from proctor.project import GradingError, SubmissionError
from proctor.results import GRADED, NEEDS_ATTENTION, Cell, Run, Submission

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST_MESSAGE = 200


def grade(
    course: Course,
    assignment: str,
    students: list[str] | None = None,
    report: Callable[[Submission], None] = lambda submission: None,
) -> Run:
    """Grade an assignment's submissions; one that cannot be graded stops no other.

    Parameters
    ----------
    students
        Whom to grade; default: everybody who handed something in.
    report
        Called with each submission when it is done.

    Raises
    ------
    proctor.project.GradingError
        If the gradebook does not know the assignment, or nobody handed it in.
    """
    started = datetime.now(UTC).isoformat(timespec="seconds")
    notebooks = course.notebooks(assignment)
    students = students or course.students(assignment)
    if not students:
        raise GradingError(
            f"nothing handed in for {assignment!r}: put each notebook at "
            f"{course.path('submitted', '<student>', assignment)}/<notebook>.ipynb"
        )
    submissions = []
    for student in students:
        submissions.append(_grade_one(course, assignment, student, notebooks))
        report(submissions[-1])
    return Run(assignment, started, "none", submissions)


def _grade_one(
    course: Course, assignment: str, student: str, notebooks: dict[str, float]
) -> Submission:
    start = time.perf_counter()
    max_score = sum(notebooks.values())
    try:
        folder = course.path("submitted", student, assignment)
        for name in notebooks:
            read_submission(folder / f"{name}.ipynb")
        outcome = course.api.autograde(assignment, student, force=True)
        if not outcome["success"]:
            raise SubmissionError(_why(outcome))
        cells, manual = _read_grades(course, assignment, student)
    except SubmissionError as error:
        return Submission(
            student,
            NEEDS_ATTENTION,
            max_score,
            seconds=round(time.perf_counter() - start, 2),
            message=_one_line(str(error)),
        )
    return Submission(
        student,
        GRADED,
        max_score,
        score=sum(cell.score for cell in cells),
        needs_manual_grade=manual,
        seconds=round(time.perf_counter() - start, 2),
        mended=re.findall(r"Mended: (.*)", outcome.get("log", "")),
        cells=cells,
    )


def _read_grades(
    course: Course, assignment: str, student: str
) -> tuple[list[Cell], bool]:
    """Return a graded submission's cells, and whether a person must grade some."""
    cells, manual = [], False
    folder = course.path("autograded", student, assignment)
    with course.gradebook() as gradebook:
        submission = gradebook.find_submission(assignment, student)
        for entry in submission.notebooks:
            notebook = nbformat.read(folder / f"{entry.name}.ipynb", as_version=4)
            executed = {
                cell.metadata.get("nbgrader", {}).get("grade_id"): cell
                for cell in notebook.cells
            }
            grades = {grade.name: grade for grade in entry.grades}
            for name in [name for name in executed if name in grades]:
                grade = grades[name]
                manual = manual or grade.needs_manual_grade
                status, message = "passed", ""
                if grade.score < grade.max_score:
                    status, message = _explain(executed[name])
                cells.append(Cell(name, grade.score, grade.max_score, status, message))
    return cells, manual


def _explain(cell: NotebookNode) -> tuple[str, str]:
    """Return the status and one line of reason for a cell that lost points."""
    for output in cell.get("outputs", []):
        if output.output_type != "error":
            continue
        message = _one_line(_ANSI.sub("", output.evalue))
        if output.ename == "AssertionError":
            return "failed", message or "a check failed"
        if output.ename == "CellTimeoutError":
            return "timeout", "took longer than a cell may"
        if output.ename == "NotImplementedError":
            return "error", "not written yet" + (f": {message}" if message else "")
        return "error", f"{output.ename}: {message}"
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name == "stderr":
            line = _one_line(output.text)
            return "failed", f"nbgrader takes output on stderr for an error: {line}"
    if cell.get("cell_type") == "markdown":
        return "failed", "waits for a person to grade it"
    return "partial", "the cell gave only part of its points"


def _why(outcome: dict) -> str:
    """Return the line of nbgrader's account that names the cause of a failure."""
    lines = [line.strip() for line in outcome.get("log", "").splitlines()]
    raised = [line for line in lines if re.match(r"[\w.]+(Error|Exception)\b", line)]
    logged = [line for line in lines if line.startswith("[ERROR]")]
    return (
        "nbgrader could not grade it: " + (raised or logged or ["no reason given"])[-1]
    )


def _one_line(text: str) -> str:
    """Return the first line that says something, shortened where it is long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if len(line) > _LONGEST_MESSAGE:
        line = line[: _LONGEST_MESSAGE - 3] + "..."
    return line
