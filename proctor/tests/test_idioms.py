"""Test cells as courses write them: the points are those of nbgrader's one kernel."""

import json
import shutil
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbgrader.utils import determine_grade, is_grade

from proctor.grade.cell_results import UNGRADED
from proctor.tests.compare import compare
from proctor.tests.grading import CONFIG, grade, grader_of
from proctor.tests.idioms import IDIOMS


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return tmp_path_factory.mktemp("idioms")


SAMPLE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
# What nbgrader's command graded, for its documentation.
GRADED = [
    nbformat.read(path, as_version=4).cells
    for path in sorted((SAMPLE / "autograded").rglob("*.ipynb"))
]


@pytest.fixture(scope="module")
def compared(course):
    code = [[cell for cell in cells if cell.cell_type == "code"] for cells in GRADED]
    return compare(course, code)


@pytest.mark.slow
def test_right_answers_have_the_points_of_one_kernel(compared):
    scores = {name: cell.score for name, cell in compared.proctor["right"].items()}
    assert scores == compared.one_kernel["right"]
    # The material is what it says it is.
    assert scores == {n: one.points for one in IDIOMS for n in one.tested()}


@pytest.mark.slow
def test_wrong_answers_have_the_points_of_one_kernel(compared):
    wanted = compared.one_kernel["wrong"]
    other = {
        name: (cell.score, wanted[name])
        for name, cell in compared.proctor["wrong"].items()
        if cell.score != wanted[name]
    }
    assert not other
    for idiom in IDIOMS:
        assert any(wanted[name] < idiom.points for name in idiom.tested()), idiom.name


@pytest.mark.slow
def test_what_needs_the_one_kernel_runs_there_and_nothing_else(compared, course):
    together = {one.name for one in compared.settled.values() if one.together}
    marked = {n for n, cell in compared.proctor["wrong"].items() if cell.together}
    assert marked == together
    for name in (
        "name-of-an-earlier-test-2",
        "global-set-by-the-test-1",
        "helper-module-1",
        "isinstance-of-the-class-1",
        "function-handed-over-1",
        "patched-input-1",
        "await-1",
    ):
        assert name in together
    for name in (
        "plain-list-1",
        "numpy-testing-1",
        "set-1",
        "date-1",
        "long-list-1",
        "in-dir-1",
        "list-changed-in-place-1",
        "argument-left-alone-1",
        "endless-generator-1",
        "drawing-module-1",
        "table-read-1",
        "sparse-matrix-1",
        "frame-to-frame-1",
        "frame-changed-in-place-1",
        "series-compared-1",
        "frame-with-zones-and-kinds-1",
        "names-of-the-tests-own-function-1",
        "raised-own-class-1",
        "own-error-with-its-parts-1",
    ):
        assert name not in together
    # It is kept in the course's folder.
    (kept,) = (course / ".proctor").glob("*.json")
    tests = json.loads(kept.read_text())["tests"]
    assert {one["name"] for one in tests if one["together"]} == together


@pytest.mark.slow
@pytest.mark.parametrize("student", ["bitdiddle", "hacker"])
def test_nbgraders_sample_course_has_the_points_that_nbgrader_gave(sample, student):
    """Its package has these submissions, and the notebooks that it graded."""
    folder, grader = sample
    graded = grade(grader, folder, student).submission
    wanted = {}
    for path in sorted((SAMPLE / "autograded" / student / "ps1").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            if is_grade(cell):
                wanted[cell.metadata["nbgrader"]["grade_id"]] = determine_grade(cell)[0]
    got = {c.grade_id: c.score for c in graded.cells if c.status != UNGRADED}
    machine = {name: score for name, score in wanted.items() if score is not None}
    assert got == machine
    together = [c.grade_id for c in graded.cells if c.together]
    # It deletes a function, to see whether another one calls it.
    assert together == ["sum_of_squares_uses_squares"]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    (folder / "nbgrader_config.py").write_text(CONFIG)
    shutil.copytree(SAMPLE / "source" / "ps1", folder / "source" / "ps")
    for student in ("bitdiddle", "hacker"):
        place = folder / "submitted" / student / "ps"
        shutil.copytree(SAMPLE / "submitted" / student / "ps1", place)
    with grader_of(folder) as grader:
        yield folder, grader


@pytest.mark.slow
def test_the_cheap_kernel_gives_what_nbgraders_command_gave(compared):
    """On the notebooks that it graded: the cells are there, hidden tests among them."""
    wanted = [
        {
            c.metadata["nbgrader"]["grade_id"]: determine_grade(c)[0]
            for c in cells
            if c.cell_type == "code" and is_grade(c)
        }
        for cells in GRADED
    ]
    assert len(GRADED) == 4 and compared.others == wanted
