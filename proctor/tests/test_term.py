"""A small class's term: what goes out to Canvas and Moodle."""

import csv
import io
import shutil
import sqlite3
import zipfile

import pytest

from proctor.tests import canvas_server, lms_files, tiny
from proctor.tests.commands import run as run_program
from proctor.tests.lms_files import canvas_export, notebook

pytestmark = pytest.mark.slow


def words(output: str) -> str:
    """Return what a table says, with its lines joined."""
    return " ".join(output.split())


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def course(tmp_path, graded_term):
    return shutil.copytree(graded_term, tmp_path / "course")


def test_a_gradebook_that_the_roster_begins_is_nbgraders(tmp_path, warm_proctor):
    folders = tmp_path / "nbgraders", tmp_path / "by the roster"
    for folder in folders:
        folder.mkdir()
        tiny.course(folder, bugs=[], variants="")
    generate = "nbgrader", "generate_assignment", tiny.NAME, "--force"
    done = run_program(*generate, cwd=folders[0])
    assert done.returncode == 0, done.stderr
    listed = lms_files.plain_roster(folders[1] / "l.csv")
    warm_proctor.run(folders[1], "roster", listed)
    query = "select type, name, sql from sqlite_master order by type, name"
    found = []
    for folder in folders:
        with sqlite3.connect(folder / "gradebook.db") as database:
            tables = [
                (kind, name, " ".join((sql or "").replace(";", "").split()))
                for kind, name, sql in database.execute(query)
            ]
            version = database.execute("select * from alembic_version").fetchall()
            found.append((tables, version))
    assert found[0] == found[1]


def test_marks_of_all_as_a_table(course, run):
    done = run("export", "csv", "--tasks", "--out", "all.csv")
    assert (done.status, done.output) == (
        1,  # somebody has to look at one
        "3 graded, 1 needs attention, 1 absent; in all.csv\n",
    )
    header, *lines = rows((course / "all.csv").read_text())
    found = {line[1]: dict(zip(header, line, strict=True)) for line in lines}
    assert (
        found["late-once"]
        | {
            "score": "3",
            "raw_score": "4",
            "late_penalty": "1",
            "01_tiny: double": "4",
            "01_tiny: total": "0",
            "handed_in_utc": "2026-11-02 12:00:00",
        }
        == found["late-once"]
    )
    assert found["all-right"]["score"] == found["all-right"]["raw_score"] == "4"
    assert found["wrong-double"]["score"] == "1"
    # Neither is a zero.
    assert (found["handed-in-twice"]["status"], found["handed-in-twice"]["score"]) == (
        "needs attention",
        "",
    )
    note = "not graded: proctor autograde grades it, or says why not"
    assert found["handed-in-twice"]["note"] == note
    assert (found["never-came"]["status"], found["never-came"]["score"]) == (
        "absent",
        "",
    )
    assert found["never-came"]["due_utc"] == "2026-11-08 22:59:00"
    run("export", "csv", tiny.NAME, "--zero-if-absent", "--out", "all.csv")
    header, *lines = rows((course / "all.csv").read_text())
    zero = {line[1]: line[6] for line in lines}
    assert (zero["never-came"], zero["handed-in-twice"]) == ("0", "")
    # The earlier table is kept.
    assert "01_tiny: total" in (course / "all.1.csv").read_text()


def read_by_canvas(text: str) -> tuple[str, dict[str, str]]:
    """Return what Canvas's importer takes out of a file, by its own rules.

    The header: Student, ID, then SIS User ID and SIS Login ID, Section last; all below
    is a student but the rows of points and of posting.
    """
    header, *lines = rows(text)
    assert "Student" in header[0] and "ID" in header[1]
    assert header[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
    (column,) = header[5:]
    scores = {}
    for line in lines:
        if "Points Possible" in line[0]:
            assert float(line[5]) == 7
        elif not all(cell in ("", "Manual Posting") for cell in line):
            scores[line[1]] = line[5]
    return column, scores


def test_canvas_takes_its_own_export_with_the_marks(course, run):
    before = {"never-came": "EX", "handed-in-twice": "2.50"}
    canvas_export(course / "now.csv", before)
    done = run("export", "canvas", tiny.NAME, "--roster", "now.csv")
    assert done.status == 1, done.output
    text = (course / "grades-01_tiny-canvas.csv").read_text()
    column, scores = read_by_canvas(text)
    assert column == "01_tiny (78)"
    assert scores == {
        "101": "4.00",
        "102": "3.00",
        "103": "2.50",  # as Canvas had it: an empty cell would take it away
        "104": "EX",
        "105": "1.00",
        "199": "",
    }
    said = words(done.output)
    assert "handed-in-twice needs attention: not graded: proctor autograde" in said
    assert "never-came EX in the sheet: stays" in said
    assert "marks: 3, in '01_tiny (78)'" in said
    # Back again: the roster's own people, each in the same row.
    again = rows((course / "now.csv").read_text())
    assert [line[:5] for line in rows(text)] == [line[:5] for line in again]


@pytest.mark.parametrize(
    "change, options, said",
    [
        (("7.00", "100.00"), (), "has 100 points, the assignment 7"),
        (("01_tiny (78)", "Homework 1 (78)"), (), "no column is called '01_tiny'"),
        (("Essay (77)", "01_tiny again (77)"), ("--column", "tiny"), "2 columns are"),
        (("Student,ID", "Name,Number"), (), "is no roster"),
    ],
)
def test_a_sheet_that_does_not_fit_is_one_line(course, run, change, options, said):
    text = canvas_export(course / "now.csv").read_text().replace(*change)
    (course / "now.csv").write_text(text)
    done = run("export", "canvas", tiny.NAME, "--roster", "now.csv", *options)
    assert done.status == 2 and said in done.output
    assert done.output.count("\n") == 1
    assert not (course / "grades-01_tiny-canvas.csv").exists()


def test_points_are_stretched_where_this_is_asked_for(course, run):
    text = canvas_export(course / "now.csv").read_text().replace("7.00", "100.00")
    (course / "now.csv").write_text(text)
    run(
        "export",
        "canvas",
        tiny.NAME,
        "--roster",
        "now.csv",
        "--scale",
        "--out",
        "o.csv",
    )
    lines = {line[1]: line[5] for line in rows((course / "o.csv").read_text())}
    assert lines["101"] == f"{400 / 7:.2f}"


def test_moodle_takes_its_own_worksheet_with_the_marks(course, run):
    lms_files.plain_roster(course / "list.csv")  # Canvas does not say e-mail addresses
    run("roster", "list.csv")
    sheet = lms_files.moodle_worksheet(course / "w.csv")
    done = run("export", "moodle", tiny.NAME, "--roster", "w.csv", "--zero-if-absent")
    assert done.status == 1, done.output
    header, *lines = rows((course / "grades-01_tiny-moodle.csv").read_text())
    # The three that Moodle's importer looks for, and all as it was but the grades.
    assert {"Identifier", "Grade", "Last modified (grade)"} <= {*header}
    grade = header.index("Grade")
    assert {line[1]: line[grade] for line in lines} == {
        "All Right": "4.00",
        "Late Once": "3.00",
        "Handed In Twice": "",
        "Never Came": "0.00",
        "Wröng Double": "1.00",
    }
    for line in lines:
        line[grade] = ""
    assert [header, *lines] == rows(sheet.read_text())
    done = run("export", "canvas", tiny.NAME, "--roster", "w.csv")
    assert done.status == 2 and "is no export of Canvas" in done.output


def test_what_waits_for_a_person_goes_out_when_it_is_graded(course, run):
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("""
            update grade set needs_manual_grade = 1 where id in (
                select grade.id from grade
                join submitted_notebook n on n.id = grade.notebook_id
                join submitted_assignment a on a.id = n.assignment_id
                join base_cell c on c.id = grade.cell_id
                where a.student_id = 'all-right' and c.name = 'test-total')
        """)
    run("export", "csv", tiny.NAME, "--out", "o.csv")
    line = next(line for line in rows((course / "o.csv").read_text()) if "All" in line)
    assert line[5:7] == ["waits for a person", ""]
    assert line[-1] == "total"
    run("export", "csv", tiny.NAME, "--partial", "--out", "p.csv")
    line = next(line for line in rows((course / "p.csv").read_text()) if "All" in line)
    assert line[6] == "4"


def test_a_submission_that_came_after_grading_has_no_mark(course, run):
    new = {"rightall_101_9020_tiny-1.ipynb": notebook("x * 2")}
    lms_files.zipped(course / "t.zip", new)
    run("collect", "t.zip", tiny.NAME)
    run("export", "csv", tiny.NAME, "--out", "o.csv")
    line = next(line for line in rows((course / "o.csv").read_text()) if "All" in line)
    assert line[5:7] == ["needs attention", ""]
    assert line[-1] == "changed since it was graded: run proctor autograde"


def test_pages_go_back_as_canvas_and_moodle_named_them(course, run):
    done = run("feedback", tiny.NAME, "--for", "canvas")
    assert done.status == 1, done.output
    assert "handed-in-twice needs attention" in words(done.output)
    with zipfile.ZipFile(course / "feedback-01_tiny-canvas.zip") as packed:
        # User and file are the first two parts that are digits alone.
        assert {
            tuple(part for part in name.split("_") if part.isdigit())
            for name in packed.namelist()
        } == {("101", "9001"), ("102", "9002"), ("105", "9005")}
        page = packed.read("doublewröng_105_9005_tiny.html").decode()
    assert "wrong-double" in page and "negative numbers" in page
    assert "Rubric(" not in page  # no hidden test
    done = run("feedback", tiny.NAME, "--for", "moodle")
    assert done.status == 2 and "collected from Canvas" in words(done.output)


def test_pages_for_moodle_lie_in_the_folders_of_its_archive(course, run):
    # The same files, from Moodle: what is graded stays so.
    shutil.rmtree(course / "collected")
    files = {
        f"{first} {last}_9{number}_assignsubmission_file/tiny.ipynb": path.read_bytes()
        for student, first, last, number in lms_files.CLASS
        if (path := course / "submitted" / student / tiny.NAME / tiny.FILE).exists()
    }
    done = run("collect", lms_files.zipped(course / "m.zip", files), tiny.NAME)
    assert "4 nothing new" in done.output, done.output
    # A comment by hand, since: the page has it.
    with sqlite3.connect(course / "gradebook.db") as database:
        database.execute("update comment set manual_comment = 'well seen'")
    done = run("feedback", tiny.NAME, "--for", "moodle", "--out", "f.zip")
    with zipfile.ZipFile(course / "f.zip") as packed:
        assert sorted(packed.namelist()) == [
            f"{first} {last}_9{number}_assignsubmission_file/tiny.html"
            for student, first, last, number in sorted(
                lms_files.CLASS, key=lambda one: f"{one[1]} {one[2]}"
            )
            if student not in ("never-came", "handed-in-twice")
        ]
        pages = [packed.read(name).decode() for name in packed.namelist()]
    assert all("well seen" in page for page in pages)


def test_canvas_by_its_api(course, warm_proctor):
    """Marks and pages go there; what a person has to decide does not."""
    users = [
        {"id": int(number), "login_id": student, "name": f"{first} {last}"}
        for student, first, last, number in lms_files.CLASS
    ]
    state = canvas_server.State(users)
    state.scores[101], state.scores[102] = 1.0, 3.0
    state.excused.add(105)

    def run(*options: str, token: str = canvas_server.TOKEN) -> tuple[int, str]:
        done = warm_proctor.run(
            course,
            *("canvas", tiny.NAME, "--url", url, "--course", "5", *options),
            env={"CANVAS_TOKEN": token},
        )
        assert canvas_server.TOKEN not in done.output
        return done.status, words(done.output)

    with canvas_server.canvas(state) as url:
        # Nothing is sent before it was shown.
        status, said = run()
        assert status == 1 and "all-right 1 4" in said, said
        assert "1 marks would change" in said and state.scores[101] == 1
        assert not [one for one in state.asked if not one.startswith("GET")]

        status, said = run("--send", "--pages")
        assert status == 1  # somebody has to look at one
        assert "1 marks sent" in said and "3 pages sent, 0 were there" in said
        assert "wrong-double excused in Canvas" in said
        assert "handed-in-twice needs attention" in said
        # No mark is made up: these had none, and have none.
        assert state.scores == {101: 4, 102: 3, 103: None, 104: None, 105: None}
        assert sorted(state.pages) == [101, 102, 105]
        ((name, page),) = state.pages[101]
        assert name == "tiny.html" and b"double" in page

        # The same again: nothing changes, and no page goes twice.
        status, said = run("--send", "--pages", "--zero-if-absent")
        assert "never-came - 0" in said and "1 marks sent" in said
        assert "0 pages sent, 3 were there" in said
        assert state.scores[104] == 0 and len(state.pages[101]) == 1

        state.fails = "The job was cancelled"
        state.scores[101] = 1.0
        status, said = run("--send")
        assert status == 2 and "did not enter the marks: The job was cancelled" in said
        state.points = 10.0
        status, said = run()
        assert status == 2 and "has 10 points in Canvas, the assignment 7" in said
        assert "all-right 1 5.71" in run("--scale")[1]
        for options, token, wanted in (
            (["--column", "Essays"], canvas_server.TOKEN, "no assignment is called"),
            ([], "another", "refuses the token in CANVAS_TOKEN"),
            ([], "", "no token: put one into the environment as CANVAS_TOKEN"),
            (["--course", "6"], canvas_server.TOKEN, "has no such course"),
            (["--url", "http://example.org"], "x", "the token goes by https alone"),
        ):
            status, said = run(*options, token=token)
            assert status == 2 and wanted in said, said
    status, said = run()
    assert status == 2 and "cannot be reached" in said
