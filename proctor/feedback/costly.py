"""Markdown that nobody vouches for: what of it may stay, and what it may cost.

Formgrader renders graded notebooks with nbconvert, which trusts them, on the
instructor's own Jupyter server. So what a student wrote is disarmed in its source,
where a renderer of any version finds no link, no tag and no diagram.
"""

from __future__ import annotations

import functools
import html
import re

# Characters times the places from which a renderer may read on to the end: a fraction
# of a second. The course's own prose stays below 10,000.
_MOST_STEPS = 200_000
_OPENERS = re.compile(r"\$\$|\\\\[\[(]|\\begin")
_TAG = re.compile(r"<(?=[A-Za-z/!?])(?!https?://[^\s<>\"'&]*>)")
# A bracket that a target follows: [a](target), or [a]: target for [a] elsewhere.
_TARGET = re.compile(
    r"\](?=\((?!https?://|mailto:|#)|:(?![ \t]*(?:https?://|mailto:|#)))", re.IGNORECASE
)
# A link in a formula, which MathJax finds in the page's text.
_FORMULA_LINK = re.compile(r"\\(?=href)")
# A block that nbconvert hands to a script as it is.
_DIAGRAM = re.compile(r"([`~]{3}\s*)(?=mermaid)", re.IGNORECASE)
_MATH = re.compile(r"\$(?=\$)|\\(?=[\\\[(]|begin)|<(?=[A-Za-z/!?])|\](?=[(:])")
# The one form of raw HTML that the course's own prose has.
_HINTS = re.compile(
    r"(<details>\n<summary>Hints for <code>([a-z0-9-]{1,60})</code></summary>\n)"
    r"(.*)(\n</details>)\s*",
    re.DOTALL,
)


def is_costly(source: str) -> bool:
    """Return whether a renderer may take long, for its tables or formulas.

    Renderers try whether a table begins at each line with a bar, and read it to its
    end; the same with what may begin a formula.
    """
    bars = sum("|" in line for line in source.splitlines())
    openers = sum(1 for _ in _OPENERS.finditer(source))
    return len(source) * (bars + openers) > _MOST_STEPS


def hints(source: str) -> tuple[str, str] | None:
    """Return the task and the text of a cell of hints, which is shown folded."""
    found = _HINTS.fullmatch(source)
    return (found[2], found[3]) if found else None


@functools.lru_cache(256)  # most cells are the same in all submissions
def disarm(source: str) -> str:
    """Return Markdown in which links lead to the web or nowhere, and nothing can run.

    It stays readable: what begins a tag is shown as text, and a blank comes between a
    link's text and a target that is neither http, https, mailto nor a place in the
    page. A picture is a link. What may take long becomes a block of code, as does what
    hides a formula's link.
    """
    source = _FORMULA_LINK.sub(r"\g<0> ", source)
    if is_costly(source) or _FORMULA_LINK.search(html.unescape(source)):
        return as_code(source)
    if found := _HINTS.fullmatch(source):
        return found[1] + _disarm(found[3]) + found[4]
    return _disarm(source)


def _disarm(source: str) -> str:
    source = _DIAGRAM.sub(r"\1text-", _TAG.sub("&lt;", source))
    return _TARGET.sub("] ", source)


def as_code(source: str) -> str:
    """Return a block of code, in which Markdown means nothing."""
    # nbconvert looks for formulas before it looks for code.
    lines = _MATH.sub(r"\g<0> ", source).splitlines()
    return "\n".join(f"    {line}" for line in lines if line.strip())
