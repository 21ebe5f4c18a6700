"""Gradebook, source/ and release/ of other versions: one line, and nobody graded."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from proctor.errors import GradingError
from proctor.gradebook.class_run import read_task
from proctor.gradebook.database import open_gradebook
from proctor.settings import Course
from proctor.tests import tiny
from proctor.tests.commands import run

NAME, FILE = tiny.NAME, tiny.FILE
GENERATE = f"run nbgrader generate_assignment {NAME}"
UPGRADE = f"run proctor upgrade {NAME}"
HOOKS = """
import sys
if "nbgrader" in sys.modules:
    import proctor.nbgrader_hooks
    proctor.nbgrader_hooks.install(c)
"""


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    course = tiny.course(tmp_path_factory.mktemp("agreement"), bugs=[])
    tiny.enter(course)
    return course


@pytest.fixture
def course(entered, tmp_path):
    shutil.copytree(entered, tmp_path / "course")
    return tmp_path / "course"


def said(folder: Path) -> str:
    """Return what stops a run; empty where none is stopped."""
    course = Course.read(folder)
    with open_gradebook(course.layout) as gradebook:
        try:
            read_task(course, gradebook, NAME)
        except GradingError as error:
            return str(error).replace(f"{folder}/", "")
    return ""


def edit(folder: Path, stage: str, change) -> None:
    path = folder / stage / NAME / FILE
    notebook = json.loads(path.read_text())
    cells = notebook["cells"]
    change({c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in cells})
    notebook["cells"] = [cell for cell in cells if cell]
    path.write_text(json.dumps(notebook))


def without(*names):
    return lambda cells: [cells[name].clear() for name in names]


def grading(name, **values):
    return lambda cells: cells[name]["metadata"]["nbgrader"].update(values)


def text(name, old, new):
    def change(cells):
        assert old in cells[name]["source"]
        cells[name]["source"] = cells[name]["source"].replace(old, new)

    return change


def test_what_agrees_stops_nobody(course):
    # What students write in the release may be the author's own try.
    edit(course, "release", text("total", "raise", "return 1\n    raise"))
    assert said(course) == ""
    shutil.rmtree(course / "release")
    assert said(course) == ""


@pytest.mark.parametrize(
    ("stage", "change", "where", "cure"),
    [
        ("release", without("total", "test-total"), "test-total, total", GENERATE),
        ("release", without("test-total"), "test-total", GENERATE),
        ("release", grading("total", grade_id="sum"), "sum, total", GENERATE),
        ("release", grading("test-total", points=5), "test-total", GENERATE),
        ("release", text("test-total", "== 4", "== 5"), "test-total", GENERATE),
        ("source", grading("test-total", points=5), "test-total", GENERATE),
        ("source", text("test-total", "2 * x", "3 * x"), "test-total", GENERATE),
        ("source", grading("total", grade_id="sum"), "sum, total", UPGRADE),
        ("source", without("total", "test-total"), "test-total, total", UPGRADE),
        ("source", grading("test-total", solution=True), "test-total", UPGRADE),
        ("source", grading("test-total", grade_id="total"), "total", GENERATE),
    ],
)
def test_a_notebook_of_another_version(course, stage, change, where, cure):
    edit(course, stage, change)
    line = said(course)
    assert line.startswith(f"{stage}/{NAME}/{FILE} ")
    assert f" {where}: " in line
    assert cure in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ("UPDATE grade_cells SET max_score = 9", GENERATE),
        ("UPDATE source_cell SET source = '' WHERE name = 'test-total'", GENERATE),
        ("DELETE FROM source_cell WHERE name = 'test-total'", UPGRADE),
        ("UPDATE source_cell SET cell_type = 'markdown'", UPGRADE),
        ("UPDATE base_cell SET name = 'test-sum' WHERE name = 'test-total'", UPGRADE),
        ("UPDATE notebook SET name = 'other'", UPGRADE),
        ("DELETE FROM notebook", GENERATE),
    ],
)
def test_a_gradebook_that_was_edited(course, change, cure):
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute(change)
    database.close()
    assert cure in said(course)


def test_a_source_that_is_gone_or_has_other_notebooks(course):
    built = course / "source" / NAME
    shutil.copy(built / FILE, built / "more.ipynb")
    assert said(course) == (
        f"source/{NAME} has more.ipynb, tiny.ipynb, and the gradebook tiny.ipynb: "
        f"where that is meant, {UPGRADE}, then the same command again"
    )
    shutil.rmtree(built)
    assert said(course) == (
        f"source/{NAME} has no notebook, and the gradebook knows {NAME!r} with "
        f"tiny.ipynb: put the folder back and {GENERATE}, then the same command again"
    )


@pytest.mark.slow
def test_nbgraders_own_command_says_so_and_grades_nobody(course):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(HOOKS)
    edit(course, "release", without("test-total"))
    submitted = course / "submitted" / "one" / NAME
    submitted.mkdir(parents=True)
    shutil.copy(course / "release" / NAME / FILE, submitted)
    done = run("nbgrader", "autograde", NAME, cwd=course)
    assert done.returncode != 0
    (line,) = [one for one in done.stderr.splitlines() if GENERATE in one]
    assert f"release/{NAME}/{FILE} is not what the gradebook has" in line
    assert "Traceback" not in done.stderr
    assert not (course / "autograded").exists()
