"""The tutor: which mistake it names, and where it names none."""

import re
import warnings

import pytest
from tutored import CASES, another, ask, with_bug, world

from tinytorch.answers import agrees, answer_of, fingerprint

pytest_plugins = ["tutor_fixtures"]


def test_a_mistake_on_the_way_there_is_named_whatever_the_way_back_does(two):
    exec(
        "def adaptive_avg_pool_forward(x, sizes):\n"
        "    n, m = x.shape[2], sizes[0]\n"
        "    parts = [x[:, :, i * n // m : (i + 1) * n // m] for i in range(m)]\n"
        "    if x.ndim > 3:\n"
        "        return np.stack([x[..., :2].mean((2, 3)), x[..., 2:].mean((2, 3))],\n"
        "                        -1)[:, :, None]\n"
        "    kind = np.result_type(x, np.float32)\n"
        "    means = [part.mean(2, dtype=kind) for part in parts]\n"
        "    return np.stack(means, axis=2)\n"
        "def adaptive_avg_pool_backward(grad_output, shape):\n"
        "    return np.full(shape, 7.0)\n",
        two,
    )
    with warnings.catch_warnings(record=True) as warned:
        text = " ".join(ask(two, "adaptive-pool")[0].split())
    # An empty window has no mean, which NumPy would say in red.
    assert warned == []
    assert "example 2 of" in text
    assert (
        "All your answers of adaptive_avg_pool_forward are those of a known mistake: "
        "The end of a window is rounded down." in text
    )


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


def test_a_mistake_is_shown_and_named(banks):
    bug, names = with_bug(banks["09_spatial"], "conv-back-image-overwritten")
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
def test_kinds_of_differences(bug, task, said, banks):
    known, names = with_bug(banks["09_spatial"], bug)
    text, _ = ask(names, task)
    assert said in text
    assert "All your answers are those of a known mistake:" in text
    assert known["title"] in " ".join(text.split())


def test_another_wrong_answer_has_no_name(banks):
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


def test_who_breaks_off_for_another_reason_gets_no_name(banks):
    """Padding counted twice ends in an IndexError, and so does padding left out."""
    names = world(banks["09_spatial"])
    exec(BREAKS_OFF, names)
    text, _ = ask(names, "conv2d-forward")
    assert "IndexError" in text and "known mistake" not in text


def test_a_mistake_is_named_beside_the_example_that_shows_it(banks):
    _, names = with_bug(banks["09_spatial"], "conv-integer-output")
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
