"""Another assignment's notebook in the place of one, and one that lost its names."""

import pytest

from proctor.grade import which
from proctor.grade.places import ANYWHERE
from proctor.tests import grading, one_area
from proctor.tests.one_area import cells, graded


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reasons")
    one_area.write(folder)
    with grading.grader_of(folder) as grader:
        yield folder, grader


def renamed(notebook):
    for one in notebook:
        if about := one["metadata"].get("nbgrader"):
            about["grade_id"] = one["id"] = f"of-another-{about['grade_id']}"
    return notebook


def another():
    """Return another assignment's notebook."""
    text = "def volume(x):\n    return x"
    return renamed(cells(text, inside="assert volume(1)"))


def test_another_assignments_notebook_is_for_a_person(course):
    found = graded(course, another())
    assert (found.status, found.message) == (
        "needs_attention",
        "a.ipynb seems to be another assignment's: its cells are of-another-area, "
        "of-another-test-area",
    )


def without_names(notebook):
    for one in notebook:
        one["metadata"], one["id"] = {}, None
    return notebook


def test_it_is_for_a_person_without_its_names_too(course):
    found = graded(course, without_names(another()))
    assert (found.status, found.message) == (
        "needs_attention",
        "a.ipynb seems to be another assignment's: it has no test of this one, and "
        "nothing of area",
    )


def test_an_own_one_without_names_and_tests_is_graded(course):
    own = without_names([c for c in cells() if "assert" not in c["source"]])
    assert graded(course, own).score == 2
    assert graded(course, without_names(cells("area = 9"))).score == 0


def test_cells_that_lost_their_names_are_found(course):
    found = graded(course, renamed(cells()))
    assert (found.status, found.score) == ("graded", 2)


@pytest.mark.parametrize(
    ("own", "beside", "chosen", "notes"),
    [
        (cells(), another(), "a", []),
        (
            another(),
            cells(),
            "a (1)",
            ["a (1).ipynb was graded: a.ipynb is no notebook of it"],
        ),
    ],
)
def test_another_assignments_notebook_beside(course, own, beside, chosen, notes):
    folder, grader = course
    grading.hand_in(folder, chosen, {"a": own, "a (1)": beside})
    place = folder / "submitted" / chosen / "ps"
    paths = {"a": place / "a.ipynb"}
    found = grader.reading.which(paths, which.others_beside(paths), ANYWHERE)
    assert found == ({"a": place / f"{chosen}.ipynb"}, notes)
