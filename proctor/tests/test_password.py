"""An address of a gradebook that cannot be read shows no password either."""

import re
import subprocess
import sys

import pytest
from sqlalchemy import make_url

from proctor.cli import main
from proctor.gradebook.address import without_address
from proctor.tests import tiny
from proctor.tests.commands import run
from proctor.tests.tiny import NAME

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="grading is of Linux")
SECRET = "not%2Fto-be-shown"
URL = f"postgresql+psycopg://grader:{SECRET}@127.0.0.1:1/course"
SHOWN = ("not%2F", "not/", "to-be", "be-shown")
# Where a password may be taken for something else, and what proctor says.
ADDRESSES = {
    "driver": (URL.replace("+psycopg", ""), "begins with postgresql://"),
    "sign": (URL.replace("to-be", "p@to-be"), "more than one @"),
    "signs": (URL.replace("to-be", "p@s?to-be"), "more than one @"),
    "slash": (URL.replace("grader:", "CAMPUS/grader:"), "is no address"),
    "no host": (URL.partition("@")[0], "is no address"),
    "port": (URL.replace(":1/", ":x/"), "is no address"),
    "tuple": ((URL,), "is a tuple, and a text was wanted"),
    "bytes": (URL.encode(), "is a bytes, and a text was wanted"),
}


@pytest.fixture(params=ADDRESSES)
def course(request, tmp_path):
    """Return a course with an address, and what is said of it."""
    folder = tiny.course(tmp_path, bugs=[])
    address, says = ADDRESSES[request.param]
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(
            f"\nc.CourseDirectory.db_url = {address!r}\n"
            "import sys\n"
            "if 'nbgrader' in sys.modules:\n"
            "    import proctor.nbgrader_hooks\n"
            "    proctor.nbgrader_hooks.install(c)\n"
        )
    return folder, says


def without_password(text):
    assert [secret for secret in SHOWN if secret in text] == []
    return text


def test_proctor_says_what_is_wrong_in_one_line(course, monkeypatch, capfd):
    folder, says = course
    monkeypatch.chdir(folder)
    for command in (["autograde", NAME], ["export", "csv"], ["backup"]):
        assert main(command) == 2
        (line,) = without_password(capfd.readouterr().err).splitlines()
        assert line.startswith("proctor: c.CourseDirectory.db_url ") and says in line


@pytest.mark.slow
def test_nbgraders_own_commands_show_it_neither_in_logs_nor_in_tracebacks(course):
    folder, _ = course
    for command in (("db", "upgrade"), ("db", "student", "list")):
        told = ("nbgrader", *command, "--log-level=DEBUG")
        # A process of its own: what shows its last error is the process's.
        done = run(*told, cwd=folder, stdin=subprocess.DEVNULL)
        assert done.returncode != 0
        assert without_password(done.stdout + done.stderr)


@pytest.mark.parametrize("setting", ["?password=be-shown", "?sslpassword=be-shown&a=b"])
def test_what_follows_a_question_mark_is_hidden_too(setting):
    address = "postgresql+psycopg://grader@db/course" + setting
    assert make_url(address).query
    said = f"cannot connect to {address}: be-shown"
    assert without_address(said, address) == (
        "cannot connect to postgresql+psycopg://grader@db/course: ***"
    )


def test_of_an_address_that_is_none_each_piece_is_hidden():
    address, _ = ADDRESSES["no host"]
    said = f"Upgrading {address}; invalid literal for int(): {SECRET!r}"
    hidden = without_address(said, address)
    assert without_password(hidden).startswith("Upgrading postgresql+psycopg://grader:")
    assert re.search(r"int\(\): '\*\*\*'$", hidden)
