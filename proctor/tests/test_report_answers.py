"""Answers in a report: what was not written, groups that are alike, and no names."""

import re
from dataclasses import replace

import pytest

from proctor.cli import main
from proctor.gradebook.database import open_gradebook
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.classes import lost, submission
from proctor.tests.reports import WRONG, reporting, rows, small_course
from proctor.tests.tiny import NAME


@pytest.fixture
def course(tmp_path, monkeypatch):
    return small_course(tmp_path, monkeypatch)


@pytest.fixture
def report(course, capsys):
    return reporting(course, capsys)


def test_what_is_not_written_is_no_mistake(course, report, capsys):
    left = dict.fromkeys(classes.CHECKS["test-double"], "not written yet")
    # A name that the test found missing, and what its author says of it.
    unnamed = submission("no-name", dict.fromkeys(left, "not answered"))
    cell = replace(unnamed.cells[0], message="not written yet: name 'q' is not defined")
    unnamed = replace(unnamed, cells=(cell, *unnamed.cells[1:]))
    plain = submission("plain-test")
    cell = replace(plain.cells[0], score=0.0, status="failed", message="3 != 6")
    plain = replace(plain, cells=(replace(cell, checks=()), *plain.cells[1:]))
    made = [
        submission("stub", left),
        unnamed,
        # Nothing but what was handed out: the notebook says it, not the test.
        submission("only-pass", WRONG),
        plain,
        # The cell is as it was, and another one has what was tried.
        submission("elsewhere", WRONG),
        # A part is missing, and another is wrong.
        submission("half", {"no numbers": "not written yet", "noise": ("no", "dd")}),
        submission("half-2", WRONG | {"negative numbers": "not answered"}),
        submission("wrong", WRONG),
    ]
    classes.answered(course, "only-pass", "def double(x):\n    pass  # later\n")
    classes.answered(course, "elsewhere", tiny.STUBS["double"])
    classes.answered(course, "plain-test", "def double(x):\n    ...\n")
    assert "NotImplementedError" in tiny.STUBS["double"]
    for student in ("half", "half-2", "wrong"):
        total = tiny.SOLUTIONS["total"]
        classes.answered(course, student, "def double(x):\n    return 3 * x\n", total)
    page, _, _ = report(classes.run(made))
    found = {}
    for row in rows(course, "mistakes.csv"):
        found.setdefault((row["task"], row["kind"]), set()).add(row["student"])
    assert found == {
        ("double", "cluster"): {"half-2", "wrong", "elsewhere"},
        ("total", "cluster"): {"half"},
        ("double", "not written"): {made[i].student for i in (0, 1, 2, 3, 5, 6)},
    }
    assert "double: 6" in page
    # The results alone know what they say, and no notebook.
    for folder in (course / "autograded").iterdir():
        (folder / NAME / tiny.FILE).unlink()
    report(classes.run(made))
    kinds = {(r["kind"], r["student"]) for r in rows(course, "mistakes.csv")}
    assert ("cluster", "only-pass") in kinds and ("not written", "stub") in kinds


def test_what_failed_beside_a_known_mistake_is_no_group(course, report):
    both = {"positive numbers": "triple", "no numbers": ("raised ValueError", "ee")}
    made = [submission("ada", both), submission("bob", {"positive numbers": "triple"})]
    page, _, _ = report(classes.run([*made, submission("cyd", WRONG)]))
    shown = page.split("What else failed in these answers")[1]
    assert "<li>no numbers: 1 of 2</li>" in shown and "without a name: 1 check<" in page
    found = [(r["kind"], r["id"], r["what"]) for r in rows(course, "mistakes.csv")]
    assert ("beside it", "triple", "no numbers") in found
    groups = [
        r["student"] for r in rows(course, "mistakes.csv") if r["kind"] == "cluster"
    ]
    assert groups == ["cyd"]


def test_a_group_that_is_a_known_mistake_is_not_drafted_again(course, report, capsys):
    solution = tiny.SOLUTIONS["double"]
    known = solution.replace(tiny.RETURN, "return 3 * x")
    classes.answered(course, "ada", known.replace("3 * x", "3*x  # by hand"))
    _, said, _ = report(classes.run([submission("ada", WRONG)]))
    group = re.search(r"double-[0-9a-f]{6}", said)[0]
    _, out, err = report(
        classes.run([submission("ada", WRONG)]),
        options=["--draft-bug", group],
        status=2,
    )
    assert "is the known mistake 'triple'" in err and err.count("\n") == 1 and not out


def test_nobody_is_named_where_nobody_shall_be(course, report):
    why = ("no file /ada-lovely/x", "aa")
    made = [
        submission("ada-lovely", WRONG | {"noise": why}),
        lost("bob-lovely", "bob-lovely/x: no JSON"),
    ]
    classes.answered(course, "ada-lovely", "def double(x):  # ada-lovely\n    return x")
    report(classes.run(made), options=["--anonymous"])
    folder = course / "results" / NAME
    assert not (folder / "report.html").exists()
    texts = [path.read_text() for path in (folder / "anonymous").iterdir()]
    assert len(texts) == 4 and not any("lovely" in text for text in texts)
    names = re.findall(r"student-[a-z2-7]{8}", "".join(texts))
    assert len(set(names)) == 2
    # The same names in the next report, and others in another course.
    report(classes.run(made[:1], 2), options=["--anonymous"])
    again = (folder / "anonymous" / "students.csv").read_text()
    assert set(re.findall(r"student-[a-z2-7]{8}", again)) < set(names)
    (course / "results" / ".pseudonyms").unlink()
    report(classes.run(made[:1], 2), options=["--anonymous"])
    other = (folder / "anonymous" / "students.csv").read_text()
    assert not set(re.findall(r"student-[a-z2-7]{8}", other)) & set(names)


def test_an_answer_is_shown_without_its_comments(course, report):
    wrong = '#| export\ndef double(x):\n    """By ada."""\n    return 3 * x  # ada\n'
    classes.answered(course, "bob", wrong)
    page, _, _ = report(classes.run([submission("bob", WRONG)]))
    shown = re.sub(r"<[^>]*>", "", page.split("One of these answers")[1])
    assert "def double(x):\n    return 3 * x" in shown and "ada" not in shown


def test_an_answer_that_names_its_author_is_shown_without_the_name(
    course, report, capsys
):
    with open_gradebook(Course.read(course).layout, new=True) as gradebook:
        gradebook.add_student("bob", first_name="Robert", last_name="Roe")
        gradebook.add_student("zed", first_name="Max", last_name="Def")
    made = [submission(name, WRONG) for name in ("bob", "x9", "zed")]
    for student, said in (("bob", "by_roe"), ("x9", "x9"), ("zed", "max zeddy")):
        answer = f'def double(x):\n    who = "{said}"\n    return 3 * x\n'
        classes.answered(course, student, answer)
    page, said, _ = report(classes.run(made[:1]))
    shown = re.sub(r"<[^>]*>", "", page.split("One of these answers")[1])
    assert "by_roe" not in shown and "by_somebody" in shown
    assert "where somebody stands, a student" in shown
    group = re.search(r"double-[0-9a-f]{6}", said)[0]
    given = ["--results", str(course / "run-0.json"), "--draft-bug", group]
    assert main(["report", NAME, *given]) == 0
    draft = capsys.readouterr().out
    assert "where somebody stands: put" in draft and "by_roe" not in draft
    assert "by_somebody" in draft
    # Two letters stand in many words, and so does the beginning of one.
    for one in made[1:]:
        page, _, _ = report(classes.run([one]))
        assert "return" in page.split("One of these answers")[1]
