"""What earns nothing in the test cells of module 09."""

import nbformat
import pytest
from conftest import ROOT
from in_one_namespace import SOLUTIONS, full_marks, grade, lost, reached_from, scores

LAZY = """
right_NAME = NAME


def NAME(x, *window):
    pixel = x[:, :, PLACE:, PLACE:][:, :, :1, :1]
    return np.broadcast_to(pixel, right_NAME(x, *window).shape).astype(x.dtype)
"""


@pytest.mark.parametrize("place", ["0", "-1"])
def test_one_pixel_of_an_image_is_no_pooling_whatever_is_drawn(place):
    names = ("max_pool2d_forward", "avg_pool2d_forward")
    cells = {name.replace("_", "-"): name for name in names}
    lazy = {
        cell: SOLUTIONS[cell] + LAZY.replace("NAME", name).replace("PLACE", place)
        for cell, name in cells.items()
    }
    for seed in range(8):
        graded = grade(lazy, seed, tests=[f"test-{cell}" for cell in cells])
        assert set(scores(graded).values()) == {0}


CONVOLVED = (
    "(len(x), len(weight), *(output_size(*a) for a in zip("
    "x.shape[2:], weight.shape[2:], stride, padding)))"
)
POOLED = (
    "(*x.shape[:2], *(output_size(*a) for a in zip("
    "x.shape[2:], kernel_size, stride, padding)))"
)
FORWARD = (
    "x, kernel_size, stride, padding",
    [
        *("x", "None", "0.0", "x[:, :, ::2, ::2]", "np.zeros(0)", "-np.inf"),
        *(f"x.{of_all}((2, 3), keepdims=True)" for of_all in ("max", "mean")),
        *(f"np.full({POOLED}, {v}, x.dtype)" for v in ("0", "x.flat[0]", "x.mean()")),
    ],
)
BACKWARD = (
    "grad_output, x, kernel_size, stride, padding",
    [
        *("grad_output", "x", "None", "0.0", "np.zeros(0)", "np.nan"),
        *("np.zeros(x.shape)", "np.ones(x.shape)", "x.copy()"),
        "np.full(x.shape, grad_output.mean())",
    ],
)
NOTHING = {
    "output-size": (
        "size, kernel, stride=1, padding=0",
        [
            *("0", "1", "3", "None", "True", "'5'", "size", "float('nan')"),
            "exec('raise ValueError([size, kernel, stride, padding])')",
        ],
    ),
    "conv2d-forward": (
        "x, weight, bias, stride, padding",
        [
            *("x", "x.copy()", "None", "0.0", "weight", "np.zeros(0)", "np.nan"),
            f"np.zeros({CONVOLVED})",
            f"np.full({CONVOLVED}, x.flat[0])",
        ],
    ),
    "conv2d-backward": (
        "grad_output, x, weight, stride, padding",
        [
            *("None", "0.0", "x", "(x, weight)", "(x, weight, grad_output)", "3 * [0]"),
            "(x, weight, np.ones(len(weight)))",
            *(
                f"[np.{v}(n) for n in (x.shape, weight.shape, len(weight))]"
                for v in ("zeros", "ones")
            ),
        ],
    ),
    "max-pool2d-forward": FORWARD,
    "avg-pool2d-forward": FORWARD,
    "max-pool2d-backward": BACKWARD,
    "avg-pool2d-backward": BACKWARD,
    "receptive-field": (
        "layers",
        [
            "None",
            "0",
            "1",
            "3",
            "5",
            "layers",
            "len(layers)",
            "1 + len(layers)",
            "True",
        ],
    ),
}


@pytest.mark.parametrize(
    ("cell", "parameters", "value"),
    [
        (cell, parameters, value)
        for cell, (parameters, values) in NOTHING.items()
        for value in values
    ],
)
def test_nothing_is_earned_for_nothing(cell, parameters, value):
    source = f"def {cell.replace('-', '_')}({parameters}):\n    return {value}"
    tests = reached_from(cell)
    graded = grade({cell: source}, tests=tests)
    assert scores(graded) == full_marks(tests) | {f"test-{cell}": 0}


COST = """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    return {0}

def count_macs(input_shape, out_channels, kernel_size, stride=1, padding=0):
    return {0}

def activation_bytes(shape, itemsize=4):
    return {0}
"""


@pytest.mark.parametrize("value", ["None", "0", "1", "7907", "True", "[224]"])
def test_no_number_is_the_cost_of_everything(value):
    graded = grade({"cost": COST.format(value)}, tests=["test-cost"])
    assert scores(graded) == {"test-cost": 0}


@pytest.mark.parametrize("value", ["None", "...", "0", "''", "True", "(1, 2, 3, 4)"])
def test_no_value_answers_a_question(value):
    source = "\n".join(f"q{number} = {value}" for number in range(1, 6))
    graded = grade({"check-understanding": source}, tests=["test-check-understanding"])
    assert scores(graded) == {"test-check-understanding": 0}
    _, checks, _ = graded["test-check-understanding"]
    if value == "None":
        assert {check["message"] for check in checks} == {"not answered"}


def test_each_question_is_answered_by_itself():
    source = "q2 = 1792\nq5 = 12.0"
    graded = grade({"check-understanding": source}, tests=["test-check-understanding"])
    assert lost(graded, "check-understanding") == {"q1", "q3", "q4"}
    _, checks, _ = graded["test-check-understanding"]
    messages = {check["message"] for check in checks if check["message"]}
    assert messages == {"not answered"}


def test_a_layer_that_computes_nothing_has_the_points_of_its_beginning_only():
    source = SOLUTIONS["conv2d-layer"].replace(
        "return Conv2dFunction.apply(", "return Tensor(np.zeros((2, 4, 2, 4))) or ("
    )
    assert source != SOLUTIONS["conv2d-layer"]
    graded = grade({"conv2d-layer": source}, tests=["test-conv2d-layer"])
    assert lost(graded, "conv2d-layer") >= {"forward", "backward", "bias=False"}
    assert scores(graded) == {"test-conv2d-layer": 4.0}


def test_an_unwritten_task_loses_its_own_points_only():
    release = nbformat.read(ROOT / "release/09_spatial/spatial.ipynb", as_version=4)
    for stub in release.cells:
        if stub.cell_type == "code" and stub.id in SOLUTIONS:
            graded = grade({stub.id: stub.source})
            assert scores(graded) == full_marks() | {f"test-{stub.id}": 0}
            _, checks, _ = graded[f"test-{stub.id}"]
            said = {check["message"] for check in checks}
            answers = stub.id == "check-understanding"
            assert said == {"not answered" if answers else "not written yet"}
