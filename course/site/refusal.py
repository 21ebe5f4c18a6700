"""No file of the site has a line that students must not find."""

from __future__ import annotations

from pathlib import Path

from course.project import CourseError, Project
from course.secrets import Secrets, found_in
from course.site.sources import GUIDES, shown

_PAGES = (".md", ".ipynb")


def require_clean(
    project: Project, folder: Path, kinds: tuple[str, ...] = _PAGES
) -> None:
    """Require that no file has a line of a solution, a hidden test, or a bank.

    Parameters
    ----------
    kinds
        The endings of the files that are searched; by default those of pages.

    Raises
    ------
    CourseError
        If one has.
    """
    guides = [project.root / place for place in GUIDES]
    secret = Secrets(project, guides).lines(shown(project))
    for path in sorted(folder.rglob("*")):
        if path.suffix not in kinds or not path.is_file():
            continue
        if found := found_in(path.read_text(encoding="utf-8"), secret):
            raise CourseError(
                f"{path.relative_to(folder).as_posix()} has a line of {found[1]}, "
                f"{found[0][:60]!r}, which students must not find"
            )
