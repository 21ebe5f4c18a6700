"""What a student wrote for a task, as it may be shown to others: without comments."""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from proctor.feedback.untrusted import mapping, sequence, text
from proctor.layout import Layout
from proctor.notebook import cells
from proctor.report.hidden import MASK, Hidden
from proctor.report.tokens import tokens

_LONGEST = 20_000
# How many answers are compared to find the one that is nearest to the reference.
_MOST_COMPARED = 30


class Answers:
    """The graded answers of an assignment.

    Parameters
    ----------
    called
        First and last names, by student, as far as they are known.
    hide
        Takes out of an answer whatever else it is not to say.
    """

    def __init__(
        self,
        layout: Layout,
        assignment: str,
        called: Mapping[str, tuple[str, ...]] | None = None,
        hide: Callable[[str], str] = str,
    ) -> None:
        self._layout, self._assignment = layout, assignment
        self._called, self._hide = called or {}, hide
        self._notebooks = cache(self._read_notebooks)
        self._read = cache(self._cells_of)

    def of(self, student: str, task: str) -> str:
        """Return an answer without its comments; empty where it cannot be had."""
        return without_comments(self._read(student).get(task, ""))

    def as_written(self, student: str, task: str) -> str | None:
        """Return an answer as it stands in the notebook; None where it has none."""
        return self._read(student).get(task)

    def nearest(self, students: Iterable[str], task: str, reference: str) -> list[str]:
        """Return the students, those first whose answers are nearest to the reference.

        Those come last whose answers have their names, and those of whom there is no
        answer that can be read are left out.
        """
        from rapidfuzz.distance import Indel  # here: grading needs it seldom

        right = tokens(reference)
        found = [
            (student, answer)
            for student in [*students][:_MOST_COMPARED]
            if (answer := self.of(student, task))
        ]

        def unlikeness(one: tuple[str, str]) -> tuple[bool, float]:
            alike = Indel.normalized_similarity(tokens(one[1]), right)
            return self.masked(*one) != one[1], -alike

        return [student for student, _ in sorted(found, key=unlikeness)]

    def others(self, student: str, task: str) -> list[tuple[str, str]]:
        """Return grade_id and text of a student's code but an answer, and no tests."""
        return [
            (cells.grade_id(cell), text(cell.get("source"), _LONGEST))
            for cell in self._notebooks(student)
            if cell.get("cell_type") == "code"
            and cells.grade_id(cell) != task
            and not cells.is_test(cells.grading(cell))
        ]

    def masked(self, student: str, answer: str) -> str:
        """Return an answer without its author's names, and what else is hidden."""
        mask = "0" if student.isdigit() else MASK
        hidden = Hidden({student: mask}, self._called.get(student, ()))
        return self._hide(hidden(answer))

    def _cells_of(self, student: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for cell in self._notebooks(student):
            if name := cells.grade_id(cell):
                found.setdefault(name, text(cell.get("source"), _LONGEST))
        return found

    def _read_notebooks(self, student: str) -> list[Mapping]:
        """Return all cells of a student's graded notebooks."""
        found: list[Mapping] = []
        folder = self._layout.path("autograded", student, self._assignment)
        for path in sorted(folder.glob("*.ipynb")):
            try:
                notebook = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            found += map(mapping, sequence(mapping(notebook).get("cells")))
        return found


def without_comments(source: str) -> str:
    """Return Python without its comments and docstrings, which may hold names.

    Empty where it is no Python: what may stand in it cannot be told.
    """
    try:
        tree = ast.parse(source)
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return ""
    lines = source.splitlines()
    gone: set[int] = set()
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            kept = lines[row - 1][:column].rstrip()
            gone |= set() if kept else {row}
            lines[row - 1] = kept
    for node in ast.walk(tree):
        gone |= _docstring_lines(node)
    kept = [line for number, line in enumerate(lines, 1) if number not in gone]
    return "\n".join(kept).strip("\n")


def _docstring_lines(node: ast.AST) -> set[int]:
    """Return the lines of a docstring that stands in lines of its own."""
    body = getattr(node, "body", None)
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef, ast.Module)
    if not isinstance(node, kinds) or not body or len(body) < 2:
        return set()
    first, second = body[:2]
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return set()
    if not isinstance(first.value.value, str) or second.lineno <= first.end_lineno:
        return set()
    if not isinstance(node, ast.Module) and first.lineno == node.lineno:
        return set()
    return set(range(first.lineno, first.end_lineno + 1))
