"""The zip that Gradescope builds an image from, run as its container runs it."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from proctor.tests import tiny
from proctor.tests.lms_files import body

# Root of a container has no namespaces of its own.
CONTAINER = [sys.executable, Path(__file__).with_name("container.py")]


@pytest.fixture(scope="module")
def packed(tmp_path_factory, warm_proctor):
    """A course of a repository, with a run that is not of it, and its zip."""
    folder = tiny.course(tmp_path_factory.mktemp("course"))
    (folder / "extra.txt").write_text("what the course needs")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    (folder / "gradebook.db").write_text("marks")
    done = warm_proctor.run(folder, "package", "gradescope", tiny.NAME)
    assert done.status == 0 and "upload it" in done.output, done.output
    return folder / f"gradescope-{tiny.NAME}.zip"


@pytest.fixture(scope="module")
def built(packed, tmp_path_factory):
    """What setup.sh leaves, with the packages of this environment."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "venv/bin").mkdir(parents=True)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "source")
    python = folder / "venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    if os.getuid() == 0:  # it makes devices
        prepare(folder)
    return folder


@pytest.fixture
def image(built):
    """The same, before anybody hands in."""
    for name in ("submission", "results"):
        shutil.rmtree(built / name, ignore_errors=True)
        (built / name).mkdir()
    return built


def graded(image) -> dict:
    """Run it, and return what it wrote."""
    inside(image, "sh", image / "source/run_autograder")
    return json.loads((image / "results/results.json").read_text())


def inside(image, *command) -> subprocess.CompletedProcess:
    """Run a command of its container, with an environment as good as empty."""
    if os.getuid() == 0:
        command = [*CONTAINER, *command]
    done = subprocess.run(
        command,
        cwd=image,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "AUTOGRADER_ROOT": str(image)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_what_is_in_it(packed):
    with zipfile.ZipFile(packed) as archive:
        names = set(archive.namelist())
        modes = {i.filename: i.external_attr >> 16 for i in archive.infolist()}
        pins = archive.read("requirements.txt").decode().splitlines()
        for script in ("setup.sh", "run_autograder"):
            text = archive.read(script)
            assert subprocess.run(["sh", "-n"], input=text).returncode == 0
            assert modes[script] == 0o755
    assert {"course/source/01_tiny/tiny.ipynb", "course/extra.txt"} <= names
    assert "course/gradebook.db" not in names and "proctor/cli.py" in names
    assert not [name for name in names if name.startswith("proctor/tests")]
    assert all(pin.count("==") == 1 for pin in pins)
    assert {"numpy", "ipython", "pyseccomp"} <= {pin.split("==")[0] for pin in pins}
    assert not [pin for pin in pins if pin.startswith("nbgrader")]


def prepare(image) -> None:
    """Do what setup.sh does last, after packages are installed."""
    last = (image / "source/setup.sh").read_text().partition("compileall")[2]
    done = inside(image, "sh", "-euc", "root=$AUTOGRADER_ROOT\n: " + last)
    assert done.stdout.startswith("laid out in"), done.stdout + done.stderr


@pytest.mark.slow
def test_a_submission_is_graded_and_reads_nothing_of_the_grader(image):
    look = body("x + x") + (
        "\nimport os, pathlib\nfor folder, _, names in os.walk("
        f"{str(image)!r}):\n    print(folder, names)\n    for name in names:\n"
        "        if '/libraries/packages/' not in folder:\n"
        "            print(pathlib.Path(folder, name).read_text())"
    )
    cells = tiny.hidden(tiny.cells_of(tiny.STUBS | {"double": look}))
    path = image / "submission/tiny (1).ipynb"
    path.write_text(json.dumps(tiny.notebook_of(cells)))
    found = graded(image)
    scores = {test["name"]: test["score"] for test in found["tests"]}
    assert scores["double: positive numbers"] == 2
    assert found["score"] == sum(scores.values()) == 4
    assert found["extra_data"]["proctor"]["sandbox"] != "process"
    text = json.dumps(found)
    assert "Rubric(" not in text and "extra.txt" not in text
    assert found["stdout_visibility"] == "hidden"


def answered(code="x + x"):
    return tiny.notebook_of(
        tiny.hidden(tiny.cells_of(tiny.STUBS | {"double": body(code)}))
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "score", "said"),
    [
        (["tiny.ipynb"], 4, "4 of 7 points"),
        (["work/tiny.ipynb"], 4, "tiny.ipynb was graded: tiny.ipynb is missing"),
        (["zip/work/tiny.ipynb", "__MACOSX/zip/._tiny.ipynb"], 4, "is missing"),
        (["tiny.ipynb.txt"], 4, "tiny.ipynb.txt was graded"),
        (["TINY.IPYNB"], 4, "TINY.IPYNB was graded"),
        (["tiny (1).ipynb", "notes.ipynb"], 4, "tiny (1).ipynb was graded"),
        (["t\udce4ny.ipynb"], 4, "was graded"),
        ([], 0, "A person has to look at this: tiny.ipynb is missing"),
    ],
)
def test_untidy_ones_are_graded_as_in_a_class(image, files, score, said):
    (image / "submission/report.pdf").write_bytes(b"%PDF")
    (image / "results/results.json").write_text('{"score": 12}')
    for name in files:
        path = image / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        other = "notes" in name or "._" in name
        path.write_text("{}" if other else json.dumps(answered()))
    found = graded(image)
    assert found["score"] == score
    assert said in found["output"]


@pytest.mark.slow
def test_two_that_differ_need_a_person(image):
    for name, code in (("tiny.ipynb", "x + x"), ("tiny (1).ipynb", "3 * x")):
        (image / "submission" / name).write_text(json.dumps(answered(code)))
    said = "hold different answers: a person has to say which counts"
    assert said in graded(image)["output"]


@pytest.mark.slow
def test_what_a_cell_ended_in_is_said_where_there_is_no_page(image):
    wrong = answered("x")
    for cell in wrong["cells"]:
        text = "".join(cell["source"])
        if "def double(" in text:
            # Nothing of the function is there without the package.
            needs = text.replace("def double(", "@pandas.frozen\ndef double(")
            cell["source"] = f"import pandas\n{needs}"
    (image / "submission/tiny.ipynb").write_text(json.dumps(wrong))
    first = next(t for t in graded(image)["tests"] if t["name"].startswith("double"))
    assert "No module named 'pandas'" in first["output"]


def test_a_course_that_is_no_repository_is_one_line(tmp_path, warm_proctor):
    tiny.course(tmp_path)
    done = warm_proctor.run(tmp_path, "package", "gradescope", tiny.NAME)
    assert done.status == 2 and "is no git repository" in done.output
    assert done.output.count("\n") == 1
    shutil.rmtree(tmp_path / "source")
    done = warm_proctor.run(tmp_path, "package", "gradescope", tiny.NAME)
    assert done.status == 2 and "no assignment '01_tiny'" in done.output
