"""What a report says of what changed, of the scores, and of few."""

import csv
import re
from dataclasses import replace

import pytest

from proctor.cli import main
from proctor.gradebook.history import History
from proctor.report.statistics import Item
from proctor.settings import Course
from proctor.tests import classes
from proctor.tests.classes import lost, submission
from proctor.tests.reports import small_course
from proctor.tests.tiny import NAME


@pytest.fixture
def course(tmp_path, monkeypatch):
    classes.undrawn(monkeypatch)
    return small_course(tmp_path, monkeypatch)


def reported(course, capsys, *runs, options=()):
    """Return the text of the page, and what is said."""
    given = []
    for number, one in enumerate(runs):
        path = classes.write(course / f"run-{number}.json", one)
        given += ["--results", f"{path}"]
    assert main(["report", NAME, *given, *options]) == 0
    folder = course / "results" / NAME
    path = folder / ("anonymous" if "--anonymous" in options else "") / "report.html"
    return re.sub(r"<[^>]*>", "", path.read_text()), capsys.readouterr().out


def rows(course, name, folder="."):
    text = (course / "results" / NAME / folder / name).read_text()
    return list(csv.DictReader(text.splitlines()))


def test_a_penalty_alone_is_a_change_with_its_reason(course, capsys):
    late = submission("ada", score=5.0, late_penalty=2.0)
    first = classes.run([submission("ada"), submission("bob")])
    page, said = reported(
        course, capsys, first, classes.run([late, submission("bob")], 2)
    )
    why = "the penalty for being late from 0 to 2"
    assert "  the penalty for being late changed: ada 0 to 2\n" in said
    assert f"ada: 7 &rarr; 5 ({why})" in page
    (row,) = rows(course, "changes.csv")
    assert (row["student"], row["task"], row["gain"]) == (
        "ada",
        "the penalty for being late",
        "-2",
    )


def test_who_could_not_be_graded_this_time_lost_nothing(course, capsys):
    first = classes.run([submission("ada"), lost("bob", "no JSON")])
    again = classes.run([lost("ada", "it is no notebook"), submission("bob")], 2)
    page, said = reported(course, capsys, first, again)
    assert "0 gained points, 0 lost some\n  1 could be graded, and not before; " in said
    assert "; could not be graded, and the earlier grade stands: ada\n" in said
    assert "lost by" not in said
    why = "could not be graded: the earlier grade stands in the gradebook"
    assert f"ada: 7 &rarr; not graded ({why})" in page and f"1 {why}" in page
    ada, bob = rows(course, "students.csv")
    assert (ada["score"], ada["points"], ada["penalty"], bob["score"]) == (
        *("", "", ""),
        "7",
    )
    assert [(r["student"], r["after"], r["gain"]) for r in rows(course, "changes.csv")]
    assert all(row["gain"] == "" for row in rows(course, "changes.csv"))


def test_the_middle_half_is_said_of_four_and_more(course, capsys):
    made = [submission(f"s{i}") for i in range(4)]
    page, said = reported(course, capsys, classes.run(made))
    assert "Of the 4 graded the middle half lies between 7 and 7 points," in page
    assert "quartiles 7 and 7" in said and "Half of" not in page
    waits = replace(made[0].cells[0], status="ungraded", score=0.0)
    late = replace(made[1], score=6.0, late_penalty=1.0)
    made[0] = replace(made[0], cells=(waits, *made[0].cells[1:]), score=3.0)
    page, said = reported(course, capsys, classes.run([made[0], late, made[2]]))
    assert "the middle half lies" not in page and "quartiles" not in said
    assert "are taken off. What a person has still to grade" in page
    assert "An answer that a person has still to grade stands in no row" in page
    assert "Grading took2 seconds," in page
    # A task that nobody has graded yet is named where the hardest are.
    wrong = {"noise": "mean"}
    made = [submission(f"s{i}", wrong, seconds=0.1) for i in range(3)]
    made = [replace(one, cells=(waits, *one.cells[1:])) for one in made]
    page, said = reported(course, capsys, classes.run(made))
    assert "that are earned (without double: a person grades)" in said
    assert "So double is not in the picture." in page
    assert "Grading tookless than a second," in page


def test_seconds_join_no_anonymous_table_with_another(course, capsys):
    made = classes.run([submission("ada", seconds=1.234)])
    reported(course, capsys, made, options=["--anonymous"])
    assert rows(course, "students.csv", "anonymous")[0]["seconds"] == ""
    reported(course, capsys, made)
    assert rows(course, "students.csv")[0]["seconds"] == "1.234"


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (17, "too few to say (fewer than 4 have it not)"),
        (3, "too few to say (fewer than 4 have it)"),
        (16, "much: who has it"),
        (4, "much: who has it"),
    ],
)
def test_of_few_who_fail_nothing_is_told_apart(held, words):
    item = Item("double", "noise", 1.0, 20, held, 0.5, 0.6)
    assert item.meaning.startswith(words)
    assert item.told_apart == ("" if "few" in words else "0.60")


def test_a_student_s_page_says_where_points_went(course, capsys):
    wrong = {"positive numbers": ("wrong values", "aa"), "no numbers": ("too late", "")}
    known = {"noise": "mean"}
    made = submission("ada", wrong | known)
    made = replace(made, score=made.score - 1)
    for one in (made, submission("bob")):
        History(Course.read(course).layout).keep(classes.run([one]))
    pages = {}
    for student in ("ada", "bob"):
        assert main(["report", "--student", student]) == 0
        pages[student] = (course / "feedback" / student / "index.html").read_text()
    page = re.sub(r"<[^>]*>", "", pages["ada"])
    assert "double: 1 of 4 points. positive numbers: wrong values" in page
    assert "1 point is taken off for being late." in page and "Why mean?" in page
    # What a known mistake explains is said once.
    assert "total: 2 of 3" not in page and "mistake was found" not in page
    assert "No points were lost." in pages["bob"]
    assert "2 of 7 points (1 taken off for being late)" in capsys.readouterr().out
    assert main(["report", "--student", "nobody-like-that"]) == 2
    assert "there is ada, bob\n" in capsys.readouterr().err
