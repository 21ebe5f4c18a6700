"""The README's table of what students write, built from the truths and settings.ini."""

from __future__ import annotations

import re
from pathlib import Path

from course.cells import Regions, graded_cells, read_regions
from course.project import CourseError, Project
from course.truth import read_truth

# The comment line, the table, the other comment line.
LINKS = re.compile(r"(<!-- links: .*? -->\n)(.*?)(<!-- end of links -->)", re.DOTALL)
_HEADING = re.compile(r"^# (.+)$\s+^> (.+)$", re.MULTILINE)


def update_readme(project: Project) -> None:
    """Rewrite the table of links between the README's two comment lines.

    Raises
    ------
    CourseError
        If the README has lost the comment lines.
    """
    readme = project.root / "README.md"
    text = readme.read_text(encoding="utf-8")
    block = "".join(f"{line}\n" for line in ["", *links_table(project), ""])
    new, found = LINKS.subn(lambda match: match[1] + block + match[3], text)
    if not found:
        raise CourseError(
            "README.md lacks the lines '<!-- links: ... -->' and '<!-- end of links "
            "-->', between which the addresses of Binder and Colab are written"
        )
    if new != text:
        readme.write_text(new, encoding="utf-8", newline="\n")


def links_table(project: Project, assignments: set[str] | None = None) -> list[str]:
    """Return the lines of a table of what students write, and where it opens.

    Parameters
    ----------
    assignments
        Only these; None: all.
    """
    regions = read_regions(project)
    rows = [
        row
        for truth in project.truths()
        if assignments is None or truth.parent.name in assignments
        if (row := _row(project, truth, regions))
    ]
    return [
        "| notebook | what it is | points | open in |",
        "| --- | --- | ---: | --- |",
        *rows,
    ]


def _row(project: Project, truth: Path, regions: Regions) -> str:
    """Return a graded notebook's line of the table; empty for others."""
    notebook = read_truth(truth, regions)
    if not graded_cells(notebook):
        return ""
    path = f"release/{truth.parent.name}/{truth.stem}.ipynb"
    links = project.links(path)
    found = _HEADING.search(notebook.cells[0].source)
    title, what = found.groups() if found else (truth.stem, "")
    points = notebook.metadata["course"]["points"]
    return (
        f"| [{title}]({path}) | {what} | {points} | [Binder]({links['Binder']}), "
        f"[Colab]({links['Colab']}) |"
    )
