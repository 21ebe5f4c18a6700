"""Which cells of a notebook may be at fault for what is seen of another."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from proctor.grade.verdict import Verdict
from proctor.notebook import cells
from proctor.notebook.assignment import TestCell
from proctor.notebook.names import bound, without_texts

_WORD = re.compile(r"\b[^\W\d]\w*")
# With these, code comes to names that stand in a string.
_BY_STRINGS = {"eval", "exec", "getattr", "globals", "locals", "vars"}


class Others:
    """The code cells of a notebook, and which tasks have lost points.

    They are looked at by the words in them alone: a text may be hostile. What stands in
    a comment or a string is no use of a name, unless it may be run.
    """

    def __init__(self, notebook: Mapping[str, Any]) -> None:
        self._texts = [
            (cells.grade_id(cell), cell["source"])
            for cell in notebook["cells"]
            if cell["cell_type"] == "code" and not cells.is_test(cells.grading(cell))
        ]
        self._binding = defaultdict(list)
        for number, (_, text) in enumerate(self._texts):
            for name in bound(text):
                self._binding[name].append(number)
        self._lost: set[str] = set()

    def lost(self, task: str) -> None:
        """Take note that a task has lost points."""
        self._lost.add(task)

    def may_be_at_fault(self, task: str, test: TestCell, verdict: Verdict) -> bool:
        """Tell whether a test's visible part may fail for another task's mistake.

        That is where it comes, from cell to cell, to a name of a task that lost points.
        What stands in for a name leads no further.
        """
        others = self._lost - {task}
        if not others:
            return False
        own = (text for name, text in self._texts if name == task)
        seen = verdict.visible.stood_in | bound(test.visible)
        entered: set[int] = set()
        left = _words(test.visible).union(*map(_words, own)) - seen
        while left:
            word = left.pop()
            seen |= {word}
            for number in set(self._binding.get(word, ())) - entered:
                entered.add(number)
                name, text = self._texts[number]
                if name in others:
                    return True
                left |= _words(text) - seen
        return False


def _words(text: str) -> set[str]:
    """Return the words of a text that are code."""
    everything = set(_WORD.findall(text))
    if everything & _BY_STRINGS:
        return everything
    return set(_WORD.findall(without_texts(text)))
