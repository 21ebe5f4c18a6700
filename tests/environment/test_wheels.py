"""What is in the wheels, and that proctor's alone grades a course of somebody else."""

import json
import os
import sys
import zipfile

import nbformat
import pytest
from conftest import ROOT, copy_checkout, run
from nbformat.v4 import new_code_cell, new_notebook

from proctor.sandbox.levels import best_level
from proctor.tests.commands import BIN


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A wheel of each distribution, by its name: from a checkout, by its own backend.

    In the environment that the tests run in, which has the backend: no network.
    """
    checkout = copy_checkout(tmp_path_factory.mktemp("wheels") / "checkout")
    built = checkout.with_name("dist")
    for folder in (".", "course", "proctor"):
        command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel")
        done = run(*command, "-d", built, cwd=checkout / folder)
        assert done.returncode == 0, done.stderr
    return {path.name.split("-")[0]: path for path in built.glob("*.whl")}


def files_in(wheel):
    """Return what a wheel installs, but for its own records."""
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if not name.split("/")[0].endswith(".dist-info")}


def committed(folder):
    listed = run(
        *("git", "ls-files", "--cached", "--others", "--exclude-standard", folder),
        cwd=ROOT,
    )
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_tinytorchs_wheel_holds_tinytorch_alone(wheels):
    """And what its environment's kernels and JupyterLab read when they start."""
    data = {
        f"tinytorch-0.1.0.data/data/etc/{name}"
        for name in (
            "ipython/ipython_kernel_config.py",
            "jupyter/labconfig/page_config.d/authors_lab.json",
        )
    }
    assert files_in(wheels["tinytorch"]) == committed("tinytorch") | data


@pytest.mark.parametrize(
    ("wheel", "folder"),
    [("nbgrader_proctor", "proctor"), ("tinytorch_course", "course")],
)
def test_a_tools_wheel_holds_its_package_without_tests(wheels, wheel, folder):
    beside = {"pyproject.toml", "README.md", "LICENSE"}
    wanted = {
        name
        for name in committed(folder)
        if not name.startswith(f"{folder}/tests/")
        and name not in {f"{folder}/{other}" for other in beside}
    }
    assert files_in(wheels[wheel]) == wanted


@pytest.fixture(scope="module")
def alone(wheels, tmp_path_factory):
    """An environment with proctor and what its own metadata asks for; returns its bin.

    The versions are the locked ones, so that uv takes them from its cache; that they
    are all that the wheel asks for is checked.
    """
    folder = tmp_path_factory.mktemp("alone") / "env"
    steps = [
        ("uv", "venv", "--python", sys.executable, folder),
        (
            *("uv", "sync", "--frozen", "--no-build", "--project", ROOT),
            *("--package", "nbgrader-proctor", "--no-dev", "--no-install-workspace"),
        ),
        (
            *("uv", "pip", "install", "--offline", "--no-deps"),
            *("--python", folder, wheels["nbgrader_proctor"]),
        ),
        ("uv", "pip", "check", "--python", folder),
    ]
    for step in steps:
        environment = {"UV_PROJECT_ENVIRONMENT": str(folder)}
        done = run(*step, cwd=folder.parent, env=environment)
        assert done.returncode == 0, done.stderr
    return folder / "bin"


def task(source, test, points):
    """Return a task's cell and its test's, as nbgrader's formgrader writes them."""
    name = source.split("(")[0].removeprefix("def ")
    settings = {"schema_version": 3, "task": False}
    answer = settings | {"grade_id": name, "solution": True, "grade": False}
    check = settings | {"grade_id": f"{name}_tests", "solution": False, "grade": True}
    answer["locked"], check["locked"], check["points"] = False, True, points
    return [
        new_code_cell(source, metadata={"nbgrader": answer}),
        new_code_cell(test, metadata={"nbgrader": check}),
    ]


VOWELS = """\
def vowels(text):
    ### BEGIN SOLUTION
    return sum(letter in "aeiou" for letter in text)
    ### END SOLUTION"""
VOWELS_TESTS = """\
assert vowels("banana") == 3
### BEGIN HIDDEN TESTS
assert vowels("sky") == 0
### END HIDDEN TESTS"""
HALVES = """\
def halves(numbers):
    ### BEGIN SOLUTION
    return [number / 2 for number in numbers]
    ### END SOLUTION"""
HALVES_TESTS = """\
assert halves([2]) == [1]
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=4)


@rubric.check("odd numbers", points=3)
def _():
    rubric.close(halves([3, 5]), [1.5, 2.5])


@rubric.check("whole numbers", points=1)
def _():
    rubric.close(halves([4, 8, 10]), [2, 4, 5])


rubric.score()
### END HIDDEN TESTS"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """All that a course has to have: a configuration of two lines and a source."""
    folder = tmp_path_factory.mktemp("words")
    (folder / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "words"\n'
    )
    cells = [*task(VOWELS, VOWELS_TESTS, 3), *task(HALVES, HALVES_TESTS, 4)]
    (folder / "source/ps1").mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), folder / "source/ps1/words.ipynb")
    return folder


def test_proctor_alone_grades_another_course(alone, course):
    # The PATH of a shell in which that environment, and no other, is active.
    others = os.environ["PATH"].split(os.pathsep)
    path = os.pathsep.join([str(alone), *(p for p in others if p != str(BIN))])

    def tool(*command):
        done = run(*command, cwd=course, env={"PATH": path})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    found = tool("python", "-c", "import proctor; print(proctor.__file__)")
    assert found.startswith(str(alone.parent))

    tool("nbgrader", "generate_assignment", "ps1")
    released = nbformat.read(course / "release/ps1/words.ipynb", as_version=4)
    assert not any("HIDDEN" in cell.source for cell in released.cells)
    answers = {
        "ann": (
            "sum(letter in 'aeiou' for letter in text)",
            "[n / 2 for n in numbers]",
        ),
        "bob": ("3", "[n // 2 for n in numbers]"),
    }
    for student, (vowels, halves) in answers.items():
        released.cells[0].source = f"def vowels(text):\n    return {vowels}"
        released.cells[2].source = f"def halves(numbers):\n    return {halves}"
        (course / "submitted" / student / "ps1").mkdir(parents=True)
        nbformat.write(released, course / f"submitted/{student}/ps1/words.ipynb")

    level = ("--sandbox", best_level())
    tool("proctor", "autograde", "ps1", *level, "--results", "results.json")
    results = json.loads((course / "results.json").read_text())
    assert {
        one["student"]: {cell["grade_id"]: cell["score"] for cell in one["cells"]}
        for one in results["submissions"]
    } == {
        "ann": {"vowels_tests": 3, "halves_tests": 4},
        "bob": {"vowels_tests": 0, "halves_tests": 1},
    }
    said = tool("proctor", "check", "submitted/bob/ps1/words.ipynb", *level)
    assert said.startswith("ps1: 1 of 7 points\n")
    assert "0/3  odd numbers: wrong values" in said
