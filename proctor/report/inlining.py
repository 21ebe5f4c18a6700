"""Put functions that are used once back to where they are used.

Whoever moves a part of an answer into a function of its own has written the same.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

# Of what calls what calls what: more is nobody's.
_MOST = 50
_SIMPLE = (ast.Name, ast.Constant, ast.Attribute)
_Function = ast.FunctionDef


def inline(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements in which what is used once stands where it is used.

    Only plain functions: with parameters by position, and one ``return`` at the end.
    """
    body = copy.deepcopy(body)
    for _ in range(_MOST):
        if not any(_put_back(one, body) for one in [*_plain_functions(body)]):
            break
    return body


def _plain_functions(body: list[ast.stmt]) -> Iterator[_Function]:
    for node in body:
        if not isinstance(node, _Function) or node.decorator_list:
            continue
        given = node.args
        if given.vararg or given.kwarg or given.kwonlyargs or given.defaults:
            continue
        inside = [one for part in node.body for one in ast.walk(part)]
        returns = [one for one in inside if isinstance(one, ast.Return)]
        if returns != [node.body[-1]] or returns[0].value is None:
            continue
        odd = (
            ast.Yield,
            ast.YieldFrom,
            ast.Global,
            ast.Nonlocal,
            _Function,
            ast.Lambda,
        )
        if not any(isinstance(one, odd) for one in inside):
            yield node


def _put_back(function: _Function, body: list[ast.stmt]) -> bool:
    """Put a function's body where its one call is; tell whether that was possible."""
    others = [node for node in body if node is not function]
    uses = [
        one
        for part in body
        for one in ast.walk(part)
        if isinstance(one, ast.Name) and one.id == function.name
    ]
    if len(uses) != 1:
        return False
    placed = _Placed(function, uses[0])
    # Outside of functions nothing is moved: that is not what is asked for.
    for node in others:
        if isinstance(node, (_Function, ast.ClassDef)):
            placed.visit(node)
    if placed.done:
        body[:] = others
    return placed.done


class _Placed(ast.NodeTransformer):
    """Puts a function's body in the place of a call."""

    def __init__(self, function: _Function, use: ast.Name) -> None:
        self._function, self._use = function, use
        self.done = False

    def visit_Call(self, call: ast.Call) -> ast.expr:
        self.generic_visit(call)
        *before, last = self._function.body
        given = self._given(call)
        if before or given is None:
            return call
        self.done = True
        return _Filled(given).visit(copy.deepcopy(last.value))

    def _whole(self, node: ast.stmt) -> ast.stmt | list[ast.stmt]:
        """Replace a statement whose value is the call by the function's statements."""
        call = node.value
        given = self._given(call) if isinstance(call, ast.Call) else None
        *before, last = self._function.body
        if not before or given is None:
            return self.generic_visit(node)
        self.done = True
        filled = [_Filled(given).visit(copy.deepcopy(one)) for one in before]
        node.value = _Filled(given).visit(copy.deepcopy(last.value))
        return [*filled, node]

    visit_Assign = visit_Return = visit_Expr = visit_AugAssign = _whole

    def _given(self, call: ast.Call) -> dict[str, ast.expr] | None:
        """Return what is given for each parameter; None where that is another call."""
        names = [arg.arg for arg in self._function.args.args]
        named = {word.arg: word.value for word in call.keywords}
        if call.func is not self._use or len(call.args) + len(named) != len(names):
            return None
        given = dict(zip(names, call.args, strict=False)) | named
        if given.keys() != {*names}:
            return None
        used = [
            one.id
            for part in self._function.body
            for one in ast.walk(part)
            if isinstance(one, ast.Name)
        ]
        plain = all(
            isinstance(value, _SIMPLE) or used.count(name) <= 1
            for name, value in given.items()
        )
        return given if plain else None


class _Filled(ast.NodeTransformer):
    """Puts what is given in the place of parameters, where they are read."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._given:
            return copy.deepcopy(self._given[node.id])
        return node
