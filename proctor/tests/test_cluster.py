"""A class graded by Dask workers: the same results, whatever ends meanwhile."""

import contextlib
import json
import os
import re
import shutil
import signal
import sys
import time
from dataclasses import replace

import pytest

from proctor.grade.cell_results import Cell
from proctor.grade.cluster.packing import (
    Malformed,
    assignment_data,
    assignment_of,
    pack,
    pack_result,
    read_result,
)
from proctor.grade.pool import HandedIn
from proctor.grade.results import GRADED, Submission
from proctor.grade.task import Graded
from proctor.notebook.built import Built
from proctor.sandbox.levels import best_level
from proctor.settings import Course
from proctor.tests.commands import run
from proctor.tests.left import found_in, grades_in
from proctor.tests.test_late import hand_in
from proctor.tests.tiny import FILE, NAME

pytest.importorskip("distributed", reason="the extra [cluster] is absent")
from proctor.grade.cluster.there import Station
from proctor.tests.clusters import MINUTES, SEED, told

pytest_plugins = ["proctor.tests.cluster_fixtures"]
pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="keeps proctor warm by Linux's processes"
    ),
    pytest.mark.slow,
]


def without(student, document, notebooks, others, grades):
    """Return what a run left, but for what it says of one who needs attention."""
    submissions = document["submissions"]
    there = [one for one in submissions if one["student"] != student]
    assert len(there) == len(submissions) - 1
    others = {path: text for path, text in others.items() if student not in path}
    return {**document, "submissions": there}, notebooks, others, grades


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
    proctor, cluster, untidy, undisturbed, workers
):
    if workers != "local:1":
        cluster.have(workers)
    where = workers if workers == "local:1" else cluster.address
    ended = proctor.run(untidy, *told(where, "--tls"))
    assert ended.status == 1, ended.output
    assert found_in(untidy) == undisturbed
    assert ended.survivors == []


def in_a_while(proctor, cluster, course, *students):
    """Begin a run in which somebody's grading is held; return who holds it."""
    for student in students:
        hand_in(course, student)
    proctor.begin(course, *told(cluster.address))
    return cluster.holder()


def test_a_killed_worker_costs_nothing_but_time(proctor, cluster, untidy):
    cluster.have(2)
    os.kill(in_a_while(proctor, cluster, untidy, "held"), signal.SIGKILL)
    ended = proctor.end()
    assert ended.status == 1, ended.output
    assert ended.lines["held"] == ended.lines["good"] == "7/12"
    assert len(grades_in(untidy)) == 5 * 3 + 3


def test_few_submissions_are_at_a_worker_and_ctrl_c_finishes_them(
    proctor, cluster, untidy
):
    cluster.have(1)
    in_a_while(proctor, cluster, untidy, "held", *(f"more{n}" for n in range(9)))
    names = cluster.processing()
    assert 1 <= len(names) <= 2
    assert any(re.fullmatch(rf"held {NAME}-[0-9a-f]{{32}}", name) for name in names)
    proctor.signal(signal.SIGINT)
    (cluster.folder / "release").touch()
    ended = proctor.end()
    assert ended.status == 130, ended.output
    assert ended.lines["held"] == "7/12" and "more8" not in ended.lines
    document = json.loads((untidy / "results.json").read_text())
    assert document["finished"] is False
    written = {one["student"] for one in document["submissions"]}
    assert written == {s for s in ended.lines if s != "proctor"}


def test_what_kills_three_workers_needs_attention_and_stops_nobody(
    proctor, cluster, untidy, undisturbed
):
    cluster.have(4)
    hand_in(untidy, "kills")
    ended = proctor.run(untidy, *told(cluster.address))
    assert ended.status == 1
    assert ended.lines["kills"].startswith(
        "needs attention: 3 workers of the cluster ended while they graded it"
    )
    assert (cluster.folder / "killed").read_text() == "xxx"
    assert without("kills", *found_in(untidy)) == undisturbed


def test_a_lost_scheduler_ends_the_run_and_the_same_command_goes_on(
    proctor, cluster, untidy
):
    cluster.have(1)
    in_a_while(proctor, cluster, untidy, "held")
    # Of those that are at the worker together, any may be the first.
    proctor.wait_for("absolute: 6/12")
    os.kill(cluster.scheduler.pid, signal.SIGKILL)
    ended = proctor.end()
    assert ended.status == 2
    assert ended.output.splitlines()[-1] == (
        f"proctor: the scheduler {cluster.address} is lost: what was graded is "
        "written; start it again, then run the same command"
    )
    before = (untidy / "autograded" / "absolute" / NAME / FILE).stat().st_mtime_ns
    ended = proctor.run(untidy, "autograde", NAME, *SEED)
    assert ended.lines["held"] == "7/12"
    after = (untidy / "autograded" / "absolute" / NAME / FILE).stat().st_mtime_ns
    assert after == before


@pytest.mark.parametrize("other", ["course", "level"])
def test_a_worker_that_would_grade_otherwise_is_refused_and_another_awaited(
    proctor, cluster, untidy, tmp_path, other
):
    cluster.have(0)
    settings = {}
    if other == "course":
        changed = shutil.copytree(untidy, tmp_path / "changed", symlinks=True)
        path = changed / "source" / NAME / FILE
        path.write_text(path.read_text().replace("positive numbers", "numbers"))
        settings["PROCTOR_COURSE"] = str(changed)
        why = "its course is not what it is here"
    else:
        (cluster.folder / "level").write_text("process")
        why = f"its sandbox is process, and {best_level()} is asked for"
    worker = cluster.add(**settings)
    proctor.begin(untidy, *told(cluster.address))
    proctor.wait_for("another that may grade is waited for")
    assert not (untidy / "autograded").exists()
    (cluster.folder / "level").unlink(missing_ok=True)
    cluster.add()
    ended = proctor.end()
    cluster.stop(worker)
    assert ended.status == 1
    refused, waits, *_ = ended.output.splitlines()
    assert re.fullmatch(
        rf"proctor: the worker tls://127.0.0.1:\d+ \(.+\) is refused: {why}", refused
    )
    assert waits == "proctor: another that may grade is waited for, up to 300 s"
    assert ended.lines["absolute"] == "6/12"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("elsewhere", "wants the address of a Dask scheduler"),
        ("local:0", "wants 1 worker or more"),
        ("tcp://127.0.0.1:1", "wants an encrypted scheduler"),
        ("tls://127.0.0.1:1", "no scheduler answers at tls://127.0.0.1:1"),
    ],
)
def test_an_address_where_nobody_grades_is_one_line(proctor, untidy, address, says):
    soon = {"proctor.grade.cluster.connect._SECONDS": 1}
    ended = proctor.run(untidy, *told(address, "--tls"), set=soon)
    (line,) = ended.output.splitlines()
    assert ended.status == 2 and line.startswith("proctor: ") and says in line


def test_a_configuration_names_who_grades(warm_proctor, untidy):
    """For both commands, and for no run that asks for nobody."""
    hand_in(untidy, "good")
    with (untidy / "nbgrader_config.py").open("a") as file:
        file.write("c.Proctor.cluster = 'elsewhere'\n")
    says = "wants the address of a Dask scheduler, such as tcp://HOST:8786"
    ended = warm_proctor.run(untidy, "autograde", NAME)
    (line,) = ended.output.splitlines()
    assert ended.status == 2 and says in line and line.endswith("got 'elsewhere'")
    done = run("nbgrader", "autograde", NAME, cwd=untidy)
    assert done.returncode != 0 and says in done.stderr
    told = ("autograde", NAME, "--student", "good", "--cluster", "")
    ended = warm_proctor.run(untidy, *told)
    assert ended.status == 0 and ended.lines["good"] == "7/12"


def test_a_jail_without_work_is_ended_and_made_anew(entered, tmp_path):
    assignment, handed = packed(entered)
    about = {
        "assignment": assignment_data(assignment),
        "home": str(entered),
        "level": best_level(),
        "seed": 3,
        "quiet": False,
        "alike": True,
        "idle_seconds": 0.0,
    }
    station = Station(f"proctor-{tmp_path.name}", json.dumps(about).encode())
    station.setup(None)
    with contextlib.ExitStack() as stack:
        stack.callback(station.teardown, None)
        for _ in range(2):
            answer = station.grade(pack(handed), None)
            assert read_result(answer, handed, assignment).submission.score == 7.0
            deadline = time.monotonic() + 60 * MINUTES
            while station._grader is not None:
                assert time.monotonic() < deadline
                time.sleep(0.01)


def test_who_has_no_certificate_is_not_let_in(warm_proctor, cluster, untidy):
    ended = warm_proctor.run(untidy, *told(cluster.address))
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
        lambda found: found.update(spent=7),
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
    data = pack_result(Graded(found, {"tiny": notebook}), handed, assignment)
    assert read_result(data, handed, assignment).submission == found
    content = json.loads(data)
    change(content)
    with pytest.raises(Malformed):
        read_result(json.dumps(content).encode(), handed, assignment)


@pytest.mark.parametrize(
    "odd", [{"mended": ("x",) * 10**4}, {"message": "x" * 10**6}, {"student": "other"}]
)
def test_what_nobody_would_take_does_not_leave_a_worker(entered, odd):
    """Or whoever hands in what is so odd would have each worker refused."""
    assignment, handed = packed(entered)
    found = Submission(
        **({"student": "good", "status": GRADED, "max_score": 12.0} | odd)
    )
    with pytest.raises(Malformed):
        pack_result(Graded(found, {}), handed, assignment)


def test_a_submission_goes_out_as_bytes(entered):
    _, handed = packed(entered)
    data = pack(handed)
    assert type(data) is bytes
    for path in (*handed.paths.values(), *handed.others):
        assert path.read_bytes() in data
    with contextlib.suppress(StopIteration):
        assert next(iter(handed.beside.files.values())) in data


def test_an_assignment_goes_out_as_it_is(entered):
    assignment, _ = packed(entered)
    (notebook,) = assignment.notebooks
    names = tuple(cell.name for cell in notebook.cells)
    told = {"skipped": names, "together": names, "unpassed": names}
    told["by_value"] = names
    pairs = tuple(zip(names, names, strict=True))
    known = replace(notebook, given=pairs, around=pairs, **told)
    assert all(vars(known).values())
    whole = replace(assignment, notebooks=[known])
    data = json.loads(json.dumps(assignment_data(whole)))
    assert assignment_of(data) == whole
