"""From wrong answers that were graded to a known mistake that the gate has tried."""

import csv
import re
from dataclasses import replace

import pytest

from proctor.cli import main
from proctor.grade.cell_results import GIVEN
from proctor.gradebook.database import open_gradebook
from proctor.gradebook.history import History
from proctor.report.documents import read_run
from proctor.sandbox.levels import best_level
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.tiny import FILE, NAME, RETURN, SOLUTIONS

SANDBOX = ("--sandbox", best_level())
# Two ways to the same wrong values, one to others, one that is known, a right one.
ANSWERS = {
    "adds-one": "return 2 * x + 1  # adds-one wrote this",
    "adds-one-too": "return 1 + x + x",
    "adds-two": "return 2 * x + 2",
    "triples": "return 3 * x",
    "right": "return 2 * x",
}


@pytest.mark.slow  # a class is graded, and the gate tries a mistake: some ten seconds
def test_from_a_group_of_answers_to_a_known_mistake(tmp_path, monkeypatch, capsys):
    course = tiny.course(tmp_path)
    monkeypatch.chdir(course)
    tiny.enter(course)
    layout = Course.read(course).layout
    for student, answer in ANSWERS.items():
        texts = {"double": SOLUTIONS["double"].replace(RETURN, answer)}
        cells = tiny.hidden(tiny.cells_of(SOLUTIONS | texts))
        tiny.write(course / "submitted" / student / NAME / FILE, cells)
    assert main(["autograde", NAME, "--feedback", "--seed", "5", *SANDBOX]) == 0
    index = (course / "feedback" / "triples" / "index.html").read_text()
    assert f'href="{NAME}/tiny.html"' in index and "It is triple" in index
    assert "adds" not in index
    capsys.readouterr()

    assert main(["report", NAME]) == 0
    said = capsys.readouterr().out
    groups = re.findall(
        r"^ +(\d) {2}(double-[0-9a-f]{6}): positive numbers", said, re.M
    )
    # The same values, whatever was written; and neither the known one nor the others.
    assert [size for size, _ in groups] == ["2", "1"]
    assert "     1  It is triple (double)" in said.splitlines()
    page = (course / "results" / NAME / "report.html").read_text()
    assert "wrote this" not in page

    (_, group), _ = groups
    assert main(["report", NAME, "--draft-bug", group]) == 0
    draft = capsys.readouterr().out
    assert '(\n            "    return 2 * x",\n' in draft
    bugs = course / "notebooks" / NAME / "bugs.py"
    known = bugs.read_text()
    bugs.write_text(f"{known}\nBUGS += [\n{draft}]\n")
    assert main(["gate", NAME, "--bug", group, *SANDBOX]) == 2
    refused = capsys.readouterr().err
    assert "its title still says TO WRITE" in refused and refused.count("\n") == 1
    draft = draft.replace("TO WRITE: ", "")
    bugs.write_text(f"{known}\nBUGS += [\n{draft}]\n")
    assert main(["gate", NAME, "--bug", group, "--seed", "6", *SANDBOX]) == 0
    assert "caught 1/1, named 1/1" in capsys.readouterr().out

    assert main(["report", NAME, "--draft-bug", "double-000000"]) == 2
    assert f"there is {group}" in capsys.readouterr().err

    # What the gradebook has learned since counts, once, in this report and the next,
    # whether a run's document has it or not.
    with open_gradebook(layout) as gradebook:
        gradebook.add_student("never-came")
        grade = gradebook.find_grade("test-double", "tiny", NAME, "right")
        grade.manual_score, grade.extra_credit = 1.0, 0.5
        grade.needs_manual_grade = False
        # Points by hand for what was wrong, and beside a known mistake.
        for cell, student in (("test-double", "adds-one"), ("test-total", "triples")):
            gradebook.find_grade(cell, "tiny", NAME, student).manual_score = 1.5
        gradebook.db.commit()
    history = History(layout)
    (path,) = history.runs(NAME)
    first = read_run(path)
    for _ in range(2):
        assert main(["report", NAME]) == 0
        listed = (course / "results" / NAME / "students.csv").read_text().splitlines()
        found = {row["student"]: row for row in csv.DictReader(listed)}
        assert found["right"]["score"] == "4.5"
        assert found["never-came"]["status"] == "missing"
        history.keep(replace(first, submissions=[*map(_by_hand, first.submissions)]))

    # Who hands in again is told apart from who did not, until it is graded.
    for student in ("adds-two", "right"):
        path = course / "submitted" / student / NAME / FILE
        path.write_text(path.read_text().replace("2 * x + 2", "2 * x + 1 + 0"))
        path.write_text(path.read_text().replace("return 2 * x\\n", "return 4 * x\\n"))
    for command in (["report", NAME], ["similar", NAME]):
        capsys.readouterr()
        assert main(command) == 0
        said = "2 submissions, or what grades them, changed after the grading "
        said += "(adds-two, right): run proctor autograde"
        assert said in capsys.readouterr().out

    # Who is graded in another run, from another seed, stands in the group of that name;
    # so does who has points by hand.
    bugs.write_text(known)
    assert main(["autograde", NAME, "--seed", "8", *SANDBOX]) == 0
    capsys.readouterr()
    assert main(["report", NAME]) == 0
    assert f"     3  {group}: positive numbers" in capsys.readouterr().out
    # No mistake came back of who handed nothing in anew, though the points are others.
    assert main(["report", "--student", "triples"]) == 0
    said = capsys.readouterr().out
    assert f"{NAME}: 2.5 of 7 points" in said and "came back" not in said
    path = course / "submitted" / "triples" / NAME / FILE
    path.write_text(path.read_text().replace("return 3 * x\\n", "return 3 * x + 0\\n"))
    assert main(["autograde", NAME, "--student", "triples", *SANDBOX]) == 0
    capsys.readouterr()
    assert main(["report", "--student", "triples"]) == 0
    said = capsys.readouterr().out
    assert f"came back: It is triple ({NAME}, double (2 times))" in said


def _by_hand(submission):
    """Return a result as a later run has it, with the points of a person in it."""
    if submission.student != "right":
        return submission
    double, *others = submission.cells
    assert double.grade_id == "test-double"
    double = replace(double, score=1.5, extra_credit=0.5, message=GIVEN)
    return replace(submission, score=4.5, cells=(double, *others))
