"""What a run of a class leaves, without what differs from run to run."""

import json
import re
import sqlite3
from contextlib import closing

TIMES = ("seconds", "started")
# As pages say when something was graded.
MINUTE = re.compile(r"20\d\d-\d\d-\d\d, \d\d:\d\d")


def timeless(value):
    """Return a document without what differs from run to run."""
    if isinstance(value, dict):
        return {n: timeless(v) for n, v in value.items() if n not in TIMES}
    return [timeless(one) for one in value] if isinstance(value, list) else value


def found_in(course):
    """Return all that a run left: results, gradebook, notebooks and pages."""
    document = timeless(json.loads((course / "results.json").read_text()))
    notebooks = {
        str(path.relative_to(course)): timeless(json.loads(path.read_text()))
        for path in sorted((course / "autograded").rglob("*.ipynb"))
    }
    others = {
        str(path.relative_to(course)): MINUTE.sub("now", path.read_text())
        for folder in ("autograded", "feedback")
        for path in sorted((course / folder).rglob("*"))
        if path.is_file() and path.suffix != ".ipynb"
    }
    return document, json.dumps(notebooks), others, grades_in(course)


def grades_in(course):
    query = """select student_id, base_cell.name, auto_score, needs_manual_grade,
            timestamp
        from grade join base_cell on base_cell.id = grade.cell_id
        join submitted_notebook on submitted_notebook.id = grade.notebook_id
        join submitted_assignment
            on submitted_assignment.id = submitted_notebook.assignment_id
        order by student_id, base_cell.name"""
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        return database.execute(query).fetchall()
