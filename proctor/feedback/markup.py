"""Markdown and Python source as HTML, from text that nobody vouches for.

Both are kept by content: most cells are the same for every student.
"""

from __future__ import annotations

import html
import re
from functools import cache, lru_cache

import mistune
from mistune.util import striptags
from pygments import token
from pygments.lexers import PythonLexer

from proctor.feedback.costly import hints, is_costly
from proctor.feedback.untrusted import png
from proctor.feedback.untrusted import text as clean

_LINK = re.compile(r"(?:https?://|mailto:)\S+|#[\w.-]*", re.IGNORECASE)
_PICTURE = "data:image/png;base64,"
_BLANK_RUN = re.compile(r"\s{200}")
_PYTHON = {"python", "py", "python3", "ipython3"}

# pygments' kinds of token that get a colour; the first that fits counts.
_CLASSES = [
    (token.Comment, "c"),
    (token.String, "s"),
    (token.Number, "m"),
    (token.Literal, "s"),
    (token.Operator.Word, "k"),
    (token.Name.Builtin.Pseudo, "b"),
    (token.Keyword, "k"),
    (token.Name.Function, "f"),
    (token.Name.Class, "f"),
    (token.Name.Decorator, "d"),
    (token.Name.Builtin, "b"),
    (token.Name.Exception, "b"),
]


@lru_cache(maxsize=512)
def markdown_html(source: str) -> str:
    """Return Markdown as HTML.

    Raw HTML in it is shown as text. A link leads to http, https, mailto or a place in
    the page, or it is plain text. A picture that is not a PNG in the text itself is
    replaced by its description: fetching it would tell its server who reads the page.
    TeX stays as it is written. The course's cells of hints are folded. What could take
    long is shown as it was written.
    """
    if is_costly(source):
        return f"<pre>{html.escape(source)}</pre>"
    if found := hints(source):
        task, body = found
        head = f"<summary>Hints for <code>{task}</code></summary>"
        return f"<details>{head}\n{_render(body)}</details>\n"
    return _render(source)


def _render(source: str) -> str:
    try:
        return _markdown()(source)
    except Exception:
        # A parser that is confused must not cost the student the rest of the page.
        return f"<pre>{html.escape(source)}</pre>"


@lru_cache(maxsize=512)
def code_html(source: str) -> str:
    """Return Python source as HTML with the colours' classes, without ``<pre>``."""
    if is_slow(source):
        return html.escape(source)
    parts: list[str] = []
    previous, run = "", ""
    for kind, value in _lexer().get_tokens(source):
        name = _class(kind)
        if name != previous:
            parts.append(_span(previous, run))
            previous, run = name, ""
        run += value
    parts.append(_span(previous, run))
    return "".join(parts)


def is_slow(source: str) -> bool:
    """Return whether pygments would take quadratic time: for long runs of blanks."""
    return bool(_BLANK_RUN.search(source))


def _span(name: str, run: str) -> str:
    escaped = html.escape(run)
    return f'<span class="{name}">{escaped}</span>' if name and run else escaped


@cache
def _class(kind: token._TokenType) -> str:
    return next((name for parent, name in _CLASSES if kind in parent), "")


@cache
def _lexer() -> PythonLexer:
    return PythonLexer(stripnl=False, ensurenl=False)


@cache
def _markdown() -> mistune.Markdown:
    plugins = ["table", "strikethrough", "math"]
    return mistune.create_markdown(renderer=_Renderer(escape=True), plugins=plugins)


class _Renderer(mistune.HTMLRenderer):
    """Mistune's renderer, narrowed to what a submission may put into a page."""

    def text(self, text: str) -> str:
        return html.escape(clean(html.unescape(text)))

    def heading(self, text: str, level: int, **attrs: object) -> str:
        # The page's own headings are the first and second level.
        level = min(level + 2, 6)
        return f"<h{level}>{text}</h{level}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if not _LINK.fullmatch(url):
            return text
        return f'<a href="{html.escape(url)}" rel="noreferrer nofollow">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        # The description comes as HTML, since it may hold markup of its own.
        description = html.escape(clean(html.unescape(striptags(text))))
        data = png(url[len(_PICTURE) :]) if url.startswith(_PICTURE) else None
        if data is None:
            return f"[picture: {description}]"
        return f'<img src="{_PICTURE}{data}" alt="{description}">'

    def block_code(self, code: str, info: str | None = None) -> str:
        language = (info or "").split(None, 1)[:1]
        python = language and language[0].lower() in _PYTHON
        body = code_html(code) if python else html.escape(code)
        return f"<pre><code>{body}</code></pre>\n"

    def table_cell(self, text: str, align: str | None = None, head: bool = False):
        tag, scope = ("th", ' scope="col"') if head else ("td", "")
        side = f' class="{align}"' if align in ("left", "center", "right") else ""
        return f"<{tag}{scope}{side}>{text}</{tag}>\n"

    def inline_math(self, text: str) -> str:
        return f"${html.escape(text)}$"

    def block_math(self, text: str) -> str:
        return f"<pre>$$\n{html.escape(text)}\n$$</pre>\n"
