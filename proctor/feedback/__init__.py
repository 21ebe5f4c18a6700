"""What people see of a graded notebook: the student's page, and Formgrader.

Everything a submission holds is hostile until it has passed through here: raw HTML is
shown as text, links lead to the web or nowhere, outputs are text or pictures, and
hidden tests stay hidden from students. A graded notebook keeps what its student wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proctor.notebook.cells import Marks

_MARKS = Marks()


def render_page(
    notebook: Mapping[str, Any],
    record: Mapping[str, Any],
    *,
    assignment: str = "",
    show_tests: bool = False,
    marks: Marks = _MARKS,
) -> str:
    """Return the feedback page of one graded notebook: HTML that needs no other file.

    Markdown and code that occur in several pages are rendered once per process.

    Parameters
    ----------
    notebook
        The graded notebook, as ``nbformat`` or ``json`` reads it. Nothing in it is
        trusted, its structure included: what cannot be read is left out.
    record
        What grading found, as the graded notebook carries it in its metadata under
        ``proctor``. It may have ``comments``, a list of ``{"grade_id", "text"}``, and
        ``manual_scores``, a dict of grade_id to points, which take the place of the
        points that the tests gave, ``extra_credit``, a dict of grade_id to what of the
        points is beside the cell's own, ``late_penalty``, what is taken off in all, and
        ``waiting``, a list of the grade_ids that a person has still to grade (default:
        as the grading found).
    assignment
        The assignment's name; default: the record's ``assignment``.
    show_tests
        Show the source of hidden tests, their output and their tracebacks.
    marks
        How the course marks hidden tests and names its test cells.
    """
    # jinja2, mistune and pygments take longer to import than a check of a notebook.
    from proctor.feedback.page import render

    return render(
        notebook, record, assignment=assignment, show_tests=show_tests, marks=marks
    )


__all__ = ["render_page"]
