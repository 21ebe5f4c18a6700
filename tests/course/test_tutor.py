"""The tutor: what students are shown of their own functions."""

import json
import re

import pytest
from conftest import ROOT

import tinytorch
from course.autograder import read_bank
from tinytorch.answers import agrees, answer_of, fingerprint

CASES = {
    name: json.loads((ROOT / f"tinytorch/cases/{name}.json").read_text("utf-8"))
    for name in ("09_spatial", "18_acceleration", "19_spatial_two")
}
NOT_FUNCTIONS = {"check-understanding"}


@pytest.fixture(scope="module")
def banks():
    return {name: read_bank(ROOT, name) for name in CASES}


def world(bank):
    """The names of a notebook in which everything is solved."""
    names = {"__name__": "__main__", "tt": tinytorch}
    for cell in bank["reference"]:
        exec(cell["text"], names)
    return names


@pytest.fixture(scope="module")
def spatial(banks):
    return world(banks["09_spatial"])


def ask(names, asked):
    """Ask as a cell of the notebook does; return the text and the page."""
    page = eval(f"tt.tutor({asked!r})", names)
    return repr(page), page._repr_html_()


def with_bug(bank, names, bug_id):
    (bug,) = [bug for bug in bank["bugs"] if bug["id"] == bug_id]
    # As one dictionary: functions see what stands beside them.
    other = world(bank)
    exec(compile(bug["text"], "<cell>", "exec"), other)
    return bug, other


@pytest.mark.parametrize("assignment", CASES)
def test_every_task_with_values_has_examples(assignment):
    tasks = CASES[assignment]["tasks"]
    assert {name for name, task in tasks.items() if not task["cases"]} <= NOT_FUNCTIONS
    assert len(tasks) >= 10
    assert all(task["task"] and task["defines"] for task in tasks.values()
               if task["cases"])  # fmt: skip


def test_nine_of_ten_mistakes_are_named(banks, capsys):
    named = 0
    for assignment, bank in banks.items():
        groups = [set(group) for group in bank["same"]]
        for task in CASES[assignment]["tasks"].values():
            for alike in task["mistakes"].values():
                ids = {mistake["id"] for mistake in alike}
                names = {(each["title"], each["question"]) for each in alike}
                if len(names) == 1 or any(ids <= group for group in groups):
                    named += len(ids)
    of = sum(len(bank["bugs"]) for bank in banks.values())
    assert named == sum(known["named"] for known in CASES.values())
    with capsys.disabled():
        print(f"\nthe tutor names {named} of the {of} mistakes of the banks")
    assert named >= 0.9 * of


def test_a_mistake_is_shown_and_named(banks, spatial):
    bug, names = with_bug(banks["09_spatial"], spatial, "conv-back-image-overwritten")
    text, page = ask(names, "conv2d-backward")
    assert "Different: 4 of 8 numbers of grad_x, the first at [0, 0, 0, 1]: 12" in text
    assert "   1  [12][120] 200" in text and "   1  [10][100] 200" in text
    assert f"{bug['title']}. {bug['question']}" in " ".join(text.split())
    # In the page the same places are marked, for eyes and for ears.
    assert page.count("<span") == page.count(" differs</span>") == 8
    assert re.findall(r'bold[^>]*">(\d+)<span', page) == [
        *("12", "120", "35", "350"),
        *("10", "100", "30", "300"),
    ]
    assert "grad_output = np.array([[[[1.0, 10.0, 100.0]]]])" in page


@pytest.mark.parametrize(
    ("bug", "task", "said"),
    [
        ("size-accepts-all", "output-size", "Wanted: a ValueError whose text names 6"),
        ("conv-window-in-place", "conv2d-forward", "the call changed x"),
        ("conv-padding-not-applied", "conv2d_forward", "IndexError"),
        ("max-starts-at-zero", "max-pool2d-forward", "-2 was wanted, and 0 came"),
        ("conv-padding-not-counted", "conv2d-forward", "Shapes differ: the shape (1,"),
        ("conv-always-float32", "conv2d-forward", "'float64'"),
        ("layer-xavier", "Conv2d", "1 was wanted"),
        ("cost-bias-always-counted", "count_parameters", "216 was wanted"),
    ],
)
def test_kinds_of_differences(bug, task, said, banks, spatial):
    known, names = with_bug(banks["09_spatial"], spatial, bug)
    text, _ = ask(names, task)
    assert said in text
    assert "All your answers are those of a known mistake:" in text
    assert known["title"] in " ".join(text.split())


def test_another_wrong_answer_has_no_name(banks, spatial):
    names = world(banks["09_spatial"])
    exec("def receptive_field(layers): return 4711", names)
    text, _ = ask(names, "receptive-field")
    assert "4711" in text and "known mistake" not in text


BREAKS_OFF = """
def conv2d_forward(x, weight, bias, stride, padding):
    (ph, pw), (kh, kw) = padding, weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    rows = (padded.shape[2] + 2 * ph - kh) // stride[0] + 1
    columns = (padded.shape[3] + 2 * pw - kw) // stride[1] + 1
    shape = len(x), len(weight), rows, columns
    out = np.zeros(shape, np.result_type(x, weight, "f4"))
    for b, o, i, j in np.ndindex(out.shape):
        for c, u, v in np.ndindex(weight.shape[1:]):
            pixel = padded[b, c, i * stride[0] + u, j * stride[1] + v]
            out[b, o, i, j] += pixel * weight[o, c, u, v]
    return out if bias is None else out + bias.reshape(-1, 1, 1)
"""


def test_who_breaks_off_for_another_reason_gets_no_name(banks, spatial):
    """Padding counted twice ends in an IndexError, and so does padding left out."""
    names = world(banks["09_spatial"])
    exec(BREAKS_OFF, names)
    text, _ = ask(names, "conv2d-forward")
    assert "IndexError" in text and "known mistake" not in text


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


def another(spatial, text):
    """The names of a notebook in which a task is another one."""
    names = {**spatial}
    exec(text, names)
    return names


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


def test_a_mistake_is_named_beside_the_example_that_shows_it(banks, spatial):
    _, names = with_bug(banks["09_spatial"], spatial, "conv-integer-output")
    text = ask(names, "conv2d-forward")[0]
    assert "0.75 was wanted, and 0 came" in text
    assert "Fractions are lost where the image has" in text


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("return (size + 2 * padding - kernel) // stride", "The first window is not"),
        ("return (size + 2 * padding - kernel) / stride + 1", "The division leaves a"),
        ("print(size)", "No number is returned."),
        ("return (size + 2 * padding - kernel) // stride + 1", None),
        ("return 17", None),
    ],
)
def test_a_formula_is_named_before_its_errors_are_written(line, title, spatial):
    start = "def output_size(size, kernel, stride=1, padding=0):\n    "
    text = ask(another(spatial, start + line), "output-size")[0]
    named = "All your answers but for the errors are those of a known mistake: "
    words = " ".join(text.split())
    assert f"{named}{title}" in words if title else named not in words


def test_one_mistake_has_one_name_however_its_errors_are_worded(spatial):
    start = """def output_size(size, kernel, stride=1, padding=0):
    if kernel < 1 or stride < 1 or padding < 0 or kernel {} size + {}padding:
        raise ValueError(f"my own words: {{size}} {{kernel}} {{stride}} {{padding}}")
    return (size + {}padding - kernel) // stride + 1"""
    for fits, counted, title in (
        (">=", "2 * ", "A kernel as large as the image is refused"),
        (">", "", "The padding is counted on one side only"),
    ):
        answer = start.format(fits, counted, counted)
        text = ask(another(spatial, answer), "output-size")[0]
        words = " ".join(text.split())
        assert f"those of a known mistake: {title}" in words
        assert words.count(title) == 1


def test_what_is_printed_meanwhile_is_cut_short(spatial, capsys):
    names = another(spatial, "def receptive_field(layers): print('a\\nb')")
    text = ask(names, "receptive-field")[0]
    assert capsys.readouterr().out == ""
    assert text.endswith(
        "printed meanwhile:\n\n    a\n    b\n    a\n    ... and 11 lines more"
    )


def test_an_earlier_task_that_is_wrong_is_said_first(banks, spatial):
    _, names = with_bug(banks["09_spatial"], spatial, "conv-bias-dropped")
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


def test_rounding_changes_no_verdict():
    def by_hand(x):
        return sum(x) / 3

    def otherwise(x):
        return sum(value * (1 / 3) for value in reversed(x))

    for numbers in ([1, 2, 2], [0.1, 0.2, 0.7], [1e6, 1, 1], [-0.5, -1, 0]):
        code = f"mean({numbers})"
        one, other = (answer_of(code, {"mean": f}) for f in (by_hand, otherwise))
        assert agrees(one, other)
        assert fingerprint([one], [one]) == fingerprint([one], [other])
    far = answer_of("np.array([1.0, 2.01])", {})
    near = answer_of("np.array([1.0, 2.0])", {})
    assert not agrees(near, far)
    assert fingerprint([near], [near]) != fingerprint([near], [far])
