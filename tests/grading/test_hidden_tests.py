"""The test cells of module 09: which checks a mistake fails, and what earns nothing.

That each mistake of the module's bank is caught in its own cell only, and each variant
right, is for ``proctor gate`` to show (tests/course/test_bank_gates.py). Here the cells
run in one namespace, in order; of a test cell the visible part and the hidden tests run
one after the other, so that a failure that the student has seen hides no check.
"""

import ast
import re
from functools import cache

import nbformat
import numpy as np
import pytest
from conftest import ROOT

from proctor import bank
from proctor.notebook.cells import Marks
from proctor.rubric import rubric
from proctor.rubric.where import InOneProcess

TRUTH = ROOT / "notebooks/09_spatial"
NOTEBOOK = nbformat.read(ROOT / "source/09_spatial/spatial.ipynb", as_version=4)
CODE = [c for c in NOTEBOOK.cells if c.cell_type == "code"]
POINTS = {
    c.id: c.metadata.nbgrader.points
    for c in CODE
    if c.metadata.get("nbgrader", {}).get("grade")
}
SOLUTIONS = {
    c.id: c.source for c in CODE if c.metadata.get("nbgrader", {}).get("solution")
}
# What defines something, and what tests it: no picture, no training.
CELLS = {
    c.id: c.source
    for c in CODE
    if c.id in POINTS or c.id in SOLUTIONS or c.source.startswith("#| export")
}
BANK = bank.load(TRUTH, SOLUTIONS)


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


def grade(solutions, seed=None, tests=None):
    """Run the notebook with some cells replaced.

    Parameters
    ----------
    tests
        Which test cells to run; all, if it is left out.

    Returns
    -------
    dict
        For each test cell its score, its checks, and whether the visible part passed.
    """
    recorded = Recorded(seed)
    rubric.set_examination(recorded)
    namespace, graded = {}, {}
    for name, source in (CELLS | solutions).items():
        if name not in POINTS:
            run(source, name, namespace)
        elif tests is None or name in tests:
            visible, hidden = Marks().visible_and_hidden(source)
            seen = run(visible, name, namespace)
            # Nothing but an author's mistake leaves this part.
            exec(compiled(hidden, name), namespace)
            checks = recorded.latest.results()
            graded[name] = sum(check["score"] for check in checks), checks, seen
    return graded


@cache
def compiled(source, name):
    return compile(source, name, "exec")


def run(source, name, namespace):
    """Run a student's cell, or what the student sees; tell whether it passed."""
    try:
        exec(compiled(source, name), namespace)
    except Exception:
        return False
    return True


@cache
def names_read(source):
    nodes = ast.walk(ast.parse(source))
    return {n.id for n in nodes if isinstance(n, ast.Name)}


@cache
def names_made(source):
    """Return the names that a cell leaves behind."""
    made = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            made.add(statement.name)
        elif isinstance(statement, ast.Assign):
            made |= {n.id for n in statement.targets if isinstance(n, ast.Name)}
    return made


@cache
def reached_from(cell):
    """Return the test cells that a change of this solution cell could touch.

    They are the cell's own, and those that read what it defines, or what is defined
    with the help of that, and so on.
    """
    touched, reached = set(names_made(SOLUTIONS[cell])), {f"test-{cell}"}
    for name, source in CELLS.items():
        if touched & names_read(source):
            if name in POINTS:
                reached.add(name)
            else:
                touched |= names_made(source)
    return reached


def scores(graded):
    return {name: score for name, (score, _, _) in graded.items()}


def full_marks(tests=POINTS):
    return {name: POINTS[name] for name in tests}


def lost(graded, cell):
    """Return which checks lost points, each up to its first colon or comma."""
    _, checks, _ = graded[f"test-{cell}"]
    return {re.split("[:,]", c["name"])[0] for c in checks if c["message"]}


def grade_bug(name):
    """Grade the bug's own test cell."""
    bug = BANK.find(name)
    return grade({bug.cell: BANK.source_of(bug)}, tests=[f"test-{bug.cell}"])


@pytest.mark.parametrize("seed", range(3))
def test_the_reference_passes(seed):
    graded = grade({}, seed)
    assert scores(graded) == full_marks()
    assert all(seen for _, _, seen in graded.values())


def test_every_cell_has_its_mistakes_and_its_variants():
    for cell, source in SOLUTIONS.items():
        variants = [v for v in BANK.variants if v.cell == cell]
        assert len(BANK.of_cell(cell)) >= 10
        assert len(variants) >= (8 if "def " in source else 1)
    assert len(BANK.bugs) >= 100


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


TOGETHER = "everything together"
# What is tried with several channels and kernels.
SEVERAL = {
    "height and width may differ",
    *("stride", "stride (2", "padding", "padding (1"),
}
ORIENTATION = "the kernel is neither flipped nor transposed"


@pytest.mark.parametrize(
    ("bug", "checks"),
    [
        ("conv-kernel-flipped", {ORIENTATION, TOGETHER}),
        ("conv-kernel-upside-down", {ORIENTATION, TOGETHER}),
        ("conv-one-channel", {"several input channels", *SEVERAL, TOGETHER}),
        ("conv-one-kernel", {"several output channels", *SEVERAL, TOGETHER}),
        ("conv-one-image", {"several images", TOGETHER}),
        ("conv-bias-dropped", {"bias", "an integer image", TOGETHER}),
        ("conv-bias-for-each-channel", {"bias", TOGETHER}),
        ("conv-stride-swapped", {"stride (2", TOGETHER}),
        ("conv-padding-swapped", {"padding (1", TOGETHER}),
        ("conv-padding-edge", {"padding", "padding (1", TOGETHER}),
        ("conv-square-image", {"height and width may differ", TOGETHER}),
        ("conv-back-image-overwritten", {"image", TOGETHER}),
        ("conv-back-kernel-overwritten", {"kernel", TOGETHER}),
        ("conv-back-bias-overwritten", {"bias", TOGETHER}),
        ("conv-back-kernel-flipped", {"image", TOGETHER}),
        ("conv-back-stride-swapped", {"stride (2", TOGETHER}),
        ("conv-back-square-image", {"height and width may differ", TOGETHER}),
        ("max-padded-with-zero", {"padding never wins", "an integer image", TOGETHER}),
        ("max-stride-swapped", {"stride (3", TOGETHER}),
        ("max-padding-swapped", {"padding (1", TOGETHER}),
        ("max-one-image", {"each image and each channel by itself", TOGETHER}),
        ("max-back-ties-last", {"equal numbers"}),
        ("max-back-overwritten", {"a winner of several windows", TOGETHER}),
        ("max-back-stride-swapped", {"stride (3", TOGETHER}),
        ("max-back-unravelled-by-height", {"a window of 2x3", TOGETHER}),
        ("max-back-integer-gradient", {"an integer image"}),
        ("avg-stride-swapped", {"stride (3", TOGETHER}),
        ("avg-by-height-squared", {"a window of 2x3", TOGETHER}),
        ("avg-back-overwritten", {"an element of several windows", TOGETHER}),
    ],
)
def test_a_mistake_hides_no_other_behaviour(bug, checks):
    assert lost(grade_bug(bug), BANK.find(bug).cell) == checks


@pytest.mark.parametrize(
    ("bug", "check"),
    [
        ("conv-always-float32", "float64 gives float64"),
        ("conv-always-float64", "float32 gives float32"),
        ("conv-back-integer-gradient", "an integer image and kernel"),
        ("max-integers-without-infinity", "an integer image"),
    ],
)
def test_a_small_mistake_costs_half_a_point(bug, check):
    graded = grade_bug(bug)
    ((test, score),) = scores(graded).items()
    assert score == POINTS[test] - 0.5
    assert lost(graded, BANK.find(bug).cell) == {check}


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


WRONG_CONVOLUTIONS = {
    "unwritten": {
        cell: re.sub(
            r"### BEGIN SOLUTION.*### END SOLUTION",
            f"raise NotImplementedError({cell!r})",
            SOLUTIONS[cell],
            flags=re.DOTALL,
        )
        for cell in ("output-size", "conv2d-forward", "conv2d-backward")
    },
    "wrong": {
        cell: BANK.source_of(BANK.find(bug))
        for cell, bug in {
            "output-size": "size-no-plus-one",
            "conv2d-forward": "conv-kernel-flipped",
            "conv2d-backward": "conv-back-order",
        }.items()
    },
}


@pytest.mark.parametrize(
    "solutions", WRONG_CONVOLUTIONS.values(), ids=WRONG_CONVOLUTIONS
)
def test_a_layer_over_wrong_functions_has_its_own_points(solutions):
    graded = grade(solutions, tests=["test-conv2d-layer"])
    assert scores(graded) == {"test-conv2d-layer": POINTS["test-conv2d-layer"]}
    without_padding = BANK.source_of(BANK.find("layer-padding-not-used"))
    graded = grade(
        solutions | {"conv2d-layer": without_padding}, tests=["test-conv2d-layer"]
    )
    assert lost(graded, "conv2d-layer") == {
        "forward",
        "forward and backward with stride and padding together",
    }


COUNTED_BY_A_LAYER = """
def count_parameters(in_channels, out_channels, kernel_size, bias=True):
    layer = Conv2d(in_channels, out_channels, kernel_size, bias=bias)
    return sum(parameter.data.size for parameter in layer.parameters())
"""


def test_a_count_by_a_wrong_layer_is_not_paid_for_twice():
    cost = SOLUTIONS["cost"] + COUNTED_BY_A_LAYER
    layer = BANK.source_of(BANK.find("layer-bias-of-inputs"))
    graded = grade({"conv2d-layer": layer, "cost": cost}, tests=["test-cost"])
    assert scores(graded) == {"test-cost": POINTS["test-cost"]}
    own = cost.replace("bias=bias)", "bias=True)")
    graded = grade({"conv2d-layer": layer, "cost": own}, tests=["test-cost"])
    assert scores(graded) == {"test-cost": POINTS["test-cost"] - 1}


def test_random_weights_raise_no_false_alarm():
    # The test wants a standard deviation within 4 %, a middle within 8 / sqrt(23040), a
    # mean size within 2.5 % and a correlation of two layers within 0.05. Each is more
    # than six standard deviations of what right weights give: less than one false alarm
    # in 100 million gradings.
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(150):
        one, other = rng.normal(0, np.sqrt(2 / 360), (2, 23040))
        scaled = one / one.std()
        rows.append(
            [
                one.std() / np.sqrt(2 / 360),
                scaled.mean(),
                np.abs(scaled).mean() / np.sqrt(2 / np.pi),
                np.corrcoef(one, other)[0, 1],
            ]
        )
    spread = np.std(rows, axis=0)
    assert ([0.04, 8 / np.sqrt(23040), 0.025, 0.05] / spread > 6).all()
    for seed in range(20):
        assert lost(grade({}, seed, ["test-conv2d-layer"]), "conv2d-layer") == set()


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
KEYWORDS = SOLUTIONS["conv2d-forward"].replace(
    "output_size(height, kh, sh, ph)",
    "output_size(length=height, window=kh, step=sh, border=ph)",
)


@pytest.mark.parametrize(
    "solutions",
    [
        example("correct-loops"),
        example("correct-vectorised"),
        {"output-size": RENAMED, "conv2d-forward": KEYWORDS},
    ],
    ids=["loops", "vectorised", "renamed"],
)
def test_a_right_submission_has_all_points(solutions):
    for seed in range(2):
        assert scores(grade(solutions, seed)) == full_marks()


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
