"""``--results FILE``: the JSON document of the schema ``proctor/results/v1``."""

from __future__ import annotations

import os
from pathlib import Path

from proctor.errors import GradingError
from proctor.grade.results import Run


def require_place(path: Path | None) -> None:
    """Require that results can be written to a file, before anything is graded.

    Raises
    ------
    GradingError
        If they cannot.
    """
    if path is None:
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise GradingError(f"no folder {path.parent} for the results")
    if path.is_dir():
        raise GradingError(f"the results {path} cannot be written: it is a folder")
    place = path if path.exists() else folder
    as_it_acts = os.access in os.supports_effective_ids
    if not os.access(place, os.W_OK, effective_ids=as_it_acts):
        raise GradingError(
            f"the results {path} cannot be written (Permission denied): name another "
            "file"
        )


def write_results(run: Run, path: Path, kept: str = "") -> None:
    """Write a run; each submission is one line of the document.

    Parameters
    ----------
    kept
        What is not lost where the file cannot be written.

    Raises
    ------
    GradingError
        If the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(run.document())
    except OSError as error:
        raise GradingError(
            f"the results {path} cannot be written ({error.strerror}"
            + (f"); {kept}: " if kept else "): ")
            + "mend that, then run the same command again"
        ) from None
