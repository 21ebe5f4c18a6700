"""Workers that a run starts on this machine: as many as it needs, whoever is killed."""

import contextlib
import gc
import itertools
import os
import random
import shutil
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from proctor.cli import main
from proctor.tests.commands import WarmProctor
from proctor.tests.left import found_in
from proctor.tests.test_late import hand_in

pytest.importorskip("distributed", reason="the extra [cluster] is absent")
from distributed import Client
from distributed.security import Security

from proctor.grade.cluster.local import Forks, local_cluster
from proctor.grade.cluster.pool import ClusterPool
from proctor.tests.clusters import told
from proctor.tests.forks_ahead import NAME

pytest_plugins = ["proctor.tests.cluster_fixtures"]
pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="finds workers by Linux's /proc"
    ),
    pytest.mark.slow,
]
KILLS = 20
# Twenty runs start what workers are forked from; test_cluster.py starts it as it is.
FORK_AHEAD = "proctor.tests.forks_ahead.fork_ahead"
WARM = ("proctor.grade.cluster.pool", "proctor.tests.forks_ahead")


@pytest.fixture(scope="module")
def proctor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proctor")
    with closing(WarmProctor(folder, *WARM)) as warm:
        yield warm


def copied(entered, folder):
    return shutil.copytree(entered, folder, symlinks=True)


def children_of(process):
    with contextlib.suppress(OSError):  # it has ended
        listed = Path(f"/proc/{process}/task/{process}/children").read_text()
        return [int(pid) for pid in listed.split()]
    return []


def workers_of(process):
    """Return the processes of a run's workers."""
    for child in children_of(process):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{child}/comm").read_text().strip() == NAME:
                return children_of(child)
    return []


def test_a_random_kill_in_each_of_twenty_runs_costs_nothing_but_time(
    proctor, entered, tmp_path
):
    """Between the start of the first worker and the end; and what is left of each."""
    course = copied(entered, tmp_path / "undisturbed")
    assert proctor.run(course, *told("")[:-2]).status == 1
    undisturbed = found_in(course)
    chance, killed, early = random.Random(4), 0, 0
    for number in range(3 * KILLS):
        course = copied(entered, tmp_path / f"{number}")
        pid = proctor.begin(course, *told("local:2"), call=FORK_AHEAD)
        # By what it has said, for the time that things take is another each time.
        lines = chance.randrange(len(undisturbed[0]["submissions"]))
        proctor.wait_for_lines(lines)
        while not (workers := workers_of(pid)) and "Scores for" not in proctor.said():
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3 if lines else 3))
        if workers := workers_of(pid):
            os.kill(chance.choice(workers), signal.SIGKILL)
            killed += 1
            early += "Scores for" not in proctor.said()
        ended = proctor.end()
        assert (ended.status, ended.survivors) == (1, []), ended.output
        assert found_in(course) == undisturbed
        shutil.rmtree(course)
        if killed == KILLS:
            break
    assert killed == KILLS and early > KILLS / 2


@pytest.mark.parametrize(
    ("more", "workers"), [(["--student", "good"], 1), ([], 3)], ids=["one", "all"]
)
def test_no_more_workers_are_started_than_there_are_submissions(
    entered, tmp_path, monkeypatch, more, workers
):
    asked = []
    write = Forks._write

    def seen(self, data):
        asked.append(data)
        write(self, data)

    monkeypatch.setattr(Forks, "_write", seen)
    monkeypatch.chdir(copied(entered, tmp_path / "course"))
    assert main([*told("local:3"), *more]) == (0 if more else 1)
    assert b"".join(asked[1:]) == b"." * workers


def test_a_submission_that_was_graded_is_not_kept(entered, tmp_path, monkeypatch):
    """Dask remembers a thousand messages of each connection, with their contents."""
    there = []
    close = ClusterPool.close

    def count(self):
        found = (gc.get_referents(one) for one in gc.get_objects())
        data = {id(d): d for d in itertools.chain(*found) if type(d) is bytes}
        there.append(sum(b"LLGExpr" in d for d in data.values()))
        close(self)

    monkeypatch.setattr(ClusterPool, "close", count)
    monkeypatch.chdir(copied(entered, tmp_path / "course"))
    assert main([*told("local:1")]) == 1
    assert there[0] <= 2


def test_who_has_not_the_runs_certificate_is_not_let_in():
    """Others may have an account on the machine."""
    with local_cluster(1) as forks:
        there = {"timeout": 20, "set_as_default": False}
        plain = forks.address.replace("tls://", "tcp://")
        for address, security in ((plain, None), (forks.address, Security.temporary())):
            with pytest.raises(OSError):
                Client(address, security=security, **there)
        with Client(forks.address, security=forks.security, **there) as client:
            client.wait_for_workers(1, timeout=600)
            (info,) = client.scheduler_info()["workers"].values()
            assert info["host"] == "127.0.0.1"


def test_why_none_of_them_can_grade_is_said_by_the_name_that_was_given(
    entered, tmp_path, monkeypatch, capfd
):
    course = copied(entered, tmp_path / "course")
    monkeypatch.chdir(course)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.Sandbox.packages = ['not-there']\n")
    assert main([*told("local:1")]) == 2
    *_, line = capfd.readouterr().err.splitlines()
    assert line.startswith("proctor: no worker of local:1 can grade: ")
    assert line.endswith(
        "the package 'not-there' of c.Sandbox.packages is not installed"
    )


def test_why_no_worker_can_be_started_is_one_line(
    entered, tmp_path, monkeypatch, capfd
):
    (broken := tmp_path / "broken").mkdir()
    (broken / "tornado.py").write_text("raise ImportError('tornado is broken')")
    monkeypatch.setenv("PYTHONPATH", f"{broken}")
    monkeypatch.chdir(copied(entered, tmp_path / "course"))
    hand_in(Path.cwd(), "good")
    assert main([*told("local:1")]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("proctor: no worker could be started here: ")
    assert "tornado is broken" in line
