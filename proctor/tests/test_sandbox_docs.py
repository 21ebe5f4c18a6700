"""The page on security says what the list of system calls is."""

import re
from pathlib import Path

import pytest

from proctor.sandbox import calls, landlock, levels

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
pytestmark = pytest.mark.skipif(
    not PAGE.exists(), reason="the page belongs to the repository, not to proctor alone"
)
# What the filter adds by itself, see proctor.sandbox.seccomp and confine.
BESIDES = {"clone", "recvmsg"}


@pytest.fixture(scope="module")
def rows():
    """The table's rows: the calls' names, and the other columns."""
    text = (
        PAGE.read_text().partition("<!-- calls:")[2].partition("<!-- end of calls")[0]
    )
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(re.findall(r"`(\w+)`", first), rest) for first, *rest in cells]


def test_each_call_stands_once_in_the_table(rows):
    named = [name for names, _ in rows for name in names]
    listed = {
        *calls.ALLOWED,
        *calls.ALLOWED_WHERE,
        *calls.ON_ANY_FILE,
        *calls.SAID_DONE,
        *calls.SAID_AGAIN,
        *calls.SAID_MISSING,
        *calls.SAID_UNSUPPORTED,
        *BESIDES,
    }
    assert sorted(named) == sorted(listed)


def test_each_row_says_what_for_and_what_is_seen(rows):
    for names, (arguments, purpose, seen) in rows:
        assert arguments and purpose and seen, names


def test_what_is_counted_says_so(rows):
    counted = [names for names, (arguments, *_) in rows if "counted" in arguments]
    assert {n for names in counted for n in names} == {n for n, _ in calls.COUNTED}


def test_what_is_allowed_by_an_argument_does_not_say_any(rows):
    for names, (arguments, *_) in rows:
        if set(calls.ALLOWED_WHERE) & set(names):
            assert arguments != "any", names


def test_names_each_level_and_each_version_of_landlock():
    text = PAGE.read_text()
    assert all(f"`{level}`" in text for level in levels.LEVELS)
    for since, what in landlock.RIGHTS.items():
        assert re.search(rf"^\| {since} \(.*{what}", text, re.MULTILINE), what
