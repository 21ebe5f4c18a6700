"""What moves in the pages of modules, as the notebook's own cells give it.

Explorers, pads and plans are small web pages that need no kernel; released notebooks
hold none, since a notebook that is not trusted shows no page inside it. Here the cell
that ends in one is run, after those that it needs.
"""

from __future__ import annotations

import ast
import contextlib
import io

from course.lint.dataflow import bound_names, free_names
from course.project import CourseError

_NOT_DRAWN = (
    '<p class="not-drawn">Your own code draws this picture: run the cell in the '
    "notebook.</p>"
)
# The calls that give a page.
_CALLS = ("explore", "pad", "plan")


def add_pages(cells: list[dict], place: str) -> int:
    """Give each cell that ends in an explorer, a pad or a plan its page, in place.

    Parameters
    ----------
    cells
        Those of a released notebook.
    place
        The notebook's, for what is said of an error.

    Returns
    -------
    int
        How many there are.

    Raises
    ------
    CourseError
        If such a cell does not run, or gives no page.
    """
    codes = [_code(cell) for cell in cells]
    count = 0
    for number, tree in enumerate(codes):
        if tree is None or not _gives_page(tree):
            continue
        try:
            html = _run(_needed(codes, number))._repr_html_()
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            source = "".join(cells[number]["source"]).strip().splitlines()[-1]
            raise CourseError(f"{place}: {source} gives no page: {said}") from None
        cells[number]["outputs"] = [
            {"output_type": "display_data", "metadata": {}, "data": {"text/html": html}}
        ]
        count += 1
    return count


def say_what_is_not_drawn(cells: list[dict]) -> None:
    """Say below each folded cell without a picture where the picture is, in place."""
    for cell in cells:
        folded = cell["metadata"].get("jupyter", {}).get("source_hidden")
        if folded and not cell["outputs"] and "figure" in "".join(cell["source"]):
            cell["outputs"] = [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/html": _NOT_DRAWN},
                }
            ]


def _code(cell: dict) -> ast.Module | None:
    """Return a given cell's code; None for a task, its tests, and what is no Python."""
    if cell["cell_type"] != "code" or "nbgrader" in cell["metadata"]:
        return None
    try:
        return ast.parse("".join(cell["source"]))
    except SyntaxError:
        return None


def _gives_page(tree: ast.Module) -> bool:
    match tree.body[-1:]:
        # Not any other package's: NumPy has a pad as well.
        case [
            ast.Expr(
                ast.Call(
                    func=ast.Name(id=name)
                    | ast.Attribute(value=ast.Name(id="tt"), attr=name)
                )
            )
        ]:
            return name in _CALLS
    return False


def _needed(codes: list[ast.Module | None], last: int) -> list[ast.Module]:
    """Return the cells that a cell needs, in order, and it: who binds what it reads."""
    taken, wanted = [codes[last]], free_names(codes[last])
    for tree in reversed(codes[:last]):
        if tree is not None and wanted & bound_names(tree):
            taken.append(tree)
            wanted = (wanted - bound_names(tree)) | free_names(tree)
    return taken[::-1]


def _run(cells: list[ast.Module]) -> object:
    """Run cells; return the value of the last one's last line."""
    names: dict = {"__name__": "__main__"}
    *before, last = [node for cell in cells for node in cell.body]
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(ast.Module(before, []), "<cells>", "exec"), names)
        return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
