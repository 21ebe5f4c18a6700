"""What each run found, kept beside the gradebook: it cannot be graded back.

``results/<assignment>/<started>.json.gz`` is the document that ``--results`` writes.
"""

from __future__ import annotations

import gzip
import itertools
import re
from pathlib import Path
from typing import BinaryIO

from proctor.errors import GradingError
from proctor.grade.results import Run
from proctor.layout import Layout
from proctor.notebook.write import whole_file

_FOLDER, _ENDING = "results", ".json.gz"
_NO_NAME = re.compile(r"[^\w+-]+")


class History:
    """The results of a course's grading runs, oldest first."""

    def __init__(self, layout: Layout) -> None:
        self.folder = layout.root / _FOLDER

    def keep(self, run: Run) -> None:
        """Keep what a run found; what an earlier run found stays.

        Raises
        ------
        GradingError
            If the disk does not take it.
        """
        if not run.submissions:
            return
        folder = self.folder / run.assignment
        name = _NO_NAME.sub("-", run.started)
        names = itertools.chain([name], (f"{name}.{i}" for i in itertools.count(2)))
        path = next(p for n in names if not (p := folder / (n + _ENDING)).exists())
        try:
            self.make_folder()
            with whole_file(path) as file, _packed(file) as packed:
                # Line by line: the document of a large class is hundreds of megabytes.
                for piece in run.document():
                    packed.write(piece.encode())
        except OSError as error:
            raise GradingError(
                f"{path} cannot be written ({error.strerror}): mend that, then run the "
                "same command again; the grades are in the gradebook"
            ) from None

    def make_folder(self) -> None:
        """Make the folder of all results, which no repository is to have."""
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")

    def runs(self, assignment: str) -> list[Path]:
        """Return the documents that are kept of an assignment, oldest first."""
        return sorted(self.folder.joinpath(assignment).glob(f"*{_ENDING}"), key=_age)

    def assignments(self) -> list[str]:
        """Return the assignments of which something is kept."""
        found = {path.parent.name for path in self.folder.glob(f"*/*{_ENDING}")}
        return sorted(found)


def _packed(file: BinaryIO) -> gzip.GzipFile:
    # Level 1: a tenth of the time of the usual one, for a few more kilobytes.
    return gzip.GzipFile("", "wb", 1, file, mtime=0)


def _age(path: Path) -> tuple[str, int]:
    """Return what sorts runs of the same second by their number."""
    name, _, number = path.name.removesuffix(_ENDING).partition(".")
    return name, int(number) if number.isdigit() else 0
