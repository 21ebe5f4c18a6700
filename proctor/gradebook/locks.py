"""Several runs on one database: who else grades an assignment, and who writes now.

On a server, runs of other checkouts and other machines may grade the same assignment
at the same time, the same students or others. They meet where they write: one batch at
a time, by an advisory lock of the assignment. SQLite is a file of one course folder,
whose own lock lets one run in.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
import zlib
from collections.abc import Callable, Iterator

from nbgrader.api import Gradebook
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from proctor.text import plain_line

# The first numbers of our advisory locks: of opening, of who grades, of who writes.
_OPENS, _GRADES, _WRITES = 0x70726F31, 0x70726F32, 0x70726F33
_LOOK_AGAIN, _TELL_AFTER = 0.02, 10.0
_LONGEST_NAME = 60
_HOLDERS = text(
    "SELECT a.application_name AS name, l.pid AS pid FROM pg_locks l "
    "LEFT JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :kind "
    "AND l.objid = :number AND l.objsubid = 2 AND l.pid <> pg_backend_pid() "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@contextlib.contextmanager
def one_opens(engine: Engine) -> Iterator[None]:
    """Let one program at a time make what a new database lacks."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect() as connection:
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:kind)"), {"kind": _OPENS}
        )
        yield


class Meeting:
    """The runs that grade an assignment on one database.

    Parameters
    ----------
    tell
        Called with a line for who reads along.
    """

    def __init__(
        self, gradebook: Gradebook, assignment: str, tell: Callable[[str], None]
    ) -> None:
        self._engine, self._assignment, self._tell = gradebook.engine, assignment, tell
        # As PostgreSQL shows it, without a sign.
        self._number = zlib.crc32(assignment.encode())
        self._server = self._engine.dialect.name == "postgresql"

    @contextlib.contextmanager
    def grading(self) -> Iterator[None]:
        """Be known as one who grades; say who else does."""
        if not self._server:
            yield
            return
        # A connection of its own: it lasts as long as the run, beside all commits.
        with self._engine.connect() as connection:
            name = plain_line(f"proctor {socket.gethostname()} {os.getpid()}", 400)
            self._do(
                connection,
                "SELECT set_config('application_name', :name, false)",
                name=name[:_LONGEST_NAME],
            )
            self._do(
                connection,
                "SELECT pg_advisory_lock_shared(:kind, :number)",
                kind=_GRADES,
                number=_signed(self._number),
            )
            if others := self._holders(connection, _GRADES):
                self._tell(
                    f"{self._assignment} is graded on this gradebook by {others} as "
                    "well: each writes in turn, and nothing is doubled or lost"
                )
            try:
                yield
            finally:
                # Closed for good, the server forgets the lock.
                with contextlib.suppress(DBAPIError):
                    connection.invalidate()

    def write_alone(self, db: Session) -> None:
        """Begin to write a batch, when nobody else does; until it is committed."""
        if not self._server:
            return
        key = {"kind": _WRITES, "number": _signed(self._number)}
        begun, told = time.monotonic(), False
        mine = text("SELECT pg_try_advisory_xact_lock(:kind, :number)")
        while not db.execute(mine, key).scalar():
            if not told and time.monotonic() - begun > _TELL_AFTER:
                others = self._holders(db, _WRITES) or "another program"
                self._tell(f"waiting for {others}, who writes {self._assignment}")
                told = True
            db.rollback()
            time.sleep(_LOOK_AGAIN)

    def _holders(self, db: Session | Connection, kind: int) -> str:
        """Return who holds a lock of the assignment; empty: nobody else."""
        rows = db.execute(_HOLDERS, {"kind": kind, "number": self._number})
        names = [
            plain_line(row.name, _LONGEST_NAME)
            if row.name and row.name.startswith("proctor ")
            else f"the server's process {row.pid}"
            for row in rows
        ]
        return ", ".join(sorted(name.removeprefix("proctor ") for name in names))

    @staticmethod
    def _do(connection: Connection, statement: str, **values: object) -> None:
        connection.execute(text(statement), values)
        connection.commit()


def _signed(number: int) -> int:
    """Return a number of 32 bits as PostgreSQL's integers have it."""
    return number - (1 << 32) if number >= 1 << 31 else number
