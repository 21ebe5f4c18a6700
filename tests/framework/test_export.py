"""python -m tinytorch.export: from a student's notebook to the student's package."""

import json
import shutil
import sys

import nbformat
import pytest
from conftest import ROOT, run

from course.examples import read_example, submit

pytestmark = pytest.mark.slow

RELEASE = ROOT / "release/09_spatial/spatial.ipynb"


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edition") / "student"
    done = run("course", "build", "--student", folder, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def package(edition, tmp_path):
    """The student's edition of the package, as Binder and Colab have it."""
    return shutil.copytree(edition, tmp_path / "student")


@pytest.fixture
def finished(tmp_path):
    """A student's finished notebook."""
    submit(read_example(ROOT / "examples/correct-loops"), RELEASE, tmp_path)
    return tmp_path / "spatial.ipynb"


def python(package, *arguments):
    """Run Python with only the student's package and the environment's libraries."""
    command = [sys.executable, *arguments]
    return run(*command, cwd=package, env={"PYTHONPATH": str(package)})


def export(package, notebook):
    return python(package, "-m", "tinytorch.export", notebook)


USE = """
import tinytorch as tt
from tinytorch.core.spatial import Conv2d
assert tt.Conv2d is Conv2d
x = tt.Tensor([[[[0, 1, 2], [3, 4, 5]]]])
net = tt.Sequential(Conv2d(1, 4, 2), tt.ReLU(), tt.MaxPool2d(1), tt.Flatten())
print(net(x).shape)
"""


def test_before_the_export_the_package_says_what_to_do(package):
    done = python(package, "-c", "import tinytorch; tinytorch.Conv2d")
    assert done.stderr.splitlines()[-1] == (
        "AttributeError: tinytorch.Conv2d is what you write in module 09; then type: "
        "python -m tinytorch.export spatial.ipynb"
    )


def test_a_finished_notebook_becomes_a_module(package, finished):
    done = export(package, finished)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        f"exported to {package}/tinytorch; now: from tinytorch.core.spatial import "
    )
    assert python(package, "-c", USE).stdout == "(1, 8)\n"
    # One's own export may be written again.
    assert export(package, finished).returncode == 0


@pytest.fixture(params=["with the solution", "without"])
def course(request, tmp_path):
    """A folder with a copy of tinytorch, as the course's own clone or a public one."""
    shutil.copytree(ROOT / "tinytorch", tmp_path / "course/tinytorch")
    if request.param == "without":
        (tmp_path / "course/tinytorch/core/spatial.py").unlink()
    return tmp_path / "course"


def contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.suffix == ".py"}


def test_the_package_that_the_notebook_imports_is_written(package, finished, course):
    """The current folder's copy is first on the path of python -m, not of a kernel."""
    before = contents(course)
    # With -P the current folder is not on the path: once with it, once without.
    safe = ["-P"] if (course / "tinytorch/core/spatial.py").exists() else []
    command = [sys.executable, *safe, "-m", "tinytorch.export", finished]
    done = run(*command, cwd=course, env={"PYTHONPATH": str(package)})
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"exported to {package}/tinytorch; now: ")
    assert contents(course) == before
    assert python(package, "-c", USE).stdout == "(1, 8)\n"


def test_a_package_beside_the_notebook_comes_first(package, finished, course):
    shutil.copytree(package / "tinytorch", finished.parent / "tinytorch")
    command = [sys.executable, "-m", "tinytorch.export", finished.name]
    environment = {"PYTHONPATH": str(course)}
    done = run(*command, cwd=finished.parent, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"exported to {finished.parent}/tinytorch; now: ")


def test_a_folder_of_the_packages_name_is_passed_over(package, finished):
    (finished.parent / "tinytorch/core").mkdir(parents=True)
    done = export(package, finished)
    assert done.returncode == 0, done.stderr
    assert (package / "tinytorch/core/spatial.py").is_file()


def test_colabs_output_is_read(package, finished):
    content = json.loads(finished.read_text())
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] = {"id": f"colab{number}"}
        cell.pop("id")
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    content["metadata"] = {"colab": {"provenance": []}}
    content["nbformat_minor"] = 0
    finished.write_text(json.dumps(content))
    assert export(package, finished).returncode == 0
    assert python(package, "-c", USE).stdout == "(1, 8)\n"


OPEN = """
import tinytorch as tt
from tinytorch.core import spatial
print(spatial.output_size(7, 3))
try:
    spatial.receptive_field([(3, 1)])
except NotImplementedError as error:
    print(error)
"""


def test_of_an_unfinished_notebook_what_is_written_is_exported(package, tmp_path):
    submit(read_example(ROOT / "examples/half-done"), RELEASE, tmp_path)
    done = export(package, tmp_path / "spatial.ipynb")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert "output_size, conv2d_forward" in first and "receptive_field" not in first
    said, _, tasks = second.rpartition(": ")
    assert said == "still to write, and an error where it is called"
    # The answers to the page's questions are no part of the package.
    assert sorted(tasks.split(", ")) == [
        "avg-pool2d-backward",
        "avg-pool2d-forward",
        "conv2d-backward",
        "conv2d-layer",
        "cost",
        "max-pool2d-backward",
        "max-pool2d-forward",
        "receptive-field",
    ]
    assert python(package, "-c", OPEN).stdout == "5\nreceptive-field\n"


def test_the_clones_own_copy_gets_the_module_too(package, finished, course):
    """Who starts Python in the clone's folder imports the clone's package."""
    inside = course / "release/09_spatial"
    inside.mkdir(parents=True)
    shutil.copy(finished, inside)
    own, before = course / "tinytorch/core/spatial.py", contents(course)
    assert export(package, inside / "spatial.ipynb").returncode == 0
    assert (package / "tinytorch/core/spatial.py").is_file()
    if own in before:  # the reference's
        assert contents(course) == before
    else:
        assert own.read_text() == (package / "tinytorch/core/spatial.py").read_text()


def test_the_courses_own_modules_are_not_overwritten(package, tmp_path):
    notebook = ROOT / "release/01_tensor/tensor.ipynb"
    before = (package / "tinytorch/core/tensor.py").read_bytes()
    done = export(package, notebook)
    assert done.returncode == 2
    assert "came with the package and is not overwritten" in done.stderr
    assert (package / "tinytorch/core/tensor.py").read_bytes() == before


def notebook_of(*sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not JSON", "is no Jupyter notebook"),
        ("[]", "is no Jupyter notebook"),
        (notebook_of("x = 1"), "exports nothing"),
        (
            notebook_of("#| default_exp ../../x", "#| export\nx = 1"),
            "is no module name",
        ),
        (
            notebook_of("#| default_exp core.mine", "#| export\n%time x = 1"),
            "a cell is not Python: invalid syntax: '%time x = 1'",
        ),
        (
            notebook_of(
                "#| default_exp core.mine",
                "def helper(x):\n    return x",
                "#| export\ndef f(x):\n    return helper(x)",
            ),
            "f uses helper, from a cell without '#| export': write #| export as that",
        ),
        (
            notebook_of(
                "#| default_exp core.mine", "#| export\ndef f(x):\n    return nothing"
            ),
            "f uses nothing, which no cell makes",
        ),
        (
            notebook_of(
                "#| default_exp core.spatial",
                "#| export\ndef output_size(n):\n    return n",
                "def receptive_field(layers):\n    return 1",
            ),
            "the cell that defines receptive_field lost its first line",
        ),
        (
            notebook_of(
                "#| default_exp core.mine",
                "#| export\ndef f():\n    # YOUR CODE HERE\n"
                "    raise NotImplementedError",
            ),
            "nothing is written yet: f",
        ),
    ],
)
def test_what_cannot_be_exported_is_one_line(package, tmp_path, content, message):
    path = tmp_path / "mine.ipynb"
    path.write_text(content)
    done = export(package, path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and message in done.stderr


def acceleration(folder, last):
    """Module 18 with the tasks up to ``last`` written."""
    solved, released = (
        nbformat.read(ROOT / f"{edition}/18_acceleration/acceleration.ipynb", 4)
        for edition in ("source", "release")
    )
    done = True
    for right, cell in zip(solved.cells, released.cells, strict=True):
        grading = cell.metadata.get("nbgrader", {})
        if grading.get("solution") and cell.cell_type == "code":
            cell.source = right.source if done else cell.source
            done = done and grading["grade_id"] != last
    path = folder / "acceleration.ipynb"
    nbformat.write(released, path)
    return path


ROAD = """
import tinytorch as tt
try:
    tt.use("fast")
    from tinytorch.core.spatial import Conv2d, conv2d_forward
    image = tt.Tensor([[[[0.0] * 4] * 4]])
    print(conv2d_forward.__module__, Conv2d(1, 2, 3)(image).shape)
except RuntimeError as error:
    print(error)
"""


def test_the_first_tasks_of_module_18_are_enough_for_the_fast_road(
    package, finished, tmp_path
):
    assert export(package, finished).returncode == 0
    done = export(package, acceleration(tmp_path, "conv2d-backward"))
    assert (
        "still to write, and an error where it is called: blocks, winog" in done.stdout
    )
    assert python(package, "-c", ROAD).stdout == (
        "tinytorch.perf.acceleration (1, 2, 2, 2)\n"
    )
    export(package, acceleration(tmp_path, "conv2d-matmul"))
    assert "what it lacks, col2im, conv2d_backward: write these tasks of module 18" in (
        python(package, "-c", ROAD).stdout
    )


def test_a_magic_on_top_is_taken_off(package, tmp_path):
    path = tmp_path / "mine.ipynb"
    cell = "%%time\n#| export\ndef twice(x):\n    return 2 * x"
    path.write_text(notebook_of("#| default_exp core.mine", cell))
    assert export(package, path).returncode == 0
    code = "from tinytorch.core.mine import twice; print(twice(4))"
    assert python(package, "-c", code).stdout == "8\n"


def test_a_missing_notebook_and_no_notebook(package):
    assert "cannot be read" in export(package, "nowhere.ipynb").stderr
    assert python(package, "-m", "tinytorch.export").stderr == (
        "usage: python -m tinytorch.export NOTEBOOK [FOLDER]\n"
    )
