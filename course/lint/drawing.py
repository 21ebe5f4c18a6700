"""Drawing code: which cells have it, and how much of it a student sees.

The build folds away the source of a cell that draws. What is left in the open, such as
an axis that is labelled beside a computation, is counted here.
"""

from __future__ import annotations

import ast
import re

from nbformat import NotebookNode

from course.cells import is_graded, is_solution

# At most this share of the code lines that a student sees.
MOST = 0.05
# Lines of code that a cell in the open may have, tasks and checks left out.
LONGEST_CODE = 15
_NAMES = frozenset({"plt", "axes", "axis", "figure", "show", "plan"})
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


def is_drawing(cell: NotebookNode) -> bool:
    """Tell whether a given cell is there to draw: most of its lines do."""
    if cell.cell_type != "code" or is_graded(cell) or is_solution(cell):
        return False
    lines = drawing_lines(cell.source)
    return 2 * len(lines) > len(lines_of_code(cell.source)) and len(lines) > 1


def drawing_lines(source: str) -> set[int]:
    """Return the numbers of the lines that use pyplot, a figure or its axes."""
    try:
        tree = ast.parse(_MAGIC.sub("", source))
    except SyntaxError:
        return set()
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Import):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno
            names = {n.id for n in _of(node) if isinstance(n, ast.Name)}
            if names & _NAMES:
                found.update(range(node.lineno, max(last, node.lineno) + 1))
    return found & lines_of_code(source)


def _of(node: ast.stmt) -> list[ast.AST]:
    """Return the parts of a statement, without those of its body."""
    inner = {
        id(part)
        for name in ("body", "orelse", "finalbody", "handlers")
        for child in getattr(node, name, [])
        for part in ast.walk(child)
    }
    return [part for part in ast.walk(node) if id(part) not in inner]


def lines_of_code(source: str) -> set[int]:
    """Return the numbers of the lines that are neither blank nor a comment."""
    rows = enumerate(source.splitlines(), 1)
    return {i for i, line in rows if line.strip() and not line.lstrip().startswith("#")}


def share_of_drawing(notebook: NotebookNode) -> float:
    """Return which share of the given code lines in the open draw.

    Neither checks nor solutions count.
    """
    drawn = seen = 0
    for cell in notebook.cells:
        given = cell.cell_type == "code" and not (is_graded(cell) or is_solution(cell))
        if given and not is_drawing(cell):
            drawn += len(drawing_lines(cell.source))
            seen += len(lines_of_code(cell.source))
    return drawn / seen if seen else 0.0


def drawing_problems(notebook: NotebookNode) -> list[str]:
    """Return a line if a student sees too much drawing code."""
    share = share_of_drawing(notebook)
    if share <= MOST:
        return []
    return [
        f"{share:.0%} of the code lines in the open draw, at most {MOST:.0%} may: put "
        "what draws into cells of its own, which the build folds away"
    ]
