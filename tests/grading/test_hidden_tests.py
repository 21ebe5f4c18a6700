"""The test cells of module 09: which checks a mistake fails, and what is right.

That each mistake of the module's bank is caught in its own cell only, and each variant
right, is for ``proctor gate`` to show (tests/course/test_bank_gates.py).
"""

import re

import numpy as np
import pytest
from conftest import ROOT
from in_one_namespace import (
    BANK,
    POINTS,
    SOLUTIONS,
    full_marks,
    grade,
    grade_bug,
    lost,
    scores,
)


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
        ("conv-one-channel", {"several input channels", TOGETHER}),
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
