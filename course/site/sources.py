"""What the pages are made of: notebooks, guides and tables, as they stand.

Nothing is written twice: a page is the file itself, its links turned to where things
lie on the site.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from course.project import CourseError, Project
from course.readme import LINKS
from course.site.widgets import add_pages, say_what_is_not_drawn
from course.student import first_written, is_written

_LINK = re.compile(r"(\]\()([^)\s#]*)(#[^)\s]*)?(\))")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# By the file in the repository, the page that it becomes.
GUIDES = {
    "docs/students.md": "guides/students.md",
    "docs/teaching.md": "guides/teaching.md",
    "docs/authoring.md": "guides/authoring.md",
    "docs/operating.md": "guides/operating.md",
    "docs/cluster.md": "guides/cluster.md",
    "docs/security.md": "guides/security.md",
    "docs/architecture.md": "guides/architecture.md",
    "docs/grading.md": "guides/grading.md",
    "docs/framework.md": "guides/framework.md",
    "proctor/README.md": "guides/proctor.md",
    "bench/README.md": "guides/cost.md",
    "docs/comparison.md": "guides/comparison.md",
}
_README = "README.md"


@dataclass(frozen=True)
class Notebook:
    """A released notebook that becomes a page.

    Attributes
    ----------
    place
        Inside the repository, such as ``release/09_spatial/spatial.ipynb``.
    title
        Its first heading.
    lead
        The sentence below it.
    """

    place: str
    title: str
    lead: str

    @property
    def page(self) -> str:
        """Where its page is, without the ending."""
        return f"modules/{PurePosixPath(self.place).parent.name}/" + (
            PurePosixPath(self.place).stem
        )

    @property
    def is_tool(self) -> bool:
        """Whether it is of no module, but what all of them use: a folder 00."""
        return PurePosixPath(self.place).parent.name.startswith("00")


def shown(project: Project) -> list[str]:
    """Return the assignments that have pages.

    That is all up to the first that students write, and of the later ones those that
    students write: what is given there solves what came before.
    """
    first = first_written(project)
    names = sorted({truth.parent.name for truth in project.truths()})
    return [n for n in names if n <= first or is_written(project.release / n)]


def notebooks(project: Project) -> list[Notebook]:
    """Return the released notebooks that are shown, by the names of their folders."""
    found = []
    names = shown(project)
    paths = (p for name in names for p in (project.release / name).glob("*.ipynb"))
    for path in sorted(paths):
        first = _markdown_of(path)
        title = re.search(r"^# (.+)$", first, re.MULTILINE)
        lead = re.search(r"^> (.+(?:\n> .+)*)", first, re.MULTILINE)
        if not title:
            raise CourseError(f"{path} does not begin with a heading, '# ...'")
        said = re.sub(r"\n> ", " ", lead[1]) if lead else ""
        found.append(Notebook(project.relative(path), title[1], said))
    return found


def _markdown_of(path: Path) -> str:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return next(texts, "")


class Sources:
    """The folder of pages as Sphinx reads them.

    Parameters
    ----------
    folder
        Where they are written; it is there, and empty.
    """

    def __init__(self, project: Project, folder: Path) -> None:
        self._project, self.folder = project, folder
        self.notebooks = notebooks(project)
        # Where each file of the repository lies on the site.
        self._pages = {**GUIDES, _README: "index.md"}
        self._pages |= {n.place: f"{n.page}.ipynb" for n in self.notebooks}

    def write(self, page: str, text: str) -> None:
        """Write one page, named with its ending."""
        path = self.folder / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def copy_guides(self) -> None:
        """Write the guides."""
        for place, page in GUIDES.items():
            text = (self._project.root / place).read_text(encoding="utf-8")
            self.write(page, self.linked(text, place, page))

    def table_of_doors(self, page: str) -> str:
        """Return the README's table of what students write and where it opens.

        Raises
        ------
        CourseError
            If the README has lost it.
        """
        text = (self._project.root / _README).read_text(encoding="utf-8")
        found = LINKS.search(text)
        if not found:
            raise CourseError(f"{_README} has no table of links: run course build")
        return self.linked(found[2].strip(), _README, page)

    def copy_notebooks(self) -> None:
        """Write the released notebooks, their links turned, what is folded folded."""
        for notebook in self.notebooks:
            path, page = self._project.root / notebook.place, f"{notebook.page}.ipynb"
            content = json.loads(path.read_text(encoding="utf-8"))
            for cell in content["cells"]:
                text = "".join(cell["source"])
                if cell["cell_type"] == "markdown":
                    cell["source"] = self.linked(text, notebook.place, page)
                    continue
                if cell["metadata"].get("jupyter", {}).get("source_hidden"):
                    cell["metadata"].setdefault("tags", []).append("hide-input")
                if words := _words_of(cell):
                    # Where myst-nb looks for them.
                    cell["metadata"]["mystnb"] = {"image": {"alt": words}}
            add_pages(content["cells"], notebook.place)
            say_what_is_not_drawn(content["cells"])
            self.write(page, json.dumps(content))

    def linked(self, text: str, place: str, page: str) -> str:
        """Return a file's text with its links as they are on a page.

        What is no page lies in the repository.

        Raises
        ------
        CourseError
            If a link leads to a file that is not there.
        """

        def turned(found: re.Match) -> str:
            before, target, anchor, behind = found.groups(default="")
            if not target or _ELSEWHERE.match(target):
                return found[0]
            there = os.path.normpath(f"{PurePosixPath(place).parent}/{target}")
            if there in self._pages:
                begin = PurePosixPath(page).parent
                return before + _from(begin, self._pages[there]) + anchor + behind
            if not (self._project.root / there).exists():
                raise CourseError(
                    f"{place}: a link leads to {target}: nothing is there"
                )
            return before + self.in_repository(there) + anchor + behind

        return _LINK.sub(turned, text)

    def in_repository(self, place: str) -> str:
        """Return the address of a file, or a folder, in the repository."""
        setting = self._project.setting
        kind = "tree" if (self._project.root / place).is_dir() else "blob"
        return f"{setting('git_url')}/{kind}/{setting('branch')}/{place}"

    def copy_static(self, static: Path) -> None:
        """Copy what pages show beside their text."""
        shutil.copytree(static, self.folder / "static")


def _words_of(cell: dict) -> str:
    """Return what a screen reader says of a cell's picture; empty: it has none."""
    for output in cell.get("outputs", []):
        for about in output.get("metadata", {}).values():
            if isinstance(about, dict) and about.get("alt"):
                return about["alt"]
    return ""


def _from(folder: PurePosixPath, page: str) -> str:
    return os.path.relpath(page, folder).replace(os.sep, "/")
