"""Submissions from git, Google Drive and Gradescope, and by nbgrader's zip_collect."""

import io
import zipfile

import pytest

from proctor.lms.collected import Collected
from proctor.lms.pack import Page, packed
from proctor.settings import Course
from proctor.tests import lms_files, tiny
from proctor.tests.commands import run as typed
from proctor.tests.lms_files import (
    canvas_zip,
    notebook,
    repository,
    submitted,
    words,
)

pytestmark = pytest.mark.slow


def test_repositories_by_their_addresses(course, tmp_path, warm_proctor):
    """https://git.test/ is this folder here, by git's own setting."""
    repository(tmp_path / "right", {"release/01_tiny/tiny.ipynb": notebook()})
    files = {"tiny.ipynb": notebook("0 * x"), "01_tiny/tiny.ipynb": notebook("2 * x")}
    repository(tmp_path / "two", files)
    repository(tmp_path / "several", {f"{n}/tiny.ipynb": b"{}" for n in "ab"})
    repository(tmp_path / "private", {"tiny.ipynb": notebook("x * 2")})
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/tiny.ipynb").symlink_to("/etc/passwd")
    repository(tmp_path / "linked", {"README.md": b"hello"})
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "file://{tmp_path}/"]\ninsteadOf = https://git.test/\n')
    lines = [
        "id,url",
        "all-right,https://git.test/right",
        "late-once,https://git.test/two",
        "handed-in-twice,https://git.test/several",
        f"never-came,file://{tmp_path}/private",
        "wrong-double,https://git.test/linked",
        "nobody,https://git.test/right",
    ]
    (course / "urls.csv").write_text("\n".join(lines))
    done = warm_proctor.run(
        course,
        *("collect", "urls.csv", tiny.NAME, "--from", "git"),
        env={"GIT_CONFIG_GLOBAL": str(config)},
    )
    said = words(done.output)
    assert done.status == 1, done.output
    assert "2 new" in said and "3 not taken" in said and "1 unknown" in said
    assert submitted(course) == {
        "all-right/01_tiny/tiny.ipynb": notebook(),
        "late-once/01_tiny/tiny.ipynb": notebook("2 * x"),
    }
    assert "several may be tiny.ipynb: a/tiny.ipynb, b/tiny.ipynb" in said
    # A path of this machine could be the instructor's own repository.
    assert "is no address as https://... or git@host:..." in said
    assert "no tiny.ipynb (there is: no notebook)" in said


def test_a_folder_of_drive(course, run):
    """As Google Forms and Classroom name files, and folders of students' own."""
    (course / "list.csv").write_text("id,email\nall-right,all-right@example.org\n")
    assert run("roster", "list.csv").status == 0
    files = {
        "Tiny/tiny - All Right.ipynb": notebook("1 * x"),
        "Tiny/Late Once - Copy of tiny.ipynb": notebook("2 * x"),
        "Tiny/tiny (1) - In Twice, Handed.ipynb": notebook("3 * x"),
        "Tiny/tiny - Nobody Known.ipynb": notebook(),
        "Tiny/never-came/Copy of tiny.ipynb": notebook("4 * x"),
        "Tiny/all-right@example.org/data.csv": b"1,2\n",
        "Tiny/Responses.csv": b"who,what\n",
    }
    lms_files.zipped(course / "Tiny-001.zip", files)
    done = run("collect", "Tiny-001.zip", tiny.NAME, "--from", "drive")
    said = words(done.output)
    assert done.status == 1
    assert "1 doubled" in said and "3 new" in said and "1 unknown" in said
    assert "Tiny/Responses.csv not taken" in said
    assert submitted(course) == {
        "late-once/01_tiny/tiny.ipynb": notebook("2 * x"),
        "handed-in-twice/01_tiny/tiny.ipynb": notebook("3 * x"),
        "never-came/01_tiny/tiny.ipynb": notebook("4 * x"),
    }
    # The second part of the download brings what is new, and nothing else.
    more = {
        "Tiny/tiny - Late Once.ipynb": notebook("2 * x"),
        "Tiny/tiny - In Twice, Handed.ipynb": notebook("30 * x"),
        "Tiny/tiny - All Right.ipynb": notebook("1 * x"),
    }
    lms_files.zipped(course / "Tiny-002.zip", more)
    done = run("collect", "Tiny-002.zip", tiny.NAME, "--from", "drive")
    assert done.status == 0
    said = words(done.output)
    assert "1 new" in said and "1 nothing new" in said and "1 handed in again" in said
    replaced = course / "collected/01_tiny/replaced/handed-in-twice/1/tiny.ipynb"
    assert replaced.read_bytes() == notebook("3 * x")


def test_a_file_in_ones_own_folder_of_drive_is_nobody_elses(course, run):
    """Whatever it is called there: also like another's."""
    files = {
        "Tiny/never-came/All Right - tiny.ipynb": notebook("4 * x"),
        "Tiny/Late Once/tiny - Late Once.ipynb": notebook("2 * x"),
        "Tiny/all-right/tiny.ipynb": notebook("1 * x"),
    }
    lms_files.zipped(course / "Tiny.zip", files)
    done = run("collect", "Tiny.zip", tiny.NAME, "--from", "drive")
    assert (done.status, "3 new" in done.output) == (0, True), done.output
    assert submitted(course) == {
        "all-right/01_tiny/tiny.ipynb": notebook("1 * x"),
        "late-once/01_tiny/tiny.ipynb": notebook("2 * x"),
        "never-came/01_tiny/tiny.ipynb": notebook("4 * x"),
    }


GRADESCOPE = """\
---
submission_11:
  :submitters:
  - :name: All Right
    :sid: '101'
    :email: all-right@example.org
  :created_at: 2026-11-28 08:30:00.123456789 Z
  :score: 3.0
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    tests: []
submission_12:
  :submitters:
  - :name: Late Once
    :sid:
  - :name: Handed In Twice
    :sid: handed-in-twice
  :created_at: 2026-11-28 10:00:00.000000000 +02:00
submission_13:
  :submitters:
  - :name: Nobody Known
    :sid: '777'
"""


def test_from_two_systems_both_origins_are_known(course, run):
    """One hands in the same in both, one another text in the second."""
    lms_files.plain_roster(course / "list.csv")
    run("roster", "list.csv")
    paths = [lms_files.canvas_zip(course / "c.zip")]
    paths.append(lms_files.moodle_zip(course / "m.zip"))
    for path in (*paths, *paths):
        assert run("collect", path, tiny.NAME).status == 0
    layout = Course.read(course).layout
    record = Collected(layout, tiny.NAME)
    pages = [Page(student, "tiny", "") for student in ("all-right", "late-once")]
    for system, names in (
        ("canvas", ["rightall_101_9001_tiny.html", "oncelate_LATE_102_9002_tiny.html"]),
        ("moodle", ["All Right_9101_assignsubmission_file/tiny.html",
                    "Late Once_9102_assignsubmission_file/tiny.html"]),
    ):  # fmt: skip
        data, number, left = packed(pages, record.students, system)
        assert (number, left) == (2, [])
        assert zipfile.ZipFile(io.BytesIO(data)).namelist() == names
    (page,), why = pages[:1], "collected from"
    assert packed([page], record.students, "gradescope")[2][0][1].startswith(why)
    # What the second system's file took the place of is kept.
    (kept,) = (course / "collected/01_tiny/replaced/late-once").iterdir()
    assert (kept / "tiny.ipynb").read_bytes() == notebook("2 * x")


def test_an_export_of_gradescope(course, run):
    place = "assignment_42_export"
    files = {
        f"{place}/submission_metadata.yml": GRADESCOPE.encode(),
        f"{place}/submission_11/tiny.ipynb": notebook("1 * x"),
        f"{place}/submission_12/tiny-1.ipynb": notebook("2 * x"),
        f"{place}/submission_13/tiny.ipynb": notebook(),
    }
    lms_files.zipped(course / "export.zip", files)
    done = run("collect", "export.zip", tiny.NAME)
    assert done.status == 1 and "3 new, 1 unknown" in words(done.output)
    # A group's submission is each one's; the time is in UTC.
    assert submitted(course) == {
        "all-right/01_tiny/tiny.ipynb": notebook("1 * x"),
        "all-right/01_tiny/timestamp.txt": b"2026-11-28 08:30:00 UTC\n",
        **{
            f"{student}/01_tiny/{name}": data
            for student in ("late-once", "handed-in-twice")
            for name, data in (
                ("tiny.ipynb", notebook("2 * x")),
                ("timestamp.txt", b"2026-11-28 08:00:00 UTC\n"),
            )
        },
    }
    again = run("collect", "export.zip", tiny.NAME)
    assert "3 nothing new, 1 unknown" in words(again.output)
    files[f"{place}/submission_metadata.yml"] = b"a: [b"
    lms_files.zipped(course / "bad.zip", files)
    done = run("collect", "bad.zip", tiny.NAME)
    assert done.status == 2 and done.output.count("\n") == 1
    assert "its submission_metadata.yml cannot be read" in done.output


def test_nbgraders_own_zip_collect(course):
    """The configuration names who reads the names of the systems."""
    config = course / "nbgrader_config.py"
    more = "import proctor.nbgrader\nproctor.nbgrader.install(c)\n"
    config.write_text(config.read_text() + more)
    place = course / "downloaded" / tiny.NAME / "archive"
    place.mkdir(parents=True)
    canvas_zip(place / "submissions.zip", nobodyknown_777_9009_tiny=b"{}")
    done = typed("nbgrader", "zip_collect", tiny.NAME, "--force", cwd=course)
    assert done.returncode == 0, done.stderr
    assert submitted(course) == {
        "all-right/01_tiny/tiny.ipynb": notebook(),
        "late-once/01_tiny/tiny.ipynb": notebook("2 * x"),
        "handed-in-twice/01_tiny/tiny.ipynb": notebook("x * 2"),
        "wrong-double/01_tiny/tiny.ipynb": notebook("3 * x"),
    }
