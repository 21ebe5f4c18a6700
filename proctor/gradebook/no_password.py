"""Have nbgrader's own commands show no password of the gradebook's address."""

from __future__ import annotations

import contextlib
import functools
import logging

from nbgrader import dbutil
from traitlets.config import Config

from proctor.errors import GradingError
from proctor.gradebook.address import read_address, shown, without_secrets


def show_no_password(c: Config) -> None:
    """Keep it out of what is logged, and out of the traceback of ``db upgrade``.

    Parameters
    ----------
    c
        The configuration that is being read; the address may come later.
    """
    make = logging.getLogRecordFactory()
    make = getattr(make, "__wrapped__", make)

    @functools.wraps(make)
    def record(*args, **kwargs):
        made, db_url = make(*args, **kwargs), c.CourseDirectory.get("db_url")
        if isinstance(db_url, str) and "@" in db_url and "@" in made.getMessage():
            with contextlib.suppress(GradingError):
                url = read_address(db_url)
                text = made.getMessage().replace(db_url, shown(url))
                made.msg, made.args = without_secrets(text, url), ()
        return made

    logging.setLogRecordFactory(record)
    write = dbutil.write_alembic_ini
    write = getattr(write, "__wrapped__", write)

    @functools.wraps(write)
    def write_alembic_ini(alembic_ini: str, db_url: str) -> None:
        # A lone % is refused there, with the address in the traceback.
        write(alembic_ini, db_url.replace("%", "%%"))

    dbutil.write_alembic_ini = write_alembic_ini
