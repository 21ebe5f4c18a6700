"""A gradebook's address, and how it may be shown: never with what opens it."""

from __future__ import annotations

import re
from urllib.parse import quote, quote_plus

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from proctor.errors import GradingError

_EXTRA = "pip install 'nbgrader-proctor[postgres]'"
_FORM = "postgresql+psycopg://USER@HOST/DATABASE"
# What a server is asked for, where the address does not say: seconds to wait for it.
_CONNECT_SECONDS = 15
_HIDDEN = "***"


def read_address(db_url: str) -> URL:
    """Return an address in its parts.

    Raises
    ------
    GradingError
        If it is none, or what speaks to its server is not installed. The line shows
        nothing of a password.
    """
    url = _parts(db_url)
    if url.get_backend_name() == "postgresql":
        _require_psycopg(url)
    return url


def _parts(db_url: str) -> URL:
    _, _, place = db_url.partition("://")
    if place[:1] != "/" and place.count("@") > 1:
        # One would be taken for the end of the password, and the rest for a host.
        raise GradingError(
            "c.CourseDirectory.db_url has more than one @: write those of a password "
            "as %40, or keep it in ~/.pgpass or PGPASSWORD"
        )
    no_address = GradingError(
        f"c.CourseDirectory.db_url is no address of a database: write it as {_FORM}, "
        "each sign of a name or a password that is no letter or digit as % and two "
        "digits"
    )
    try:
        url = make_url(db_url)
    except (ArgumentError, ValueError):
        raise no_address from None
    if place[:1] != "/" and "@" in place and url.username is None and not url.password:
        # What stands before it was taken for a host, or for the database's name.
        raise no_address
    return url


def _require_psycopg(url: URL) -> None:
    if url.drivername != "postgresql+psycopg":
        raise GradingError(
            f"c.CourseDirectory.db_url begins with {url.drivername}://: write "
            f"{_FORM}, and {_EXTRA}"
        )
    try:
        import psycopg  # noqa: F401 (is it there?)
    except ImportError:
        raise GradingError(
            f"{shown(url)} needs psycopg, which is not installed: {_EXTRA}"
        ) from None


def with_patience(url: URL, busy_seconds: int) -> str:
    """Return the address as it is opened: with how long to wait for others.

    Parameters
    ----------
    busy_seconds
        How long another program may hold a lock of SQLite, whose own time is short.
    """
    settings = {}
    if url.get_backend_name() == "sqlite":
        settings = {"timeout": f"{busy_seconds}"}
    elif url.get_backend_name() == "postgresql":
        settings = {"connect_timeout": f"{_CONNECT_SECONDS}"}
    said = {name: value for name, value in settings.items() if name not in url.query}
    return url.update_query_dict(said).render_as_string(hide_password=False)


def shown(url: URL) -> str:
    """Return the address as anybody may read it."""
    # What follows a question mark may be a password as well.
    return url.set(query={}).render_as_string(hide_password=True)


def without_secrets(text: str, url: URL) -> str:
    """Return what a server or a library said, without what opens the database."""
    secrets = [url.password, *url.query.values()]
    for secret in secrets:
        for one in secret if isinstance(secret, tuple) else [secret]:
            text = _without(text, str(one or ""))
    return text


def without_address(text: str, said: object) -> str:
    """Return a text without what opens a database, whatever the setting says.

    Parameters
    ----------
    said
        The value of ``c.CourseDirectory.db_url``, of any type.
    """
    if isinstance(said, bytes):
        said = said.decode(errors="replace")  # as nbgrader takes it
    if not isinstance(said, str):
        each = said if isinstance(said, list | tuple | set) else []
        for one in each:
            text = without_address(text, one)
        return text
    try:
        url = _parts(said)
        return without_secrets(text.replace(said, shown(url)), url)
    except GradingError:
        # Where the password begins and ends, nobody knows.
        _, _, place = said.partition("://")
        for secret in (place.partition(":")[2], *re.split("[:/@?&=]+", place)[1:]):
            text = _without(text, secret)
        return text


def _without(text: str, secret: str) -> str:
    """Return a text without a secret, as it is and as addresses have it."""
    if len(secret) > 2:
        for one in (secret, quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(one, _HIDDEN)
    return text
