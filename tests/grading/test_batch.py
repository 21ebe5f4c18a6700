"""Grading a class: once, again, and what is said of it."""

import io
import json
import os
import select
import sys
import termios
import time

import pytest
from classroom import grades, open_database, read_results, totals
from undisturbed import (
    AUTOGRADE,
    CLASS,
    FILE,
    MAX_SCORE,
    NAME,
    ONE_BY_ONE,
    SCORES,
    changed,
    digests,
    handed_in,
    submit,
    times,
)

pytest_plugins = ["small_class"]
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="finds what outlived a run in Linux's /proc"
)


def test_a_class(undisturbed):
    ended = undisturbed.ended
    assert (ended.status, ended.survivors) == (1, [])
    assert totals(undisturbed.course) == SCORES
    assert set(ended.lines) == set(CLASS)
    for student, score in SCORES.items():
        assert ended.lines[student] == f"{score}/{MAX_SCORE}"
    assert ended.lines["dee"].startswith("needs attention: tiny.ipynb is no noteb")
    found = read_results(undisturbed.course / "results.json")
    assert {s: found[s]["score"] for s in SCORES} == SCORES
    assert sorted(times(undisturbed.course)) == sorted(SCORES)
    # A log is plain lines.
    assert "\x1b" not in ended.output and "━" not in ended.output


def test_a_rerun_grades_nobody_again(proctor, finished, undisturbed):
    before, gradebook = times(finished), digests(finished)[finished / "gradebook.db"]
    ended = proctor.autograde(finished)
    assert ended.status == 1
    assert set(ended.lines) == set(CLASS)
    assert times(finished) == before
    assert digests(finished)[finished / "gradebook.db"] == gradebook
    undisturbed.check_same(finished)


def test_a_changed_submission_is_graded_again_alone(proctor, finished):
    before = times(finished)
    submit(finished, "bo", handed_in("mean"))
    (finished / "submitted/cy" / NAME / "data.txt").write_text("beside the notebook")
    ended = proctor.autograde(finished)
    assert ended.lines["bo"] == "5/9"
    assert changed(before, times(finished)) == ["bo", "cy"]
    assert totals(finished) == SCORES | {"bo": 5}
    before = times(finished)
    assert proctor.autograde(finished).lines["bo"] == "5/9"
    assert times(finished) == before


def test_only_the_named_students(proctor, course):
    ended = proctor.autograde(course, "--student", "bo", "--student", "ada")
    assert ended.status == 0
    assert totals(course) == {"ada": 7, "bo": 4}
    assert set(read_results(course / "results.json")) == {"ada", "bo"}


def test_a_wrong_place_is_not_passed_over(proctor, finished):
    content = handed_in("right")
    for place in ("zed/1_tiny", "yan", "wim/02_next"):
        (folder := finished / "submitted" / place).mkdir(parents=True)
        (folder / FILE).write_bytes(content)
    ended = proctor.autograde(finished)
    found = read_results(finished / "results.json")
    assert set(found) == {*CLASS, "zed", "yan"}  # wim did another assignment
    for student, there in {"zed": "1_tiny", "yan": FILE}.items():
        assert found[student]["status"] == "needs_attention"
        said = f"no folder {NAME} (there is: {there})"
        assert found[student]["message"] == said
        assert ended.lines[student] == f"needs attention: {said}"
    ended = proctor.autograde(finished, "--student", "zed")
    assert "no folder 01_tiny (there is: 1_tiny)" in ended.output


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
                f"where id = ({id_of('comment', 'bo', 'total')})"
            ).fetchall()
        return found

    with open_database(finished) as database:
        database.execute(
            "update grade set manual_score = 2, needs_manual_grade = 0 "
            f"where id = ({id_of('grade', 'bo', 'test-total')})"
        )
        database.execute(
            "update comment set manual_comment = 'nearly' "
            f"where id = ({id_of('comment', 'bo', 'total')})"
        )
    before = times(finished)
    proctor.autograde(finished)
    assert times(finished) == before
    assert grades(finished)["bo"]["test-total"] == (0, 2, 0)

    with open_database(finished) as database:
        database.execute(
            "update source_cell set source = source || char(10) || '# changed' "
            "where name = 'test-double'"
        )
        assert database.execute("select changes()").fetchone() == (1,)
    built = finished / "source" / NAME / FILE
    notebook = json.loads(built.read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "test-double":
            cell["source"] = "".join(cell["source"]) + "\n# changed"
    built.write_text(json.dumps(notebook))
    proctor.autograde(finished)
    assert changed(before, times(finished)) == sorted(SCORES)
    assert totals(finished) == SCORES
    # The score stays; what the machine says of the answer is what it was.
    assert grades(finished)["bo"]["test-total"] == (0, 2, 0)
    assert comment() == [("No response.", "nearly")]


def test_what_a_person_graded_is_not_asked_for_again(proctor, course):
    def grade():
        ended = proctor.autograde(course, "--student", "ada", "--student", "bo")
        assert ended.status == 0
        found = grades(course)
        return [found[s]["reflection"] for s in ("ada", "bo")], times(course)["ada"]

    # Without notes of its own, which could be the answer.
    submit(course, "bo", handed_in("half-done", waits=False))
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
            "update grade set manual_score = 1, needs_manual_grade = 0 where id = "
            f"({id_of('grade', 'ada', 'reflection')})"
        )
    assert grade() == ([(None, 1, 0), unwritten], first)
    assert proctor.autograde(course, "--force").status == 1
    assert grades(course)["ada"]["reflection"] == (None, 1, 0)


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
    path.write_text(built.replace("points=2)", "points=1 + 1)", 1))
    ended = proctor.autograde(course)
    assert ended.status == 2
    assert ended.output == (
        f"proctor: {path} and the gradebook have different versions of "
        f"test-double: run nbgrader generate_assignment {NAME}, then the same "
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
    assert "ada: 7/9" not in before


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
