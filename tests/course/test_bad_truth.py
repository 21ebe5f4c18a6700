"""What an author can get wrong: each is one clear line, and exit status 2."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, run

from course.cli import main

TRUTH = Path("notebooks/09_spatial/spatial.py")
HIDDEN = TRUTH.parent / "hidden_tests"


def edit(checkout, old, new, file=TRUTH):
    path = checkout / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def without_region(checkout):
    truth = checkout / TRUTH
    lines = truth.read_text().splitlines(keepends=True)
    begin = next(i for i, line in enumerate(lines) if "BEGIN SOLUTION" in line)
    end = next(i for i, line in enumerate(lines) if "END SOLUTION" in line)
    del lines[end], lines[begin]
    truth.write_text("".join(lines))


def unclosed_region(checkout):
    edit(checkout, "    ### END SOLUTION\n", "")


def nested_region(checkout):
    begin = "    ### BEGIN SOLUTION\n"
    edit(checkout, begin, 2 * begin)


def end_without_a_region(checkout):
    edit(checkout, "    ### BEGIN SOLUTION\n", "    ### END SOLUTION\n")


def hidden_tests_begun_twice(checkout):
    with (checkout / HIDDEN / "test-conv2d-layer.py").open("a") as hidden:
        hidden.write("#BEGIN HIDDEN TESTS\n")


def duplicate_id(checkout):
    edit(checkout, '"grade_id": "conv2d-layer"', '"grade_id": "output-size"')


def wrong_points(checkout):
    edit(checkout, '"points": 20', '"points": 25')


def no_points_declared(checkout):
    edit(checkout, "#   course:\n#     points: 100\n", "")


def orphaned_test(checkout):
    edit(checkout, '"grade_id": "test-conv2d-layer"', '"grade_id": "test-conv2d"')
    hidden = checkout / HIDDEN
    (hidden / "test-conv2d-layer.py").rename(hidden / "test-conv2d.py")


def hidden_test_in_a_plain_cell(checkout):
    last = "from tinytorch.core.tensor import Tensor\n"
    edit(checkout, last, f"{last}### BEGIN HIDDEN TESTS\nassert 1\n")


def hidden_tests_of_no_cell(checkout):
    (checkout / HIDDEN / "test-conv3d.py").write_text("assert 1\n")


def hidden_tests_twice(checkout):
    edit(
        checkout,
        'check = Check("output-size"',
        '### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\ncheck = Check("output-size"',
    )


def no_grade_id(checkout):
    edit(checkout, '"grade_id": "test-conv2d-layer", ', "")
    (checkout / HIDDEN / "test-conv2d-layer.py").unlink()


def points_in_words(checkout):
    edit(checkout, '"points": 20', '"points": "twenty"')


def broken_cell_header(checkout):
    edit(
        checkout, '# %% nbgrader={"grade": false, "grade_id": "conv2d-layer",', "# %% {"
    )


def import_that_grading_skips(checkout):
    drawing = '# %% tags=["skip-grading"]\nfrom tinytorch.pictures'
    edit(checkout, drawing, drawing.replace("from", "import json\nfrom"))


def expected_from_the_student(checkout):
    right, wrong = "wanted = reference_conv2d(x, ", "wanted = conv2d_forward(x, "
    edit(checkout, right, wrong, HIDDEN / "test-conv2d-forward.py")


def checks_that_do_not_add_up(checkout):
    right, wrong = (f'of all are added", points={points})' for points in (1, 0.5))
    edit(checkout, right, wrong, HIDDEN / "test-conv2d-forward.py")


CASES = {
    no_grade_id: "the cell that begins 'from tinytorch.checks import Check, count_up' "
    "has nbgrader metadata without a grade_id: name the cell",
    points_in_words: "cell 'test-conv2d-forward' is worth 'twenty': points must be a "
    "number, 0 or more",
    broken_cell_header: "the cell that begins '#| export' has a SOLUTION region and is "
    "no solution cell: is its nbgrader metadata complete?",
    without_region: "solution cell 'output-size' has no ### BEGIN SOLUTION region: "
    "nbgrader would replace the whole cell; mark what the student writes",
    unclosed_region: "cell 'output-size': BEGIN SOLUTION without END SOLUTION after "
    "it: close each region in its own cell",
    nested_region: "cell 'output-size': BEGIN SOLUTION inside the region that line N "
    "begins: put END SOLUTION before it",
    end_without_a_region: "cell 'output-size': END SOLUTION without BEGIN SOLUTION "
    "before it: begin each region in its own cell",
    hidden_tests_begun_twice: "cell 'test-conv2d-layer': BEGIN HIDDEN TESTS inside the "
    "region that line N begins: put END HIDDEN TESTS before it",
    duplicate_id: "grade_id 'output-size' stands on 2 cells: give each cell its own",
    wrong_points: "the header declares 100 points and the cells add up to 105: correct "
    "the one that is wrong",
    no_points_declared: "the cells are worth 100 points and the header declares none: "
    "put 'course: {points: 100}' under 'jupyter:'",
    orphaned_test: "test cell 'test-conv2d' belongs to no solution cell: name it "
    "'test-' and the solution cell's grade_id",
    import_that_grading_skips: "the cell that begins 'import json' imports json, and "
    "is not run where it is graded: import that in a cell that is, since an answer "
    "below may use it",
    hidden_test_in_a_plain_cell: "a cell without points has a HIDDEN TESTS region: "
    "only a graded cell may have one, or students would read it",
    expected_from_the_student: "cell 'test-conv2d-forward': 'wanted' comes "
    "from student code and is what rubric.close expects: compute it from the test's "
    "arrays",
    checks_that_do_not_add_up: "cell 'test-conv2d-forward': the checks add "
    "up to 19.5 points and the cell has 20",
    hidden_tests_of_no_cell: "spatial.py has no test cell 'test-conv3d' without hidden "
    "tests: name the file after its cell",
    hidden_tests_twice: "spatial.py has no test cell 'test-output-size' without hidden "
    "tests: name the file after its cell",
}
# Where it is not the truth that the line names.
FILES = {
    hidden_tests_of_no_cell: "test-conv3d.py",
    hidden_tests_twice: "test-output-size.py",
}


@pytest.fixture
def folder(tmp_path):
    """As much of a course as its gates read."""
    shutil.copytree(ROOT / TRUTH.parent, tmp_path / TRUTH.parent)
    shutil.copy(ROOT / "settings.ini", tmp_path)
    return tmp_path


def check_said(said, spoil):
    """Check that it is one line; where in its cell is shown below, for other cells."""
    where = f"{HIDDEN}/{FILES[spoil]}: " if spoil in FILES else f"{TRUTH}: "
    said = re.sub(r"that line \d+", "that line N", said)
    lines = [re.sub(r", line \d+:", ":", line) for line in said.splitlines()]
    assert any(f"{where}{CASES[spoil]}" in line for line in lines), said
    assert "Traceback" not in said


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_is_refused_in_one_line(folder, spoil, monkeypatch, capsys):
    spoil(folder)
    before = sorted(folder.rglob("*"))
    monkeypatch.chdir(folder)
    assert main(["build"]) == 2
    check_said(capsys.readouterr().err, spoil)
    assert sorted(folder.rglob("*")) == before, "something was built from it"


# What asks the gates is one for all: these cases show it.
@pytest.mark.parametrize(
    ("command", "spoil"),
    [
        (("course", "build"), orphaned_test),
        (("nbgrader", "generate_assignment", "09_spatial"), without_region),
        (("nbgrader", "generate_assignment", "09_spatial"), wrong_points),
    ],
    ids=["course-build", "nbgrader-without_region", "nbgrader-wrong_points"],
)
def test_the_commands_refuse(checkout, spoil, command):
    spoil(checkout)
    run("git", "add", "--all", cwd=checkout)
    run("git", "commit", "--quiet", "-m", "spoilt", cwd=checkout)
    done = run(*command, cwd=checkout)
    assert done.returncode == 2
    check_said(done.stderr, spoil)
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
