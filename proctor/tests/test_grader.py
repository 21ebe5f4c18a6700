"""One grader behind all commands: one configuration, one record, the same words."""

import contextlib
import json
import shutil
import sqlite3

import nbformat
import pytest

from proctor.cli import main
from proctor.sandbox.levels import best_level
from proctor.tests import tiny
from proctor.tests.commands import run
from proctor.tests.tiny import FILE, NAME

LEVEL = best_level()
SANDBOX = ("--sandbox", LEVEL)
ELSEWHERE = """
c.CourseDirectory.source_directory = "masters"
c.CourseDirectory.release_directory = "handout"
c.CourseDirectory.submitted_directory = "inbox"
c.Proctor.truths = "bank"
"""
FAILS = """
def build(folder, assignment):
    raise RuntimeError(f"no package for {assignment}\\nsecond line")

c.Sandbox.build_package = build
"""
SECOND = "second.ipynb"


def configure(course, text):
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(text)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course folder, with a submission that has a known mistake."""
    (folder := tmp_path / "course").mkdir()
    tiny.course(folder)
    monkeypatch.chdir(folder)
    return folder


def hand_in(folder, student="ada", double="return 3 * x"):
    texts = {"double": tiny.SOLUTIONS["double"].replace("return 2 * x", double)}
    cells = tiny.hidden(tiny.cells_of(tiny.SOLUTIONS | texts))
    return tiny.write(folder / student / NAME / FILE, cells)


def enter(course):
    """Enter the assignment into a gradebook, by nbgrader's own command."""
    done = run("nbgrader", "generate_assignment", NAME, "--force", cwd=course)
    assert done.returncode == 0, done.stderr


def records(course):
    """Return what the graded notebooks carry, by student and notebook."""
    return {
        (path.parent.parent.name, path.stem): json.loads(path.read_text())["metadata"][
            "proctor"
        ]
        for path in (course / "autograded").rglob("*.ipynb")
    }


def test_check_and_gate_read_the_folders_that_are_configured(course, capsys):
    for old, new in (
        ("source", "masters"),
        ("release", "handout"),
        ("notebooks", "bank"),
    ):
        (course / old).rename(course / new)
    configure(course, ELSEWHERE)
    notebook = hand_in(course / "inbox")
    assert main(["check", str(notebook), *SANDBOX]) == 0
    assert "1/4  double" in capsys.readouterr().out
    assert main(["gate", NAME, "--bug", "mean"]) == 0
    assert "caught 1/1, named 1/1" in capsys.readouterr().out


def test_a_course_that_handed_nothing_out_yet_can_be_checked(course, capsys):
    """What nbgrader would have handed out is made, for what is left unwritten."""
    shutil.rmtree(course / "release")
    source = course / "source" / NAME / FILE
    nbformat.write(nbformat.read(source, as_version=4), source)  # line by line
    notebook = tiny.write(
        course / "submitted/ada" / NAME / FILE, tiny.hidden(tiny.cells_of(tiny.STUBS))
    )
    assert main(["check", str(notebook), *SANDBOX]) == 0
    said = capsys.readouterr().out
    assert f"{NAME}: 0 of 7 points" in said and "not written yet" in said


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "gate", "autograde", "nbgrader"])
def test_a_package_that_cannot_be_built_is_one_line(course, command):
    notebook = hand_in(course / "submitted")
    if command in ("autograde", "nbgrader"):
        enter(course)
    configure(course, FAILS)
    if command == "nbgrader":
        configure(course, "import proctor.nbgrader_hooks as h\nh.install(c)\n")
    asked = {
        "check": ["proctor", "check", notebook],
        "gate": ["proctor", "gate", NAME],
        "autograde": ["proctor", "autograde", NAME],
        "nbgrader": ["nbgrader", "autograde", NAME],
    }
    done = run(*asked[command], cwd=course)
    said = (
        f"c.Sandbox.build_package did not make the package of {NAME!r}: no package for "
        f"{NAME}\n"
    )
    assert done.stderr.endswith(said)
    assert "Traceback" not in done.stderr and "second line" not in done.stderr
    assert done.returncode == (1 if command == "nbgrader" else 2)


@pytest.mark.slow
def test_one_record_for_a_submission_of_two_notebooks(course):
    """The same from nbgrader's command as from ours, whichever comes first."""
    for stage, texts in ("source", tiny.SOLUTIONS), ("release", tiny.STUBS):
        cells = tiny.cells_of(texts)
        for cell in cells:
            if data := cell["metadata"].get("nbgrader"):
                data["grade_id"] += "-2"
        # Its tests are for the names of the first, and all there is is read.
        wanted = cells if stage == "source" else tiny.hidden(cells)
        tiny.write(course / stage / NAME / SECOND, wanted)
    enter(course)
    configure(course, f'c.Sandbox.level = "{LEVEL}"\n')
    configure(course, "import proctor.nbgrader_hooks as h\nh.install(c)\n")
    for student in ("ada", "bo"):
        one = hand_in(course / "submitted", student)
        shutil.copy(course / "release" / NAME / SECOND, one.parent)
    done = run("nbgrader", "autograde", NAME, cwd=course)
    assert done.returncode == 0, done.stderr
    found = records(course)
    assert set(found) == {(s, n) for s in ("ada", "bo") for n in ("tiny", "second")}
    for student in ("ada", "bo"):
        assert found[student, "tiny"] == found[student, "second"]
        submission = found[student, "tiny"]["submission"]
        assert submission["max_score"] == 14 and len(submission["cells"]) == 4
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        query = "select count(*), count(distinct cell_id || notebook_id) from grade"
        assert database.execute(query).fetchone() == (8, 8)
    done = run("proctor", "autograde", NAME, "--results", "results.json", cwd=course)
    assert done.returncode == 0, done.stderr
    # Nothing is graded again: it is known to be of this content.
    assert records(course) == found
    results = json.loads((course / "results.json").read_text())
    for submission in results["submissions"]:
        cells = {cell["grade_id"]: cell for cell in submission["cells"]}
        assert cells["test-double"]["checks"][0]["bug"] == "triple"


@pytest.mark.slow
def test_the_same_seed_gives_the_same_record_by_every_road(course, capsys):
    enter(course)
    notebook = hand_in(course / "submitted")
    given = ["--seed", "7", "--results"]
    assert main(["autograde", NAME, *SANDBOX, *given, "class.json"]) == 0
    assert main(["check", str(notebook), *SANDBOX, *given, "one.json"]) == 0
    capsys.readouterr()
    both = [
        json.loads((course / name).read_text()) for name in ("class.json", "one.json")
    ]
    cells = [document["submissions"][0]["cells"] for document in both]
    # For who looks over several runs of a class.
    assert all(cell.pop("answer") for cell in cells[0])
    assert cells[0] == cells[1] and [document["seed"] for document in both] == [7, 7]
