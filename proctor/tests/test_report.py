"""What a class got wrong: the page, the tables, thirty lines; whatever comes in."""

import re
from dataclasses import replace

import pytest

from proctor.gradebook.database import open_gradebook
from proctor.report.classroom import class_of
from proctor.report.statistics import Item, items, point_biserial, spread
from proctor.report.summary import with_command
from proctor.report.words import at_most, many, percent
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.classes import lost, submission
from proctor.tests.reports import (
    WRONG,
    Elements,
    a_class,
    reporting,
    rows,
    small_course,
)
from proctor.tests.tiny import NAME


@pytest.fixture
def drawn():
    """Asked for by tests that look at a report's pictures."""


@pytest.fixture
def course(tmp_path, monkeypatch, request):
    if "drawn" not in request.fixturenames:
        classes.undrawn(monkeypatch)
    return small_course(tmp_path, monkeypatch)


@pytest.fixture
def report(course, capsys):
    return reporting(course, capsys)


def test_a_class_of_150_in_thirty_lines(drawn, course, report):
    page, said, _ = report(classes.run(a_class(150)))
    lines = said.splitlines()
    assert len(lines) <= 30 and all(len(line) <= 120 for line in lines[:-1])
    assert lines[0] == f"{NAME}: 149 graded, 1 needs attention"
    # Of 149: 50 are divisible by 3; of the rest 20 by 5, and 17 of what is left by 7.
    assert "    50  It is triple (double)" in lines
    groups = re.findall(r"^ +(\d+)  double-[0-9a-f]{6}: positive numbers", said, re.M)
    assert groups == ["20", "11"] or groups == ["20", "12"]
    assert "It is triple" in page and "Why triple?" in page
    assert len(rows(course, "students.csv")) == 150
    made = [r for r in rows(course, "mistakes.csv") if r["id"] == "triple"]
    assert [row["student"] for row in made] == [f"s{i:04}" for i in range(0, 149, 3)]


def test_the_pictures_say_what_they_show_and_nothing_is_fetched(drawn, report):
    page, _, _ = report(classes.run(a_class(30)))
    found = Elements(page).found
    pictures = [attributes for tag, attributes in found if tag == "svg"]
    assert len(pictures) == 3
    assert all(one["role"] == "img" and one["aria-label"] for one in pictures)
    assert "29 scores" in pictures[0]["aria-label"]
    assert not {tag for tag, _ in found} & {"script", "link", "iframe", "object"}
    names = [a["id"] for _, a in found if "id" in a]
    assert len(names) == len(set(names))
    policy = [a["content"] for tag, a in found if "http-equiv" in a]
    assert policy == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]
    # The page's own colours, dark or light, and none of Matplotlib's.
    assert "#0101" not in page and "var(--link)" in page


def test_thirty_lines_whatever_the_class(course, report):
    with open_gradebook(Course.read(course).layout, new=True) as gradebook:
        for student in ("never-came", "bob", "s01"):
            gradebook.add_student(student)
    tiny.write(course / "submitted" / "bob" / NAME / tiny.FILE, [])
    template = submission("x", WRONG).cells[0]

    def crowded(student, number):
        cells = []
        for task in range(12):
            wrong = {"positive numbers": "triple"} if number == task else WRONG
            if number > 12:
                wrong = {"positive numbers": (f"wrong {number}", "aa")}
            cell = submission(student, wrong).cells[0]
            cells.append(replace(cell, grade_id=f"test-task-{task:02}", together=True))
        return replace(submission(student), cells=tuple(cells), score=30.0)

    broken = [lost(f"b{i}", "it is no notebook") for i in range(9)]
    made = [*(crowded(f"s{i:02}", i) for i in range(20)), *broken]
    before = [replace(s, cells=(template,), score=1.0) for s in made[:20]]
    # One was late since, one could not be graded before, and one cannot be any more.
    made[0] = replace(made[0], score=made[0].score - 9)
    before[1:3] = [lost(made[1].student, "no JSON"), submission(broken[0].student)]
    runs = classes.run(before, seed=1), classes.run(made, 2, finished=False, seed=2)
    _, said, _ = report(*runs)
    assert 24 < len(said.splitlines()) <= 30, said
    assert "needs attention: b1" in said and "... 7 more need attention" in said


def test_all_prints_every_loss(report):
    _, said, _ = report(classes.run(a_class(50)), options=["--all"])
    assert "What was lost" in said and said.count("It is triple") > 16


@pytest.mark.parametrize(
    ("found", "shown", "words"),
    [
        (0.0951, "0.10", "a little"),
        (0.1049, "0.10", "a little"),
        (0.0949, "0.09", "hardly"),
        (0.2951, "0.30", "much"),
        (-0.0949, "-0.09", "hardly"),
        (-0.0951, "-0.10", "look at it"),
        (-0.0012, "0.00", "hardly"),
    ],
)
def test_what_is_told_apart_is_as_it_is_shown(found, shown, words):
    item = Item("double", "noise", 1.0, 500, 250, 0.5, found)
    assert item.told_apart == shown and item.meaning.startswith(words)


@pytest.mark.parametrize(
    ("number", "found", "words"),
    [  # 2 / sqrt(n): 0.45 of 20, 0.2 of 100
        (20, -0.44, "nothing sure: chance alone gives as much among 20"),
        (20, -0.45, "look at it"),
        (20, 0.44, "nothing sure"),
        (20, 0.45, "much"),
        (100, -0.19, "nothing sure"),
        (100, -0.2, "look at it"),
        (100, 0.2, "a little"),
    ],
)
def test_of_fewer_chance_gives_more(number, found, words):
    item = Item("double", "noise", 1.0, number, number // 2, 0.5, found)
    assert item.meaning.startswith(words)


def test_where_too_few_have_it_not_the_table_says_nothing_either(course, report):
    weak = {"positive numbers": "triple", "the sum of all": "mean"}
    made = [submission(f"s{i:02}", weak if i < 3 else None) for i in range(20)]
    page, _, _ = report(classes.run(made))
    assert "too few to say (fewer than 4 have it not)" in page
    assert "not written counts as one that has it not" in page
    assert {row["discrimination"] for row in rows(course, "checks.csv")} == {""}
    made[3] = submission("s03", weak)
    report(classes.run(made))
    found = {r["check"]: r["discrimination"] for r in rows(course, "checks.csv")}
    assert found["the sum of all"] == "1" and found["noise"] == ""


def test_a_note_that_is_cut_keeps_its_command():
    command = "run proctor autograde 09_spatial."
    who = ", ".join(f"student-{i}" for i in range(9))
    cut = with_command(f"  note: 9 submissions changed ({who}): {command}", 80)
    assert len(cut) <= 80 and cut.endswith(f"... {command}")
    assert cut.startswith("  note: 9 submissions changed (student-0")
    assert with_command(f"  note: 9: {command}", 80) == f"  note: 9: {command}"


def test_numbers_in_sentences():
    assert (percent(0.825), percent(0.815), percent(0.8249)) == (
        "82.5 %",
        "81.5 %",
        "82 %",
    )
    assert (at_most(0.9962), at_most(1.0), at_most(0.42)) == ("99.7 %", "100 %", "42 %")
    assert (many(1, "check"), many(0, "pair")) == ("1 check", "0 pairs")
    shares = (0, 0.001, 0.5, 0.999, 1 - 1e-12, 1)
    found = ["0 %", "<1 %", "50 %", ">99 %", "100 %", "100 %"]
    assert [*map(percent, shares)] == found


def test_one_more_is_one_more(course, report):
    names = [f"check {i}" for i in range(5)]
    cell = replace(
        submission("ada").cells[0],
        score=0.0,
        checks=tuple(classes.check(name, 1.0, "wrong", "aa") for name in names),
    )
    page, _, _ = report(classes.run([replace(submission("ada"), cells=(cell,))]))
    assert "... and 1 more check<" in page


def test_of_many_hard_tasks_it_is_said_how_many_there_are(course, report):
    one = submission("ada", dict.fromkeys(classes.CHECKS["test-double"], "no")).cells[0]
    cells = tuple(replace(one, grade_id=f"test-task-{i:02}") for i in range(12))
    _, said, _ = report(classes.run([replace(submission("ada"), cells=cells)]))
    assert "hardest tasks, by the points that are earned: the first 4 of 12" in said


def test_a_class_worth_nothing_has_no_histogram(drawn, course, report):
    made = [submission(f"s{i}", max_score=0.0, score=0.0, cells=()) for i in range(3)]
    page, said, _ = report(classes.run(made))
    assert "scores of 0: median 0, from 0 to 0\n" in said
    assert "worth no points" in page and "The numbers of the picture" not in page
    assert 'aria-label="Histogram' not in page


def test_discrimination_by_hand():
    # Having it goes with 3 and 4 points, lacking it with 1 and 2.
    assert point_biserial([True, True, False, False], [4, 3, 1, 2]) == pytest.approx(
        2 / 5**0.5
    )
    assert point_biserial([True, True], [1, 2]) is None
    assert point_biserial([True, False], [2, 2]) is None


def test_a_check_is_held_against_all_the_rest(course):
    marks = Course.read(course).marks
    strong = [submission(f"a{i}") for i in range(6)]
    both = {"positive numbers": "triple", "the sum of all": "mean"}
    weak = [submission(f"b{i}", both) for i in range(6)]
    found = {i.check: i for i in items(class_of([classes.run(strong + weak)]), marks)}
    sums = found["the sum of all"]
    assert (sums.tried, sums.held, sums.share) == (12, 6, 0.5)
    assert sums.discrimination == pytest.approx(1)
    assert found["noise"].discrimination is None
    assert found["noise"].meaning == "nothing: all have it"


def test_quartiles_and_bins():
    found = spread([0, 1, 2, 3, 4, 5, 6, 7], 7)
    assert (found.lower, found.median, found.upper) == (1.75, 3.5, 5.25)
    assert sum(found.bins) == 8 and found.bins[-1] == 1 and found.bins[0] == 1
    assert spread([], 7) is None and spread([3], 7).median == 3
    assert spread([0, 0], 0).bins == () and spread([0, 0], 7).bins[0] == 2


def test_penalties_are_inside_the_scores(course, report):
    late = submission("ada", score=5.0, late_penalty=2.0)
    # What a person wrote into the document is no penalty.
    odd = submission("bob", score=6.5)
    page, said, _ = report(classes.run([late, odd]))
    ada, bob = rows(course, "students.csv")
    assert (ada["points"], ada["penalty"], ada["score"]) == ("7", "2", "5")
    assert (bob["points"], bob["penalty"], bob["score"]) == ("7", "0", "6.5")
    assert "of 1, are taken off" in page
    words = "the total of 1 submission (bob) is not what the cells give, less the "
    assert words in page and f"In the results {words}penalty: it counts" in said
    # Whom the gradebook has is reckoned anew.
    with open_gradebook(Course.read(course).layout, new=True) as gradebook:
        gradebook.add_student("bob")
    page, _, _ = report(classes.run([late, odd]))
    _, bob = rows(course, "students.csv")
    assert bob["score"] == "7"
    assert f"{words}penalty: that has no effect" in page and "as it stands" not in page


HOSTILE = "</title><script>alert(1)</script>"


def test_what_strangers_wrote_is_text(drawn, course, report, capsys):
    student = f"=cmd|'/c'!A1 {HOSTILE}\x1b[31m\u202e"
    made = [
        submission(student, {"positive numbers": (HOSTILE, "aa")}),
        lost(f"{HOSTILE}2", f"{HOSTILE}\x1b]0;title\x07"),
    ]
    page, said, _ = report(classes.run(made))
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "\x1b" not in page + said and "\u202e" not in page + said
    assert rows(course, "students.csv")[1]["student"].startswith("'=cmd")


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ([], "there is no result"),
        ([submission("ada")], "1 graded"),
        ([submission("ada", WRONG)], "1 graded"),
        ([submission(f"s{i}") for i in range(20)], "20 graded"),
        (
            [
                submission(f"s{i}", dict.fromkeys(classes.CHECKS["test-double"], "no"))
                for i in range(20)
            ],
            "20 graded",
        ),
        ([lost(f"s{i}", "it is no notebook") for i in range(20)], "20 need attention"),
        ([submission("ada", max_score=0.0, score=0.0)], "1 graded"),
    ],
    ids=["none", "one", "one-wrong", "perfect", "failed", "broken", "worth-nothing"],
)
def test_any_class_has_an_honest_page(drawn, report, made, line):
    page, said, _ = report(classes.run(made))
    assert said.startswith(f"{NAME}: {line}")
    assert page.endswith("</html>") and not re.search(r"\bnan\b", page)


@pytest.mark.parametrize(("number", "most"), [(500, 1_000_000), (5000, 2_000_000)])
def test_a_large_class_has_a_page_that_opens(drawn, course, report, number, most):
    page, said, _ = report(classes.run(a_class(number)))
    assert ("is not compared here" in page) == (number > 600)
    assert len(page) < most and len(said.splitlines()) <= 30
    assert len(rows(course, "students.csv")) == number
