"""nbgrader's own feedback pages, after our step before them."""

import json
import re

import nbformat
import pytest
from graded import graded_notebook

from proctor.tests.hostile import CELLS, HOSTILE, OUTPUTS
from proctor.tests.pages import (
    RECORD,
    Elements,
    Page,
    code,
    hidden_lines,
    markdown,
    picture,
    shown,
)


@pytest.fixture(scope="module")
def graded():
    return graded_notebook()


def hide(notebook, **options):
    from proctor.feedback.nbgrader_step import HideTests

    resources = {"nbgrader": {"assignment": "09_spatial"}}
    step = HideTests(**options)
    return step.preprocess(nbformat.from_dict(notebook), resources)[0]


def nbgrader_page(notebook):
    """Return the page that nbgrader's exporter and its base template make."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(template_name="classic")
    return exporter.from_notebook_node(notebook)[0]


def test_nbgrader_hides_the_tests(graded):
    clean = hide(graded)
    nbformat.validate(clean)
    everything = json.dumps(clean, ensure_ascii=False)
    for source in hidden_lines(graded):
        assert json.dumps(source, ensure_ascii=False)[1:-1] not in everything
    (test,) = [
        cell
        for cell in clean.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test-conv2d-forward"
    ]
    assert test.source.endswith(
        "# (hidden tests), which check:\n"
        "#   earned, 17.5 / 17.5: padding on all four sides\n"
        "#   lost, 0 / 2.5: stride of two rows and three columns: "
        "Which of the two is the height?"
    )
    assert [output.traceback for output in test.outputs] == [["AssertionError: stride"]]
    original = len(graded["cells"])
    assert len(clean.cells) == original + 1


def test_nbgrader_shows_the_tests_on_request(graded):
    everything = json.dumps(hide(graded, show_tests=True), ensure_ascii=False)
    for source in hidden_lines(graded):
        assert json.dumps(source, ensure_ascii=False)[1:-1] in everything


def test_nbgrader_does_not_get_what_would_take_it_long():
    blanks, long = "x" + " \n" * 9_000 + "y", "#" * 30_000
    cells = hide({"cells": [code(blanks), code(long), markdown(long)]}).cells
    assert [cell.cell_type for cell in cells] == ["markdown"] * 3
    for cell in cells[1:]:
        assert Page(cell.source).text == "#" * 20_000 + " ... 10000 characters more"


def test_nbgrader_gets_only_metadata_that_its_template_can_show():
    settings = {"grade": True, "solution": "yes", "grade_id": "a-1", "points": "<b>"}
    (kept,) = hide({"cells": [code("x", comment="<b>", **settings)]}).cells
    assert kept.metadata == {
        "nbgrader": {
            "grade": True,
            "grade_id": "a-1",
            "locked": False,
            "points": 0,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
    }
    (dropped,) = hide({"cells": [code("x", grade=True, grade_id='"><b>')]}).cells
    assert dropped.metadata == {}


def test_nbgrader_gets_the_summary_first(graded):
    first = hide(graded).cells[0]
    seen = Page(first.source)
    assert "\n" not in first.source
    assert seen.text.startswith("09_spatial: 17.5 / 25 points Status graded")
    assert {"href": "#test-conv2d-forward"} in seen.all("a")
    del graded["metadata"]["proctor"]
    assert "Status" not in hide(graded).cells[0].source
    graded["metadata"]["proctor"] = RECORD


@pytest.mark.filterwarnings("ignore:Alternative text is missing")
def test_nbgraders_page_holds_nothing_of_a_submissions_html():
    cells = [markdown(source.replace("\ud800", "")) for source in HOSTILE]
    cells += [code("x", output) for output, _ in OUTPUTS if isinstance(output, dict)]
    cells += [c for c in CELLS if isinstance(c, dict) and c.get("cell_type")]
    with_picture = shown(image_png=picture())
    hostile = '"><script>alert(1)</script>'
    with_picture["metadata"] = {"image/png": {"width": hostile, "alt": hostile}}
    with_picture = code("x", with_picture)
    cells += [
        with_picture,
        {"cell_type": "raw", "metadata": {}, "source": "<script>alert(1)</script>"},
        markdown("\\begin{a}<script>alert(1)</script>\\end{a}\n\n$$<script>$$"),
        markdown("<div>\n\n<script>alert(1)</script>\n\n</div>"),
    ]
    notebook = {
        "cells": cells,
        "metadata": {
            "widgets": {
                "application/vnd.jupyter.widget-state+json": {"state": {"a": 1}}
            },
            "title": "</title><script>alert(1)</script>",
            "proctor": RECORD,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    # The exporter's own page has scripts: with the cells it must not have more.
    empty = nbgrader_page(hide({**notebook, "cells": []}))
    html = nbgrader_page(hide(notebook))
    for tag in ("<script", "<style", "<iframe", "<svg", "</body", "</main"):
        assert html.lower().count(tag) == empty.lower().count(tag), tag
    page = Elements(html[html.index("<body") :])
    for tag, attributes in page.elements:
        assert tag.isalnum()
        assert not [name for name in attributes if name.startswith("on")]
        assert re.match(r"data:image/png;base64,|$", attributes.get("src", ""))
        assert re.match(r"https?://|mailto:|#|$", attributes.get("href", ""))
    # The picture among the outputs; HOSTILE has none that may be shown.
    assert [attributes["alt"] for attributes in page.all("img")] == [
        f"picture printed by cell {cells.index(with_picture) + 1}"
    ]
