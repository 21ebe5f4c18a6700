"""A term of a small class: handed out, collected, graded, given back, and kept."""

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile

import pytest
from conftest import run
from nbgrader.api import Gradebook
from small import ASSIGNMENT, HIDDEN, RELEASED, TASK

from proctor.sandbox.levels import best_level
from proctor.tests.commands import WarmProctor

FILE = RELEASED.name
STAGES = ("submitted", "autograded", "feedback", "collected", "results")
# id, first name, last name, Canvas's number, what they hand in
CLASS = [
    ("by-sum", "By", "Sum", "11", "x + x"),
    ("three-times", "Three", "Times", "12", "3 * x"),
    ("positive-only", "Positive", "Only", "13", "2 * abs(x)"),
    ("on-paper", "On", "Paper", "14", None),
]


def handed_in(students, body: str) -> bytes:
    """Return the published notebook with a student's answer."""
    notebook = json.loads((students / RELEASED).read_text())
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == TASK:
            cell["source"] = f"def double(x):\n    return {body}"
    return json.dumps(notebook).encode()


def canvas_export(path, points: str):
    lines = [["Student", "ID", "SIS Login ID", "Section", f"{ASSIGNMENT} (5)"]]
    lines.append(["    Points Possible", "", "", "", points])
    for student, first, last, number, _ in CLASS:
        lines.append([f"{last}, {first}", number, student, "1", ""])
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(lines)


def scores(path) -> dict[str, str]:
    with path.open(newline="") as file:
        return {row[2]: row[4] for row in list(csv.reader(file))[2:]}


def content_of(folder) -> dict:
    """Return the files of a course run."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for stage in STAGES
        for path in (folder / stage).rglob("*")
        if path.is_file() and path.name != "README.md"
    }


def content(folder) -> dict:
    """Return what a backup has to bring back."""
    found = content_of(folder)
    with sqlite3.connect(folder / "gradebook.db") as database:
        return found | {"": "\n".join(database.iterdump())}


@pytest.fixture(scope="module")
def proctor(tmp_path_factory):
    warm = WarmProctor(tmp_path_factory.mktemp("warm"))
    yield warm
    warm.close()


@pytest.mark.slow
def test_a_term(small_course, tmp_path, proctor, monkeypatch):
    course, students = small_course, tmp_path / "students"
    grade = "autograde", ASSIGNMENT, "--sandbox", best_level(), "--results", "r.json"

    def said(*arguments, status=0) -> str:
        done = proctor.run(course, *arguments)
        assert done.status == status, done.output
        return done.output

    def graded() -> dict[str, float]:
        said(*grade)
        found = json.loads((course / "r.json").read_text())["submissions"]
        return {one["student"]: one["score"] for one in found}

    # August: the students' repository, from one that knows its address.
    for name in ("settings.ini", RELEASED):
        text = (course / name).read_text().replace("OWNER_NAME", "somebody")
        (course / name).write_text(text)
    config = tmp_path / "gitconfig"
    config.write_text("[user]\nname = test\nemail = test@localhost\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    program = [sys.executable, "-P", "-m", "course", "publish", students]
    done = subprocess.run(program, cwd=course, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    done = run("nbgrader", "generate_assignment", ASSIGNMENT, cwd=course)
    assert done.returncode == 0, done.stderr
    canvas_export(course / "export.csv", "3.00")
    assert ": 4 new" in said("roster", "export.csv")

    # Some hand in by Canvas, one by Moodle.
    with zipfile.ZipFile(course / "canvas.zip", "w") as archive:
        for student, _, last, number, body in CLASS[:2]:
            name = f"{last.lower()}{student[:2]}_{number}_7{number}_small-1.ipynb"
            archive.writestr(name, handed_in(students, body))
    with zipfile.ZipFile(course / "moodle.zip", "w") as archive:
        _, first, last, _, body = CLASS[2]
        name = f"{first} {last}_900_assignsubmission_file/{FILE}"
        archive.writestr(name, handed_in(students, body))
    assert "2 new" in said("collect", "canvas.zip", ASSIGNMENT)
    assert "1 new" in said("collect", "moodle.zip", ASSIGNMENT)
    assert graded() == {"by-sum": 3, "three-times": 0, "positive-only": 2}

    # A point by hand, through nbgrader's own door.
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        name = f"test-{TASK}", "small", ASSIGNMENT, "three-times"
        found = gradebook.find_grade(*name)
        found.manual_score = 1.0
        found.needs_manual_grade = False
        gradebook.db.commit()
    assert graded()["three-times"] == 1
    said("export", "canvas", ASSIGNMENT, "--roster", "export.csv", "--out", "o.csv")
    first = {"by-sum": "3.00", "three-times": "1.00", "positive-only": "2.00"}
    assert scores(course / "o.csv") == first | {"on-paper": ""}

    # A test was too strict: it is corrected, and who it concerns is graded anew.
    path = course / HIDDEN
    path.write_text(path.read_text().replace("x = -rubric", "x = rubric"))
    done = run("proctor upgrade", "upgrade", ASSIGNMENT, cwd=course)
    assert done.returncode == 0, done.stderr
    assert "test-double   another text" in done.stdout
    assert "anew: 3: by-sum, positive-only, three-times" in done.stdout
    assert graded() == {"by-sum": 3, "three-times": 1, "positive-only": 3}
    output = said("export", "canvas", ASSIGNMENT, "--roster", "export.csv")
    assert "on-paper   absent: nothing handed in" in output
    out = course / f"grades-{ASSIGNMENT}-canvas.csv"
    assert scores(out) == first | {"positive-only": "3.00", "on-paper": ""}

    # Pages back, each to where it came from.
    said("feedback", ASSIGNMENT, "--for", "canvas", "--out", "f.zip")
    with zipfile.ZipFile(course / "f.zip") as packed:
        names = sorted(name.split("_")[1:] for name in packed.namelist())
    assert names == [["11", "711", "small.html"], ["12", "712", "small.html"]]
    said("feedback", ASSIGNMENT, "--for", "moodle", "--out", "g.zip")
    with zipfile.ZipFile(course / "g.zip") as packed:
        (name,) = packed.namelist()
    assert name == "Positive Only_900_assignsubmission_file/small.html"

    # Another machine goes on where this one stopped.
    said("backup", "term.tar.gz")
    moved = shutil.copytree(course, tmp_path / "moved", symlinks=True)
    (moved / "gradebook.db").unlink()
    for stage in STAGES:
        shutil.rmtree(moved / stage)
    done = proctor.run(moved, "restore", course / "term.tar.gz")
    assert done.status == 0, done.output
    assert content(moved) == content(course)
    done = proctor.run(moved, *grade)
    assert done.status == 0, done.output
    again = json.loads((moved / "r.json").read_text())["submissions"]
    assert {one["student"]: one["score"] for one in again} == graded()

    # The next term begins in a clone: with nobody, and nothing that was handed in.
    next_term = tmp_path / "next"
    clone = ["git", "clone", "--quiet", course, next_term]
    subprocess.run(clone, check=True)
    assert content_of(next_term) == {}
    done = proctor.run(next_term, "roster", course / "export.csv")
    assert done.status == 0 and ": 4 new" in done.output
