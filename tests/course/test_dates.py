"""The date that students read is the one that the gradebook gets."""

import pytest

from course.dates import due_of
from course.insertions import links_cell
from course.project import CourseError, Project

HEAD = "assignment,student,due\n"
OWN = "09_spatial,doe42,2026-10-08 23:59 Europe/Berlin\n"


@pytest.fixture
def project(tmp_path):
    settings = "[DEFAULT]\nuser = u\nrepo = r\nbranch = main\ngit_url = https://g/u/r\n"
    (tmp_path / "settings.ini").write_text(settings)
    return Project(tmp_path)


@pytest.mark.parametrize(
    "text, due",
    [
        (None, ""),
        (HEAD + OWN, ""),  # a student's own is not for the others
        (
            HEAD + OWN + "09_spatial,,2026-10-01 23:59 Europe/Berlin\n",
            "2026-10-01, 23:59 (Europe/Berlin)",
        ),
        ("\ufeffDue;Assignment\n2026-10-01T08:00:00 UTC;09_spatial\n", "2026-10-01, "),
        (HEAD + "09_spatial,,none\n18_acceleration,,x\n", ""),
    ],
)
def test_everybodys_date(project, text, due):
    if text is not None:
        (project.root / "dates.csv").write_text(text)
    found = due_of(project, "09_spatial")
    assert found == due or (due.endswith(", ") and found == f"{due}08:00 (UTC)")


def test_students_read_it_in_the_first_lines(project):
    line, empty, due = links_cell(project, "n.ipynb", "tomorrow").splitlines()
    assert line == links_cell(project, "n.ipynb") and not empty
    assert due == "**Due: tomorrow**, unless you were given another date."


@pytest.mark.parametrize(
    "text, said",
    [
        ("assignment;until\na;b\n", "lacks a column: wanted assignment, student"),
        (HEAD + "09_spatial,,1.10.2026\n", "row 2: '1.10.2026' is no moment: write"),
    ],
)
def test_what_says_no_date_is_one_line(project, text, said):
    (project.root / "dates.csv").write_text(text)
    with pytest.raises(CourseError, match=said):
        due_of(project, "09_spatial")
