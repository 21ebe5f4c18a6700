"""Canvas's archives of submissions, and what a second collection brings."""

import os

import pytest

from proctor.lms.names import plain_stem
from proctor.tests import lms_files, tiny
from proctor.tests.lms_files import (
    canvas_zip,
    notebook,
    submitted,
    words,
)


def test_canvas_submissions_are_put_in_their_places(course, run):
    more = {
        "nobodyknown_777_9009_tiny.ipynb": notebook(),
        "rightall_101_9010_data.csv": b"1,2\n",
        "rightall_101_9011_timestamp.txt": b"2000-01-01",
    }
    done = run("collect", canvas_zip(course / "s.zip", **more), tiny.NAME)
    assert done.status == 1  # somebody is not known
    said = words(done.output)
    assert "4 new, 1 unknown; 1 late" in said
    assert "late-once oncelate new, late late, says Canvas, without a time" in said
    assert "handed in again: tiny-1.ipynb" in said
    assert "handed in again: tiny (1).ipynb" in said
    assert "timestamp.txt left out: a student's says no time" in said
    assert "nothing in the archive of 1: never-came" in said
    assert submitted(course) == {
        "all-right/01_tiny/data.csv": b"1,2\n",
        "all-right/01_tiny/tiny.ipynb": notebook(),
        "handed-in-twice/01_tiny/tiny.ipynb": notebook("x * 2"),
        "late-once/01_tiny/tiny.ipynb": notebook("2 * x"),
        "wrong-double/01_tiny/tiny.ipynb": notebook("3 * x"),
    }


def test_a_second_collection_brings_what_is_new_and_keeps_what_was(course, run):
    first = canvas_zip(course / "first.zip")
    run("collect", first, tiny.NAME)
    before = submitted(course)
    assert "4 nothing new; 1 late" in run("collect", first, tiny.NAME).output
    # Somebody mended one by hand: the same archive does not undo it.
    by_hand = course / "submitted/late-once/01_tiny/tiny.ipynb"
    by_hand.write_bytes(b"mended")
    assert "4 nothing new" in run("collect", first, tiny.NAME).output
    assert by_hand.read_bytes() == b"mended"
    later = {
        "rightall_LATE_101_9020_tiny-1.ipynb": notebook("x * 2"),
        "oncelate_LATE_102_9002_tiny.ipynb": notebook("2 * x"),
        "camenever_104_9021_tiny.ipynb": notebook(),
    }
    lms_files.zipped(course / "second.zip", later)
    done = run("collect", "second.zip", tiny.NAME)
    said = words(done.output)
    assert "1 handed in again, 1 nothing new, 1 new; 2 late" in said
    kept = course / "collected/01_tiny/replaced/all-right/1/tiny.ipynb"
    assert kept.read_bytes() == before["all-right/01_tiny/tiny.ipynb"]
    now = submitted(course)
    assert now["all-right/01_tiny/tiny.ipynb"] == notebook("x * 2")
    assert now["never-came/01_tiny/tiny.ipynb"] == notebook()
    # The first archive again, by mistake: the later submission stays.
    done = run("collect", first, tiny.NAME)
    assert "a later one was collected before" in words(done.output)
    assert submitted(course) == now


def test_a_group_s_and_what_canvas_hides_is_said(course, run):
    lms_files.zipped(
        course / "g.zip", {"projectgroup1_101_9030_tiny.ipynb": notebook()}
    )
    said = words(run("collect", "g.zip", tiny.NAME).output)
    assert "all-right projectgroup1 new under another name: a group's? Its" in said
    hidden = ("anon_aB3dE_9031_tiny.ipynb", "LATE_anon_7xYz9_9032_tiny.ipynb")
    lms_files.zipped(course / "a.zip", dict.fromkeys(hidden, notebook()))
    done = run("collect", "a.zip", tiny.NAME)
    assert done.status == 2 and "Canvas hides whose these are" in done.output
    assert done.output.count("\n") == 1


def test_one_student_under_two_numbers_is_nobodys(course, run):
    files = {
        "Wröng Double_1_assignsubmission_file/tiny.ipynb": notebook(),
        "wröng double_2_assignsubmission_file/tiny.ipynb": notebook("3 * x"),
    }
    lms_files.zipped(course / "m.zip", files)
    done = run("collect", "m.zip", tiny.NAME)
    assert done.status == 1
    assert "doubled the numbers 1, 2 would be one student" in words(done.output)
    assert submitted(course) == {}


def test_several_notebooks_of_one_student_all_stay(course, run):
    more = {"rightall_101_9100_tiny (2).ipynb": notebook("3 * x")}
    done = run("collect", canvas_zip(course / "s.zip", **more), tiny.NAME)
    assert "2 notebooks, which grading compares" in words(done.output)
    found = {name for name in submitted(course) if name.startswith("all-right")}
    assert found == {
        "all-right/01_tiny/tiny.ipynb",
        "all-right/01_tiny/tiny (2).ipynb",
    }


def test_what_is_no_notebook_is_taken_and_said(course, run):
    files = {
        "rightall_101_9001_report.pdf": b"%PDF",
        "oncelate_102_text.html": b"<p>here it is</p>",
        "intwicehanded_103_9003_my work.ipynb": notebook(),
    }
    lms_files.zipped(course / "s.zip", files)
    done = run("collect", "s.zip", tiny.NAME, "--from", "canvas")
    said = words(done.output)
    assert done.status == 1
    assert "no tiny.ipynb (there is: report.pdf)" in said
    assert "no tiny.ipynb (there is: text.html)" in said
    assert "called: my work.ipynb" in said
    assert "handed-in-twice/01_tiny/tiny.ipynb" in submitted(course)
    assert submitted(course)["all-right/01_tiny/report.pdf"] == b"%PDF"


@pytest.mark.parametrize(
    "name, stem",
    [
        ("tiny.ipynb", "tiny"),
        ("tiny-1.ipynb", "tiny"),
        ("tiny (12).ipynb", "tiny"),
        ("tiny(1).ipynb.txt", "tiny"),
        ("tiny - Copy.ipynb", "tiny"),
        ("tiny-2026.ipynb", "tiny-2026"),
        ("-1.ipynb", "-1"),
    ],
)
def test_marks_of_a_copy(name, stem):
    assert plain_stem(name) == stem


def test_killed_between_two_steps_nothing_is_lost(course, warm_proctor, run):
    run("collect", canvas_zip(course / "s.zip"), tiny.NAME)
    new = {"rightall_101_9020_tiny-1.ipynb": notebook("x * 2")}
    lms_files.zipped(course / "t.zip", new)
    die = "pathlib.Path.rename", 1, "before"
    done = warm_proctor.run(course, "collect", "t.zip", tiny.NAME, die=die)
    assert done.status != 0
    kept = course / "collected/01_tiny/replaced/all-right/1/tiny.ipynb"
    assert kept.read_bytes() == notebook()
    assert "1 new" in run("collect", "t.zip", tiny.NAME).output
    assert submitted(course)["all-right/01_tiny/tiny.ipynb"] == notebook("x * 2")


def test_a_student_that_cannot_be_written_is_one_line(course, run):
    if os.getuid() == 0:
        # Root writes everywhere but into a file's place.
        (course / "submitted").write_text("")
    else:
        (course / "submitted").mkdir(0o500)
    done = run("collect", canvas_zip(course / "s.zip"), tiny.NAME)
    assert done.status == 2 and "cannot be written" in done.output


def test_without_a_class_nothing_is_taken(tmp_path, warm_proctor):
    tiny.course(tmp_path)
    canvas_zip(tmp_path / "s.zip")
    done = warm_proctor.run(tmp_path, "collect", "s.zip", tiny.NAME)
    assert done.status == 2
    assert "no gradebook" in done.output and done.output.count("\n") == 1
    assert not (tmp_path / "submitted").exists()
