"""A class's list, as the systems and spreadsheets write it, into the gradebook."""

import sqlite3

import pytest

from proctor.tests import lms_files


def students(course) -> dict[str, tuple]:
    query = "select id, first_name, last_name, email, lms_user_id from student"
    with sqlite3.connect(course / "gradebook.db") as database:
        return {row[0]: row[1:] for row in database.execute(query)}


def test_a_canvas_export_is_a_roster(course, run):
    found = students(course)
    assert found["handed-in-twice"] == ("Handed", "In Twice", None, "103")
    assert "test" not in str(found).lower()
    again = run("roster", "export.csv").output
    assert "0 new, 0 changed, 5 as they were; in the gradebook alone: 0" in again
    assert "left out: Student, Test: Canvas's own, no student" in again


def test_a_moodle_worksheet_adds_what_it_knows_and_takes_nobody_out(course, run):
    path = lms_files.moodle_worksheet(course / "worksheet.csv")
    done = run("roster", path)
    # Its ids are addresses: other students for the gradebook.
    assert "5 new" in done.output and "in the gradebook alone: 5" in done.output
    both = f"{lms_files.mail('all-right')} of all-right"
    assert f"new, with a name that was there: {both}" in done.output
    assert students(course)[lms_files.mail("all-right")][:2] == ("All", "Right")
    assert len(students(course)) == 10
    # Who has an address of somebody there is somebody there.
    address = lms_files.mail("all-right").upper()
    (course / "third.csv").write_text(f"id,email\nthird,{address}\n")
    done = run("roster", "third.csv")
    assert done.status == 2 and f"both have the address {address})" in done.output
    assert len(students(course)) == 10


@pytest.mark.parametrize(
    "text, said",
    [
        ("a,b\n1,2\n", "is no roster: wanted Canvas's gradebook export"),
        ("id,email\n../up,x\n", "row 2, column 'id': the id '../up' cannot name a"),
        ("id,email\nab,x\nAB,y\n", "row 3, column 'id': 'AB' stands in row 2 too"),
        ("id,email\nab,x\n,y\n", "not everybody has an entry in a column of id"),
        ("id,lms_user_id\nother,101\n", "calls 'other' who is 'all-right'"),
        ("id\n", "is no CSV file with a header of several columns"),
    ],
)
def test_no_roster_is_one_line(course, run, text, said):
    (course / "bad.csv").write_text(text)
    before = students(course)
    done = run("roster", "bad.csv")
    assert done.status == 2 and said in done.output
    assert done.output.count("\n") == 1
    assert students(course) == before


def test_a_spreadsheet_with_semicolons_and_a_mark(course, run):
    text = "id;first_name;last_name\nnew-one;Nêw;One\n"
    (course / "list.csv").write_bytes(text.encode("utf-8-sig"))
    assert "1 new" in run("roster", "list.csv").output
    assert students(course)["new-one"][0] == "Nêw"
