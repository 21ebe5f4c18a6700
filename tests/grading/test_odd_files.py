"""Files that are no notebook, or none any more: what is mended, and who has to look."""

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import nbformat
import pytest
from classroom import read_results, totals
from undisturbed import BY_MACHINE, FILE, NAME, UNWRITTEN, handed_in
from undisturbed import cells as whole
from undisturbed import submit as hand_in

from proctor.errors import SubmissionError
from proctor.notebook.read import bytes_of
from proctor.tests import tiny
from proctor.tests.commands import plain_user

pytest_plugins = ["small_class"]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="finds what outlived a run in Linux's /proc"
)


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


def in_a_cell(content, first, second):
    """Return a notebook with such a conflict in a cell's text, as nbdime writes it."""
    notebook = json.loads(content)
    double = next(c for c in notebook["cells"] if "def double" in c["source"])
    head, answer = double["source"].split("\n", 1)
    sides = [answer if side == "answer" else side for side in (first, second)]
    marks = ["<<<<<<< local", sides[0], "=======", sides[1], ">>>>>>> remote"]
    double["source"] = "\n".join([head, *marks])
    return json.dumps(notebook).encode()


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
    notebook["cells"][-1]["source"] = "Caf\u00e9, r\u00e9ponse, \u20ac"
    return json.dumps(notebook, ensure_ascii=False).encode("cp1252", "replace")


# What became of correct work -> what is said of it.
MENDED = {
    "byte-order-mark": (lambda c: b"\xef\xbb\xbf" + c, "byte order mark"),
    "utf-16": (lambda c: c.decode().encode("utf-16"), "in UTF-16"),
    "format-as-text": (
        lambda c: c.replace(b'"nbformat": 4,', b'"nbformat": "4",'),
        "does not say of which format it is: read as format 4",
    ),
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
    "conflict-in-a-cell": (
        lambda c: in_a_cell(c, "answer", "    return 9 * x"),
        "conflict in a cell (double): the first version",
    ),
    "conflict-with-a-stub": (
        lambda c: in_a_cell(c, "    raise NotImplementedError", "answer"),
        "conflict in a cell (double): the second version",
    ),
    "format-3": (as_format_3, "an old format"),
    "long-output": (with_long_output, None),
    "a-cell-of-no-text": (
        lambda c: c.replace(b'"cells": [', b'"cells": [{"source": {"a": 1}}, ', 1),
        "what cell 1 holds is no text: it is left out",
    ),
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
    "no-text": (
        b'{"nbformat": 4, "cells": [{"source": {"a": "1"}}, {"source": [["1"]]}, {}]}',
        "what cell 1 holds is no text, nor what 1 more hold: save it anew",
    ),
    "many-cells": (
        b'{"nbformat": 4, "cells": [%s{}]}' % (b"{}," * 1_000_000),
        "has more than 1,000,000 parts",
    ),
    "old-and-broken": (b'{"nbformat": 3, "worksheets": 3}', "tiny.ipynb is no no"),
    "of-the-future": (
        b'{"nbformat": 99, "cells": []}',
        "is no notebook of format 4, but of 99",
    ),
    "marks": (b"<<<<<<< a\n" * 500_000, "neither side is a notebook: merge it"),
}


UNTOUCHED = {**tiny.STUBS, "reflection": UNWRITTEN}
NO_CELLS = "tiny.ipynb has none of the assignment's cells: a person has to look"
# Cells, what lies beside them -> why a person has to look; empty: the zero is theirs.
NOTHING_WRITTEN = {
    "untouched": (whole(UNTOUCHED), "", ""),
    "untouched-and-photo": (whole(UNTOUCHED), "me.png", ""),
    "untouched-and-module": (whole(UNTOUCHED), "mine.py", "beside it lies mine.py: a"),
    "untouched-and-archive": (whole(UNTOUCHED), "all.zip", "beside it lies all.zip"),
    "all-cells-deleted": ([], "", NO_CELLS),
    "never-saved": ([tiny.cell("")], "", NO_CELLS),
    "of-another-lesson": ([tiny.cell("print('Hello!')")], "", NO_CELLS),
}


@pytest.fixture(scope="module")
def odd(empty, proctor, tmp_path_factory):
    """A class of odd files, graded in one run."""
    course = tmp_path_factory.mktemp("odd") / "course"
    shutil.copytree(empty, course)
    correct = handed_in("right", waits=False)
    for student, (change, _) in MENDED.items():
        hand_in(course, student, change(correct))
    for student, (content, _) in REFUSED.items():
        hand_in(course, student, content)
    for student, (found, beside, _) in NOTHING_WRITTEN.items():
        content = json.dumps(tiny.notebook_of(tiny.hidden(found))).encode()
        folder = hand_in(course, student, content).parent
        if beside:
            (folder / beside).write_bytes(b"# double = ...")
    hand_in(course, "conflict-none-good", as_conflict(correct, "none"))
    large = hand_in(course, "large", b"")
    os.truncate(large, 70 << 20)
    hand_in(course, "other-name", correct).rename(
        course / "submitted/other-name" / NAME / "tiny (1).ipynb"
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
    zeros = {student for student, (*_, why) in NOTHING_WRITTEN.items() if not why}
    right = {*MENDED, "neighbour-1", "neighbour-2", "other-name"}
    assert graded == {*right, *zeros}
    (note,) = submissions["other-name"]["mended"]
    assert note == "tiny (1).ipynb was graded: tiny.ipynb is missing"
    nothing = dict.fromkeys(NOTHING_WRITTEN, 0)
    assert totals(course) == dict.fromkeys([*right, "no-time"], BY_MACHINE) | nothing


@pytest.mark.parametrize("student", NOTHING_WRITTEN)
def test_work_that_lies_elsewhere_is_no_zero(odd, student):
    submission, why = odd[2][student], NOTHING_WRITTEN[student][2]
    assert submission["score"] == 0
    assert submission["status"] == ("needs_attention" if why else "graded")
    assert why in submission["message"]


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
        ("nothing", "tiny.ipynb is missing; handed in: nothing"),
        ("folder", "tiny.ipynb is no file"),
        ("pipe", "tiny.ipynb is no file"),
        ("link", "tiny.ipynb is a link: hand in the notebook itself"),
        ("dangling", "tiny.ipynb is a link: hand in the notebook itself"),
        ("device", "tiny.ipynb is a link: hand in the notebook itself"),
        ("linked-folder", "the folder of tiny.ipynb is a link: hand in a copy"),
        ("linked-student", "the folder of tiny.ipynb is a link: hand in a copy"),
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
