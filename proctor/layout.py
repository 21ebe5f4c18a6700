"""Where a course keeps what, as nbgrader's own configuration has it.

``nbgrader.coursedir`` says the same, and takes longer to import than a notebook to
check; a test compares the two.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from traitlets.config import Config

from proctor.errors import GradingError

_LONGEST_ID = 128
_STAGES = ("source", "release", "submitted", "autograded", "feedback")
# Where nbgrader's zip_collect looks for archives, and unpacks them.
_UNPACKED = "downloaded"


@dataclass(frozen=True)
class Layout:
    """The folders of a course.

    Attributes
    ----------
    root
        The folder that all others are seen from.
    structure
        Of a path below it, with ``{nbgrader_step}``, ``{student_id}`` and
        ``{assignment_id}``.
    folders
        The name of each stage's folder, and of that of unpacked archives.
    db_url
        The gradebook's address.
    course_id
        As the gradebook knows the course.
    """

    root: Path
    structure: str
    folders: dict[str, str]
    # It may hold a password, and this may be printed.
    db_url: str = field(repr=False)
    course_id: str

    @classmethod
    def of(cls, root: Path, config: Config) -> Layout:
        """Return the layout that ``c.CourseDirectory`` describes.

        Parameters
        ----------
        root
            The folder of ``nbgrader_config.py``: the course's, unless it says another.
        """
        said = config.CourseDirectory
        top = Path(os.path.abspath(said.get("root") or root))  # noqa: PTH100 (no links)
        parts = ("{nbgrader_step}", "{student_id}", "{assignment_id}")
        db_url = said.get("db_url") or f"sqlite:///{top / 'gradebook.db'}"
        if not isinstance(db_url, str):
            # Such as a tuple, by a comma behind it; what it holds may be secret.
            raise GradingError(
                f"c.CourseDirectory.db_url is a {type(db_url).__name__}, and a text "
                "was wanted, such as 'postgresql+psycopg://USER@HOST/DATABASE'"
            )
        return cls(
            top,
            said.get("directory_structure", os.path.join(*parts)),  # noqa: PTH118
            {stage: said.get(f"{stage}_directory", stage) for stage in _STAGES}
            | {
                _UNPACKED: config.ZipCollectApp.get(f"{_UNPACKED}_directory", _UNPACKED)
            },
            db_url,
            said.get("course_id", "").strip(),
        )

    def path(self, stage: str, student: str, assignment: str) -> Path:
        """Return where a stage (submitted, autograded, feedback) keeps a student."""
        below = self.structure.format(
            nbgrader_step=self.folders[stage],
            student_id=student,
            assignment_id=assignment,
        )
        return self.root / below

    def holds_work(self, folder: Path) -> bool:
        """Tell whether a folder lies where students' work does, or is made of it."""
        places = [Path(self.folders[stage]) for stage in (*_STAGES[2:], _UNPACKED)]
        return any(
            folder.is_relative_to((self.root / place).resolve()) for place in places
        )

    def built(self, assignment: str) -> Path:
        """Return the folder of an assignment's instructor notebooks."""
        return self.path("source", ".", assignment)

    def released(self, assignment: str) -> Path:
        """Return the folder of an assignment's notebooks as they were handed out."""
        return self.path("release", ".", assignment)

    def assignments(self) -> list[str]:
        """Return the assignments that have instructor notebooks, sorted."""
        found = {path.parent.name for path in self.built("*").parent.glob("*/*.ipynb")}
        return sorted(name for name in found if name[0] not in "._")

    def notebooks(self, assignment: str) -> list[str]:
        """Return the names of an assignment's notebooks, sorted."""
        found = self.built(assignment).glob("*.ipynb")
        return sorted(path.stem for path in found if path.name[0] != ".")

    def require(self, assignment: str) -> None:
        """Require that an assignment has instructor notebooks.

        Raises
        ------
        GradingError
            If it has not.
        """
        known = self.assignments()
        if assignment not in known:
            raise GradingError(
                f"no assignment {assignment!r} in {self.built('.')} (it has: "
                f"{', '.join(known) or 'none'}): name one of these"
            )


def why_no_id(text: str) -> str:
    """Return why a text cannot be a student's id, which names a folder; or nothing."""
    if not text:
        return "is empty"
    if text != text.strip() or not text.isprintable():
        return "has spaces around it, or signs that cannot be seen"
    if text.startswith(".") or any(sign in text for sign in "/\\*?[]"):
        return "cannot name a folder"
    return "is too long" if len(text.encode()) > _LONGEST_ID else ""
