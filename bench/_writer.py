"""What the writer alone costs, on each kind of database."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from _class import ASSIGNMENT, NOTEBOOK, Author
from _cost import python, run
from _course import Course

BATCH = 16


def writer(options: argparse.Namespace, ours: Course) -> None:
    """Print what the writer alone costs, on each kind of database."""
    from proctor.tests.servers import Postgres

    (number,) = options.numbers or [2000]
    author = Author(ours.root)
    ours.hand_in("one", author.a_class(2))
    ours.grade("one", student="s00000")
    server = Postgres()
    try:
        url = server.url(server.new())
        enter = python(
            "nbgrader", "generate_assignment", ASSIGNMENT, "--force", f"--db={url}"
        )
        run(enter, ours.root, ours.environment, ours.log)
        print(
            f"\n{number:,} results\n{'':12}{'a second':>10}{'CPU s each':>12}"
            f"{'statements each':>17}{'commits':>9}{'opening, s':>12}"
        )
        for name, address in (("SQLite", ""), ("PostgreSQL", url)):
            _write(name, address, number, ours.root)
    finally:
        server.close()


def _write(name: str, address: str, number: int, root: Path) -> None:
    from sqlalchemy.event import listen

    from proctor.gradebook.class_run import read_task
    from proctor.gradebook.database import open_gradebook
    from proctor.gradebook.graded import GradedNotebooks
    from proctor.gradebook.locks import Meeting
    from proctor.gradebook.writer import Done, Writing
    from proctor.settings import Course as Settings

    course = Settings.read(root)
    if address:
        course.config.CourseDirectory.db_url = address
    (path,) = root.glob(f"autograded/s00000/{ASSIGNMENT}/{NOTEBOOK}")
    notebook = json.loads(path.read_text())
    counts = {"before_cursor_execute": 0, "commit": 0}
    with open_gradebook(course.layout) as gradebook:
        task = read_task(course, gradebook, ASSIGNMENT)
        for event in counts:
            listen(gradebook.engine, event, _counter(counts, event))
        notebooks = GradedNotebooks(course.layout, task.assignment, task.support)
        meeting = Meeting(gradebook, ASSIGNMENT, print)
        writing = Writing(course, gradebook, _Recorder(task), notebooks, meeting)
        students = [f"{name}{index:06}" for index in range(number)]
        wall = cpu = 0.0
        for begin in range(0, number, BATCH):
            some = students[begin : begin + BATCH]
            batch = [Done(_copy(student, notebook), student) for student in some]
            before, spent = time.perf_counter(), time.process_time()
            writing.write(batch, None)
            wall += time.perf_counter() - before
            cpu += time.process_time() - spent
        begin = time.perf_counter()
        graded = writing.graded_students()
        opening = time.perf_counter() - begin
        if not graded.issuperset(students):
            raise RuntimeError(f"{len(graded)} of {number} are in the gradebook")
    statements = counts["before_cursor_execute"] / number
    print(
        f"{name:12}{number / wall:10.1f}{cpu / number:12.4f}{statements:17.2f}"
        f"{counts['commit']:9}{opening:12.3f}"
    )


def _counter(counts: dict[str, int], event: str):
    def count(*about: object) -> None:
        counts[event] += 1

    return count


def _copy(student: str, notebook: dict):
    from dataclasses import replace

    from proctor.grade.results import Submission
    from proctor.grade.task import Graded

    notebook = json.loads(json.dumps(notebook))
    record = notebook["metadata"].pop("proctor")
    found = Submission.from_dict(record["submission"])
    return Graded(replace(found, student=student), {"spatial": notebook})


class _Recorder:
    """Says what is kept of a submission, as a grader does."""

    def __init__(self, task: object) -> None:
        self.assignment = task.assignment

    def record(self, submission: object, key: str) -> dict:
        """Return a record."""
        return {"key": key, "started": "", "submission": submission.as_dict()}
