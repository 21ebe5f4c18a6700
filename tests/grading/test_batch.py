"""Grading a class: what a kill, a full disk, a lock or an odd file can do to it."""

import fcntl
import hashlib
import io
import json
import os
import random
import select
import shutil
import signal
import sqlite3
import stat
import sys
import termios
import time
from contextlib import closing, contextmanager
from pathlib import Path

import nbformat
import pytest
from classroom import (
    AUTOGRADE,
    BY_MACHINE,
    FILE,
    MAX_SCORE,
    NAME,
    Proctor,
    example,
    grades,
    hand_in,
    new_course,
    open_database,
    read_results,
    totals,
)
from conftest import run

from proctor.errors import SubmissionError
from proctor.notebook.read import bytes_of
from proctor.tests.commands import plain_user

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="finds what outlived a run in Linux's /proc"
)

CLASS = {
    "ada": "correct-vectorised",
    "bo": "half-done",
    "cy": "half-done",
    "dee": "not-a-notebook",
    "eve": "half-done",
    "flo": "kernel-flipped",
}
SCORES = {"ada": 95, "bo": 25, "cy": 25, "eve": 25, "flo": 89}
CELLS = 12
KILLS = 20
# One submission a commit: more moments at which the work is half written.
ONE_BY_ONE = {"set": {"proctor.gradebook.class_run._BATCH": 1}}


@pytest.fixture(scope="module")
def proctor(tmp_path_factory):
    with closing(Proctor(tmp_path_factory.mktemp("proctor"))) as proctor:
        yield proctor


@pytest.fixture(scope="module")
def ungraded(demo, tmp_path_factory):
    """A course in which a class has handed in, and nothing is graded."""
    course = new_course(demo[0], tmp_path_factory.mktemp("ungraded") / "course")
    for student, name in CLASS.items():
        hand_in(course, student, example(demo[0], name))
    return course


@pytest.fixture
def course(ungraded, tmp_path):
    """A copy of the course, not graded."""
    return shutil.copytree(ungraded, tmp_path / "course")


class Undisturbed:
    """The class, graded without a disturbance."""

    def __init__(self, proctor, course):
        self.course = course
        self.ended = proctor.autograde(course, **ONE_BY_ONE)

    def check_same(self, course):
        """Compare all that a run leaves, times left out."""
        assert grades(course) == grades(self.course)
        assert results(course) == results(self.course)
        assert notebooks(course) == notebooks(self.course)
        assert not list((course / "autograded").rglob(".*"))
        assert rows(course) == rows(self.course)


@pytest.fixture(scope="module")
def undisturbed(proctor, ungraded, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return Undisturbed(proctor, shutil.copytree(ungraded, folder / "course"))


def results(course):
    """Return the results without times."""
    found = json.loads((course / "results.json").read_text())
    del found["started"]
    for submission in found["submissions"]:
        del submission["seconds"]
    return found


def notebooks(course):
    """Return the graded notebooks without times."""
    found = {}
    for path in (course / "autograded").rglob(FILE):
        notebook = json.loads(path.read_text())
        del notebook["metadata"]["proctor"]["started"]
        del notebook["metadata"]["proctor"]["submission"]["seconds"]
        found[str(path.relative_to(course))] = notebook
    return found


def rows(course):
    """Return how many rows each table of the gradebook has."""
    with open_database(course) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        tables = [
            name for (name,) in database.execute("select name from sqlite_master")
        ]
        return {
            table: database.execute(f"select count(*) from {table}").fetchone()
            for table in tables
            if not table.startswith(("ix_", "sqlite_"))
        }


def digests(folder):
    """Return what lies in a folder, with times of change."""
    return {
        path: (path.lstat().st_mtime_ns, hashlib.sha256(path.read_bytes()).digest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def times(course):
    """Return when each student's graded notebook was written."""
    return {
        path.parent.parent.name: path.stat().st_mtime_ns
        for path in (course / "autograded").rglob(FILE)
    }


def changed(before, after):
    return sorted(student for student in after if after[student] != before.get(student))


def unwind(course, ungraded):
    """Forget all grading."""
    shutil.rmtree(course / "autograded", ignore_errors=True)
    for name in ("gradebook.db", "gradebook.db-journal", "results.json"):
        (course / name).unlink(missing_ok=True)
    shutil.copy(ungraded / "gradebook.db", course)


def test_a_class(undisturbed):
    ended = undisturbed.ended
    assert (ended.status, ended.survivors) == (1, [])
    assert totals(undisturbed.course) == SCORES
    assert set(ended.lines) == set(CLASS)
    for student, score in SCORES.items():
        assert ended.lines[student] == f"{score}/{MAX_SCORE}"
    assert ended.lines["dee"].startswith("needs attention: spatial.ipynb is no noteb")
    found = read_results(undisturbed.course / "results.json")
    assert {s: found[s]["score"] for s in SCORES} == SCORES
    assert sorted(times(undisturbed.course)) == sorted(SCORES)
    # A log is plain lines.
    assert "\x1b" not in ended.output and "━" not in ended.output


def test_killed_at_any_moment(proctor, course, ungraded, undisturbed):
    """Twenty kills between the start of grading and its end; four, then to the end."""
    chance = random.Random(1)
    submitted = digests(course / "submitted")
    killed, processes, written = 0, [], []
    for _ in range(3 * KILLS):
        processes.append(proctor.begin(course, *AUTOGRADE, **ONE_BY_ONE))
        # By what it has said, for the time that things take is another each time.
        lines = chance.randrange(len(CLASS))
        proctor.wait_for_lines(lines)
        time.sleep(chance.uniform(0, 0.4 if lines else 2))
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
    for pid in processes:
        assert not list(Path("/var/tmp").glob(f"proctor-{pid}-*"))


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


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A copy of the graded course."""
    return shutil.copytree(undisturbed.course, tmp_path / "finished")


def test_a_rerun_grades_nobody_again(proctor, finished, undisturbed):
    before, gradebook = times(finished), digests(finished)[finished / "gradebook.db"]
    ended = proctor.autograde(finished)
    assert ended.status == 1
    assert set(ended.lines) == set(CLASS)
    assert times(finished) == before
    assert digests(finished)[finished / "gradebook.db"] == gradebook
    undisturbed.check_same(finished)


def test_a_changed_submission_is_graded_again_alone(proctor, finished, demo):
    before = times(finished)
    hand_in(finished, "bo", example(demo[0], "pads-max-with-zero"))
    (finished / "submitted/cy" / NAME / "data.txt").write_text("beside the notebook")
    ended = proctor.autograde(finished)
    assert ended.lines["bo"] == "92.75/100"
    assert changed(before, times(finished)) == ["bo", "cy"]
    assert totals(finished) == SCORES | {"bo": 92.75}
    before = times(finished)
    assert proctor.autograde(finished).lines["bo"] == "92.75/100"
    assert times(finished) == before


def test_only_the_named_students(proctor, course):
    ended = proctor.autograde(course, "--student", "bo", "--student", "ada")
    assert ended.status == 0
    assert totals(course) == {"ada": 95, "bo": 25}
    assert set(read_results(course / "results.json")) == {"ada", "bo"}


def test_a_wrong_place_is_not_passed_over(proctor, finished, demo):
    content = example(demo[0], "correct-vectorised")
    for place in ("zed/9_spatial", "yan", "wim/18_acceleration"):
        (folder := finished / "submitted" / place).mkdir(parents=True)
        (folder / FILE).write_bytes(content)
    ended = proctor.autograde(finished)
    found = read_results(finished / "results.json")
    assert set(found) == {*CLASS, "zed", "yan"}  # wim did another assignment
    for student, there in {"zed": "9_spatial", "yan": FILE}.items():
        assert found[student]["status"] == "needs_attention"
        said = f"no folder {NAME} (there is: {there})"
        assert found[student]["message"] == said
        assert ended.lines[student] == f"needs attention: {said}"
    ended = proctor.autograde(finished, "--student", "zed")
    assert "no folder 09_spatial (there is: 9_spatial)" in ended.output


def test_force_grades_all_again(proctor, finished):
    before = times(finished)
    assert proctor.autograde(finished, "--force").status == 1
    assert changed(before, times(finished)) == sorted(SCORES)
    assert totals(finished) == SCORES


def id_of(table, student, cell):
    """Return a query for the row of a student's cell, in ``grade`` or ``comment``."""
    return f"""
        select {table}.id from {table}
        join base_cell on base_cell.id = {table}.cell_id
        join submitted_notebook on submitted_notebook.id = {table}.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
        where student_id = '{student}' and base_cell.name = '{cell}'
    """


def test_changed_tests_grade_all_again_and_keep_what_persons_gave(proctor, finished):
    def comment():
        with open_database(finished) as database:
            found = database.execute(
                "select auto_comment, manual_comment from comment "
                f"where id = ({id_of('comment', 'bo', 'conv2d-layer')})"
            ).fetchall()
        return found

    with open_database(finished) as database:
        database.execute(
            "update grade set manual_score = 7, needs_manual_grade = 0 "
            f"where id = ({id_of('grade', 'bo', 'test-conv2d-layer')})"
        )
        database.execute(
            "update comment set manual_comment = 'nearly' "
            f"where id = ({id_of('comment', 'bo', 'conv2d-layer')})"
        )
    before = times(finished)
    proctor.autograde(finished)
    assert times(finished) == before
    assert grades(finished)["bo"]["test-conv2d-layer"] == (0, 7, 0)

    with open_database(finished) as database:
        database.execute(
            "update source_cell set source = source || char(10) || '# changed' "
            "where name = 'test-output-size'"
        )
        assert database.execute("select changes()").fetchone() == (1,)
    built = finished / "source" / NAME / FILE
    notebook = json.loads(built.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "test-output-size":
            cell["source"] = "".join(cell["source"]) + "\n# changed"
    built.write_text(json.dumps(notebook))
    proctor.autograde(finished)
    assert changed(before, times(finished)) == sorted(SCORES)
    assert totals(finished) == SCORES
    # The score stays; what the machine says of the answer is what it was.
    assert grades(finished)["bo"]["test-conv2d-layer"] == (0, 7, 0)
    assert comment() == [("No response.", "nearly")]


def test_what_a_person_graded_is_not_asked_for_again(proctor, course):
    def grade():
        ended = proctor.autograde(course, "--student", "ada", "--student", "bo")
        assert ended.status == 0
        found = grades(course)
        return [found[s]["reflection"] for s in ("ada", "bo")], times(course)["ada"]

    (written, unwritten), first = grade()
    # nbgrader's own rule: what is as it was handed out is worth nothing.
    assert (written, unwritten) == ((None, None, 1), (0, None, 0))
    found = read_results(course / "results.json")
    assert found["ada"]["needs_manual_grade"]
    assert not found["bo"]["needs_manual_grade"]
    said = {
        student: cell["message"]
        for student in ("ada", "bo")
        for cell in found[student]["cells"]
        if cell["grade_id"] == "reflection"
    }
    assert said == {
        "ada": "waits for a person to grade it",
        "bo": "no answer was written",
    }
    assert grade() == ([written, unwritten], first)
    # As formgrader writes it.
    with open_database(course) as database:
        database.execute(
            "update grade set manual_score = 4, needs_manual_grade = 0 where id = "
            f"({id_of('grade', 'ada', 'reflection')})"
        )
    assert grade() == ([(None, 4, 0), unwritten], first)
    assert proctor.autograde(course, "--force").status == 1
    assert grades(course)["ada"]["reflection"] == (None, 4, 0)


def test_no_gradebook(proctor, course):
    (course / "gradebook.db").unlink()
    ended = proctor.autograde(course)
    assert ended.status == 2
    (line,) = ended.output.splitlines()
    assert line == (
        f"proctor: no gradebook {course}/gradebook.db: run nbgrader "
        "generate_assignment first"
    )
    assert not (course / "gradebook.db").exists()


def test_tests_that_were_built_anew_are_not_mixed_with_the_old(proctor, course):
    path = course / "source" / NAME / FILE
    built = path.read_text()
    path.write_text(built.replace("points=0.5", "points=0.25 * 2", 1))
    ended = proctor.autograde(course)
    assert ended.status == 2
    assert ended.output == (
        f"proctor: {path} and the gradebook have different versions of "
        f"test-output-size: run nbgrader generate_assignment {NAME}, then the same "
        "command again\n"
    )
    assert not (course / "autograded").exists()


def test_no_gradebook_but_another_file(proctor, course):
    (course / "gradebook.db").write_text("My students' grades\n" * 100)
    ended = proctor.autograde(course)
    assert ended.status == 2
    (line,) = ended.output.splitlines()
    assert line == (
        f"proctor: {course}/gradebook.db is no gradebook (file is not a database): put "
        "the gradebook back, or move this file away and run nbgrader "
        "generate_assignment, which makes a new one"
    )


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
        proctor.wait_for("/100")
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
        proctor.wait_for("/100")
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
    proctor.wait_for("/100")
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
    while not list(Path("/var/tmp").glob(f"proctor-{pid}-*")):
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
from classroom import Proctor, grades
from proctor.sandbox.levels import best_level

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
        run = proctor.autograde(course, "--sandbox", best_level())
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


def as_conflict(content, good):
    """Return a notebook with git's marks, of which ``good`` sides are whole."""
    lines = nbformat.writes(nbformat.reads(content, 4)).splitlines()
    middle = next(n for n, line in enumerate(lines) if '"execution_count"' in line)
    sides = [lines[middle], "}}}}"]
    if good == "second":
        sides.reverse()
    if good == "none":
        sides = ["}}}}", "}}}}"]
    first, second = sides
    marks = ["<<<<<<< HEAD", first, "=======", second, ">>>>>>> 12ab34c"]
    return "\n".join([*lines[:middle], *marks, *lines[middle + 1 :]]).encode()


def with_long_output(content):
    notebook = json.loads(content)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (20 << 20)}
    code[-1]["outputs"] = [output]
    return json.dumps(notebook).encode()


def as_format_3(content):
    notebook = nbformat.reads(content, 4)
    return nbformat.writes(nbformat.convert(notebook, 3), 3).encode()


def in_latin_1(content):
    notebook = json.loads(content)
    notebook["cells"][0]["source"] = "Caf\u00e9, r\u00e9ponse, \u20ac"
    return json.dumps(notebook, ensure_ascii=False).encode("cp1252", "replace")


# What became of correct work -> what is said of it.
MENDED = {
    "byte-order-mark": (lambda c: b"\xef\xbb\xbf" + c, "byte order mark"),
    "utf-16": (lambda c: c.decode().encode("utf-16"), "in UTF-16"),
    "latin-1": (in_latin_1, "in Latin-1"),
    "conflict-first-good": (lambda c: as_conflict(c, "first"), "the first version"),
    "conflict-second-good": (lambda c: as_conflict(c, "second"), "the second version"),
    "conflict-both-good": (
        lambda c: c.replace(
            b'"nbformat": 4,',
            b'\n<<<<<<< a\n"nbformat": 4,\n||||||| b\n}\n=======\n"nbformat": 4,\n'
            b">>>>>>> c\n",
        ),
        "the first version",
    ),
    "format-3": (as_format_3, "an old format"),
    "long-output": (with_long_output, None),
    "windows-line-ends": (lambda c: c.replace(b"\n", b"\r\n"), None),
}
# A file's content -> why nobody can grade it.
REFUSED = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n", "the file is empty"),
    "garbage": (bytes(range(256)) * 9, "not a text file"),
    "half-of-it": (b'{"cells": [', "not JSON"),
    "a-list": (b"[1, 2]", "it holds no object"),
    "a-word": (b'"word"', "it holds no object"),
    "nested": (b"[" * 100_000, "not JSON (nested too deep)"),
    "no-cells": (b'{"cells": 3, "nbformat": 4}', "no list of cells"),
    "odd-cells": (b'{"cells": [3], "nbformat": 4}', "a cell is no object"),
    "many-cells": (
        b'{"nbformat": 4, "cells": [%s{}]}' % (b"{}," * 1_000_000),
        "has more than 1,000,000 parts",
    ),
    "old-and-broken": (b'{"nbformat": 3, "worksheets": 3}', "spatial.ipynb is no no"),
    "of-the-future": (b'{"nbformat": 99, "cells": []}', "spatial.ipynb is no notebook"),
    "marks": (b"<<<<<<< a\n" * 500_000, "neither side is a notebook: merge it"),
}


@pytest.fixture(scope="module")
def odd(demo, proctor, tmp_path_factory):
    """A class of odd files, graded in one run."""
    course = new_course(demo[0], tmp_path_factory.mktemp("odd") / "course")
    correct = example(demo[0], "correct-vectorised")
    for student, (change, _) in MENDED.items():
        hand_in(course, student, change(correct))
    for student, (content, _) in REFUSED.items():
        hand_in(course, student, content)
    hand_in(course, "conflict-none-good", as_conflict(correct, "none"))
    large = hand_in(course, "large", b"")
    os.truncate(large, 70 << 20)
    hand_in(course, "other-name", correct).rename(
        course / "submitted/other-name" / NAME / "spatial (1).ipynb"
    )
    hand_in(course, "nothing", b"").unlink()
    for student, make in {
        "folder": Path.mkdir,
        "pipe": os.mkfifo,
        "link": lambda path: path.symlink_to(hand_in(course, "neighbour-1", correct)),
        "dangling": lambda path: path.symlink_to("nowhere"),
        "device": lambda path: path.symlink_to("/dev/zero"),
    }.items():
        path = hand_in(course, student, b"")
        path.unlink()
        make(path)
    linked = course / "submitted/linked-folder"
    linked.mkdir()
    (linked / NAME).symlink_to(course / "submitted/neighbour-1" / NAME)
    (course / "submitted/linked-student").symlink_to(course / "submitted/neighbour-1")
    hand_in(course, "neighbour-2", correct)
    hand_in(course, "no-time", correct)
    stamp = course / "submitted/no-time" / NAME / "timestamp.txt"
    stamp.write_text("yesterday, honestly")
    not_utf8 = os.fsdecode(b"ren\xe9")
    hand_in(course, not_utf8, correct)
    before = {p: p.lstat().st_ctime_ns for p in (course / "submitted").rglob("*")}
    ended = proctor.autograde(course)
    after = {p: p.lstat().st_ctime_ns for p in (course / "submitted").rglob("*")}
    assert before == after
    return course, ended, read_results(course / "results.json")


def test_odd_files_stop_nobody(odd):
    course, ended, submissions = odd
    assert (ended.status, ended.survivors) == (1, [])
    assert "Traceback" not in ended.output
    assert len(submissions) == len(list((course / "submitted").iterdir()))
    for neighbour in ("neighbour-1", "neighbour-2"):
        assert submissions[neighbour]["score"] == BY_MACHINE
    graded = {s for s, found in submissions.items() if found["status"] == "graded"}
    assert graded == {*MENDED, "neighbour-1", "neighbour-2", "other-name"}
    (note,) = submissions["other-name"]["mended"]
    assert note == "spatial (1).ipynb was graded: spatial.ipynb is missing"
    assert totals(course) == dict.fromkeys([*graded, "no-time"], BY_MACHINE)


@pytest.mark.parametrize("student", MENDED)
def test_is_mended(odd, student):
    submission = odd[2][student]
    said = MENDED[student][1]
    assert (submission["score"], submission["status"]) == (BY_MACHINE, "graded")
    assert any(said in note for note in submission["mended"]) if said else True


@pytest.mark.parametrize(
    ("student", "words"),
    [
        *((student, words) for student, (_, words) in REFUSED.items()),
        ("conflict-none-good", "git's marks of a conflict (<<<<<<<)"),
        ("large", "has 70 MB, more than 64: clear its outputs and hand it in again"),
        ("nothing", "spatial.ipynb is missing; handed in: nothing"),
        ("folder", "spatial.ipynb is no file"),
        ("pipe", "spatial.ipynb is no file"),
        ("link", "spatial.ipynb is a link: hand in the notebook itself"),
        ("dangling", "spatial.ipynb is a link: hand in the notebook itself"),
        ("device", "spatial.ipynb is a link: hand in the notebook itself"),
        ("linked-folder", "the folder of spatial.ipynb is a link: hand in a copy"),
        ("linked-student", "the folder of spatial.ipynb is a link: hand in a copy"),
        ("no-time", "timestamp.txt holds no time"),
        ("ren?", "the folder's name is not UTF-8: rename it"),
    ],
)
def test_needs_attention(odd, student, words):
    course, ended, submissions = odd
    submission = submissions[student]
    assert submission["status"] == "needs_attention"
    assert words in submission["message"]
    assert words in ended.lines[student]
    if student != "no-time":  # whose work is right
        assert submission["score"] == 0
        assert not (course / "autograded" / student).exists()


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_file_without_permission(tmp_path, closed):
    path = tmp_path / "ada" / NAME / FILE
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    (path if closed == "file" else path.parent).chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == path.owner() and os.getuid() == 0:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)
    with plain_user(), pytest.raises(SubmissionError, match="Permission denied"):
        bytes_of(path)


def test_a_terminal_shows_a_bar(proctor, course):
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    try:
        proctor.begin(course, *AUTOGRADE, output=os.ttyname(theirs), **ONE_BY_ONE)
        shown = io.BytesIO()
        deadline = time.monotonic() + 600
        while b"What was lost" not in shown.getvalue():
            ready, _, _ = select.select([ours], [], [], deadline - time.monotonic())
            assert ready, shown.getvalue()
            shown.write(os.read(ours, 65536))
        assert proctor.end().status == 1
    finally:
        os.close(ours)
        os.close(theirs)
    text = shown.getvalue().decode()
    before = text.split("Scores for")[0]
    assert "\x1b[" in before and "━" in before
    assert "6/6" in before
    assert "1 need attention" in before and "/s" in before
    assert "ada: 95/100" not in before


def test_a_folder_for_the_results_must_be_there(proctor, course):
    ended = proctor.autograde(course, "--results", "nowhere/results.json")
    assert (ended.status, ended.output) == (
        2,
        "proctor: no folder nowhere for the results\n",
    )
    (course / "taken").mkdir()
    ended = proctor.autograde(course, "--results", "taken", "--student", "dee")
    assert ended.status == 2
    assert ended.output == (
        "proctor: the results taken cannot be written: it is a folder\n"
    )
    assert not (course / "autograded").exists()


def test_the_lock_is_let_go(undisturbed):
    with (undisturbed.course / "nbgrader_config.py").open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
