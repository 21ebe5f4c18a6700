"""A gradebook on a server: all that reads or writes it, and two runs at once."""

import csv
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import zlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbgrader.api import Base
from sqlalchemy import insert, select, text
from sqlalchemy.event import listen

from proctor.cli import main
from proctor.grade.cell_results import Cell
from proctor.grade.results import GRADED, Submission
from proctor.gradebook import locks
from proctor.gradebook.database import open_gradebook
from proctor.gradebook.penalties import Penalties
from proctor.gradebook.scores import Entry, Scores
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.commands import BIN, WarmProctor, environment, run
from proctor.tests.servers import SECRET, Postgres
from proctor.tests.test_late import CONFIG, DUE, cells_with, hand_in, page_of
from proctor.tests.tiny import FILE, NAME

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="keeps proctor warm by Linux's processes"
    ),
    pytest.mark.slow,
]
# As an address writes it, and as it is.
SECRETS = (SECRET, "not%2Fto%20be-shown", "not%2Fto+be-shown", "be-shown")


@pytest.fixture(scope="module")
def server():
    with closing(Postgres()) as server:
        yield server


@pytest.fixture(scope="module")
def proctor(tmp_path_factory):
    with closing(WarmProctor(tmp_path_factory.mktemp("proctor"))) as proctor:
        yield proctor


def configured(course, url):
    """Have a course keep its gradebook at this address."""
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
    return course


@pytest.fixture(scope="module")
def entered(server, tmp_path_factory):
    """A course in a gradebook that is made new, by nbgrader; its folder, and that."""
    course = tiny.course(tmp_path_factory.mktemp("course"), bugs=[])
    tiny.write(course / "source" / NAME / FILE, cells_with("Write here."))
    shutil.rmtree(course / "release")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(CONFIG)
    database = server.new()
    configured(course, server.url(database))
    said = nbgrader(course, "generate_assignment", NAME)
    assert "release" in said
    return course, database


@dataclass(frozen=True)
class OnServer:
    """A course folder, and the name of its database."""

    folder: Path
    database: str


@pytest.fixture
def course(entered, server, tmp_path):
    """A copy of it, with a gradebook of its own; nobody is graded."""
    folder, like = entered
    folder, database = shutil.copytree(folder, tmp_path / "course"), server.new(like)
    return OnServer(configured(folder, server.url(database)), database)


def nbgrader(folder, *arguments):
    """Run nbgrader; it tells all that it ever tells, and no password."""
    done = run("nbgrader", *arguments, "--log-level=DEBUG", cwd=folder)
    assert done.returncode == 0, done.stderr
    return without_password(done.stdout + done.stderr)


def without_password(text):
    assert [secret for secret in SECRETS if secret in text] == []
    return text


def rows(server, course, query):
    with server.connect(course.database) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def formgrader(course, tmp_path):
    """Ask Formgrader, on a server of Jupyter's; return what it answers."""
    home = tmp_path / "home"
    told = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("RUNTIME", "CONFIG")}
    command = ["jupyter", "server", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += ["--allow-root", "--IdentityProvider.token=word", "--debug"]
    command += ["--ServerApp.disable_check_xsrf=True", "--ServerApp.port_retries=0"]
    home.mkdir()
    with (home / "log").open("w") as output:
        jupyter = subprocess.Popen(
            command,
            cwd=course.folder,
            env=environment() | told | {"HOME": str(home)},
            stdout=output,
            stderr=output,
        )
    deadline = time.monotonic() + 600
    where = r"http://127.0.0.1:\d+(?=/\?token=)"
    while not (found := re.search(where, (home / "log").read_text())):
        assert jupyter.poll() is None, (home / "log").read_text()
        assert time.monotonic() < deadline, (home / "log").read_text()
        time.sleep(0.1)

    def ask(path, **data):
        request = urllib.request.Request(
            f"{found[0]}/formgrader/api/{path}",
            json.dumps(data).encode() if data else None,
            {"Authorization": "token word", "Content-Type": "application/json"},
            method="PUT" if data else "GET",
        )
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.loads(without_password(answer.read().decode()))

    yield ask
    jupyter.terminate()
    jupyter.wait(60)
    without_password((home / "log").read_text())


def test_all_that_reads_and_writes_a_gradebook(proctor, server, course, formgrader):
    folder = course.folder
    for student, day in (("good", "01"), ("late", "02")):
        hand_in(folder, student, day)
    nbgrader(folder, "db", "upgrade")
    (folder / "dates.csv").write_text(f"assignment,due\n{NAME},{DUE} UTC\n")
    assert proctor.run(folder, "dates", "dates.csv").status == 0
    told = ("--feedback", "--results", "results.json")
    ended = proctor.run(folder, "autograde", NAME, *told)
    assert ended.status == 0, ended.output
    assert ended.lines == {"good": "7/12", "late": "6.3/12"}

    # A person gives points, as Formgrader's page has it written.
    listed = formgrader(f"submissions/{NAME}")
    assert {one["student"]: one["score"] for one in listed} == {"good": 7, "late": 7}
    (late,) = [
        one["id"]
        for one in formgrader(f"submitted_notebooks/{NAME}/tiny")
        if one["student"] == "late"
    ]
    grades = formgrader(f"grades?submission_id={late}")
    (essay,) = [one for one in grades if one["name"] == "essay"]
    given = formgrader(f"grade/{essay['id']}", manual_score=3.0, extra_credit=None)
    assert (given["manual_score"], given["needs_manual_grade"]) == (3, False)

    # What nothing but dates and points changed is not graded again.
    ended = proctor.run(folder, "autograde", NAME, *told)
    assert ended.lines == {"good": "7/12", "late": "9/12"}
    (found,) = rows(
        server,
        course,
        f"select late_submission_penalty from submitted_notebook where id = '{late}'",
    )
    assert found == (1.0,)
    nbgrader(folder, "generate_feedback", NAME, "--force")
    assert "9 / 12 points" in page_of(folder, "late")
    nbgrader(folder, "export")
    with (folder / "grades.csv").open() as file:
        marks = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert marks == {"good": 7, "late": 9}
    assert proctor.run(folder, "export", "csv").status == 0
    assert "9" in (folder / "grades-all.csv").read_text()
    # nbgrader's own command is ours, with the same results.
    hand_in(folder, "good", "01", double="3 * x")
    nbgrader(folder, "autograde", NAME, "--student", "good")
    assert proctor.run(folder, "autograde", NAME).lines["good"] == "4/12"
    backup = proctor.run(folder, "backup")
    assert backup.status == 2 and "pg_dump" in without_password(backup.output)
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "nbgrader_config.py":
            without_password(path.read_bytes().decode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: url.replace("/course", "/curse"), "does not exist"),
        (lambda url: url.replace("%2F", "-"), "password authentication failed"),
        (lambda url: re.sub(r":\d+/", ":1/", url), "Connection refused"),
        (lambda url: url.replace("not%2F", "p@ss"), "%40"),
        (lambda url: url.replace("+psycopg", ""), "postgresql+psycopg://"),
        (lambda url: url.replace("://", "//"), "is no address of a database"),
        (lambda url: url + "?password=be-shown&sslmode=be-shown", "sslmode"),
    ],
    ids=["database", "password", "server", "sign", "driver", "form", "setting"],
)
def test_an_address_that_does_not_open_is_one_line_without_the_password(
    server, entered, tmp_path, monkeypatch, capfd, change, says
):
    folder, database = entered
    shutil.copytree(folder, tmp_path / "course")
    monkeypatch.chdir(configured(tmp_path / "course", change(server.url(database))))
    assert main(["export", "csv"]) == 2
    (line,) = without_password(capfd.readouterr().err).splitlines()
    assert line.startswith("proctor: ") and says in line


def test_who_else_grades_and_who_writes_is_said(proctor, server, course):
    hand_in(course.folder, "good")
    number = zlib.crc32(NAME.encode())
    number -= (number >= 1 << 31) << 32
    with server.connect(course.database) as other:
        other.execute("set application_name = 'proctor elsewhere 12'")
        other.execute(f"select pg_advisory_lock_shared({locks._GRADES}, {number})")
        other.execute(f"select pg_advisory_lock({locks._WRITES}, {number})")
        soon = {"proctor.gradebook.locks._TELL_AFTER": 0.1}
        proctor.begin(course.folder, "autograde", NAME, set=soon)
        proctor.wait_for("waiting for elsewhere 12", 120)
        assert rows(server, course, "select count(*) from grade") == [(0,)]
        other.execute("select pg_advisory_unlock_all()")
        ended = proctor.end()
    assert ended.status == 0
    assert f"{NAME} is graded on this gradebook by elsewhere 12 as well" in ended.output
    assert rows(server, course, "select count(*) from grade") == [(3,)]


def test_two_runs_at_once_double_and_lose_nothing(proctor, server, course, tmp_path):
    """Of two checkouts; some students are in both, and nobody is in the gradebook."""
    second = shutil.copytree(course.folder, tmp_path / "second")
    for number in range(8):
        hand_in(course.folder, f"s{number}")
        hand_in(second, f"s{number + 4}")
    options = ("autograde", NAME, "--seed", "3", "--jobs", "1")
    other = subprocess.Popen(
        [BIN / "proctor", *options],
        cwd=second,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    ended = proctor.run(course.folder, *options)
    said, _ = other.communicate(timeout=600)
    assert (ended.status, other.returncode) == (0, 0), ended.output + said
    query = """select student_id, count(*), sum(auto_score) from grade
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
        group by student_id order by student_id"""
    assert rows(server, course, query) == sorted((f"s{n}", 3, 7.0) for n in range(12))
    for table in ("student", "submitted_assignment", "submitted_notebook"):
        assert rows(server, course, f"select count(*) from {table}") == [(12,)]


def copy_gradebook(origin, to):
    with open_gradebook(origin) as one, open_gradebook(to, new=True) as other:
        for table in Base.metadata.sorted_tables:
            if found := one.db.execute(select(table)).mappings().all():
                new = insert(table).prefix_with("OR REPLACE")
                other.db.execute(new, [dict(row) for row in found])
        other.db.commit()


def submission(number, points):
    cells = tuple(
        Cell(name, points, most, "partial")
        for name, most in [*tiny.POINTS.items(), ("essay", 5.0)]
    )
    return Submission(f"s{number:03}", GRADED, 12.0, 3 * points, cells=cells)


@pytest.mark.parametrize("where", ["server", "file"])
def test_what_is_asked_of_a_database_does_not_grow_with_the_class(
    server, course, tmp_path, where
):
    """One commit a batch, and as many statements for a hundred as for one."""
    home = Course.read(course.folder)
    if where == "file":
        on_server = home.layout
        home = Course.read(configured(course.folder, f"sqlite:///{tmp_path / 'file'}"))
        copy_gradebook(on_server, home.layout)
    with open_gradebook(home.layout) as gradebook:
        scores, penalties = Scores(gradebook, NAME), Penalties(home, gradebook, NAME)
        asked = []
        for event in ("before_cursor_execute", "commit"):
            listen(gradebook.engine, event, lambda *about: asked.append(about))

        def statements(number, points):
            asked.clear()
            batch = [submission(n, points) for n in range(number)]
            scores.write([Entry(one) for one in batch])
            penalties.enter([one.student for one in batch])
            scores.given_by_hand([one.student for one in batch])
            scores.commit()
            assert len([about for about in asked if len(about) == 1]) == 1
            return len(asked)

        def changed(number, points):
            return statements(number, points), statements(number, points + 0.5)

        new, again = statements(1, 1.0), statements(1, 1.5)
        assert changed(100, 2.0)[1] == again
        gradebook.db.execute(text("delete from grade"))
        gradebook.db.execute(text("delete from comment"))
        for table in ("submitted_notebook", "submitted_assignment", "student"):
            gradebook.db.execute(text(f"delete from {table}"))
        gradebook.db.commit()
        assert statements(100, 1.0) == new < 20
