"""What a student may see of a test in the feedback page."""

from __future__ import annotations

import re

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution

_HIDDEN = re.compile(
    r"^[^\n]*BEGIN HIDDEN TESTS.*?(?:END HIDDEN TESTS[^\n]*\n?|\Z)",
    re.DOTALL | re.MULTILINE,
)


class HideTests(NbGraderPreprocessor):
    """Take the hidden tests out of a graded notebook before it becomes feedback.

    A failed check keeps its message, which names the behaviour. Its traceback goes: it
    quotes the test.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: dict, index: int):
        """Strip one cell, if it is a test."""
        if is_grade(cell) and not is_solution(cell):
            cell.source = _HIDDEN.sub("# (hidden tests)\n", cell.source).rstrip()
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources
