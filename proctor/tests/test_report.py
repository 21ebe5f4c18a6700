"""What a class got wrong: the page, the tables, thirty lines; and whatever comes in."""

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from proctor.cli import main
from proctor.gradebook.database import open_gradebook
from proctor.report.classroom import class_of
from proctor.report.statistics import Item, items, point_biserial, spread
from proctor.report.summary import with_command
from proctor.report.words import at_most, many, percent
from proctor.settings import Course
from proctor.tests import classes, tiny
from proctor.tests.classes import lost, submission
from proctor.tests.tiny import NAME

WRONG = {"positive numbers": ("wrong values", "aa"), "no numbers": ("too late", "bb")}
OTHER = {"positive numbers": ("wrong values", "cc"), "no numbers": ("too late", "bb")}


@pytest.fixture
def drawn():
    """Asked for by tests that look at a report's pictures."""


@pytest.fixture
def course(tmp_path, monkeypatch, request):
    tiny.course(tmp_path)
    monkeypatch.chdir(tmp_path)
    if "drawn" not in request.fixturenames:
        classes.undrawn(monkeypatch)
    return tmp_path


@pytest.fixture
def report(course, capsys):
    """Return a function that reports on runs, and returns the page and what is said."""

    def report(*runs, options=(), status=0):
        paths = [
            classes.write(course / f"run-{number}.json", one)
            for number, one in enumerate(runs)
        ]
        given = [part for path in paths for part in ("--results", str(path))]
        assert main(["report", NAME, *given, *options]) == status
        said = capsys.readouterr()
        page = course / "results" / NAME / "report.html"
        return (page.read_text() if page.exists() else ""), said.out, said.err

    return report


def rows(course, name):
    text = (course / "results" / NAME / name).read_text()
    return list(csv.DictReader(text.splitlines()))


def a_class(number):
    """Return a class: every third triples, every fifth has no name, one is broken."""
    made = []
    for index in range(number - 1):
        wrong = {}
        if index % 3 == 0:
            wrong |= {"positive numbers": "triple", "negative numbers": "triple"}
        elif index % 5 == 0:
            wrong |= WRONG
        elif index % 7 == 0:
            wrong |= OTHER
        made.append(submission(f"s{index:04}", wrong))
    return [*made, lost("zoe", "it is no notebook: no JSON")]


class Elements(HTMLParser):
    """The elements of a page."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


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
    kept(course, NAME, made)
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


@pytest.mark.parametrize(("number", "most"), [(500, 1_000_000), (5000, 2_000_000)])
def test_a_large_class_has_a_page_that_opens(drawn, course, report, number, most):
    page, said, _ = report(classes.run(a_class(number)))
    assert ("is not compared here" in page) == (number > 600)
    assert len(page) < most and len(said.splitlines()) <= 30
    assert len(rows(course, "students.csv")) == number


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


def kept(course, name, *runs):
    """Keep results as grading runs do."""
    from proctor.gradebook.history import History

    for made in runs:
        History(Course.read(course).layout).keep(made)


def test_one_student_over_the_course(course, capsys):
    other = "02_other"
    kept(
        course,
        NAME,
        classes.run([submission("ada", {"noise": "mean"}), submission("bob")]),
        # Looked at once more, and the same: no other result.
        classes.run([submission("ada", {"noise": "mean"})], 2),
        classes.run([submission("ada")], 3),
    )
    kept(course, other, classes.run([submission("ada", {"noise": "mean"})], 4, other))
    kept(
        course,
        other,
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
    kept(course, NAME, classes.run([submission("ada", {"noise": "mean"})], 6))
    assert main(["report", "--student", "ada"]) == 0
    said = capsys.readouterr().out
    assert (
        f"came back: It is the mean ({NAME}, total (2 times); {other}, total)" in said
    )
    page = (course / "feedback" / "ada" / "index.html").read_text()
    assert "Mistakes that came back" in page and "Why mean?" in page
    assert main(["report", "--student", "adda"]) == 2
    assert "there is ada" in capsys.readouterr().err


def test_a_course_keeps_what_each_run_found(course, capsys):
    kept(course, NAME, classes.run([submission("ada", WRONG)]))
    kept(
        course, NAME, classes.run([submission("ada")]), classes.run([submission("bob")])
    )
    # Three runs that began in the same second.
    assert len(list((course / "results" / NAME).iterdir())) == 3
    assert (course / "results" / ".gitignore").read_text() == "*\n"
    assert main(["report", NAME]) == 0
    said = capsys.readouterr().out
    assert "2 graded" in said and "12:00 UTC: 0 again, 1 new" in said


def test_a_damaged_document_costs_the_index_and_no_grade(course, capsys):
    from proctor.commands.autograde import _write_indexes

    kept(course, NAME, classes.run([submission("ada")]))
    (kept_path,) = (course / "results" / NAME).iterdir()
    kept_path.write_bytes(kept_path.read_bytes()[:-20])
    _write_indexes(Course.read(course), classes.run([submission("ada")], 2))
    said = capsys.readouterr().err
    assert "no index of students' pages is written" in said and "not whole" in said
