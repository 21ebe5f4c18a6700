"""Mend what editors do to a submission's cells before nbgrader looks at them.

Colab, copy and paste, and version control lose or double nbgrader's metadata. nbgrader
gives zero for a lost test cell, and one doubled cell stops its whole batch. Here every
cell of the assignment is found again, or put back, so that the steps that follow see
exactly the cells that the gradebook knows, once each.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

# Below this likeness (difflib's ratio, 0 to 1) a text is not taken for the cell.
_LIKENESS = 0.6


@dataclass(frozen=True)
class Wanted:
    """A cell that the assignment has, as the gradebook remembers it."""

    name: str
    cell_type: str
    source: str
    metadata: dict

    def new_cell(self) -> NotebookNode:
        """Return the cell as it was handed out."""
        make = nbformat.v4.new_code_cell
        if self.cell_type == "markdown":
            make = nbformat.v4.new_markdown_cell
        return make(self.source, id=self.name)


class MendCells(NbGraderPreprocessor):
    """Restore the grading metadata of a submission from the gradebook."""

    def preprocess(self, nb, resources):
        """Mend ``nb`` in place and log each thing mended."""
        info = resources["nbgrader"]
        with Gradebook(info["db_url"]) as gradebook:
            wanted = wanted_cells(gradebook, info["assignment"], info["notebook"])
        for note in mend(nb, wanted):
            self.log.warning("Mended: %s", note)
        return nb, resources


def wanted_cells(gradebook: Gradebook, assignment: str, notebook: str) -> list[Wanted]:
    """Return the assignment's graded and solution cells, in order."""
    entry = gradebook.find_notebook(notebook, assignment)
    graded = {cell.name: cell for cell in entry.grade_cells}
    tasks = {cell.name: cell for cell in entry.task_cells}
    solutions = {cell.name for cell in entry.solution_cells}
    cells = []
    for source in entry.source_cells:
        metadata = {
            "grade": source.name in graded,
            "grade_id": source.name,
            "locked": source.locked,
            "schema_version": 3,
            "solution": source.name in solutions,
            "task": source.name in tasks,
            "cell_type": source.cell_type,
            "checksum": source.checksum,
        }
        worth = graded.get(source.name) or tasks.get(source.name)
        if worth:
            metadata["points"] = worth.max_score
        cells.append(Wanted(source.name, source.cell_type, source.source, metadata))
    return cells


def mend(nb: NotebookNode, wanted: list[Wanted]) -> list[str]:
    """Give each wanted cell one place in ``nb``; return what was done, a line each."""
    notes: list[str] = []
    owner: dict[str, int] = {}
    by_name = {cell.name: cell for cell in wanted}
    for how, identify in _WAYS:
        for index, cell in enumerate(nb.cells):
            if index in owner.values():
                continue
            name = identify(cell, [w for w in wanted if w.name not in owner])
            if how == "grade_id" and name in owner and name in by_name:
                notes.append(f"cell {name!r} is there more than once: the last counts")
            elif name not in by_name or name in owner:
                continue
            elif how != "grade_id":
                notes.append(f"cell {name!r} had lost its metadata: found by its {how}")
            owner[name] = index
    cells = {index: by_name[name] for name, index in owner.items()}
    for index, cell in enumerate(nb.cells):
        cell.metadata.pop("nbgrader", None)
        if index in cells:
            cell.metadata["nbgrader"] = NotebookNode(cells[index].metadata)
    notes += _put_back(nb, wanted, owner)
    _make_ids_unique(nb.cells)
    return notes


def _put_back(
    nb: NotebookNode, wanted: list[Wanted], owner: dict[str, int]
) -> list[str]:
    """Insert each missing cell after the one it follows in the assignment."""
    notes = []
    place = {name: nb.cells[index] for name, index in owner.items()}
    before: NotebookNode | None = None
    for cell in wanted:
        if cell.name not in place:
            position = 0
            if before is not None:
                position = next(i for i, c in enumerate(nb.cells) if c is before) + 1
            new = cell.new_cell()
            new.metadata["nbgrader"] = NotebookNode(cell.metadata)
            nb.cells.insert(position, new)
            place[cell.name] = new
            notes.append(f"cell {cell.name!r} was missing: put back as handed out")
        before = place[cell.name]
    return notes


def _make_ids_unique(cells: Iterable[NotebookNode]) -> None:
    """Drop doubled cell ids, which nbformat would warn about."""
    seen = set()
    for cell in cells:
        if cell.get("id") in seen:
            cell["id"] = nbformat.v4.new_code_cell().id
        seen.add(cell.get("id"))


def _by_grade_id(cell: NotebookNode, missing: list[Wanted]) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _by_cell_id(cell: NotebookNode, missing: list[Wanted]) -> str | None:
    return cell.get("id")


def _by_colab_id(cell: NotebookNode, missing: list[Wanted]) -> str | None:
    return cell.metadata.get("id")


def _by_definitions(cell: NotebookNode, missing: list[Wanted]) -> str | None:
    """Find the solution cell that defines the same functions and classes."""
    names = _definitions(cell.source) if cell.cell_type == "code" else set()
    for candidate in missing:
        if candidate.metadata["solution"] and candidate.cell_type == "code":
            needed = _definitions(candidate.source)
            if needed and needed <= names:
                return candidate.name
    return None


def _by_text(cell: NotebookNode, missing: list[Wanted]) -> str | None:
    """Find the cell whose text is most like this one's."""
    if not cell.source.strip():
        return None
    scored = [
        (difflib.SequenceMatcher(None, w.source, cell.source).ratio(), w.name)
        for w in missing
        if w.cell_type == cell.cell_type
    ]
    likeness, name = max(scored, default=(0.0, None))
    return name if likeness >= _LIKENESS else None


def _definitions(source: str) -> set[str]:
    """Return the names of the functions and classes that ``source`` defines."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


_Identify = Callable[[NotebookNode, list[Wanted]], str | None]
# The surest way first; a later way looks only at cells and names still free.
_WAYS: list[tuple[str, _Identify]] = [
    ("grade_id", _by_grade_id),
    ("cell id", _by_cell_id),
    ("Colab id", _by_colab_id),
    ("definitions", _by_definitions),
    ("text", _by_text),
]
