"""The jail by itself: what it gives, what it refuses, what it leaves behind."""

import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from proctor.errors import GradingError
from proctor.grade.programs import make_jail
from proctor.sandbox import levels, packages
from proctor.sandbox.work import WorkFolder
from proctor.tests import processes
from proctor.tests.commands import run
from proctor.tests.sandboxes import LIMITS, make_package, needed, shown

SECOND = replace(LIMITS, cell_seconds=1)
WHERE_PROCTOR_LIES = Path(__file__).parents[2]


def test_runs_python_numpy_and_the_course_package(session):
    assert shown(session.run_cell("import numpy as np; np.arange(3).sum()")) == (
        "np.int64(3)"
    )
    assert shown(session.run_cell("import given; given.number")) == "7"
    assert shown(session.run_cell("%%timeit -n1 -r1\n1 + 1")).endswith("each)\n")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import scipy", "No module named 'scipy'"),
        ("import proctor", "No module named 'proctor'"),
        ("import nbgrader", "No module named 'nbgrader'"),
        ("import os; os.fork()", "not permitted"),
        ("import subprocess; subprocess.run(['/bin/true'])", "not permitted"),
        ("import socket; socket.socket()", "not permitted"),
        ("import socket; socket.socketpair()", "not permitted"),
        ("import os; os.kill(os.getppid(), 9)", "not permitted"),
        ("import os; os.memfd_create('x')", "not permitted"),
        ("b = bytearray(2 << 30)", ""),
        ("with open('f', 'wb') as f: f.write(bytes(5 << 20))", "File too large"),
    ],
)
def test_refuses(session, source, says):
    (error,) = session.run_cell(source)
    assert error["output_type"] == "error" and says in error["evalue"]
    assert shown(session.run_cell("'alive'")) == "'alive'"


@pytest.mark.parametrize(
    "source",
    ["!ls", "%pip list", "found = !ls", "%%bash\nls", "%conda list", "%sx ls"],
)
def test_a_program_is_not_started_and_the_cell_goes_on(session, source):
    (said, *_) = session.run_cell(source)
    assert said["name"] == "stderr"
    assert said["text"].startswith("no programs are started while grading: ")
    assert shown(session.run_cell("_exit_code")) == "127"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("6 * 7", "42"),
        ("import asyncio\nawait asyncio.sleep(0, 'slept')", "'slept'"),
        ("%autosave 60", ""),
        ("def f(x: int): ...\nf.__annotations__['x']", "int"),
    ],
)
def test_runs_as_a_kernel_does(session, source, says):
    assert shown(session.run_cell(source)) == says
    assert not says or shown(session.run_cell("_")) == says


def test_a_future_statement_is_the_notebooks_own(session):
    session.run_cell("from __future__ import annotations")
    session.run_cell("def f(x: int): ...")
    assert shown(session.run_cell("f.__annotations__['x']")) == "'int'"


def test_a_module_that_a_cell_wrote_can_be_imported(session):
    session.run_cell("%%writefile helper.py\nnumber = 5")
    assert shown(session.run_cell("import helper; helper.number")) == "5"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/work", "/root", "/home", str(WHERE_PROCTOR_LIES)]
)
def test_sees_nothing_of_the_machine(session, path):
    source = f"""
import pathlib
path = pathlib.Path({path!r})
path.read_text() if path.is_file() else list(path.iterdir())
"""
    (output,) = session.run_cell(source)
    # In its own root some of these are empty places on the way to the interpreter.
    names = output.get("data", {}).get("text/plain", "")
    assert output["output_type"] == "error" or "proctor'" not in names
    assert "root:" not in names


def test_writes_into_its_own_folder_alone(session):
    source = "open('mine', 'w').write('x'); import os; os.listdir('.')"
    assert shown(session.run_cell(source)) == "['mine']"
    for place in ("/", "/usr", "/usr/lib", "/var/tmp", "/dev/shm", sys.prefix):
        (error,) = session.run_cell(f"open('{place}/theirs', 'w')")
        assert error["output_type"] == "error", place


def test_two_submissions_see_nothing_of_each_other(jail):
    with processes.student(jail) as one, processes.student(jail) as two:
        one.run_cell("open('secret', 'w').write('1'); import builtins; builtins.x = 1")
        assert shown(two.run_cell("import os; os.listdir('.')")) == "[]"
        assert "not defined" in shown(two.run_cell("x"))


@pytest.fixture
def hasty(jail, monkeypatch):
    """A process whose cells have a second; who grades counts it."""
    monkeypatch.setattr(jail, "limits", SECOND)
    with processes.student(jail) as session:
        yield session


def test_an_endless_cell_is_interrupted_and_the_next_one_runs(jail, hasty):
    # At one level it computes all the while: at each a signal comes alike.
    does = "pass" if jail.level == levels.NAMESPACE else "time.sleep(0.001)"
    (stopped, late) = hasty.run_cell(f"import time\nwhile True: {does}")
    assert stopped["ename"] == "KeyboardInterrupt" and late["ename"] == "TimeLimit"
    assert shown(hasty.run_cell("1")) == "1"


@pytest.mark.slow
def test_a_cell_is_interrupted_also_in_a_background_job():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as `command &` does
    try:
        with (
            processes.open_jail(levels.best_level(), SECOND) as jail,
            processes.student(jail) as session,
        ):
            (stopped, _) = session.run_cell("while True: pass")
            assert stopped["ename"] == "KeyboardInterrupt"
            assert shown(session.run_cell("1")) == "1"
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_one_that_will_not_stop_is_ended(hasty):
    source = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    source += "while 1: time.sleep(1)"
    (late,) = hasty.run_cell(source)
    assert late["ename"] == "TimeLimit" and hasty.ended
    (later,) = hasty.run_cell("1")
    assert later["ename"] == "NotRun" and "longer than 1 s" in later["evalue"]


def test_threads_end_with_it(jail):
    with processes.student(jail) as session:
        session.run_cell(
            "import threading, time\n"
            "for _ in range(3): threading.Thread(target=time.sleep, args=(99,)).start()"
        )
        child = session._child
        assert not child.ended
    assert child.ended


def test_leaves_no_process_and_no_folder():
    needed("landlock")
    jail = make_jail("landlock", LIMITS, [], make_package)
    jail.wait()
    pids = [jail.parent_of("plain")._process.pid, jail.trusted._process.pid]
    with processes.student(jail) as session:
        session.run_cell("open('left', 'w')")
        jail.close()
    assert not jail._work.exists()
    for pid in pids:
        assert not Path("/proc", str(pid)).exists()


def test_the_folder_of_a_killed_run_is_removed_by_the_next():
    needed("landlock")
    program = (
        "import os, signal\n"
        "from proctor.sandbox.work import WorkFolder\n"
        "folder = WorkFolder().path\n"
        "(folder / 'packages').mkdir()\n"
        "print(folder, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    old = Path(run(sys.executable, "-c", program, cwd="/").stdout.strip())
    assert (old / "packages").is_dir()
    with processes.open_jail("landlock", LIMITS):
        assert not old.exists()


def test_the_folder_of_a_run_in_another_container_is_left_alone():
    """Its process has a number there that nobody has here."""
    nobody = int(
        run(sys.executable, "-c", "import os; print(os.getpid())", cwd="/").stdout
    )
    folder = WorkFolder()
    elsewhere = folder.path.with_name(f"proctor-{nobody}-x")
    folder.path = folder.path.rename(elsewhere)
    other = WorkFolder()
    assert elsewhere.is_dir()
    for one in (other, folder):
        one.remove()
        assert not one.path.exists()


def test_a_package_that_is_not_there_is_one_line():
    with pytest.raises(GradingError, match=r"'nowhere' of c.Sandbox.packages is not"):
        make_jail("process", LIMITS, ["nowhere"], make_package)


def test_packages_come_with_what_they_need_and_nothing_else():
    found = packages.entries(["matplotlib"])
    assert {"numpy", "PIL", "pyparsing", "dateutil"} <= set(found)
    assert not {"scipy", "nbgrader", "sqlalchemy", "jupyter_client"} & set(found)


def test_a_run_that_is_killed_leaves_no_process(tmp_path):
    needed("landlock")
    script = """
import os, time
from pathlib import Path
from proctor.tests import processes
with processes.open_jail("landlock") as jail, processes.student(jail) as session:
    parents = [jail.parent_of("plain")._process.pid, jail.trusted._process.pid]
    examiner = processes.examiners(jail).take(None)
    session.snapshot()
    session.rest()
    (copy,) = session._copies.taken
    print(*parents, session._child._pid, examiner._child._pid, copy, flush=True)
    os.kill(os.getpid(), 9)
"""
    done = run(sys.executable, "-c", script, cwd=tmp_path)
    pids = done.stdout.split()
    assert len(pids) == 5
    deadline = time.monotonic() + 60
    while left := [pid for pid in pids if command_of(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def command_of(pid):
    """Return what a process runs; nothing of one that is gone, or is a zombie."""
    try:
        return Path("/proc", pid, "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
