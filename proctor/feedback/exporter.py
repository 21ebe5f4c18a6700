"""The feedback page as an exporter, for ``nbgrader generate_feedback``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from traitlets import default
from traitlets.config import Config

from proctor.feedback import render_page
from proctor.feedback.untrusted import mapping
from proctor.gradebook.by_hand import by_hand
from proctor.gradebook.penalties import Penalties
from proctor.settings import Course


class PageExporter(Exporter):
    """``c.GenerateFeedback.exporter_class``: the page of ``proctor autograde``.

    It is rendered from the graded notebook, which carries what grading found, and from
    the gradebook, for what persons decided since. Preprocessors have no part in it.
    """

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_filename(
        self, filename: str, resources: dict | None = None, **kw: Any
    ) -> tuple[str, dict]:
        """Return the page of a graded notebook, and what nbgrader writes it by.

        Parameters
        ----------
        resources
            Has, under ``nbgrader``, ``assignment``, ``student`` and ``db_url``.

        Raises
        ------
        NbGraderException
            If the notebook does not say what grading found.
        """
        resources = self._init_resources(resources)
        info = resources["nbgrader"]
        assignment, student = info["assignment"], info["student"]
        notebook = json.loads(Path(filename).read_text(encoding="utf-8"))
        record = mapping(mapping(mapping(notebook).get("metadata")).get("proctor"))
        if not record:
            raise NbGraderException(
                f"{filename} was not graded by proctor: run nbgrader autograde "
                f"{assignment} --student {student} --force"
            )
        course = self._course()
        with Gradebook(info["db_url"]) as gradebook:
            Penalties(course, gradebook, assignment).assign([student])
            persons = by_hand(gradebook.db, assignment, [student])[student]
        shown = record | persons.for_page() | {"assignment": assignment}
        page = render_page(
            notebook,
            shown,
            show_tests=course.feedback.show_tests,
            marks=course.marks,
        )
        return page, resources

    def _course(self) -> Course:
        """Return the course, with the settings that nbgrader was started with."""
        settings = Config(self.config)
        # nbgrader takes Feedback for a former name of GenerateFeedback, and moves it.
        if "show_tests" in settings.GenerateFeedback:
            settings.Feedback.show_tests = settings.GenerateFeedback.show_tests
        return Course(Path(self.parent.coursedir.root), settings)
