"""Which conditions must not decide about points: those that student code decides."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from course.lint.dataflow import Flow

_ASKING = {"isinstance", "issubclass", "hasattr", "callable"}
_PASSING_ON = {"bool", "all", "any"}


def reasons(
    condition: ast.expr, flow: Flow, exceptions: set[str], seen: frozenset = frozenset()
) -> Iterator[str]:
    """Yield what is wrong with a condition that a test asserts.

    Parameters
    ----------
    condition
        For example what stands after ``assert``.
    flow
        Of the test cell.
    exceptions
        Names of caught exceptions into which the test must not look.
    seen
        Functions that are being looked at.
    """
    truth = (
        f"{ast.unparse(condition)!r} is a verdict of student code: compare numbers "
        "instead"
    )
    match condition:
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from reasons(part, flow, exceptions, seen)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            yield from reasons(part, flow, exceptions, seen)
        case ast.Compare():
            yield from _of_comparison(condition, flow, exceptions)
        case ast.Call(func=ast.Name(id=name), args=[subject, *_]) if name in _ASKING:
            if flow.is_students(subject):
                yield truth
        case ast.Call(func=ast.Name(id=name), args=[part]) if name in _PASSING_ON:
            if isinstance(part, (ast.GeneratorExp, ast.ListComp)):
                part = part.elt
            yield from reasons(part, flow, exceptions, seen)
        case ast.Call(func=ast.Name(id=name)) if name in flow.functions:
            # A function of the test's own: what it returns is the verdict.
            if name not in seen:
                for node in ast.walk(flow.functions[name]):
                    if isinstance(node, ast.Return) and node.value:
                        yield from reasons(node.value, flow, exceptions, seen | {name})
        case ast.Call(func=function):
            if flow.is_students(function) and not _is_arithmetic(function):
                yield truth
        case ast.Name() | ast.Attribute() | ast.Subscript():
            if flow.is_students(condition):
                yield truth


def _is_arithmetic(function: ast.expr) -> bool:
    """Tell whether it is a method of a comparison, such as ``(y > 0).all``."""
    return isinstance(function, ast.Attribute) and isinstance(
        function.value, (ast.Compare, ast.BinOp, ast.UnaryOp)
    )


def _of_comparison(
    comparison: ast.Compare, flow: Flow, exceptions: set[str]
) -> Iterator[str]:
    text = ast.unparse(comparison)
    names = {node.id for node in ast.walk(comparison) if isinstance(node, ast.Name)}
    if names & exceptions:
        yield f"{text!r} looks into an exception: use rubric.raises(..., naming=...)"
        return
    sides = [comparison.left, *comparison.comparators]
    if not any(map(flow.is_students, sides)):
        return
    constants = [side.value for side in sides if isinstance(side, ast.Constant)]
    identity = any(isinstance(op, (ast.Is, ast.IsNot)) for op in comparison.ops)
    if any(isinstance(value, (bool, str)) for value in constants):
        yield f"{text!r} trusts a bool or a text of student code: compare numbers"
    elif identity and None not in constants:
        yield f"{text!r}: 'is' says nothing about the objects of student code"
