"""Which names each graded notebook's cells make, and under which heading.

After a restart in the middle of a notebook its names are gone; the package then says
where they come from (``tinytorch/names.json``).
"""

from __future__ import annotations

import ast
import json
import re

from nbformat import NotebookNode

from course.cells import Regions, graded_cells, is_graded, read_regions
from course.project import Project
from course.truth import read_truth, write_if_changed

FILE = "names.json"
_HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)


def build_names(project: Project) -> None:
    """Write the names of all graded notebooks into the package."""
    regions, found = read_regions(project), {}
    for truth in project.truths():
        notebook = read_truth(truth, regions)
        if graded_cells(notebook):
            found[f"{truth.parent.name}/{truth.stem}"] = names_of(notebook, regions)
    path = project.package / FILE
    if found or path.exists():
        text = json.dumps(found, indent=1, ensure_ascii=False)
        write_if_changed(path, text + "\n")


def names_of(notebook: NotebookNode, regions: Regions) -> dict[str, str]:
    """Return each name that cells make, in their order, and its heading."""
    heading, found = "", {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = next(reversed(_HEADING.findall(cell.source)), heading)
        elif cell.cell_type == "code" and not is_graded(cell):
            for name in _made(regions.solution.outside(cell.source)):
                found.setdefault(name, heading)
    return found


def _made(source: str) -> list[str]:
    """Return the names that a cell makes at its top level."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a magic, or a body that is a solution alone
        return re.findall(r"^(?:def|class) (\w+)", source, re.MULTILINE)
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found += [(a.asname or a.name).partition(".")[0] for a in node.names]
        else:
            for part in ast.walk(node):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    found.append(part.id)
                elif isinstance(part, ast.alias):  # below a with, or a try
                    found.append((part.asname or part.name).partition(".")[0])
    return found
