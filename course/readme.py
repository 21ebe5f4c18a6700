"""The README's links to the notebooks, built from the address in settings.ini."""

from __future__ import annotations

import re

from course.project import CourseError, Project

_BLOCK = re.compile(r"(<!-- links: .*? -->\n).*?(<!-- end of links -->)", re.DOTALL)
_NOTEBOOK = "release/09_spatial/spatial.ipynb"


def update_readme(project: Project) -> None:
    """Rewrite the block of links between the README's two comment lines.

    Raises
    ------
    CourseError
        If the README has lost the comment lines.
    """
    readme = project.root / "README.md"
    text = readme.read_text(encoding="utf-8")
    links = project.links(_NOTEBOOK)
    block = f"[Open in Binder]({links['Binder']})\n[Open in Colab]({links['Colab']})\n"
    new, found = _BLOCK.subn(lambda match: match[1] + block + match[2], text)
    if not found:
        raise CourseError(
            "README.md lacks the lines '<!-- links: ... -->' and '<!-- end of links "
            "-->', between which the addresses of Binder and Colab are written"
        )
    if new != text:
        readme.write_text(new, encoding="utf-8", newline="\n")
