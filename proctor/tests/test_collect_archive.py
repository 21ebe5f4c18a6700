"""Archives as nobody wants them: hostile, damaged, huge, or another system's."""

import resource
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from proctor.errors import GradingError, SubmissionError
from proctor.lms import archive
from proctor.tests import lms_files, tiny
from proctor.tests.lms_files import (
    canvas_zip,
    notebook,
    submitted,
    words,
)


@pytest.mark.slow
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


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_file_that_is_damaged_costs_itself_alone(course, run, method):
    path = canvas_zip(course / "s.zip")
    with zipfile.ZipFile(path, "a", method) as made:
        made.writestr("camenever_104_1_tiny.ipynb", notebook())
        at = made.getinfo("camenever_104_1_tiny.ipynb").header_offset
    data = bytearray(path.read_bytes())
    # Behind the head of 30 bytes, the name, and what says how it is packed.
    data[at + 70 : at + 110] = b"\xff" * 40
    path.write_bytes(data)
    done = run("collect", path, tiny.NAME)
    assert "4 new, 1 not taken" in words(done.output), done.output
    assert "tiny.ipynb is damaged" in words(done.output)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS takes no limit on memory")
def test_a_file_that_asks_for_memory_costs_itself_alone(tmp_path):
    """How much LZMA needs stands in its head, which anybody can write."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("a.ipynb", b"{}")
        made.writestr("b.ipynb", b"{}")
    data, size = bytearray(path.read_bytes()), b"\x00\x00\x80\x00"
    place = data.index(size, data.index(b"a.ipynb"))
    data[place : place + 4] = b"\xff" * 4
    path.write_bytes(data)
    before = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + (1 << 30)
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        with archive.Archive(path) as opened:
            first, second = opened.entries()
            with pytest.raises(SubmissionError, match="too much memory"):
                opened.read(first)
            assert opened.read(second) == b"{}"
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


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
