"""What a locked-in process leaves in files, folders and devices that others have."""

import pytest

from proctor.sandbox import copies, levels, linux, namespaces
from proctor.sandbox.trial import fails_in_child
from proctor.tests import processes
from proctor.tests.sandboxes import needed, shown

STRICT_TIMES = 1 << 24  # linux/mount.h


def test_who_reads_a_file_leaves_no_trace_in_it(jail):
    if jail.level == levels.LANDLOCK:
        pytest.skip("there it lies on the machine's own disk")
    with processes.student(jail) as one, processes.student(jail) as other:
        before = shown(other.run_cell(f"import given\n{LOOK}"))
        assert before.count("\n") > 9
        one.run_cell("import given, os; os.chdir(given.__path__[0])")
        assert "nobody" in shown(one.run_cell("open('unread.txt').read()"))
        read, noted = eval(shown(one.run_cell(READ)))
        assert read > 100
        assert shown(other.run_cell(LOOK)) == before
        # Where the disk is written to, it is told that all was read already.
        assert jail.level != "uid" or noted == []


def test_a_disk_that_notes_each_reader_is_refused(tmp_path):
    needed("namespace")

    def make_copies():
        namespaces.leave()
        linux.mount("tmpfs", str(tmp_path), "tmpfs", STRICT_TIMES, "size=1m")
        copies.make_devices(tmp_path)

    assert "mount it relatime or noatime" in fails_in_child(make_copies)


# What leads to a file; the folders are not listed, for who lists one has read it.
LOOK = """
import os
from pathlib import Path
ends = Path(given.__path__[0], "unread.txt"), Path(os.__file__), Path("/dev/null")
for way in sorted({each for end in ends for each in (end, *end.parents)}):
    about = way.lstat()
    print(way, about.st_atime_ns, about.st_mtime_ns, about.st_ctime_ns)
"""
READ = """
import itertools, os, time
read, noted = 0, []
for folder, inner, files in itertools.islice(os.walk("/"), 2000):
    inner[:] = [name for name in inner if f"{folder}{name}" != "/tmp"]
    places = [folder, *(f"{folder}/{name}" for name in inner + files)]
    for place in places:
        if os.path.islink(place):
            os.readlink(place)
        elif place != folder:
            continue
        read += 1
        if os.lstat(place).st_atime < time.time() + 86400:
            noted.append(place)
read, noted[:9]
"""


def test_nothing_that_is_done_to_a_device_is_seen_on_it(jail):
    """All have the same, and outlast a test by it; there is no way to change them."""
    changes = """
import os
for name in ("null", "zero", "random", "urandom"):
    device, tried = f"/dev/{name}", 0
    before = os.stat(device)
    for change in (
        lambda: os.utime(device),
        lambda: os.utime(device, (1, 1)),
        lambda: os.utime(os.open(device, os.O_RDONLY)),
        lambda: os.utime(os.open(device, os.O_RDWR)),
        lambda: os.chmod(device, 0o600),
        lambda: os.fchmod(os.open(device, os.O_RDONLY), 0o600),
        lambda: os.chown(device, os.getuid(), -1),
        lambda: os.setxattr(device, "user.x", b"x"),
        lambda: os.truncate(device, 0),
        lambda: os.write(os.open(device, os.O_WRONLY | os.O_APPEND), b"x"),
        lambda: os.read(os.open(device, os.O_RDONLY), 1),
        lambda: open(device, "w").close(),
        lambda: os.rename(device, "/dev/other"),
        lambda: os.unlink(device),
    ):
        try:
            change()
        except OSError:
            pass
        tried += 1
    print(tried, os.stat(device) == before and os.stat(device).st_atime_ns ==
          before.st_atime_ns and os.stat(device).st_mtime_ns == before.st_mtime_ns
          and os.stat(device).st_ctime_ns == before.st_ctime_ns)
"""
    with processes.student(jail) as session:
        assert shown(session.run_cell(changes)) == "14 True\n" * 4


def test_that_others_begin_and_end_changes_no_folder_that_one_knows(jail):
    if jail.level == levels.LANDLOCK:
        pytest.skip("there /tmp is the machine's own")
    look = (
        "import os; [os.stat(p) for p in ('/tmp', '/', os.path.dirname(os.getcwd()))]"
    )
    nanoseconds = "[(s.st_mtime_ns, s.st_ctime_ns, s.st_nlink) for s in _]"
    with processes.student(jail) as one:
        one.run_cell(look)
        before = shown(one.run_cell(nanoseconds))
        for _ in range(2):
            with processes.student(jail) as other:
                other.run_cell("open('kept', 'w').write('x')")
        one.run_cell(look)
        assert shown(one.run_cell(nanoseconds)) == before


HOLE = """
import mmap, os
own = os.open("hole", os.O_RDWR | os.O_CREAT, 0o600)
os.ftruncate(own, 1 << 20)
mapped = mmap.mmap(own, 1 << 20, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)

def touched():
    return mapped[4096 * 7]

def taken():
    return os.fstat(own).st_blocks
"""


def test_reading_what_was_never_written_leaves_nothing_to_the_next_test(jail):
    """A tmpfs gives it room then, and nobody has to be asked for that."""
    tests = "assert touched() == 0", "assert taken() == 0", "assert taken() == 0"
    assert scores_of_tests(jail, HOLE, tests) == [1, 1, 1]


ASKS = """
import os
def asks():
    parent = os.getppid()
    for _ in range(600):
        try:
            os.fork() or os._exit(0)
        except OSError:
            pass
    return os.getppid() == parent
"""


def test_no_test_can_count_what_another_was_refused(jail):
    """Who was refused too often is stopped, with what it was copied from."""
    assert scores_of_tests(jail, ASKS, ["assert asks()"] * 3) == [1, 1, 1]


AGAIN = """
import os, sys, threading
open("first", "w").close()

def told(frame):
    while "request" not in frame.f_locals:
        frame = frame.f_back
    return dict(frame.f_locals["request"], source="")

as_it_was = told(sys._getframe()) == {"source": "", "quiet": False}

def makes_a_file():
    open("again", "w").close()
    return os.path.exists("first") and number()

def number():
    return os.getpid() if as_it_was and not os.path.exists("again") else 0

def threads():
    found = []
    thread = threading.Thread(target=lambda: found.append(threading.get_native_id()))
    thread.start()
    thread.join()
    return found[0]
"""


def test_that_cells_ran_again_for_a_test_is_in_no_number(jail):
    if jail.level != levels.NAMESPACE:
        pytest.skip("there numbers are given out in the order of the machine")
    tests = [
        "assert makes_a_file() == 0",
        "assert number() == 3",
        "assert makes_a_file() == 0",
        "assert threads() == 7",
        "assert number() == 6",
    ]
    assert scores_of_tests(jail, AGAIN, tests) == [1] * 5


def scores_of_tests(jail, cell, sources):
    tests = [
        processes.test_cell(f"test-{number}", source, 1.0)
        for number, source in enumerate(sources)
    ]
    with processes.runs(jail) as run:
        assert run.run_cell(cell) == []
        for test in tests:
            run.hold(test)
        return [run.examine(test, False).score for test in tests]
