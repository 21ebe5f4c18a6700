"""Prose of students, as nbconvert renders it on the instructor's server, and we do."""

import json
import random
import re
import time
from html import unescape

import pytest
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from proctor.feedback.markup import markdown_html
from proctor.notebook.write import make_inert
from proctor.tests.hostile import HOSTILE
from proctor.tests.pages import Elements, markdown, page_of

SCRIPT = "javascript:alert(1)"
# Ways to write a link or a picture that leads where none may.
TARGETS = [
    f"[x]({SCRIPT})",
    f"[x]( {SCRIPT})",
    f"[x](\n{SCRIPT})",
    f"[x](<{SCRIPT}>)",
    f"[x]( <{SCRIPT}> 'title')",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\\javascript\\:alert(1))",
    "[x](JAVA&Tab;SCRIPT:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:a)",
    "[x](//example.org)",
    "[x](../../api/contents)",
    "[x](/files/javascript:alert(1))",
    f"![x]({SCRIPT})",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](/logout)",
    f"[![x](https://example.org/a.png)]({SCRIPT})",
    f"[x]\n\n[x]: {SCRIPT}",
    f"[x][y]\n\n[y]:\n  {SCRIPT}",
    f"[x][]\n\n[x]: <{SCRIPT}> 'title'",
    f"![x][y]\n\n> [y]: {SCRIPT}",
    f"- [y]: {SCRIPT}\n\n[y]",
    f"<{SCRIPT}>",
    f"<JavaScript:{SCRIPT}>",
    f"[[x]({SCRIPT})](https://example.org)",
    f"[a](https://example.org)]({SCRIPT})",
    f"[`]({SCRIPT})`]({SCRIPT})",
    f"$[x]({SCRIPT})$ and $$[x]({SCRIPT})$$",
    f"|[x]({SCRIPT})|\n|-|\n|[x\\|]({SCRIPT})|",
    f"# [x]({SCRIPT})",
    f"term [x]({SCRIPT})\n: [x]({SCRIPT})",
    f"- [ ] ({SCRIPT}) [ ]({SCRIPT})",
    f"~~[x]({SCRIPT})~~ **[x]({SCRIPT})**",
    "&lt;a href=javascript:alert(1)&gt;",
    f"<https://example.org onclick='{SCRIPT}'>",
    "```mermaid\nclick A href 'javascript:alert(1)'\n```",
    "~~~ \u00a0Mermaid\nclick A href 'javascript:alert(1)'\n~~~",
]


def formgrader(*sources, kind="markdown"):
    """Return the HTML that formgrader's exporter makes of graded cells."""
    cells = [{"cell_type": kind, "metadata": {}, "source": s} for s in sources]
    make_inert({"cells": cells})
    return "\n".join(markdown2html_mistune(cell["source"]) for cell in cells)


def check_harmless(html):
    seen = Elements(html)
    for tag, attributes in seen.elements:
        assert tag.isalnum() and tag not in ("script", "style", "iframe", "svg"), html
        assert not [name for name in attributes if name.startswith("on")], html
        for name in ("href", "src"):
            target = attributes.get(name, "#")
            assert re.match(r"https?://|mailto:|#", target), (target, html)
    assert 'class="mermaid"' not in html.lower()
    return seen


@pytest.mark.parametrize("source", [*HOSTILE, *TARGETS], ids=ascii)
def test_no_target_but_the_web(source):
    source = source.replace("\ud800", "")
    check_harmless(formgrader(source))
    page_of(markdown(source))  # which checks it, too


def test_no_target_but_the_web_however_it_is_put_together():
    chance = random.Random(1)
    pieces = [
        "[x]",
        "](",
        "]:",
        "]",
        "[",
        "(",
        ")",
        "!",
        "<",
        ">",
        "\\",
        "`",
        "$",
        "\n",
    ]
    pieces += [SCRIPT, "java", "script:", "https://a.example/", "#", "&#58;", "mailto:"]
    pieces += [
        "\n\n",
        "> ",
        "- ",
        "|",
        "|-|\n",
        "    ",
        "```",
        "*",
        "x",
        " ",
        "\t",
        "'",
    ]
    for _ in range(3000):
        text = "".join(chance.choices(pieces, k=chance.randint(2, 14)))
        check_harmless(formgrader(text))


@pytest.mark.parametrize("command", ["\\href", "\\\\href", "&#92;href", "\\&#x68;ref"])
def test_no_link_in_a_formula(command):
    html = formgrader(f"$x^2$ and $\\color{{red}}{{{command}{{{SCRIPT}}}{{x}}}}$")
    outside = re.sub(r"<pre>.*?</pre>", "", unescape(html), flags=re.DOTALL)
    assert "\\href" not in outside


def test_what_is_harmless_stays():
    source = (
        "See [a](https://example.org/?a=1&b=2), [b](mailto:a@example.org), [c](#top), "
        "[d][d] and <https://example.org>: `w[0](x)` $a_{[0]}$\n\n"
        "[d]: https://example.org/d\n\n```python\nx[1:]\n```\n"
    )
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    make_inert({"cells": [cell]})
    assert cell["source"] == source.replace("w[0](x)", "w[0] (x)")


def test_it_stays_readable_and_is_not_escaped_twice():
    source = "I chose `a < b`, see [x](javascript:alert(1)) &amp; <b>this</b>."
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    make_inert({"cells": [cell]})
    again = json.loads(json.dumps(cell))
    make_inert({"cells": [again]})
    assert again == cell
    seen = "I chose a < b, see [x] (javascript:alert(1)) & <b>this</b>."
    assert page_of(cell).text.endswith(seen)


def test_prose_of_the_assignment_is_left_alone():
    metadata = {"nbgrader": {"locked": True, "solution": False}}
    cell = {"cell_type": "markdown", "metadata": metadata, "source": "<b>x</b>"}
    make_inert({"cells": [cell]})
    assert cell["source"] == "<b>x</b>"
    # A locked answer is a student's all the same.
    metadata["nbgrader"]["solution"] = True
    make_inert({"cells": [cell]})
    assert cell["source"] == "&lt;b>x&lt;/b>"


SLOW = {
    "a table in every line": "[a](<|a|\n|-|\n" * 1427,
    "a table that fails in its last line": "a|b\n-|-\n" + "a|\n-|\n" * 3000,
    "rows without text": "'~~" + "||-|-\n" * 3000,
    "formulas that never end": "\\\\[" * 6000,
    "environments that never end": "\\begin{a}" * 2200,
    "long": "word " * 5000,
}


@pytest.mark.parametrize("source", SLOW.values(), ids=SLOW)
def test_what_would_take_long_is_shown_as_it_is(source):
    html = formgrader(source)
    assert html.startswith("<pre><code>")
    assert html.count("<") == 4  # nothing but the block
    if len(source) <= 20_000:
        assert re.fullmatch(r"<pre>[^<]*</pre>", markdown_html(source))


def seconds_of(sources):
    """Return the processor time that cells take in Formgrader and on a page."""
    start = time.process_time()
    formgrader(*sources)
    page_of(*map(markdown, sources))
    return time.process_time() - start


def test_many_slow_cells_take_little():
    sources = [source[:19_980] for source in SLOW.values()] * 10
    plain = [("Some *words* and a bit of `code` in a sentence. " * 500)[:19_980]]
    # As long as as much of plain text; without bounds it is some 300 times as long.
    assert seconds_of(sources) < 20 * seconds_of(plain * len(sources))
    # All prose of a notebook together is bounded as well.
    html = formgrader(*["*a* " * 4000] * 40)
    assert 10 < html.count("<pre>") < 40


def test_hidden_tags_of_a_raw_cell():
    cell = {"cell_type": "raw", "metadata": {}, "source": "<https://x onclick=a><b>"}
    make_inert({"cells": [cell]})
    assert cell["source"] == "&lt;https://x onclick=a>&lt;b>"


HINTS = (
    "<details>\n<summary>Hints for <code>conv2d-forward</code></summary>\n\n"
    "1. Use `x` <b>.\n2. {}\n\n</details>"
)


def test_the_hints_of_the_course_are_folded():
    html = formgrader(HINTS.format("And more."))
    seen = check_harmless(html)
    assert [tag for tag, _ in seen.elements] == [
        *("details", "summary", "code", "ol", "li", "code", "li")
    ]
    page = page_of(markdown(HINTS.format("And more.")))
    assert len(page.all("details")) == len(page.all("summary")) == 1
    assert page.text.endswith("Hints for conv2d-forward Use x <b>. And more.")


@pytest.mark.parametrize(
    "source",
    [
        HINTS.format("x").replace("<details>", "<details open ontoggle=alert(1)>"),
        HINTS.format("x").replace("conv2d-forward", "<img src=x onerror=alert(1)>"),
        HINTS.format("x").replace("</summary>", "<script>alert(1)</script></summary>"),
        "x\n" + HINTS.format("x"),
        HINTS.format("x") + "<script>",
    ],
)
def test_no_other_hints_are(source):
    assert "details" not in [tag for tag, _ in Elements(formgrader(source)).elements]
    assert page_of(markdown(source)).all("details") == []


def test_hints_hold_no_more_than_other_prose():
    source = HINTS.format(f"</details><script> [x]({SCRIPT}) <details>")
    seen = check_harmless(formgrader(source))
    assert len(seen.all("details")) == 1
    page = page_of(markdown(source))
    assert len(page.all("details")) == 1
    assert f"[x] ({SCRIPT})" in page.text or "x" in page.text
