"""Put a page together: the summary, then the notebook cell by cell."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from proctor.feedback.hide import Output, read_outputs, without_hidden
from proctor.feedback.markup import Pictures, code_html, markdown_html
from proctor.feedback.summary import Comment, Task, outcome, points, read_summary
from proctor.feedback.untrusted import Allowance, mapping, sequence, text
from proctor.notebook.attachments import pictures_of
from proctor.notebook.cells import Marks, grade_id

_LONGEST_SOURCE = 50_000
_MOST_CELLS = 500
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class ShownCell:
    """A cell as the page shows it.

    Attributes
    ----------
    kind
        ``markdown``, ``code`` or ``text`` (any other, and what is too long to format).
    more
        How many characters of the source are left out.
    task
        What grading says, if the cell decides a task.
    """

    number: int
    kind: str
    body: Markup
    more: int
    outputs: list[Output] = field(default_factory=list)
    task: Task | None = None
    comments: list[Comment] = field(default_factory=list)


def render(
    notebook: Any, record: Any, *, assignment: str, show_tests: bool, marks: Marks
) -> str:
    """Return the page; see `proctor.feedback.render_page`."""
    summary = read_summary(record, assignment, marks)
    found = sequence(mapping(notebook).get("cells"))
    allowance = Allowance()
    cells: list[ShownCell] = []
    places: dict[str, str] = {}
    for number, cell in enumerate(map(mapping, found[:_MOST_CELLS]), 1):
        name = grade_id(cell)
        # A damaged notebook may have a name twice: the first cell answers to it.
        if name in places:
            name = ""
        task = summary.task(name)
        shown = read_cell(number, cell, task, allowance, marks, show_tests)
        if name:
            places[name] = f"cell-{number}"
            comments = [c for c in summary.comments if c.grade_id == name]
            shown = replace(shown, comments=comments)
        cells.append(shown)
    page = environment().get_template("page.html")
    return page.render(
        summary=summary, cells=cells, places=places, unread=len(found) - len(cells)
    )


def read_cell(
    number: int,
    cell: dict,
    task: Task | None,
    allowance: Allowance,
    marks: Marks,
    show_tests: bool,
) -> ShownCell:
    """Return a cell, its hidden tests out of it unless ``show_tests``."""
    source = text(cell.get("source"))
    if not show_tests:
        source = without_hidden(source, marks)
    source, more = allowance.take_text(source, _LONGEST_SOURCE)
    kind = cell.get("cell_type")
    if kind not in ("markdown", "code") or not allowance.take_formatted(source):
        kind, body = "text", html.escape(source)
    elif kind == "markdown":
        body = markdown_html(source, Pictures(pictures_of(cell), allowance))
    else:
        body = code_html(source)
    said = task.said if task else []
    outputs = read_outputs(cell, allowance, marks, said=said, show_tests=show_tests)
    outputs = [output for output in outputs if not _repeats(output, said)]
    return ShownCell(number, kind, Markup(body), more, outputs, task)


def _repeats(output: Output, said: list[str]) -> bool:
    """Return whether an error is one line that the grading says already."""
    if output.kind != "error" or "\n" in output.body:
        return False
    return any(part.removesuffix("...") in output.body for part in said)


@cache
def environment() -> jinja2.Environment:
    """Return the templates of this folder; what they are given is escaped."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "ticks": _ticks,
        "unbroken": _unbroken,
        "outcome": outcome,
        "earned": lambda check: f"{points(check.score)} / {points(check.max_score)}",
    }
    return made


def _ticks(words: str) -> Markup:
    """Return text as HTML, what stands between backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", html.escape(words)))


def _unbroken(words: str) -> str:
    """Return text that stays on one line."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")
