"""What a locked-in process may write, and how it is removed again."""

import contextlib
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from proctor.errors import GradingError
from proctor.sandbox import levels, linux, namespaces, work
from proctor.sandbox.remove import remove_tree
from proctor.sandbox.trial import fails_in_child
from proctor.tests import processes
from proctor.tests.commands import plain_user, run
from proctor.tests.sandboxes import LIMITS, needed, shown

DEEP = """
import os
def dig(name, times):
    here = os.open(".", os.O_RDONLY)
    for _ in range(times):
        os.mkdir(name)
        os.chdir(name)
    open("bottom", "w").close()
    os.fchdir(here)
"""


@pytest.fixture
def deep():
    """A tree below any path's length and any stack, with closed folders in it."""
    # Not below pytest's own folder, which a plain user may not enter.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as around, plain_user_of(around):
        top, here = Path(around, "top"), os.open(".", os.O_RDONLY)
        top.mkdir()
        os.chdir(top)
        exec(f"{DEEP}\ndig('d' * 100, 3000)\nos.mkdir('e'); os.chdir('e')", {})
        exec(f"{DEEP}\ndig('x', 5)", {})
        Path("x/x/x").chmod(0)
        Path("x").chmod(0)
        Path("root").symlink_to("/")
        os.mkfifo("pipe")
        os.chdir("..")
        Path("e").chmod(0o200)
        os.fchdir(here)
        os.close(here)
        yield top


@contextlib.contextmanager
def plain_user_of(folder):
    if os.getuid() == 0:
        os.chown(folder, 12345, -1)
    with plain_user():
        yield


@pytest.mark.slow
def test_a_tree_is_removed_whatever_it_looks_like(deep):
    assert remove_tree(deep)
    assert not deep.exists() and Path("/etc").is_dir()


def test_what_cannot_be_removed_stops_nothing(tmp_path, monkeypatch):
    (tmp_path / "top" / "kept").mkdir(parents=True)
    (tmp_path / "top" / "kept" / "file").touch()
    (tmp_path / "top" / "gone").touch()

    def refused(*_, **__):
        raise PermissionError("refused")

    monkeypatch.setattr(os, "rename", refused)
    really = os.unlink
    monkeypatch.setattr(
        os, "unlink", lambda n, **o: refused() if n == "file" else really(n, **o)
    )
    assert not remove_tree(tmp_path / "top")
    assert [path.name for path in (tmp_path / "top").iterdir()] == ["kept"]
    assert remove_tree(tmp_path / "nowhere")


def test_a_deep_tree_ends_neither_the_run_nor_its_removal(jail):
    with processes.student(jail) as session:
        session.run_cell(f"{DEEP}\ndig('d' * 100, 400)")
        where = shown(session.run_cell("os.chmod('d' * 100, 0); os.getcwd()"))
    with processes.student(jail) as session:
        assert shown(session.run_cell("1")) == "1"
        assert shown(session.run_cell("import os; os.listdir('.')")) == "[]"
    assert not Path(where.strip("'")).exists()


@pytest.mark.slow
def test_a_run_removes_what_a_killed_one_left():
    needed("landlock")
    script = f"""
{DEEP}
import signal
from proctor.sandbox.work import WorkFolder
folder = WorkFolder().path
os.chdir(folder)
dig("d" * 100, 2000)
os.chmod("d" * 100, 0)
print(folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    old = Path(run(sys.executable, "-c", script, cwd="/").stdout.strip())
    assert old.is_dir()
    with processes.open_jail("landlock", LIMITS):
        assert not old.exists()


# Ways to more than 8 MB, each without an end of its own.
FILL = {
    "files": "open(f'{n}', 'wb').write(bytes(1 << 20))",
    "one file, over and over": "open('0', 'r+b').write(bytes(1 << 20))",
    "files without a name": (
        "f = open(f'{n}', 'wb', 0); os.unlink(f'{n}'); kept.append(f);"
        "f.write(bytes(1 << 20))"
    ),
    "files that never had one": (
        "f = os.open('.', os.O_TMPFILE | os.O_RDWR); kept.append(f);"
        "os.write(f, bytes(1 << 20))"
    ),
    "empty files": "os.close(os.open(f'{n}', os.O_CREAT))",
    "folders": "os.mkdir(f'{n}')",
    "folders in folders": "os.mkdir(f'{n}'); os.chdir(f'{n}' if n % 50 else top)",
    "links": "os.symlink('x' * 4000, f'{n}')",
    "long names": "os.mkdir(f'{n:0255}')",
    "single bytes": "os.write(first, b'x')",
    "bytes far apart": "os.pwrite(first, b'x', n << 13)",
}


OVER_AND_OVER = ("one file, over and over", "single bytes")


@pytest.mark.parametrize("what", FILL)
def test_what_it_may_write_in_all_is_bounded(jail, what):
    if jail.level == "namespace" and what in OVER_AND_OVER:
        pytest.skip("a disk of its own has room for it")
    source = f"""
import os
first, kept = os.open("0", os.O_CREAT | os.O_WRONLY), []
top = os.getcwd()
os.write(first, bytes(1 << 20))
for n in range(1, 100_000):
    try:
        {FILL[what]}
    except OSError as error:
        print(n, error)
        break
"""
    with processes.student(jail) as session:
        said = shown(session.run_cell(source))
    words = ("No space left", "File too large", "Too many open")
    assert any(word in said for word in words), said


FILLS = """
try:
    for n in range(100):
        with open(f"{n}", "wb", 0) as file:
            while file.tell() < 1 << 20:
                file.write(bytes(4096))
except OSError as error:
    print(error)
"""


def test_who_wrote_all_that_it_may_is_copied_and_tested(jail):
    """Nothing is written for that."""
    with processes.runs(jail) as opened:
        assert "No space left" in shown(opened.run_cell(FILLS))
        opened.run_cell("three = 3")
        opened.hold(test := processes.test_cell("t", "assert three == 3", 1.0))
        assert opened.examine(test, False).score == 1


def test_memory_of_files_is_not_common(session):
    session.run_cell("f = open('f', 'w+b'); f.truncate(1 << 20)")
    (error,) = session.run_cell("import mmap; mmap.mmap(f.fileno(), 1 << 20)")
    assert error["ename"] == "PermissionError"


def test_who_asks_again_and_again_is_stopped(jail):
    if jail.level == "namespace":
        pytest.skip("it does not ask there")
    source = """
import os
while True:
    try:
        os.mkdir("d"); os.rmdir("d")
    except OSError:
        pass
"""
    with processes.student(jail) as session:
        (error,) = session.run_cell(source)
        assert error["evalue"] == "it wrote more than 8 MB of files"


COUNTED = ("landlock", "uid")


def test_what_is_written_is_counted_on_a_disk_alone(monkeypatch):
    """In memory, reading what was never written takes room that nobody counts."""
    if work.reading_takes_room(Path("/var/tmp")):
        pytest.skip("/var/tmp is in memory here")
    monkeypatch.setattr(work, "_ON_A_DISK", ("/dev/shm", "/var/tmp"))
    assert work.place_for(counted=True) == Path("/var/tmp")
    monkeypatch.setattr(work, "_ON_A_DISK", ("/dev/shm",))
    assert [f.level for f in levels.examine_machine(COUNTED) if not f.reason] == []
    for level in COUNTED:
        with pytest.raises(GradingError, match="on a disk"):
            processes.open_jail(level, LIMITS).__enter__()


def test_a_folder_in_memory_that_is_full_ends_nobody(tmp_path):
    """The kernel ends who reads what was never written there."""
    needed("namespace")

    def look():
        namespaces.leave()
        linux.mount("tmpfs", str(tmp_path), "tmpfs", 0, "size=64k")
        with contextlib.suppress(OSError), (tmp_path / "full").open("wb", 0) as file:
            while file.write(bytes(4096)):
                pass
        assert work.reading_takes_room(tmp_path)

    assert fails_in_child(look) == ""


@pytest.mark.slow
def test_threads_are_bounded(jail):
    source = """
import threading, time
started = 0
try:
    for started in range(3000):
        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
except RuntimeError:
    pass
started
"""
    limits = replace(LIMITS, threads=20)
    with (
        processes.open_jail(jail.level, limits) as bounded,
        processes.student(bounded) as session,
    ):
        # Where the kernel counts by user, there is room for copies as well.
        assert int(shown(session.run_cell(source))) <= 20 + 64
