"""Have nbgrader's own commands show no password of the gradebook's address."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import sys
import traceback
from collections.abc import Callable

from nbgrader import dbutil
from nbgrader.apps import baseapp
from traitlets.config import Config

from proctor.errors import GradingError
from proctor.gradebook.address import read_address, without_address


def show_no_password(c: Config) -> None:
    """Keep it out of what is logged, and out of tracebacks.

    Parameters
    ----------
    c
        The configuration that is being read; the address may come later.
    """
    make = logging.getLogRecordFactory()
    make = getattr(make, "__wrapped__", make)

    def db_url() -> object:
        return c.CourseDirectory.get("db_url")

    @functools.wraps(make)
    def record(*args, **kwargs):
        made = make(*args, **kwargs)
        if any(sign in (text := made.getMessage()) for sign in ("@", "://", "db_url")):
            made.msg, made.args = without_address(text, db_url()), ()
        if made.exc_info and made.exc_info[0]:
            told = "".join(traceback.format_exception(*made.exc_info))
            made.exc_text = without_address(told.rstrip("\n"), db_url())
        return made

    logging.setLogRecordFactory(record)
    write = dbutil.write_alembic_ini
    write = getattr(write, "__wrapped__", write)

    @functools.wraps(write)
    def write_alembic_ini(alembic_ini: str, db_url: str) -> None:
        # A lone % is refused there, with the address in the traceback.
        write(alembic_ini, db_url.replace("%", "%%"))

    dbutil.write_alembic_ini = write_alembic_ini
    upgrade = dbutil.upgrade
    upgrade = getattr(upgrade, "__wrapped__", upgrade)

    @functools.wraps(upgrade)
    def upgrade_what_can_be_read(db_url: str, *more: str) -> None:
        # Alembic is another process, whose traceback quotes what it cannot read.
        try:
            read_address(db_url)
        except GradingError as error:
            sys.exit(f"nbgrader: {error}")
        upgrade(db_url, *more)

    dbutil.upgrade = upgrade_what_can_be_read
    # nbgrader sets its own, in some of its commands.
    for place, name in ((sys, "excepthook"), (baseapp, "format_excepthook")):
        show = getattr(place, name)
        show = getattr(show, "__wrapped__", show)
        setattr(place, name, _with_no_address(show, db_url))


def _with_no_address(show: Callable, db_url: Callable[[], object]) -> Callable:
    """Return what shows an error without the address: its text may quote a piece."""

    @functools.wraps(show)
    def shown(*about) -> None:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            show(*about)
        sys.stderr.write(without_address(said.getvalue(), db_url()))

    return shown
