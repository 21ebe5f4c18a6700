"""Worlds of student code: the reference solution, with a known mistake in one cell."""

from __future__ import annotations

import builtins
import contextlib
import io
import sys
from dataclasses import dataclass, field
from types import CodeType


@dataclass
class Learned:
    """What was learned of one assignment.

    Attributes
    ----------
    cells
        The reference's cells: grade_id (or an empty text) and code.
    bugs
        Id and code of each known mistake, by the cell's grade_id.
    texts
        The text of each of these cells, and of its mistakes by their ids; of the
        reference's under an empty one.
    same
        Groups of ids that give the same values.
    trouble
        Why nothing can be named; empty if all was learned.
    """

    cells: list[tuple[str, CodeType]] = field(default_factory=list)
    bugs: dict[str, dict[str, CodeType]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    same: list[set[str]] = field(default_factory=list)
    trouble: str = ""


learned: dict[str, Learned] = {}


def learn(lesson: dict) -> None:
    """Learn a piece: messages between processes are short.

    Parameters
    ----------
    lesson
        ``of``, the assignment, and one of ``path``, where its package is imported from;
        ``cell``, grade_id and source of a reference cell; ``bug``, grade_id, id and
        source; ``same``, groups of ids; ``warm``, to run the reference once, for what
        it imports.
    """
    known = learned.setdefault(lesson["of"], Learned())
    try:
        _learn(known, lesson)
    except Exception as error:
        known.trouble = f"{type(error).__name__}: {error}"


def _learn(known: Learned, lesson: dict) -> None:
    if "path" in lesson:
        sys.path.insert(0, lesson["path"])
    if "cell" in lesson:
        name, source = lesson["cell"]
        code = compile(source, f"<{name or 'given'}>", "exec", dont_inherit=True)
        known.cells.append((name, code))
        known.texts.setdefault(name, {})[""] = source
    if "bug" in lesson:
        cell, name, source = lesson["bug"]
        code = compile(source, f"<{cell}: {name}>", "exec", dont_inherit=True)
        known.bugs.setdefault(cell, {})[name] = code
        known.texts.setdefault(cell, {})[name] = source
    if "same" in lesson:
        known.same += map(set, lesson["same"])
    if "warm" in lesson:
        make_world(known, "", None)


def make_world(known: Learned, cell: str, code: CodeType | None) -> dict:
    """Run the reference's cells, ``code`` in place of ``cell``; return their names."""
    world = {"__name__": "__main__", "__builtins__": builtins}
    for name, right in known.cells:
        # As in a student's notebook, a cell that fails does not end it.
        ends = contextlib.suppress(Exception, SystemExit, KeyboardInterrupt)
        with ends, contextlib.redirect_stdout(io.StringIO()):
            exec(code if code is not None and name == cell else right, world)
    return world
