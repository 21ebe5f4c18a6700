"""Put functions that are used once back to where they are used.

Whoever moves a part of an answer into a function of its own has written the same.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

# Of what calls what calls what, and of functions in all: more is nobody's, and each is
# looked for in all of a text.
_MOST, _MOST_FUNCTIONS = 50, 100
_SIMPLE = (ast.Name, ast.Constant, ast.Attribute)
_Function = ast.FunctionDef
# What hangs on the function that it stands in.
_ODD = (ast.Return, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal)
_DEFINITIONS = (_Function, ast.AsyncFunctionDef, ast.ClassDef)


def inline(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return statements in which what is used once stands where it is used.

    Only plain functions, with parameters by position and no ``return`` but one at the
    end, wherever they stand; and such methods that a class calls itself.
    """
    body = copy.deepcopy(body)
    nodes = (node for part in body for node in ast.walk(part))
    if sum(isinstance(node, _DEFINITIONS) for node in nodes) <= _MOST_FUNCTIONS:
        _inline(body, None)
    return body


def _inline(body: list[ast.stmt], owner: ast.stmt | None) -> None:
    """Put back what stands in the body of a definition, or of a module."""
    for node in body:
        if isinstance(node, _DEFINITIONS):
            _inline(node.body, node)
    for _ in range(_MOST):
        if not any(_put_back(one, body, owner) for one in [*_plain_functions(body)]):
            break


def _plain_functions(body: list[ast.stmt]) -> Iterator[_Function]:
    for node in body:
        if not isinstance(node, _Function) or node.decorator_list:
            continue
        given = node.args
        if given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs:
            continue
        before, value = _parts(node)
        inside = [one for part in before for one in ast.walk(part)]
        something = bool(before) or value is not None
        if something and not any(isinstance(one, _ODD) for one in inside):
            yield node


def _parts(function: _Function) -> tuple[list[ast.stmt], ast.expr | None]:
    """Return a function's statements, and what it returns at the end; None: nothing."""
    body = function.body
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        body = body[1:]  # a docstring
    if body and isinstance(body[-1], ast.Return):
        return body[:-1], body[-1].value
    return body, None


def _put_back(
    function: _Function, body: list[ast.stmt], owner: ast.stmt | None
) -> bool:
    """Put a function's body where its one call is; tell whether that was possible."""
    in_class = isinstance(owner, ast.ClassDef)
    uses = [
        one
        for part in body
        for one in ast.walk(part)
        if (
            isinstance(one, ast.Attribute) and one.attr == function.name
            if in_class
            else isinstance(one, ast.Name) and one.id == function.name
        )
    ]
    if len(uses) != 1:
        return False
    placed = _Placed(function, uses[0])
    made: list[ast.stmt] = []
    for node in body:
        if node is function:
            continue
        # Outside of functions nothing is moved: that is not what is asked for.
        inside = isinstance(node, _DEFINITIONS) or isinstance(owner, _Function)
        found = placed.visit(node) if inside else node
        made += found if isinstance(found, list) else [found]
    if placed.done:
        body[:] = made
    return placed.done


@dataclass
class _Given:
    """What a call gives for parameters, and the statements that are needed before."""

    values: dict[str, ast.expr]
    before: list[ast.stmt]


class _Placed(ast.NodeTransformer):
    """Puts a function's body in the place of a call."""

    def __init__(self, function: _Function, use: ast.Name | ast.Attribute) -> None:
        self._function, self._use = function, use
        self._body, self._value = _parts(function)
        self.done = False

    def visit_Call(self, call: ast.Call) -> ast.expr:
        self.generic_visit(call)
        given = self._given(call)
        if self._body or self._value is None or given is None or given.before:
            return call
        self.done = True
        return _Filled(given.values).visit(copy.deepcopy(self._value))

    def _whole(self, node: ast.stmt) -> ast.stmt | list[ast.stmt]:
        """Put the function's statements before one in whose value the call stands."""
        there = [] if node.value is None else ast.walk(node.value)
        call = next((c for c in there if getattr(c, "func", None) is self._use), None)
        given = self._given(call) if call else None
        alone = isinstance(node, ast.Expr) and node.value is call
        if given is None or (self._value is None and not alone):
            return self.generic_visit(node)
        filled = _Filled(given.values)
        before = [filled.visit(copy.deepcopy(one)) for one in self._body]
        self.done = True
        if self._value is None:
            return [*given.before, *before]
        value = filled.visit(copy.deepcopy(self._value))
        node.value = _Swapped(call, value).visit(node.value)
        return [*given.before, *before, node]

    visit_Assign = visit_Return = visit_Expr = visit_AugAssign = _whole
    visit_AnnAssign = _whole

    def _given(self, call: ast.Call) -> _Given | None:
        """Return what is given for each parameter; None where that is another call."""
        if call.func is not self._use:
            return None
        args, found = list(call.args), self._function.args
        if isinstance(self._use, ast.Attribute):
            if not isinstance(self._use.value, ast.Name):
                return None
            args.insert(0, self._use.value)
        names = [arg.arg for arg in found.args]
        if len(args) > len(names) or any(isinstance(a, ast.Starred) for a in args):
            return None
        last = names[len(names) - len(found.defaults) :]
        given = dict(zip(last, found.defaults, strict=True))
        given |= dict(zip(names, args, strict=False))
        given |= {word.arg: word.value for word in call.keywords}
        if given.keys() != {*names}:
            return None
        used = [
            one.id
            for part in self._function.body
            for one in ast.walk(part)
            if isinstance(one, ast.Name)
        ]
        # What would be worked out several times is so once, under the parameter's name.
        once = [
            name
            for name, value in given.items()
            if not isinstance(value, _SIMPLE) and used.count(name) > 1
        ]
        before = [
            ast.Assign([ast.Name(name, ast.Store())], given.pop(name), lineno=0)
            for name in once
        ]
        return _Given(given, before)


class _Filled(ast.NodeTransformer):
    """Puts what is given in the place of parameters, where they are read."""

    def __init__(self, given: dict[str, ast.expr]) -> None:
        self._given = given

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._given:
            return copy.deepcopy(self._given[node.id])
        return node


class _Swapped(ast.NodeTransformer):
    """Puts a value in the place of a call."""

    def __init__(self, call: ast.Call, value: ast.expr) -> None:
        self._call, self._value = call, value

    def visit_Call(self, call: ast.Call) -> ast.expr:
        if call is self._call:
            return self._value
        self.generic_visit(call)
        return call
