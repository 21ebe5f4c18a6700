"""The student's environment: Binder, Colab, a machine of one's own."""

import json
import sys
import sysconfig
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT, copy_checkout, run


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    return copy_checkout(tmp_path_factory.mktemp("binder") / "course")


@pytest.fixture(scope="module")
def python(student_python):
    return student_python


def set_up_cell(name="09_spatial/spatial"):
    notebook = nbformat.read(ROOT / "release" / f"{name}.ipynb", as_version=4)
    (cell,) = [c for c in notebook.cells if "setup" in c.metadata.get("tags", [])]
    return cell.source


def test_every_notebook_has_the_same_set_up():
    released = sorted((ROOT / "release").glob("*/*.ipynb"))
    names = [f"{path.parent.name}/{path.stem}" for path in released]
    assert len(names) >= 10
    assert {set_up_cell(name) for name in names} == {set_up_cell()}


def test_post_build_leaves_the_checkout_as_it_was(python, checkout):
    assert not (checkout / "student").exists()
    assert not (checkout / "build").exists()


def test_post_build_fails_where_nothing_was_installed(checkout, tmp_path):
    """The import that it ends with is not that of the folder's own tinytorch."""
    python = tmp_path / "python"
    # An interpreter with NumPy, without this course, and with a pip that does nothing.
    python.write_text(
        '#!/bin/sh\n[ "$1 $2" = "-m pip" ] && exit 0\n'
        f'PYTHONPATH={sysconfig.get_path("purelib")} exec {sys.executable} -S "$@"\n'
    )
    python.chmod(0o755)
    done = run("sh", checkout / "binder/postBuild", python, cwd=checkout)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: No module named 'tinytorch'"
    )


def test_post_build_installs_the_student_edition(python, checkout):
    source = "import tinytorch.core.layers; import tinytorch.core.spatial"
    done = run(python, "-c", source, cwd=checkout / "release/09_spatial")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: No module named 'tinytorch.core.spatial'"
    )
    # What stops a cell is said in one line from a kernel's first cell on.
    assert (python.parents[1] / "etc/ipython/ipython_kernel_config.py").is_file()


SWITCHED = """
import json, sys
from jupyter_core.paths import jupyter_config_path
from jupyter_server.extension.config import ExtensionConfigManager
from jupyterlab_server.config import get_page_config
paths = [path for path in jupyter_config_path() if path.startswith(sys.prefix)]
manager = ExtensionConfigManager(read_config_path=paths)
print(json.dumps([manager.get_jpserver_extensions(), get_page_config([], "")]))
"""


def test_of_nbgrader_a_student_has_validate(python, checkout):
    """As the server and JupyterLab read what is switched on."""
    done = run(python, "-c", SWITCHED, cwd=checkout)
    assert done.returncode == 0, done.stderr
    server, lab = json.loads(done.stdout)
    ours = {name.rpartition(".")[2]: on for name, on in server.items() if "nbg" in name}
    assert ours == {
        "assignment_list": False,
        "course_list": False,
        "formgrader": False,
        "validate_assignment": True,
    }
    assert {name for name in lab["disabledExtensions"] if "nbgrader" in name} == {
        f"@jupyter/nbgrader:{part}"
        for part in (
            "assignment-list",
            "course-list",
            "create-assignment",
            "formgrader",
            "menu",
        )
    }


def test_nbgrader_validates_in_the_students_environment(python, checkout):
    notebook = "release/09_spatial/spatial.ipynb"
    done = run(python, "-m", "nbgrader", "validate", notebook, cwd=checkout)
    # Eleven tests, and an answer in prose that is not written.
    assert "VALIDATION FAILED ON 12 CELL(S)" in done.stdout, done.stderr


def test_without_the_package_the_set_up_says_what_to_type(tmp_path):
    (tmp_path / "cell.py").write_text(set_up_cell())
    done = run(sys.executable, "-S", "cell.py", cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: No module named 'tinytorch'.")
    assert f"sh binder/postBuild {sys.executable}" in last
    assert (Path(ROOT) / "binder/postBuild").is_file()
