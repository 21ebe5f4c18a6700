"""Whether there is a gradebook: known without what reads it, which takes seconds."""

from __future__ import annotations

from pathlib import Path

from proctor.errors import GradingError


def require_file(db_url: str) -> None:
    """Require that SQLite's file is there; whether a server is, it says itself.

    Raises
    ------
    GradingError
        If it is not, or cannot be read.
    """
    kind, _, place = db_url.partition(":///")
    place = place.partition("?")[0]
    if kind.partition("+")[0] != "sqlite" or not place:
        return
    path = Path(place)
    try:
        path.open("rb").close()
    except (FileNotFoundError, IsADirectoryError):
        raise GradingError(
            f"no gradebook {path}: run nbgrader generate_assignment first"
        ) from None
    except OSError as error:
        raise GradingError(
            f"the gradebook {path} cannot be read ({error.strerror}): the user who "
            "grades must be able to read and to write it, and its folder"
        ) from None
