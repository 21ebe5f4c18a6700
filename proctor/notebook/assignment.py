"""What an assignment consists of, from its gradebook or from its built notebooks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from proctor.errors import GradingError
from proctor.notebook.cells import KERNEL, SKIP
from proctor.notebook.mend import Wanted

# Raised when a change of the grader can change a score, or what is kept with it: what
# is graded is graded anew.
_GRADER = 2


@dataclass(frozen=True)
class AssignedNotebook:
    """A notebook of an assignment.

    Attributes
    ----------
    skipped
        Texts of cells that are not run when it is graded, stripped: those tagged
        ``skip-grading``, found by their text, since submissions lose tags.
    """

    name: str
    cells: list[Wanted]
    kernelspec: dict
    skipped: tuple[str, ...] = ()

    @property
    def max_score(self) -> float:
        """What its cells are worth in all."""
        return sum(float(cell.metadata.get("points", 0)) for cell in self.cells)


@dataclass(frozen=True)
class Assignment:
    """An assignment and its notebooks."""

    name: str
    notebooks: list[AssignedNotebook]

    @property
    def max_score(self) -> float:
        """What its notebooks are worth in all."""
        return sum(notebook.max_score for notebook in self.notebooks)

    def tests(self) -> list[tuple[str, str]]:
        """Return name and source of each test cell."""
        return [
            (cell.name, cell.source)
            for notebook in self.notebooks
            for cell in notebook.cells
            if cell.is_test and cell.cell_type == "code"
        ]

    def key(self) -> str:
        """Return a digest of all that a grade depends on, beside the submission."""
        content = [_GRADER, asdict(self)]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def from_source(root: Path, name: str, source: Path, release: Path) -> Assignment:
    """Return an assignment as its built notebooks have it, without a gradebook.

    Parameters
    ----------
    source, release
        The folders of the instructor's and of the students' notebooks.

    Raises
    ------
    GradingError
        If they are not there.
    """
    notebooks = []
    for path in sorted((source / name).glob("*.ipynb")):
        handed_out = {
            cell["metadata"]["nbgrader"]["grade_id"]: _source(cell)
            for cell in _cells(release / name / path.name)
            if _is_wanted(cell)
        }
        content = json.loads(path.read_text(encoding="utf-8"))
        cells = []
        for cell in filter(_is_wanted, content["cells"]):
            metadata = cell["metadata"]["nbgrader"] | {"cell_type": cell["cell_type"]}
            grade_id = metadata["grade_id"]
            text = _source(cell)
            if metadata.get("solution"):
                text = handed_out.get(grade_id, text)
            cells.append(Wanted(grade_id, cell["cell_type"], text, metadata))
        kernel = content["metadata"].get("kernelspec", KERNEL)
        skipped = skipped_in(content["cells"])
        notebooks.append(AssignedNotebook(path.stem, cells, kernel, skipped))
    if not notebooks:
        known = sorted({p.parent.name for p in source.glob("*/*.ipynb")}) or ["none"]
        raise GradingError(
            f"no assignment {name!r} in {source} (it has: {', '.join(known)}): name "
            "one with --assignment, or run course build"
        )
    return Assignment(name, notebooks)


def skipped_in(cells: list[dict]) -> tuple[str, ...]:
    """Return the texts of the cells that are not run when a notebook is graded."""
    return tuple(
        _source(cell).strip()
        for cell in cells
        if cell["cell_type"] == "code"
        and SKIP in cell["metadata"].get("tags", [])
        and not cell["metadata"].get("nbgrader")
    )


def with_skipped(notebook: AssignedNotebook, *folders: Path) -> AssignedNotebook:
    """Return the notebook with the cells to skip, which the gradebook does not know.

    Parameters
    ----------
    folders
        Where the assignment's notebook may be: built, or as it was handed out.
    """
    for folder in folders:
        path = folder / f"{notebook.name}.ipynb"
        if path.is_file():
            content = json.loads(path.read_text(encoding="utf-8"))
            return replace(notebook, skipped=skipped_in(content["cells"]))
    return notebook


def _cells(path: Path) -> list[dict]:
    if not path.is_file():
        raise GradingError(f"no released notebook {path}: run course build")
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _is_wanted(cell: dict) -> bool:
    """Tell whether the gradebook would know the cell."""
    data = cell["metadata"].get("nbgrader", {})
    return any(data.get(key) for key in ("grade", "solution", "locked", "task"))
