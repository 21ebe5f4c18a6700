"""Write what a report consists of."""

from __future__ import annotations

from pathlib import Path

from proctor.errors import GradingError
from proctor.notebook.write import write_file


def write_page(path: Path, text: str) -> None:
    """Write a file of a report.

    Raises
    ------
    GradingError
        If it cannot be written.
    """
    try:
        write_file(path, text.encode("utf-8", "replace"))
    except OSError as error:
        raise GradingError(
            f"{path} cannot be written ({error.strerror}): mend that, or name another "
            "folder with --to"
        ) from None
