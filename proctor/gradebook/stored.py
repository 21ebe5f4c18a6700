"""The gradebook as it is stored, a file or on a server: copied, and put back."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from proctor.errors import GradingError
from proctor.gradebook import dumps
from proctor.gradebook.address import read_address
from proctor.layout import Layout

# A file of SQLite's, or what pg_dump makes of a server's.
FILE, DUMP = "gradebook.db", "gradebook.dump"


class Stored:
    """A course's gradebook, wherever it is.

    Attributes
    ----------
    is_file
        Whether it is a file, and not on a server.
    name
        What its copy is called.

    Raises
    ------
    GradingError
        If it is of a kind that cannot be copied here.
    """

    def __init__(self, layout: Layout) -> None:
        self._url = read_address(layout.db_url)
        kind = self._url.get_backend_name()
        if kind not in ("sqlite", "postgresql") or not self._url.database:
            raise GradingError(
                f"the gradebook is on a server ({kind}) that proctor cannot copy: back "
                "it up with the server's own tool, and the folders submitted/, "
                "autograded/, feedback/, collected/ and results/ as files"
            )
        self.is_file = kind == "sqlite"
        self.name = FILE if self.is_file else DUMP
        self._path = Path(self._url.database)

    def copy(self, target: Path) -> None:
        """Copy it as it is now, while others may write to it."""
        if self.is_file:
            _copy_database(self._path, target)
        else:
            dumps.dump(self._url, target)

    def require_room(self) -> list[Path]:
        """Return the place of a file; of a server, refuse a database with tables."""
        if self.is_file:
            return [self._path]
        dumps.require_empty(self._url)
        return []

    def put(self, origin: Path) -> None:
        """Put a copy in its place."""
        if self.is_file:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            origin.rename(self._path)
        else:
            dumps.load(self._url, origin)


def _copy_database(database: Path, copy: Path) -> None:
    """Copy a gradebook that others may be writing to: SQLite's own backup."""
    if not database.is_file():
        raise GradingError(f"no gradebook {database}: nothing to back up")
    try:
        with (
            contextlib.closing(
                sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
            ) as source,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            (found,) = target.execute("pragma integrity_check").fetchone()
    except sqlite3.Error as error:
        raise GradingError(
            f"the gradebook {database} cannot be copied ({error})"
        ) from None
    if found != "ok":
        raise GradingError(f"the gradebook {database} is damaged ({found})")
