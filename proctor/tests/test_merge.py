"""A class in parts, each graded on a machine of its own, in one gradebook."""

import json
import shutil
import sqlite3
import sys
from contextlib import closing

import pytest

from proctor.gradebook.plan import Plan
from proctor.tests.left import found_in, grades_in, timeless
from proctor.tests.test_late import by_hand, entered_course, hand_in
from proctor.tests.tiny import FILE, NAME

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="keeps proctor warm by Linux's processes"
    ),
    pytest.mark.slow,
]
STUDENTS = ("good", "triple", "absolute", "dated", "empty")
TOLD = ("autograde", NAME, "--seed", "3", "--results", "results.json")


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """A class that handed in; the gradebook knows the assignment."""
    course = entered_course(tmp_path_factory.mktemp("class"), bugs=[])
    for student in STUDENTS:
        hand_in(course, student, "02" if student == "dated" else "")
    hand_in(course, "triple", double="3 * x")
    hand_in(course, "absolute", double="2 * abs(x)")
    place = course / "submitted" / "empty" / NAME
    shutil.copy(course / "release" / NAME / FILE, place)
    return course


@pytest.fixture(scope="module")
def graded(entered, warm_proctor, tmp_path_factory):
    """The class graded as a whole, and in two parts; each in a folder of its own."""
    folder = tmp_path_factory.mktemp("graded")
    for name, more in (("whole", ()), ("1", ["1/2"]), ("2", ["2/2"])):
        course = shutil.copytree(entered, folder / name)
        more = ["--shard", *more] if more else []
        ended = warm_proctor.run(course, *TOLD, *more)
        assert ended.status == 0, ended.output
    return folder


@pytest.fixture
def course(entered, tmp_path):
    return shutil.copytree(entered, tmp_path / "course")


def results(graded):
    return [str(graded / name / "results.json") for name in ("2", "1")]


def folders(graded):
    return [
        part
        for name in ("1", "2")
        for part in ("--autograded", str(graded / name / "autograded"))
    ]


def test_each_part_has_others_and_all_have_everybody(graded):
    parts = [
        {p.name for p in (graded / name / "autograded").iterdir()} for name in "12"
    ]
    assert parts[0] | parts[1] == set(STUDENTS) and not parts[0] & parts[1]
    assert min(map(len, parts)) > 0
    # Of a thousand, each of eight has about as many; none is in two, or in none.
    names = [f"s{number}" for number in range(1000)]
    plans = [Plan(shard=(number, 8)) for number in range(1, 9)]
    sizes = [sum(map(plan.has, names)) for plan in plans]
    assert sum(sizes) == 1000 and min(sizes) > 90 and max(sizes) < 160


def test_scores_alone_are_those_of_the_whole(warm_proctor, graded, course):
    ended = warm_proctor.run(course, "merge", *results(graded), "--out", "all.json")
    assert ended.status == 0, ended.output
    assert grades_in(course) == grades_in(graded / "whole")
    whole = json.loads((graded / "whole" / "results.json").read_text())
    merged = json.loads((course / "all.json").read_text())
    assert timeless(merged) == timeless(whole)
    assert not (course / "autograded").exists()
    # What is there already is neither doubled nor changed.
    kept = sorted((course / "results" / NAME).iterdir())
    ended = warm_proctor.run(course, "merge", *results(graded))
    assert grades_in(course) == grades_in(graded / "whole")
    assert sorted((course / "results" / NAME).iterdir()) == kept


def test_with_its_notebooks_a_merge_is_what_one_machine_leaves(
    warm_proctor, graded, course
):
    merge = ("merge", *results(graded), *folders(graded), "--out", "results.json")
    ended = warm_proctor.run(course, *merge)
    assert ended.status == 0, ended.output
    assert found_in(course) == found_in(graded / "whole")
    # Graded here, it is found graded.
    ended = warm_proctor.run(course, *TOLD)
    assert ended.status == 0, ended.output
    assert found_in(course) == found_in(graded / "whole")


def test_points_by_hand_stay_and_are_asked_for_again_where_the_answer_changed(
    warm_proctor, graded, course
):
    hand_in(course, "good", text="It was another text.")
    assert warm_proctor.run(course, *TOLD).status == 0
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        for student in ("good", "dated"):
            database.execute(by_hand(student, "essay", 3))
        database.commit()
    ended = warm_proctor.run(course, "merge", *results(graded), *folders(graded))
    assert ended.status == 0, ended.output
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        found = database.execute(
            """select student_id, manual_score, grade.needs_manual_grade from grade
            join base_cell on base_cell.id = grade.cell_id
            join submitted_notebook on submitted_notebook.id = grade.notebook_id
            join submitted_assignment
                on submitted_assignment.id = submitted_notebook.assignment_id
            where base_cell.name = 'essay' and manual_score is not null"""
        ).fetchall()
    assert sorted(found) == [("dated", 3.0, 0), ("good", 3.0, 1)]


def test_what_is_older_than_what_was_there_stands_and_is_said(
    warm_proctor, graded, course
):
    whole = str(graded / "whole" / "results.json")
    hand_in(course, "good", double="3 * x")
    assert warm_proctor.run(course, *TOLD).status == 0
    ended = warm_proctor.run(course, "merge", whole)
    assert ended.status == 0
    (line,) = [x for x in ended.output.splitlines() if x.startswith("proctor: ")]
    assert line.startswith("proctor: of good there was a newer result")
    assert grades_in(course) == grades_in(graded / "whole")
    # With the newer one it is said of nobody, and that one counts.
    newer = str(course / "results.json")
    ended = warm_proctor.run(course, "merge", newer, whole)
    assert ended.status == 0 and "newer" not in ended.output
    assert grades_in(course) != grades_in(graded / "whole")


def changed(graded, tmp_path, change):
    document = json.loads((graded / "1" / "results.json").read_text())
    change(document)
    (path := tmp_path / "changed.json").write_text(json.dumps(document))
    return str(path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.update(assignment="02_other"), "merge one assignment's at a time"),
        (lambda d: d.update(seed=4), "--out wants results of one seed"),
        (
            lambda d: d["submissions"][0]["cells"][0].update(max_score=9.0),
            "grade with the same version of the assignment",
        ),
        (
            lambda d: d["submissions"][0]["cells"][0].update(
                message="a person gave these points"
            ),
            "bring its folder autograded as well",
        ),
        (lambda d: d["submissions"][0]["cells"].pop(0), "lack 'test-double'"),
        (lambda d: d["submissions"][0]["cells"].clear(), "lack 'essay'"),
        (
            lambda d: d["submissions"][0]["cells"].append(
                d["submissions"][0]["cells"][0]
            ),
            "have a cell twice",
        ),
        (
            lambda d: d["submissions"][0]["cells"][0].update(score=4.5),
            "have 4.5 of 4 points for 'test-double'",
        ),
        (
            lambda d: d["submissions"][0]["cells"][0].update(score=-1.0),
            "have -1 of 4 points for 'test-double'",
        ),
        (lambda d: d["submissions"][0].update(student="../s"), "name a student '../s'"),
        (lambda d: d["submissions"][0].update(student="s\0"), "name a student 's?'"),
        (lambda d: d["submissions"][0].update(student="\ud800"), "name a student '?'"),
        (lambda d: d["submissions"][0].update(student=""), "name a student ''"),
        (lambda d: d["submissions"][0].update(student="s" * 129), "name a student 'ss"),
    ],
)
def test_what_does_not_belong_together_is_one_line_and_nothing_is_entered(
    warm_proctor, graded, course, tmp_path, change, says
):
    others = results(graded)[0], changed(graded, tmp_path, change)
    ended = warm_proctor.run(course, "merge", *others, "--out", "all.json")
    (line,) = ended.output.splitlines()
    assert ended.status == 2 and line.startswith("proctor: ") and says in line
    assert grades_in(course) == []
