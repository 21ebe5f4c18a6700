"""Where the course lies and what its settings.ini says.

Standard library only: the set-up of Binder and Colab runs this before anything else is
installed.
"""

from __future__ import annotations

import configparser
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

# What settings.ini has in place of a name until the course has an address.
NOBODY = "OWNER_NAME"


class CourseError(Exception):
    """What an author must put right: one line that says what, where and how."""


@dataclass(frozen=True)
class Project:
    """A checkout of the course.

    Attributes
    ----------
    root
        The folder that holds ``settings.ini``, ``notebooks/`` and ``release/``.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """Return the project that ``start`` (default: the current folder) lies in.

        Raises
        ------
        CourseError
            If neither ``start`` nor a folder above it is a course.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            # A repository for students has no notebooks/, one never built no release/.
            parts = (folder / "notebooks", folder / "release")
            if (folder / "settings.ini").is_file() and any(p.is_dir() for p in parts):
                return cls(folder)
        raise CourseError(
            f"no course in {start} or above it: a course has settings.ini and "
            "notebooks/ or release/; change to its folder first"
        )

    def setting(self, name: str) -> str:
        """Return a value of ``settings.ini``.

        Raises
        ------
        CourseError
            If the setting is missing.
        """
        parser = configparser.ConfigParser()
        parser.read(self.root / "settings.ini", encoding="utf-8")
        try:
            return parser["DEFAULT"][name]
        except (KeyError, configparser.InterpolationError) as error:
            raise CourseError(
                f"settings.ini lacks a usable {name!r}: {error}"
            ) from None

    @property
    def notebooks(self) -> Path:
        """The truth: ``notebooks/<assignment>/<name>.py``."""
        return self.root / "notebooks"

    @property
    def source(self) -> Path:
        """The instructor notebooks, which nbgrader and nbdev read."""
        return self.root / self.setting("nbs_path")

    @property
    def release(self) -> Path:
        """The student notebooks, written by nbgrader."""
        return self.root / "release"

    @property
    def package(self) -> Path:
        """The Python package that nbdev exports."""
        return self.root / self.setting("lib_path")

    def assignments(self) -> list[str]:
        """Return the names of all assignments, sorted."""
        return sorted({path.parent.name for path in self.notebooks.glob("*/*.py")})

    def truths(self, assignment: str = "*") -> list[Path]:
        """Return the truth files of one assignment, or of all for ``"*"``.

        A file beside the truth that is no notebook (a bug bank, say) does not count: a
        truth opens with a Jupytext header.

        Raises
        ------
        CourseError
            If no such assignment exists.
        """
        names = self.assignments() if assignment == "*" else [assignment]
        found = [
            path
            for name in names
            for path in sorted((self.notebooks / name).glob("*.py"))
            if path.read_text(encoding="utf-8").startswith("# ---\n")
        ]
        if not found and assignment in self.assignments():
            raise CourseError(
                f"no notebook in {self.notebooks / assignment}: a truth begins with a "
                "Jupytext header, '# ---'"
            )
        if not found:
            there = ", ".join(self.assignments()) or "no assignment at all"
            raise CourseError(
                f"no assignment {assignment!r} in {self.notebooks}: there is {there}"
            )
        return found

    def source_of(self, truth: Path) -> Path:
        """Return the instructor notebook that ``truth`` becomes."""
        return self.source / truth.parent.name / f"{truth.stem}.ipynb"

    def relative(self, path: Path) -> str:
        """Return ``path`` as seen from the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def hub_link(self, hub: str, notebook: str) -> str:
        """Return the address by which a JupyterHub fetches and opens a notebook.

        Parameters
        ----------
        hub
            The hub's own address, ``https://hub.example.edu`` for example.
        notebook
            The notebook's path inside the repository.

        Raises
        ------
        CourseError
            If ``hub`` is no address of the web.
        """
        if not re.fullmatch(r"https?://[^\s?#]+", hub):
            raise CourseError(
                f"a hub's address begins with https:// or http://, got {hub!r}"
            )
        asked = {
            "repo": self.setting("git_url"),
            "branch": self.setting("branch"),
            "urlpath": f"lab/tree/{self.setting('repo')}/{notebook}",
        }
        return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(asked)}"

    def links(self, notebook: str) -> dict[str, str]:
        """Return the addresses under which a released notebook opens.

        Parameters
        ----------
        notebook
            The notebook's path inside the repository.
        """
        user, repo = self.setting("user"), self.setting("repo")
        branch, git_url = self.setting("branch"), self.setting("git_url")
        return {
            "Binder": f"https://mybinder.org/v2/gh/{user}/{repo}/{branch}"
            f"?labpath={quote(notebook, safe='')}",
            "Colab": f"https://colab.research.google.com/github/{user}/{repo}"
            f"/blob/{branch}/{notebook}",
            "GitHub": f"{git_url}/blob/{branch}/{notebook}",
        }
