"""The web pages: all there, nothing that solves, nothing from elsewhere."""

import hashlib
from pathlib import Path

import pytest
from docutils.core import publish_doctree

from course.project import CourseError, Project
from course.site import lite
from course.site.build import build_site
from course.site.checks import faults
from course.site.places import places
from course.site.refusal import require_clean
from course.site.sources import Sources
from course.site.widgets import add_pages

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_all_is_there(site):
    text = (site / "modules/09_spatial/spatial.html").read_text()
    assert "Convolution and pooling, written with explicit loops" in text
    assert "YOUR CODE HERE" in text
    assert "a row of seven pixels" in text, "a picture's words"
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    for page in (
        "modules/milestone_cnn/cnn.html",
        "guides/students.html",
        "guides/teaching.html",
        "reference/tinytorch.html",
        "explorer.html",
    ):
        assert page in pages
    # A course without an address has no link to one, and says so.
    assert 'href="https://github.com/OWNER_NAME' not in text
    assert text.count("No link yet: ") == 1
    assert "Your own code draws this picture" in text
    # The functions of modules 18 and 19 in the package solve what students write.
    solved = "18_fast_convolution", "19_spatial_two_fast"
    assert not [page for page in pages if any(name in page for name in solved)]


@pytest.mark.slow
def test_a_mistake_has_its_name_its_question_and_its_picture(site):
    text = (site / "mistakes/09_spatial.html").read_text()
    begin = text.index('id="conv-kernel-flipped"')
    own = text[begin : text.index("<h3", begin)]
    assert "The kernel is flipped" in own
    assert "top left pixel of the window" in own
    assert own.count("data:image/png") == 2
    assert "numbers differ" in own


PAGE = """<h1 id="here">A page</h1>
<a href="other.html#there">right</a> <a href="#here">right</a>
<a href="https://example.org/">elsewhere</a>
<img src="dot.png" alt="a dot">
"""


def test_what_is_wrong_with_pages_is_said(tmp_path):
    (tmp_path / "other.html").write_text('<p id="there">Another</p>')
    (tmp_path / "dot.png").write_bytes(b"")
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    assert faults(tmp_path) == []
    page.write_text(
        PAGE + '<a href="none.html">x</a> <a href="other.html#nowhere">x</a>'
        '<img src="dot.png"> <img src="dot.png" alt="dot.png">'
        '<img src="no.png" alt="x">'
        '<script src="https://example.org/a.js"></script>'
    )
    (tmp_path / "a.css").write_text("@import url(https://example.org/b.css);")
    assert faults(tmp_path) == [
        "page.html: a picture has no words: dot.png",
        "page.html: a picture has no words: dot.png",
        "page.html: a link leads to none.html: no such file",
        "page.html: a link leads to other.html#nowhere: no such place on the page",
        "page.html: it shows no.png: no such file",
        "page.html: it fetches https://example.org/a.js",
        "a.css: it fetches from afar",
    ]


def test_a_page_with_a_line_of_a_solution_is_refused(tmp_path):
    truth = (ROOT / "notebooks/09_spatial/spatial.py").read_text().splitlines()
    begin = truth.index("    ### BEGIN SOLUTION")
    line = next(text.strip() for text in truth[begin + 1 :] if "size" in text)
    (tmp_path / "page.md").write_text(f"# A page\n\n```python\n{line}\n```\n")
    with pytest.raises(CourseError, match=r"page\.md has a line of .*spatial\.py"):
        require_clean(Project(ROOT), tmp_path)
    # Of a package and its data likewise.
    (tmp_path / "page.md").write_text("# A page\n")
    (tmp_path / "module.py").write_text(f"    {line}\n")
    with pytest.raises(CourseError, match=r"module\.py has a line of .*spatial\.py"):
        require_clean(Project(ROOT), tmp_path, (".py", ".md"))


def test_without_npm_the_notebooks_in_the_browser_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CourseError, match=r"npm is not there.*install Node\.js"):
        lite.add_lite(Project(ROOT), tmp_path / "lite")
    assert not (tmp_path / "lite").exists()


def test_the_kernels_wheels_are_those_of_pyodide(tmp_path):
    """A stored wheel is asked for here, any other at Pyodide's address."""
    wheel = tmp_path / "matplotlib_inline-0.2.1-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    entry = {"version": "0.2.1", "file_name": "theirs.whl", "sha256": "0"}
    listed = {"packages": {"matplotlib-inline": entry, "numpy": {"file_name": "n.whl"}}}
    lite._store(listed, [wheel], "https://example.org/full")
    assert entry["file_name"] == wheel.name
    assert entry["sha256"] == hashlib.sha256(b"a wheel").hexdigest()
    assert listed["packages"]["numpy"]["file_name"] == "https://example.org/full/n.whl"
    entry["version"] = "0.3.0"
    with pytest.raises(CourseError, match=r"matplotlib_inline 0\.2\.1, and .* 0\.3\.0"):
        lite._store(listed, [wheel], "https://example.org/full")


def test_a_link_that_leads_nowhere_is_refused(tmp_path):
    sources = Sources(Project(ROOT), tmp_path)
    linked = sources.linked("[a](security.md#x) [b](../Makefile)", "docs/a.md", "a.md")
    assert linked == "[a](guides/security.md#x) [b]" + (
        f"({sources.in_repository('Makefile')})"
    )
    with pytest.raises(CourseError, match=r"docs/a\.md: .* none\.md"):
        sources.linked("[a](none.md)", "docs/a.md", "a.md")


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CourseError, match="holds something else"):
        build_site(Project(ROOT), tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def code(source, **metadata):
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": []}


def test_a_cell_that_ends_in_an_explorer_has_its_page():
    cells = [
        code("import never_installed"),
        code("from tinytorch.explorer import explore\nside = 4"),
        code("side = 5", nbgrader={"solution": True}),
        {"cell_type": "markdown", "metadata": {}, "source": "explore()"},
        code("explore(size=side + 1, kernel=3)"),
    ]
    assert add_pages(cells, "a.ipynb") == 1
    assert "START = {&quot;size&quot;: 5" in cells[4]["outputs"][0]["data"]["text/html"]
    cells[1]["source"] = "from tinytorch.explorer import explore\nside = 99"
    cells[4]["outputs"] = []
    with pytest.raises(CourseError, match=r"a\.ipynb: explore\(.*gives no page: Value"):
        add_pages(cells, "a.ipynb")


def test_places_are_what_a_search_finds():
    document = publish_doctree(
        "Top\n===\n\nFirst words.\n\nInside\n------\n\nThe second.\n\n"
        ".. rubric:: A mistake\n   :name: one\n\nA question?\n",
        settings_overrides={"doctitle_xform": False},
    )
    assert [[part.strip() for part in place] for place in places(document)] == [
        ["top", "Top", "First words."],
        ["inside", "Inside", "The second."],
        ["one", "A mistake", "A question?"],
    ]
