"""nbgrader's own commands on a checkout: what an instructor types."""

import json
import sys

import nbformat
import pytest
from classroom import MAX_SCORE, grades, new_course, totals
from conftest import ROOT, run
from mishandled import DONE, UNHARMED

from course.examples import read_example, submit
from proctor.tests.commands import exported

# The same in a process that has begun.
AUTOGRADE = "proctor autograde", "autograde"


@pytest.fixture(scope="module")
def graded(demo, tmp_path_factory):
    """A class of mishandled submissions, graded by one ``nbgrader autograde``."""
    course = new_course(demo[0], tmp_path_factory.mktemp("nbgrader") / "course")
    correct = read_example(ROOT / "examples" / "correct-loops")
    released = course / "release/09_spatial/spatial.ipynb"
    submit(correct, released, course / "build/correct")
    original = course / "build/correct/spatial.ipynb"
    for change in DONE:
        notebook = nbformat.read(original, as_version=4)
        change(notebook)
        path = submitted(course, change.__name__)
        path.write_text(nbformat.v4.writes(notebook))
    text = original.read_text()
    submitted(course, "begins_with_a_mark").write_text(text, encoding="utf-8-sig")
    submitted(course, "in_utf_16").write_text(text, encoding="utf-16")
    both = f"<<<<<<< mine\n{text}\n=======\n{text}\n>>>>>>> theirs\n"
    submitted(course, "marks_of_a_conflict").write_text(both)
    submitted(course, "a-broken-file").write_text("{")
    submitted(course, "a-linked-notebook").symlink_to(original)
    beside = submitted(course, "a-link-beside")
    beside.write_bytes(original.read_bytes())
    beside.with_name("data.txt").symlink_to("/etc/passwd")
    below = submitted(course, "a-link-below")
    below.write_bytes(original.read_bytes())
    below.with_name("data").mkdir()
    below.with_name("data").joinpath("etc").symlink_to("/etc")
    return course, run("nbgrader", "autograde", "09_spatial", cwd=course)


def submitted(course, student):
    path = course / "submitted" / student / "09_spatial/spatial.ipynb"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture(scope="module")
def scores(graded):
    return exported(graded[0])


@pytest.mark.parametrize("change", DONE, ids=lambda change: change.__name__)
def test_autograde_and_export(scores, graded, change):
    row = scores[change.__name__]
    assert float(row["score"]) == DONE[change], graded[1].stderr
    assert float(row["max_score"]) == MAX_SCORE


@pytest.mark.parametrize(
    "student", ["begins_with_a_mark", "in_utf_16", "marks_of_a_conflict"]
)
def test_an_odd_file_is_read_as_proctor_reads_it(scores, student):
    assert float(scores[student]["score"]) == UNHARMED


def test_a_broken_file_is_reported_and_stops_nobody(graded, scores):
    _, done = graded
    assert done.returncode == 1
    assert "a-broken-file: spatial.ipynb is no notebook: not JSON" in done.stderr
    assert set(scores) >= {change.__name__ for change in DONE}


def test_a_notebook_that_is_a_link_is_refused(graded, scores):
    course, done = graded
    assert "a-linked-notebook: spatial.ipynb is a link: hand in the" in done.stderr
    assert "a-linked-notebook" not in totals(course)
    assert not (course / "autograded/a-linked-notebook").exists()


@pytest.mark.parametrize("student", ["a-link-beside", "a-link-below"])
def test_what_lies_beside_a_notebook_stays_where_it_is(graded, scores, student):
    course, _ = graded
    assert float(scores[student]["score"]) == UNHARMED
    left = [path.name for path in (course / "autograded" / student).rglob("*.*")]
    assert left == ["spatial.ipynb"]


def test_a_run_is_one_run_whoever_starts_it(graded):
    """One seed and start for all, and what is needed to go on."""
    course, _ = graded
    records = [
        json.loads(path.read_text())["metadata"]["proctor"]
        for path in (course / "autograded").rglob("*.ipynb")
    ]
    assert len(records) > len(DONE)
    assert len({(record["seed"], record["started"]) for record in records}) == 1
    # Two handed in the same notebook, with a link beside it.
    assert len({record["key"] for record in records}) == len(records) - 1
    assert all(len(record["key"]) == 64 for record in records)
    assert all(record["submission"]["seconds"] > 0 for record in records)


def test_nothing_of_the_machine_is_in_what_was_graded(graded):
    course, _ = graded
    for path in (course / "autograded").rglob("*"):
        assert not path.is_symlink()
        assert path.is_dir() or "root:x:0" not in path.read_text()


def without_what_graders_skip(course, kind):
    """Leave out the cells that train and time, which one test runs elsewhere."""
    notebook = nbformat.read(course / kind / "09_spatial/spatial.ipynb", as_version=4)
    notebook.cells = [
        c for c in notebook.cells if "skip-grading" not in c.metadata.get("tags", [])
    ]
    nbformat.write(notebook, course / f"{kind}.ipynb")
    return f"{kind}.ipynb"


def test_a_released_notebook_fails_validation_and_its_solution_passes(graded):
    course, _ = graded
    notebook = without_what_graders_skip(course, "release")
    done = run("nbgrader", "validate", notebook, cwd=course)
    # Eleven tests, and an answer in prose that is not written.
    assert "VALIDATION FAILED ON 12 CELL(S)" in done.stdout, done.stderr
    notebook = without_what_graders_skip(course, "source")
    done = run("nbgrader", "validate", notebook, cwd=course)
    assert done.stdout == "Success! Your notebook passes all the tests.\n", done.stderr


def test_a_student_who_handed_nothing_in_needs_attention(graded):
    course, _ = graded
    done = run(*AUTOGRADE, "09_spatial", "--student", "nobody", cwd=course)
    assert done.returncode == 1
    assert "nothing handed in" in done.stdout


def test_a_folder_without_the_notebook_needs_attention(graded):
    course, _ = graded
    other = course / "submitted/other-name/09_spatial/answers.ipynb"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text("{}")
    done = run(*AUTOGRADE, "09_spatial", "--student", "other-name", cwd=course)
    assert done.returncode == 1
    assert "spatial.ipynb is missing; handed in: answers.ipynb" in done.stdout


ADD = """
from proctor.gradebook.fast_import import spare_nbgrader

spare_nbgrader()
from nbgrader.api import Gradebook

with Gradebook("sqlite:///gradebook.db") as gradebook:
    gradebook.add_assignment("01_tensor")
    gradebook.add_notebook("tensor", "01_tensor")
"""


def test_an_assignment_that_nobody_handed_in(graded):
    course, _ = graded
    made = run(sys.executable, "-c", ADD, cwd=course)
    assert made.returncode == 0, made.stderr
    done = run(*AUTOGRADE, "01_tensor", cwd=course)
    assert done.returncode == 2
    assert done.stderr == (
        "proctor: nothing handed in for '01_tensor': put each notebook at "
        f"{course}/submitted/<student>/01_tensor/<notebook>.ipynb\n"
    )


def test_an_unknown_assignment_cannot_be_graded(graded):
    course, _ = graded
    done = run(*AUTOGRADE, "10_tokens", cwd=course)
    assert done.returncode == 2
    assert done.stderr == (
        "proctor: no assignment '10_tokens': there is "
        f"{', '.join(sorted(p.name for p in (course / 'source').iterdir()))}\n"
    )
    done = run(*AUTOGRADE, "18_acceleration", cwd=course)
    assert done.stderr == (
        "proctor: no assignment '18_acceleration' in the gradebook (it has: 01_tensor, "
        "09_spatial): run nbgrader generate_assignment 18_acceleration first\n"
    )


GIVE = """
from proctor.gradebook.fast_import import spare_nbgrader

spare_nbgrader()
from nbgrader.api import Gradebook

with Gradebook("sqlite:///gradebook.db") as gradebook:
    where = "spatial", "09_spatial", "import_the_reference"
    for name, points in {"test-conv2d-layer": 4, "reflection": 3}.items():
        grade = gradebook.find_grade(name, *where)
        grade.manual_score, grade.needs_manual_grade = points, False
    comment = gradebook.find_comment("conv2d-layer", *where)
    comment.manual_comment = "the idea is right"
    gradebook.db.commit()
"""


def test_what_a_person_gave_stays(graded, scores):
    """No way of grading again takes anything away, or asks for it again."""
    course, _ = graded
    student, options = "import_the_reference", {"cwd": course}
    before = totals(course)

    def given():
        cells = grades(course)[student]
        return cells["test-conv2d-layer"], cells["reflection"]

    assert given() == ((0, None, 0), (None, None, 1))
    done = run(sys.executable, "-c", GIVE, **options)
    assert done.returncode == 0, done.stderr
    assert given() == ((0, 4, 0), (None, 3, 0))
    command = ["nbgrader", "autograde", "09_spatial", "--force", "--student", student]
    done = run(*command, **options)
    assert done.returncode == 0, done.stderr
    assert given() == ((0, 4, 0), (None, 3, 0))
    done = run(*AUTOGRADE, "09_spatial", **options)
    assert done.returncode == 1, done.stderr
    assert given() == ((0, 4, 0), (None, 3, 0))
    # What nbgrader's command graded is not graded again.
    assert totals(course) == before

    # nbgrader's next steps, after proctor's.
    assert exported(course)[student]["score"] == "7.0"
    # Of two students alone, import_... and delete_...: a page takes seconds.
    two = ("--student", "[di][em]*")
    done = run("nbgrader", "generate_feedback", "09_spatial", *two, **options)
    assert done.returncode == 0, done.stderr
    page = (course / f"feedback/{student}/09_spatial/spatial.html").read_text()
    assert "the idea is right" in page
    page = (course / "feedback/delete_tests/09_spatial/spatial.html").read_text()
    assert "95 / 100" in page
    assert "reference_max_pool2d" not in page
