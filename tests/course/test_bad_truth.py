"""What an author can get wrong: each is one clear line, and exit status 2."""

import pytest
from conftest import run

TRUTH = "notebooks/09_spatial/spatial.py"


def edit(checkout, old, new, count=1):
    truth = checkout / TRUTH
    text = truth.read_text()
    assert old in text
    truth.write_text(text.replace(old, new, count))


def without_region(checkout):
    truth = checkout / TRUTH
    lines = truth.read_text().splitlines(keepends=True)
    begin = next(i for i, line in enumerate(lines) if "BEGIN SOLUTION" in line)
    end = next(i for i, line in enumerate(lines) if "END SOLUTION" in line)
    del lines[end], lines[begin]
    truth.write_text("".join(lines))


def unclosed_region(checkout):
    edit(checkout, "    ### END SOLUTION\n", "")


def duplicate_id(checkout):
    edit(checkout, '"grade_id": "conv2d-layer"', '"grade_id": "output-size"')


def wrong_points(checkout):
    edit(checkout, '"points": 20', '"points": 25')


def no_points_declared(checkout):
    edit(checkout, "#   course:\n#     points: 50\n", "")


def orphaned_test(checkout):
    edit(checkout, '"grade_id": "test-conv2d-layer"', '"grade_id": "test-conv2d"')


def hidden_test_in_a_plain_cell(checkout):
    edit(checkout, "conv.weight.grad.shape\n", "### BEGIN HIDDEN TESTS\nassert 1\n")


def no_grade_id(checkout):
    edit(checkout, '"grade_id": "test-conv2d-layer", ', "")


def points_in_words(checkout):
    edit(checkout, '"points": 20', '"points": "twenty"')


def broken_cell_header(checkout):
    edit(
        checkout, '# %% nbgrader={"grade": false, "grade_id": "conv2d-layer",', "# %% {"
    )


CASES = {
    no_grade_id: "the cell that begins 'conv = Conv2d(3, 8, kernel_size=(3, 5))' has "
    "nbgrader metadata without a grade_id: name the cell",
    points_in_words: "cell 'test-conv2d-forward' is worth 'twenty': points must be a "
    "number, 0 or more",
    broken_cell_header: "the cell that begins '#| export' has a SOLUTION region and is "
    "no solution cell: is its nbgrader metadata complete?",
    without_region: "solution cell 'output-size' has no ### BEGIN SOLUTION region: "
    "nbgrader would replace the whole cell; mark what the student writes",
    unclosed_region: "cell 'output-size' has 1 BEGIN SOLUTION and 0 END SOLUTION: "
    "close each region in its own cell",
    duplicate_id: "grade_id 'output-size' stands on 2 cells: give each cell its own",
    wrong_points: "the header declares 50 points and the cells add up to 55: correct "
    "the one that is wrong",
    no_points_declared: "the cells are worth 50 points and the header declares none: "
    "put 'course: {points: 50}' under 'jupyter:'",
    orphaned_test: "test cell 'test-conv2d' belongs to no solution cell: name it "
    "'test-' and the solution cell's grade_id",
    hidden_test_in_a_plain_cell: "a cell without points has a HIDDEN TESTS region: "
    "only a graded cell may have one, or students would read it",
}


BUILD = ("course", "build")
# The hook is one for all: two cases show it, the rest go the fast way.
NBGRADER = ("nbgrader", "generate_assignment", "09_spatial")


@pytest.mark.parametrize(
    ("command", "spoil"),
    [
        *((BUILD, spoil) for spoil in CASES),
        (NBGRADER, without_region),
        (NBGRADER, wrong_points),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value.__name__,
)
def test_is_refused_in_one_line(checkout, spoil, command):
    spoil(checkout)
    run("git", "commit", "--quiet", "--all", "-m", "spoilt", cwd=checkout)
    done = run(*command, cwd=checkout)
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if TRUTH in line]
    assert any(f"{TRUTH}: {CASES[spoil]}" in line for line in lines), done.stderr
    assert "Traceback" not in done.stderr
    # Nothing was built from it.
    assert run("git", "status", "--porcelain", cwd=checkout).stdout == ""


@pytest.mark.parametrize(
    "command", [("course", "build"), ("nbgrader", "generate_assignment")]
)
def test_unknown_assignment(checkout, command):
    done = run(*command, "10_tokens", cwd=checkout)
    assert done.returncode == 2
    assert (
        f"no assignment '10_tokens' in {checkout}/notebooks: there is 00_package, "
        "01_tensor, 02_activations, 03_layers, "
    ) in done.stderr
    assert "Traceback" not in done.stderr
