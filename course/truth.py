"""Truth to source: ``notebooks/*/*.py`` (Jupytext percent) to instructor notebooks.

The same truth gives the same bytes on every machine: cell ids come from the grade_id or
the content, and nothing of Jupytext's or the editor's metadata is kept.
"""

from __future__ import annotations

import functools
import hashlib
import pickle
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from course import insertions, outputs
from course.cells import Region, Regions, graded_cells, grading, is_graded, read_regions
from course.project import CourseError, Project

# nbdev_clean and JupyterLab rewrite any other display name.
_KERNEL = {"display_name": "python3", "language": "python", "name": "python3"}
_JUPYTEXT_ONLY = {"lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker"}
COPIED_BESIDE = {".csv", ".jpg", ".npy", ".npz", ".png", ".svg", ".txt"}


def read_truth(truth: Path, regions: Regions) -> NotebookNode:
    """Return the notebook as its author wrote it, hidden tests included.

    The notebook metadata keeps what the header says under ``course``, for example the
    declared sum of points.

    Parameters
    ----------
    regions
        The marks of this course, between which the hidden tests are put.

    Raises
    ------
    CourseError
        If Jupytext cannot read the file, or hidden tests belong to no cell.
    """
    try:
        notebook = pickle.loads(_parsed(truth.read_text(encoding="utf-8")))
    except Exception as error:
        raise CourseError(f"{truth}: Jupytext cannot read it: {error}") from error
    _append_hidden_tests(notebook, truth, regions.hidden_tests)
    return notebook


@functools.cache
def _parsed(text: str) -> bytes:
    """Return what a text is as a notebook, pickled: each who asks changes it.

    All truths are asked for again and again, one after the other: a cache that has not
    room for all of them would have none of them.
    """
    return pickle.dumps(jupytext.reads(text, fmt="py:percent"))


def _append_hidden_tests(notebook: NotebookNode, truth: Path, region: Region) -> None:
    """Put ``hidden_tests/<grade_id>.py`` at the end of the cell of that name."""
    cells = {grading(cell).get("grade_id"): cell for cell in notebook.cells}
    for path in sorted((truth.parent / "hidden_tests").glob("*.py")):
        cell = cells.get(path.stem)
        if cell is None or not is_graded(cell) or region.stands_in(cell.source):
            raise CourseError(
                f"{path}: {truth.name} has no test cell {path.stem!r} without hidden "
                "tests: name the file after its cell"
            )
        hidden = path.read_text(encoding="utf-8").strip("\n")
        cell.source = (
            f"{cell.source.rstrip()}\n### {region.begin}\n{hidden}\n### {region.end}"
        )


def graded_assignments(project: Project) -> list[str]:
    """Return the names of the assignments with cells that carry points, sorted."""
    regions = read_regions(project)
    return sorted(
        {
            truth.parent.name
            for truth in project.truths()
            if graded_cells(read_truth(truth, regions))
        }
    )


def to_source(truth: Path, project: Project, regions: Regions) -> NotebookNode:
    """Return the instructor notebook of ``truth``."""
    notebook = read_truth(truth, regions)
    insertions.fill(notebook, project, truth)
    notebook.metadata = NotebookNode(kernelspec=NotebookNode(_KERNEL))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        for key in _JUPYTEXT_ONLY & set(cell.metadata):
            del cell.metadata[key]
        cell.id = grading(cell).get("grade_id") or _content_id(cell, seen)
    outputs.put(notebook, truth)
    nbformat.validate(notebook)
    return notebook


def source_text(truth: Path, project: Project) -> str:
    """Return the instructor notebook of ``truth`` as its file has it."""
    return nbformat.writes(to_source(truth, project, read_regions(project))) + "\n"


def _content_id(cell: NotebookNode, seen: Counter[str]) -> str:
    """Return an id that follows from the content, numbered where cells are equal."""
    text = f"{cell.cell_type}\0{cell.source}".encode()
    digest = hashlib.sha256(text).hexdigest()[:8]
    seen[digest] += 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def write_if_changed(path: Path, text: str) -> bool:
    """Write ``text`` unless the file holds it already; tell whether it was written."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return True


def build_source(project: Project, assignment: str = "*") -> list[Path]:
    """Write the instructor notebooks of one assignment, or of all.

    Data files beside the truth (pictures, tables) are copied along.

    Returns
    -------
    list[Path]
        The files that changed.
    """
    changed = []
    for truth in project.truths(assignment):
        source = project.source_of(truth)
        if write_if_changed(source, source_text(truth, project)):
            changed.append(source)
        for data in truth.parent.rglob("*"):
            copy = source.parent / data.relative_to(truth.parent)
            if data.suffix in COPIED_BESIDE and not _same_bytes(data, copy):
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(data.read_bytes())
                changed.append(copy)
    return changed


def _same_bytes(a: Path, b: Path) -> bool:
    return b.is_file() and a.read_bytes() == b.read_bytes()
