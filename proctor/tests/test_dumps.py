"""A server's gradebook by the server's own programs: how they are asked."""

import os

import pytest
from sqlalchemy import make_url

from proctor.errors import GradingError
from proctor.gradebook import dumps

URL = make_url(
    "postgresql+psycopg://grader:not%2Fshown@db.example:5433/course?sslmode=require"
)
PROGRAM = """#!/bin/sh
printf '%s\\n' "$@" > "$ASKED"
env | grep ^PG | sort > "$ASKED.env"
echo "{said}" >&2
exit {status}
"""


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Stand-ins for the server's programs, which write down how they are asked."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))

    def make(status: int = 0, said: str = "") -> None:
        for name in ("pg_dump", "pg_restore"):
            path = tmp_path / name
            path.write_text(PROGRAM.format(status=status, said=said))
            path.chmod(0o755)

    make()
    return make


def test_the_password_is_in_the_environment_alone(programs, tmp_path):
    dumps.dump(URL, tmp_path / "copy")
    asked = (tmp_path / "asked").read_text().split()
    assert asked[-2:] == ["--format=custom", f"--file={tmp_path / 'copy'}"]
    said = (tmp_path / "asked.env").read_text().split()
    assert said == [
        "PGDATABASE=course",
        "PGHOST=db.example",
        "PGPASSWORD=not/shown",
        "PGPORT=5433",
        "PGSSLMODE=require",
        "PGUSER=grader",
    ]
    dumps.load(URL, tmp_path / "copy")
    asked = (tmp_path / "asked").read_text()
    # Whole or not at all.
    assert "--single-transaction\n--exit-on-error\n--dbname=course\n" in asked
    assert "shown" not in asked


def test_what_fails_is_one_line_without_the_password(programs, tmp_path, monkeypatch):
    programs(1, "server version mismatch\nfor not/shown")
    with pytest.raises(GradingError) as failed:
        dumps.dump(URL, tmp_path / "copy")
    line = str(failed.value)
    assert line.startswith("pg_dump failed: server version mismatch for ***: put the")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GradingError, match=r"no pg_restore here.*postgresql-client"):
        dumps.load(URL, tmp_path / "copy")
