"""A gradebook on a PostgreSQL server, into a file and back: by the server's own tools.

``pg_dump`` copies a database as it is at one moment, while others write to it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from proctor.errors import GradingError
from proctor.gradebook.address import without_secrets
from proctor.text import plain_line

_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "username": "PGUSER"}


def dump(url: URL, file: Path) -> None:
    """Write a database into a file of ``pg_dump``'s own kind.

    Raises
    ------
    GradingError
        If there is no such tool, or it fails.
    """
    _run(url, "pg_dump", "--format=custom", f"--file={file}")


def load(url: URL, file: Path) -> None:
    """Put a file of :func:`dump` into an empty database, whole or not at all.

    Raises
    ------
    GradingError
        If there is no such tool, or it fails.
    """
    options = "--single-transaction", "--exit-on-error"
    _run(url, "pg_restore", *options, f"--dbname={url.database}", str(file))


def require_empty(url: URL) -> None:
    """Require a database without tables.

    Raises
    ------
    GradingError
        If it has some, or cannot be reached.
    """
    engine = create_engine(url)
    try:
        tables = inspect(engine).get_table_names()
    except DBAPIError as error:
        said = _said(str(error.orig), url)
        raise GradingError(f"the gradebook's server cannot be used ({said})") from None
    finally:
        engine.dispose()
    if tables:
        raise GradingError(
            f"there is a gradebook in the database {url.database} already: restore "
            "into an empty database (createdb); nothing is overwritten"
        )


def _run(url: URL, tool: str, *options: str) -> None:
    program = shutil.which(tool)
    if program is None:
        raise GradingError(
            f"no {tool} here, which copies a gradebook of a PostgreSQL server: install "
            "the server's client programs (Debian, Ubuntu: postgresql-client)"
        )
    # In the environment, since all users of a machine can read what is on a line.
    said = {
        variable: str(value)
        for name, variable in _VARIABLES.items()
        if (value := getattr(url, name)) is not None
    }
    if url.password is not None:
        said["PGPASSWORD"] = str(url.password)
    said |= {
        f"PG{key.upper()}": str(url.query[key])
        for key in ("host", "port", "sslmode")
        if key in url.query
    }
    said["PGDATABASE"] = url.database or ""
    done = subprocess.run(
        [program, "--no-owner", "--no-privileges", *options],
        env=os.environ | said,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        why = _said(done.stderr, url) or f"status {done.returncode}"
        if "version mismatch" in why:
            why += ": put the client programs of the server's version first on PATH"
        raise GradingError(f"{tool} failed: {why}")


def _said(text: str, url: URL) -> str:
    return plain_line(" ".join(without_secrets(text, url).split()), 300)
