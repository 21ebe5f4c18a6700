"""A gradebook's address, and how it may be shown: never with what opens it."""

from __future__ import annotations

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
    user, _, rest = db_url.partition("://")[2].partition("?")[0].rpartition("@")
    if "@" in user:
        # One would be taken for the end of the password, and the rest for a host.
        raise GradingError(
            "c.CourseDirectory.db_url has more than one @ before the host "
            f"{rest.partition('/')[0]}: write those of a password as %40, or keep it "
            "in ~/.pgpass or PGPASSWORD"
        )
    try:
        url = make_url(db_url)
    except (ArgumentError, ValueError):
        raise GradingError(
            f"c.CourseDirectory.db_url is no address of a database: write it as {_FORM}"
        ) from None
    if url.get_backend_name() == "postgresql":
        _require_psycopg(url)
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
            if one and len(str(one)) > 2:
                text = text.replace(str(one), _HIDDEN)
    return text
