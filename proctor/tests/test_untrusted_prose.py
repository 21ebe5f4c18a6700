"""Prose of students in Formgrader, and on our pages: nothing in it runs or tells."""

import random
import re
import sys

import pytest

from proctor.feedback.markup import markdown_html
from proctor.tests.formgrader_html import FormgraderHtml, check_harmless, formgrader
from proctor.tests.hostile import FORMULAS, HOSTILE, SCRIPT, TARGETS
from proctor.tests.pages import markdown, page_of


@pytest.mark.parametrize("source", [*HOSTILE, *TARGETS], ids=ascii)
def test_no_target_but_the_web(source):
    check_harmless(formgrader(source))
    page_of(markdown(source))  # which checks it, too


@pytest.mark.parametrize("source", HOSTILE, ids=ascii)
def test_a_person_who_grades_sees_it_as_on_the_page(source):
    assert check_harmless(formgrader(source)).text == HOSTILE[source]


def test_no_target_but_the_web_however_it_is_put_together():
    chance = random.Random(1)
    pieces = ["[x]", "](", "]:", "]", "[", "(", ")", "!", "<", ">", "\\", "`", "$"]
    pieces += ["\n", "\n\n", "> ", "- ", "|", "|-|\n", "    ", "```", "*", "x", " "]
    pieces += ["\t", "'", "java", "script:", "https://a.example/", "#", "&#58;"]
    pieces += [SCRIPT, "mailto:", "attachment:", "\\href{", "$$", "\\\\[", "\\\\]"]
    pieces += ["\\begin{a}", "\\end{a}"]
    for _ in range(3000):
        text = "".join(chance.choices(pieces, k=chance.randint(2, 14)))
        seen = check_harmless(formgrader(text))
        assert not [formula for formula in seen.formulas if "\\href" in formula], text


SURROUNDINGS = [
    "${}$",
    "a ${}$ b",
    "$$\n{}\n$$",
    "a $$ {} $$ b",
    "\\\\({}\\\\)",
    "\\\\[\n{}\n\\\\]",
    "\\begin{{align*}}\n{}\n\\end{{align*}}",
    "- $$\n  {}\n  $$",
    "> ${}$",
    "|a|\n|-|\n|${}$|",
    "# ${}$",
    "*${}$*",
    "[${}$](https://example.org)",
    "{}",
    "&#36;{}&#36;",
    "`${}$`",
]


@pytest.mark.parametrize("around", SURROUNDINGS)
def test_a_formula_is_nothing_but_a_formula(around):
    for formula in FORMULAS:
        seen = check_harmless(formgrader(around.format(formula)))
        assert seen.formulas == []
        coded = formula.replace("\\", "&#92;")
        seen = check_harmless(formgrader(around.format(coded)))
        commands = re.findall(r"\\([A-Za-z]+)", " ".join(seen.formulas))
        assert set(commands) <= {"begin", "end"}  # of what stands around it


@pytest.mark.parametrize(
    "source, formula",
    [
        ("with $i<n$ steps", "$i<n$"),
        ("with $ x $ steps", "$ x $"),
        (r"$\frac{a_1 * b_1}{\text{if } x < 1}$", None),
        (r"$a_{[0]}(b)$, not $5", "$a_{[0]}(b)$"),
        (r"$x = \left\{ y \right. \label{a}$", None),
        ("$$\nx\n$$", None),
        ("so $$x^2$$ it is", "$$x^2$$"),
        ("- so\n\n  $$\n  x\n  $$\n", "$$\nx\n$$"),
        ("> $$x$$", "$$x$$"),
        ("\\\\(x_1 * y * z\\\\)", "\\(x_1 * y * z\\)"),
        ("\\\\[\nx = \\\\\n_1\n\\\\]", "\\[\nx = \\\\\n_1\n\\]"),
        ("\\begin{align}\na &= b \\\\\n=\n\\end{align}", None),
        (r"$5\$ + 3\$$", None),
    ],
)
def test_honest_formulas_are_set(source, formula):
    formula = source if formula is None else formula
    seen = check_harmless(formgrader(source))
    assert seen.formulas == [formula]
    assert " ".join(formula.split()) in seen.text
    assert " ".join(formula.split()) in page_of(markdown(source)).text


@pytest.mark.parametrize(
    "source",
    ["$5 and $6", "`$x$`", "```\n$x$\n```", "    $x$", r"\$x\$", "cost $5", "$`x`$"],
)
def test_what_is_no_formula_is_left_alone(source):
    assert check_harmless(formgrader(source)).formulas == []


def test_what_is_harmless_stays():
    source = (
        "# One\n\nSee [a](https://example.org/?a=1&b=2), [b](mailto:a@example.org), "
        "[c](#top), [d][d] and <https://example.org>: `w[0](x)` $a_{[0]}$\n\n"
        "[d]: https://example.org/d\n\n```python\nx[1:]  # if a < b\n```\n"
    )
    seen = check_harmless(formgrader(source))
    assert [a["href"] for a in seen.all("a")] == [
        "https://example.org/?a=1&b=2",
        "mailto:a@example.org",
        "#top",
        "https://example.org/d",
        "https://example.org",
    ]
    assert seen.text == (
        "One See a, b, c, d and https://example.org: w[0](x) $a_{[0]}$ x[1:] # if a < b"
    )
    assert "h1" in [tag for tag, _ in seen.elements]
    # Python in a block is coloured as in a cell.
    assert {"class": "c1"} in seen.all("span")


def test_it_stays_readable_and_is_not_escaped_twice():
    source = (
        "I chose `a < b` and `List<int>`, $i<n$, see [x](javascript:alert(1)) &amp; "
        "<b>this</b>.\n\n```\nif a<b: print(d['k'](1))\n```\n"
    )
    seen = (
        "I chose a < b and List<int>, $i<n$, see x & <b>this</b>. "
        "if a<b: print(d['k'](1))"
    )
    assert page_of(markdown(source)).text.endswith(seen)
    assert check_harmless(formgrader(source)).text == seen


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
    assert html.startswith("<div ") and '">\n<pre>' in html[:80]
    assert html.count("<") == 4  # nothing but the block
    assert FormgraderHtml(html).text == " ".join(source.split())
    if len(source) <= 20_000:
        assert re.fullmatch(r"<pre>[^<]*</pre>", markdown_html(source))


# Formulas that begin and do not end, or end in each other.
BEGINNINGS = ["$", "$\\$", "$`", "$ $1", "\\$$", "$a", "`$", "\\$"]
CLOSERS = ["$", "$$", "\\$", "`", "$`", "\n"]


def calls_in(source):
    """Return how many calls a cell takes in Formgrader and on a page."""
    calls = 0

    def count(_frame, event, _what):
        nonlocal calls
        calls += event in ("call", "c_call")

    def show(source):
        formgrader(source)
        page_of(markdown(source))

    show("What is made once, before the first cell, does not count.")
    source += "\n\nNot seen before."
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        show(source)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("name", [n for n in SLOW if n != "long"])
def test_what_would_take_long_is_not_taken_apart(name):
    source = SLOW[name][:19_900]
    # Plain text takes some fourteen calls a character; these, without bounds, six and
    # more, of which some read all the rest.
    assert calls_in(source) < 2 * len(source)


@pytest.mark.parametrize("piece", BEGINNINGS)
def test_beginnings_of_formulas_take_few_calls_a_character(piece):
    source = (piece * 19_900)[:19_900]
    assert calls_in(source) < 100 * len(source)
    # Nor does one of these calls read far: what ends a formula does not end it there.
    for closer in CLOSERS:
        seen = FormgraderHtml(formgrader((piece * 200)[:200] + closer))
        assert all(len(formula) < 20 for formula in seen.formulas)


def test_all_prose_of_a_notebook_together_is_bounded():
    html = formgrader(*["*a* " * 4000] * 40)
    assert 10 < html.count("<pre>") < 40


HINTS = (
    "<details>\n<summary>Hints for <code>conv2d-forward</code></summary>\n\n"
    "1. Use `x` <b>.\n2. {}\n\n</details>"
)


def test_a_cell_that_is_one_block_of_details_is_folded():
    seen = check_harmless(formgrader(HINTS.format("And more.")))
    assert [tag for tag, _ in seen.elements] == [
        *("div", "details", "summary", "code", "ol", "li", "code", "li")
    ]
    page = page_of(markdown(HINTS.format("And more.")))
    assert len(page.all("details")) == len(page.all("summary")) == 1
    assert page.text.endswith("Hints for conv2d-forward Use x <b>. And more.")


def test_whoever_wrote_it_and_however():
    source = (
        "\n<details> <summary>a &lt; b &amp; <code>List&lt;int&gt;</code>, "
        '<code>"x"</code>\n</summary>\n*So* it is. [x](javascript:a)</details>\n\n'
    )
    for html in (formgrader(source), markdown_html(source)):
        assert html.count("<details><summary>") == html.count("<em>So</em>") == 1
    seen = check_harmless(formgrader(source))
    assert seen.text == 'a < b & List<int>, "x" So it is. x'


@pytest.mark.parametrize(
    "source",
    [
        HINTS.format("x").replace("<details>", "<details open ontoggle=alert(1)>"),
        HINTS.format("x").replace("conv2d-forward", "<img src=x onerror=alert(1)>"),
        HINTS.format("x").replace("</summary>", "<script>alert(1)</script></summary>"),
        HINTS.format("x").replace("<code>", "<code onclick=alert(1)>"),
        HINTS.format("x").replace("<code>", "<b>"),
        "x\n" + HINTS.format("x"),
        HINTS.format("x") + "<script>",
    ],
)
def test_no_other_cell_is_folded(source):
    assert check_harmless(formgrader(source)).all("details") == []
    assert page_of(markdown(source)).all("details") == []


def test_what_is_folded_holds_no_more_than_other_prose():
    source = HINTS.format(f"</details><script> [x]({SCRIPT}) <details>")
    seen = check_harmless(formgrader(source))
    assert len(seen.all("details")) == 1
    page = page_of(markdown(source))
    assert len(page.all("details")) == 1
    assert "</details><script> [x](javascript:alert(1)) <details>" in page.text
