"""Submissions by which one student could have the others' not collected, or as theirs.

What lies in an archive or a repository is called by students, and so are they.
"""

import subprocess

import pytest

from proctor.tests import lms_files, tiny
from proctor.tests.lms_files import notebook, repository, submitted, words
from proctor.tests.test_collect_others import GRADESCOPE

pytestmark = pytest.mark.slow
MOODLE = "{}_assignsubmission_file"


def test_a_students_file_is_not_gradescopes_list(course, run):
    """It would say whose the files of others are, and when they were handed in."""
    claims = f"{MOODLE.format('Wröng Double_9105')}:\n"
    claims += "  :submitters: [{:name: Late Once}]\n  :created_at: 2020-01-01\n"
    name = f"{MOODLE.format('Late Once_9102')}/submission_metadata.yml"
    lms_files.moodle_zip(course / "m.zip", **{name: claims.encode()})
    done = run("collect", "m.zip", tiny.NAME)
    assert (done.status, "4 new" in done.output) == (0, True), done.output
    assert not [name for name in submitted(course) if name.endswith("timestamp.txt")]
    place = "assignment_42_export"
    files = {
        f"{place}/submission_metadata.yml": GRADESCOPE.encode(),
        f"{place}/submission_11/tiny.ipynb": notebook("1 * x"),
        f"{place}/submission_11/submission_metadata.yml": claims.encode(),
        f"{place}/submission_12/tiny.ipynb": notebook("2 * x"),
    }
    lms_files.zipped(course / "export.zip", files)
    done = run("collect", "export.zip", tiny.NAME)
    assert "3 handed in again" in done.output, done.output
    stamp = course / "submitted/all-right/01_tiny/timestamp.txt"
    assert stamp.read_text() == "2026-11-28 08:30:00 UTC\n"


@pytest.mark.parametrize("name", ["2026-99-99", "0b_", "1:90", "~", "<<", "=", "no"])
def test_a_name_that_could_be_something_else_is_a_name(course, run, name):
    said = GRADESCOPE.replace("Nobody Known", name).replace("'777'", name)
    files = {
        "e/submission_metadata.yml": said.encode(),
        **{f"e/submission_{n}/tiny.ipynb": notebook() for n in (11, 13)},
    }
    lms_files.zipped(course / "export.zip", files)
    done = run("collect", "export.zip", tiny.NAME)
    assert (done.status, "1 new, 1 unknown" in done.output) == (1, True), done.output


def test_whose_number_is_anothers_than_the_address_is_nobody(course, run):
    """Their own number is what students have entered in Gradescope."""
    lms_files.plain_roster(course / "list.csv")
    run("roster", "list.csv")
    said = GRADESCOPE.replace("sid: '101'", "sid: '102'")
    files = {"submission_metadata.yml": said.encode()}
    files["submission_11/tiny.ipynb"] = notebook()
    lms_files.zipped(course / "export.zip", files)
    done = run("collect", "export.zip", tiny.NAME)
    assert (done.status, submitted(course)) == (1, {})
    said = "its number is one's and its address another's: late-once and all-right"
    assert said in words(done.output)


def test_what_no_disk_takes_costs_its_own_student_alone(course, run):
    """A path of four thousand bytes, and a folder where our file is to be."""
    lms_files.plain_roster(course / "list.csv")
    run("roster", "list.csv")
    lms_files.moodle_worksheet(course / "w.csv")
    late, other, third = (
        MOODLE.format(one)
        for one in ("Late Once_9102", "Wröng Double_9105", "All Right_9101")
    )
    more = {
        f"{late}/{'/'.join(['b' * 200] * 21)}/data.csv": b"1",
        f"{other}/{'c/' * 400}data.csv": b"1",
        f"{third}/TimeStamp.txt/data.csv": b"1",
        f"{third}/timestamp.txt/data.csv": b"1",
    }
    lms_files.moodle_zip(course / "m.zip", **more)
    options = "--worksheet", "w.csv", "--zone", "Europe/Berlin"
    done = run("collect", "m.zip", tiny.NAME, *options)
    said = words(done.output)
    assert (done.status, "2 new, 2 not taken" in said) == (1, True), done.output
    assert "data.csv: has a path of more than 1000 bytes" in said
    assert "data.csv: lies in more than 30 folders" in said
    assert "TimeStamp.txt left out: a student's says no time" in said
    stamp = course / "submitted/all-right/01_tiny/timestamp.txt"
    assert stamp.read_text() == "2026-11-28 13:42:00 UTC\n"


def test_folders_that_hold_each_other_cost_their_own_student(
    course, tmp_path, warm_proctor
):
    """Ten files, in ten folders of one content, in ten of one content: 10 ** 12."""
    bomb, kind, entry = tmp_path / "bomb", "blob", "100644"
    repository(bomb, {"tiny.ipynb": notebook()})
    repository(tmp_path / "right", {"tiny.ipynb": notebook()})

    who = ["-c", "user.name=test", "-c", "user.email=test@localhost"]

    def git(*arguments, said=""):
        done = subprocess.run(
            ["git", *who, *arguments],
            input=said,
            capture_output=True,
            text=True,
            cwd=bomb,
            check=True,
        )
        return done.stdout.strip()

    content = git("rev-parse", "HEAD:tiny.ipynb")
    for _ in range(12):
        lines = [f"{entry} {kind} {content}\tname-{n}\n" for n in range(10)]
        content = git("mktree", said="".join(lines))
        kind, entry = "tree", "040000"
    commit = git("commit-tree", content, "-m", "all")
    git("update-ref", "HEAD", commit)
    config = tmp_path / "gitconfig"
    config.write_text(f'[url "file://{tmp_path}/"]\ninsteadOf = https://git.test/\n')
    urls = "all-right,https://git.test/right\nlate-once,https://git.test/bomb\n"
    (course / "urls.csv").write_text(f"id,url\n{urls}")
    done = warm_proctor.run(
        course,
        *("collect", "urls.csv", tiny.NAME, "--from", "git"),
        env={"GIT_CONFIG_GLOBAL": str(config)},
    )
    assert (done.status, "1 new, 1 not taken" in done.output) == (1, True), done.output
    assert "too large: more than 16 MB" in words(done.output)
