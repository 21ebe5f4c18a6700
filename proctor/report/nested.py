"""Loops over several ranges at once, written one in the other."""

from __future__ import annotations

import ast

_OVER_INDICES = "ndindex"
_OVER_PRODUCTS = "product"


class Nested(ast.NodeTransformer):
    """Turns ``for i, j in np.ndindex(a, b)`` into two loops, one in the other.

    So it does with ``itertools.product(range(a), range(b))``. A loop that is left by
    ``break``, or has an ``else``, says something else when it is written so, and stays.
    """

    def visit_For(self, loop: ast.For) -> ast.For:
        """Return the loop, or the outermost of those that it becomes."""
        self.generic_visit(loop)
        targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
        over = _iterated(loop.iter)
        if len(targets) < 2 or len(over) != len(targets) or loop.orelse:
            return loop
        if any(_leaves(node) for node in loop.body):
            return loop
        body = loop.body
        for target, one in reversed(list(zip(targets, over, strict=True))):
            body = [ast.For(target, one, body, [], lineno=loop.lineno)]
        return body[0]


def _iterated(call: ast.expr) -> list[ast.expr]:
    """Return what a call goes through, one in the other; nothing of any other call."""
    if not isinstance(call, ast.Call) or call.keywords:
        return []
    if any(isinstance(one, ast.Starred) for one in call.args):
        return []
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == _OVER_PRODUCTS:
        return call.args
    if name != _OVER_INDICES:
        return []
    lengths = call.args
    if len(lengths) == 1 and isinstance(lengths[0], ast.Tuple | ast.List):
        lengths = lengths[0].elts
    return [ast.Call(ast.Name("range", ast.Load()), [one], []) for one in lengths]


def _leaves(node: ast.stmt) -> bool:
    """Tell whether a statement leaves the loop that it stands in by ``break``."""
    if isinstance(node, ast.Break):
        return True
    if isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.ClassDef):
        return any(map(_leaves, getattr(node, "orelse", [])))
    return any(
        _leaves(inner)
        for inner in ast.iter_child_nodes(node)
        if isinstance(inner, ast.stmt | ast.ExceptHandler | ast.match_case)
    )
