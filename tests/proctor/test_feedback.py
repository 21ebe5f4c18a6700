"""Feedback pages: what they show, and what a submission cannot make them do."""

import base64
import copy
import json
import re
import struct
import subprocess
import sys
import zlib
from html.parser import HTMLParser

import nbformat
import pytest
from conftest import ROOT

from proctor.feedback import render_page
from proctor.feedback.untrusted import line, number, png, text

INLINE = {"a", "b", "code", "del", "em", "span", "strong"}
EMPTY = {"br", "hr", "img", "meta"}
TAGS = INLINE | EMPTY
TAGS |= {"html", "head", "title", "style", "body", "header", "main", "div", "p", "pre"}
TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li"}
TAGS |= {"dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id"}
ATTRIBUTES |= {"href", "rel", "src", "alt", "scope", "start", "aria-hidden"}
SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Elements(HTMLParser):
    """A page's elements, with their attributes."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


class Page(Elements):
    """A page whose tags are balanced, and its text as a browser shows it."""

    def __init__(self, html):
        self.parts, self._open = [], []
        super().__init__(html)
        assert self._open == []
        self.text = " ".join("".join(self.parts).split())

    def handle_starttag(self, tag, attrs):
        super().handle_starttag(tag, attrs)
        self.parts.append("" if tag in INLINE else " ")
        if tag not in EMPTY:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        self.parts.append("" if tag in INLINE else " ")

    def handle_data(self, data):
        if self._open and self._open[-1] != "style":
            self.parts.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


def picture(width=1, height=1):
    """Return the base64 of a PNG that says it has this size."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data))
            + name
            + data
            + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    content = SIGNATURE + chunk(b"IHDR", header)
    content += chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return base64.b64encode(content).decode()


def check_harmless(html):
    """Return the page, after looking at each element and attribute in it."""
    page = Page(html)
    for tag, attributes in page.elements:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES, (tag, attributes)
        if "href" in attributes:
            assert re.match(r"https?://|mailto:|#", attributes["href"])
        if "id" in attributes:
            assert re.fullmatch(r"cell-\d+", attributes["id"])
        if "class" in attributes:
            assert re.fullmatch(r"[a-z -]+", attributes["class"])
        if "src" in attributes:
            kind, _, data = attributes["src"].partition(",")
            assert (tag, kind) == ("img", "data:image/png;base64")
            assert base64.b64decode(data, validate=True).startswith(SIGNATURE)
    assert len(page.all("style")) == 1
    assert not re.search(r"url\(|@import|expression", html[: html.index("</style>")])
    html.encode()  # no lone surrogates
    return page


def code(source, *outputs, **settings):
    metadata = {"nbgrader": settings} if settings else {}
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source,
        "outputs": list(outputs),
        "execution_count": 1,
    }


def markdown(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def printed(content):
    return {"output_type": "stream", "name": "stdout", "text": content}


def shown(**data):
    data = {name.replace("_", "/"): content for name, content in data.items()}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def raised(name, message, traceback):
    return {
        "output_type": "error",
        "ename": name,
        "evalue": message,
        "traceback": traceback,
    }


def render(*cells, record=None, **options):
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4}
    return render_page(notebook, record or {}, **options)


def page_of(*cells, **options):
    return check_harmless(render(*cells, **options))


TEST = {"grade": True, "solution": False, "grade_id": "test-conv2d-forward"}
HIDDEN = """\
assert visible()
### BEGIN HIDDEN TESTS
assert the_secret()
### END HIDDEN TESTS
assert also_visible()"""

RECORD = {
    "schema": "proctor/results/v1",
    "key": "5f1e",
    "started": "2026-03-14T15:09:26+00:00",
    "sandbox": "namespace",
    "seed": 123,
    "submission": {
        "student": "ada",
        "status": "graded",
        "score": 17.5,
        "max_score": 25.0,
        "needs_manual_grade": True,
        "seconds": 0.4,
        "mended": ["cell 'output-size' was missing: put back as handed out"],
        "message": "",
        "cells": [
            {
                "grade_id": "test-output-size",
                "score": 0.0,
                "max_score": 5.0,
                "status": "error",
                "message": "not written yet: output-size",
                "checks": [],
            },
            {
                "grade_id": "test-conv2d-forward",
                "score": 17.5,
                "max_score": 20.0,
                "status": "partial",
                "message": "3x4 gives 1x2",
                "checks": [
                    {
                        "name": "padding on all four sides",
                        "score": 17.5,
                        "max_score": 17.5,
                        "message": "",
                        "bug": None,
                    },
                    {
                        "name": "stride of two rows and three columns",
                        "score": 0.0,
                        "max_score": 2.5,
                        "message": "Which of the two is the height?",
                        "bug": "stride-swapped",
                    },
                ],
            },
        ],
    },
}


@pytest.fixture(scope="module")
def graded():
    """The assignment as built, with outputs such as grading leaves."""
    path = ROOT / "source" / "09_spatial" / "spatial.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name == "conv2d-forward":
            cell["outputs"] = [printed("\x1b[31mred\x1b[0m\n")]
        if name == "test-conv2d-forward":
            frames = ["Traceback", "the line of the test", "AssertionError: stride"]
            cell["outputs"] = [raised("AssertionError", "stride\n[[secret]]", frames)]
    notebook["cells"].append(code("plt.show()", shown(image_png=picture())))
    notebook["metadata"]["proctor"] = RECORD
    return notebook


def hidden_lines(notebook):
    """Return the lines of the hidden tests that stand nowhere else."""
    hidden, open_ = [], []
    for cell in notebook["cells"]:
        inside = False
        for source in "".join(cell["source"]).splitlines():
            inside = inside or "BEGIN HIDDEN TESTS" in source
            (hidden if inside else open_).append(source.strip())
            inside = inside and "END HIDDEN TESTS" not in source
    return {source for source in hidden if len(source) > 20} - set(open_)


def test_the_top_of_the_page(graded):
    page = check_harmless(render_page(graded, RECORD, assignment="09_spatial"))
    assert page.text.startswith(
        "09_spatial: 17.5 / 25 09_spatial 17.5 / 25 points "
        "Status graded Student ada Graded 2026-03-14, 15:09 UTC Sandbox namespace "
        "A person still has to grade a part of it: the score may change. "
        "Points Task and check Result Points "
        "output-size not written yet: output-size raised an error 0 / 5 "
        "conv2d-forward 3x4 gives 1x2 partly passed 17.5 / 20 "
        "padding on all four sides ✓ earned 17.5 / 17.5 "
        "stride of two rows and three columns Which of the two is the height? "
        "(known mistake: stride-swapped) ✗ lost 0 / 2.5 "
        "What was mended The notebook was damaged. It was graded after these repairs: "
        "cell 'output-size' was missing: put back as handed out The notebook"
    )


def test_the_page_needs_nothing_else_and_runs_nothing(graded):
    page = check_harmless(render_page(graded, RECORD))
    assert page.all("html") == [{"lang": "en"}]
    (policy,) = [m for m in page.all("meta") if "http-equiv" in m]
    assert policy == {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    }
    number = len(graded["cells"])
    assert page.all("img")[-1]["alt"] == f"picture printed by cell {number}"


def test_each_task_links_to_its_cell(graded):
    page = check_harmless(render_page(graded, RECORD))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert ids == [f"cell-{n}" for n in range(1, len(graded["cells"]) + 1)]
    names = [
        cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in graded["cells"]
    ]
    links = [a["href"] for a in page.all("a") if a["href"].startswith("#")]
    wanted = ["test-output-size", "test-conv2d-forward"]
    assert links == [f"#cell-{names.index(name) + 1}" for name in wanted]


def test_hidden_tests_stay_hidden(graded):
    page = check_harmless(render_page(graded, RECORD))
    hidden = hidden_lines(graded)
    assert len(hidden) > 10
    for source in hidden:
        assert " ".join(source.split()) not in page.text
    assert "the line of the test" not in page.text
    assert "secret" not in page.text
    assert "AssertionError: stride" in page.text


def test_hidden_tests_are_shown_on_request(graded):
    page = check_harmless(render_page(graded, RECORD, show_tests=True))
    for source in hidden_lines(graded):
        assert " ".join(source.split()) in page.text
    assert "the line of the test" in page.text


def test_a_test_cell_shows_its_visible_part_and_its_named_checks():
    page = page_of(code(HIDDEN, printed("inputs"), **TEST), record=RECORD)
    assert page.text.endswith(
        "Cell 1 assert visible() # (hidden tests) assert also_visible() "
        "conv2d-forward: partly passed, 17.5 / 20 points 3x4 gives 1x2 "
        "✓ earned padding on all four sides 17.5 / 17.5 "
        "✗ lost stride of two rows and three columns Which of the two is the height? "
        "(known mistake: stride-swapped) 0 / 2.5 "
        "What was printed while the hidden tests ran is not shown."
    )


def test_a_test_without_hidden_tests_shows_what_was_printed():
    assert "inputs" in page_of(code("assert 1", printed("inputs"), **TEST)).text


def test_a_hidden_test_repeats_neither_message_nor_score():
    score = {"output_type": "execute_result", "data": {"text/plain": "17.5"}}
    check = "0/2.5  stride of two rows and three columns: wrong\n"
    outputs = [printed(check), printed("3x4 gives 1x2\n"), score]
    page = page_of(code(HIDDEN, *outputs, **TEST), record=RECORD)
    assert page.text.endswith("(known mistake: stride-swapped) 0 / 2.5")


def test_an_unclosed_region_is_hidden_to_the_end_of_the_cell():
    source = HIDDEN.replace("### END HIDDEN TESTS\n", "")
    page = page_of(code(source, **TEST))
    assert "secret" not in page.text
    assert "also_visible" not in page.text


def test_the_same_message_is_not_shown_twice():
    outputs = [raised("AssertionError", "3x4 gives 1x2", ["x"])]
    page = page_of(code("assert 1", *outputs, **TEST), record=RECORD)
    assert "AssertionError" not in page.text
    assert page.text.count("3x4 gives 1x2") == 2  # at the top, and at the cell

    record = copy.deepcopy(RECORD)
    task = record["submission"]["cells"][1]
    task["message"] = "stride of two rows and three columns: wrong"
    page = page_of(code("assert 1", **TEST), record=record)
    assert "columns: wrong" not in page.text


def test_a_submission_that_needs_attention():
    record = copy.deepcopy(RECORD)
    record["submission"] |= {"status": "needs_attention", "message": "killed: <memory>"}
    page = page_of(record=record)
    assert "Status needs attention" in page.text
    assert "Needs attention. killed: <memory>" in page.text


def test_points_and_comments_by_hand():
    record = copy.deepcopy(RECORD)
    record["manual_scores"] = {"test-output-size": 3.25, "elsewhere": 9}
    note = "<b>Well</b>\nreasoned"
    record["comments"] = [
        {"grade_id": "test-conv2d-forward", "text": note},
        {"grade_id": "unknown", "text": "lost?"},
        {"grade_id": "test-conv2d-forward", "text": " "},
    ]
    page = page_of(code("assert 1", **TEST), record=record)
    assert "20.75 / 25 points" in page.text  # 17.5 - 0 + 3.25
    assert "output-size graded by hand 3.25 / 5" in page.text
    assert "Comments test-conv2d-forward <b>Well</b> reasoned unknown lost?" in (
        page.text
    )
    assert page.text.endswith("Comment <b>Well</b> reasoned")


def test_the_same_page_each_time(graded):
    first = render_page(graded, RECORD)
    assert render_page(copy.deepcopy(graded), copy.deepcopy(RECORD)) == first
    as_read = nbformat.from_dict(graded)
    assert render_page(as_read, as_read.metadata["proctor"]) == first


# Markdown, and what a reader sees of it.
HOSTILE = {
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "a <img src=x onerror=alert(1)> b": "a <img src=x onerror=alert(1)> b",
    '<svg onload="alert(1)"><a>': '<svg onload="alert(1)"><a>',
    "<style>body{display:none}</style>": "<style>body{display:none}</style>",
    "</div></main></body>": "</div></main></body>",
    "<!-- hidden": "<!-- hidden",
    '<iframe srcdoc="<script>">': '<iframe srcdoc="<script>">',
    "[x](javascript:alert(1))": "x",
    "[x](JaVaScRiPt:alert(1))": "x",
    "[x](java&#115;cript:alert(1))": "x",
    "[x](&#1;javascript:alert(1))": "x",
    "[x](data:text/html;base64,PHNjcmlwdD4=)": "x",
    "[x](vbscript:a)": "x",
    "[x](//example.org)": "x",
    "[x](file:///etc/passwd)": "x",
    "<javascript:alert(1)>": "javascript:alert(1)",
    "[x]\n\n[x]: javascript:alert(1)": "x",
    "[x](https://example.org \"onclick='a'\")": "x",
    '[x](https://example.org/"onclick="alert)': "x",
    "![seen](https://example.org/tracker.png)": "[picture: seen]",
    "![a](attachment:a.png)": "[picture: a]",
    "![a](data:image/svg+xml;base64,PHN2Zz4=)": "[picture: a]",
    "![a](data:image/png;base64,PHN2Zz4=)": "[picture: a]",
    f"![a](data:image/png;base64,{picture()}%22onload=)": "[picture: a]",
    '![" onerror="alert(1)](x)': '[picture: " onerror="alert(1)]',
    "![<b>&lt;i&gt;](x)": "[picture: <b><i>]",
    '```"><script>\nx\n```': "x",
    "```mermaid\n</pre><script>\n```": "</pre><script>",
    "```python\n</pre><script>\n```": "</pre><script>",
    "`<script>`": "<script>",
    "$<script>$": "$<script>$",
    "$$\n<script>\n$$": "$$ <script> $$",
    "$a_1 * b_1$ and $a_2 * b_2$": "$a_1 * b_1$ and $a_2 * b_2$",
    "|<b>|\n|-|\n|<i onclick=a>|": "<b> <i onclick=a>",
    "# <script>": "<script>",
    "&lt;script&gt;": "<script>",
    "\ud800 \x00 \u202e \x1b[31m": "\ufffd \ufffd \ufffd",
}


@pytest.mark.parametrize("source", HOSTILE, ids=ascii)
def test_hostile_markdown(source):
    page = page_of(markdown(source))
    assert page.text.partition("The notebook ")[2] == HOSTILE[source]


def test_harmless_markdown():
    source = (
        "# One\n###### Six\n[a](https://example.org/?a=1&b=2) "
        "[b](mailto:a@example.org) [c](#top)\n\n"
        f"![a ~ b](data:image/png;base64,{picture()})\n\n"
        "|left|right|\n|-|-:|\n|1|2|\n"
    )
    page = page_of(markdown(source))
    assert [a["href"] for a in page.all("a")] == [
        "https://example.org/?a=1&b=2",
        "mailto:a@example.org",
        "#top",
    ]
    assert all(a["rel"] == "noreferrer nofollow" for a in page.all("a"))
    assert [i["alt"] for i in page.all("img")] == ["a ~ b"]
    # The page's own headings come first.
    assert [tag for tag, _ in page.elements if re.fullmatch(r"h\d", tag)] == [
        *("h1", "h2", "h3", "h6")
    ]
    assert page.all("th") == [{"scope": "col"}, {"scope": "col", "class": "right"}]


# Outputs, and what a reader sees of them.
OTHER = "An output that is neither text nor a PNG picture is not shown."
OUTPUTS = [
    (shown(text_html="<script>alert(1)</script>"), OTHER),
    (shown(text_html="<script>", text_plain="<Table>"), "<Table>"),
    (shown(**{"image/svg+xml": "<svg onload=alert(1)>"}), OTHER),
    (shown(**{"application/javascript": "alert(1)"}), OTHER),
    (shown(text_markdown="<script>", text_latex="$$"), OTHER),
    (shown(image_png="not base64!", text_plain="<Figure>"), "<Figure>"),
    (shown(image_png=base64.b64encode(b"<svg>").decode()), OTHER),
    (shown(image_png=picture() + '" onload="alert(1)'), OTHER),
    (shown(image_png=picture(width=10_001)), OTHER),
    (shown(image_png={"a": 1}), OTHER),
    (printed(["<b>", 3, "</b>\n"]), "<b></b>"),
    (printed("\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain"), "red plain"),
    (printed("10%\r 50%\r100%\ndone\r\n"), "100% done"),
    (printed({"a": "b"}), ""),
    (raised("E<i>", "m\x1b[0m", ["\x1b[31m<script>\x1b[0m", 7]), "<script>"),
    (raised("E<i>", "<b>", "no list"), "E<i>: <b>"),
    (raised(None, None, None), ""),
    ({"output_type": "<script>"}, OTHER),
    ({}, OTHER),
    ("<script>", OTHER),
    (None, OTHER),
]


@pytest.mark.parametrize("output, seen", OUTPUTS)
def test_hostile_outputs(output, seen):
    page = page_of(code("", output))
    assert page.all("img") == []
    assert page.text.partition("Cell 1")[2].strip() == seen


def test_a_picture_may_be_split_in_lines():
    data = picture()
    page = page_of(code("", shown(image_png=[data[:20] + "\n", data[20:] + "\n"])))
    assert page.all("img") == [
        {"src": f"data:image/png;base64,{data}", "alt": "picture printed by cell 1"}
    ]


def test_outputs_are_bounded():
    page = page_of(code("", printed("x" * 15_000), printed("y" * 300_000)))
    assert page.text.endswith(
        "x" * 15_000 + "y" * 5_000 + " ... 295000 characters more"
    )


def test_the_number_of_outputs_is_bounded():
    pictures = [shown(image_png=picture())] * 80
    page = page_of(code("", *pictures))
    assert len(page.all("img")) == 50
    assert page.text.endswith("... 30 more outputs")


def test_the_number_of_cells_is_bounded():
    page = page_of(*[code("1")] * 700)
    assert len([i for _, i in page.elements if "id" in i]) == 500
    assert page.text.endswith("... 200 cells more")


def test_a_page_is_bounded():
    html = render(*[code("#" * 50_000, printed("o" * 30_000))] * 400)
    assert len(html) < 2_500_000


def test_long_sources_are_shown_without_colours_then_cut():
    page = page_of(code("x = 1\n" * 10_000))
    assert page.text.endswith("... 10000 characters more")
    assert {"class": "m"} not in page.all("span")
    assert {"class": "m"} in page_of(code("x = 1")).all("span")


def test_runs_of_blanks_are_not_handed_to_pygments():
    page = page_of(code("x = 1" + " \n" * 9_000 + "y = 2"))
    assert page.text.endswith("x = 1 y = 2")
    assert page.all("span")[1:] == []  # the score's own


def test_markdown_nested_too_deeply_is_still_shown():
    assert "deep" in page_of(markdown("> " * 5_000 + "deep")).text


def test_a_parser_that_fails_costs_only_its_own_cell(monkeypatch):
    def fail():
        raise RecursionError

    monkeypatch.setattr("proctor.feedback.markup._markdown", fail)
    page = page_of(markdown("*a* <b> and nothing else"), code("x"))
    assert page.text.endswith("*a* <b> and nothing else Cell 2 x")


CELLS = [
    None,
    "cell",
    7,
    [],
    {},
    {"cell_type": "code"},
    {"cell_type": "<script>", "source": "<script>"},
    {"cell_type": ["code"], "source": {"a": 1}},
    {"cell_type": "raw", "metadata": {"format": "text/html"}, "source": "<script>"},
    {"cell_type": "markdown", "source": ["<scr", "ipt>", None]},
    {
        "cell_type": "markdown",
        "source": "x",
        "attachments": {"a": {"image/png": "<b>"}},
    },
    {"cell_type": "code", "source": "x", "outputs": {"output_type": "stream"}},
    {"cell_type": "code", "source": "x", "execution_count": "<b>", "id": '"><script>'},
    {"cell_type": "code", "source": "x", "metadata": {"tags": ['"><script>']}},
    {"cell_type": "code", "source": "x", "metadata": []},
    {"cell_type": "code", "source": "x", "metadata": {"nbgrader": "test"}},
    {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["x"], "grade": 1}}},
    {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": '"><script>'}}},
]


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_damaged_cells(cell):
    page = page_of(cell, markdown("the next cell"), record=RECORD)
    assert page.text.endswith("the next cell")


@pytest.mark.parametrize("notebook", [{}, [], None, {"cells": 7}, {"cells": {"a": 1}}])
def test_damaged_notebooks(notebook):
    page = check_harmless(render_page(notebook, RECORD))
    assert "17.5 / 25" in page.text


def spoil(value, poison):
    """Return every copy of a document with one of its values replaced."""
    yield poison
    for key in value if isinstance(value, dict) else range(len(value)):
        if isinstance(value[key], dict | list):
            changed = spoil(value[key], poison)
        else:
            changed = [poison]
        for part in changed:
            spoiled = copy.copy(value)
            spoiled[key] = part
            yield spoiled


@pytest.mark.parametrize(
    "poison",
    [
        '"><script>alert(1)</script>',
        None,
        float("nan"),
        10**400,
        {"<b>": []},
        [["<b>"]],
    ],
    ids=["text", "none", "nan", "huge", "dict", "list"],
)
def test_damaged_records(poison):
    comments = {"comments": [{"grade_id": "a", "text": "b"}]}
    record = {**RECORD, **comments, "manual_scores": {"test-output-size": 1}}
    count = 0
    for spoiled in spoil(record, poison):
        check_harmless(
            render_page(
                {"cells": [code(HIDDEN, **TEST)]}, spoiled, assignment="09_spatial"
            )
        )
        count += 1
    assert count > 40


def test_hostile_names():
    record = json.loads(json.dumps(RECORD).replace("ada", "<script>ada</script>"))
    page = page_of(record=record, assignment="<h1>&amp;")
    assert "Student <script>ada</script>" in page.text
    assert page.text.startswith("<h1>&amp;")


def test_values_that_are_not_what_they_should_be():
    assert [number(v) for v in (2, 2.5, "2", None, float("inf"), 10**400)] == [
        *(2, 2.5, 0, 0, 0, 0)
    ]
    assert [text(v) for v in ("a", ["a", 1, "b"], 5, None)] == ["a", "ab", "", ""]
    assert text("abc", 2) == "ab"
    assert line(" a\n\tb ") == "a b"
    assert len(line("x" * 1000)) == 600
    assert png(picture()) == picture()
    assert png(picture()[:24]) is None
    other = bytearray(base64.b64decode(picture()))
    other[0] = 0x88
    assert png(base64.b64encode(other).decode()) is None
    assert [png(v) for v in ("é", "====", "", "a", picture()[:-1])] == [None] * 5


def test_importing_costs_little():
    source = "import sys, proctor.feedback; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=True
    )
    heavy = {"nbgrader", "nbformat", "jinja2", "mistune", "pygments"}
    assert heavy & set(done.stdout.split()) == set()


# nbgrader's own pages.


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
