"""What of a submission is another than when a person looked at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from proctor.notebook import cells
from proctor.notebook.cells import Marks

# Of a digest: of one student's few answers no two share so many by chance.
_DIGITS = 16


def changed_cells(
    earlier: Mapping[str, dict], now: Mapping[str, dict], marks: Marks
) -> set[tuple[str, str]]:
    """Return notebook and grade_id of what a person has to look at again.

    That is a graded cell whose answer, or whose points, are others than they were. The
    answer of a test is what is written in its task; of what names no cell, all that the
    student wrote.

    Parameters
    ----------
    earlier, now
        Graded notebooks by name, before and after. What is not among the earlier ones
        counts as changed.
    """
    found = set()
    for name, notebook in now.items():
        if not (known := earlier.get(name)):
            found |= {(name, cells.grade_id(cell)) for cell, _ in _graded(notebook)}
            continue
        before = _answers(known, marks)
        found |= {
            (name, cell)
            for cell, answer in _answers(notebook, marks).items()
            if before.get(cell) != answer
        }
    return found


def digests(notebooks: Mapping[str, dict], marks: Marks) -> dict[str, str]:
    """Return by grade_id a text that is another where the answer is another.

    Parameters
    ----------
    notebooks
        Graded notebooks by name.
    """
    found = {}
    for notebook in notebooks.values():
        for name, (_, answer) in _answers(notebook, marks).items():
            written = repr(answer).encode("utf-8", "surrogatepass")
            found[name] = sha256(written).hexdigest()[:_DIGITS]
    return found


def _answers(notebook: Mapping[str, Any], marks: Marks) -> dict[str, tuple]:
    """Return points and answer of each graded cell, by grade_id."""
    written: dict[str, tuple] = {}
    everything = []
    for cell in _cells(notebook):
        data = cells.grading(cell)
        if not (data and (cells.is_locked(data) or data.get("task"))):
            text = _text(cell)
            everything.append(text)
            written[cells.grade_id(cell) if data else ""] = text
    answers = {}
    for cell, data in _graded(notebook):
        name = cells.grade_id(cell)
        answer = written.get(marks.task_of(name) if cells.is_test(data) else name)
        answers[name] = cells.points_of(data), answer or everything
    return answers


def _cells(notebook: Mapping[str, Any]) -> list[dict]:
    found = notebook.get("cells")
    return [c for c in found if isinstance(c, dict)] if type(found) is list else []


def _graded(notebook: Mapping[str, Any]) -> Iterator[tuple[dict, Mapping[str, Any]]]:
    """Yield the cells that carry points, each with its grading metadata."""
    for cell in _cells(notebook):
        data = cells.grading(cell)
        if data and cells.is_graded(data):
            yield cell, data


def _text(cell: dict) -> tuple:
    return cells.source_of(cell).strip(), cell.get("attachments") or {}
