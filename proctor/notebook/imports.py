"""What the author's cells of a notebook import, for the tests that rely on it."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator

from proctor.notebook.assignment import AssignedNotebook
from proctor.notebook.names import uses_rubric

# A line of IPython's own.
_MAGIC = re.compile(r"^[ \t]*[%!].*", re.MULTILINE)


def imports_for(notebook: AssignedNotebook, test: str) -> str:
    """Return import statements, a line each, of names that a test has from others.

    From cells as the author wrote them alone: what is given, what tests hold, and what
    stands in a solution cell that was handed out. So a student's cell decides nothing
    of what the test calls by these names. A test with a rubric imports what it uses.
    """
    if uses_rubric(test):
        return ""
    needed = _free_names(test)
    found: dict[str, str] = {}
    for text in (text for text, _ in notebook.given):
        found |= imports_in(text)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            found |= imports_in(cell.source)
    return "\n".join(found[name] for name in sorted(needed & found.keys()))


@functools.lru_cache(1024)
def imports_in(text: str, inside: bool = False) -> dict[str, str]:
    """Return the statement that imports each name, in a text of the author's.

    Parameters
    ----------
    inside
        Whether what stands in a `with` counts as well.
    """
    found = {}
    for statement in _statements(text, inside):
        if isinstance(statement, ast.ImportFrom):
            outside = statement.level == 0 and statement.module != "__future__"
            for alias in statement.names if outside else []:
                if alias.name != "*":
                    one = ast.ImportFrom(statement.module, [alias], 0)
                    found[alias.asname or alias.name] = ast.unparse(one)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                name = alias.asname or alias.name.split(".")[0]
                found[name] = ast.unparse(ast.Import([alias]))
    return found


@functools.lru_cache(1024)
def _free_names(text: str) -> frozenset[str]:
    loaded, bound = set(), set(imports_in(text))
    for statement in _statements(text):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                names = loaded if isinstance(node.ctx, ast.Load) else bound
                names.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                bound.add(node.name)
    return frozenset(loaded - bound)


def _statements(text: str, inside: bool = False) -> list[ast.stmt]:
    try:
        tree = ast.parse(_MAGIC.sub("", text))
    except (SyntaxError, ValueError, RecursionError):  # no Python
        return []
    return list(_all_of(tree.body)) if inside else tree.body


def _all_of(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements and those in a `with`; what is tried or asked for may not be."""
    for statement in statements:
        yield statement
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            yield from _all_of(statement.body)
