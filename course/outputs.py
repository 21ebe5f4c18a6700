"""Outputs that the student's notebook has before it is run: pictures, above all.

GitHub and the web show a notebook as it is stored. So the outputs of given cells that
do not depend on the student are kept, in ``outputs.json`` beside the truth: written by
``course outputs``, put into ``source/`` by every build, and left in ``release/``. A
picture's bytes may differ from machine to machine, and so no build draws any. Each
output is kept with a digest of the code that it comes from: where that has changed, it
is left out, and said.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.cells import graded_cells, is_graded, is_solution, read_regions
from course.lint.dataflow import bound_names, free_names
from course.project import CourseError, Project

FILE = "outputs.json"
_CELL_SECONDS = 120
# A picture, and its words; what a cell prints may be of the machine.
_KINDS = ("image/png", "text/plain")


def put(notebook: NotebookNode, truth: Path) -> list[str]:
    """Put the outputs that are kept into their cells, in place.

    Returns
    -------
    list[str]
        One line, where the code of some has changed since they were made.
    """
    path = truth.parent / FILE
    if not path.is_file() or not graded_cells(notebook):
        return []
    kept = json.loads(path.read_text(encoding="utf-8"))["cells"]
    made_of = digests(notebook)
    for cell in notebook.cells:
        found = kept.pop(cell.id, None)
        if not found:
            continue
        if made_of.get(cell.id) == found["of"]:
            cell.outputs = nbformat.from_dict(found["outputs"])
        else:
            kept[cell.id] = found
    if not kept:
        return []
    return [
        f"{path}: the code of {len(kept)} of them has changed, which are left out: "
        f"run course outputs {truth.parent.name}, then course build"
    ]


def stale(project: Project, assignment: str = "*") -> list[str]:
    """Return one line for each notebook whose kept outputs are of an earlier text."""
    from course.truth import to_source

    regions = read_regions(project)
    return [
        line
        for truth in project.truths(assignment)
        if (truth.parent / FILE).is_file()
        for line in put(to_source(truth, project, regions), truth)
    ]


def digests(notebook: NotebookNode) -> dict[str, str]:
    """Return, for each cell whose code is all given, a digest of all that it rests on.

    A cell rests on the last one before it that makes a name which it reads. What rests
    on a cell in which a student writes has no digest.
    """
    makers: dict[str, str] = {}  # the id of the cell that made a name last
    found: dict[str, str | None] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code" or is_graded(cell):
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:  # a magic
            continue
        below = [found[makers[name]] for name in sorted(_read(tree) & makers.keys())]
        given = not is_solution(cell) and None not in below
        text = "\0".join([cell.source, *below]) if given else ""
        found[cell.id] = (
            hashlib.sha256(text.encode()).hexdigest()[:16] if given else None
        )
        makers.update(dict.fromkeys(bound_names(tree), cell.id))
    return {name: digest for name, digest in found.items() if digest}


def _read(tree: ast.Module) -> set[str]:
    """Return the names that a cell reads before it has made them itself."""
    read, made = set(), set()
    for statement in tree.body:
        read |= free_names(statement) - made
        match statement:  # x = f(x) reads the x from before
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                read |= free_names(value) - made
            case ast.AugAssign():
                read |= bound_names(statement.target) - made
        made |= bound_names(statement)
    return read


def make(project: Project, assignment: str) -> int:
    """Run the student's notebook twice as it is handed out, and write what to keep.

    What the two runs show alike, and no student's code has a part in, is kept. The runs
    have the student's edition of the package.

    Returns
    -------
    int
        How many cells' outputs are kept.

    Raises
    ------
    CourseError
        If the assignment is unknown or has no points.
    """
    from course.student import build_student
    from course.truth import to_source, write_if_changed

    regions = read_regions(project)
    for truth in project.truths(assignment):
        notebook = to_source(truth, project, regions)
        if graded_cells(notebook):
            break
    else:
        raise CourseError(f"{assignment} has no notebook with points: nothing to keep")
    path = project.release / truth.parent.name / f"{truth.stem}.ipynb"
    with tempfile.TemporaryDirectory() as folder:
        edition = build_student(project, Path(folder, "student"))
        first, second = (_run(path, edition, Path(folder)) for _ in range(2))
    made_of = digests(notebook)
    cells = {
        name: {"of": made_of[name], "outputs": outputs}
        for name, outputs in first.items()
        if outputs and outputs == second.get(name) and name in made_of
    }
    kept = {"python": platform.python_version(), "cells": cells}
    text = json.dumps(kept, indent=1, ensure_ascii=False) + "\n"
    write_if_changed(truth.parent / FILE, text)
    return len(cells)


def _run(path: Path, edition: Path, folder: Path) -> dict[str, list]:
    """Return what each cell shows that can be kept; nothing for one that fails."""
    import nbclient  # takes long

    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook,
        timeout=_CELL_SECONDS,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    ).execute(env={**os.environ, "PYTHONPATH": str(edition)})
    shown = {c.id: _shown(c) for c in notebook.cells if c.cell_type == "code"}
    return {
        name: [_plain(output) for output in outputs]
        for name, outputs in shown.items()
        if all(map(_is_kept, outputs))
    }


def _shown(cell: NotebookNode) -> list[NotebookNode]:
    """Return a cell's outputs; beside a picture without what says how long it takes."""
    if not any("image/png" in output.get("data", {}) for output in cell.outputs):
        return cell.outputs
    return [output for output in cell.outputs if output.output_type != "stream"]


def _is_kept(output: NotebookNode) -> bool:
    data = output.get("data", {})
    # Of a drawing its words are kept. Interactive pages have words of their own for
    # where they cannot run, and other pages speak of the student.
    drawn = "".join(data.get("text/html", "")).startswith("<svg")
    return "image/png" in data or drawn or set(data) == {"text/plain"}


def _plain(output: NotebookNode) -> dict:
    """Return an output as it is kept: without what a reader's program must trust."""
    plain = {**output, "data": {k: v for k, v in output.data.items() if k in _KINDS}}
    return {**plain, "execution_count": None} if "execution_count" in plain else plain
