"""A class graded by Dask workers: the same results, whatever ends meanwhile."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from proctor.grade.cluster.packing import Malformed, pack, pack_result, read_result
from proctor.grade.pool import HandedIn
from proctor.grade.results import GRADED, Cell, Submission
from proctor.grade.task import Graded
from proctor.notebook.built import Built
from proctor.sandbox.levels import best_level
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.commands import BIN, WarmProctor, environment, run
from proctor.tests.test_late import CONFIG, cells_with, hand_in
from proctor.tests.tiny import FILE, NAME

distributed = pytest.importorskip("distributed", reason="the extra [cluster] is absent")
pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="keeps proctor warm by Linux's processes"
    ),
    pytest.mark.slow,
]
MINUTES = 10
SEED = ("--seed", "3")


class Cluster:
    """A scheduler, and workers that are started when so many are wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._security = distributed.Security.temporary()
        for name in ("ca_file", "client_cert", "client_key"):
            (folder / name).write_text(getattr(self._security, f"tls_{name}"))
        self._tls = ["--tls-ca-file", folder / "ca_file"]
        self._tls += ["--tls-cert", folder / "client_cert"]
        self._tls += ["--tls-key", folder / "client_key"]
        self.workers: list[subprocess.Popen] = []
        self.scheduler, self.address = None, ""
        self.begin()

    def settings(self) -> dict[str, str]:
        """Return Dask's settings, as the variables of a client."""
        begin = "DASK_DISTRIBUTED__COMM__TLS__"
        return {
            f"{begin}CA_FILE": str(self.folder / "ca_file"),
            f"{begin}CLIENT__CERT": str(self.folder / "client_cert"),
            f"{begin}CLIENT__KEY": str(self.folder / "client_key"),
        }

    def begin(self) -> None:
        """Start the scheduler."""
        where = self.folder / "scheduler.json"
        where.unlink(missing_ok=True)
        command = ["--host", "tls://127.0.0.1", "--port", "0", "--no-dashboard"]
        command += ["--scheduler-file", where, *self._tls]
        self.scheduler = self._start("scheduler", BIN / "dask", "scheduler", *command)
        self._wait(lambda: where.exists() and where.read_text().endswith("}"))
        self.address = json.loads(where.read_text())["address"]

    def have(self, number: int, **settings: str) -> None:
        """Have so many workers, and no files of an earlier test."""
        for name in ("holds", "release", "killed", "level"):
            (self.folder / name).unlink(missing_ok=True)
        if self.scheduler.poll() is not None:
            self.end()
            self.begin()
        self.workers = [one for one in self.workers if one.poll() is None]
        for extra in self.workers[number:]:
            self.stop(extra)
        while len(self.workers) < number:
            self.add(**settings)

    def add(self, **settings: str) -> subprocess.Popen:
        """Start a worker."""
        script = Path(__file__).with_name("dask_worker.py")
        options = ["--no-nanny", "--nthreads", "1", "--no-dashboard"]
        options += ["--host", "127.0.0.1", "--memory-limit", "0"]
        command = [sys.executable, script, self.folder, self.address, *options]
        worker = self._start("worker", *command, *self._tls, **settings)
        self.workers.append(worker)
        return worker

    def _start(self, name, *command, **settings) -> subprocess.Popen:
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment() | settings,
            )

    def stop(self, worker: subprocess.Popen) -> None:
        """End a worker as one is ended that has done its part."""
        worker.terminate()
        worker.wait(60)
        self.workers.remove(worker)

    def holder(self) -> int:
        """Wait until a worker holds a submission; return its process."""
        self._wait((self.folder / "holds").exists)
        return int((self.folder / "holds").read_text())

    def processing(self) -> list[str]:
        """Return the names of what is at the workers."""
        with distributed.Client(
            self.address, security=self._security, set_as_default=False
        ) as client:
            return [key for keys in client.processing().values() for key in keys]

    def _wait(self, holds) -> None:
        deadline = time.monotonic() + 60 * MINUTES
        while not holds():
            logs = [path.read_text() for path in self.folder.glob("*.log")]
            assert time.monotonic() < deadline, logs
            time.sleep(0.02)

    def end(self) -> None:
        """End everything."""
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()
        self.workers = []


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def proctor(tmp_path_factory, cluster):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in cluster.settings().items():
            patch.setenv(name, value)
        folder = tmp_path_factory.mktemp("proctor")
        warm = WarmProctor(folder, "proctor.grade.cluster.pool")
    with closing(warm):
        yield warm


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """A course in the gradebook, with an untidy class; nobody is graded."""
    course = tiny.course(tmp_path_factory.mktemp("class"))
    tiny.write(course / "source" / NAME / FILE, cells_with("Write here."))
    released = tiny.hidden(cells_with("Write here.", tiny.STUBS))
    tiny.write(course / "release" / NAME / FILE, released)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(CONFIG)
    done = run("nbgrader", "generate_assignment", NAME, "--force", cwd=course)
    assert done.returncode == 0, done.stderr
    hand_in(course, "good", "01")
    hand_in(course, "triple", double="3 * x")
    hand_in(course, "absolute", double="2 * abs(x)")
    hand_in(course, "second-file")
    place = course / "submitted" / "second-file" / NAME
    (place / FILE).rename(place / "tiny (1).ipynb")
    shutil.copy(course / "release" / NAME / FILE, place)
    (place / "own.csv").write_text("1,2\n")
    hand_in(course, "link")
    (link := course / "submitted" / "link" / NAME / FILE).unlink()
    link.symlink_to(course / "source" / NAME / FILE)
    (course / "submitted" / "none" / NAME).mkdir(parents=True)
    (broken := course / "submitted" / "broken" / NAME).mkdir(parents=True)
    (broken / FILE).write_text("{")
    hand_in(course, "when")
    (course / "submitted" / "when" / NAME / "timestamp.txt").write_text("1/2/2026")
    return course


@pytest.fixture
def course(entered, tmp_path):
    return shutil.copytree(entered, tmp_path / "course", symlinks=True)


TIMES = ("seconds", "started")
# As pages say when something was graded.
MINUTE = re.compile(r"20\d\d-\d\d-\d\d, \d\d:\d\d")


def timeless(value):
    """Return a document without what differs from run to run."""
    if isinstance(value, dict):
        return {n: timeless(v) for n, v in value.items() if n not in TIMES}
    return [timeless(one) for one in value] if isinstance(value, list) else value


def found_in(course):
    """Return all that a run left: results, gradebook, notebooks and pages."""
    document = timeless(json.loads((course / "results.json").read_text()))
    notebooks = {
        str(path.relative_to(course)): timeless(json.loads(path.read_text()))
        for path in sorted((course / "autograded").rglob("*.ipynb"))
    }
    others = {
        str(path.relative_to(course)): MINUTE.sub("now", path.read_text())
        for folder in ("autograded", "feedback")
        for path in sorted((course / folder).rglob("*"))
        if path.is_file() and path.suffix != ".ipynb"
    }
    return document, json.dumps(notebooks), others, grades_in(course)


def grades_in(course):
    query = """select student_id, base_cell.name, auto_score, needs_manual_grade,
            timestamp
        from grade join base_cell on base_cell.id = grade.cell_id
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
        order by student_id, base_cell.name"""
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        return database.execute(query).fetchall()


def without(student, document, notebooks, others, grades):
    """Return what a run left, but for what it says of one who needs attention."""
    submissions = document["submissions"]
    there = [one for one in submissions if one["student"] != student]
    assert len(there) == len(submissions) - 1
    others = {path: text for path, text in others.items() if student not in path}
    return {**document, "submissions": there}, notebooks, others, grades


def told(cluster, *more):
    results = ("--feedback", "--results", "results.json")
    return ("autograde", NAME, *SEED, *results, "--cluster", cluster, *more)


@pytest.fixture(scope="module")
def undisturbed(entered, proctor, tmp_path_factory):
    """What a run here gives."""
    course = tmp_path_factory.mktemp("here") / "course"
    shutil.copytree(entered, course, symlinks=True)
    ended = proctor.run(course, *told("")[:-2])
    assert ended.status == 1, ended.output
    return found_in(course)


@pytest.mark.parametrize("workers", ["local:1", 2])
def test_as_many_workers_as_there_are_find_the_same(
    proctor, cluster, course, undisturbed, workers
):
    if workers != "local:1":
        cluster.have(workers)
    where = workers if workers == "local:1" else cluster.address
    ended = proctor.run(course, *told(where, "--tls"))
    assert ended.status == 1, ended.output
    assert found_in(course) == undisturbed
    assert ended.survivors == []


def in_a_while(proctor, cluster, course, *students):
    """Begin a run in which somebody's grading is held; return who holds it."""
    for student in students:
        hand_in(course, student)
    proctor.begin(course, *told(cluster.address))
    return cluster.holder()


def test_a_killed_worker_costs_nothing_but_time(proctor, cluster, course):
    cluster.have(2)
    os.kill(in_a_while(proctor, cluster, course, "held"), signal.SIGKILL)
    ended = proctor.end()
    assert ended.status == 1, ended.output
    assert ended.lines["held"] == ended.lines["good"] == "7/12"
    assert len(grades_in(course)) == 5 * 3 + 3


def test_few_submissions_are_at_a_worker_and_ctrl_c_finishes_them(
    proctor, cluster, course
):
    cluster.have(1)
    in_a_while(proctor, cluster, course, "held", *(f"more{n}" for n in range(9)))
    names = cluster.processing()
    assert 1 <= len(names) <= 2
    assert any(re.fullmatch(rf"{NAME} held-[0-9a-f]{{32}}", name) for name in names)
    proctor.signal(signal.SIGINT)
    (cluster.folder / "release").touch()
    ended = proctor.end()
    assert ended.status == 130, ended.output
    assert ended.lines["held"] == "7/12" and "more8" not in ended.lines
    document = json.loads((course / "results.json").read_text())
    assert document["finished"] is False
    written = {one["student"] for one in document["submissions"]}
    assert written == {s for s in ended.lines if s != "proctor"}


def test_what_kills_three_workers_needs_attention_and_stops_nobody(
    proctor, cluster, course, undisturbed
):
    cluster.have(4)
    hand_in(course, "kills")
    ended = proctor.run(course, *told(cluster.address))
    assert ended.status == 1
    assert ended.lines["kills"].startswith(
        "needs attention: 3 workers of the cluster ended while they graded it"
    )
    assert (cluster.folder / "killed").read_text() == "xxx"
    assert without("kills", *found_in(course)) == undisturbed


def test_a_lost_scheduler_ends_the_run_and_the_same_command_goes_on(
    proctor, cluster, course
):
    cluster.have(1)
    in_a_while(proctor, cluster, course, "held")
    proctor.wait_for("good: 7/12")
    cluster.scheduler.kill()
    ended = proctor.end()
    assert ended.status == 2
    assert ended.output.splitlines()[-1] == (
        f"proctor: the scheduler {cluster.address} is lost: what was graded is "
        "written; start it again, then run the same command"
    )
    before = (course / "autograded" / "good" / NAME / FILE).stat().st_mtime_ns
    ended = proctor.run(course, "autograde", NAME, *SEED)
    assert ended.lines["held"] == "7/12"
    after = (course / "autograded" / "good" / NAME / FILE).stat().st_mtime_ns
    assert after == before


@pytest.mark.parametrize("other", ["course", "level"])
def test_a_worker_that_would_grade_otherwise_is_refused(
    proctor, cluster, course, tmp_path, other
):
    cluster.have(0)
    settings = {}
    if other == "course":
        changed = shutil.copytree(course, tmp_path / "changed", symlinks=True)
        path = changed / "source" / NAME / FILE
        path.write_text(path.read_text().replace("positive numbers", "numbers"))
        settings["PROCTOR_COURSE"] = str(changed)
        why = "its course is not what it is here"
    else:
        (cluster.folder / "level").write_text("process")
        why = f"its sandbox is process, and {best_level()} is asked for"
    worker = cluster.add(**settings)
    ended = proctor.run(course, *told(cluster.address))
    cluster.stop(worker)
    assert ended.status == 2
    refused, ends = ended.output.splitlines()
    assert re.fullmatch(
        rf"proctor: the worker tls://127.0.0.1:\d+ \(.+\) is refused: {why}", refused
    )
    assert ends.startswith(f"proctor: no worker of {cluster.address} can grade: ")
    assert not (course / "autograded").exists()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("elsewhere", "wants the address of a Dask scheduler"),
        ("local:0", "wants 1 worker or more"),
        ("tcp://127.0.0.1:1", "wants an encrypted scheduler"),
        ("tls://127.0.0.1:1", "no scheduler answers at tls://127.0.0.1:1"),
    ],
)
def test_an_address_where_nobody_grades_is_one_line(proctor, course, address, says):
    soon = {"proctor.grade.cluster.connect._SECONDS": 1}
    ended = proctor.run(course, *told(address, "--tls"), set=soon)
    (line,) = ended.output.splitlines()
    assert ended.status == 2 and line.startswith("proctor: ") and says in line


def test_who_has_no_certificate_is_not_let_in(warm_proctor, cluster, course):
    ended = warm_proctor.run(course, *told(cluster.address))
    assert ended.status == 2
    assert "Dask's settings name no certificate" in ended.output


def packed(entered):
    course = Course.read(entered)
    config = course.config
    assignment = Built.read(course.layout, course.marks, NAME, config).as_assignment()
    place = course.layout.path("submitted", "good", NAME)
    return assignment, HandedIn.at("good", {"tiny": place / FILE})


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["submission"].update(student="other"),
        lambda found: found["submission"].update(score=12.0),
        lambda found: found["submission"].update(score=float("nan")),
        lambda found: found["submission"]["cells"][0].update(score=5.0),
        lambda found: found["submission"]["cells"][0].update(grade_id="none"),
        lambda found: found["submission"]["cells"][0].update(max_score=9.0),
        lambda found: found["submission"]["cells"][0].update(score="4"),
        lambda found: found["submission"]["cells"][0].update(message=7),
        lambda found: found["submission"].update(mended=["x" * 10**6]),
        lambda found: found["notebooks"].update(other={}),
        lambda found: found["notebooks"].update(tiny=[]),
        lambda found: found.update(unanswered=[["tiny", "none"]]),
        lambda found: found.clear(),
    ],
)
def test_what_a_worker_says_is_checked(entered, change):
    assignment, handed = packed(entered)
    cells = (
        Cell("test-double", 4.0, 4.0, "passed"),
        Cell("test-total", 0.0, 3.0, "failed", "wrong"),
        Cell("essay", 0.0, 5.0, "ungraded"),
    )
    found = Submission("good", GRADED, 12.0, 4.0, True, cells=cells)
    notebook = {"cells": [], "metadata": {}}
    data = pack_result(Graded(found, {"tiny": notebook}))
    assert read_result(data, handed, assignment).submission == found
    content = json.loads(data)
    change(content)
    with pytest.raises(Malformed):
        read_result(json.dumps(content).encode(), handed, assignment)


def test_a_submission_goes_out_as_bytes(entered):
    _, handed = packed(entered)
    data = pack(handed)
    assert type(data) is bytes
    for path in (*handed.paths.values(), *handed.others):
        assert path.read_bytes() in data
    with contextlib.suppress(StopIteration):
        assert next(iter(handed.beside.files.values())) in data
