"""What cells that everybody has import, imported before the first fork."""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Iterable

# Of the standard library, what notebooks begin with, and what does nothing when it is
# imported.
_STANDARD = frozenset(
    "collections copy dataclasses dis functools importlib itertools json math "  # noqa: SIM905
    "operator os pathlib random re statistics string subprocess sys tempfile time "
    "tracemalloc typing warnings".split()
)


def import_given(cells: Iterable[ast.Module], packages: set[str]) -> None:
    """Run the import statements of cells, as far as they are of these packages.

    Or of the most common modules of the standard library: what each child imports
    anew, each has to write pages for. A module that is first imported in a child is
    compiled there: packages that were built for a run have no compiled files, and no
    child may write any.
    """
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        for cell in cells:
            for statement in cell.body:
                if _names(statement) and _names(statement) <= packages | _STANDARD:
                    code = compile(ast.Module([statement], []), "<given>", "exec")
                    with contextlib.suppress(Exception):
                        exec(code, {"__name__": "<given>"})
    finally:
        sys.dont_write_bytecode = kept


def _names(statement: ast.stmt) -> set[str]:
    """Return the packages that a statement imports from; nothing if it is no import."""
    modules = []
    if isinstance(statement, ast.Import):
        modules = [alias.name for alias in statement.names]
    elif isinstance(statement, ast.ImportFrom) and not statement.level:
        modules = [statement.module]
    return {module.split(".")[0] for module in modules}
