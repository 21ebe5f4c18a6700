"""Markdown and Python source as HTML, from text that nobody vouches for.

Both are kept by content: most cells are the same for every student.
"""

from __future__ import annotations

import html
import re
from functools import cache, lru_cache
from typing import Any
from urllib.parse import unquote

import mistune
from mistune.util import striptags
from pygments import token
from pygments.lexers import PythonLexer

from proctor.feedback.costly import is_costly
from proctor.feedback.formulas import formulas
from proctor.feedback.untrusted import Allowance, mapping, picture
from proctor.feedback.untrusted import text as clean

_LINK = re.compile(r"(?:https?://|mailto:)\S+|#[\w.-]*", re.IGNORECASE)
_IN_TEXT = re.compile(r"data:(image/[a-z]+);base64,(.*)", re.DOTALL)
_ATTACHED = "attachment:"
_FOLDED = re.compile(
    r"\s*<details>\s*<summary>((?:[^<]|<code>[^<]*</code>)*)</summary>(.*)</details>\s*",
    re.DOTALL,
)
_SPAN_OF_CODE = re.compile(r"<code>([^<]*)</code>")
_BLANK_RUN = re.compile(r"\s{200}")
PYTHON = {"python", "py", "python3", "ipython3"}

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


class Pictures:
    """The pictures that a Markdown cell brings along, as far as a page may show them.

    Parameters
    ----------
    attachments
        The cell's, as nbformat has them.
    allowance
        The page's, of which each picture that is shown takes its part.

    Attributes
    ----------
    too_large
        Whether there is the picture that was last looked for, and no room on the page.
    """

    def __init__(
        self, attachments: Any = None, allowance: Allowance | None = None
    ) -> None:
        self._attachments = mapping(attachments)
        self._allowance = allowance or Allowance()
        self.too_large = False

    def find(self, url: str) -> str | None:
        """Return a picture as an address that holds it; None if there is none."""
        self.too_large = False
        for kind, value in self._candidates(url):
            data = picture(kind, value)
            if data and self._allowance.take_picture(kind, data):
                return f"data:{kind};base64,{data}"
            self.too_large = self.too_large or data is not None
        return None

    def _candidates(self, url: str) -> list[tuple[str, Any]]:
        if found := _IN_TEXT.fullmatch(url):
            return [(found[1], found[2])]
        if not url.startswith(_ATTACHED):
            return []
        name = url[len(_ATTACHED) :]
        attached = self._attachments.get(name) or self._attachments.get(unquote(name))
        return list(mapping(attached).items())


class Renderer(mistune.HTMLRenderer):
    """Mistune's renderer, narrowed to what a submission may put into a page."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(escape=True)
        self._pictures = pictures

    def text(self, text: str) -> str:
        """Return text as HTML; what entities mean is text, too."""
        return html.escape(clean(html.unescape(text)))

    def heading(self, text: str, level: int, **attrs: object) -> str:
        """Return a heading below the page's own, the first and second level."""
        level = min(level + 2, 6)
        return f"<h{level}>{text}</h{level}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """Return a link that leads to the web or into the page, or its text."""
        if not _LINK.fullmatch(url):
            return text
        return f'<a href="{html.escape(url)}" rel="noreferrer nofollow">{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Return a picture that the cell holds, or its description."""
        # The description comes as HTML, since it may hold markup of its own.
        description = html.escape(clean(html.unescape(striptags(text))))
        address = self._pictures.find(url)
        if address is None:
            why = ", not shown for its size" if self._pictures.too_large else ""
            return f"[picture{why}: {description}]"
        return f'<img src="{address}" alt="{description}">'

    def block_code(self, code: str, info: str | None = None) -> str:
        """Return a block of code, in colours if it is Python."""
        language = (info or "").split(None, 1)[:1]
        python = language and language[0].lower() in PYTHON
        body = code_html(code) if python else html.escape(code)
        return f"<pre><code>{body}</code></pre>\n"

    def table_cell(
        self, text: str, align: str | None = None, head: bool = False
    ) -> str:
        """Return a cell of a table."""
        tag, scope = ("th", ' scope="col"') if head else ("td", "")
        side = f' class="{align}"' if align in ("left", "center", "right") else ""
        return f"<{tag}{scope}{side}>{text}</{tag}>\n"

    def inline_math(self, text: str) -> str:
        """Return a formula as it is written."""
        return html.escape(text)

    def block_math(self, text: str) -> str:
        """Return a formula as it is written, in lines of its own."""
        return f"<pre>{html.escape(text)}</pre>\n"


def markdown_html(
    source: str,
    pictures: Pictures | None = None,
    renderer: type[Renderer] = Renderer,
) -> str:
    """Return Markdown as HTML.

    Raw HTML in it is shown as text. A link leads to http, https, mailto or a place in
    the page, or it is plain text. A picture that is no PNG or JPEG in the cell itself
    is replaced by its description: fetching it would tell its server who reads the
    page. A cell that is one ``<details>`` is folded. What could take long is shown as
    it was written.
    """
    if pictures is None or "![" not in source:
        return _kept_html(source, renderer)
    return _html(source, renderer(pictures))


@lru_cache(maxsize=512)
def _kept_html(source: str, renderer: type[Renderer]) -> str:
    return _html(source, renderer(Pictures()))


def _html(source: str, renderer: Renderer) -> str:
    if is_costly(source):
        return f"<pre>{html.escape(source)}</pre>"
    found = _FOLDED.fullmatch(source)
    if not found:
        return _render(source, renderer)
    head, body = found.groups()
    # What stands between spans of code, and what in them, take turns.
    parts = [html.escape(clean(html.unescape(p))) for p in _SPAN_OF_CODE.split(head)]
    parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
    summary = f"<summary>{''.join(parts)}</summary>"
    return f"<details>{summary}\n{_render(body, renderer)}</details>\n"


def _render(source: str, renderer: Renderer) -> str:
    try:
        return _markdown(renderer)(source)
    except Exception:
        # A parser that is confused must not cost the student the rest of the page.
        return f"<pre>{html.escape(source)}</pre>"


def _markdown(renderer: Renderer) -> mistune.Markdown:
    plugins = ["table", "strikethrough", formulas]
    return mistune.create_markdown(renderer=renderer, plugins=plugins)


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
