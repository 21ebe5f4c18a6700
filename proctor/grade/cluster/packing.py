"""A submission and its result as bytes, between the grader and a cluster's worker.

Neither side loads anything but JSON and plain bytes. What comes back is read as what a
stranger says: types, names, numbers and sizes are checked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

from proctor.errors import SubmissionError
from proctor.grade.cell_results import UNGRADED
from proctor.grade.pool import HandedIn
from proctor.grade.results import GRADED, NEEDS_ATTENTION, Submission
from proctor.grade.task import Graded
from proctor.notebook.assignment import AssignedNotebook, Assignment, Wanted
from proctor.notebook.beside import Beside
from proctor.notebook.cells import Marks
from proctor.notebook.read import bytes_of
from proctor.text import plain_line

_STATUSES = ("passed", "partial", "failed", "error", "timeout", UNGRADED)
_MOST_BYTES = 128 << 20
_LONGEST_TEXT, _MOST_TEXTS = 20_000, 2_000
_LENGTH = 8


class Malformed(Exception):
    """Why bytes are no result."""


def pack(handed: HandedIn) -> bytes:
    """Return a submission as bytes, with what is to be said of what cannot be read."""
    folder = next(iter(handed.paths.values())).parent
    contents: list[bytes] = []
    errors: dict[str, str] = {}

    def add(data: bytes) -> int:
        contents.append(data)
        return len(contents) - 1

    def content(path: Path) -> int | None:
        try:
            return add(bytes_of(path))
        except SubmissionError as error:
            errors[path.name] = str(error)
            return None

    about = {
        "student": handed.student,
        "paths": {n: [p.name, content(p)] for n, p in handed.paths.items()},
        "errors": dict(errors),
        "others": [
            [str(path.relative_to(folder)), content(path)] for path in handed.others
        ],
        "files": {name: add(data) for name, data in handed.beside.files.items()},
        "left_out": handed.beside.left_out,
        "part": handed.part
        and {n.name: [c.name for c in n.cells] for n in handed.part.notebooks},
    }
    return _join(about, contents)


def unpack(data: bytes, folder: Path, assignment: Assignment) -> tuple[HandedIn, dict]:
    """Lay a submission out in an empty folder; return it, and what could not be read.

    Raises
    ------
    Malformed
        If it is none, or would be written elsewhere.
    """
    about, contents = _split(data)
    folder = folder / "submitted" / "submission"
    folder.mkdir(parents=True)

    def lay(name: str, number: int | None) -> Path:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith("/"):
            raise Malformed(f"a file is called {name!r}")
        path = folder.joinpath(*parts)
        if number is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(contents[number])
        return path

    handed = HandedIn(
        about["student"],
        {name: lay(*where) for name, where in about["paths"].items()},
        [lay(*where) for where in about["others"]],
        Beside(
            {name: contents[number] for name, number in about["files"].items()},
            about["left_out"],
        ),
        about["part"] and part_of(assignment, about["part"]),
    )
    return handed, about["errors"]


def part_of(assignment: Assignment, kept: Mapping[str, list[str]]) -> Assignment:
    """Return what of an assignment is kept: names of cells, by notebook."""
    notebooks = [
        replace(n, cells=[c for c in n.cells if c.name in set(kept[n.name])])
        for n in assignment.notebooks
        if n.name in kept
    ]
    return replace(assignment, notebooks=notebooks)


def pack_result(graded: Graded, handed: HandedIn, assignment: Assignment) -> bytes:
    """Return what grading found as bytes.

    Raises
    ------
    Malformed
        If nobody would take them for a result. A submission may be so odd: that is no
        reason to do without the worker.
    """
    _check(graded.submission, handed.student, handed.part or assignment)
    about = {
        "submission": graded.submission.as_dict(),
        "notebooks": graded.notebooks,
        "unanswered": sorted(graded.unanswered),
        "spent": graded.spent,
    }
    data = json.dumps(about, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if len(data) > _MOST_BYTES:
        raise Malformed("what was found of it is too large")
    return data


def read_result(data: object, handed: HandedIn, assignment: Assignment) -> Graded:
    """Return what a worker says that it found.

    Raises
    ------
    Malformed
        If that cannot be what grading this submission gives.
    """
    if type(data) is not bytes or len(data) > _MOST_BYTES:
        raise Malformed("it is too large, or not of bytes")
    part = handed.part or assignment
    try:
        about = json.loads(data)
        submission = Submission.from_dict(about["submission"])
        notebooks = about["notebooks"]
        unanswered = {(str(book), str(cell)) for book, cell in about["unanswered"]}
        spent = about["spent"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Malformed(f"it cannot be read ({type(error).__name__})") from None
    _check(submission, handed.student, part)
    wanted = {notebook.name for notebook in part.notebooks}
    _require(type(notebooks) is dict and notebooks.keys() in (set(), wanted))
    _require(bool(notebooks) or submission.status == NEEDS_ATTENTION)
    for notebook in notebooks.values():
        _require(type(notebook) is dict and type(notebook.get("cells")) is list)
        _require(all(type(cell) is dict for cell in notebook["cells"]))
        _require(type(notebook.get("metadata")) is dict)
    known = {(n.name, c.name) for n in part.notebooks for c in n.cells}
    _require(unanswered <= known and type(spent) is str)
    files = dict(handed.beside.files)
    return Graded(submission, notebooks, files, unanswered, plain_line(spent, 300))


def _check(submission: Submission, student: str, part: Assignment) -> None:
    _require(submission.student == student)
    _require(submission.status in (GRADED, NEEDS_ATTENTION))
    _require(submission.max_score == part.max_score)
    _require(type(submission.needs_manual_grade) is bool)
    _require(_is_number(submission.seconds) and submission.late_penalty == 0)
    _require(len(submission.mended) <= _MOST_TEXTS)
    _require(all(map(_is_text, (*submission.mended, submission.message))))
    worth = {
        cell.name: float(cell.metadata.get("points") or 0.0)
        for notebook in part.notebooks
        for cell in notebook.cells
    }
    names = [cell.grade_id for cell in submission.cells]
    _require(len(names) == len(set(names)) and set(names) <= worth.keys())
    for cell in submission.cells:
        _require(cell.status in _STATUSES and type(cell.together) is bool)
        _require(_is_number(cell.score) and cell.max_score == worth[cell.grade_id])
        _require(cell.score <= cell.max_score and cell.extra_credit == 0)
        _require(_is_text(cell.message) and len(cell.checks) <= _MOST_TEXTS)
        for check in cell.checks:
            _require(math.isfinite(check.score) and math.isfinite(check.max_score))
            texts = (check.name, check.message, check.bug, check.title, check.question)
            _require(all(map(_is_text, (*texts, check.alike))))
    total = sum(cell.score for cell in submission.cells)
    _require(_is_number(submission.score) and math.isclose(submission.score, total))


def _require(holds: bool) -> None:
    if not holds:
        raise Malformed("it is not what grading this submission can give")


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and value >= 0


def _is_text(value: object) -> bool:
    return type(value) is str and len(value) <= _LONGEST_TEXT


def assignment_data(assignment: Assignment) -> dict[str, Any]:
    """Return an assignment as JSON has it."""
    return asdict(assignment)


def assignment_of(data: Mapping[str, Any]) -> Assignment:
    """Return the assignment that :func:`assignment_data` made ``data`` of."""

    def notebook_of(n: Mapping[str, Any]) -> AssignedNotebook:
        lists = {
            name: tuple(n[name])
            for name in ("skipped", "together", "unpassed", "by_value")
        }
        pairs = {name: tuple(map(tuple, n[name])) for name in ("given", "around")}
        cells = [Wanted(**cell) for cell in n["cells"]]
        return AssignedNotebook(**{**n, **lists, **pairs, "cells": cells})

    notebooks = [notebook_of(n) for n in data["notebooks"]]
    return Assignment(data["name"], notebooks, Marks(**data["marks"]))


def _join(about: dict, contents: list[bytes]) -> bytes:
    about = about | {"sizes": [len(data) for data in contents]}
    head = json.dumps(about).encode()
    return b"".join([len(head).to_bytes(_LENGTH, "big"), head, *contents])


def _split(data: bytes) -> tuple[dict, list[bytes]]:
    length = int.from_bytes(data[:_LENGTH], "big")
    try:
        about = json.loads(data[_LENGTH : _LENGTH + length])
        contents, begin = [], _LENGTH + length
        for size in about["sizes"]:
            contents.append(data[begin : begin + size])
            begin += size
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed(f"no submission ({type(error).__name__})") from None
    if begin != len(data):
        raise Malformed("no whole submission")
    return about, contents
