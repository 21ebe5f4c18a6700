"""Other right ways to write a cell, as ``variants.py`` has them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proctor.bank.files import execute, require_python
from proctor.errors import GradingError


@dataclass(frozen=True)
class Variant:
    """A correct other way to write a cell.

    Attributes
    ----------
    cell, name, source
        The cell's grade_id, what the way is called, and the cell's text.
    fast
        Whether the gate puts it into the submissions that try other cells, so that
        they take less time; one of a cell.
    """

    cell: str
    name: str
    source: str
    fast: bool = False


# What the variants.py that is being read has registered: cell, name, the text or the
# line of the decorator, and whether it is the fast one.
_registered: list[tuple[str, str, str | int, bool]] = []


def variant(cell: str, name: str, *, fast: bool = False) -> Callable[[Any], Any]:
    """Register the decorated function or class as a variant of ``cell``.

    The cell's text is its source, without this line and after ``#| export``. For
    ``fast`` see :class:`Variant`.
    """
    _registered.append((cell, name, sys._getframe(1).f_lineno, fast))
    return lambda thing: thing


def variant_text(cell: str, name: str, source: str, *, fast: bool = False) -> None:
    """Register a whole cell's text as a variant of ``cell``."""
    _registered.append((cell, name, source, fast))


def read_variants(path: Path, reference: dict[str, str], export: str) -> list[Variant]:
    """Return what a ``variants.py`` registers; see :func:`proctor.bank.bank.load`.

    Raises
    ------
    GradingError
        One line that names the file, the variant and what to do.
    """
    if not path.is_file():
        return []
    _registered.clear()
    execute(path)
    decorated = _decorated(path.read_text(encoding="utf-8"), export)
    found: dict[tuple[str, str], Variant] = {}
    for cell, name, text, fast in _registered:
        if cell not in reference:
            known = ", ".join(reference)
            raise GradingError(
                f"{path}: variant {name!r}: no solution cell {cell!r}: there is {known}"
            )
        if (cell, name) in found:
            raise GradingError(
                f"{path}: two variants of {cell!r} are called {name!r}: rename one"
            )
        source = decorated.get(text, "") if isinstance(text, int) else text
        try:
            require_python(source)
        except ValueError as error:
            raise GradingError(f"{path}: variant {name!r}: {error}") from None
        if fast and any(other.fast and other.cell == cell for other in found.values()):
            raise GradingError(
                f"{path}: variant {name!r}: {cell!r} has a fast one already: keep one"
            )
        found[cell, name] = Variant(cell, name, source.strip("\n"), fast)
    return list(found.values())


def _decorated(text: str, export: str) -> dict[int, str]:
    """Return the source of each decorated definition, by its decorators' lines."""
    lines = text.splitlines()
    found = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            body = "\n".join([export, *lines[node.lineno - 1 : node.end_lineno]])
            for decorator in node.decorator_list:
                for line in range(decorator.lineno, decorator.end_lineno + 1):
                    found[line] = body
    return found
