"""What the class earned, and what else happened while it was graded."""

import functools
import html
import json
import re
from html.parser import HTMLParser

import pytest
from spatial_points import BY_HAND

from redteam.checks import all_hold
from redteam.one_class import SECRET, as_shown
from redteam.submission import REACHED, SUBMISSIONS, hidden_line
from redteam.variants import (
    LATE,
    LITTLE_OF_THE_JAIL,
    OF_THE_JAIL,
    RUNS,
    VARIANTS,
    part_of,
)

MEGABYTE = 1 << 20
LONG = 1 << 15
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SHOWN = {"text/plain", "image/png"}
FORBIDDEN_TAGS = {"script", "iframe", "object", "embed", "base", "applet", "frame"}
CASES = [
    pytest.param(variant, name, id=f"{variant}-{name!a}")
    for variant in RUNS
    for name, submission in SUBMISSIONS.items()
    if variant.grades(submission)
]
of_each_run = pytest.mark.parametrize("variant", RUNS, ids=str)
of_each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


def built(variant):
    """Return the students whom this variant graded, by the names of the results."""
    return {as_shown(n) for n, s in SUBMISSIONS.items() if variant.grades(s)}


class Found:
    """What a run made of one submission; each of its files is read once."""

    def __init__(self, graded, name: str) -> None:
        self.expected = SUBMISSIONS[name]
        self.submission = graded.submission(name)
        self.recorded = graded.grades.get(as_shown(name), {})
        self.size = graded.sizes.get(name, 0)
        self.notebook, self.page = graded.autograded(name), graded.page(name)
        cells = json.loads(self.notebook)["cells"] if self.notebook else []
        self.outputs = [o for cell in cells for o in cell.get("outputs", [])]
        self.scores = {c["grade_id"]: c["score"] for c in self.submission["cells"]}


def earns_no_more_than_it_did(one: Found):
    submission = one.submission
    assert submission["status"] in ("graded", "needs_attention")
    for cell in submission["cells"]:
        most = one.expected.earns.get(cell["grade_id"], 0)
        assert 0 <= cell["score"] <= most, cell
        assert cell["max_score"] == (one.expected.points | BY_HAND)[cell["grade_id"]]
    total = sum(c["score"] for c in submission["cells"])
    assert submission["score"] == pytest.approx(total)
    if submission["status"] == "needs_attention":
        assert submission["message"]


def earns_all_that_it_did(one: Found):
    """Honest work, in any shape, gets full marks."""
    if not one.expected.exact:
        return
    assert one.submission["status"] == "graded", one.submission["message"]
    right = one.expected.points | dict.fromkeys(BY_HAND, 0)
    assert one.scores == right, one.submission["cells"]


def gradebook_says_the_same(one: Found):
    if one.submission["status"] == "graded":
        assert one.recorded == pytest.approx(one.scores)
    else:
        assert sum(one.recorded.values()) <= one.submission["score"]


def reached_nothing(one: Found):
    """No report of success, no secret, no hidden test in what is kept or shown."""
    for shown in (json.dumps(one.outputs), one.page):
        assert REACHED not in shown, _line_with(REACHED, shown)
        assert SECRET not in shown
        assert "LEAKED-INPUT" not in shown, _line_with("LEAKED-INPUT", shown)
        assert "SHADOWED" not in shown
        assert "daemon:x:" not in shown
    assert hidden_line() not in _plain(one.page)


def graded_notebook_is_small_and_harmless(one: Found):
    if not one.notebook:
        assert one.submission["status"] == "needs_attention"
        return
    assert len(one.notebook.encode()) < 5 * MEGABYTE + 2 * one.size
    for output in one.outputs:
        assert set(output.get("data", {})) <= SHOWN


def feedback_page_is_harmless(one: Found):
    assert one.page or one.submission["status"] == "needs_attention"
    assert len(one.page.encode()) < 20 * MEGABYTE + 4 * one.size
    assert problems_of(one.page) == []


HOLDS = (
    earns_no_more_than_it_did,
    earns_all_that_it_did,
    gradebook_says_the_same,
    reached_nothing,
    graded_notebook_is_small_and_harmless,
    feedback_page_is_harmless,
)


@pytest.mark.parametrize(("variant", "name"), CASES)
def test_submission(graded, variant, name):
    """What holds for each submission; a failure says whose it is, and what."""
    all_hold(f"{name!a} ({variant})", HOLDS, Found(graded, name))


class _Page(HTMLParser):
    """Collects what a browser would run, or fetch."""

    def __init__(self):
        super().__init__(convert_charrefs=False)
        self.problems = []

    def handle_starttag(self, tag, attributes):
        if tag in FORBIDDEN_TAGS:
            self.problems.append(f"<{tag} {attributes}>")
        for name, value in attributes:
            value = re.sub(r"[\x00-\x20]", "", value or "").lower()
            refresh = tag == "meta" and name == "http-equiv" and "refresh" in value
            if name.startswith("on") or name == "srcdoc" or refresh:
                self.problems.append(f"<{tag} {name}={value!r}>")
            if value.startswith(("javascript:", "vbscript:", "data:text/html")):
                self.problems.append(f"<{tag} {name}={value!r}>")
            if name in ("src", "href", "action") and "redteam.example" in value:
                self.problems.append(f"<{tag} {name}={value!r}>")


def problems_of(page: str) -> list[str]:
    """Return what a page must not hold.

    Most lines of a page are those of every other, so that each is parsed once: where
    the parser has read to the end of a line and waits for the end of nothing, the next
    line is read as if it were the first.
    """
    problems, piece = [], ""
    for line in page.splitlines(keepends=True):
        piece += line
        read = _read_piece_once if len(piece) < LONG else _read_piece
        whole, found = read(piece)
        if whole:
            problems += found
            piece = ""
    return problems + _read_piece(piece)[1]


def _read_piece(piece: str) -> tuple[bool, list[str]]:
    """Return whether the parser is done with it, and what it must not hold."""
    reader = _Page()
    reader.feed(piece)
    whole = not reader.rawdata and reader.cdata_elem is None
    if not whole:
        reader.close()
    return whole, reader.problems


_read_piece_once = functools.lru_cache(maxsize=1 << 16)(_read_piece)


PAGE = """<p class="x"
onclick="f()">
<!-- <script> in a comment
is none --> <b>text</b> a < b && c &amp; d
<style>
p { color: red } <script>
</style><a href="  JAVA
script:x">
<ScRiPt
>f()</script>
<img srcdoc="<p
>" src='https://redteam.example/a'"""


def test_a_page_in_pieces_is_read_as_a_whole_one_is():
    whole = _Page()
    whole.feed(PAGE)
    whole.close()
    assert len(whole.problems) == 3
    assert problems_of(PAGE) == whole.problems
    assert problems_of(f"<p>\n{PAGE}>\n</p>") == [
        *whole.problems,
        "<img srcdoc='<p>'>",
        "<img src='https://redteam.example/a'>",
    ]


def _plain(page: str) -> str:
    """Return a page's text, its tags left out and its entities read."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def _line_with(word: str, text: str) -> str:
    at = text.find(word)
    return text[max(0, at - 100) : at + 300]


@of_each_run
def test_run_ends(graded):
    """Where somebody needs attention, the run went on to the end."""
    found = {one["status"] for one in graded.results["submissions"]}
    assert graded.status == int("needs_attention" in found), graded.stderr
    assert graded.memory_mb < 3 * 1024
    assert "Traceback" not in graded.stderr, graded.stderr


@of_each_run
def test_nobody_is_lost(graded, variant):
    students = [s["student"] for s in graded.results["submissions"]]
    assert sorted(students) == sorted(built(variant))
    assert graded.results["sandbox"] == variant.level


@of_each_run
def test_no_process_survives(graded):
    assert graded.survivors == []


@of_each_run
def test_nobody_called(graded):
    """No submission came to a listener of the harness."""
    assert graded.contacts == []


@of_each_run
def test_course_is_as_it_was(graded):
    assert _changes(graded.before, graded.after) == []


@of_each_run
def test_home_is_as_it_was(graded):
    """But for the caches of libraries that the grader itself uses."""
    changes = _changes(graded.home_before, graded.home_after)
    assert [c for c in changes if not c.split(" ", 1)[1].startswith(".cache")] == []


@of_each_run
def test_nothing_is_left_elsewhere(graded):
    assert graded.left_in_tmp == []
    assert graded.left_elsewhere == []


@of_each_run
def test_graded_folders_hold_no_links(graded):
    """What was handed in as a link is no copy of its target, and no link."""
    for stage in ("autograded", "feedback"):
        for path in (graded.course / stage).rglob("*"):
            inside = path.relative_to(graded.course / stage)
            assert not path.is_symlink(), inside
            assert path.is_file() or path.is_dir(), inside
            if path.is_file() and path.stat().st_size < MEGABYTE:
                text = path.read_bytes()
                assert b"daemon:x:" not in text, inside
                assert SECRET.encode() not in text, inside
                assert not text.startswith(b"SQLite format 3"), inside


@of_each_run
def test_terminal_shows_plain_text(graded):
    assert not CONTROL.search(graded.stdout), CONTROL.search(graded.stdout)
    assert not CONTROL.search(graded.stderr), CONTROL.search(graded.stderr)
    assert "REDTEAM-TITLE" not in graded.stdout or "\x1b" not in graded.stdout


@of_each_variant
def test_random_numbers_differ(graded):
    """Processes forked from one parent do not draw the same."""
    drawn = [
        re.search(r"DRAWN (\S+) (\S+) \S+ (\S+?)\\n", graded.autograded(name)).groups()
        for name in ("guesses-random-numbers", "guesses-again")
    ]
    assert not set(drawn[0]) & set(drawn[1])


def _changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    new = [f"new: {path}" for path in sorted(after.keys() - before.keys())]
    gone = [f"gone: {path}" for path in sorted(before.keys() - after.keys())]
    both = sorted(before.keys() & after.keys())
    changed = [f"changed: {path}" for path in both if before[path] != after[path]]
    return [*new, *gone, *changed]


def test_one_variant_grades_all():
    everybody = {as_shown(name) for name in SUBMISSIONS}
    of_parts = {name for run in RUNS if run.part for name in built(run)}
    assert any(built(variant) | of_parts == everybody for variant in VARIANTS)
    assert all("m-neighbour" in built(variant) for variant in VARIANTS)


@of_each_variant
def test_each_variant_grades_all_families_of_the_jail(variant):
    graded = {s.family for s in SUBMISSIONS.values() if variant.grades(s)}
    assert graded >= {*OF_THE_JAIL, *LITTLE_OF_THE_JAIL}


def test_beside_honest_work_each_level_has_some_that_run_into_a_limit():
    for level in {variant.level for variant in VARIANTS}:
        at_it = [variant for variant in VARIANTS if variant.level == level]
        graded = [s for s in SUBMISSIONS.values() if any(v.grades(s) for v in at_it)]
        assert sum(one.slow for one in graded) >= 2
        assert sum(one.exact for one in graded) > 9
    late = [one for one in SUBMISSIONS.values() if part_of(one) == LATE]
    assert len(late) > 9 and not any(one.exact for one in late)


def test_each_level_has_all_that_depends_on_the_jail():
    for level in {variant.level for variant in VARIANTS}:
        at_it = [variant for variant in VARIANTS if variant.level == level]
        for name, one in SUBMISSIONS.items():
            if one.family in OF_THE_JAIL and not (one.slow or one.alike):
                assert any(variant.grades(one) for variant in at_it), (level, name)
