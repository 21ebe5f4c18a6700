"""Write a file that may be there, and keep what was."""

from __future__ import annotations

from pathlib import Path

from proctor.errors import GradingError
from proctor.notebook.write import write_file


def write_new(path: Path, data: bytes) -> Path | None:
    """Write a file; return where the earlier one is, if it was another.

    Raises
    ------
    GradingError
        If it cannot be written.
    """
    try:
        kept = None
        if path.exists() and (path.is_dir() or path.read_bytes() != data):
            kept = _free(path)
            path.rename(kept)
        write_file(path, data)
        return kept
    except OSError as error:
        raise GradingError(
            f"{path} cannot be written ({error.strerror}): name another with --out"
        ) from None


def _free(path: Path) -> Path:
    number = 1
    while (other := path.with_name(f"{path.stem}.{number}{path.suffix}")).exists():
        number += 1
    return other
