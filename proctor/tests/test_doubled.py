"""Cells that a copy, a split or a merge left more than once: which counts is told."""

import copy

import pytest

from proctor.tests.grading import grade, grader_of, hand_in, write_course
from proctor.tests.tiny import cell

HALF = "def half(x):\n    raise NotImplementedError"
THIRD = "def third(x):\n    raise NotImplementedError"
STUB = f"{HALF}\n\n\n{THIRD}"
HALVES, THIRDS = (text.replace("raise NotImplementedError", "return x / {}")
                  for text in (HALF, THIRD))  # fmt: skip
HALVES, THIRDS = HALVES.format(2), THIRDS.format(3)
DONE = f"{HALVES}\n\n\n{THIRDS}"
TESTED = {"grade": True, "locked": True, "points": 2}
READ = {"grade": True, "solution": True, "points": 1}
ONCE = "is there more than once: "


def notebook(*texts, more=(), answers=("Empty.",)):
    """Return cells: the task, so often, what follows without a name, and its test."""
    cells = [cell(text, "parts", solution=True) for text in texts]
    cells += [cell(text) for text in more]
    cells += [cell("assert half(4) == 2 and third(9) == 3", "test-parts", **TESTED)]
    words = [cell(text, "why", **READ) | {"cell_type": "markdown"} for text in answers]
    for one in words:
        del one["outputs"], one["execution_count"]
    return cells + words


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return what grading makes of cells: points, notes, and texts by grade_id."""
    course = tmp_path_factory.mktemp("course")
    write_course(course, {"n": notebook(DONE)}, {"n": notebook(STUB)})
    with grader_of(course) as grader:

        def of(cells):
            hand_in(course, "ada", {"n": copy.deepcopy(cells)})
            found = grade(grader, course, "ada")
            texts = {c["id"]: c["source"] for c in found.notebooks["n"]["cells"]}
            return found.submission.score, list(found.submission.mended), texts

        yield of


NOT_RUN = "cell 'parts': a copy as it was handed out is not run"


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([DONE, STUB], [f"cell 'parts' {ONCE}the one that is written counts", NOT_RUN]),
        ([STUB, DONE], [f"cell 'parts' {ONCE}the one that is written counts", NOT_RUN]),
        ([DONE, ""], [f"cell 'parts' {ONCE}the one that is written counts"]),
        (
            [HALVES, THIRDS],
            [f"cell 'parts' {ONCE}each is run, and the last value of a name counts"],
        ),
        (
            ["def half(x):\n    return x", DONE],
            [f"cell 'parts' {ONCE}each is run, and the last value of a name counts"],
        ),
    ],
)
def test_what_is_written_counts(graded, texts, said):
    assert graded(notebook(*texts))[:2] == (2, said)


def test_of_two_empty_ones_none_is_said_to_be_written(graded):
    score, said, _ = graded(notebook(STUB, STUB))
    assert (score, said) == (0, [f"cell 'parts' {ONCE}the last counts"])


def test_an_empty_copy_without_a_name_takes_nothing_back(graded):
    assert graded(notebook(DONE, more=[STUB]))[:2] == (2, [NOT_RUN])


@pytest.mark.parametrize(
    ("answers", "counts", "said"),
    [
        (["Mine.", "Empty."], "Mine.", "the one that is written counts"),
        (["Empty.", "Mine."], "Mine.", "the one that is written counts"),
        (["One.", "Two."], "Two.", "the last counts"),
        (["One.", "Two.", "Empty."], "Two.", "the last that is written counts"),
    ],
)
def test_of_two_texts_a_person_reads_one_that_is_written(graded, answers, counts, said):
    _, notes, texts = graded(notebook(DONE, answers=answers))
    assert notes[0] == f"cell 'why' {ONCE}{said}"
    assert texts["why"] == counts


def test_of_two_tests_the_last_counts(graded):
    cells = notebook(DONE)
    cells.insert(1, copy.deepcopy(cells[1]))
    assert graded(cells)[:2] == (2, [f"cell 'test-parts' {ONCE}the last counts"])


BELOW = (
    "cell 'parts': what was handed out stands once more below the answer, in the same "
    "cell, and is not run"
)


@pytest.mark.parametrize("stub", [STUB, STUB.replace("\n\n\n", "\n \n"), HALF])
def test_what_was_handed_out_below_the_answer_in_its_cell_takes_nothing_back(
    graded, stub
):
    score, said, texts = graded(notebook(f"{DONE}\n\n\n{stub}\n\nprint('done')"))
    assert (score, said) == (2, [BELOW])
    assert texts["parts"].count("raise NotImplementedError") == 0
    assert texts["parts"].endswith("print('done')")


def test_what_was_handed_out_above_the_answer_is_left_as_it_is(graded):
    score, said, texts = graded(notebook(f"{STUB}\n\n\n{DONE}"))
    assert (score, said) == (2, [])
    assert texts["parts"].startswith(STUB)


def test_half_an_answer_above_what_was_handed_out_is_half_an_answer(graded):
    score, said, _ = graded(notebook(f"{HALVES}\n\n\n{STUB}"))
    assert (score, said) == (0, [BELOW])
