"""Python as a line of tokens in which names, comments, layout and order say nothing.

Two texts of which one was made from the other by renaming, commenting, annotating,
moving functions, taking parts out into functions, or counting by ``while`` in place of
``for``, give the same tokens. Each token is one character, so that whole answers can be
compared as strings.
"""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import tokenize
from collections.abc import Iterable, Mapping
from functools import lru_cache

from proctor.report.inlining import inline
from proctor.report.loops import counted

KEPT = frozenset({*keyword.kwlist, *dir(builtins)})
_LAYOUT = {
    tokenize.INDENT: "{",
    tokenize.DEDENT: "}",
    tokenize.NEWLINE: ";",
}
_DROPPED = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.ENDMARKER})
# By token: the character that stands for it. Characters below have other uses.
_letters: dict[str, str] = {}
_FIRST = 0x4E00
# For each the whole text is taken apart; no answer has so many.
_MOST_DEFINITIONS = 100


@lru_cache(1 << 14)
def tokens(source: str) -> str:
    """Return a text's tokens, a character each; empty where it is no Python."""
    try:
        return "".join(_block(counted(inline(ast.parse(source).body))))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return ""


@lru_cache(1 << 14)
def whole(source: str) -> str:
    """Return a text in which what is used once stands where it is used."""
    try:
        return ast.unparse(ast.Module(inline(ast.parse(source).body), []))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source


@lru_cache(1 << 12)
def definitions(source: str) -> Mapping[str, str]:
    """Return the text of each function and class that a text defines, by its name."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    kinds = ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef
    found = [node for node in body if isinstance(node, kinds)]
    if len(found) > _MOST_DEFINITIONS:
        return {}
    return {node.name: ast.get_source_segment(source, node) or "" for node in found}


def not_python(source: str) -> str:
    """Say why a text is no Python; empty of Python."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"{error}" or type(error).__name__
    return ""


def _block(body: Iterable[ast.stmt]) -> list[str]:
    """Return the tokens of statements, definitions in an order of their own."""
    defined, others = [], []
    for node in map(_plain, body):
        if isinstance(node, ast.ClassDef):
            methods = _block(node.body)
            node.body = [ast.Pass()]
            defined.append(_tokens(node) + "".join(methods))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            defined.append(_tokens(node))
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            others.append(_tokens(node))
    return [*sorted(defined), *others]


def _plain(node: ast.stmt) -> ast.stmt:
    """Return a statement without annotations, docstrings and decorators."""
    for one in ast.walk(node):
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)):
            one.returns = None
        if isinstance(one, ast.arg):
            one.annotation = None
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = one.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                one.body = one.body[1:] or [ast.Pass()]
    return node


def _tokens(node: ast.AST) -> str:
    # Written anew: brackets and line breaks that say nothing are gone.
    text, found, before = ast.unparse(node), [], ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _DROPPED:
            continue
        said = _LAYOUT.get(token.type, token.string)
        if token.type == tokenize.NAME and said not in KEPT and before != ".":
            said = "name"
        elif token.type == tokenize.STRING:
            said = "text"
        found.append(_letter(said))
        before = token.string
    return "".join(found)


def _letter(token: str) -> str:
    return _letters.setdefault(token, chr(_FIRST + len(_letters) % 0x50000))
