"""Answers to questions that are there, and are no value of the name asked for."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from proctor.errors import NOT_ANSWERED
from proctor.grade.again import Held
from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook
from proctor.notebook.own_text import known_lines
from proctor.notebook.said import Said, said_in, said_without_names
from proctor.text import listed


class Questions:
    """What a notebook says of the names that its tests ask for."""

    def __init__(self, notebook: dict, assigned: AssignedNotebook) -> None:
        self._cells = notebook["cells"]
        texts = [text for text, _ in assigned.around]
        self._known = known_lines(texts + [cell.source for cell in assigned.cells])

    def said(self, task: str, names: Sequence[str]) -> dict[str, Said]:
        """Return what is written of answers, in the task's cell or in a student's."""
        if not names:
            return {}
        own = [c for c in self._cells if cells.grade_id(c) == task]
        free = [c for c in self._cells if not cells.grade_id(c)]
        return said_in([*own, *free], names, self._known)

    def for_a_person(self, verdict: Verdict, one: Held) -> Verdict:
        """Have a person look where none has a name, and what may be all is there."""
        names = one.questions()
        left = {check.message for check in verdict.checks} == {NOT_ANSWERED}
        if not names or not left or self.said(one.task, names):
            return verdict
        if not said_without_names(self._around(one), names, self._known):
            return verdict
        why = (
            f"no value was given to {listed(names, 5)}, and what stands in the cell "
            f"{one.task!r}, or by it, may be the answers: a person has to look"
        )
        return replace(verdict, message=why, author_error=True)

    def _around(self, one: Held) -> list[dict]:
        """Return a task's cell, and the student's own that follow it."""
        at = [cells.grade_id(cell) for cell in self._cells].index(one.task)
        own = itertools.takewhile(
            lambda cell: cell is self._cells[at] or not cells.grade_id(cell),
            self._cells[at:],
        )
        return list(own)
