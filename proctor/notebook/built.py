"""An assignment's built notebooks: the instructor's, and what students got of them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from traitlets.config import Config

from proctor.errors import GradingError
from proctor.layout import Layout
from proctor.notebook import cells
from proctor.notebook.assignment import AssignedNotebook, Assignment, Wanted
from proctor.notebook.cells import KERNEL, Marks

_IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Built:
    """The notebooks of one assignment, by their names.

    Attributes
    ----------
    source
        The instructor's.
    released
        As they were handed out.
    """

    assignment: str
    marks: Marks
    source: dict[str, dict]
    released: dict[str, dict]

    @classmethod
    def read(
        cls, layout: Layout, marks: Marks, assignment: str, config: Config
    ) -> Built:
        """Read an assignment's notebooks.

        Where no released notebook is there, nbgrader's own step clears the solutions,
        and the hidden tests are left out.

        Raises
        ------
        GradingError
            If there is no such assignment.
        """
        layout.require(assignment)
        source = _notebooks_in(layout.built(assignment))
        released = _notebooks_in(layout.released(assignment))
        for name in source.keys() - released.keys():
            released[name] = _cleared(name, source[name], config)
            for cell in released[name]["cells"]:
                if cells.is_test(cells.grading(cell)):
                    cell["source"] = marks.without_hidden(cells.source_of(cell))
        return cls(assignment, marks, source, released)

    def as_assignment(self) -> Assignment:
        """Return the assignment, as its gradebook would have it."""
        notebooks = [
            AssignedNotebook(
                name,
                list(self._wanted(name)),
                _kernel_of(notebook["metadata"]),
                skipped_in(notebook),
                given_in(notebook),
                around_in(notebook),
            )
            for name, notebook in sorted(self.source.items())
        ]
        return Assignment(self.assignment, notebooks, self.marks)

    def _wanted(self, name: str) -> Iterator[Wanted]:
        handed_out = {
            cells.grade_id(cell): cells.source_of(cell)
            for cell in self.released[name]["cells"]
        }
        for cell in self.source[name]["cells"]:
            if not cells.is_known(cells.grading(cell)):
                continue
            data = dict(cells.grading(cell)) | {"cell_type": cell["cell_type"]}
            text = cells.source_of(cell)
            if cells.is_solution(data):
                text = handed_out.get(data["grade_id"], text)
            yield Wanted(data["grade_id"], cell["cell_type"], text, data)

    def solutions(self) -> dict[str, str]:
        """Return the text of each solution cell, as the reference has it."""
        return {
            cells.grade_id(cell): cells.source_of(cell)
            for notebook in self.source.values()
            for cell in notebook["cells"]
            if cells.is_solution(cells.grading(cell))
        }

    @property
    def has_solutions(self) -> bool:
        """Whether any task differs from what was handed out."""
        handed_out = self.handed_out()
        return any(handed_out.get(t) != text for t, text in self.solutions().items())

    def handed_out(self) -> dict[str, str]:
        """Return the text of each cell that has a name, as students got it."""
        return {
            cells.grade_id(cell): cells.source_of(cell)
            for notebook in self.released.values()
            for cell in notebook["cells"]
            if cells.grade_id(cell)
        }

    def reference(self) -> Iterator[tuple[str, str]]:
        """Yield grade_id and text of the code that the reference consists of.

        That is what it solves, exports and imports; the name of what is no assignment's
        cell is empty.
        """
        for notebook in self.source.values():
            for cell in notebook["cells"]:
                text = cells.source_of(cell)
                if cell["cell_type"] == "code" and (
                    cells.is_solution(cells.grading(cell))
                    or text.startswith(self.marks.export)
                    or (not cells.is_skipped(cell) and _imports(text))
                ):
                    yield cells.grade_id(cell), text


def _kernel_of(metadata: dict) -> dict:
    """Return what a notebook says of its kernel, with the language that it names."""
    language = metadata.get("language_info", {}).get("name")
    named = {"language": language} if language else {}
    return named | metadata.get("kernelspec", {} if named else KERNEL)


def skipped_in(notebook: dict) -> tuple[str, ...]:
    """Return the texts of the cells that are not run when a notebook is graded."""
    return tuple(
        cells.source_of(cell).strip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and cells.is_skipped(cell)
    )


def given_in(notebook: dict) -> tuple[tuple[str, str], ...]:
    """Return the given code cells: text, and the last cell with a name before it."""
    found, before = [], ""
    for cell in notebook["cells"]:
        text = cells.source_of(cell)
        if cells.is_known(cells.grading(cell)):
            before = cells.grade_id(cell)
        elif (
            cell["cell_type"] == "code" and not cells.is_skipped(cell) and text.strip()
        ):
            found.append((text, before))
    return tuple(found)


def around_in(notebook: dict) -> tuple[tuple[str, str], ...]:
    """Return what stands around the answers that are texts: see `AssignedNotebook`."""
    found = []
    for cell in notebook["cells"]:
        data = cells.grading(cell)
        known, code = cells.is_known(data), cell["cell_type"] == "code"
        told = not known or (cells.is_locked(data) and not code)
        text = cells.source_of(cell) if told else ""
        found.append((text, cells.grade_id(cell) if known else ""))
    return tuple(found)


def with_given(notebook: AssignedNotebook, *folders: Path) -> AssignedNotebook:
    """Return the notebook with the cells to skip, those that are given, and all text.

    The gradebook knows none of them.

    Parameters
    ----------
    folders
        Where the assignment's notebook may be: built, or as it was handed out.
    """
    for folder in folders:
        path = folder / f"{notebook.name}.ipynb"
        if path.is_file():
            built = read_notebook(path)
            return replace(
                notebook,
                skipped=skipped_in(built),
                given=given_in(built),
                around=around_in(built),
            )
    return notebook


def _notebooks_in(folder: Path) -> dict[str, dict]:
    return {path.stem: read_notebook(path) for path in sorted(folder.glob("*.ipynb"))}


def read_notebook(path: Path) -> dict:
    """Return a notebook of the author's as data.

    Raises
    ------
    GradingError
        If it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise GradingError(f"{path} cannot be read: {error}") from None


def _cleared(name: str, notebook: dict, config: Config) -> dict:
    """Return an instructor's notebook with its solutions cleared, as nbgrader does."""
    import nbformat
    from nbgrader.preprocessors import ClearSolutions

    steps = config.GenerateAssignment.get("preprocessors", [])
    own = [step for step in steps if issubclass(step, ClearSolutions)]
    step = (own or [ClearSolutions])[0](config=config)
    # A file may have a cell's text line by line; nbgrader wants it whole.
    whole = nbformat.reads(json.dumps(notebook), as_version=4)
    try:
        cleared, _ = step.preprocess(whole, {})
    except RuntimeError as error:
        raise GradingError(f"nbgrader cannot release {name}.ipynb: {error}") from None
    return cleared


def _imports(text: str) -> bool:
    """Tell whether a cell does nothing but import."""
    try:
        statements = ast.parse(text).body
    except SyntaxError:
        return False
    return bool(statements) and all(isinstance(s, _IMPORTS) for s in statements)
