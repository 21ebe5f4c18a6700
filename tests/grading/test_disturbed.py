"""Grading a class: what a kill, a full disk, a lock or Ctrl-C can do to it."""

import fcntl
import json
import random
import signal
import sqlite3
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from classroom import grades, read_results, totals
from conftest import run
from redteam.launch import run_folders
from undisturbed import (
    AUTOGRADE,
    CELLS,
    CLASS,
    MAX_SCORE,
    ONE_BY_ONE,
    SCORES,
    digests,
    times,
    unwind,
)

pytest_plugins = ["small_class"]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="finds what outlived a run in Linux's /proc"
)

KILLS = 20
# What is said of a submission ends so.
GRADED = f"/{MAX_SCORE}"


def test_killed_at_any_moment(proctor, course, ungraded, undisturbed):
    """Twenty kills between the start of grading and its end; four, then to the end."""
    chance = random.Random(1)
    submitted = digests(course / "submitted")
    killed, folders, written = 0, set(), []
    for _ in range(3 * KILLS):
        pid = proctor.begin(course, *AUTOGRADE, **ONE_BY_ONE)
        # By what it has said, for the time that things take is another each time.
        lines = chance.randrange(len(CLASS))
        proctor.wait_for_lines(lines)
        time.sleep(chance.uniform(0, 0.2 if lines else 1))
        folders |= run_folders(pid)
        proctor.signal(signal.SIGKILL)
        ended = proctor.end()
        assert ended.survivors == []
        written.append(len(times(course)))
        killed += ended.status == -signal.SIGKILL
        if killed % 4 == 0 or ended.status >= 0:
            ended = proctor.autograde(course)
            assert (ended.status, ended.survivors) == (1, [])
            undisturbed.check_same(course)
            unwind(course, ungraded)
        if killed == KILLS:
            break
    assert killed == KILLS
    assert any(0 < number < len(SCORES) for number in written), written
    assert digests(course / "submitted") == submitted
    # A killed run leaves its own, which the next one removes.
    assert folders and not any(Path(folder).exists() for folder in folders)


def test_killed_at_the_moments_that_matter(proctor, course, undisturbed):
    """Before and after each step by which a submission's grade is written."""
    for step in [
        ("proctor.gradebook.scores.Scores.write", 1, "after"),
        ("proctor.gradebook.scores.Scores.commit", 1, "before"),
        ("proctor.gradebook.scores.Scores.commit", 1, "after"),
        ("proctor.gradebook.graded.write_file", 1, "before"),
        ("pathlib.Path.replace", 1, "before"),
        ("pathlib.Path.replace", 1, "after"),
        ("proctor.gradebook.graded.GradedNotebooks.write", 2, "after"),
        ("proctor.commands.autograde.write_results", 1, "before"),
    ]:
        ended = proctor.autograde(course, die=step, **ONE_BY_ONE)
        assert (ended.status, ended.survivors) == (-signal.SIGKILL, []), step
        graded = grades(course)
        # What is written is never ahead of the gradebook.
        assert all(len(graded[student]) == CELLS for student in times(course)), step
    ended = proctor.autograde(course)
    assert ended.status == 1
    undisturbed.check_same(course)


@contextmanager
def locked(course):
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        database.execute("begin exclusive")
        yield


@pytest.mark.parametrize("when", ["at the start", "meanwhile"])
def test_a_locked_gradebook(proctor, course, undisturbed, when):
    impatient = {
        "proctor.gradebook.database._BUSY_SECONDS": 1,
        "proctor.gradebook.class_run._BATCH": 1,
    }
    if when == "meanwhile":
        proctor.begin(course, *AUTOGRADE, set=impatient)
        proctor.wait_for(GRADED)
        with locked(course):
            ended = proctor.end()
    else:
        with locked(course):
            ended = proctor.autograde(course, set=impatient)
    assert (ended.status, ended.survivors) == (2, [])
    line = ended.output.splitlines()[-1]
    assert line.startswith("proctor: the gradebook sqlite:///")
    assert "is locked by another program" in line
    assert "Traceback" not in ended.output
    assert proctor.autograde(course).status == 1
    undisturbed.check_same(course)


def test_waits_for_a_lock_that_is_given_up(proctor, course):
    """nbgrader itself would wait for five seconds."""
    with locked(course):
        proctor.begin(course, *AUTOGRADE)
        time.sleep(6)
    assert proctor.end().status == 1
    assert totals(course) == SCORES


def test_a_second_run_is_kept_out(proctor, course):
    proctor.begin(course, *AUTOGRADE, **ONE_BY_ONE)
    proctor.wait_for_lines(1)
    proctor.signal(signal.SIGSTOP)
    try:
        second = run("proctor", *AUTOGRADE, cwd=course, timeout=600)
    finally:
        proctor.signal(signal.SIGCONT)
    assert second.returncode == 2
    assert second.stderr == (
        f"proctor: another proctor autograde is grading {course}: wait for it, or end "
        "it; what it graded is kept\n"
    )
    assert proctor.end().status == 1
    assert totals(course) == SCORES


def test_ctrl_c(proctor, course, undisturbed):
    for _ in range(2):
        proctor.begin(course, *AUTOGRADE, **ONE_BY_ONE)
        proctor.wait_for(GRADED)
        proctor.signal(signal.SIGINT)
        ended = proctor.end()
        if ended.status == 1:  # the last ones were under way
            break
        assert (ended.status, ended.survivors) == (130, [])
        assert "Traceback" not in ended.output
        number = len(ended.lines)
        assert ended.output.splitlines()[-1] == (
            f"proctor: interrupted after {number} submissions, which are written: run "
            "the same command to go on"
        )
        assert len(read_results(course / "results.json")) == number
        assert set(times(course)) >= set(ended.lines) - {"dee"}
    assert proctor.autograde(course).status == 1
    undisturbed.check_same(course)


def test_ctrl_c_in_the_middle_of_a_commit(proctor, course, undisturbed):
    """The signal arrives in the thread that writes, which is not torn from its work."""
    proctor.begin(course, *AUTOGRADE, "--jobs", "1", **ONE_BY_ONE)
    proctor.wait_for(GRADED)
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        # The next commit waits for this reader to end.
        database.execute("begin immediate")
        time.sleep(1.5)
        proctor.signal(signal.SIGINT)
        time.sleep(0.2)
        database.rollback()
    ended = proctor.end()
    assert (ended.status, ended.survivors) == (130, [])
    assert "which are written: run the same command to go on" in ended.output
    assert set(times(course)) == set(ended.lines) - {"dee"}
    assert proctor.autograde(course).status == 1
    undisturbed.check_same(course)


def test_ctrl_c_before_anything_is_graded(proctor, course):
    pid = proctor.begin(course, *AUTOGRADE)
    # Its folder is made first; what is to be imported and started takes longer.
    end = time.monotonic() + 60
    while not run_folders(pid):
        assert time.monotonic() < end, "it made no folder"
        time.sleep(0.001)
    proctor.signal(signal.SIGINT)
    ended = proctor.end()
    assert (ended.status, ended.survivors) == (130, [])
    assert ended.output == "proctor: interrupted\n"


FULL = """
import json, os, shutil, subprocess, sys
from contextlib import closing
from pathlib import Path

ungraded, folder, tests = map(Path, sys.argv[1:])
sys.path.insert(0, str(tests))
from classroom import grades
from undisturbed import Proctor

disk = folder / "disk"
disk.mkdir()
size = sum(p.stat().st_size + 4096 for p in ungraded.rglob("*")) + (1 << 20)
subprocess.run(
    ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], check=True
)
course = shutil.copytree(ungraded, disk / "course")
filler = disk / "filler"


def leave(room):
    filler.unlink(missing_ok=True)
    free = os.statvfs(disk)
    filler.write_bytes(bytes(max(free.f_bavail * free.f_frsize - room, 0)))


(folder / "output").mkdir()
ended = []
with closing(Proctor(folder / "output")) as proctor:
    for room in (0, 130 << 10, 1 << 30):
        leave(room)
        run = proctor.autograde(course)
        graded = grades(course) if room else {}
        ended.append([run.status, run.output, run.survivors, graded])
shutil.copytree(course, folder / "course")
print(json.dumps(ended))
"""


def test_a_full_disk(private_mounts, ungraded, undisturbed, tmp_path):
    here = Path(__file__).parent
    command = [*private_mounts, sys.executable, "-c", FULL, ungraded, tmp_path, here]
    done = run(*command, cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    nothing, little, enough = json.loads(done.stdout)
    for status, output, survivors, _ in (nothing, little):
        assert (status, survivors) == (2, [])
        assert "Traceback" not in output
        line = output.splitlines()[-1]
        assert line.startswith("proctor: ") and "cannot be written (" in line, output
        assert "run the same command again; what was graded is kept" in line
    assert 0 < len(little[3]) <= len(SCORES)
    assert enough[0] == 1
    undisturbed.check_same(tmp_path / "course")


def test_the_lock_is_let_go(undisturbed):
    with (undisturbed.course / "nbgrader_config.py").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
