"""Functions that a student is to write, as they are handed out."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass

from proctor.notebook.assignment import AssignedNotebook


@dataclass(frozen=True)
class Stubs:
    """A solution cell in which each function does nothing but to say that it is none.

    Attributes
    ----------
    names
        Of its functions.
    source
        The cell's text as it was handed out.
    """

    names: tuple[str, ...]
    source: str


def stubs_of(notebook: AssignedNotebook, task: str) -> Stubs | None:
    """Return what the solution cell ``task`` holds; None if it holds anything else."""
    for cell in notebook.cells:
        if cell.name == task and cell.is_solution and cell.cell_type == "code":
            return _read(cell.source)
    return None


@functools.lru_cache(maxsize=256)
def _read(source: str) -> Stubs | None:
    try:
        statements = ast.parse(source).body
    except (SyntaxError, ValueError):  # magics, or no Python
        return None
    names = tuple(s.name for s in statements if _is_stub(s))
    return Stubs(names, source) if names and len(names) == len(statements) else None


def _is_stub(statement: ast.stmt) -> bool:
    match statement:
        case ast.FunctionDef(body=[*text, ast.Raise(exc=error)], decorator_list=[]):
            return _is_not_implemented(error) and all(map(_is_text, text))
    return False


def _is_not_implemented(error: ast.expr | None) -> bool:
    kind = error.func if isinstance(error, ast.Call) else error
    return isinstance(kind, ast.Name) and kind.id == NotImplementedError.__name__


def _is_text(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False
