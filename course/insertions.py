"""Cells that every notebook has and no author writes: links, set-up, tables of points.

A truth marks the place with a tagged cell; the build fills it. So the repository's
address stands in settings.ini alone, the set-up is the same everywhere, and what is
said of points cannot differ from the points that are graded.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Template

from nbformat import NotebookNode

from course.cells import (
    Region,
    graded_cells,
    grading,
    is_graded,
    is_solution,
    points_of,
    read_regions,
)
from course.dates import due_of
from course.lint.drawing import LONGEST_CODE, is_drawing, lines_of_code
from course.project import Project

_SETUP = Path(__file__).parent / "templates" / "setup_cell.py"
_EXPORTED = re.compile(r"^#\|\s*export\s*$", re.MULTILINE)
# What Markdown would take for markup in the name of a check.
_SPECIAL = re.compile(r"[\\`*|<]")
_GRADING = """\
The check below each task tries fixed examples. Grading tries the same behaviours with
other numbers, new ones for each student. Below each check stands, folded, which
behaviours these are and how the task's points are shared among them."""
_HAND_IN = """\
## Before you hand in

Restart the kernel and run all cells: each check that passes says how much stands so
far. (nbgrader's button *Validate* runs the same checks and no others.) They try fixed
examples; grading tries the same behaviours with other numbers: see the folded table
below each check."""
# Cells that are run, and hold nothing to learn from.
_UNREAD = {"setup", "tasks"}
_TASKS = """\
# The checks say how many of these points stand.
from tinytorch import checks

checks.begin(
    {"""


def setup_cell(project: Project) -> str:
    """Return the set-up cell: it finds the package, or installs it in Colab."""
    return (
        Template(_SETUP.read_text(encoding="utf-8"))
        .substitute(
            branch=project.setting("branch"),
            git_url=project.setting("git_url"),
        )
        .rstrip()
    )


def links_cell(project: Project, notebook: str, due: str = "") -> str:
    """Return a line of Markdown links that open ``notebook`` elsewhere.

    Parameters
    ----------
    due
        When it is due; empty: nothing is said of that.
    """
    links = project.links(notebook)
    line = (
        f"[Open in Binder]({links['Binder']}) · [Open in Colab]({links['Colab']}) · "
        f"[Source on GitHub]({links['GitHub']})"
    )
    if not due:
        return line
    return f"{line}\n\n**Due: {due}**, unless you were given another date."


def points_table(notebook: NotebookNode) -> str:
    """Return a Markdown table of what each task is worth, with the sum."""
    cells = graded_cells(notebook)
    rows = [(task_of(cell), points_of(cell)) for cell in cells]
    lines = ["| task | points |", "| --- | ---: |"]
    lines += [f"| `{name}` | {points:g} |" for name, points in rows]
    lines += [f"| **total** | **{sum(points for _, points in rows):g}** |"]
    return "\n".join([*lines, "", _GRADING])


def tasks_cell(notebook: NotebookNode) -> str:
    """Return code that tells the checks what each task is worth."""
    lines = [
        f'        "{task_of(cell)}": {points_of(cell):g},'
        for cell in graded_cells(notebook)
    ]
    return "\n".join([_TASKS, *lines, "    }", ")"])


def graded_table(test: NotebookNode) -> str:
    """Return a folded table of what grading tries, and for how many points each."""
    rows = [
        f"| {_escaped(name)} | {points:g} |" for name, points in checks_of(test.source)
    ]
    return "\n".join(
        [
            "<details>",
            f"<summary>How <code>{task_of(test)}</code> is graded</summary>",
            "",
            "| grading tries, with other numbers | points |",
            "| --- | ---: |",
            *rows,
            "",
            "</details>",
        ]
    )


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def checks_of(source: str) -> list[tuple[str, float]]:
    """Return name and points of each check that a test's rubric has."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="check"),
                args=[ast.Constant(value=str(name))],
                keywords=[ast.keyword("points", ast.Constant(value=points))],
            ):
                found.append((node.lineno, name, float(points)))
    return [(name, points) for _, name, points in sorted(found)]


def task_of(test: NotebookNode) -> str:
    """Return the name of the task that a graded cell is about."""
    return grading(test).grade_id.removeprefix("test-")


def fill(notebook: NotebookNode, project: Project, truth: Path) -> None:
    """Fill the tagged cells of ``notebook`` in place."""
    release = f"release/{truth.parent.name}/{truth.stem}.ipynb"

    def due() -> str:
        return due_of(project, truth.parent.name) if has_tasks else ""

    sources = {
        "setup": lambda: setup_cell(project),
        "links": lambda: links_cell(project, release, due()),
        "points": lambda: points_table(notebook),
        "tasks": lambda: tasks_cell(notebook),
        "graded": lambda: graded_table(test),
        "hand-in": lambda: _HAND_IN,
    }
    test, hidden = None, read_regions(project).hidden_tests
    has_tasks = bool(graded_cells(notebook))
    for cell in notebook.cells:
        if is_graded(cell):
            test = cell
        for tag in cell.metadata.get("tags", []):
            if tag in sources:
                cell.source = sources[tag]()
        # Where there is a task, what is given may be run unread; elsewhere it is read.
        given = has_tasks and is_long_module_code(cell)
        if given or is_folded(cell, hidden):
            cell.metadata["jupyter"] = {"source_hidden": True}


def is_folded(cell: NotebookNode, hidden: Region) -> bool:
    """Tell whether a cell is run, and need not be read: its source is folded away."""
    if _UNREAD & set(cell.metadata.get("tags", [])):
        return True
    if cell.cell_type == "code" and is_graded(cell):
        # What it tries is said when it is run.
        return len(hidden.outside(cell.source).splitlines()) > LONGEST_CODE
    return is_drawing(cell)


def is_long_module_code(cell: NotebookNode) -> bool:
    """Tell whether a given cell is a long part of the module, a layer for example."""
    if cell.cell_type != "code" or is_solution(cell):
        return False
    is_long = len(lines_of_code(cell.source)) > LONGEST_CODE
    return is_long and bool(_EXPORTED.search(cell.source))
