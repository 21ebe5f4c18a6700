"""Small classes to be graded, and proctor kept warm to grade them."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path

from proctor.sandbox.levels import best_level
from proctor.tests.commands import Ended, WarmProctor

ROOT = Path(__file__).resolve().parents[2]
NAME, FILE = "09_spatial", "spatial.ipynb"
# The machine grades all but the reflection, which waits for a person.
MAX_SCORE, BY_MACHINE = 100, 95
SEED = 20_250
_COPIED = ("release", "source", "tinytorch", "notebooks", "settings.ini")
_GRADED = ("grade", "comment", "submitted_notebook", "submitted_assignment", "student")


def new_course(demo: Path, folder: Path) -> Path:
    """Copy the demo's course, with its gradebook and without its students."""
    folder.mkdir(parents=True)
    for name in (*_COPIED, "nbgrader_config.py", "gradebook.db"):
        if (demo / name).is_dir():
            shutil.copytree(demo / name, folder / name)
        else:
            shutil.copy(demo / name, folder / name)
    with open_database(folder) as database:
        for table in _GRADED:
            database.execute(f"delete from {table}")
    settings = f'c.Sandbox.level = "{best_level()}"\n'
    # Matplotlib takes longer to start than these submissions to grade.
    settings += 'c.Sandbox.packages = ["numpy"]\n'
    config = folder / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\n{settings}")
    return folder


def example(demo: Path, name: str) -> bytes:
    """Return a sample submission as its file has it."""
    return (demo / "submitted" / name / NAME / FILE).read_bytes()


def hand_in(course: Path, student: str, content: bytes | dict) -> Path:
    """Hand a notebook in."""
    path = course / "submitted" / student / NAME / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    path.write_bytes(content)
    return path


@contextlib.contextmanager
def open_database(course: Path):
    """Open the gradebook; what is changed is committed."""
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as database:
        yield database
        database.commit()


def grades(course: Path) -> dict[str, dict[str, tuple]]:
    """Return automatic score, manual score and what is to be seen, by student, cell."""
    query = """
        select submitted_assignment.student_id, base_cell.name, grade.auto_score,
            grade.manual_score, grade.needs_manual_grade
        from grade
        join base_cell on base_cell.id = grade.cell_id
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
    """
    found: dict[str, dict[str, tuple]] = {}
    with open_database(course) as database:
        for student, cell, *rest in database.execute(query):
            cells = found.setdefault(student, {})
            assert cell not in cells, f"{student} has two grades for {cell}"
            cells[cell] = tuple(rest)
    return found


def totals(course: Path) -> dict[str, float]:
    """Return the automatic scores by student."""
    return {
        student: sum(auto or 0 for auto, _, _ in cells.values())
        for student, cells in grades(course).items()
    }


def read_results(path: Path) -> dict[str, dict]:
    """Return a results file's submissions by student, each of whom is there once."""
    submissions = json.loads(path.read_text())["submissions"]
    found = {submission["student"]: submission for submission in submissions}
    assert len(found) == len(submissions)
    return found


class Proctor(WarmProctor):
    """Proctor kept warm, to grade classes of this course."""

    def autograde(self, course: Path, *arguments: str, **more) -> Ended:
        """Grade the class to the end, with a fixed seed."""
        return self.run(course, *AUTOGRADE, *arguments, **more)


AUTOGRADE = ("autograde", NAME, "--jobs", "2", "--seed", f"{SEED}")
AUTOGRADE += ("--results", "results.json")


def course_without_bugs(folder: Path) -> Path:
    """Make a course of ours without its bug banks.

    Naming mistakes takes longer than grading.
    """
    for name in ("tinytorch", "settings.ini", "source", "release"):
        (folder / name).symlink_to(ROOT / name)
    # No link: where it lies, there the course lies.
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder
