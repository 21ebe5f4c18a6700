"""The tutor: what students are shown of their own functions."""

import pytest
from tutored import CASES, another, ask, with_bug, world

from tinytorch.panels import Page
from tinytorch.tutoring import _advice

pytest_plugins = ["tutor_fixtures"]
NOT_FUNCTIONS = {"check-understanding"}
TWO = CASES["19_spatial_two"]["tasks"]


def test_answers_of_several_calls_are_shown_one_by_one(two):
    exec("def avg_pool_forward(x, *_): return np.zeros((1, 1, 3))", two)
    case = next(
        c for c in TWO["avg-pool"]["cases"] if c["about"][:15] == "Padding counts;"
    )
    assert case["wanted"]["value"]["several"] == 2
    known = {**TWO["avg-pool"], "cases": [case]}
    text = repr(Page(_advice("avg-pool", known, two)))
    assert "Different: 3 of 3 numbers of item 0, the first at [0, 0, 0]: 3" in text
    exec("def avg_pool_forward(x, *_): return np.zeros((1, 1, 2))", two)
    text = repr(Page(_advice("avg-pool", known, two)))
    assert "the shape (1, 1, 3) was wanted of item 0, and (1, 1, 2) came" in text


def test_an_error_that_names_no_number_is_wanted_in_so_many_words(two):
    case = next(
        c for c in TWO["padding"]["cases"] if c["about"] == "pad: another mode."
    )
    exec("def pad(x, padding, mode): return x", two)
    text = repr(Page(_advice("padding", {**TWO["padding"], "cases": [case]}, two)))
    assert "Wanted: a ValueError." in text


@pytest.mark.parametrize("assignment", CASES)
def test_every_task_with_values_has_examples(assignment):
    tasks = CASES[assignment]["tasks"]
    assert {name for name, task in tasks.items() if not task["cases"]} <= NOT_FUNCTIONS
    assert len(tasks) >= 10
    assert all(task["task"] and task["defines"] for task in tasks.values()
               if task["cases"])  # fmt: skip


def test_a_right_function_is_said_to_be_right(spatial):
    examples = len(CASES["09_spatial"]["tasks"]["conv2d-forward"]["cases"])
    assert ask(spatial, "conv2d-forward")[0] == (
        f"conv2d-forward: all {examples} examples give what is wanted."
    )


def test_asked_before_anything_is_written(banks):
    names = world(banks["09_spatial"])
    exec("def conv2d_forward(*a): raise NotImplementedError('conv2d-forward')", names)
    for asked in ("conv2d-forward", None):
        text, _ = ask(names, asked)
        assert text.startswith("conv2d-forward: not written yet.")
        assert "The task: Write the seven loops" in text
        assert " 27  37" in text
    # A layer that calls it is not to blame, and says who is.
    assert "uses the task conv2d-forward, which is not written yet" in ask(
        names, "conv2d-layer"
    )[0].replace("\n", " ")
    del names["conv2d_forward"]
    text = ask(names, "conv2d-forward")[0]
    assert "not defined yet: conv2d_forward. Run the cells above first." in text


def test_an_error_that_names_no_task_is_quoted(spatial):
    names = another(
        spatial,
        "def conv2d_forward(*a): raise NotImplementedError('bias comes later')",
    )
    text = ask(names, "conv2d-forward")[0]
    assert "NotImplementedError: bias comes later" in " ".join(text.split())
    assert "not written yet" not in text


def test_two_results_in_place_of_three_are_said_so(spatial):
    names = another(
        spatial,
        "def conv2d_backward(g, x, *a): return np.ones(x.shape), np.ones(x.shape)",
    )
    text = ask(names, "conv2d-backward")[0]
    assert "Wanted: 3 results, grad_x, grad_weight, grad_bias." in text
    assert "Came: a tuple of 2." in text


def test_what_is_printed_meanwhile_is_cut_short(spatial, capsys):
    names = another(spatial, "def receptive_field(layers): print('a\\nb')")
    text = ask(names, "receptive-field")[0]
    assert capsys.readouterr().out == ""
    assert text.endswith(
        "printed meanwhile:\n\n    a\n    b\n    a\n    ... and 11 lines more"
    )


def test_an_earlier_task_that_is_wrong_is_said_first(banks):
    _, names = with_bug(banks["09_spatial"], "conv-bias-dropped")
    text, _ = ask(names, "conv2d-layer")
    assert text.startswith("First: conv2d-forward is not right yet")


def test_no_task_of_that_name(spatial):
    text, _ = ask(spatial, "conv3d-forward")
    assert text.startswith(
        "there is no task 'conv3d-forward'. There is: conv2d-forward"
    )
    assert "\n\n" not in text
    # Module 18 has a task of that name, and this is the notebook of module 09.
    assert "conv2d-matmul" not in ask(spatial, "conv2d")[0]
    assert "conv2d-matmul" in ask(spatial, "18_acceleration/conv2d")[0]
    assert ask(spatial, "check-understanding")[0] == (
        "check-understanding has no examples to try: its answers are your own."
    )


def test_a_text_is_read_by_a_person(spatial):
    (line,) = ask(spatial, "reflection")[0].splitlines()[:1]
    assert line.startswith(
        "reflection: is read by a person, so there is nothing to comp"
    )


def test_two_assignments_have_a_task_of_one_name(banks, spatial):
    """The notebook that is open decides; a name in full decides against it."""
    task = CASES["18_acceleration"]["tasks"]["conv2d-backward"]
    names = world(banks["18_acceleration"])
    assert f"all {len(task['cases'])} examples" in ask(names, "conv2d-backward")[0]
    other = CASES["09_spatial"]["tasks"]["conv2d-backward"]
    assert f"all {len(other['cases'])} ex" in ask(spatial, "conv2d-backward")[0]
    full = "09_spatial/conv2d-backward"
    assert f"all {len(other['cases'])} examples" in ask(names, full)[0]


def test_an_example_leaves_no_name_behind(spatial):
    before = set(spatial)
    ask(spatial, "conv2d-backward")
    assert set(spatial) == before
