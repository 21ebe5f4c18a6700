"""Which values of a test cell come from student code: a simple flow through names.

A name that the cell reads and never binds is the student's. What is computed from one
is the student's too, through assignments, loops, and calls of functions that the cell
defines. A function is looked at once for all its calls. What is set on an attribute,
and what a call changes in its arguments, is not followed.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

# A value is the student's or not; a tuple of such says it for each of its elements.
Origin = bool | tuple

_GIVEN = {*dir(builtins), "np", "__name__"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def bound_names(tree: ast.AST) -> set[str]:
    """Return the names that ``tree`` binds, in whatever scope."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add(other or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
    return names


def free_names(tree: ast.AST) -> set[str]:
    """Return the names that ``tree`` reads, and neither binds nor has from Python."""
    read = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return read - bound_names(tree) - _GIVEN


def _any(origin: Origin) -> bool:
    """Tell whether any part of a value is the student's."""
    return any(map(_any, origin)) if isinstance(origin, tuple) else origin


def _either(a: Origin, b: Origin) -> Origin:
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(map(_either, a, b))
    if not _any(a):
        return b
    return a if not _any(b) or a == b else True


class Flow:
    """The origin of each expression in a test cell.

    Parameters
    ----------
    tree
        The parsed cell.
    """

    def __init__(self, tree: ast.Module):
        self.students = free_names(tree)
        self.functions = {
            node.name: node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)
        }
        self._scope: dict[ast.AST, ast.AST] = {}
        self._locals: dict[ast.AST, set[str]] = {}
        self._known: dict[tuple[ast.AST | None, str], Origin] = {}
        self._returned: dict[ast.AST, Origin] = {}
        self._note_scopes(tree, tree)
        self._module, nodes = tree, list(ast.walk(tree))
        before = None
        while before != (self._known, self._returned):
            before = dict(self._known), dict(self._returned)
            for node in nodes:
                self._follow(node)

    def _note_scopes(self, node: ast.AST, scope: ast.AST) -> None:
        self._scope[node] = scope
        if isinstance(node, _FUNCTIONS):
            self._locals[node] = bound_names(node) - {node.name}
            scope = node
        for child in ast.iter_child_nodes(node):
            self._note_scopes(child, scope)

    def _where(self, node: ast.AST, name: str) -> tuple[ast.AST | None, str]:
        """Return the variable that ``name`` is at ``node``."""
        scope = self._scope[node]
        while scope is not self._module and name not in self._locals[scope]:
            scope = self._scope[scope]
        return scope, name

    def _bind(self, target: ast.expr, origin: Origin) -> None:
        match target:
            case ast.Name(id=name):
                key = self._where(target, name)
                self._known[key] = _either(self._known.get(key, origin), origin)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                matches = isinstance(origin, tuple) and len(origin) == len(targets)
                for i, part in enumerate(targets):
                    self._bind(part, origin[i] if matches else _any(origin))
            case ast.Starred(value=part):
                self._bind(part, _any(origin))

    def _follow(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, self.origin(value))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._bind(target, self.origin(value))
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, self.origin(value))
            case ast.AugAssign(target=target, value=value):
                self._bind(target, _any(self.origin(value)))
            case (
                ast.For(target=target, iter=values)
                | ast.comprehension(target=target, iter=values)
            ):
                self._bind(target, self._element(values))
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._bind(target, _any(self.origin(value)))
            case ast.Return(value=ast.expr() as value):
                function, origin = self._scope[node], self.origin(value)
                known = self._returned.get(function, origin)
                self._returned[function] = _either(known, origin)
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                self._pass(node, self.functions[name])

    def _pass(self, call: ast.Call, function: ast.FunctionDef) -> None:
        """Bind the parameters to what the call gives them."""
        parameters = [*function.args.posonlyargs, *function.args.args]
        by_name = {p.arg: p for p in (*parameters, *function.args.kwonlyargs)}
        pairs = list(zip(parameters, call.args, strict=False))
        if any(isinstance(value, ast.Starred) for value in call.args):
            pairs = [(p, value) for p in parameters for value in call.args]
        elif function.args.vararg:
            rest = call.args[len(parameters) :]
            pairs += [(function.args.vararg, value) for value in rest]
        pairs += [(by_name[k.arg], k.value) for k in call.keywords if k.arg in by_name]
        for parameter, value in pairs:
            key = function, parameter.arg
            origin = self.origin(value)
            self._known[key] = _either(self._known.get(key, origin), origin)

    def _element(self, values: ast.expr) -> Origin:
        """Return the origin of what a loop over ``values`` gives."""
        match values:
            case ast.Call(func=ast.Name(id="zip"), args=rows):
                return tuple(_any(self.origin(row)) for row in rows)
            case ast.Call(func=ast.Name(id="enumerate"), args=[row, *_]):
                return False, self._element(row)
            case ast.Tuple(elts=[first, *rest]) | ast.List(elts=[first, *rest]):
                origin = self.origin(first)
                for row in rest:
                    origin = _either(origin, self.origin(row))
                return origin
        return _any(self.origin(values))

    def is_students(self, node: ast.expr) -> bool:
        """Tell whether any part of the value of ``node`` comes from student code."""
        return _any(self.origin(node))

    def origin(self, node: ast.expr) -> Origin:
        """Return whether ``node`` comes from student code, part by part if a tuple."""
        match node:
            case ast.Name(id=name):
                if name in self.students:
                    return True
                return self._known.get(self._where(node, name), False)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return tuple(map(self.origin, parts))
            case ast.Subscript(value=value, slice=ast.Constant(value=int(i))):
                origin = self.origin(value)
                if isinstance(origin, tuple) and -len(origin) <= i < len(origin):
                    return origin[i]
                return _any(origin)
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return self._returned.get(self.functions[name], False)
            case ast.Call(func=ast.Attribute(value=ast.Name(), attr="share")):
                return True
        return any(_any(self.origin(part)) for part in _parts(node))


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions directly in ``node``, those of keywords and loops too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        else:
            yield from _parts(child)
