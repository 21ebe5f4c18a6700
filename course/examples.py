"""Sample submissions, each kept as only the cells that differ from the release.

``examples/<student>/<grade_id>.py`` (or ``.md``) holds the text of one cell. An
optional ``example.toml`` says ``about`` what this student did; ``base`` names another
example whose cells come first, and ``keeps``, a list, which of them. A file
``<notebook>.ipynb`` is handed in as it stands.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course.project import CourseError


@dataclass(frozen=True)
class Example:
    """A sample submission, read from its folder."""

    folder: Path
    about: str
    base: str | None
    keeps: list[str] | None

    @property
    def name(self) -> str:
        """The student's name: what this student did."""
        return self.folder.name

    def cells(self) -> dict[str, str]:
        """Return the text of each changed cell by grade_id, the base's included.

        Raises
        ------
        CourseError
            If the base, or a cell to keep of it, does not exist.
        """
        cells = {}
        if self.base:
            cells = read_example(self.folder.parent / self.base).cells()
        if self.keeps is not None:
            if missing := set(self.keeps) - set(cells):
                raise CourseError(
                    f"{self.folder}/example.toml keeps {', '.join(sorted(missing))}, "
                    f"which {self.base} does not have"
                )
            cells = {name: cells[name] for name in self.keeps}
        for path in sorted(self.folder.iterdir()):
            if path.suffix in {".py", ".md"}:
                cells[path.stem] = path.read_text(encoding="utf-8").rstrip()
        return cells


def read_example(folder: Path) -> Example:
    """Return the example in ``folder``.

    Raises
    ------
    CourseError
        If there is none, or its ``example.toml`` cannot be read.
    """
    if not folder.is_dir():
        raise CourseError(f"no example in {folder}")
    settings: dict = {}
    description = folder / "example.toml"
    if description.is_file():
        try:
            settings = tomllib.loads(description.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise CourseError(f"{description}: {error}") from None
    return Example(
        folder, settings.get("about", ""), settings.get("base"), settings.get("keeps")
    )


def read_examples(folder: Path) -> list[Example]:
    """Return all examples below ``folder``, by name."""
    return [read_example(path) for path in sorted(folder.iterdir()) if path.is_dir()]


def submit(example: Example, release: Path, submitted: Path) -> None:
    """Write the example as a submission.

    Parameters
    ----------
    release
        The released notebook.
    submitted
        The folder of this student's submission, made here.

    Raises
    ------
    CourseError
        If the example changes a cell that the release does not have.
    """
    submitted.mkdir(parents=True, exist_ok=True)
    as_it_stands = example.folder / release.name
    if as_it_stands.is_file():
        (submitted / release.name).write_bytes(as_it_stands.read_bytes())
        return
    notebook = nbformat.read(release, as_version=4)
    cells = {
        cell.metadata.get("nbgrader", {}).get("grade_id"): cell
        for cell in notebook.cells
    }
    for name, text in example.cells().items():
        if name not in cells:
            raise CourseError(f"{example.folder}: the release has no cell {name!r}")
        cells[name].source = text
    nbformat.write(notebook, submitted / release.name)
