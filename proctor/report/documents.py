"""Results documents as they lie on disk: read, or refused in one line."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from proctor.errors import GradingError
from proctor.grade.results import GRADED, NEEDS_ATTENTION, SCHEMA, Run, Submission

_GZIP = b"\x1f\x8b"
_NOT_WHOLE = (gzip.BadGzipFile, EOFError, zlib.error)
# What its first two lines end with; see Run.document.
_EACH_ON_A_LINE = b',\n "submissions": ['


# Called with a run, without its submissions, and one of these after the other.
Take = Callable[[Run, Submission], None]


def read_runs(paths: Iterable[Path], assignment: str) -> list[Run]:
    """Return the runs of one assignment, oldest first.

    Raises
    ------
    GradingError
        If a file holds no results of it, or of another version of them.
    """
    return take_runs(paths, assignment, _into_run)


def take_runs(paths: Iterable[Path], assignment: str, take: Take) -> list[Run]:
    """Do the same, and leave the submissions to ``take``."""
    runs = []
    for path in paths:
        run = _read(path, take)
        if run.assignment != assignment:
            raise GradingError(
                f"{path} has results of {run.assignment!r}, and {assignment!r} was "
                "asked for: a report is of one assignment"
            )
        runs.append(run)
    # Those of one second stay as they were named.
    return sorted(runs, key=lambda run: moment(run.started))


def read_run(path: Path) -> Run:
    """Return the run that a results document tells of.

    Raises
    ------
    GradingError
        If it is none.
    """
    return _read(path, _into_run)


def _into_run(run: Run, submission: Submission) -> None:
    run.submissions.append(submission)


def _read(path: Path, take: Take) -> Run:
    students: list[str] = []

    def taken(run: Run, submission: Submission) -> None:
        students.append(submission.student)
        take(run, submission)

    try:
        with _open(path) as file:
            run = _run(_document(file), path, taken)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError, *_NOT_WHOLE):
        raise GradingError(
            f"{path} is not whole, or no JSON: move it away, or write it again with "
            "proctor autograde --results"
        ) from None
    except OSError as error:
        why = error.strerror or f"{error}"
        raise GradingError(
            f"the results {path} cannot be read ({why}): name a file that "
            "proctor autograde --results wrote"
        ) from None
    except (TypeError, KeyError, ValueError) as error:
        why = f"{error}" if isinstance(error, ValueError) else _lacking(error)
        raise GradingError(
            f"{path} is not as {SCHEMA} has it ({why}): move it away, or write it "
            "again with proctor autograde --results"
        ) from None
    twice = _first_twice(students)
    if twice is not None:
        raise GradingError(
            f"{path} has {twice!r} twice: a run grades each student once; give the "
            "documents of several runs as they are, each with --results"
        )
    return run


def moment(started: str) -> datetime:
    """Return when a run was started."""
    found = datetime.fromisoformat(started)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _open(path: Path) -> BinaryIO:
    file = path.open("rb")
    if not file.peek(2).startswith(_GZIP):
        return file
    file.close()
    return gzip.open(path)


def _document(file: BinaryIO) -> Any:
    """Return a document; of one as runs write it, the submissions are read in turn.

    That of a large class is hundreds of megabytes.
    """
    head = file.readline() + file.readline()
    if not head.rstrip().endswith(_EACH_ON_A_LINE):
        return json.loads(head + file.read())
    return json.loads(head + b"]}") | {"submissions": _lines(file)}


def _lines(file: BinaryIO) -> Iterator[Any]:
    for line in file:
        text = line.strip()
        if text.endswith(b"]}"):
            if text != b"]}":
                yield json.loads(text[:-2])
            json.loads(b"null" + file.read())  # nothing more
            return
        yield json.loads(text.removesuffix(b","))
    raise EOFError


def _run(data: Any, path: Path, take: Take) -> Run:
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        found = f"says {schema!r}" if isinstance(schema, str) else "names no schema"
        raise GradingError(
            f"{path} is no document of {SCHEMA} (it {found}): give a file that "
            "proctor autograde --results wrote, of this version"
        )
    each = data.get("submissions")
    if not isinstance(each, Iterator):
        each = _of(list, data, "submissions")
    started = _of(str, data, "started")
    moment(started)
    run = Run(
        _of(str, data, "assignment"),
        started,
        _of(str, data, "sandbox"),
        _of(int, data, "seed"),
        [],
        _of(bool, data, "finished"),
    )
    for one in each:
        take(run, _submission(one))
    return run


def _submission(data: Any) -> Submission:
    if not isinstance(data, dict):
        raise ValueError("a submission is no object")
    student = _of(str, data, "student")
    if _of(str, data, "status") not in (GRADED, NEEDS_ATTENTION):
        raise ValueError(f"the status of {student!r} is {data['status']!r}")
    _of(str, data, "message")
    for name in ("score", "max_score", "seconds"):
        _number(data, name, student)
    for cell in _of(list, data, "cells"):
        for name in ("grade_id", "status", "message"):
            _of(str, cell, name)
        for name in cell.keys() & {"found", "answer"}:
            _of(str, cell, name)
        for one in (cell, *_of(list, cell, "checks")):
            for name in ("score", "max_score"):
                _number(one, name, student)
    if not all(isinstance(note, str) for note in _of(list, data, "mended")):
        raise ValueError(f"what was mended of {student!r} is no text")
    return Submission.from_dict(data)


def _of(kind: type, data: Any, name: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"an object with {name!r} was wanted")
    value = data[name]
    if type(value) is not kind:
        raise ValueError(f"{name!r} is {_short(value)}, {kind.__name__} was wanted")
    return value


def _number(data: Any, name: str, student: str) -> None:
    value = data[name] if isinstance(data, dict) else None
    # An integer of a thousand digits is no number of points either.
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > 1e9:
        raise ValueError(f"{name!r} of {student!r} is {_short(value)}")


def _short(value: Any) -> str:
    shown = repr(value) if not isinstance(value, int) else type(value).__name__
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _lacking(error: Exception) -> str:
    """Return what a document has not, or has and should not."""
    if isinstance(error, KeyError):
        return f"there is no {error}"
    return str(error).split("() ")[-1]


def _first_twice(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
