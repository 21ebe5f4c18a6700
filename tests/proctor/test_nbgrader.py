"""nbgrader's own commands on a checkout: what an instructor types."""

import csv

import nbformat
import pytest
from conftest import ROOT, copy_checkout, run

from proctor.examples import read_example, submit

UNHARMED = 50


def cell(notebook, grade_id):
    (found,) = [
        c
        for c in notebook.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    return found


def duplicate_cells(notebook):
    """Copy and paste a solution and a test, metadata and all."""
    for grade_id in ("conv2d-forward", "test-conv2d-forward"):
        original = cell(notebook, grade_id)
        notebook.cells.insert(notebook.cells.index(original), original.copy())
    ids = [c.pop("id", None) for c in notebook.cells]
    notebook.nbformat_minor = 4
    return ids


def lose_metadata(notebook):
    for c in notebook.cells:
        c.metadata.clear()


def lose_metadata_and_ids(notebook):
    lose_metadata(notebook)
    for c in notebook.cells:
        del c["id"]
    notebook.nbformat_minor = 4


def delete_tests(notebook):
    notebook.cells = [c for c in notebook.cells if not c.id.startswith("test-")]


def inflate_points(notebook):
    cell(notebook, "test-output-size").metadata.nbgrader.points = 5000


def weaken_tests(notebook):
    for c in notebook.cells:
        if c.id.startswith("test-"):
            c.source = "assert True"


def import_the_reference(notebook):
    for c in notebook.cells:
        if c.metadata.get("nbgrader", {}).get("solution"):
            c.source = "from tinytorch.core.spatial import *"


# What was done to a correct submission -> its score.
DONE = {
    duplicate_cells: UNHARMED,
    lose_metadata: UNHARMED,
    lose_metadata_and_ids: UNHARMED,
    delete_tests: UNHARMED,
    inflate_points: UNHARMED,
    weaken_tests: UNHARMED,
    import_the_reference: 0,
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of mishandled submissions, graded by one ``nbgrader autograde``."""
    course = copy_checkout(tmp_path_factory.mktemp("nbgrader") / "course")
    correct = read_example(ROOT / "examples" / "correct-loops")
    released = course / "release/09_spatial/spatial.ipynb"
    submit(correct, released, course / "build/correct")
    original = course / "build/correct/spatial.ipynb"
    for change in DONE:
        notebook = nbformat.read(original, as_version=4)
        change(notebook)
        path = course / f"submitted/{change.__name__}/09_spatial/spatial.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.v4.writes(notebook))
    broken = course / "submitted/a-broken-file/09_spatial/spatial.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    made = run("nbgrader", "generate_assignment", "09_spatial", cwd=course)
    assert made.returncode == 0, made.stderr
    return course, run("nbgrader", "autograde", "09_spatial", cwd=course)


@pytest.fixture(scope="module")
def scores(graded):
    course, _ = graded
    done = run("nbgrader", "export", cwd=course)
    assert done.returncode == 0, done.stderr
    with (course / "grades.csv").open() as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("change", DONE, ids=lambda change: change.__name__)
def test_autograde_and_export(scores, graded, change):
    row = scores[change.__name__]
    assert float(row["score"]) == DONE[change], graded[1].stderr
    assert float(row["max_score"]) == 50


def test_a_broken_file_is_reported_and_stops_nobody(graded, scores):
    _, done = graded
    assert done.returncode == 1
    assert "error processing assignment '09_spatial' for student 'a-broken-file'" in (
        done.stderr
    )
    assert set(scores) >= {change.__name__ for change in DONE}


def test_generate_feedback(graded):
    course, _ = graded
    done = run("nbgrader", "generate_feedback", "09_spatial", cwd=course)
    assert done.returncode == 0, done.stderr
    page = course / "feedback/delete_tests/09_spatial/spatial.html"
    assert "Score: 50.0 / 50.0" in page.read_text()


def test_a_released_notebook_fails_validation_and_its_solution_passes(graded):
    course, _ = graded
    done = run("nbgrader", "validate", "release/09_spatial/spatial.ipynb", cwd=course)
    assert "VALIDATION FAILED ON 5 CELL(S)" in done.stdout, done.stderr
    done = run("nbgrader", "validate", "source/09_spatial/spatial.ipynb", cwd=course)
    assert done.stdout == "Success! Your notebook passes all the tests.\n", done.stderr


def test_a_student_who_handed_nothing_in_needs_attention(graded):
    course, _ = graded
    done = run("proctor", "autograde", "09_spatial", "--student", "nobody", cwd=course)
    assert done.returncode == 1
    assert "nothing handed in" in done.stdout


def test_a_folder_without_the_notebook_needs_attention(graded):
    course, _ = graded
    other = course / "submitted/other-name/09_spatial/answers.ipynb"
    other.parent.mkdir(parents=True, exist_ok=True)
    other.write_text("{}")
    done = run(
        "proctor", "autograde", "09_spatial", "--student", "other-name", cwd=course
    )
    assert done.returncode == 1
    assert "spatial.ipynb is missing; handed in: answers.ipynb" in done.stdout


def test_an_assignment_that_nobody_handed_in(graded, tmp_path):
    course, _ = graded
    made = run("nbgrader", "generate_assignment", "01_tensor", cwd=course)
    assert made.returncode == 0, made.stderr
    done = run("proctor", "autograde", "01_tensor", cwd=course)
    assert done.returncode == 2
    assert done.stderr == (
        "proctor: nothing handed in for '01_tensor': put each notebook at "
        f"{course}/submitted/<student>/01_tensor/<notebook>.ipynb\n"
    )


def test_an_unknown_assignment_cannot_be_graded(graded):
    course, _ = graded
    done = run("proctor", "autograde", "10_tokens", cwd=course)
    assert done.returncode == 2
    assert done.stderr == (
        "proctor: no assignment '10_tokens' in the gradebook (it has: 01_tensor, "
        "09_spatial): run nbgrader generate_assignment 10_tokens first\n"
    )
