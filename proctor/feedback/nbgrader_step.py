"""The same care for nbgrader's own pages: a step of ``generate_feedback``."""

from __future__ import annotations

import html
import re
from typing import Any

from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, List, Unicode

from proctor.feedback.hide import (
    PLACEHOLDER,
    Output,
    grading,
    read_outputs,
    without_hidden,
)
from proctor.feedback.markup import is_slow, markdown_html
from proctor.feedback.page import environment
from proctor.feedback.summary import Summary, Task, read_summary
from proctor.feedback.untrusted import Allowance, mapping, number, sequence, text
from proctor.gradebook.by_hand import by_hand

_LONGEST_SOURCE = 20_000
_GRADE_ID = re.compile(r"[\w.-]+")
_FLAGS = ("grade", "solution", "task", "locked")


class HideTests(NbGraderPreprocessor):
    """Make a graded notebook safe to become one of nbgrader's feedback pages.

    The page's template copies Markdown, raw cells and metadata into HTML as they are.
    So the notebook is built anew from what is known to be harmless: Markdown already
    rendered, source, outputs of text and PNG, and nbgrader's own metadata. Hidden
    tests give way to the names of what they check. The grading's summary comes first.
    """

    show_tests = Bool(
        False, help="Show the source, output and tracebacks of hidden tests."
    ).tag(config=True)

    # nbgrader's base class has it as no option, and nbconvert sets it as one.
    display_data_priority = List(Unicode()).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict):
        """Return the notebook that students may see."""
        record = mapping(mapping(nb.get("metadata")).get("proctor"))
        info = mapping(mapping(resources).get("nbgrader"))
        assignment = info.get("assignment", "")
        if record and "db_url" in info:
            with Gradebook(info["db_url"]) as gradebook:
                found = by_hand(gradebook.db, assignment, [info.get("student", "")])
            record = record | found[info.get("student", "")].for_page()
        summary = read_summary(record, assignment)
        allowance = Allowance()
        clean = v4.new_notebook(metadata={"language_info": {"name": "python"}})
        if record:
            clean.cells.append(_markdown(_summary_html(summary), "summary"))
        for position, cell in enumerate(map(mapping, sequence(nb.get("cells"))), 1):
            clean.cells.append(self._clean(cell, position, summary, allowance))
        return clean, resources

    def _clean(
        self, cell: dict, position: int, summary: Summary, allowance: Allowance
    ) -> NotebookNode:
        name = f"cell-{position}"
        settings = _settings(cell)
        source = text(cell.get("source"))
        task = summary.task(settings.get("grade_id", ""))
        if not self.show_tests and "BEGIN HIDDEN TESTS" in source:
            source = _name_checks(without_hidden(source), task)
        source, more = allowance.take_text(source, _LONGEST_SOURCE)
        kind = cell.get("cell_type")
        if more or is_slow(source) or not allowance.take_formatted(source):
            kind = "text"
        if kind == "code":
            clean = v4.new_code_cell(source, id=name)
            said = task.said if task else []
            found = read_outputs(cell, allowance, said=said, show_tests=self.show_tests)
            clean.outputs = [_output(output, position) for output in found]
        elif kind == "markdown":
            clean = _markdown(markdown_html(source), name)
        else:
            rest = f"\n... {more} characters more" if more else ""
            clean = _markdown(f"<pre>{html.escape(source)}{rest}</pre>", name)
        if settings:
            clean.metadata["nbgrader"] = NotebookNode(settings)
        return clean


def _markdown(content: str, name: str) -> NotebookNode:
    """Return a Markdown cell that gives exactly ``content``, which is HTML.

    Markdown passes a block of HTML through up to the first empty line: here it has
    none, and no character that means something to the TeX renderer.
    """
    content = content.replace("\n", "&#10;").replace("$", "&#36;")
    content = content.replace("\\", "&#92;")
    return v4.new_markdown_cell(f'<div class="tex2jax_ignore">{content}</div>', id=name)


def _summary_html(summary: Summary) -> str:
    places = {task.grade_id: task.grade_id for task in summary.tasks}
    places = {
        name: place for name, place in places.items() if _GRADE_ID.fullmatch(name)
    }
    template = environment().get_template("nbgrader.html")
    return template.render(summary=summary, places=places)


def _settings(cell: dict) -> dict[str, Any]:
    """Return what nbgrader's steps and template use of its metadata."""
    found = grading(cell)
    name = found.get("grade_id")
    if not isinstance(name, str) or not _GRADE_ID.fullmatch(name):
        return {}
    settings = {flag: found.get(flag) is True for flag in _FLAGS}
    settings |= {"grade_id": name, "schema_version": 3}
    if "points" in found:
        settings["points"] = number(found["points"])
    return settings


def _name_checks(source: str, task: Task | None) -> str:
    """Return a test's source with the named checks after its last placeholder."""
    if task is None or not task.checks:
        return source
    before, _, after = source.rpartition(PLACEHOLDER)
    lines = [f"{PLACEHOLDER}, which check:"]
    for check in task.checks:
        lost = check.result != "earned" and check.message
        why = f": {check.message}" if lost else ""
        lines.append(f"#   {check.result}, {check.points}: {check.name}{why}")
    lines += [f"#   {title}. {question}" for title, question in task.questions]
    return before + "\n".join(lines) + after


def _output(output: Output, position: int) -> NotebookNode:
    """Return an output as nbformat has it."""
    if output.kind == "picture":
        about = {"image/png": {"alt": f"picture printed by cell {position}"}}
        return v4.new_output("display_data", {"image/png": output.body}, metadata=about)
    rest = f"\n... {output.more} characters more" if output.more else ""
    if output.kind == "error":
        return v4.new_output(
            "error", ename="", evalue="", traceback=[output.body + rest]
        )
    return v4.new_output("stream", name="stdout", text=output.body + rest)
