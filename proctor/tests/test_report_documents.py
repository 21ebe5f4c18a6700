"""Of which runs a report tells: what changed, what is missing, what is no document."""

import gc
from dataclasses import replace

import pytest

from proctor.cli import main
from proctor.grade.results import Submission
from proctor.gradebook.database import open_gradebook
from proctor.report.indexes import write_indexes
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.classes import submission
from proctor.tests.reports import WRONG, kept, reporting, rows, small_course
from proctor.tests.tiny import NAME


@pytest.fixture
def course(tmp_path, monkeypatch):
    return small_course(tmp_path, monkeypatch)


@pytest.fixture
def report(course, capsys):
    return reporting(course, capsys)


def test_what_the_last_run_changed(course, report):
    first = [submission("ada", WRONG), submission("bob"), submission("cyd")]
    second = [
        submission("ada"),
        submission("bob", {"noise": "mean"}),
        submission("dan"),
    ]
    page, said, _ = report(classes.run(first), classes.run(second, 2))
    assert "since the run of 2026-01-01, 12:00 UTC: 2 again, 1 new; 1 gained" in said
    found = {(r["student"], r["check"]): r["gain"] for r in rows(course, "changes.csv")}
    assert found == {
        ("ada", "positive numbers"): "2",
        ("ada", "no numbers"): "1",
        ("bob", "noise"): "-1",
    }
    # Of a student whom the last run did not look at, the result is the earlier one.
    scores = {row["student"]: row["score"] for row in rows(course, "students.csv")}
    assert scores == {"ada": "7", "bob": "6", "cyd": "7", "dan": "7"}
    assert "12:00 UTC: 2 submissions were looked at again, and 1 for" in page


def test_what_changed_since_a_run_of_ones_choice(course, report):
    runs = [
        classes.run([submission("ada", WRONG), submission("bob", WRONG)]),
        classes.run([submission("ada")], 3),
        classes.run([submission("bob")], 5),
    ]
    said = {
        given: report(*runs, options=[*given.split()])[1]
        for given in ("", "--since 2026-01-03", "--since 2026-01-03T12:00:01+00:00")
    }
    last = "since the run of 2026-01-03, 12:00 UTC: 1 again, 0 new; 1 gained"
    assert last in said[""] and last in said["--since 2026-01-03T12:00:01+00:00"]
    both = "since the run of 2026-01-01, 12:00 UTC: 2 again, 0 new; 2 gained"
    assert both in said["--since 2026-01-03"]
    for given, why in (
        ("2026-01-01", "no run began before 2026-01-01T00:00:00+00:00"),
        ("2026-02-01", "no run began after 2026-02-01"),
        ("monday", "--since takes a day or a time, such as 2026-10-02"),
    ):
        _, out, err = report(*runs, options=["--since", given], status=2)
        assert why in err and err.count("\n") == 1 and not out


def test_who_handed_in_is_not_missing(course, report):
    with open_gradebook(Course.read(course).layout, new=True) as gradebook:
        for student in ("ada", "bob", "cyd"):
            gradebook.add_student(student)
    tiny.write(course / "submitted" / "bob" / NAME / tiny.FILE, [])
    made = classes.run([submission("ada", score=5.0)])
    # Of documents that are given, others may be elsewhere.
    _, said, _ = report(made)
    assert said.startswith(f"{NAME}: 1 graded, 1 missing\n")
    assert "1 more student handed something in, without a result in what was" in said
    assert [(r["student"], r["status"]) for r in rows(course, "students.csv")] == [
        ("ada", "graded"),
        ("cyd", "missing"),
    ]
    # Of those that the course keeps, all are here.
    kept(course, made)
    assert main(["report", NAME]) == 0
    found = [(r["student"], r["status"]) for r in rows(course, "students.csv")]
    assert found[1:] == [("bob", "not graded yet"), ("cyd", "missing")]


def test_who_is_in_the_documents_alone_is_compared(course, report):
    for student in ("ada", "bob"):
        answer = "def double(x):\n" + "    x = x + 1\n    x = x - 1\n" * 9
        classes.answered(course, student, answer)
    page, _, _ = report(classes.run([submission("ada"), submission("bob")]))
    assert "The 2 submissions are 1 text." in page
    page, _, _ = report(classes.run([submission("ada")]))
    assert "There are no two submissions to compare." in page
    page, _, _ = report(classes.run([]))
    assert "submissions" not in page.split('<h2 id="clusters">')[1].lower()


def test_points_that_can_be_forged_are_said(report):
    made = submission("ada")
    cells = [replace(cell, together=True) for cell in made.cells[:1]]
    made = replace(made, cells=(*cells, *made.cells[1:]))
    page, said, _ = report(classes.run([made]))
    words = "The tests of double ran together with the students' code"
    assert words in said and words.replace("'", "&#39;") in page


def test_documents_are_taken_by_their_time(course, report):
    late = classes.run([submission("ada")], 9)
    report(late, classes.run([submission("ada", WRONG)], 3))
    assert rows(course, "students.csv")[0]["score"] == "7"


def test_a_run_that_was_interrupted_says_so(report):
    page, said, _ = report(classes.run([submission("ada")], finished=False))
    assert "was interrupted after 1 submission:" in said and "interrupted" in page


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda p: p.write_text(p.read_text()[:-40]), "is not whole, or no JSON"),
        (lambda p: p.write_text(p.read_text()[:-3]), "is not whole, or no JSON"),
        (lambda p: p.write_text(p.read_text() + "{}"), "is not whole, or no JSON"),
        (lambda p: p.write_bytes(b"\x1f\x8bnonsense"), "is not whole, or no JSON"),
        (lambda p: p.write_text("[" * 100_000), "is not whole, or no JSON"),
        (lambda p: p.write_text("{}"), "it names no schema"),
        (
            lambda p: classes.as_json(p, schema="proctor/results/v9"),
            "it says 'proctor/results/v9'",
        ),
        (
            lambda p: classes.as_json(p, assignment="02_other"),
            "has results of '02_other'",
        ),
        (lambda p: classes.as_json(p, submissions=[{}]), "there is no 'student'"),
        (lambda p: classes.as_json(p, submissions=3), "'submissions' is int"),
        (
            lambda p: p.write_text(p.read_text().replace("7.0,", "NaN,", 1)),
            "'max_score' of 'ada' is nan",
        ),
        (
            lambda p: p.write_text(p.read_text().replace("bob", "ada")),
            "has 'ada' twice",
        ),
        (lambda p: classes.as_json(p, started="yesterday"), "yesterday"),
        (lambda p: p.unlink(), "cannot be read (No such file"),
    ],
)
def test_a_document_that_is_none_is_one_line(course, capsys, change, why):
    path = course / "results.json"
    classes.write(path, classes.run([submission("ada"), submission("bob")]))
    change(path)
    assert main(["report", NAME, "--results", str(path)]) == 2
    said = capsys.readouterr()
    assert why in said.err and said.err.count("\n") == 1 and not said.out
    assert not (course / "results").exists()


def test_who_asks_for_nothing_is_told_what_to_do(course, capsys):
    for arguments, why in (
        (["report", NAME], f"run proctor autograde {NAME}"),
        (["report", "09_nothing"], "no assignment '09_nothing'"),
        (["report"], f"name an assignment, such as proctor report {NAME}"),
        (["report", "--student", "ada"], "no results of 'ada' are kept"),
        (
            ["report", NAME, "--student", "ada"],
            "leave ASSIGNMENT, --results and --since out",
        ),
        (["similar", NAME], f"run proctor autograde {NAME} first"),
    ):
        assert main(arguments) == 2
        said = capsys.readouterr().err
        assert why in said and said.count("\n") == 1


def test_one_student_over_the_course(course, capsys):
    other = "02_other"
    kept(
        course,
        classes.run([submission("ada", {"noise": "mean"}), submission("bob")]),
        # Looked at once more, and the same: no other result.
        classes.run([submission("ada", {"noise": "mean"})], 2),
        classes.run([submission("ada")], 3),
    )
    kept(course, classes.run([submission("ada", {"noise": "mean"})], 4, other))
    kept(
        course,
        classes.run([submission("ada", {"noise": "mean"}, score=1.0)], 5, other),
    )
    assert main(["report", "--student", "ada"]) == 0
    said = capsys.readouterr().out.splitlines()
    late = " (5 taken off for being late)"
    assert said[:2] == [f"{NAME}: 7 of 7 points", f"{other}: 1 of 7 points{late}"]
    page = (course / "feedback" / "ada" / "index.html").read_text()
    assert "before: 6" in page and "bob" not in page
    # In the second assignment alone it is still there: it came once.
    assert "Mistakes that came back" not in page
    kept(course, classes.run([submission("ada", {"noise": "mean"})], 6))
    assert main(["report", "--student", "ada"]) == 0
    said = capsys.readouterr().out
    assert (
        f"came back: It is the mean ({NAME}, total (2 times); {other}, total)" in said
    )
    page = (course / "feedback" / "ada" / "index.html").read_text()
    assert "Mistakes that came back" in page and "Why mean?" in page
    assert main(["report", "--student", "adda"]) == 2
    assert "there is ada" in capsys.readouterr().err


def test_indexes_have_the_results_of_one_student_in_memory_at_a_time(course):
    students = [f"s{number:02}" for number in range(40)]
    wrong = [submission(one, {"noise": "mean"}) for one in students]
    kept(course, classes.run(wrong), classes.run([*map(submission, students)], 2))
    kept(course, classes.run(wrong, 3, "02_other"))
    del wrong
    there = []
    # What was there before is not counted, and not looked through for each student.
    gc.collect()
    gc.freeze()
    try:
        write_indexes(
            Course.read(course), students, lambda _: there.append(in_memory())
        )
    finally:
        gc.unfreeze()
    assert len(there) == 40
    # Three results of a student, each once more with the points that count.
    assert 0 < max(there) <= 10
    page = (course / "feedback" / "s39" / "index.html").read_text()
    assert "before: 6" in page and "02_other" in page and "s38" not in page


def in_memory():
    """Return how many submissions' results there are."""
    return sum(isinstance(one, Submission) for one in gc.get_objects())


def test_a_course_keeps_what_each_run_found(course, capsys):
    kept(course, classes.run([submission("ada", WRONG)]))
    kept(course, classes.run([submission("ada")]), classes.run([submission("bob")]))
    # Three runs that began in the same second.
    assert len(list((course / "results" / NAME).iterdir())) == 3
    assert (course / "results" / ".gitignore").read_text() == "*\n"
    assert main(["report", NAME]) == 0
    said = capsys.readouterr().out
    assert "2 graded" in said and "12:00 UTC: 0 again, 1 new" in said


def test_a_damaged_document_costs_the_index_and_no_grade(course, capsys):
    from proctor.commands.autograde import _write_indexes

    kept(course, classes.run([submission("ada")]))
    (kept_path,) = (course / "results" / NAME).iterdir()
    kept_path.write_bytes(kept_path.read_bytes()[:-20])
    _write_indexes(Course.read(course), classes.run([submission("ada")], 2))
    said = capsys.readouterr().err
    assert "no index of students' pages is written" in said and "not whole" in said
