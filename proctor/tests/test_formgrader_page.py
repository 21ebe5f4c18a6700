"""The page on which a person grades, by nbgrader's templates and our configuration."""

import json
import re
from types import SimpleNamespace

import nbformat
import pytest
from jinja2 import Environment, FileSystemLoader
from markupsafe import escape
from nbconvert import HTMLExporter
from nbgrader.converters import Autograde
from nbgrader.server_extensions.formgrader.handlers import template_path
from traitlets.config import Config

from proctor import nbgrader_hooks
from proctor.feedback.served import escaping, why_not
from proctor.tests.hostile import HOSTILE, OUTPUTS, SCRIPT
from proctor.tests.pages import (
    TEST,
    Elements,
    code,
    drawn,
    markdown,
    picture,
    printed,
    raised,
    shown,
)

ANSWER = {"grade": True, "solution": True, "grade_id": "reflection", "points": 5}


@pytest.fixture(scope="module")
def exporter():
    """Formgrader's exporter, as its extension makes it from a course's settings."""
    config = Config()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Autograde, "start", Autograde.start)  # which it replaces
        nbgrader_hooks.install(config)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [template_path]
    return HTMLExporter(config=config)


@pytest.fixture
def formgrader(exporter):
    def make(*cells, **metadata):
        notebook = nbformat.from_dict(
            {"cells": list(cells), "nbformat": 4, "nbformat_minor": 5}
        )
        for number, cell in enumerate(notebook.cells):
            cell.setdefault("id", f"id-{number}")
        notebook.metadata = nbformat.from_dict(metadata)
        resources = {"base_url": "", "index": 0, "total": 1, "submission_id": "1"}
        return exporter.from_notebook_node(notebook, resources=resources)[0]

    return make


class Seen(Elements):
    """What a reader sees of a notebook in Formgrader."""

    def __init__(self, html):
        self._parts = []
        super().__init__(html[html.index('id="notebook-container"') :])
        self.text = " ".join("".join(self._parts).split())

    def handle_data(self, data):
        self._parts.append(data)


HOSTILE_TEXT = '"><script>alert(1)</script>'


def hostile_cells():
    """Cells as another grader may have left them: valid, and a student's."""
    with_picture = shown(image_png=picture())
    with_picture["metadata"] = {
        "image/png": {"width": "1 onerror=alert(1)", "alt": HOSTILE_TEXT},
        "filenames": {"image/png": "https://example.org/tracker.png"},
    }
    outputs = [output for output, _ in OUTPUTS if nbformat_takes(output)]
    outputs += [
        with_picture,
        shown(text_latex=r"$\href{javascript:alert(1)}{x}$"),
        shown(text_markdown=f"<script> [x]({SCRIPT})"),
        shown(**{"image/jpeg": picture()}),
        shown(**{"text/vnd.mermaid": "click A"}),
        shown(**{"application/vnd.jupyter.widget-view+json": {"model_id": "a"}}),
    ]
    cells = [code("x", output) for output in outputs]
    cells += [
        {"cell_type": "raw", "metadata": {}, "source": "<b id='score'>bold</b>"},
        {
            "cell_type": "raw",
            "metadata": {"raw_mimetype": "text/html"},
            "source": "<script>alert(1)</script>",
        },
        code("</pre><script>alert(1)</script>"),
        code("%%javascript\nalert(1)"),
        code("x", **ANSWER | {"grade_id": HOSTILE_TEXT}),
        code("x", **TEST | {"points": HOSTILE_TEXT}),
        {**code("x"), "id": "score"},
    ]
    cells[-1]["metadata"] = {"tags": [HOSTILE_TEXT], "alt": HOSTILE_TEXT}
    return cells


def nbformat_takes(output):
    cell = code("x", output) | {"id": "a", "execution_count": 1}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    try:
        nbformat.validate(notebook)
    except (nbformat.ValidationError, AttributeError):
        return False
    return True


def test_nothing_of_a_notebook_runs_in_formgrader(formgrader):
    prose = [markdown(source.replace("\ud800", "")) for source in HOSTILE]
    hostile = hostile_cells()
    assert len(hostile) > 15
    metadata = {
        "title": f"</title>{HOSTILE_TEXT}",
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}},
        "language_info": {"name": HOSTILE_TEXT, "pygments_lexer": "html"},
    }
    html = formgrader(*prose, *hostile, **metadata)
    # Formgrader's own page has scripts: with the cells it must not have more.
    for tag in ("<script", "<style", "<iframe", "<svg", "</body", "<object", "<link"):
        assert html.lower().count(tag) == formgrader().lower().count(tag), tag
    page = Seen(html)
    for tag, attributes in page.elements:
        assert tag.isalnum()
        assert not [name for name in attributes if name.startswith("on")]
        assert re.match(r"data:image/png;base64,|$", attributes.get("src", ""))
        assert re.match(r"https?://|mailto:|#|$", attributes.get("href", ""))
        assert attributes.get("id") != "score" and "mermaid" not in str(attributes)
    assert [image["src"] for image in page.all("img")] == [
        f"data:image/png;base64,{picture()}"
    ]
    assert set(page.all("img")[0]) == {"src", "alt"}
    assert HOSTILE_TEXT not in page.text


def test_what_a_grader_reads_is_as_it_was_written(formgrader):
    source = "I took `List<int>`, $i<n$ steps:\n\n```\nif a<b: print(d['k'](1))\n```"
    cell = markdown(f"{source}\n\n![a](attachment:a.png)", **{"a.png": {}})
    cell["attachments"]["a.png"]["image/png"] = drawn()
    cell["metadata"] = {"nbgrader": {**ANSWER, "schema_version": 3}}
    page = Seen(formgrader(cell))
    assert "I took List<int>, $i<n$ steps: if a<b: print(d['k'](1))" in page.text
    assert [image["src"][:15] for image in page.all("img")] == ["data:image/png;"]
    # What belongs to grading is where it was.
    names = [attributes.get("id") for _, attributes in page.elements]
    assert {"reflection", "reflection-comment", "reflection_extra_credit"} <= {*names}
    assert "/ 5.0" in page.text


def test_the_pixels_of_a_page_are_bounded(formgrader):
    large = shown(image_png=picture(9_000, 5_000))
    page = Seen(formgrader(code("", *[large] * 5)))
    assert len(page.all("img")) == 2
    assert page.text.count("A picture is not shown: it, or all on this page") == 3


def test_what_cells_printed_is_shown(formgrader):
    result = shown(text_plain="<Figure>") | {"output_type": "execute_result"}
    result["execution_count"] = 1
    outputs = [
        printed("a <b>\n"),
        printed("warned\n") | {"name": "stderr"},
        raised("E", "m", ["\x1b[31mTraceback\x1b[0m <i>"]),
        shown(image_png=drawn(), text_plain="<Figure>"),
        shown(**{"image/jpeg": drawn("jpeg")}),
        result,
        shown(text_html="<table><td>1</td></table>", text_plain="   1"),
    ]
    page = Seen(formgrader(code("print(1 < 2)", *outputs, **TEST)))
    assert "test-conv2d-forward" in page.text
    for seen in ("print(1 < 2)", "a <b>", "warned", "Traceback <i>", "<Figure>"):
        assert seen in page.text
    classes = {attributes.get("class") for _, attributes in page.elements}
    assert {
        "ansi-red-fg",
        "output_subarea output_stream output_stderr output_text",
    } <= {*classes}
    assert [image["src"][5:15] for image in page.all("img")] == [
        *("image/png;", "image/jpeg")
    ]
    assert page.all("table") == []


def test_prose_of_the_assignment_is_shown_with_the_same_care(formgrader):
    cell = markdown("**so** <b>x</b>")
    cell["metadata"] = {"nbgrader": {"locked": True, "solution": False}}
    page = Seen(formgrader(cell))
    assert page.all("strong") == [{}] and "so <b>x</b>" in page.text


def test_code_that_would_take_long_is_not_coloured(formgrader):
    page = Seen(formgrader(code("x = 1" + " \n" * 9_000 + "y = 2")))
    assert not [a for a in page.all("span") if a.get("class") == "mi"]
    assert "x = 1 y = 2" in page.text
    page = Seen(formgrader(code("x = 1")))
    assert [a for a in page.all("span") if a.get("class") == "mi"]


def test_text_that_looks_like_a_link_to_a_file_is_kept(formgrader):
    page = Seen(formgrader(markdown('`<a href="files/x">` and `[a](files/b)`')))
    assert '<a href="files/x"> and [a](files/b)' in page.text


def test_what_somebody_wrote_stays_within_its_cell(formgrader):
    """A formula of any size, moved anywhere, is cut at the edge of the cell's text."""
    page = Seen(formgrader(markdown(r"$\rlap{\hspace{-99em}\Rule{99em}{99em}{0em}}$")))
    (around,) = [a for a in page.all("div") if a.get("class") == "tex2jax_ignore"]
    assert around["style"] == "contain: content; overflow: auto"


@pytest.mark.slow
def test_a_page_has_so_much_colour_and_so_many_cells(formgrader):
    """One thread serves everybody: a page of thousands of cells must not hold it."""
    many = [code(f"x{n} = 'a' + " + "'b' + " * 2_000 + "'c'") for n in range(700)]
    page = Seen(formgrader(*many, code("answer = 1", **TEST)))
    assert "x499 = " in page.text and "x500 = " not in page.text
    assert "... 200 cells more" in page.text and "answer = 1" in page.text
    coloured = [a for a in page.all("span") if a.get("class") == "s1"]
    assert 2_000 < len(coloured) < 40_000


def test_what_is_not_shown_is_not_looked_at_again_and_again(formgrader, monkeypatch):
    looked_at = []
    plain = nbformat.validate

    def validate(notebook, *given, **named):
        if notebook.get("cells"):
            looked_at.append(len(notebook.cells))
        return plain(notebook, *given, **named)

    monkeypatch.setattr(nbformat, "validate", validate)
    page = Seen(formgrader(*[code(f"x{n}") for n in range(1_000)]))
    assert "... 500 cells more" in page.text
    assert looked_at == [501]


def test_formgrader_takes_a_course_from_no_folder_of_a_students(tmp_path):
    course, far = tmp_path / "shown" / "course", tmp_path / "shown" / "far"
    course.mkdir(parents=True)
    text = f'c = get_config()\nc.CourseDirectory.submitted_directory = "{far}"\n'
    (course / "nbgrader_config.py").write_text(text)
    config = Config()
    config.CourseDirectory.submitted_directory = str(far)
    now = SimpleNamespace(
        root_dir=str(course.parent),
        config=config,
        coursedir=SimpleNamespace(root=str(course)),
    )
    (course / "mine").symlink_to(tmp_path)
    for taken in (course, course.parent, course / "mine", course.parent / "other"):
        assert why_not(str(taken), now) == ""
    assert why_not(str(course), now, "same-origin") == ""
    assert "elsewhere" in why_not(str(course), now, "cross-site")
    (far / "eve").mkdir(parents=True)
    (course.parent / "link").symlink_to(far / "eve")
    for work in ("feedback/eve", "autograded", "downloaded/ps1/extracted/eve"):
        assert "students' work" in why_not(str(course / work), now)
    for work in (far, far / "eve" / "ps1", course.parent / "link"):
        assert "students' work" in why_not(str(work), now)
    for other in (tmp_path, f"{course}/../..", "/", "."):
        assert "this server shows" in why_not(str(other), now)
    assert why_not("a\0b", now)


@pytest.mark.parametrize("name", ['"></script><img src=x>', "O'Brien", "a\\"])
def test_formgraders_pages_take_a_name_for_text(name):
    own = Environment(loader=FileSystemLoader([template_path]))
    values = {"base_url": "", "student_id": name, "assignment_id": "ps1"}
    for template in (
        "manage_students_assignments.tpl",
        "manage_students_notebook_submissions.tpl",
    ):
        page = escaping(own).get_template(template).render(**values)
        assert f">{escape(name)}<" in page
        (value,) = re.findall(r"var student_id = (.*);", page)
        assert json.loads(value) == name and "<" not in value
        plain = own.get_template(template).render(**values | {"student_id": "ben"})
        assert plain.count("<") == page.count("<")


def test_who_it_is_stands_on_the_page_as_text(exporter):
    notebook = nbformat.v4.new_notebook()
    who = {"student": "<b>", "first_name": "<img src=x>", "last_name": "O'Brien"}
    resources = {"base_url": "", "index": 0, "total": 1, "submission_id": "1"}
    page = exporter.from_notebook_node(notebook, resources=resources | who)[0]
    assert "O'Brien, &lt;img src=x&gt;" in page and "<img src=x>" not in page
    # Without a name it is the id; a name that is not there is none.
    nobody = resources | who | {"first_name": None, "last_name": None}
    page = exporter.from_notebook_node(notebook, resources=nobody)[0]
    assert "&lt;b&gt;" in page and "None" not in page[page.index("<nav") :]
