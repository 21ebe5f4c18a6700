"""What persons decide, and what is graded anew: named, and no mistake comes or goes."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from proctor.cli import main
from proctor.grade.cell_results import BY_HAND, UNGRADED, Cell
from proctor.grade.results import NEEDS_ATTENTION
from proctor.gradebook.by_hand import ByHand
from proctor.gradebook.database import open_gradebook
from proctor.report.classroom import Decided, class_of
from proctor.report.mistakes import wrong_in
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.classes import submission
from proctor.tests.reports import WRONG, kept, small_course
from proctor.tests.tiny import NAME

MEAN = {"noise": "mean"}


@pytest.fixture
def course(tmp_path, monkeypatch):
    classes.undrawn(monkeypatch)
    return small_course(tmp_path, monkeypatch)


def answered(made, *answers):
    """Return a submission whose cells have these answers' digests."""
    cells = zip(made.cells, answers, strict=True)
    return replace(made, cells=tuple(replace(c, answer=a) for c, a in cells))


def came_back(course, capsys, *made):
    kept(course, *(classes.run([one], i) for i, one in enumerate(made, 1)))
    assert main(["report", "--student", "ada"]) == 0
    return re.findall("came back: .*", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("results", "back"),
    [  # each: what failed, and the answers to both tasks
        ([(MEAN, "d1", "t1"), (MEAN | {"no numbers": "no"}, "d1", "t1")], False),
        ([(MEAN, "d1", "t1"), (MEAN, "d2", "t1")], False),
        ([(MEAN, "d1", "t1"), (MEAN, "d1", "t2")], True),
        ([(MEAN, "d1", "t1"), ({}, "d1", "t1"), (MEAN, "d1", "t1")], False),
        ([(MEAN, "d1", "t1"), ({}, "d1", "t2"), (MEAN, "d1", "t1")], True),
        # Of earlier versions no answer is known: what was right in between came back.
        ([(MEAN, "", ""), (MEAN | {"no numbers": "no"}, "", "")], False),
        ([(MEAN, "", ""), ({}, "", ""), (MEAN, "d1", "t1")], True),
    ],
)
def test_a_mistake_comes_back_with_an_answer_that_is_handed_in_anew(
    course, capsys, results, back
):
    made = [answered(submission("ada", wrong), *texts) for wrong, *texts in results]
    said = came_back(course, capsys, *made)
    line = f"came back: It is the mean ({NAME}, total (2 times))"
    assert said == ([line] if back else [])


def test_points_that_are_there_are_on_the_page_whatever_else_is_unclear(course, capsys):
    said = "timestamp.txt holds no time"
    right = submission("ada", {})
    unclear = replace(right, status=NEEDS_ATTENTION, message=said)
    nothing = replace(unclear, cells=(), score=0.0)
    for made, points in ((unclear, "7 of 7 points"), (nothing, "not graded")):
        kept(course, classes.run([made]))
        assert main(["report", "--student", "ada"]) == 0
        told = capsys.readouterr().out
        assert f"{NAME}: {points}" in told
        page = Path(told.split("the page: ")[1].strip()).read_text("utf-8")
        assert said in page
        assert ("7 / 7 so far" in page) == (made is unclear)
        assert ("Nothing is graded yet" in page) == (made is nothing)


def test_points_by_hand_take_no_mistake_out_of_the_report(course):
    plain = Cell("test-plain", 0.0, 2.0, "failed", "3 != 6")
    essay = Cell("essay", 0.0, 3.0, UNGRADED, BY_HAND)
    made = [submission("ada", WRONG | MEAN), submission("bob", WRONG)]
    made = [replace(one, cells=(*one.cells, plain, essay)) for one in made]
    persons = {
        "ada": ByHand({"test-double": 4.0, "test-total": 1.0, "test-plain": 1.0}),
        "bob": ByHand({"essay": 0.0}),
    }
    marks = Course.read(course).marks

    def groups(found):
        wrong = wrong_in(found, marks)
        named = {one.title: one.students for one in wrong.mistakes}
        return named | {(one.task, one.said): one.students for one in wrong.clusters}

    before = class_of([classes.run(made)], Decided(persons=persons))
    # The next run has the points in its document, and once more, in the one after.
    later = [persons[one.student].apply(one) for one in made]
    after = class_of([classes.run(later, 2)], Decided(persons=persons))
    again = class_of([classes.run(later, 2)])
    found = groups(before)
    alone = groups(class_of([classes.run(made)]))
    assert found == groups(after) == groups(again) == alone
    assert {*found.values()} == {("ada", "bob"), ("ada",)} and len(found) == 3
    scores = [one.score for one in again.submissions]
    assert scores == [6.0, 4.0] == [one.score for one in before.submissions]


def test_what_a_person_gave_is_the_reason_of_a_change(course, capsys):
    layout = Course.read(course).layout
    made = [submission("ada", WRONG), submission("bob"), submission("cyd")]
    after = [made[0], made[1], replace(made[2], score=6.5)]
    persons = {
        "ada": ByHand(
            {"test-double": 3.5, "test-total": 5.0}, extra={"test-total": 2.0}
        ),
        "bob": ByHand(extra={"test-double": 1.5}),
    }
    after[:2] = [persons[one.student].apply(one) for one in made[:2]]
    assert not layout.root.joinpath("gradebook.db").exists()
    kept(course, classes.run(made), classes.run(after, 2))
    assert main(["report", NAME]) == 0
    said = capsys.readouterr().out
    given, extra = "points that a person gave", "extra credit that a person gave"
    text = (course / "results" / NAME / "changes.csv").read_text()
    found = [
        (r["student"], r["task"], r["check"], r["gain"])
        for r in csv.DictReader(text.splitlines())
    ]
    assert found == [
        ("cyd", "the total, which is not what the cells give", "", "-0.5"),
        ("bob", "double", extra, "1.5"),
        ("ada", "double", given, "2.5"),
        ("ada", "total", extra, "2"),
    ]
    assert "1 gained, 0 lost by double: points that a person gave" in said
    page = (course / "results" / NAME / "report.html").read_text()
    assert f"ada: 4 &rarr; 8.5 (double: {given}, total: {extra})" in page
    assert f"bob: 7 &rarr; 8.5 (double: {extra})" in page


def test_who_handed_nothing_in_is_told_from_who_is_not_known(course, capsys):
    with open_gradebook(Course.read(course).layout, new=True) as gradebook:
        gradebook.add_student("absent")
    tiny.write(course / "submitted" / "late" / NAME / tiny.FILE, [])
    for student, why in (
        ("absent", "absent is on the gradebook's list and handed nothing in: there"),
        ("late", f"late handed in {NAME}, which is not graded yet: run proctor autogr"),
        ("nobody", "no results of 'nobody' are kept in"),
    ):
        assert main(["report", "--student", student]) == 2
        said = capsys.readouterr().err
        assert why in said and said.count("\n") == 1


def test_a_long_id_leaves_room_for_all_else(course, capsys):
    long = "a" * 100 + "-lastname"
    late = replace(submission(long, WRONG), late_penalty=1.0, score=3.0)
    kept(course, classes.run([submission(long)]), classes.run([late], 2))
    assert main(["report", NAME, "--all"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines()[:-1])) <= 120
    shown = f"{'a' * 19}...a-lastname"
    assert [shown, "3/7", "1", "3"] in [line.split() for line in said.splitlines()]
    assert "positive numbers: wrong values" in said and "handed in late" in said
    assert f"the penalty for being late changed: {shown} 0 to 1\n" in said


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["reprot", NAME], "invalid choice: 'reprot'"),
        (
            ["report", NAME, "--all", "--student", "a"],
            "not allowed with argument --all",
        ),
        (["report", NAME, "--to"], "(see proctor report --help)"),
        (["report", NAME, "--everything"], "unrecognized arguments: --everything"),
        (
            ["autograde", NAME, "--jobs", "none"],
            "a whole number of 1 or more was wanted",
        ),
        ([], "required: COMMAND (see proctor --help)"),
    ],
)
def test_what_cannot_be_understood_is_one_line(capsys, arguments, line):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == 2 and line in said.err and not said.out
    assert said.err.startswith("proctor: ") and said.err.count("\n") == 1
