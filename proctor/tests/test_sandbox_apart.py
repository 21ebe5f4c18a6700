"""What two locked-in processes could tell each other by, or learn of the machine."""

import itertools
import os
import re
import sys
from pathlib import Path

import pyseccomp as seccomp
import pytest

from proctor.errors import GradingError
from proctor.sandbox import levels, users
from proctor.tests import processes
from proctor.tests.commands import run
from proctor.tests.sandboxes import LIMITS, make_package, needed, shown

WHERE_PROCTOR_LIES = Path(__file__).parents[2]
# Of the C library, and files that all processes have.
PRELUDE = """
import ctypes, fcntl, mmap, os, resource, signal, struct
libc = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    ctypes.set_errno(0)
    made = libc.syscall(NUMBERS[name], *(ctypes.c_long(a) if isinstance(a, int) else a
                                  for a in arguments))
    if made < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return made

common = os.open(os.__file__, os.O_RDONLY)
folder = os.open(os.path.dirname(os.__file__) + "/json", os.O_RDONLY)
own = os.open("own", os.O_RDWR | os.O_CREAT)
os.write(own, bytes(8192))
room, zero = (ctypes.create_string_buffer(4096) for _ in range(2))
for number in (signal.SIGIO, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)
page = mmap.mmap(common, 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
other = os.getppid() or 1
"""
# What is refused, each with a way that works where nothing is refused.
REFUSED = {
    "a lease": "fcntl.fcntl(common, fcntl.F_SETLEASE, fcntl.F_RDLCK)",
    "a notification": "fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_ACCESS)",
    "an owner": "fcntl.fcntl(own, fcntl.F_SETOWN, os.getpid())",
    "an owner's group": "fcntl.fcntl(own, 15, struct.pack('ii', 1, os.getpid()))",
    "a signal": "fcntl.fcntl(own, 10, signal.SIGUSR1)",
    "a pipe's size": "fcntl.fcntl(own, 1032)",
    "seals": "fcntl.fcntl(own, 1034)",
    "what is in memory": "call('mincore', mmap_address(), 4096, room)",
    "reading what is in memory": "os.preadv(common, [bytearray(9)], 0, os.RWF_NOWAIT)",
    "advice on a file": "os.posix_fadvise(common, 0, 0, os.POSIX_FADV_DONTNEED)",
    "reading ahead": "call('readahead', common, 0, 4096)",
    "writing out a range": "call('sync_file_range', own, 0, 4096, 2)",
    "merging pages": "libc_ok(libc.madvise(mmap_address(), 4096, 12))",
    "driving pages out": "libc_ok(libc.madvise(mmap_address(), 4096, 21))",
    "reading pages ahead": "libc_ok(libc.madvise(mmap_address(), 4096, 3))",
    "common memory": "mmap.mmap(own, 4096)",
    "common memory to read": "mmap.mmap(common, 4096, prot=mmap.PROT_READ)",
    "common memory of no file": "mmap.mmap(-1, 4096)",
    "memory as a file": "os.memfd_create('x')",
    "waking who waits at a common page": "call('futex', mmap_address(), 1, 1, 0, 0, 0)",
    "a lock that names a thread": "call('futex', room, 6 | 128, 0, 0, 0, 0)",
    "another's clock": "call('clock_gettime', (~other << 3) | 2, room)",
    "another's clock's end": "call('clock_nanosleep', (~other << 3) | 2, 0, zero, 0)",
    "another's priority": "os.getpriority(os.PRIO_PROCESS, other)",
    "another's processors": "os.sched_getaffinity(other)",
    "another's scheduler": "os.sched_getscheduler(other)",
    "another's group": "os.getpgid(other)",
    "another's session": "os.getsid(other)",
    "another's limits": "resource.prlimit(other, resource.RLIMIT_CPU)",
    "another's locks": "call('get_robust_list', other, room, room)",
    "a signal to another": "os.kill(other, 0)",
    "a signal to itself": "os.kill(os.getpid(), 0)",
    "waiting": "os.waitpid(-1, os.WNOHANG)",
    "what its copies used": "resource.getrusage(resource.RUSAGE_CHILDREN)",
    "room on the disk": "os.statvfs('/')",
    "room on an open file's disk": "os.fstatvfs(common)",
    "memory of the machine": "call('sysinfo', room)",
    "pipes": "os.pipe()",
    "counters": "os.eventfd(0)",
    "waiting for many": "__import__('select').epoll()",
    "watching a folder": "libc_ok(libc.inotify_init())",
    "page faults": "call('userfaultfd', 0)",
    "a file's handle": "call('name_to_handle_at', -100, b'/', room, room, 0)",
    "the number of a mount": "call('statx', -100, b'/', 0, 0x4000, room)",
    "where a file was written": "os.lseek(own, 0, os.SEEK_DATA)",
    "where a file was not written": "os.lseek(own, 0, os.SEEK_HOLE)",
    "barriers": "call('membarrier', 0, 0, 0)",
    "a second name": "os.link('own', 'second')",
    "copying between files": "os.copy_file_range(common, own, 9)",
    "sending a file": "os.sendfile(own, common, 0, 9)",
    "emptying by name": "os.truncate('own', 0)",
    "emptying what is read": "os.open('own', os.O_RDONLY | os.O_TRUNC)",
    "huge pages": "mmap.mmap(-1, 1 << 21, flags=0x40022)",
    "queues": "call('mq_open', b'x', 0o102, 0o600, None)",
}
HELPERS = """
def mmap_address():
    # The first page of the C library, which all have.
    return ctypes.c_void_p(ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~4095)

def libc_ok(made):
    if made < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
"""
CALLED = set(re.findall(r"call\('(\w+)'", "".join(REFUSED.values())))
NUMBERS = {name: seccomp.resolve_syscall(seccomp.Arch.NATIVE, name) for name in CALLED}


def source_of_tries() -> str:
    """Return a cell that prints what came of each call, a line each."""
    tries = "".join(
        f"def try_{number}():\n    {code}\n"
        for number, code in enumerate(REFUSED.values())
    )
    return f"""
NUMBERS = {NUMBERS}
{PRELUDE}
{HELPERS}
{tries}
for number in range({len(REFUSED)}):
    try:
        globals()[f"try_{{number}}"]()
        print("made")
    except (OSError, ValueError) as error:
        print(error)
"""


@pytest.fixture(scope="module")
def told(jail):
    """What came of each of the calls, tried in one process."""
    with processes.student(jail) as session:
        lines = shown(session.run_cell(source_of_tries())).splitlines()
        assert len(lines) == len(REFUSED), (lines, session.ended)
    return dict(zip(REFUSED, lines, strict=True))


def test_most_can_be_done_where_nothing_is_refused(tmp_path):
    """Or they would show nothing; some need what a system may not have."""
    done = run(sys.executable, "-c", source_of_tries(), cwd=tmp_path)
    assert done.stdout.splitlines().count("made") > 30, done.stdout + done.stderr


@pytest.mark.parametrize("what", REFUSED)
def test_refuses_what_tells_of_others(told, what):
    words = "not permitted", "not implemented", "temporarily", "not supported"
    assert any(word in told[what] for word in words), told[what]


LOCKS = """
import fcntl, os, struct
first, second = (os.open(os.__file__, os.O_RDONLY) for _ in range(2))
for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
    fcntl.flock(first, kind | fcntl.LOCK_NB)
    fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
own = [os.open("own", os.O_RDWR | os.O_CREAT) for _ in range(2)]
for descriptor in own:
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
print(fcntl.fcntl(own[0], fcntl.F_GETLK, lock) == lock)
"""


def test_a_lock_is_granted_and_locks_nobody_out(session):
    """Libraries ask for locks; that another has one is never to be seen."""
    assert shown(session.run_cell(LOCKS)) == "True\n"


def test_one_sees_no_lock_of_the_others(jail):
    take = """
import fcntl, os
taken = os.open(os.__file__, os.O_RDONLY)
fcntl.lockf(taken, fcntl.LOCK_SH)
fcntl.flock(taken, fcntl.LOCK_EX)
"""
    with processes.student(jail) as one, processes.student(jail) as two:
        for session in (one, two):
            assert session.run_cell(take) == []


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("shutil.copy2('f', 'g'); shutil.copystat('f', 'g'); os.listdir()", "'g'"),
        ("os.makedirs('a/b'); shutil.move('f', 'a/b'); os.listdir('a/b')", "'f'"),
        ("shutil.copytree('.', 'tree'); shutil.rmtree('tree'); os.listdir()", "'f'"),
        ("os.chmod('f', 0o600); os.utime('f'); os.path.getsize('f')", "9"),
        ("with tempfile.TemporaryFile() as t: print(t.write(b'12'))", "2"),
        ("base = sqlite3.connect('b.db'); base.execute('create table t (a)');"
         "base.execute('insert into t values (7)'); base.commit(); base.close();"
         "sqlite3.connect('b.db').execute('select * from t').fetchall()", "[(7,)]"),
        ("np.save('n', np.ones(9)); np.load('n.npy').sum()", "9.0"),
        ("np.save('n', np.ones(9)); np.load('n.npy', mmap_mode='c').sum()", "9.0"),
        ("np.save('n', np.ones(9)); np.load('n.npy', mmap_mode='r').sum()", "9.0"),
        ("list(futures.ThreadPoolExecutor(2).map(abs, [-1, -2]))", "[1, 2]"),
        ("t = threading.Thread(target=time.sleep, args=(0.01,)); t.start(); t.join();"
         "t.is_alive()", "False"),
        ("time.process_time() + time.thread_time() + time.monotonic() > 0", "True"),
        ("resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0", "True"),
        ("resource.getrlimit(resource.RLIMIT_AS)[0] > 0", "True"),
        ("os.cpu_count() >= len(os.sched_getaffinity(0)) > 0", "True"),
        ("platform.system(), platform.machine() != ''", "('Linux', True)"),
        ("open('f', 'r+').truncate(4); os.path.getsize('f')", "4"),
        ("signal.alarm(0), signal.setitimer(signal.ITIMER_REAL, 0)", "(0, (0.0, 0.0))"),
        ("random.seed(1); len(secrets.token_hex()), uuid.uuid4().version", "(64, 4)"),
    ],
)  # fmt: skip
def test_runs_what_notebooks_do(session, source, says):
    begin = (
        "import os, platform, random, resource, secrets, shutil, signal, sqlite3\n"
        "import tempfile, threading, time, uuid\n"
        "from concurrent import futures\n"
        "import numpy as np\n"
        "print('some text', end='', file=open('f', 'w'))"
    )
    assert session.run_cell(begin) == []
    assert says in shown(session.run_cell(source))


KNOWN = """
import gc
seen, found, todo = set(), set(), list(gc.get_objects())
sought = PLACE[::-1]
while todo:
    one = todo.pop()
    if id(one) not in seen:
        seen.add(id(one))
        todo += gc.get_referents(one)
        if isinstance(one, (str, bytes)) and sought.encode() in (
            one if isinstance(one, bytes) else one.encode(errors="replace")
        ):
            found.add(one[:200])
found - {sought, sought.encode()}
"""


def test_knows_nothing_of_where_we_lie(jail):
    """Not by arguments, variables, files of modules, frames, or any other text."""
    if jail.level == levels.LANDLOCK:
        pytest.skip("there the links to the packages can be read")
    with processes.student(jail) as session:
        place = str(WHERE_PROCTOR_LIES)[::-1]
        assert shown(session.run_cell(f"PLACE = {place!r}\n{KNOWN}")) == "set()"
        said = shown(session.run_cell("import sys; sys.argv, sys.orig_argv"))
        assert "packages" not in said and "limits" not in said


def test_knows_no_number_of_who_grades(jail):
    with processes.student(jail) as session:
        environment = shown(session.run_cell("import os, sys; dict(os.environ)"))
        assert "/var/tmp" not in environment
        path = shown(session.run_cell("sys.path, os.getcwd(), given.__file__"))
        assert not re.search(rf"\b{os.getpid()}\b", environment + path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives user ids")
def test_each_process_has_a_user_id_that_no_other_run_has(jail, monkeypatch, tmp_path):
    if not users.are_given(jail.level):
        pytest.skip("there it is that of who grades")
    with processes.student(jail) as one, processes.student(jail) as two:
        found = {int(shown(s.run_cell("import os; os.getuid()"))) for s in (one, two)}
    assert len(found) == 2 and min(found) >= users.first_id()
    monkeypatch.setattr(users, "_BLOCKS", 2)
    monkeypatch.setattr(users, "first_id", lambda: 1 << 20)
    monkeypatch.setattr(users, "_HELD_IN", [str(tmp_path / n) for n in "anc"])
    (tmp_path / "n").mkdir()
    (tmp_path / "c").mkdir()
    (tmp_path / "n" / users._NAME).mkdir()
    os.chown(tmp_path / "n" / users._NAME, 12345, -1)  # who was first there
    runs = [users.UserIds(), users.UserIds()]
    given = [set(itertools.islice(run.each(), 1 << 16)) for run in runs]
    assert len(given[0]) == len(given[1]) == 1 << 16 and not given[0] & given[1]
    with pytest.raises(GradingError, match="taken by other runs"):
        users.UserIds()
    runs[0].give_back()
    last = users.UserIds()
    assert set(itertools.islice(last.each(), 1 << 16)) == given[0]
    for held in (runs[1], last):
        held.give_back()
    assert sorted(p.name for p in (tmp_path / "c" / users._NAME).iterdir()) == [
        "0",
        "1",
    ]
    monkeypatch.setattr(users, "_HELD_IN", [str(tmp_path / "n")])
    with pytest.raises(GradingError, match="of root's own"):
        users.UserIds()


def test_knows_nothing_of_the_machines_name():
    needed("namespace")
    with (
        processes.open_jail("namespace", LIMITS, build=make_package) as jail,
        processes.student(jail) as session,
    ):
        assert shown(session.run_cell("import os; os.uname().nodename")) == "'proctor'"
