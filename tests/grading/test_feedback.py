"""Feedback pages: what they show."""

import copy
import json
import re
import subprocess
import sys

import nbformat
import pytest
from graded import graded_notebook

from proctor.feedback import render_page
from proctor.notebook.cells import Marks
from proctor.tests.pages import (
    HIDDEN,
    RECORD,
    TEST,
    check_harmless,
    code,
    hidden_lines,
    page_of,
    printed,
    raised,
    render,
)


@pytest.fixture(scope="module")
def graded():
    return graded_notebook()


def test_the_top_of_the_page(graded):
    page = check_harmless(render_page(graded, RECORD, assignment="09_spatial"))
    assert page.text.startswith(
        "09_spatial: 17.5 / 25 09_spatial 17.5 / 25 points "
        "Status graded Student ada Graded 2026-03-14, 15:09 UTC Sandbox namespace "
        "A person still has to grade a part of it: the score may change. "
        "Points Task and check Result Points "
        "output-size not written yet: output-size raised an error 0 / 5 "
        "conv2d-forward 3x4 gives 1x2 partly passed 17.5 / 20 "
        "padding on all four sides ✓ earned 17.5 / 17.5 "
        "stride of two rows and three columns Which of the two is the height? "
        "(known mistake: stride-swapped) ✗ lost 0 / 2.5 "
        "What was mended This was not as it was expected, or was put right, when it "
        "was graded: "
        "cell 'output-size' was missing: put back as handed out The notebook"
    )


def test_the_page_needs_nothing_else_and_runs_nothing(graded):
    page = check_harmless(render_page(graded, RECORD))
    assert page.all("html") == [{"lang": "en"}]
    (policy,) = [m for m in page.all("meta") if "http-equiv" in m]
    assert policy == {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    }
    number = len(graded["cells"])
    assert page.all("img")[-1]["alt"] == f"picture printed by cell {number}"


def test_each_task_links_to_its_cell(graded):
    page = check_harmless(render_page(graded, RECORD))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert ids == [f"cell-{n}" for n in range(1, len(graded["cells"]) + 1)]
    names = [
        cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in graded["cells"]
    ]
    links = [a["href"] for a in page.all("a") if a["href"].startswith("#")]
    wanted = ["test-output-size", "test-conv2d-forward"]
    assert links == [f"#cell-{names.index(name) + 1}" for name in wanted]


def test_hidden_tests_stay_hidden(graded):
    page = check_harmless(render_page(graded, RECORD))
    hidden = hidden_lines(graded)
    assert len(hidden) > 10
    for source in hidden:
        assert " ".join(source.split()) not in page.text
    assert "the line of the test" not in page.text
    assert "secret" not in page.text
    assert "AssertionError: stride" in page.text


def test_hidden_tests_are_shown_on_request(graded):
    page = check_harmless(render_page(graded, RECORD, show_tests=True))
    for source in hidden_lines(graded):
        assert " ".join(source.split()) in page.text
    assert "the line of the test" in page.text


def test_a_test_cell_shows_its_visible_part_and_its_named_checks():
    page = page_of(code(HIDDEN, printed("inputs"), **TEST), record=RECORD)
    assert page.text.endswith(
        "Cell 1 assert visible() # (hidden tests) assert also_visible() "
        "conv2d-forward: partly passed, 17.5 / 20 points 3x4 gives 1x2 "
        "✓ earned padding on all four sides 17.5 / 17.5 "
        "✗ lost stride of two rows and three columns Which of the two is the height? "
        "(known mistake: stride-swapped) 0 / 2.5 "
        "What was printed while the hidden tests ran is not shown."
    )


def test_a_test_without_hidden_tests_shows_what_was_printed():
    assert "inputs" in page_of(code("assert 1", printed("inputs"), **TEST)).text


def test_a_hidden_test_repeats_neither_message_nor_score():
    score = {"output_type": "execute_result", "data": {"text/plain": "17.5"}}
    check = "0/2.5  stride of two rows and three columns: wrong\n"
    outputs = [printed(check), printed("3x4 gives 1x2\n"), score]
    page = page_of(code(HIDDEN, *outputs, **TEST), record=RECORD)
    assert page.text.endswith("(known mistake: stride-swapped) 0 / 2.5")


def test_an_unclosed_region_is_hidden_to_the_end_of_the_cell():
    source = HIDDEN.replace("### END HIDDEN TESTS\n", "")
    page = page_of(code(source, **TEST))
    assert "secret" not in page.text
    assert "also_visible" not in page.text


def test_a_course_may_mark_hidden_tests_and_name_its_tests_in_its_own_way():
    marks = Marks("SECRET:", ":SECRET", test_prefix="task-")
    source = HIDDEN.replace("BEGIN HIDDEN TESTS", "SECRET:")
    source = source.replace("END HIDDEN TESTS", ":SECRET")
    record = json.loads(json.dumps(RECORD).replace("test-", "task-"))
    test = TEST | {"grade_id": "task-conv2d-forward"}
    cell = code(source, printed("inputs"), **test)
    assert "the_secret" in page_of(cell, record=record).text
    page = page_of(cell, record=record, marks=marks)
    assert "the_secret" not in page.text and "inputs" not in page.text
    assert "assert visible() # (hidden tests) assert also_visible()" in page.text
    assert "conv2d-forward: partly passed" in page.text
    assert "task-" not in page.text


def test_the_same_message_is_not_shown_twice():
    outputs = [raised("AssertionError", "3x4 gives 1x2", ["x"])]
    page = page_of(code("assert 1", *outputs, **TEST), record=RECORD)
    assert "AssertionError" not in page.text
    assert page.text.count("3x4 gives 1x2") == 2  # at the top, and at the cell

    record = copy.deepcopy(RECORD)
    task = record["submission"]["cells"][1]
    task["message"] = "stride of two rows and three columns: wrong"
    page = page_of(code("assert 1", **TEST), record=record)
    assert "columns: wrong" not in page.text


def test_a_submission_that_needs_attention():
    record = copy.deepcopy(RECORD)
    record["submission"] |= {"status": "needs_attention", "message": "killed: <memory>"}
    page = page_of(record=record)
    assert "Status needs attention" in page.text
    assert "Needs attention. killed: <memory>" in page.text


def test_points_and_comments_by_hand():
    record = copy.deepcopy(RECORD)
    record["manual_scores"] = {"test-output-size": 3.25, "elsewhere": 9}
    note = "<b>Well</b>\nreasoned"
    record["comments"] = [
        {"grade_id": "test-conv2d-forward", "text": note},
        {"grade_id": "unknown", "text": "lost?"},
        {"grade_id": "test-conv2d-forward", "text": " "},
    ]
    page = page_of(code("assert 1", **TEST), record=record)
    assert "20.75 / 25 points" in page.text  # 17.5 - 0 + 3.25
    assert "output-size graded by hand 3.25 / 5" in page.text
    assert "Comments test-conv2d-forward <b>Well</b> reasoned unknown lost?" in (
        page.text
    )
    assert page.text.endswith("Comment <b>Well</b> reasoned")


def test_what_nobody_graded_yet_is_not_lost():
    record = copy.deepcopy(RECORD)
    record["submission"]["cells"][0] |= {
        "status": "ungraded",
        "message": "waits for a person to grade it",
    }
    page = page_of(code("x", **TEST | {"grade_id": "test-output-size"}), record=record)
    assert page.text.count("output-size not graded yet ? / 5") == 1
    assert page.text.endswith("output-size: not graded yet, ? / 5 points")
    assert "waits for" not in page.text


@pytest.mark.parametrize("waiting", [["test-output-size"], []])
def test_says_what_a_person_still_has_to_do(waiting):
    scores = {"manual_scores": {"test-output-size": 3.25}, "waiting": waiting}
    page = page_of(record=RECORD | scores)
    assert ("A person still has to grade a part" in page.text) is bool(waiting)


def test_code_in_what_is_said_of_a_mistake():
    record = copy.deepcopy(RECORD)
    check = record["submission"]["cells"][1]["checks"][1]
    said = {"title": "It is `np.<b>`", "question": "Why `np.zeros`, not ` <i> or `?"}
    check |= said | {"name": "with `x`"}
    page = page_of(code("assert 1", **TEST), record=record)
    html = render(code("assert 1", **TEST), record=record)
    assert html.count("<code>np.zeros</code>") == 2
    assert html.count("<code>np.&lt;b&gt;</code>") == 4
    assert "with x" in page.text and "`" not in page.text


def test_a_narrow_screen_breaks_no_word_of_ours():
    style = render(record=RECORD).partition("<style>")[2].partition("</style>")[0]
    # Only this keeps a column as wide as its longest word; a message may be one word.
    assert re.search(r"\.tasks \{[^}]*overflow-wrap: break-word", style)
    assert re.search(r"\.tasks \.message \{[^}]*overflow-wrap: anywhere", style)


def test_points_stay_on_one_line():
    assert ">0\u00a0/\u00a02.5</td>" in render(code("x", **TEST), record=RECORD)


def test_the_same_page_each_time(graded):
    first = render_page(graded, RECORD)
    assert render_page(copy.deepcopy(graded), copy.deepcopy(RECORD)) == first
    as_read = nbformat.from_dict(graded)
    assert render_page(as_read, as_read.metadata["proctor"]) == first


def test_importing_costs_little():
    source = "import sys, proctor.feedback; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    heavy = {"nbgrader", "nbformat", "jinja2", "mistune", "pygments"}
    assert heavy & set(done.stdout.split()) == set()
