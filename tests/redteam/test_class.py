"""What the class earned, and what else happened while it was graded."""

import html
import json
import re
from html.parser import HTMLParser

import pytest

from redteam.conftest import SECRET, VARIANTS, as_shown
from redteam.submission import BY_HAND, POINTS, REACHED, SUBMISSIONS, hidden_line

MEGABYTE = 1 << 20
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
SHOWN = {"text/plain", "image/png"}
FORBIDDEN_TAGS = {"script", "iframe", "object", "embed", "base", "applet", "frame"}
CASES = [
    pytest.param(variant, name, id=f"{variant}-{name!a}")
    for variant in VARIANTS
    for name, submission in SUBMISSIONS.items()
    if variant.grades(submission)
]
of_each_submission = pytest.mark.parametrize(("variant", "name"), CASES)
of_each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=str)


def built(variant):
    """Return the students whom this variant graded, by the names of the results."""
    return {as_shown(n) for n, s in SUBMISSIONS.items() if variant.grades(s)}


@of_each_submission
def test_earns_no_more_than_it_did(graded, name):
    expected = SUBMISSIONS[name]
    found = graded.submission(name)
    assert found["status"] in ("graded", "needs_attention")
    for cell in found["cells"]:
        most = expected.earns.get(cell["grade_id"], 0)
        assert 0 <= cell["score"] <= most, cell
        assert cell["max_score"] == (POINTS | BY_HAND)[cell["grade_id"]]
    assert found["score"] == pytest.approx(sum(c["score"] for c in found["cells"]))
    if found["status"] == "needs_attention":
        assert found["message"]


@of_each_submission
def test_earns_all_that_it_did(graded, name):
    """Honest work, in any shape, gets full marks."""
    if not SUBMISSIONS[name].exact:
        return
    found = graded.submission(name)
    assert found["status"] == "graded", found["message"]
    scores = {cell["grade_id"]: cell["score"] for cell in found["cells"]}
    assert scores == POINTS | dict.fromkeys(BY_HAND, 0), found["cells"]


@of_each_submission
def test_gradebook_says_the_same(graded, name):
    found = graded.submission(name)
    recorded = graded.grades.get(as_shown(name), {})
    scores = {cell["grade_id"]: cell["score"] for cell in found["cells"]}
    if found["status"] == "graded":
        assert recorded == pytest.approx(scores)
    else:
        assert sum(recorded.values()) <= found["score"]


@of_each_submission
def test_reached_nothing(graded, name):
    """No report of success, no secret, no hidden test in what is kept or shown."""
    for text in (graded.autograded(name), graded.page(name)):
        shown = json.dumps(_outputs(text)) if text.startswith("{") else text
        assert REACHED not in shown, _line_with(REACHED, shown)
        assert SECRET not in shown
        assert "LEAKED-INPUT" not in shown, _line_with("LEAKED-INPUT", shown)
        assert "SHADOWED" not in shown
        assert "daemon:x:" not in shown
    assert hidden_line() not in _plain(graded.page(name))


@of_each_submission
def test_graded_notebook_is_small_and_harmless(graded, name):
    text = graded.autograded(name)
    if not text:
        assert graded.submission(name)["status"] == "needs_attention"
        return
    assert len(text.encode()) < 5 * MEGABYTE + 2 * graded.sizes.get(name, 0)
    for output in _outputs(text):
        assert set(output.get("data", {})) <= SHOWN


@of_each_submission
def test_feedback_page_is_harmless(graded, name):
    page = graded.page(name)
    found = graded.submission(name)
    assert page or found["status"] == "needs_attention"
    assert len(page.encode()) < 20 * MEGABYTE + 4 * graded.sizes.get(name, 0)
    reader = _Page()
    reader.feed(page)
    assert not reader.problems


class _Page(HTMLParser):
    """Collects what a browser would run, or fetch."""

    def __init__(self):
        super().__init__()
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


def _outputs(text: str) -> list[dict]:
    notebook = json.loads(text) if text else {"cells": []}
    return [o for cell in notebook["cells"] for o in cell.get("outputs", [])]


def _plain(page: str) -> str:
    """Return a page's text, its tags left out and its entities read."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def _line_with(word: str, text: str) -> str:
    at = text.find(word)
    return text[max(0, at - 100) : at + 300]


@of_each_variant
def test_run_ends(graded):
    """Somebody needs attention; the run went on to the end."""
    assert graded.status == 1, graded.stderr
    assert graded.memory_mb < 3 * 1024
    assert "Traceback" not in graded.stderr, graded.stderr


@of_each_variant
def test_nobody_is_lost(graded, variant):
    students = [s["student"] for s in graded.results["submissions"]]
    assert sorted(students) == sorted(built(variant))
    assert graded.results["sandbox"] == variant.level


@of_each_variant
def test_no_process_survives(graded):
    assert graded.survivors == []


@of_each_variant
def test_nobody_called(graded):
    """No submission came to a listener of the harness."""
    assert graded.contacts == []


@of_each_variant
def test_course_is_as_it_was(graded):
    assert _changes(graded.before, graded.after) == []


@of_each_variant
def test_home_is_as_it_was(graded):
    """But for the caches of libraries that the grader itself uses."""
    changes = _changes(graded.home_before, graded.home_after)
    assert [c for c in changes if not c.split(" ", 1)[1].startswith(".cache")] == []


@of_each_variant
def test_nothing_is_left_elsewhere(graded):
    assert graded.left_in_tmp == []
    assert graded.left_elsewhere == []


@of_each_variant
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


@of_each_variant
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
    assert any(len(built(variant)) == len(SUBMISSIONS) for variant in VARIANTS)
    assert all("m-neighbour" in built(variant) for variant in VARIANTS)
