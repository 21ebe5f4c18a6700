"""What leaves a jail on a kernel whose Landlock is older: nothing."""

import pytest

from proctor.grade.programs import make_jail
from proctor.tests import processes
from proctor.tests.sandboxes import LIMITS, make_package, needed, shown

ABIS = range(1, 7)
OUTSIDE = """
import ctypes, os, signal
libc = ctypes.CDLL(None, use_errno=True)
def flags(name, flags):
    os.close(os.open(name, flags))
ways = {
    "emptied": lambda: os.truncate(FILE, 0),
    "emptied by reading": lambda: flags(FILE, os.O_RDONLY | os.O_TRUNC),
    "emptied by making": lambda: flags(FILE, os.O_CREAT | os.O_TRUNC),
    "opened to empty": lambda: flags(FILE, os.O_WRONLY | os.O_TRUNC),
    "created anew": lambda: libc_ok(libc.creat(FILE.encode(), 0o600)),
    "opened": lambda: flags(FILE, os.O_RDWR),
    "moved": lambda: os.rename(FILE, "here"),
    "replaced": lambda: (open("mine", "w").close(), os.replace("mine", FILE)),
    "linked": lambda: os.link(FILE, "here"),
    "removed": lambda: os.unlink(FILE),
    "joined": lambda: open(FILE + ".new", "w"),
}
def libc_ok(made):
    if made < 0:
        raise OSError
print([name for name, way in ways.items() if works(way)])
"""
WORKS = """
def works(way):
    try:
        way()
        return True
    except OSError:
        return False
"""


@pytest.fixture(scope="module", params=ABIS, ids="landlock-{}".format)
def older(request):
    """A jail on a kernel whose Landlock has this version."""
    needed("landlock")
    with make_jail(
        "landlock", LIMITS, ["numpy"], make_package, landlock=request.param
    ) as jail:
        jail.wait()
        yield jail


@pytest.mark.slow
def test_nothing_outside_changes_on_an_older_kernel(older, tmp_path):
    """What its Landlock does not know of, the list of system calls refuses."""
    theirs = tmp_path / "theirs"
    theirs.write_text("a submission")
    with processes.student(older) as one, processes.student(older) as other:
        other.run_cell("open('own', 'w').write('another')")
        found = shown(other.run_cell("import os; os.path.abspath('own')")).strip("'")
        for place in (str(theirs), found):
            source = f"FILE = {place!r}\n{WORKS}{OUTSIDE}"
            assert shown(one.run_cell(source)) == "[]\n"
        assert shown(other.run_cell("open('own').read()")) == "'another'"
    assert theirs.read_text() == "a submission"
    assert list(tmp_path.iterdir()) == [theirs]


@pytest.mark.slow
def test_no_signal_leaves_it_on_an_older_kernel(older):
    source = """
import fcntl, os, signal
def tell():
    fcntl.fcntl(3, fcntl.F_SETOWN, os.getppid())
def kill():
    os.kill(os.getppid(), 0)
def kill_all():
    os.kill(-1, 0)
def kill_group():
    os.killpg(os.getpgid(os.getppid()), 0)
print([way.__name__ for way in (tell, kill, kill_all, kill_group) if works(way)])
"""
    with processes.student(older) as session:
        assert shown(session.run_cell(WORKS + source)) == "[]\n"
        session.run_cell(
            "import fcntl, os\nfcntl.fcntl(3, fcntl.F_SETFL, os.O_ASYNC)\n"
        )
        assert shown(session.run_cell("1")) == "1"
