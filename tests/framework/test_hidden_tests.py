"""The test cells of module 09 catch wrong solutions, each in its own cell only.

A wrong solution is the reference with one piece of text replaced. The cells run in one
namespace, in order; of a test cell the visible part and the hidden tests run one after
the other, so that a failure that the student has seen hides no check.
"""

import re

import nbformat
import pytest
from conftest import ROOT

from proctor import rubric
from proctor.examination import InOneProcess, visible_and_hidden

NOTEBOOK = nbformat.read(ROOT / "source/09_spatial/spatial.ipynb", as_version=4)
CELLS = {c.id: c.source for c in NOTEBOOK.cells if c.cell_type == "code"}
POINTS = {
    c.id: c.metadata.nbgrader.points
    for c in NOTEBOOK.cells
    if c.metadata.get("nbgrader", {}).get("grade")
}


class Recorded(InOneProcess):
    """An examination that keeps the latest rubric."""

    latest = None

    def register(self, rubric):
        self.latest = rubric


@pytest.fixture(autouse=True)
def examination():
    before = rubric.examination
    yield
    rubric.set_examination(before)


def grade(solutions, seed=None):
    """Run the notebook with some cells replaced.

    Returns
    -------
    dict
        For each test cell its score, its checks, and whether the visible part passed.
    """
    recorded = Recorded(seed)
    rubric.set_examination(recorded)
    namespace, graded = {}, {}
    for name, source in (CELLS | solutions).items():
        if "plt." in source:
            continue
        if name not in POINTS:
            run(source, name, namespace)
            continue
        visible, hidden = visible_and_hidden(source)
        seen = run(visible, name, namespace)
        # Nothing but an author's mistake leaves this part.
        exec(compile(hidden, name, "exec"), namespace)
        checks = recorded.latest.results()
        graded[name] = sum(check["score"] for check in checks), checks, seen
    return graded


def run(source, name, namespace):
    """Run a student's cell, or what the student sees; tell whether it passed."""
    try:
        exec(compile(source, name, "exec"), namespace)
    except Exception:
        return False
    return True


def scores(graded):
    return {name: score for name, (score, _, _) in graded.items()}


def lost(graded, cell):
    """Return which checks lost points, each up to its first colon or comma."""
    _, checks, _ = graded[f"test-{cell}"]
    return {re.split("[:,]", c["name"])[0] for c in checks if c["message"]}


def replaced(cell, bug):
    right, wrong = WRONG[cell][bug]
    assert right in CELLS[cell], f"{bug}: the reference no longer says {right!r}"
    return CELLS[cell].replace(right, wrong, 1)


WRONG = {
    "output-size": {
        "ceil": ("- kernel) // stride", "- kernel + stride - 1) // stride"),
        "no-plus-one": ("// stride + 1", "// stride"),
        "float": ("// stride + 1", "/ stride + 1"),
        "padding-once": ("(size + 2 * padding - kernel)", "(size + padding - kernel)"),
        "stride-ignored": ("- kernel) // stride", "- kernel)"),
        "accepts-all": ("kernel > size + 2 * padding", "False"),
        "accepts-stride-0": ("stride < 1 or", "stride < 0 or"),
        "accepts-negative-padding": ("or padding < 0", ""),
        "refuses-with-padding": ("kernel > size + 2 * padding", "kernel > size"),
        "silent": ("does not fit into {size} pixels", "does not fit"),
    },
    "conv2d-forward": {
        "zeros": ("out[b, o, i, j] = total", "pass"),
        "flipped": ("weight[o, c, u, v]", "weight[o, c, kh - 1 - u, kw - 1 - v]"),
        "flipped-rows": ("weight[o, c, u, v]", "weight[o, c, kh - 1 - u, v]"),
        "transposed": ("weight[o, c, u, v]", "weight[o, c, v % kh, u % kw]"),
        "stride-swapped": ("(sh, sw), (ph", "(sw, sh), (ph"),
        "stride-of-rows": ("j * sw + v", "j * sh + v"),
        "stride-ignored": ("i * sh + u, j * sw + v", "i + u, j + v"),
        "padding-swapped": ("(ph, pw) = stride", "(pw, ph) = stride"),
        "padding-one-side": ("(ph, ph), (pw, pw)", "(0, 2 * ph), (0, 2 * pw)"),
        "padding-ones": ("(pw, pw)))", "(pw, pw)), constant_values=1)"),
        "padding-edge": ("(pw, pw)))", "(pw, pw)), mode='edge')"),
        "square-image": ("output_size(width, kw", "output_size(height, kw"),
        "square-kernel": ("range(kw)", "range(min(kh, kw))"),
        "square-kernel-rows": ("range(kh)", "range(min(kh, kw))"),
        "last-row": ("range(rows)", "range(rows - 1)"),
        "last-column": ("range(columns)", "range(columns - 1)"),
        "one-channel": ("range(in_channels)", "range(1)"),
        "channels-averaged": ("= total", "= total / in_channels"),
        "one-kernel": ("weight[o, c, u, v]", "weight[0, c, u, v]"),
        "one-image": ("padded[b, c", "padded[0, c"),
        "bias-dropped": ("float(bias[o])", "0.0"),
        "bias-of-image": ("bias[o]", "bias[b]"),
        "bias-per-channel": ("float(bias[o])", "in_channels * float(bias[o])"),
        "needs-bias": ("0.0 if bias is None else float(bias[o])", "float(bias[o])"),
        "integer-output": (
            "dtype = np.result_type(x, weight, np.float32)",
            "dtype = x.dtype",
        ),
        "always-float32": (
            "dtype = np.result_type(x, weight, np.float32)",
            "dtype = np.float32",
        ),
        "always-float64": (
            "dtype = np.result_type(x, weight, np.float32)",
            "dtype = np.float64",
        ),
        "spoils-the-image": ("    return out", "    x[:] = 0\n    return out"),
        "spoils-the-kernel": ("    return out", "    weight[:] = 0\n    return out"),
        "spoils-the-bias": (
            "    return out",
            "    if bias is not None:\n        bias += 1\n    return out",
        ),
    },
    "conv2d-layer": {
        "xavier": (
            "math.sqrt(2 / math.prod(shape[1:]))",
            "math.sqrt(4 / math.prod(shape[1:]) / (1 + out_channels / in_channels))",
        ),
        "lecun": ("math.sqrt(2 /", "math.sqrt(1 /"),
        "no-kernel-area": ("math.prod(shape[1:])", "in_channels"),
        "fan-out": ("math.prod(shape[1:])", "(math.prod(shape) / in_channels)"),
        "variance-for-deviation": (
            "math.sqrt(2 / math.prod(shape[1:]))",
            "2 / math.prod(shape[1:])",
        ),
        "std-one": ("normal(0, std, shape)", "normal(0, 1, shape)"),
        "uniform": (
            "normal(0, std, shape)",
            "uniform(-std * 3**0.5, std * 3**0.5, shape)",
        ),
        "uniform-of-width-std": ("normal(0, std, shape)", "uniform(-std, std, shape)"),
        "shifted": ("normal(0, std, shape)", "normal(std / 4, std, shape)"),
        "same-every-time": ("generator().normal", "np.random.default_rng(0).normal"),
        "kernel-transposed": ("*self.kernel_size)", "*self.kernel_size[::-1])"),
        "bias-ones": ("np.zeros(out_channels)", "np.ones(out_channels)"),
        "bias-always": ("requires_grad=True) if bias else None", "requires_grad=True)"),
        "bias-frozen": (
            "np.zeros(out_channels), requires_grad=True",
            "np.zeros(out_channels)",
        ),
        "weight-frozen": ("std, shape), requires_grad=True", "std, shape)"),
        "bias-not-listed": ("else [self.weight, self.bias]", "else [self.weight]"),
        "weight-not-listed": (
            "else [self.weight, self.bias]",
            "else [self.bias, self.bias]",
        ),
        "bias-not-used": ("weight, self.bias, self", "weight, None, self"),
        "stride-not-used": ("self.stride, self.padding\n", "(1, 1), self.padding\n"),
        "padding-not-used": ("self.stride, self.padding\n", "self.stride, (0, 0)\n"),
        "stride-and-padding-exchanged": (
            "self.stride, self.padding\n",
            "self.padding, self.stride\n",
        ),
        "leaves-the-graph": (
            "        return Conv2dFunction.apply(",
            "        return Tensor(conv2d_forward(x.data, self.weight.data, self.bias"
            ".data if self.bias else None, self.stride, self.padding))\n"
            "        return Conv2dFunction.apply(",
        ),
    },
    "max-pool2d-forward": {
        "padded-with-zero": ("constant_values=-np.inf", "constant_values=0"),
        "starts-at-zero": ("largest = -np.inf", "largest = 0.0"),
        "smallest": ("max(largest", "min(largest"),
        "stride-swapped": ("(sh, sw)", "(sw, sh)"),
        "kernel-swapped": ("(kh, kw)", "(kw, kh)"),
        "padding-swapped": ("(ph, pw) =", "(pw, ph) ="),
        "stride-is-kernel": ("i * sh + u, j * sw + v", "i * kh + u, j * kw + v"),
        "one-image": ("padded[b, c", "padded[0, c"),
        "one-channel": ("padded[b, c", "padded[b, 0"),
        "last-row": ("range(rows)", "range(rows - 1)"),
        "always-float64": (
            "dtype = np.result_type(x, np.float32)",
            "dtype = np.float64",
        ),
        "over-channels": (
            "out[b, c, i, j] = largest",
            "out[b, :, i, j] = np.maximum(out[b, :, i, j], largest)",
        ),
        "spoils-the-image": ("    return out", "    x[:] = 0\n    return out"),
    },
    "avg-pool2d-forward": {
        "sum": ("total / (kh * kw)", "total"),
        "square-kernel": ("(kh * kw)", "(kh * kh)"),
        "by-stride": ("(kh * kw)", "(sh * sw)"),
        "whole-numbers": (
            "columns), np.result_type(x, np.float32)",
            "columns), x.dtype",
        ),
        "valid-count": (
            "total / (kh * kw)",
            "total / sum(0 <= i * sh + u - ph < height and 0 <= j * sw + v - pw < width"
            " for u in range(kh) for v in range(kw))",
        ),
        "stride-swapped": ("(sh, sw)", "(sw, sh)"),
        "padding-swapped": ("(ph, pw) =", "(pw, ph) ="),
        "one-channel": ("padded[b, c", "padded[b, 0"),
        "maximum": ("total += float(", "total = max(total, "),
        "spoils-the-image": ("    return out", "    x[:] = 0\n    return out"),
    },
}
CASES = [(cell, bug) for cell, bugs in WRONG.items() for bug in bugs]


@pytest.mark.parametrize("seed", range(5))
def test_the_reference_passes(seed):
    graded = grade({}, seed)
    assert scores(graded) == POINTS
    assert all(seen for _, _, seen in graded.values())


# What a student reads of a check: a fixed text, without a number of the inputs.
SHOWN = re.compile(
    r"|wrong (shape|values|number)|not (finite|a whole number|written yet)"
    r"|not a numeric array|dtype float(32|64) was wanted|modified its input"
    r"|no \w+ was raised|raised \w+( where \w+ was wanted)?"
    r"|the error does not name the numbers|no gradient arrives|bias is not None"
    r"|a trained array is missing"
)


@pytest.mark.parametrize(("cell", "bug"), CASES)
def test_a_wrong_solution_loses_points_in_its_own_cell_only(cell, bug):
    graded = grade({cell: replaced(cell, bug)})
    test = f"test-{cell}"
    assert graded[test][0] < POINTS[test]
    assert scores(graded) | {test: 0} == POINTS | {test: 0}
    for check in graded[test][1]:
        assert SHOWN.fullmatch(check["message"]), check["message"]
        assert "[[" not in check["name"] and "array(" not in check["name"]


TOGETHER = {"everything together"}
ORIENTATION = {"the kernel is neither flipped nor transposed"}


@pytest.mark.parametrize(
    ("cell", "bug", "checks"),
    [
        ("conv2d-forward", "flipped", ORIENTATION),
        ("conv2d-forward", "flipped-rows", ORIENTATION),
        ("conv2d-forward", "transposed", ORIENTATION),
        ("conv2d-forward", "one-channel", {"several input channels"}),
        ("conv2d-forward", "one-kernel", {"several output channels"}),
        ("conv2d-forward", "one-image", {"several images"}),
        ("conv2d-forward", "bias-dropped", {"bias"}),
        ("conv2d-forward", "bias-per-channel", {"bias"}),
        ("conv2d-forward", "stride-swapped", {"stride (2"}),
        ("conv2d-forward", "padding-swapped", {"padding (1"}),
        ("conv2d-forward", "padding-edge", {"padding", "padding (1"}),
        ("conv2d-forward", "square-image", {"height and width may differ"}),
        ("max-pool2d-forward", "padded-with-zero", {"padding never wins"}),
        ("max-pool2d-forward", "stride-swapped", {"stride (3"}),
        ("max-pool2d-forward", "padding-swapped", {"padding (1"}),
        ("max-pool2d-forward", "one-image", {"each image and each channel by itself"}),
        ("avg-pool2d-forward", "stride-swapped", {"stride (3"}),
        ("avg-pool2d-forward", "square-kernel", {"a window of 2x3"}),
    ],
)
def test_a_mistake_hides_no_other_behaviour(cell, bug, checks):
    assert lost(grade({cell: replaced(cell, bug)}), cell) == checks | TOGETHER


@pytest.mark.parametrize(
    ("bug", "check"),
    [
        ("integer-output", "an integer image"),
        ("always-float32", "float64 gives float64"),
        ("always-float64", "float32 gives float32"),
        ("spoils-the-image", "image"),
        ("spoils-the-kernel", "image"),
        ("spoils-the-bias", "image"),
    ],
)
def test_a_small_mistake_costs_half_a_point(bug, check):
    graded = grade({"conv2d-forward": replaced("conv2d-forward", bug)})
    assert graded["test-conv2d-forward"][0] == 19.5
    assert lost(graded, "conv2d-forward") == {check}


NOTHING = {
    "output-size": {
        "size, kernel, stride=1, padding=0": [
            *("0", "1", "3", "None", "True", "'5'", "size", "float('nan')"),
            "exec('raise ValueError([size, kernel, stride, padding])')",
        ]
    },
    "conv2d-forward": {
        "x, weight, bias, stride, padding": [
            *("x", "x.copy()", "None", "0.0", "weight", "np.zeros(0)", "np.nan"),
            "np.zeros((len(x), len(weight), *(output_size(*a) for a in zip("
            "x.shape[2:], weight.shape[2:], stride, padding))))",
            "np.full((len(x), len(weight), *(output_size(*a) for a in zip("
            "x.shape[2:], weight.shape[2:], stride, padding))), x.flat[0])",
        ]
    },
    **{
        cell: {
            "x, kernel_size, stride, padding": [
                *("x", "None", "0.0", "x[:, :, ::2, ::2]", "np.zeros(0)", "-np.inf"),
                *(
                    f"np.full((*x.shape[:2], *(output_size(*a) for a in zip("
                    f"x.shape[2:], kernel_size, stride, padding))), {value}, x.dtype)"
                    for value in ("0", "x.flat[0]", "x.mean()")
                ),
            ]
        }
        for cell in ("max-pool2d-forward", "avg-pool2d-forward")
    },
}


@pytest.mark.parametrize(
    ("cell", "parameters", "value"),
    [
        (cell, parameters, value)
        for cell, functions in NOTHING.items()
        for parameters, values in functions.items()
        for value in values
    ],
)
def test_nothing_is_earned_for_nothing(cell, parameters, value):
    source = f"def {cell.replace('-', '_')}({parameters}):\n    return {value}"
    graded = grade({cell: source})
    test = f"test-{cell}"
    assert scores(graded) == POINTS | {test: 0}


def test_a_layer_that_computes_nothing_has_the_points_of_its_beginning_only():
    source = CELLS["conv2d-layer"].replace(
        "return Conv2dFunction.apply(", "return Tensor(np.zeros((3, 5, 6, 10))) or ("
    )
    graded = grade({"conv2d-layer": source})
    assert lost(graded, "conv2d-layer") >= {"forward", "backward", "bias=False"}
    assert scores(graded) == POINTS | {"test-conv2d-layer": 4}


def example(name):
    folder = ROOT / "examples" / name
    return {path.stem: path.read_text() for path in folder.glob("*.py")}


RENAMED = """
def output_size(length, window, step=1, border=0):
    if window < 1 or step < 1 or border < 0 or window > length + 2 * border:
        raise ValueError(f"{length=} {window=} {step=} {border=}")
    return (length + 2 * border - window) // step + 1
"""
# conv2d_forward calls its own output_size by its own names.
KEYWORDS = CELLS["conv2d-forward"].replace(
    "output_size(height, kh, sh, ph)",
    "output_size(length=height, window=kh, step=sh, border=ph)",
)
EINSUM = """
def conv2d_forward(x, weight, bias, stride, padding):
    sides = ((0, 0), (0, 0), *((p, p) for p in padding))
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(np.pad(x, sides), weight.shape[2:], axis=(2, 3))
    windows = windows[:, :, :: stride[0], :: stride[1]]
    out = np.einsum("bchwij,ocij->bohw", windows, weight, optimize=True)
    if bias is not None:
        out = out + bias.reshape(-1, 1, 1)
    return out.astype(np.result_type(x, weight, np.float32))
"""


@pytest.mark.parametrize(
    "solutions",
    [
        example("correct-loops"),
        example("correct-vectorised"),
        {"output-size": RENAMED, "conv2d-forward": KEYWORDS},
        {"conv2d-forward": EINSUM},
    ],
    ids=["loops", "vectorised", "renamed", "einsum"],
)
def test_a_right_solution_has_all_points(solutions):
    for seed in range(3):
        assert scores(grade(solutions, seed)) == POINTS


def test_an_unwritten_task_loses_its_own_points_only():
    release = nbformat.read(ROOT / "release/09_spatial/spatial.ipynb", as_version=4)
    for stub in release.cells:
        if stub.metadata.get("nbgrader", {}).get("solution"):
            graded = grade({stub.id: stub.source})
            assert scores(graded) == POINTS | {f"test-{stub.id}": 0}
            _, checks, _ = graded[f"test-{stub.id}"]
            assert {check["message"] for check in checks} == {"not written yet"}
