"""Colab and VS Code: kernels alone, without JupyterLab; Colab's with its own pins."""

import json
import os
import sys
import time

import nbclient
import nbformat
import pytest
from conftest import ROOT, commit_all, copy_checkout, run

from course.examples import read_example
from course.insertions import setup_cell
from course.project import Project

# What of Colab's own packages a notebook of ours meets: pip-freeze.txt of
# github.com/googlecolab/backend-info, 19 August 2026. There it is on Python 3.13.
COLAB = """
ipykernel==6.17.1 ipython==7.34.0 ipywidgets==7.7.1 jupyter_client==7.4.9
jupyter_core==5.9.1 kiwisolver==1.5.0 matplotlib==3.10.0 matplotlib-inline==0.2.2
numpy==2.1.3 pillow==11.3.0 pip==24.1.2 pyzmq==26.2.1 scikit-learn==1.6.1
scipy==1.16.3 setuptools==75.2.0 tornado==6.5.7 tqdm==4.67.3 traitlets==5.7.1
"""
NEWEST = (3, 13)
# VS Code brings what shows a notebook; the environment has a kernel, and what is used.
BARE = ("ipykernel", "matplotlib", "numpy", "scikit-learn", "tqdm")
# As Colab's kernels begin: its own module is there before the first cell.
GOOGLE = "import sys, types\nsys.modules['google.colab'] = types.ModuleType('colab')\n"
LISTED = (
    "import importlib.metadata as m;"
    "print(*sorted({f'{d.name}=={d.version}' for d in m.distributions()}))"
)
SECONDS = 600


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The course as a student's clone, with an address."""
    folder = copy_checkout(tmp_path_factory.mktemp("clone") / "tinytorch-course")
    settings = folder / "settings.ini"
    settings.write_text(settings.read_text().replace("OWNER_NAME", "somebody"))
    return commit_all(folder)


def execute(python, notebook, folder, environment):
    """Run a notebook in a kernel of another environment; errors stay in their cells."""
    spec = folder / "kernels/other/kernel.json"
    spec.parent.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec.write_text(
        json.dumps({"argv": command, "display_name": "x", "language": "python"})
    )
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(folder)
    try:
        nbclient.NotebookClient(
            notebook,
            kernel_name="other",
            timeout=SECONDS,
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        ).execute(env={**os.environ, **environment})
    finally:
        os.environ.pop("JUPYTER_PATH")
        if before is not None:
            os.environ["JUPYTER_PATH"] = before


def errors(notebook):
    return {
        cell.id: output.evalue
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    }


@pytest.mark.slow
@pytest.mark.skipif(
    sys.version_info[:2] > NEWEST, reason="Colab's NumPy has no wheel for this Python"
)
def test_colab(checkout, tmp_path):
    """The whole notebook, solved; the set-up clones the course and upgrades nothing."""
    environment = tmp_path / "colab"
    python = environment / "bin/python"
    for command in (
        ("uv", "venv", "--quiet", "--python", sys.executable, environment),
        ("uv", "pip", "install", "--quiet", "--python", python, *COLAB.split()),
    ):
        done = run(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    listed = run(python, "-c", LISTED, cwd=tmp_path).stdout.split()
    assert set(COLAB.split()) <= set(listed)
    startup = tmp_path / "ipython/profile_default/startup"
    startup.mkdir(parents=True)
    (startup / "colab.py").write_text(GOOGLE)
    (tmp_path / "gitconfig").write_text(
        f'[url "file://{checkout}"]\n'
        "insteadOf = https://github.com/somebody/tinytorch-course\n"
    )
    notebook = nbformat.read(ROOT / "source/09_spatial/spatial.ipynb", as_version=4)
    (first,) = [c for c in notebook.cells if "setup" in c.metadata.get("tags", [])]
    first.source = setup_cell(Project(checkout))
    # As somebody solved it whose network trains fast.
    solved = read_example(ROOT / "examples/correct-vectorised").cells()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = solved.get(name, cell.source)
        # What a grader adds, and no student has.
        cell.source = cell.source.partition("### BEGIN HIDDEN TESTS")[0]
    began = time.monotonic()
    given = {
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
    }
    execute(python, notebook, tmp_path, given)
    print(f"Colab's pins: all cells in {time.monotonic() - began:.0f} s")
    assert errors(notebook) == {}
    after = run(python, "-c", LISTED, cwd=tmp_path).stdout.split()
    assert set(after) - set(listed) == {"tinytorch==0.1.0"}
    assert set(listed) <= set(after)


def test_without_an_address_colab_is_told(tmp_path):
    """The set-up says whose matter it is, and asks no network."""
    (tmp_path / "cell.py").write_text(GOOGLE + setup_cell(Project(ROOT)))
    done = run(sys.executable, "-S", "cell.py", cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: This notebook does not say where its")
    assert "settings.ini" in last


@pytest.mark.slow
def test_vs_code(checkout, tmp_path):
    """A kernel alone: no JupyterLab, no nbgrader; up to the first task all runs."""
    binder = (checkout / "binder/requirements.txt").read_text().splitlines()
    pins = tmp_path / "pins.txt"
    pins.write_text("\n".join(binder))
    python = tmp_path / "env/bin/python"
    for command in (
        ("uv", "venv", "--quiet", "--seed", "--python", sys.executable, "env"),
        ("uv", "pip", "install", "--quiet", "--python", python, "-c", pins, *BARE),
        ("sh", checkout / "binder/postBuild", python),
    ):
        done = run(*command, cwd=checkout if command[0] == "sh" else tmp_path)
        assert done.returncode == 0, done.stderr
    assert "jupyterlab" not in run(python, "-c", LISTED, cwd=tmp_path).stdout
    path = checkout / "release/09_spatial/spatial.ipynb"
    notebook = nbformat.read(path, as_version=4)
    names = [
        cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells
    ]
    notebook.cells = notebook.cells[: names.index("test-output-size") + 1]
    # As its serializer names cells.
    for cell in notebook.cells:
        cell.metadata["vscode"] = {"languageId": "python"}
    execute(python, notebook, tmp_path, {})
    (said,) = errors(notebook).values()
    assert said.startswith("output-size is not written yet: ")
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pages = [o for o in shown if "iframe" in o.get("data", {}).get("text/html", "")]
    assert len(pages) == 2, "the pad and the first explorer"
