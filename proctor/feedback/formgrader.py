"""Graded notebooks in Formgrader: shown so that nothing in them runs or tells.

Formgrader renders them with nbconvert's ``HTMLExporter``, which trusts a notebook, on
the instructor's own Jupyter server. Here is what makes a notebook safe there, wherever
it was graded; ``nbgrader_config.py`` says where each part goes.
"""

from __future__ import annotations

import html
import re
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode, v4
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from proctor.feedback.formulas import is_plain
from proctor.feedback.hide import TOO_LARGE
from proctor.feedback.markup import (
    PYTHON,
    Pictures,
    Renderer,
    is_slow,
    markdown_html,
)
from proctor.feedback.untrusted import (
    Allowance,
    mapping,
    number,
    picture,
    text,
)
from proctor.notebook.attachments import KINDS, pictures_of
from proctor.notebook.cells import grading

_NAME = re.compile(r"[\w.-]{1,200}")
_CELL_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_FLAGS = ("grade", "solution", "task", "locked")
_OURS = "proctor"
# What Formgrader's template copies into the page beside the notebook.
_OF_STUDENTS = ("student", "first_name", "last_name", "notebook_path")
# The server does nothing else while it renders.
_MOST_CELLS = 500
# A formula can be as large, and stand where, its author likes: not outside its cell.
_WITHIN = "contain: content; overflow: auto"
_OTHER = "An output that is neither text nor a picture is not shown."


class FormgraderRenderer(Renderer):
    """Prose in Formgrader's own look, in which MathJax sets the formulas."""

    def heading(self, text: str, level: int, **attrs: object) -> str:
        """Return a heading of its own level."""
        return f"<h{level}>{text}</h{level}>\n"

    def block_code(self, code: str, info: str | None = None) -> str:
        """Return a block of code in pygments' colours, which the page has."""
        language = (info or "").split(None, 1)[:1]
        if language and language[0].lower() in PYTHON:
            return _coloured(code)
        return f"<pre><code>{html.escape(code)}</code></pre>\n"

    def inline_math(self, text: str) -> str:
        """Return a formula for MathJax, or as it is written if it is not plain."""
        escaped = html.escape(text)
        if not is_plain(text):
            return escaped
        return f'<span class="tex2jax_process">{escaped}</span>'

    def block_math(self, text: str) -> str:
        """Return a formula in a paragraph of its own."""
        return f"<p>{self.inline_math(text)}</p>\n"


@pass_context
def markdown2html(context: Context, source: str) -> str:
    """Return Markdown as HTML, in place of nbconvert's filter of this name.

    MathJax, which would look for formulas in all of the page, looks at none but those
    that were found here.

    Parameters
    ----------
    context
        Of the template: the ``cell``, for its pictures, and the page's ``resources``,
        which keep what the page may still take.
    """
    source, allowance = text(source), _allowance_of(context)
    if allowance.take_formatted(source):
        pictures = Pictures(pictures_of(context.get("cell", {})), allowance)
        body = markdown_html(source, pictures, FormgraderRenderer)
    else:
        body = f"<pre>{html.escape(source)}</pre>"
    return f'<div class="tex2jax_ignore" style="{_WITHIN}">\n{body}</div>'


@pass_context
def highlight_code(
    context: Context, source: str, language: str | None = None, metadata: Any = None
) -> str:
    """Return source in pygments' colours, in place of nbconvert's filter of this name.

    It is taken for Python, whatever a notebook says: some lexers take long. What is
    more than a page may take has no colours.
    """
    if not _allowance_of(context).take_formatted(source):
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>\n'
    return _coloured(source)


def _allowance_of(context: Context) -> Allowance:
    """Return what the page may still take, which its resources keep."""
    return context.get("resources", {}).setdefault(_OURS, Allowance())


def _coloured(source: str) -> str:
    if is_slow(source):
        return f'<div class="highlight"><pre>{html.escape(source)}</pre></div>\n'
    return highlight(source or " ", PythonLexer(), HtmlFormatter(cssclass="highlight"))


def strip_files_prefix(page: str) -> str:
    """Return HTML as it is, in place of nbconvert's filter of this name.

    That one takes ``files/`` out of links, of which there are none, and of text.
    """
    return page


class Harmless(Preprocessor):
    """Leave of a notebook what Formgrader's templates can show without harm.

    They copy names, raw cells, HTML and a picture's size into the page as they are.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict
    ) -> tuple[NotebookNode, dict]:
        """Return the notebook, built anew."""
        # Its language would choose how code is coloured.
        clean = v4.new_notebook(metadata={"language_info": {"name": "python"}})
        left_out = 0
        allowance = resources.setdefault(_OURS, Allowance())
        for place, cell in enumerate(nb.cells):
            # The assignment's, which somebody grades, are all there.
            if len(clean.cells) < _MOST_CELLS or _settings(cell):
                clean.cells.append(_cell(cell, place, allowance))
            else:
                left_out += 1
        if left_out:
            clean.cells.append(v4.new_markdown_cell(f"... {left_out} cells more"))
        return clean, resources | _names(resources)


def _names(resources: dict) -> dict[str, str]:
    """Return who it is, and where the notebook lies, as HTML: names may be anything."""
    found = {name: resources.get(name) for name in _OF_STUDENTS}
    return {n: html.escape(text(v)) for n, v in found.items() if isinstance(v, str)}


def _cell(cell: NotebookNode, place: int, allowance: Allowance) -> NotebookNode:
    source = text(cell.get("source"))
    name = cell.get("id")
    if not isinstance(name, str) or not _CELL_ID.fullmatch(name):
        name = f"cell-{place}"
    if cell.cell_type == "code":
        count = cell.get("execution_count")
        clean = v4.new_code_cell(source, id=name, execution_count=count)
        clean.outputs = [_output(one, count, allowance) for one in cell.outputs]
    elif cell.cell_type == "markdown":
        clean = v4.new_markdown_cell(source, id=name)
        if pictures := pictures_of(cell):
            clean.attachments = NotebookNode(pictures)
    else:
        clean = v4.new_raw_cell(f"<pre>{html.escape(source)}</pre>", id=name)
    if settings := _settings(cell):
        clean.metadata["nbgrader"] = NotebookNode(settings)
    return clean


def _settings(cell: NotebookNode) -> dict[str, Any]:
    """Return what Formgrader uses of nbgrader's metadata."""
    found = grading(cell)
    name = found.get("grade_id")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return {}
    settings = {flag: found.get(flag) is True for flag in _FLAGS}
    return settings | {"grade_id": name, "points": number(found.get("points"))}


def _output(
    output: NotebookNode, count: int | None, allowance: Allowance
) -> NotebookNode:
    """Return an output of text or pictures; a remark in place of any other."""
    kind = output.output_type
    if kind == "stream":
        name = "stderr" if output.name == "stderr" else "stdout"
        return v4.new_output("stream", name=name, text=_printed(output.text))
    if kind == "error":
        lines = [_printed(line) for line in output.traceback]
        return v4.new_output("error", ename="", evalue="", traceback=lines)
    data = mapping(output.get("data"))
    pictures = {k: found for k in KINDS if (found := picture(k, data.get(k)))}
    shown = {k: data[k] for k, v in pictures.items() if allowance.take_picture(k, v)}
    if pictures and not shown:
        return v4.new_output("stream", name="stdout", text=TOO_LARGE)
    if not shown and "text/plain" in data:
        shown = {"text/plain": _printed(data["text/plain"])}
    if not shown:
        return v4.new_output("stream", name="stdout", text=_OTHER)
    if kind == "execute_result":
        return v4.new_output(kind, shown, execution_count=count)
    return v4.new_output("display_data", shown)


def _printed(value: str | list[str]) -> str:
    """Return what was printed, its colours as well, which nbconvert makes safe."""
    value = value if isinstance(value, str) else "".join(value)
    return value.encode("utf-8", "replace").decode("utf-8")
