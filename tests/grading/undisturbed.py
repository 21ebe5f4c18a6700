"""A small class, graded once without a disturbance; and what a run leaves.

The course is the tiny one: what may happen to a run is no matter of what is graded.
"""

import hashlib
import json
import shutil

from classroom import SEED, grades, open_database

from proctor.sandbox.levels import best_level
from proctor.tests import tiny
from proctor.tests.commands import Ended, WarmProctor

NAME, FILE = tiny.NAME, tiny.FILE
# The machine grades all but the reflection, which waits for a person.
MAX_SCORE, BY_MACHINE, CELLS = 9, 7, 3
RIGHT, UNWRITTEN = tiny.SOLUTIONS, "What is twice nothing?"
# What each did -> the cells that differ from the right ones.
DONE = {
    "right": {},
    "half-done": {"total": tiny.STUBS["total"], "reflection": UNWRITTEN},
    "absolute": {"double": RIGHT["double"].replace("2 * x", "2 * abs(x)")},
    "mean": {"total": RIGHT["total"].replace(".sum()", ".mean()")},
}
CLASS = {
    "ada": "right",
    "bo": "half-done",
    "cy": "half-done",
    "dee": "not-a-notebook",
    "eve": "half-done",
    "flo": "absolute",
}
SCORES = {"ada": 7, "bo": 4, "cy": 4, "eve": 4, "flo": 6}
# One submission a commit: more moments at which the work is half written.
ONE_BY_ONE = {"set": {"proctor.gradebook.class_run._BATCH": 1}}
AUTOGRADE = ("autograde", NAME, "--jobs", "2", "--seed", f"{SEED}")
AUTOGRADE += ("--results", "results.json")
# So that there is a moment between two submissions, and room for them can be short.
WAITS = "import time\ntime.sleep(0.2)"
NOTES = "What I noted down. " * 4000


def cells(texts):
    """Return the notebook's cells: the tasks, and a reflection for a person."""
    about = tiny.cell("", "reflection", solution=True, grade=True, points=2)
    found = tiny.cells_of({**RIGHT, **texts})
    return [*found, in_prose(texts.get("reflection", "Nothing."), about["metadata"])]


def in_prose(text, metadata):
    name = metadata.get("nbgrader", {}).get("grade_id", "notes")
    return {"cell_type": "markdown", "id": name, "metadata": metadata, "source": text}


def new_course(folder):
    """Write a course, built and entered into its gradebook, without students."""
    tiny.course(folder)
    settings = f'c.Sandbox.level = "{best_level()}"\n'
    config = folder / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\n{settings}")
    stubs = {**tiny.STUBS, "reflection": UNWRITTEN}
    tiny.write(folder / "source" / NAME / FILE, cells({"reflection": UNWRITTEN}))
    tiny.write(folder / "release" / NAME / FILE, tiny.hidden(cells(stubs)))
    # Another assignment, which students may do as well.
    shutil.copytree(folder / "source" / NAME, folder / "source/02_next")
    tiny.enter(folder, cells(stubs))
    return folder


def handed_in(did, waits=True):
    """Return a notebook of the class as its file has it."""
    if did not in DONE:
        return b"This is no notebook.\n"
    found = tiny.hidden(cells(DONE[did]))
    if waits:
        found[1:1] = [tiny.cell(WAITS)]
        # Away from the reflection: beside it, it would be taken for the answer.
        found.insert(0, in_prose(NOTES, {}))
    return json.dumps(tiny.notebook_of(found), indent=1).encode()


def submit(course, student, content):
    """Hand a notebook in."""
    path = course / "submitted" / student / NAME / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


class Proctor(WarmProctor):
    """Proctor kept warm, to grade the class."""

    def autograde(self, course, *arguments, **more) -> Ended:
        """Grade the class to the end, with a fixed seed."""
        return self.run(course, *AUTOGRADE, *arguments, **more)


class Undisturbed:
    """The class, graded without a disturbance."""

    def __init__(self, proctor, course):
        self.course = course
        self.ended = proctor.autograde(course, **ONE_BY_ONE)

    def check_same(self, course):
        """Compare all that a run leaves, times left out."""
        assert grades(course) == grades(self.course)
        assert results(course) == results(self.course)
        assert notebooks(course) == notebooks(self.course)
        assert not list((course / "autograded").rglob(".*"))
        assert rows(course) == rows(self.course)


def results(course):
    """Return the results without times."""
    found = json.loads((course / "results.json").read_text())
    del found["started"]
    for submission in found["submissions"]:
        del submission["seconds"]
    return found


def notebooks(course):
    """Return the graded notebooks without times."""
    found = {}
    for path in (course / "autograded").rglob(FILE):
        notebook = json.loads(path.read_text())
        del notebook["metadata"]["proctor"]["started"]
        del notebook["metadata"]["proctor"]["submission"]["seconds"]
        found[str(path.relative_to(course))] = notebook
    return found


def rows(course):
    """Return how many rows each table of the gradebook has."""
    with open_database(course) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        tables = [
            name for (name,) in database.execute("select name from sqlite_master")
        ]
        return {
            table: database.execute(f"select count(*) from {table}").fetchone()
            for table in tables
            if not table.startswith(("ix_", "sqlite_"))
        }


def digests(folder):
    """Return what lies in a folder, with times of change."""
    return {
        path: (path.lstat().st_mtime_ns, hashlib.sha256(path.read_bytes()).digest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def times(course):
    """Return when each student's graded notebook was written."""
    return {
        path.parent.parent.name: path.stat().st_mtime_ns
        for path in (course / "autograded").rglob(FILE)
    }


def changed(before, after):
    return sorted(student for student in after if after[student] != before.get(student))


def unwind(course, ungraded):
    """Forget all grading."""
    shutil.rmtree(course / "autograded", ignore_errors=True)
    for name in ("gradebook.db", "gradebook.db-journal", "results.json"):
        (course / name).unlink(missing_ok=True)
    shutil.copy(ungraded / "gradebook.db", course)
