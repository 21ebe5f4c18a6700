"""Feedback pages: what a submission cannot make them do."""

import base64
import copy
import json
import re

import pytest

from proctor.feedback import render_page
from proctor.feedback.untrusted import line, number, png, text
from proctor.feedback.untrusted import picture as picture_of
from proctor.tests.hostile import CELLS, HOSTILE, OUTPUTS
from proctor.tests.pages import (
    HIDDEN,
    RECORD,
    TEST,
    check_harmless,
    code,
    drawn,
    markdown,
    page_of,
    picture,
    printed,
    render,
    shown,
)


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


def test_the_pixels_of_a_page_are_bounded():
    """Each is within its own bounds, and takes a browser hundreds of megabytes."""
    large = picture(9_000, 5_000)
    pasted = markdown("![a](attachment:a) ![b](attachment:a)", a={"image/png": large})
    page = page_of(
        pasted,
        code("", shown(image_png=large), printed("all"), shown(image_png=large)),
        code("", shown(image_png=picture(2_000, 2_000))),
    )
    assert [image["alt"] for image in page.all("img")] == [
        "a",
        "b",
        "picture printed by cell 3",
    ]
    assert page.text.count("A picture is not shown: it, or all on this page") == 2
    page = page_of(*[pasted] * 2)
    assert len(page.all("img")) == 2
    assert "[picture, not shown for its size: b]" in page.text


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


def test_what_is_a_jpeg():
    def is_jpeg(content):
        return picture_of("image/jpeg", base64.b64encode(content).decode()) is not None

    def frame(height, width, marker=0xC0):
        sides = height.to_bytes(2) + width.to_bytes(2)
        return bytes([0xFF, marker]) + b"\0\x11\x08" + sides + b"\3" + bytes(9)

    start, table = b"\xff\xd8", b"\xff\xdb\0\x04ab"
    assert is_jpeg(base64.b64decode(drawn("jpeg")))
    for marker in (0xC0, 0xC1, 0xC2, 0xCF):
        assert is_jpeg(start + table + frame(1, 10_000, marker))
    assert is_jpeg(start + b"\xff\xff" + table + frame(10_000, 1))  # it fills up
    for content in (
        start + table + frame(10_001, 1),
        start + table + frame(1, 10_001),
        start + table + frame(1, 1)[:8],
        start + table + b"\xff\xc4\0\2" * 20,  # no frame at all
        start + b"\xff\xda\0\x04ab" + frame(1, 1),  # pixels before their frame
        start + b"\xff\xd8" + frame(1, 1),
        start + b"\xff\xdb\0\0" + frame(1, 1),
        start + b"\xff\xdb\xff\xff" + frame(1, 1),
        start + table + b"<script>" + frame(1, 1),
        b"<script>" + start + frame(1, 1),
        start,
        b"",
    ):
        assert not is_jpeg(content)
