"""What students chose, in files that spreadsheets open: shown, and not obeyed."""

import csv
import io

import pytest

from proctor.gradebook.marks import Mark
from proctor.gradebook.people import Person
from proctor.lms.grades import Wish
from proctor.lms.pushes import Push, table_of
from proctor.lms.table import marks_table
from proctor.text import for_spreadsheet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(1+1)", "'@SUM(1+1)"),
        ("-2+3", "'-2+3"),
        (" +1", "' +1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("ab\u202ecd", "ab?cd"),
        ("Anna-Lena; M. = N.", "Anna-Lena; M. = N."),
    ],
)
def test_a_text_that_a_spreadsheet_shows(text, shown):
    assert for_spreadsheet(text) == shown


def test_a_table_of_marks_has_no_formula_of_a_students():
    """Students choose their names in a course's system; a number stays one."""
    person = Person("=1", "=cmd|' /C calc'!A0", "@SUM(1+1)", "-2+3")
    mark = Mark(person, "graded", 10, note="=1+1", score=-1.5, raw=0)
    table = marks_table([("01_tiny", mark)], Wish())
    row = next(csv.DictReader(io.StringIO(table)))
    texts = [row[key] for key in ("student_id", "first_name", "last_name", "email")]
    assert texts == ["'=1", "'=cmd|' /C calc'!A0", "'@SUM(1+1)", "'-2+3"]
    assert row["note"] == "'=1+1" and row["score"] == "-1.5"


def test_a_table_of_pushes_has_none_either():
    push = Push("=1", "abc", why_not="=HYPERLINK(1)")
    _, line = table_of([push], {"=1": "https://x"}).decode().splitlines()
    assert line.split("\t") == ["'=1", "https://x", "abc", "", "", "'=HYPERLINK(1)"]
