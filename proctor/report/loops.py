"""Loops that count, written one way: ``while`` with a counter becomes ``for``."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable

# Of a statement: what blocks it has.
_BLOCKS = ("body", "orelse", "finalbody")
# What stands in these goes on with itself.
_OWN = (ast.For, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def counted(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements in which loops that count are ``for`` over a ``range``.

    ``i = a; while i < b: ...; i += s`` and ``for i in range(a, b, s)`` become the same,
    and ``range(0, b, 1)`` becomes ``range(b)``.
    """
    return _block([_Ranges().visit(node) for node in copy.deepcopy(body)])


class _Ranges(ast.NodeTransformer):
    """Leaves out of each ``range`` what it has by itself."""

    def visit_Call(self, call: ast.Call) -> ast.Call:
        self.generic_visit(call)
        if isinstance(call.func, ast.Name) and call.func.id == "range":
            call.args = _shortest(call.args)
        return call


def _shortest(args: list[ast.expr]) -> list[ast.expr]:
    if len(args) == 3 and _is(args[2], 1):
        args = args[:2]
    return args[1:] if len(args) == 2 and _is(args[0], 0) else args


def _is(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and node.value == number


def _block(body: list[ast.stmt]) -> list[ast.stmt]:
    made: list[ast.stmt] = []
    for node in body:
        for name in _BLOCKS:
            if inner := getattr(node, name, None):
                setattr(node, name, _block(inner))
        for handler in getattr(node, "handlers", []):
            handler.body = _block(handler.body)
        place = _begins(made, node)
        if place is None:
            made.append(node)
        else:
            made.append(_for(made.pop(place), node))
    return made


def _begins(before: list[ast.stmt], loop: ast.stmt) -> int | None:
    """Return where the counter of a loop that counts is set; None of other loops."""
    counter = _counter(loop)
    if counter is None:
        return None
    for place in reversed(range(len(before))):
        node = before[place]
        if not _uses(counter, [node]):
            continue
        sets = isinstance(node, ast.Assign) and len(node.targets) == 1
        own = sets and isinstance(node.targets[0], ast.Name)
        return place if own and not _uses(counter, [node.value]) else None
    return None


def _counter(loop: ast.stmt) -> str | None:
    """Return what a ``while`` counts by: compared above, raised at its end alone."""
    if not isinstance(loop, ast.While) or loop.orelse or len(loop.body) < 2:
        return None
    *body, last = loop.body
    if not isinstance(last, ast.AugAssign) or not isinstance(last.op, ast.Add):
        last = _as_raised(last)
    if last is None or not isinstance(last.target, ast.Name):
        return None
    name = last.target.id
    below = _end(loop.test, name)
    # Who goes on before the end raises the counter there, too.
    body = _without_raising(body, last)
    stored = any(
        isinstance(node, ast.Name)
        and node.id == name
        and not isinstance(node.ctx, ast.Load)
        for part in body
        for node in ast.walk(part)
    )
    if below is None or stored or _uses(name, [last.value]):
        return None
    return name


def _without_raising(body: list[ast.stmt], last: ast.AugAssign) -> list[ast.stmt]:
    """Return a loop's body without what raises the counter before each ``continue``.

    One that does not raise it is left as a use of the counter: that is no ``for``.
    """
    made: list[ast.stmt] = []
    for node in map(copy.copy, body):
        if isinstance(node, ast.Continue):
            if made and _same(made[-1], last):
                made.pop()
            else:
                made.append(copy.copy(last))
        if not isinstance(node, _OWN):
            for name in _BLOCKS:
                if inner := getattr(node, name, None):
                    setattr(node, name, _without_raising(inner, last))
        made.append(node)
    return made


def _same(node: ast.stmt, last: ast.AugAssign) -> bool:
    raised = node if isinstance(node, ast.AugAssign) else _as_raised(node)
    return raised is not None and ast.dump(raised) == ast.dump(last)


def _as_raised(node: ast.stmt) -> ast.AugAssign | None:
    """Return ``i = i + s`` as ``i += s``."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.BinOp):
        return None
    (target, *more), value = node.targets, node.value
    if more or not isinstance(target, ast.Name) or not isinstance(value.op, ast.Add):
        return None
    for one, other in ((value.left, value.right), (value.right, value.left)):
        if isinstance(one, ast.Name) and one.id == target.id:
            return ast.AugAssign(target, ast.Add(), other)
    return None


def _end(test: ast.expr, name: str) -> ast.expr | None:
    """Return what a counter stays below: of ``i < b`` and ``i <= b``, or turned."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    one, how, other = test.left, test.ops[0], test.comparators[0]
    if isinstance(how, (ast.Gt, ast.GtE)):
        one, other = other, one
        how = ast.Lt() if isinstance(how, ast.Gt) else ast.LtE()
    if not isinstance(one, ast.Name) or one.id != name or _uses(name, [other]):
        return None
    if isinstance(how, ast.LtE):
        return ast.BinOp(other, ast.Add(), ast.Constant(1))
    return other if isinstance(how, ast.Lt) else None


def _uses(name: str, nodes: Iterable[ast.AST]) -> bool:
    return any(
        isinstance(one, ast.Name) and one.id == name
        for node in nodes
        for one in ast.walk(node)
    )


def _for(begin: ast.Assign, loop: ast.While) -> ast.For:
    *body, last = loop.body
    raised = last if isinstance(last, ast.AugAssign) else _as_raised(last)
    end = _end(loop.test, raised.target.id)
    body = _without_raising(body, raised)
    given = _shortest([begin.value, end, raised.value])
    ranges = ast.Call(ast.Name("range", ast.Load()), given, [])
    return ast.For(begin.targets[0], ranges, body, [], lineno=loop.lineno)
