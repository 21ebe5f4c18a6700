"""A small class, graded once without a disturbance; and what a run leaves."""

import hashlib
import json
import shutil

from classroom import (
    FILE,
    grades,
    open_database,
)

CLASS = {
    "ada": "correct-vectorised",
    "bo": "half-done",
    "cy": "half-done",
    "dee": "not-a-notebook",
    "eve": "half-done",
    "flo": "kernel-flipped",
}
SCORES = {"ada": 95, "bo": 25, "cy": 25, "eve": 25, "flo": 89}
# One submission a commit: more moments at which the work is half written.
ONE_BY_ONE = {"set": {"proctor.gradebook.class_run._BATCH": 1}}


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
