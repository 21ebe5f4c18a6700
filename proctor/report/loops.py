"""Loops that count, written one way: upwards, by ``for`` over a ``range``."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proctor.report.nested import Nested

# Of a statement: what blocks it has.
_BLOCKS = ("body", "orelse", "finalbody")
# What stands in these goes on with itself.
_OWN = (ast.For, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_STEPS = (ast.Add, ast.Sub)
# What is said of a counter, seen from the other side.
_TURNED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}


def counted(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements in which loops that count are ``for`` over a ``range``.

    ``i = a; while i < b: ...; i += s`` and ``for i in range(a, b, s)`` become the same,
    whether a loop counts at its end or at its beginning, and one that counts down
    becomes one that counts up. ``range(0, b, 1)`` becomes ``range(b)``. A loop over
    several ranges at once becomes one in the other.
    """
    apart = [Nested().visit(node) for node in copy.deepcopy(body)]
    return _block([_Ranges().visit(node) for node in apart])


class _Ranges(ast.NodeTransformer):
    """Turns each ``range`` upwards, and leaves out of it what it has by itself."""

    def visit_Call(self, call: ast.Call) -> ast.expr:
        self.generic_visit(call)
        if not isinstance(call.func, ast.Name):
            return call
        if call.func.id == "range":
            begin, end, step = _whole_range(call.args)
            if isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub):
                begin, end, step = _plus(end, 1), _plus(begin, 1), step.operand
            call.args = _shortest([begin, end, step]) if end else call.args
        elif call.func.id == "reversed" and len(call.args) == 1:
            inner = call.args[0]
            if isinstance(inner, ast.Call) and _is_range(inner):
                return inner
        return call


def _is_range(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "range"


def _whole_range(
    args: list[ast.expr],
) -> tuple[ast.expr | None, ast.expr | None, ast.expr | None]:
    """Return begin, end and step of a range; nothing where that cannot be told."""
    if not 1 <= len(args) <= 3 or any(isinstance(a, ast.Starred) for a in args):
        return None, None, None
    begin, end = args[:2] if len(args) > 1 else (ast.Constant(0), args[0])
    return begin, end, args[2] if len(args) == 3 else ast.Constant(1)


def _shortest(args: Sequence[ast.expr]) -> list[ast.expr]:
    args = list(args)
    if len(args) == 3 and _is(args[2], 1):
        args = args[:2]
    return args[1:] if len(args) == 2 and _is(args[0], 0) else args


def _is(node: ast.expr, number: int) -> bool:
    return isinstance(node, ast.Constant) and node.value == number


def _number(node: ast.expr) -> int | None:
    """Return the whole number that an expression is, with its sign."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        found = _number(node.operand)
        return None if found is None else -found
    value = node.value if isinstance(node, ast.Constant) else None
    return value if type(value) is int else None


def _plus(node: ast.expr, more: int) -> ast.expr:
    """Return a sum, reckoned as far as it is one of numbers."""
    number = _number(node)
    if number is not None:
        return ast.Constant(number + more)
    if isinstance(node, ast.BinOp) and isinstance(node.op, _STEPS):
        last = _number(node.right)
        if last is not None:
            node, more = node.left, more + _signed(node.op) * last
            return _plus(node, more)
    if not more:
        return node
    how = ast.Add() if more > 0 else ast.Sub()
    return ast.BinOp(node, how, ast.Constant(abs(more)))


def _signed(op: ast.operator) -> int:
    return 1 if isinstance(op, ast.Add) else -1


def _sum(node: ast.expr, step: ast.expr, sign: int) -> ast.expr:
    """Return ``node + step``, or ``node - step``."""
    number = _number(step)
    if number is not None:
        return _plus(node, sign * number)
    return ast.BinOp(node, ast.Add() if sign > 0 else ast.Sub(), step)


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
        if not _uses(counter.name, [node]):
            continue
        sets = isinstance(node, ast.Assign) and len(node.targets) == 1
        own = sets and isinstance(node.targets[0], ast.Name)
        return place if own and not _uses(counter.name, [node.value]) else None
    return None


@dataclass(frozen=True)
class _Counter:
    """How a ``while`` counts.

    Attributes
    ----------
    end
        What the counter stays below; where it counts down, the least that it may be
        when the loop goes on.
    first
        Whether it counts at its beginning.
    """

    name: str
    step: ast.AugAssign
    end: ast.expr
    body: list[ast.stmt]
    first: bool

    @property
    def sign(self) -> int:
        """1 of one that counts up, -1 of one that counts down."""
        return _signed(self.step.op)


def _counter(loop: ast.stmt) -> _Counter | None:
    """Return what a ``while`` counts by: compared above, and changed in one place."""
    if not isinstance(loop, ast.While) or loop.orelse or len(loop.body) < 2:
        return None
    *body, last = loop.body
    first, *rest = loop.body
    for step, others, at_once in ((last, body, False), (first, rest, True)):
        found = _as_step(step)
        if found is None:
            continue
        name = found.target.id
        end = _end(loop.test, name, _signed(found.op))
        # Who goes on before the end counts there, too.
        others = others if at_once else _without_steps(others, found)
        stored = any(
            isinstance(node, ast.Name)
            and node.id == name
            and not isinstance(node.ctx, ast.Load)
            for part in others
            for node in ast.walk(part)
        )
        if end is not None and not stored and not _uses(name, [found.value]):
            return _Counter(name, found, end, others, at_once)
    return None


def _without_steps(body: list[ast.stmt], last: ast.AugAssign) -> list[ast.stmt]:
    """Return a loop's body without what changes the counter before each ``continue``.

    One that does not change it is left as a use of the counter: that is no ``for``.
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
                    setattr(node, name, _without_steps(inner, last))
        made.append(node)
    return made


def _same(node: ast.stmt, last: ast.AugAssign) -> bool:
    step = _as_step(node)
    return step is not None and ast.dump(step) == ast.dump(last)


def _as_step(node: ast.stmt) -> ast.AugAssign | None:
    """Return ``i += s`` and ``i -= s``, of ``i = i + s`` and ``i = i - s`` as well."""
    if isinstance(node, ast.AugAssign):
        counts = isinstance(node.op, _STEPS) and isinstance(node.target, ast.Name)
        return node if counts else None
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.BinOp):
        return None
    (target, *more), value = node.targets, node.value
    if more or not isinstance(target, ast.Name) or not isinstance(value.op, _STEPS):
        return None
    sides = [(value.left, value.right), (value.right, value.left)]
    for one, other in sides if isinstance(value.op, ast.Add) else sides[:1]:
        if isinstance(one, ast.Name) and one.id == target.id:
            return ast.AugAssign(target, value.op, other)
    return None


def _end(test: ast.expr, name: str, sign: int) -> ast.expr | None:
    """Return what a counter stays below, or the least that it may be; None: neither."""
    if sign < 0 and isinstance(test, ast.Name) and test.id == name:
        return ast.Constant(1)  # until it is 0
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return None
    one, how, other = test.left, type(test.ops[0]), test.comparators[0]
    if not isinstance(one, ast.Name) or one.id != name:
        one, how, other = other, _TURNED.get(how, how), one
    if not isinstance(one, ast.Name) or one.id != name or _uses(name, [other]):
        return None
    if how is ast.NotEq:
        how = ast.Lt if sign > 0 else ast.Gt
    up, down = {ast.Lt: 0, ast.LtE: 1}, {ast.GtE: 0, ast.Gt: 1}
    more = (up if sign > 0 else down).get(how)
    return None if more is None else _plus(other, more)


def _uses(name: str, nodes: Iterable[ast.AST]) -> bool:
    return any(
        isinstance(one, ast.Name) and one.id == name
        for node in nodes
        for one in ast.walk(node)
    )


def _for(begin: ast.Assign, loop: ast.While) -> ast.For:
    """Return a loop that counts as one over a range, upwards."""
    counter = _counter(loop)
    first, end, step = begin.value, counter.end, counter.step.value
    if counter.sign < 0:
        first, end = end, _plus(first, 1)
    if counter.first:  # what it sees has been counted once
        first, end = (_sum(one, step, counter.sign) for one in (first, end))
    given = _shortest([first, end, step])
    ranges = ast.Call(ast.Name("range", ast.Load()), given, [])
    return ast.For(begin.targets[0], ranges, counter.body, [], lineno=loop.lineno)
