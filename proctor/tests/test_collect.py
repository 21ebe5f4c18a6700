"""Rosters, dates and archives of submissions, by the commands that read them."""

import csv
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile

import pytest

from proctor.errors import GradingError
from proctor.lms import archive
from proctor.lms.names import plain_stem
from proctor.tests import lms_files, tiny
from proctor.tests.lms_files import canvas_export, canvas_zip, moodle_zip, notebook


@pytest.fixture(scope="module")
def enrolled(tmp_path_factory, warm_proctor):
    """A course whose class is in the gradebook, by Canvas's list; to be copied."""
    folder = tiny.course(tmp_path_factory.mktemp("enrolled"))
    canvas_export(folder / "export.csv")
    done = warm_proctor.run(folder, "roster", "export.csv")
    assert (done.status, done.output.count(" new")) == (0, 6), done.output
    return folder


@pytest.fixture
def course(tmp_path, enrolled):
    return shutil.copytree(enrolled, tmp_path / "course")


@pytest.fixture
def run(course, warm_proctor):
    return lambda *arguments: warm_proctor.run(course, *arguments)


def students(course) -> dict[str, tuple]:
    query = "select id, first_name, last_name, email, lms_user_id from student"
    with sqlite3.connect(course / "gradebook.db") as database:
        return {row[0]: row[1:] for row in database.execute(query)}


def submitted(course) -> dict[str, bytes]:
    folder = course / "submitted"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def words(output: str) -> str:
    """Return what a table says, with its lines joined."""
    return " ".join(output.split())


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
    assert students(course)[lms_files.mail("all-right")][:2] == ("All", "Right")
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


def test_canvas_submissions_are_put_in_their_places(course, run):
    more = {
        "nobodyknown_777_9009_tiny.ipynb": notebook(),
        "rightall_101_9010_data.csv": b"1,2\n",
        "rightall_101_9011_timestamp.txt": b"2000-01-01",
    }
    done = run("collect", canvas_zip(course / "s.zip", **more), tiny.NAME)
    assert done.status == 1  # somebody is not known
    said = words(done.output)
    assert "4 new, 1 unknown; 1 late" in said
    assert "late-once oncelate new, late late, says Canvas, without a time" in said
    assert "handed in again: tiny-1.ipynb" in said
    assert "handed in again: tiny (1).ipynb" in said
    assert "timestamp.txt left out: a student's says no time" in said
    assert "nothing in the archive of 1: never-came" in said
    assert submitted(course) == {
        "all-right/01_tiny/data.csv": b"1,2\n",
        "all-right/01_tiny/tiny.ipynb": notebook(),
        "handed-in-twice/01_tiny/tiny.ipynb": notebook("x * 2"),
        "late-once/01_tiny/tiny.ipynb": notebook("2 * x"),
        "wrong-double/01_tiny/tiny.ipynb": notebook("3 * x"),
    }


def test_a_second_collection_brings_what_is_new_and_keeps_what_was(course, run):
    first = canvas_zip(course / "first.zip")
    run("collect", first, tiny.NAME)
    before = submitted(course)
    assert "4 nothing new; 1 late" in run("collect", first, tiny.NAME).output
    # Somebody mended one by hand: the same archive does not undo it.
    by_hand = course / "submitted/late-once/01_tiny/tiny.ipynb"
    by_hand.write_bytes(b"mended")
    assert "4 nothing new" in run("collect", first, tiny.NAME).output
    assert by_hand.read_bytes() == b"mended"
    later = {
        "rightall_LATE_101_9020_tiny-1.ipynb": notebook("x * 2"),
        "oncelate_LATE_102_9002_tiny.ipynb": notebook("2 * x"),
        "camenever_104_9021_tiny.ipynb": notebook(),
    }
    lms_files.zipped(course / "second.zip", later)
    done = run("collect", "second.zip", tiny.NAME)
    said = words(done.output)
    assert "1 handed in again, 1 nothing new, 1 new; 2 late" in said
    kept = course / "collected/01_tiny/replaced/all-right/1/tiny.ipynb"
    assert kept.read_bytes() == before["all-right/01_tiny/tiny.ipynb"]
    now = submitted(course)
    assert now["all-right/01_tiny/tiny.ipynb"] == notebook("x * 2")
    assert now["never-came/01_tiny/tiny.ipynb"] == notebook()
    # The first archive again, by mistake: the later submission stays.
    done = run("collect", first, tiny.NAME)
    assert "a later one was collected before" in words(done.output)
    assert submitted(course) == now


def test_moodle_by_names_and_by_worksheet(course, run):
    path = moodle_zip(course / "m.zip")
    done = run("collect", path, tiny.NAME)
    assert (done.status, "4 new; 0 late" in done.output) == (0, True), done.output
    # With the worksheet it is known when, too.
    lms_files.plain_roster(course / "list.csv")
    run("roster", "list.csv")
    lms_files.moodle_worksheet(course / "w.csv")
    options = "--worksheet", "w.csv", "--zone", "Europe/Berlin"
    done = run("collect", path, tiny.NAME, *options)
    assert "4 nothing new" in done.output, done.output
    stamp = course / "submitted/wrong-double/01_tiny/timestamp.txt"
    assert stamp.read_text() == "2026-11-28 13:42:00 UTC\n"


@pytest.mark.parametrize(
    "prefix", ["{}_assignsubmission_file_/", "{}_assignsubmission_file_"]
)
def test_moodle_of_other_versions(course, run, prefix):
    name = prefix.format("Wröng Double_5")
    lms_files.zipped(course / "m.zip", {f"{name}tiny.ipynb": notebook()})
    assert "1 new" in run("collect", "m.zip", tiny.NAME).output
    record = json.loads((course / "collected/01_tiny/record.json").read_text())
    assert record["students"]["wrong-double"]["prefix"] == name


def test_two_of_one_name_are_told_apart_by_the_worksheet_alone(course, run):
    rows = [["id", "first_name", "last_name", "email"]]
    rows += [[f"same-{n}", "One", "Name", f"same-{n}@example.org"] for n in (1, 2)]
    with (course / "two.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    run("roster", "two.csv")
    files = {
        f"One Name_{n}_assignsubmission_file/tiny.ipynb": notebook(f"{n} * x")
        for n in (1, 2)
    }
    lms_files.zipped(course / "m.zip", files)
    done = run("collect", "m.zip", tiny.NAME)
    assert done.status == 1 and "2 unknown" in done.output
    assert "may be same-1, same-2, who have one name" in words(done.output)
    head = "Identifier,Full name,Email address\n"
    lines = [f"Participant {n},One Name,same-{n}@example.org\n" for n in (2, 1)]
    (course / "w.csv").write_text(head + "".join(lines))
    assert run("collect", "m.zip", tiny.NAME, "--worksheet", "w.csv").status == 0
    assert submitted(course)["same-2/01_tiny/tiny.ipynb"] == notebook("2 * x")


def test_one_student_under_two_numbers_is_nobodys(course, run):
    files = {
        "Wröng Double_1_assignsubmission_file/tiny.ipynb": notebook(),
        "wröng double_2_assignsubmission_file/tiny.ipynb": notebook("3 * x"),
    }
    lms_files.zipped(course / "m.zip", files)
    done = run("collect", "m.zip", tiny.NAME)
    assert done.status == 1
    assert "doubled the numbers 1, 2 would be one student" in words(done.output)
    assert submitted(course) == {}


def test_several_notebooks_of_one_student_all_stay(course, run):
    more = {"rightall_101_9100_tiny (2).ipynb": notebook("3 * x")}
    done = run("collect", canvas_zip(course / "s.zip", **more), tiny.NAME)
    assert "2 notebooks, which grading compares" in words(done.output)
    found = {name for name in submitted(course) if name.startswith("all-right")}
    assert found == {
        "all-right/01_tiny/tiny.ipynb",
        "all-right/01_tiny/tiny (2).ipynb",
    }


def test_what_is_no_notebook_is_taken_and_said(course, run):
    files = {
        "rightall_101_9001_report.pdf": b"%PDF",
        "oncelate_102_text.html": b"<p>here it is</p>",
        "intwicehanded_103_9003_my work.ipynb": notebook(),
    }
    lms_files.zipped(course / "s.zip", files)
    done = run("collect", "s.zip", tiny.NAME, "--from", "canvas")
    said = words(done.output)
    assert done.status == 1
    assert "no tiny.ipynb (there is: report.pdf)" in said
    assert "no tiny.ipynb (there is: text.html)" in said
    assert "called: my work.ipynb" in said
    assert "handed-in-twice/01_tiny/tiny.ipynb" in submitted(course)
    assert submitted(course)["all-right/01_tiny/report.pdf"] == b"%PDF"


def test_a_folder_that_a_browser_unpacked(course, run, tmp_path):
    with zipfile.ZipFile(canvas_zip(course / "s.zip")) as opened:
        opened.extractall(tmp_path / "unpacked")
    (tmp_path / "unpacked/.DS_Store").write_bytes(b"\0")
    outside = tmp_path / "secret"
    outside.write_text("secret")
    (tmp_path / "unpacked/camenever_104_9_tiny.ipynb").symlink_to(outside)
    done = run("collect", tmp_path / "unpacked", tiny.NAME)
    assert "4 new, 1 not taken" in words(done.output)
    assert "tiny.ipynb: is a link, or no file" in words(done.output)


def test_hostile_names_are_not_followed(course, run, tmp_path):
    path = course / "s.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in (
            "../../rightall_101_1_tiny.ipynb",
            f"{tmp_path}/oncelate_102_1_tiny.ipynb",
            "c:\\intwicehanded_103_1_tiny.ipynb",
            "Wröng Double_4_assignsubmission_file/../../../tiny.ipynb",
            "All Right_5_assignsubmission_file/\x1b[2Jtiny.ipynb",
        ):
            made.writestr(name, notebook())
        link = zipfile.ZipInfo("camenever_104_1_tiny.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    before = sorted(tmp_path.rglob("*"))
    for system in ("canvas", "moodle"):
        done = run("collect", path, tiny.NAME, "--from", system)
        assert done.status == 1 and " new" not in done.output
        assert "\x1b[2J" not in done.output
    assert submitted(course) == {}
    assert sorted(tmp_path.rglob("*")) == before


def test_a_bomb_is_bounded(course, run):
    # 80 MB of one letter in 80 KB, and a head that says it is small.
    bomb = b"a" * (80 << 20)
    path = canvas_zip(course / "s.zip", **{"camenever_104_1_tiny.ipynb": bomb})
    done = run("collect", path, tiny.NAME)
    assert "4 new, 1 not taken" in words(done.output)
    assert "tiny.ipynb has more than 64 MB" in words(done.output)
    data = bytearray(path.read_bytes())
    size = len(bomb).to_bytes(4, "little")
    small = (9).to_bytes(4, "little")
    path.write_bytes(bytes(data.replace(size, small)))
    with zipfile.ZipFile(path) as opened:
        assert opened.getinfo("camenever_104_1_tiny.ipynb").file_size == 9
    assert run("collect", path, tiny.NAME).status == 1
    assert "never-came" not in str(submitted(course))


def test_all_in_all_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    path = lms_files.zipped(tmp_path / "s.zip", {f"{n}": b"a" * 400 for n in range(3)})
    with (
        archive.Archive(path) as opened,
        pytest.raises(GradingError, match="holds more than"),
    ):
        [opened.read(entry) for entry in opened.entries()]
    monkeypatch.setattr(archive, "MOST_ENTRIES", 2)
    with pytest.raises(GradingError, match="has 3 files, more than 2"):
        archive.Archive(path)


def test_names_without_the_mark_of_utf_8(tmp_path):
    path = lms_files.zipped(tmp_path / "s.zip", {"wröng_1_2_tiny.ipynb": b"{}"})
    data = path.read_bytes()
    flag = (0x800).to_bytes(2, "little")
    path.write_bytes(data.replace(b"\x14\x00" + flag, b"\x14\x00\x00\x00"))
    with archive.Archive(path) as opened:
        assert [entry.name for entry in opened.entries()] == ["wröng_1_2_tiny.ipynb"]


@pytest.mark.parametrize(
    "content, said",
    [
        (b"PK\x03\x04 cut off", "is no whole zip"),
        (b"", "is no whole zip"),
        (None, "cannot be read (No such file"),
    ],
)
def test_no_archive_is_one_line(course, run, content, said):
    if content is not None:
        (course / "s.zip").write_bytes(content)
    done = run("collect", "s.zip", tiny.NAME)
    assert done.status == 2 and said in done.output
    assert done.output.count("\n") == 1


def test_another_archive_is_one_line(course, run):
    lms_files.zipped(course / "s.zip", {"homework/tiny.ipynb": notebook()})
    done = run("collect", "s.zip", tiny.NAME)
    assert done.status == 2 and "are not named as Canvas" in done.output
    done = run("collect", "s.zip", "02_none")
    assert done.status == 2 and "no assignment '02_none'" in done.output


def test_without_a_class_nothing_is_taken(tmp_path, warm_proctor):
    tiny.course(tmp_path)
    canvas_zip(tmp_path / "s.zip")
    done = warm_proctor.run(tmp_path, "collect", "s.zip", tiny.NAME)
    assert done.status == 2
    assert "no gradebook" in done.output and done.output.count("\n") == 1
    assert not (tmp_path / "submitted").exists()


def test_killed_between_two_steps_nothing_is_lost(course, warm_proctor, run):
    run("collect", canvas_zip(course / "s.zip"), tiny.NAME)
    new = {"rightall_101_9020_tiny-1.ipynb": notebook("x * 2")}
    lms_files.zipped(course / "t.zip", new)
    die = "pathlib.Path.rename", 1, "before"
    done = warm_proctor.run(course, "collect", "t.zip", tiny.NAME, die=die)
    assert done.status != 0
    kept = course / "collected/01_tiny/replaced/all-right/1/tiny.ipynb"
    assert kept.read_bytes() == notebook()
    assert "1 new" in run("collect", "t.zip", tiny.NAME).output
    assert submitted(course)["all-right/01_tiny/tiny.ipynb"] == notebook("x * 2")


def test_a_student_that_cannot_be_written_is_one_line(course, run):
    if os.getuid() == 0:
        # Root writes everywhere but into a file's place.
        (course / "submitted").write_text("")
    else:
        (course / "submitted").mkdir(0o500)
    done = run("collect", canvas_zip(course / "s.zip"), tiny.NAME)
    assert done.status == 2 and "cannot be written" in done.output


@pytest.mark.parametrize(
    "name, stem",
    [
        ("tiny.ipynb", "tiny"),
        ("tiny-1.ipynb", "tiny"),
        ("tiny (12).ipynb", "tiny"),
        ("tiny(1).ipynb.txt", "tiny"),
        ("tiny - Copy.ipynb", "tiny"),
        ("tiny-2026.ipynb", "tiny-2026"),
        ("-1.ipynb", "-1"),
    ],
)
def test_marks_of_a_copy(name, stem):
    assert plain_stem(name) == stem


def repository(folder, files: dict[str, bytes]) -> None:
    """Make a repository of one commit."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)


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
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(config))
        command = ["-m", "proctor", "collect", "urls.csv", tiny.NAME, "--from", "git"]
        done = subprocess.run(
            [sys.executable, *command],
            cwd=course,
            capture_output=True,
            text=True,
        )
    said = words(done.stdout)
    assert done.returncode == 1, done.stderr
    assert "2 new" in said and "3 not taken" in said and "1 unknown" in said
    assert submitted(course) == {
        "all-right/01_tiny/tiny.ipynb": notebook(),
        "late-once/01_tiny/tiny.ipynb": notebook("2 * x"),
    }
    assert "several may be tiny.ipynb: a/tiny.ipynb, b/tiny.ipynb" in said
    # A path of this machine could be the instructor's own repository.
    assert "is no address as https://... or git@host:..." in said
    assert "no tiny.ipynb (there is: )" in said
