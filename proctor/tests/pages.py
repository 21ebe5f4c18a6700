"""Feedback pages as tests look at them, and notebooks to make them of."""

import base64
import io
import re
import struct
import zlib
from html.parser import HTMLParser

from PIL import Image

from proctor.feedback import render_page

INLINE = {"a", "b", "code", "del", "em", "span", "strong"}
EMPTY = {"br", "hr", "img", "meta"}
TAGS = INLINE | EMPTY
TAGS |= {"html", "head", "title", "style", "body", "header", "main", "div", "p", "pre"}
TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li"}
TAGS |= {"dl", "dt", "dd", "table", "thead", "tbody", "tr", "th", "td"}
TAGS |= {"details", "summary"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id"}
ATTRIBUTES |= {"href", "rel", "src", "alt", "scope", "start", "aria-hidden"}
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SIGNATURES = {"png": SIGNATURE, "jpeg": b"\xff\xd8\xff"}


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

    def handle_startendtag(self, tag, attrs):
        assert tag in EMPTY
        self.handle_starttag(tag, attrs)

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


def drawn(kind="png", colour="tomato", width=160, height=60):
    """Return the base64 of a picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


# The one style of ours: what is inside stays inside.
WITHIN = {"class": "tex2jax_ignore", "style": "contain: content; overflow: auto"}


def check_elements(elements, classes=r"[a-z -]+"):
    """Look at each element and attribute: none but these can do no harm."""
    for tag, attributes in elements:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES | {"style"}, (tag, attributes)
        if "style" in attributes:
            assert (tag, attributes) == ("div", WITHIN)
        if "href" in attributes:
            assert re.match(r"https?://|mailto:|#", attributes["href"])
        if "id" in attributes:
            assert re.fullmatch(r"cell-\d+", attributes["id"])
        if "class" in attributes:
            assert re.fullmatch(classes, attributes["class"])
        if "src" in attributes:
            found = re.fullmatch("data:image/(png|jpeg);base64,(.*)", attributes["src"])
            assert tag == "img" and found, (tag, attributes)
            content = base64.b64decode(found[2], validate=True)
            assert content.startswith(SIGNATURES[found[1]])


def check_harmless(html):
    """Return the page, after looking at each element and attribute in it."""
    page = Page(html)
    check_elements(page.elements)
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


def markdown(source, **attachments):
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    return cell | ({"attachments": attachments} if attachments else {})


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


def hidden_lines(notebook):
    """Return the lines of the hidden tests that stand nowhere else, nor in others."""
    hidden, open_ = [], []
    for cell in notebook["cells"]:
        inside = False
        for source in "".join(cell["source"]).splitlines():
            inside = inside or "BEGIN HIDDEN TESTS" in source
            (hidden if inside else open_).append(source.strip())
            inside = inside and "END HIDDEN TESTS" not in source
    shown = "\n".join(open_)
    return {source for source in hidden if len(source) > 20 and source not in shown}
