"""Finding an assignment's cells again in what an editor left of them."""

import copy
import json

import harms
import nbformat
import pytest
from conftest import ROOT
from harms import (
    ASSIGNED,
    HARMLESS,
    LATE,
    MARKS,
    NAME,
    SOLUTIONS,
    TESTS,
    find,
    grade_id,
    order,
)

from proctor.notebook.mend import mend
from proctor.notebook.read import as_plain_cells
from proctor.notebook.write import finish


@pytest.fixture(scope="module")
def assigned():
    return ASSIGNED


@pytest.fixture(scope="module")
def released():
    notebook = nbformat.read(ROOT / "release" / NAME / "spatial.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = cell.source.replace("raise NotImplementedError", "return 1")
            cell.source = cell.source.replace("YOUR ANSWER HERE", "MY ANSWER: here.")
    return as_plain_cells(notebook)


@pytest.fixture
def cells(released):
    """A submission's cells, with something written into each solution."""
    return copy.deepcopy(released)


def check_whole(cells, assigned, solved=SOLUTIONS):
    """Check that each cell of the assignment is there once, and as it must be."""
    names = order(cells)
    assert sorted(names) == sorted(cell.name for cell in assigned.cells)
    for wanted in assigned.cells:
        cell = find(cells, wanted.name)
        assert cell["metadata"]["nbgrader"] == wanted.metadata
        assert cell["cell_type"] == wanted.cell_type
        if wanted.locked:
            assert cell["source"] == wanted.source
    assert [name for name in names if name in TESTS] == TESTS
    for name in SOLUTIONS:
        assert names.index(name) < names.index(f"test-{name}")
        assert (find(cells, name)["source"] != handed_out(assigned, name)) == (
            name in solved
        )
    finish({"cells": cells}, {})
    written = nbformat.from_dict(
        {
            "cells": cells,
            "metadata": {},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )
    nbformat.validate(written)


def handed_out(assigned, name):
    return next(cell.source for cell in assigned.cells if cell.name == name)


def test_nothing_is_done_where_nothing_is_wrong(cells, assigned):
    before = order(cells)
    assert mend(cells, assigned.cells, MARKS) == []
    assert order(cells) == before
    check_whole(cells, assigned)


@pytest.mark.parametrize("harm", HARMLESS, ids=lambda harm: harm.__name__)
def test_is_whole_again(cells, assigned, harm):
    harm(cells)
    mend(cells, assigned.cells, MARKS)
    check_whole(cells, assigned)


@pytest.mark.parametrize(
    ("harm", "note"),
    [
        (
            harms.lose_metadata,
            "cell 'conv2d-forward' had lost its metadata: found by its ce",
        ),
        (
            harms.keep_ids_as_colab_does,
            "'conv2d-layer' had lost its metadata: found by its ",
        ),
        (harms.lose_metadata_and_ids, "lost its metadata: found by its definitions"),
        (harms.lose_metadata_and_ids, "lost its metadata: found by its text"),
        (harms.turn_into_markdown, "cell 'conv2d-forward' was turned into markdown"),
        (
            harms.delete_tests,
            "cell 'test-output-size' was missing: put back as handed out",
        ),
        (
            harms.duplicate_tests,
            "cell 'test-conv2d-layer' is there more than once: the last",
        ),
        (
            harms.move_tests_before_their_solution,
            "put in the assignment's order: test-out",
        ),
        (harms.swap_two_tests, "put in the assignment's order: "),
    ],
)
def test_says_what_was_done(cells, assigned, harm, note):
    harm(cells)
    notes = mend(cells, assigned.cells, MARKS)
    assert any(note in line for line in notes), notes


def test_tests_alone_are_moved(cells, assigned):
    """Where a student puts a solution is the student's business."""
    harms.move_tests_to_the_start(cells)
    others = [cell for cell in cells if grade_id(cell) not in TESTS]
    sources = [cell["source"] for cell in others]
    mend(cells, assigned.cells, MARKS)
    left = [cell["source"] for cell in cells if grade_id(cell) not in TESTS]
    assert left == sources


def test_a_moved_solution_stays_where_it_was_put(cells, assigned):
    solution = find(cells, "output-size")
    cells.remove(solution)
    cells.append(solution)
    mend(cells, assigned.cells, MARKS)
    check_whole(cells, assigned)
    after = cells.index(find(cells, "output-size"))
    assert [grade_id(cell) for cell in cells[after:]] == ["output-size", *TESTS]


def test_of_two_solutions_the_last_counts(cells, assigned):
    solution = find(cells, "conv2d-forward")
    earlier = copy.deepcopy(solution) | {"source": "earlier = 1"}
    cells.insert(cells.index(solution), earlier)
    written = solution["source"]
    mend(cells, assigned.cells, MARKS)
    assert find(cells, "conv2d-forward")["source"] == written
    # It is still there, and belongs to nobody.
    assert earlier in cells and grade_id(earlier) is None
    check_whole(cells, assigned)


def test_a_deleted_solution_is_as_handed_out(cells, assigned):
    cells.remove(find(cells, "conv2d-layer"))
    notes = mend(cells, assigned.cells, MARKS)
    assert notes == ["cell 'conv2d-layer' was missing: put back as handed out"]
    check_whole(cells, assigned, solved=set(SOLUTIONS) - {"conv2d-layer"})


def test_a_test_is_never_taken_for_a_solution(cells, assigned):
    """A test's name on a student's own cell: the text is the assignment's again."""
    find(cells, "conv2d-layer")["metadata"]["nbgrader"]["grade_id"] = LATE
    mend(cells, assigned.cells, MARKS)
    assert order(cells).count(LATE) == 1
    assert find(cells, LATE)["source"] == handed_out(assigned, LATE)


def test_an_empty_notebook_has_all_cells_and_no_solution(assigned):
    cells = []
    notes = mend(cells, assigned.cells, MARKS)
    assert len(notes) == len(assigned.cells)
    assert order(cells) == [cell.name for cell in assigned.cells]
    check_whole(cells, assigned, solved=())


def test_a_notebook_of_another_assignment_solves_nothing(assigned):
    path = ROOT / "source" / "01_tensor" / "tensor.ipynb"
    cells = as_plain_cells(json.loads(path.read_text()))
    mend(cells, assigned.cells, MARKS)
    check_whole(cells, assigned, solved=())


@pytest.mark.parametrize("kind", ["code", "markdown", "raw"])
def test_thousands_of_cells_more(cells, assigned, kind):
    text = "def helper():\n    return 'some text of a student'\n"
    more = [
        {"cell_type": kind, "id": f"m{n}", "metadata": {}, "source": f"{text}{n}"}
        for n in range(5000)
    ]
    harms.lose_metadata_and_ids(cells)
    cells += more
    mend(cells, assigned.cells, MARKS)
    check_whole(cells, assigned)


def test_cells_of_a_student_keep_their_text(cells, assigned):
    own = {"cell_type": "code", "id": "own", "metadata": {"tags": ["x"]}, "source": "1"}
    cells.insert(3, own)
    mend(cells, assigned.cells, MARKS)
    finish({"cells": cells}, {})
    assert own["source"] == "1"
    assert own["metadata"] == {}


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ({}, ("raw", {}, "")),
        ({"cell_type": "code", "source": ["a\r\n", 3, "b"]}, ("code", {}, "a\nb")),
        ({"cell_type": 7, "metadata": [], "source": {}}, ("raw", {}, "")),
        ({"cell_type": "markdown", "source": "\ud800"}, ("markdown", {}, "?")),
    ],
)
def test_odd_cells_become_plain_ones(cell, plain):
    (found,) = as_plain_cells({"cells": [cell]})
    assert (found["cell_type"], found["metadata"], found["source"]) == plain


def test_an_answer_that_is_not_found_is_left_to_a_person(cells, assigned):
    own = "The interpreter takes most of the time, not the arithmetic."
    find(cells, "reflection").update(source=own, metadata={}, id="other")
    notes = mend(cells, assigned.cells, MARKS)
    assert notes == ["cell 'reflection' was missing: put back as handed out"]
    assert own in [cell["source"] for cell in cells]
    # It differs from what was handed out, so it does not count as unanswered.
    (handed_out,) = [c.source for c in assigned.cells if c.name == "reflection"]
    put_back = find(cells, "reflection")["source"]
    assert put_back.startswith(handed_out) and "may stand in another" in put_back
