"""From truth to products, by the commands that an author types."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, run
from small import ASSIGNMENT, RELEASED, TRUTH
from spatial_points import TASKS

from course.project import Project
from course.student import build_student


def changed_files(checkout):
    return run("git", "status", "--porcelain", cwd=checkout).stdout


def test_generate_assignment_on_a_clean_checkout_changes_nothing(checkout):
    # Formgrader's gradebook is made when missing; git ignores it.
    done = run("nbgrader", "generate_assignment", "09_spatial", cwd=checkout)
    assert done.returncode == 0, done.stderr
    assert changed_files(checkout) == ""
    assert (checkout / "gradebook.db").is_file()


def test_generate_all_assignments(small_course):
    done = run("nbgrader", "generate_assignment", "*", cwd=small_course)
    assert done.returncode == 0, done.stderr
    assert changed_files(small_course) == ""


def test_check_accepts_the_course():
    """All products of the course are built anew and compared to the byte.

    So are the figures of the prose with what the code gives, and the visible checks
    with all known mistakes. What the check says of the hidden tests:
    test_bank_gates.py.
    """
    done = run("course", "check", "--fast", cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_build_is_the_same_to_the_byte(small_course):
    for product in ("source", "release", "tinytorch"):
        for path in (small_course / product).rglob("*.*"):
            path.unlink()
    done = run("course", "build", cwd=small_course)
    assert done.returncode == 0, done.stderr
    assert changed_files(small_course) == ""
    assert not (small_course / "gradebook.db").exists()


def test_check_names_what_is_not_what_the_truth_gives(small_course):
    release = small_course / RELEASED
    release.write_text(release.read_text().replace("def double", "def triple"))
    (small_course / "tinytorch/core/extra.py").write_text("x = 1\n")
    (small_course / "source/08_gone").mkdir()
    (small_course / "source/08_gone/gone.ipynb").write_text("{}")
    done = run("course", "check", cwd=small_course)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "course: source/08_gone/gone.ipynb is built from no truth: bring back its file "
        "under notebooks/, or run course build, which moves away what it had built, or "
        "delete it",
        "course: tinytorch/core/extra.py is built from no truth: bring back its file "
        "under notebooks/, or run course build, which moves away what it had built, or "
        "delete it",
        f"course: {RELEASED} is not what notebooks/ gives: run course build and commit",
    ]


def test_the_address_is_said_once(checkout, small_course):
    # Of the course: in the settings, in what is built, and where one is told of it.
    said = run("git", "grep", "-l", "OWNER_NAME", "--", ":!tests", cwd=checkout)
    places = {name.split("/")[0] for name in said.stdout.split()}
    assert places == {"settings.ini", "README.md", "source", "release", "course"}
    # Whatever is built takes it from there.
    settings = small_course / "settings.ini"
    settings.write_text(settings.read_text().replace("OWNER_NAME", "somebody"))
    done = run("course", "build", cwd=small_course)
    assert done.returncode == 0, done.stderr
    others = ":!tests", ":!course"
    left = run("git", "grep", "-l", "OWNER_NAME", "--", *others, cwd=small_course)
    assert left.stdout == ""
    text = (small_course / "README.md").read_text()
    assert f"somebody/tinytorch-course/blob/main/{RELEASED.parent}" in text


def release(name="09_spatial/spatial"):
    return nbformat.read(ROOT / "release" / f"{name}.ipynb", as_version=4)


def test_links_land_on_the_released_notebook():
    text = (ROOT / "README.md").read_text()
    binder = re.search(r"mybinder.org/v2/gh/[\w/.-]+\?labpath=([\w%.]+)", text)[1]
    assert (ROOT / binder.replace("%2F", "/")).is_file()
    colab = re.search(r"colab.research.google.com/github/[^)]*/blob/main/([^)]+)", text)
    assert (ROOT / colab[1]).is_file()
    assert colab[0] in release().cells[1].source


def test_a_release_holds_no_solution_and_no_hidden_test():
    solution = ROOT / "source/09_spatial/spatial.ipynb"
    assert "BEGIN SOLUTION" in solution.read_text()
    assert "BEGIN HIDDEN" in solution.read_text()
    for path in (ROOT / "release").glob("*/*.ipynb"):
        text = path.read_text()
        for secret in ("SOLUTION", "HIDDEN", "provided_", "reference_conv2d"):
            assert secret not in text


def test_a_stub_names_its_task():
    stubs = {
        c.id: c.source
        for c in release().cells
        if c.metadata.get("nbgrader", {}).get("solution")
    }
    assert set(stubs) == set(TASKS)
    assert stubs.pop("reflection") == "YOUR ANSWER HERE"
    for name, source in stubs.items():
        # Answers to questions are no part of the package.
        assert source.startswith("#| export\n") == (name != "check-understanding")
        assert f"raise NotImplementedError({name!r})" in source


def test_points_are_those_of_the_table():
    points = {
        c.id.removeprefix("test-"): c.metadata.nbgrader.points
        for c in release().cells
        if c.metadata.get("nbgrader", {}).get("grade")
    }
    assert points == TASKS
    assert sum(points.values()) == 100


def test_the_package_has_no_markers_and_names_its_truth():
    for path in (ROOT / "tinytorch/core").glob("[a-z]*.py"):
        text = path.read_text()
        assert "SOLUTION" not in text and "HIDDEN" not in text
        truth = re.search(r"File to edit: (\S+)\.\n", text)[1]
        assert (ROOT / truth).read_text().count(f"default_exp core.{path.stem}") == 1


def test_nbdev_reads_settings_ini(small_course):
    settings = small_course / "settings.ini"
    text = settings.read_text().replace("lib_path = tinytorch", "lib_path = otherlib")
    settings.write_text(text.replace("nbs_path = source", "nbs_path = instructor"))
    done = run("course", "build", cwd=small_course)
    assert done.returncode == 0, done.stderr
    assert (small_course / "instructor" / ASSIGNMENT / "small.ipynb").is_file()
    assert "def double" in (small_course / "otherlib/core/small.py").read_text()
    released = run("git", "status", "--porcelain", "release", cwd=small_course)
    assert released.stdout == ""


def test_student_edition_lacks_what_students_write(tmp_path):
    folder = tmp_path / "student"
    # As Colab runs it: an interpreter without any installed package.
    command = ["-I", "-S", "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); "
               "from course.cli import main; sys.exit(main())"]  # fmt: skip
    done = run(sys.executable, *command, ROOT, "build", "--student", folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    modules = {path.name for path in (folder / "tinytorch/core").glob("*.py")}
    given = {path.name for path in (ROOT / "tinytorch/core").glob("*.py")}
    written = {"spatial.py", "spatial_two.py"}
    assert given - modules == written and modules < given
    # Nor may it hold the same functions under another name.
    assert (ROOT / "tinytorch/perf/convolution.py").is_file()
    perf = [path.name for path in (folder / "tinytorch/perf").iterdir()]
    assert perf == ["__init__.py"]
    again = run("course", "build", "--student", folder, cwd=ROOT)
    assert again.returncode == 2
    assert again.stderr == f"course: {folder} is not empty: name a new folder\n"


@pytest.mark.parametrize(
    ("assignment", "spatial", "convolution", "second"),
    [
        ("01_tensor", False, False, False),
        ("09_spatial", False, False, False),
        ("18_acceleration", True, False, False),
        ("19_spatial_two", True, True, False),
        ("milestone_cnn", True, True, True),
    ],
)
def test_edition_to_grade_with_has_what_was_written_before(
    assignment, spatial, convolution, second, tmp_path
):
    folder = tmp_path / "edition"
    build_student(Project(ROOT), folder, assignment)
    assert (folder / "tinytorch/core/tensor.py").is_file()
    assert (folder / "tinytorch/core/spatial.py").is_file() == spatial
    assert (folder / "tinytorch/perf/convolution.py").is_file() == convolution
    assert (folder / "tinytorch/core/spatial_two.py").is_file() == second
    for name in ("spatial_two", "taps", "rearranged", "transposed", "padding"):
        assert (folder / f"tinytorch/perf/{name}.py").is_file() == second


def test_edition_to_grade_with_is_compiled(tmp_path):
    """Nobody may write such files where submissions run, and each would compile it."""
    folder = build_student(Project(ROOT), tmp_path / "edition", "09_spatial")
    modules = sorted(folder.glob("tinytorch/**/*.py"))
    codes = [Path(importlib.util.cache_from_source(path)) for path in modules]
    assert len(codes) > 30
    assert not [code for code in codes if bytes(ROOT) in code.read_bytes()]
    # What runs is the code, and says that it is of this folder.
    for path in modules:
        path.write_text("raise ImportError\n")
    asked = "import tinytorch as tt; print(tt.Tensor.__init__.__code__.co_filename)"
    done = run(sys.executable, "-c", asked, cwd=folder)
    assert (done.stdout.strip(), done.stderr) == (
        str(folder / "tinytorch/core/tensor.py"),
        "",
    )
    # What students get is not of one version of Python.
    plain = build_student(Project(ROOT), tmp_path / "plain")
    assert not list(plain.rglob("*.pyc"))


def test_student_edition_from_a_repository_without_solutions(checkout, tmp_path):
    for name in ("notebooks", "source", "tinytorch/core/spatial.py"):
        path = checkout / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    folder = tmp_path / "student"
    done = run("course", "build", "--student", folder, cwd=checkout)
    assert done.returncode == 0, done.stderr
    assert (folder / "tinytorch/core/layers.py").is_file()


def test_a_data_file_beside_the_truth_travels(small_course):
    (small_course / TRUTH).with_name("photo.png").write_bytes(b"\x89PNG")
    done = run("course", "build", ASSIGNMENT, cwd=small_course)
    assert done.returncode == 0, done.stderr
    for stage in ("source", "release"):
        photo = small_course / stage / ASSIGNMENT / "photo.png"
        assert photo.read_bytes() == b"\x89PNG"


def test_source_notebooks_are_valid_and_keep_only_the_kernel():
    for path in (ROOT / "source").glob("*/*.ipynb"):
        content = json.loads(path.read_text())
        nbformat.validate(content)
        assert set(content["metadata"]) == {"kernelspec"}
        assert all(len(cell["id"]) <= 64 for cell in content["cells"])


def test_python_m_course(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "course", "check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr == (
        f"course: no course in {tmp_path} or above it: a course has settings.ini and "
        "notebooks/ or release/; change to its folder first\n"
    )
