"""What a test cell replaces in modules: code of a student's may call it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from proctor.notebook.names import imported

_SETTERS = {"setattr", "delattr"}
# Modules that are there without an import, or by which others are reached.
_KNOWN = {"np", "builtins", "__builtins__", "sys"}


def replaced_in(source: str, imports: str = "") -> str:
    """Return what a cell sets, or deletes, in a module; empty: nothing.

    A test that does so is about what the student's code calls: where this has modules
    of its own, nothing would be replaced for it.

    Parameters
    ----------
    imports
        Statements by which it has modules of other cells.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ""
    modules = imported(source) | imported(imports) | _KNOWN
    modules |= {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for target in _targets(tree):
        if _root(target) in modules:
            return ast.unparse(target)
    return ""


def _targets(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()):
                yield node
            case ast.Call(func=ast.Name(id=name), args=[target, *_]):
                if name in _SETTERS:
                    yield target


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
