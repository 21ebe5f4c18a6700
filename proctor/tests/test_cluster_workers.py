"""Workers that are not as they should be, tasks' names, and certificates."""

import shutil
import sys

import pytest

from proctor.cli import main
from proctor.tests.left import found_in
from proctor.tests.servers import free_port
from proctor.tests.test_late import hand_in
from proctor.tests.tiny import FILE, NAME

pytest.importorskip("distributed", reason="the extra [cluster] is absent")
import dask
from dask.utils import key_split

from proctor.grade.cluster.pool import task_key
from proctor.tests.clusters import told

pytest_plugins = ["proctor.tests.cluster_fixtures"]
pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="keeps proctor warm by Linux's processes"
    ),
    pytest.mark.slow,
]


def test_a_worker_without_room_is_refused_and_others_grade(proctor, cluster, untidy):
    """It would fail at once, and take most of the class."""
    cluster.have(2)
    cluster.joined()
    for number in range(6):
        hand_in(untidy, f"crowded{number}")
    ended = proctor.run(untidy, *told(cluster.address))
    assert ended.status == 1, ended.output
    lines = {ended.lines[f"crowded{number}"] for number in range(6)}
    assert lines == {"7/12"}
    (refused,) = [line for line in ended.output.splitlines() if "refused" in line]
    assert refused.endswith(
        "is refused: the grader failed: OSError: [Errno 28] No space left on device, "
        "and another worker graded it"
    )


def test_where_nobody_has_room_a_person_looks(proctor, cluster, untidy):
    cluster.have(1)
    hand_in(untidy, "crowded")
    ended = proctor.run(untidy, *told(cluster.address, "--student", "crowded"))
    assert ended.status == 1
    assert ended.lines["crowded"].startswith(
        "needs attention: the grader failed: OSError: [Errno 28] No space left"
    )


def test_who_comes_in_place_of_one_that_is_refused_grades(
    proctor, cluster, untidy, tmp_path
):
    """At the same address, as a firewall has it, while the run goes on."""
    cluster.have(1)
    hand_in(untidy, "held")
    changed = shutil.copytree(untidy, tmp_path / "changed", symlinks=True)
    path = changed / "source" / NAME / FILE
    path.write_text(path.read_text().replace("positive numbers", "numbers"))
    place = ("--worker-port", str(free_port()))
    proctor.begin(untidy, *told(cluster.address))
    cluster.holder()
    refused = cluster.add(*place, PROCTOR_COURSE=str(changed))
    proctor.wait_for("is refused: its course is not what it is here")
    cluster.stop(refused)
    cluster.stop(cluster.workers[0])
    cluster.add(*place)
    ended = proctor.end()
    assert ended.status == 1, ended.output
    assert ended.lines["held"] == "7/12"
    document = found_in(untidy)[0]
    assert document["finished"] is True


def test_where_no_worker_comes_that_is_said_in_a_line(proctor, cluster, untidy):
    cluster.have(0)
    soon = {"proctor.grade.cluster.hosts.WAIT_SECONDS": 0.1}
    ended = proctor.run(untidy, *told(cluster.address), set=soon)
    assert (ended.status, ended.output) == (
        2,
        f"proctor: no worker is at {cluster.address}: start some, with the same "
        "proctor and course, then run the same command\n",
    )
    assert not (untidy / "autograded").exists()


@pytest.mark.parametrize(
    "student", ["ada", "ada-lovelace", "s-1", "12345678", "a,b", "1,2", "<ada>", "o'b"]
)
def test_dask_names_a_task_by_student_and_assignment(student):
    """As its pages take the name from a task's key."""
    signs = str.maketrans("-,<", "\u2010\u201a\u2039")
    shown = key_split(task_key(student, "lab-1"))
    assert shown == f"{student} lab-1".translate(signs)


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("none.pem", "client_cert", "client_key"), "none.pem, "),
        (("ca_file", "client_cert", "ca_file"), "ca_file"),
        (("ca_file", "client_key", "client_key"), "client_key"),
    ],
    ids=["no file", "no key", "no certificate"],
)
def test_certificates_that_cannot_be_used_are_one_line(
    cluster, untidy, monkeypatch, capfd, names, shown
):
    cluster.have(0)
    ca_file, cert, key = (str(cluster.folder / name) for name in names)
    tls = {"ca-file": ca_file, "client.cert": cert, "client.key": key}
    monkeypatch.chdir(untidy)
    with dask.config.set({f"distributed.comm.tls.{n}": v for n, v in tls.items()}):
        assert main([*told(cluster.address)]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("proctor: the certificates that Dask's settings name (")
    assert shown in line and "cannot be used" in line
