"""Feedback pages of graded notebooks, with what persons decided since."""

from __future__ import annotations

import json
from collections.abc import Iterator

from nbgrader.api import Gradebook

from proctor.feedback import render_page
from proctor.feedback.untrusted import mapping
from proctor.gradebook.by_hand import by_hand
from proctor.gradebook.class_run import read_assigned
from proctor.gradebook.folders import Folders
from proctor.gradebook.graded import GradedNotebooks
from proctor.settings import Course


class Pages:
    """The pages of one assignment."""

    def __init__(self, course: Course, gradebook: Gradebook, assignment: str) -> None:
        self._course, self._db, self._name = course, gradebook.db, assignment
        support = Folders(course).support_files(assignment)
        assigned = read_assigned(course, gradebook, assignment)
        self._graded = GradedNotebooks(course.layout, assigned, support)

    def of(self, student: str) -> Iterator[tuple[str, str]]:
        """Return each notebook's name and page, written into feedback/ as well."""
        persons = by_hand(self._db, self._name, [student])[student]
        for path in self._graded.written(student):
            try:
                notebook = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            record = mapping(mapping(mapping(notebook).get("metadata")).get("proctor"))
            if not record:
                continue
            page = render_page(
                notebook,
                record | persons.for_page() | {"assignment": self._name},
                show_tests=self._course.feedback.show_tests,
                marks=self._course.marks,
            )
            self._graded.write_page(student, path.stem, page)
            yield path.stem, page
