"""A checked notebook in the formats of systems that grade on each push.

- ``json``: the document of the schema ``proctor/results/v1``.
- ``junit``: JUnit's XML as GitLab reads it (docs.gitlab.com, "Unit test reports"): a
  ``testcase`` with ``classname``, ``name`` and ``time``, in it ``failure``, ``error``
  or ``skipped``.
- ``gradescope``: ``results.json`` (gradescope-autograders.readthedocs.io,
  "Autograder specifications").
- ``classroom50``: ``result.json`` of ``classroom50/result/v1`` (its repository's
  ``schemas/result-v1.schema.json`` and wiki, "Advanced Autograding"). Its points are
  whole numbers.
- ``markdown``: for the summary of a step of GitHub Actions.
"""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.cell_results import UNGRADED, Cell
from proctor.grade.results import NEEDS_ATTENTION, Run, Submission
from proctor.notebook.cells import Marks
from proctor.notebook.write import write_file
from proctor.text import plain

_CLASSROOM = ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")


@dataclass(frozen=True)
class Entry:
    """One behaviour, or a task whose test has none with a name.

    Attributes
    ----------
    score
        None: a person has to give it.
    message
        Why points were lost; empty where none were.
    """

    task: str
    name: str
    score: float | None
    max_score: float
    message: str = ""

    @property
    def title(self) -> str:
        """Task and behaviour."""
        return f"{self.task}: {self.name}" if self.name else self.task

    @property
    def passed(self) -> bool:
        """Whether all points were earned."""
        return self.score is not None and self.score >= self.max_score


def entries(submission: Submission, marks: Marks) -> list[Entry]:
    """Return a submission's behaviours; their points are its points."""
    return [e for cell in submission.cells for e in _of_cell(cell, marks)]


def _of_cell(cell: Cell, marks: Marks) -> list[Entry]:
    task = plain(marks.task_of(cell.grade_id))
    if cell.status == UNGRADED:
        return [Entry(task, "", None, cell.max_score, plain(cell.message))]
    found = []
    # A person's points are for the whole of it.
    for check in () if cell.by_hand else cell.checks:
        said = [check.message, check.title, check.question if check.bug else ""]
        message = plain(" · ".join(part for part in said if part))
        found.append(
            Entry(task, plain(check.name), check.score, check.max_score, message)
        )
    sums = sum(e.score for e in found), sum(e.max_score for e in found)
    # What a task loses beside its checks stands in the task alone.
    if found and all(
        abs(a - b) < 1e-6
        for a, b in zip(sums, (cell.score, cell.max_score), strict=True)
    ):
        return _with_cause(found, plain(cell.message))
    message = plain(cell.message) or "; ".join(e.message for e in found if e.message)
    return [Entry(task, "", cell.score, cell.max_score, message)]


def _with_cause(found: list[Entry], cause: str) -> list[Entry]:
    """Say before the first of the points lost what is known of the cell itself.

    A cell that ended in an error leaves its checks nothing but missing names.
    """
    for number, entry in enumerate(found):
        if not entry.passed:
            if cause and cause not in entry.message and entry.message not in cause:
                said = f"{cause} · {entry.message}"
                found[number] = replace(entry, message=said)
            break
    return found


def as_json(run: Run, submission: Submission, marks: Marks) -> str:
    """Return the results document."""
    document = run.head() | {"submissions": [submission.as_dict()]}
    return json.dumps(document, indent=1) + "\n"


def as_junit(run: Run, submission: Submission, marks: Marks) -> str:
    """Return JUnit's XML."""
    found = entries(submission, marks)
    attention = submission.status == NEEDS_ATTENTION
    failed = [e for e in found if e.score is not None and not e.passed]
    suite = ET.Element(
        "testsuite",
        name=run.assignment,
        tests=f"{len(found) + attention}",
        failures=f"{len(failed)}",
        errors=f"{int(attention)}",
        skipped=f"{sum(e.score is None for e in found)}",
        time=f"{submission.seconds}",
    )
    if attention:
        case = ET.SubElement(suite, "testcase", classname=run.assignment, time="0")
        case.set("name", "the notebook can be graded")
        ET.SubElement(case, "error", message=plain(submission.message))
    for entry in found:
        case = ET.SubElement(suite, "testcase", classname=entry.task, time="0")
        case.set("name", entry.name or entry.task)
        if entry.score is None:
            ET.SubElement(case, "skipped", message=entry.message)
        elif not entry.passed:
            points = f"{entry.score:g} of {entry.max_score:g} points"
            failure = ET.SubElement(case, "failure", message=points)
            failure.text = entry.message
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def as_gradescope(run: Run, submission: Submission, marks: Marks) -> str:
    """Return ``results.json``; what waits for a person has no score."""
    tests, found = [], entries(submission, marks)
    for number, entry in enumerate(found, 1):
        test = {"name": entry.title, "number": f"{number}", "output": entry.message}
        test |= {"max_score": entry.max_score, "visibility": "visible"}
        if entry.score is not None:
            test |= {"score": entry.score}
            test["status"] = "passed" if entry.passed else "failed"
        tests.append(test)
    said = [f"{submission.score:g} of {submission.max_score:g} points"]
    if waiting := sum(e.max_score for e in found if e.score is None):
        said[0] += f", {waiting:g} more when a person has looked"
    if submission.status == NEEDS_ATTENTION:
        said = [f"A person has to look at this: {plain(submission.message)}"]
    said += [f"Mended: {plain(note)}" for note in submission.mended]
    document = {
        "score": submission.score,
        "execution_time": submission.seconds,
        "output": "\n".join(said),
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"proctor": run.head()},
    }
    return json.dumps(document, indent=1) + "\n"


def as_classroom50(
    run: Run,
    submission: Submission,
    marks: Marks,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Return ``result.json``, with what the runner says in its environment.

    Where points have fractions, all are in hundredths, and each name says so. What
    waits for a person is not among the tests.

    Raises
    ------
    GradingError
        If the runner's variables are not there, or a person has to look: the runner
        makes a result of its own where its autograder fails.
    """
    said = os.environ if environment is None else environment
    if lacking := [name for name in _CLASSROOM if not said.get(name)]:
        raise GradingError(
            f"Classroom 50's runner sets {', '.join(lacking)}: run this from its "
            "autograder.py"
        )
    if submission.status == NEEDS_ATTENTION:
        raise GradingError(f"a person has to look at this: {submission.message}")
    found = [e for e in entries(submission, marks) if e.score is not None]
    whole = all(float(v).is_integer() for e in found for v in (e.score, e.max_score))
    factor, unit = (1, "") if whole else (100, " (hundredths of points)")
    tests = [
        {
            "test-name": f"{entry.title}{unit}",
            "passed": entry.passed,
            "score": round(entry.score * factor),
            "max-score": round(entry.max_score * factor),
            "message": entry.message,
        }
        for entry in found
    ]
    document = {
        "schema": "classroom50/result/v1",
        "classroom": said["CLASSROOM"],
        "assignment": said["ASSIGNMENT"],
        "assignment_type": said.get("ASSIGNMENT_TYPE") or "individual",
        "owner": said.get("OWNER") or said.get("USERNAME") or "unknown",
        "submission": said["SUBMISSION_TAG"],
        "commit": said["COMMIT_URL"],
        "release": said["RELEASE_URL"],
        "review": said.get("REVIEW_URL") or said["COMMIT_URL"],
        "datetime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json.dumps(document, indent=1) + "\n"


def as_markdown(run: Run, submission: Submission, marks: Marks) -> str:
    """Return a table of what was earned, and why the rest was not."""
    head = f"## {as_cell(run.assignment)}: {submission.score:g} of "
    lines = [f"{head}{submission.max_score:g} points", ""]
    if submission.status == NEEDS_ATTENTION:
        lines += [f"A person has to look at this: {as_cell(submission.message)}", ""]
    lines += ["| | what is asked | points | why |", "| --- | --- | ---: | --- |"]
    for entry in entries(submission, marks):
        sign = "…" if entry.score is None else "✓" if entry.passed else "✗"
        score = "?" if entry.score is None else f"{entry.score:g}"
        points = f"{score} / {entry.max_score:g}"
        line = [sign, as_cell(entry.title), points, as_cell(entry.message)]
        lines.append(f"| {' | '.join(line)} |")
    lines += ["", *(f"Mended: {as_cell(note)}" for note in submission.mended)]
    return "\n".join(lines).rstrip() + "\n"


def as_cell(text: str) -> str:
    """Return text that a table of Markdown shows as it is."""
    return re.sub(r"([\\`*_{}\[\]<>|#!~&])", r"\\\1", plain(text))


FORMATS: dict[str, Callable[[Run, Submission, Marks], str]] = {
    "json": as_json,
    "junit": as_junit,
    "gradescope": as_gradescope,
    "classroom50": as_classroom50,
    "markdown": as_markdown,
}


def show(
    wanted: list[tuple[str, Path | None]],
) -> Callable[[Run, Submission, Marks], None]:
    """Return what prints a checked notebook in formats, or writes it to files."""

    def write(run: Run, submission: Submission, marks: Marks) -> None:
        for name, out in wanted:
            text = FORMATS[name](run, submission, marks)
            if out is None:
                print(text, end="")
                continue
            try:
                write_file(out, text.encode("utf-8", "replace"))
            except OSError as error:
                raise GradingError(
                    f"{out} cannot be written ({error.strerror}): name another file"
                ) from None

    return write
