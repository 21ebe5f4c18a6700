"""Cells that every notebook has and no author writes: links, set-up, table of points.

A truth marks the place with a tagged cell; the build fills it. So the repository's
address stands in settings.ini alone, the set-up is the same everywhere, and the table
of points cannot differ from the points that are graded.
"""

from __future__ import annotations

from pathlib import Path
from string import Template

from nbformat import NotebookNode

from course.cells import graded_cells, grading, points_of
from course.project import Project

_SETUP = Path(__file__).parent / "templates" / "setup_cell.py"


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


def links_cell(project: Project, notebook: str) -> str:
    """Return a line of Markdown links that open ``notebook`` elsewhere."""
    links = project.links(notebook)
    return (
        f"[Open in Binder]({links['Binder']}) · [Open in Colab]({links['Colab']}) · "
        f"[Source on GitHub]({links['GitHub']})"
    )


def points_table(notebook: NotebookNode) -> str:
    """Return a Markdown table of what each task is worth, with the sum."""
    cells = graded_cells(notebook)
    rows = [(grading(cell).grade_id, points_of(cell)) for cell in cells]
    lines = ["| task | points |", "| --- | ---: |"]
    lines += [
        f"| `{name.removeprefix('test-')}` | {points:g} |" for name, points in rows
    ]
    lines += [f"| **total** | **{sum(points for _, points in rows):g}** |"]
    return "\n".join(lines)


def fill(notebook: NotebookNode, project: Project, truth: Path) -> None:
    """Fill the tagged cells of ``notebook`` in place."""
    release = f"release/{truth.parent.name}/{truth.stem}.ipynb"
    sources = {
        "setup": lambda: setup_cell(project),
        "links": lambda: links_cell(project, release),
        "points": lambda: points_table(notebook),
    }
    for cell in notebook.cells:
        for tag in cell.metadata.get("tags", []):
            if tag in sources:
                cell.source = sources[tag]()
