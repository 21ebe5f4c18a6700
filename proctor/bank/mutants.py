"""Solutions with one small change each: mutants of a cell's syntax tree.

A mutant may be wrong, or right in another way: what it is, a module's promises decide
(:mod:`proctor.bank.promises`), and no test. The changes are those that people make by
mistake: a name for its neighbour, an axis for the other, ``=`` for ``+=``, one too many
or too few, a step left out.
"""

from __future__ import annotations

import ast
import copy
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_COMPUTED = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}
# Attributes that are taken for each other.
_ATTRIBUTES = (
    ("max", "min"),
    ("sum", "mean"),
    ("sum", "prod"),
    ("zeros", "ones"),
    ("float32", "float64"),
    ("argmax", "argmin"),
    ("median", "mean"),
    ("rfft2", "fft2"),
    ("backward", "zero_grad"),
)
_SWAPPED = [*_ATTRIBUTES, *((two, one) for one, two in _ATTRIBUTES)]


@dataclass(frozen=True)
class Mutant:
    """A solution with one change.

    Attributes
    ----------
    cell
        The grade_id of the solution cell.
    change
        What was done, and where: ``line 4: `i * sh` -> `i + sh```.
    source
        The cell's text.
    """

    cell: str
    change: str
    source: str


def sample(sources: dict[str, list[str]], count: int, seed: int) -> list[Mutant]:
    """Return so many mutants, all different, the cells taking turns.

    Parameters
    ----------
    sources
        Right texts of each cell.
    """
    rng = random.Random(seed)
    left = []
    for cell, texts in sources.items():
        right = {_normal(text) for text in texts}
        found = {}
        for text in texts:
            for change, source in _changed(text):
                normal = _normal(source)
                if normal and normal not in right:
                    found.setdefault(normal, Mutant(cell, change, source))
        mutants = list(found.values())
        rng.shuffle(mutants)
        left.append(mutants)
    chosen: list[Mutant] = []
    while len(chosen) < count and any(left):
        chosen += [mutants.pop() for mutants in left if mutants]
    return chosen[:count]


def _normal(text: str) -> str:
    """Return a text as the parser sees it; empty if it is not Python."""
    try:
        return ast.unparse(ast.parse(text))
    except SyntaxError:
        return ""


def _changed(text: str) -> Iterator[tuple[str, str]]:
    """Yield each change of a text, and the text that comes of it."""
    lines = [line.encode() for line in text.split("\n")]
    first, last = _region(text)
    tree = ast.parse(text)
    for scope in _scopes(tree):
        mates = _mates(scope)
        for node in _inside(scope):
            line = getattr(node, "lineno", 0)
            if not first < line < last:
                continue
            for other in _others(node, mates):
                yield _spliced(lines, node, other)
            yield from _returned_early(lines, node)


def _region(text: str) -> tuple[int, int]:
    """Return the lines between which a solution stands: the whole, without marks."""
    lines = text.split("\n")
    begins = [n for n, line in enumerate(lines, 1) if "BEGIN SOLUTION" in line]
    ends = [n for n, line in enumerate(lines, 1) if "END SOLUTION" in line]
    return (min(begins), max(ends)) if begins and ends else (0, len(lines) + 1)


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    yield from functions or [tree]


def _inside(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body, without its docstring."""
    body = scope.body
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        body = body[1:]
    for statement in body:
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            yield from ast.walk(statement)


def _mates(scope: ast.AST) -> dict[str, list[str]]:
    """Return for each name that a function binds those that it may be taken for.

    They are bound in one place, as height and width are, or are turns of loops, or
    neighbours among the arguments.
    """
    arguments = getattr(scope, "args", None)
    named = [a.arg for a in arguments.args] if arguments else []
    groups = [list(pair) for pair in itertools.pairwise(named)]
    turns = []
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            groups.append(_stored(node))
        elif isinstance(node, ast.For | ast.comprehension):
            turns += _stored(node.target)
    mates: dict[str, list[str]] = {}
    for group in [*groups, turns]:
        for name in group:
            mates.setdefault(name, []).extend(n for n in group if n != name)
    return mates


def _stored(node: ast.AST) -> list[str]:
    return [
        n.id
        for n in ast.walk(node)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]


def _others(node: ast.AST, mates: dict[str, list[str]]) -> Iterator[ast.AST]:
    """Yield what could stand in a node's place."""
    other = copy.deepcopy(node)
    if isinstance(node, ast.Compare):
        for operator in _COMPARED.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [operator(), *node.ops[1:]], node.comparators)
    elif isinstance(node, ast.BinOp):
        for operator in _COMPUTED.get(type(node.op), ()):
            yield ast.BinOp(node.left, operator(), node.right)
        yield from (node.left, node.right)
        if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv | ast.MatMult):
            yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.BoolOp):
        both = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(both, node.values)
        for n in range(len(node.values)):
            rest = node.values[:n] + node.values[n + 1 :]
            yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from map(ast.Name, dict.fromkeys(mates.get(node.id, ())))
    elif isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
        if isinstance(node.op, ast.Add):
            yield ast.AugAssign(node.target, ast.Sub(), node.value)
        yield ast.Pass()
    elif isinstance(node, ast.Expr | ast.Raise):
        yield ast.Pass()
    elif isinstance(node, ast.Tuple | ast.List):
        for n in range(len(node.elts) - 1):
            other = copy.deepcopy(node)
            other.elts[n : n + 2] = other.elts[n : n + 2][::-1]
            yield other
        for n in range(len(node.elts) if isinstance(node.ctx, ast.Load) else 0):
            other = copy.deepcopy(node)
            del other.elts[n]
            yield other
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Slice):
        yield from _slices(node)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        for one, two in _SWAPPED:
            if node.attr == one:
                yield ast.Attribute(node.value, two)
        if node.attr == "T":
            yield node.value
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield node.value


def _constants(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from map(ast.Constant, dict.fromkeys((value + 1, value - 1, 0)))
    elif isinstance(value, float):
        yield from map(ast.Constant, (value + 1.0, 2 * value))
    elif value is None:
        yield ast.Constant(0)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    for n in range(len(node.keywords)):
        rest = node.keywords[:n] + node.keywords[n + 1 :]
        yield ast.Call(node.func, node.args, rest)
    for n in range(len(node.args) - 1):
        args = list(node.args)
        args[n : n + 2] = args[n : n + 2][::-1]
        yield ast.Call(node.func, args, node.keywords)
    if isinstance(node.func, ast.Attribute) and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
    ):
        # Such as x.astype(dtype), without the conversion.
        yield node.func.value
    if node.args and not isinstance(node.args[0], ast.Starred | ast.GeneratorExp):
        yield node.args[0]
    if isinstance(node.func, ast.Name) and node.func.id == "range":
        last = node.args[min(len(node.args) - 1, 1)]
        fewer = ast.BinOp(last, ast.Sub(), ast.Constant(1))
        if len(node.args) == 1:
            yield ast.Call(node.func, [fewer], [])
            yield ast.Call(node.func, [ast.Constant(1), last], [])
        else:
            yield ast.Call(node.func, [node.args[0], fewer, *node.args[2:]], [])


def _slices(node: ast.Slice) -> Iterator[ast.AST]:
    for part in ("lower", "upper", "step"):
        if getattr(node, part) is not None:
            other = copy.deepcopy(node)
            setattr(other, part, None)
            yield other
    if node.step is None:
        backwards = ast.UnaryOp(ast.USub(), ast.Constant(1))
        if node.lower is node.upper is None:
            yield ast.Slice(None, None, backwards)


def _spliced(lines: list[bytes], node: ast.AST, other: ast.AST) -> tuple[str, str]:
    """Put another node's text in the place of a node's."""
    begin, end = node.lineno - 1, node.end_lineno - 1
    before, after = lines[begin][: node.col_offset], lines[end][node.end_col_offset :]
    was = b"\n".join(lines[begin : end + 1])
    was = was[node.col_offset : len(was) - len(after)].decode()
    text = ast.unparse(ast.fix_missing_locations(other))
    if not isinstance(node, ast.stmt | ast.Slice):
        # As a whole: what stands around it may bind more tightly.
        simple = ast.Name | ast.Constant | ast.Call | ast.Attribute | ast.Subscript
        text = text if isinstance(other, simple | ast.Tuple) else f"({text})"
    middle = before + text.encode() + after
    source = b"\n".join([*lines[:begin], middle, *lines[end + 1 :]]).decode()
    shown = " ".join(was.split())
    return f"line {node.lineno}: `{shown}` -> `{text}`", source


def _returned_early(lines: list[bytes], node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield what comes of a loop that ends in its first turn."""
    if isinstance(node, ast.For):
        end = node.body[-1].end_lineno
        indent = b" " * node.body[0].col_offset
        source = b"\n".join([*lines[:end], indent + b"break", *lines[end:]]).decode()
        yield f"line {node.lineno}: the loop ends after its first turn", source
