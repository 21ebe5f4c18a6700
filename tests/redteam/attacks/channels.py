"""Attacks by what two processes of one machine have in common: locks, files, numbers.

Each says that it reached something where the call is made and tells of others. Two of
them, that begin with ``talks``, are a pair: what one does, the other looks for.
"""

from redteam.submission import attack

# Calls below Python; what a cell tries, and what it must not be told.
_TOOLS = """
    import ctypes
    import fcntl
    import mmap
    import os
    import platform
    import signal
    import struct
    import sys

    libc = ctypes.CDLL(None, use_errno=True)
    X86 = platform.machine() == "x86_64"
    COMMON = os.open(os.__file__, os.O_RDONLY)
    OWN = os.open("redteam-own", os.O_RDWR | os.O_CREAT, 0o600)
    OTHER = os.getppid() or 1
    ROOM = ctypes.create_string_buffer(4096)

    def call(number, *arguments):
        '''Make a system call by its number on x86-64.'''
        if not X86:
            raise OSError("another machine")
        given = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
        ctypes.set_errno(0)
        made = libc.syscall(ctypes.c_long(number), *given)
        if made < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return made

    def common_page():
        '''The first page of the C library, which all processes have.'''
        return ctypes.c_void_p(
            ctypes.cast(libc.getpid, ctypes.c_void_p).value & ~4095)

    def attempt(ways):
        for what, way in ways.items():
            try:
                way()
            except (OSError, ValueError, OverflowError, AttributeError) as error:
                print(what, error)
            else:
                reached(what)
"""


def _try(notebook, ways):
    notebook.fake()
    notebook.attack(_TOOLS + ways, before="test-conv2d-forward")


@attack()
def locks_common_files(notebook, folder):
    """Two open files of one library: is the second kept out by the first's lock?"""
    _try(
        notebook,
        """
    again = os.open(os.__file__, os.O_RDONLY)
    try:
        fcntl.flock(COMMON, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        reached("a lock that others see")
    except OSError as error:
        print(error)
        """,
    )


@attack()
def locks_parts_of_common_files(notebook, folder):
    """The same by locks of parts, which belong to an open file or to a process."""
    _try(
        notebook,
        """
    mine = os.open("redteam-own", os.O_RDWR)
    lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
    try:
        for descriptor in (OWN, mine):
            fcntl.fcntl(descriptor, 37, lock)
    except BlockingIOError:
        reached("a lock of a part that others see")
    except OSError as error:
        print(error)
    try:
        # What is asked for comes back as "free" where the kernel looked.
        if fcntl.fcntl(COMMON, fcntl.F_GETLK, struct.pack(
                "hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0))[:2] == b"\\2\\0":
            reached("who has a lock")
    except OSError as error:
        print(error)
        """,
    )


@attack()
def leases_common_files(notebook, folder):
    """Leases, notifications, owners: the kernel sends a signal when others come."""
    _try(
        notebook,
        """
    def folder():
        return os.open(os.path.dirname(os.__file__) + "/json", os.O_RDONLY)

    for number in (signal.SIGIO, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)
    attempt({
        "a lease": lambda: fcntl.fcntl(OWN, fcntl.F_SETLEASE, fcntl.F_WRLCK),
        "a lease on a library":
            lambda: fcntl.fcntl(COMMON, fcntl.F_SETLEASE, fcntl.F_RDLCK),
        "a notification": lambda: fcntl.fcntl(folder(), fcntl.F_NOTIFY, 1),
        "an owner": lambda: fcntl.fcntl(OWN, fcntl.F_SETOWN, os.getpid()),
        "an owner by kind":
            lambda: fcntl.fcntl(OWN, 15, struct.pack("ii", 1, os.getpid())),
        "a signal's number": lambda: fcntl.fcntl(OWN, 10, signal.SIGUSR1),
    })
        """,
    )


@attack()
def probes_the_page_cache(notebook, folder):
    """Which pages of a common file are in memory: somebody has read them."""
    _try(
        notebook,
        """
    attempt({
        "pages in memory": lambda: call(27, common_page(), 4096, ROOM),
        "reads that do not wait":
            lambda: os.preadv(COMMON, [bytearray(9)], 0, os.RWF_NOWAIT),
        "pages of a file": lambda: call(451, COMMON, ROOM, ROOM, 0),
    })
        """,
    )


@attack()
def drives_out_pages(notebook, folder):
    """Takes pages of a common file out of memory, or brings them in."""
    _try(
        notebook,
        """
    def advice(number):
        ctypes.set_errno(0)
        if libc.madvise(common_page(), 4096, number) < 0:
            raise OSError(ctypes.get_errno(), "madvise")

    attempt({
        "advice": lambda: os.posix_fadvise(COMMON, 0, 0, os.POSIX_FADV_DONTNEED),
        "reading ahead": lambda: call(187, COMMON, 0, 4096),
        "writing a range": lambda: call(277, OWN, 0, 4096, 2),
        "pages out": lambda: advice(21),
        "pages cold": lambda: advice(20),
        "pages in": lambda: advice(3),
        "pages filled": lambda: advice(22),
        "pages merged": lambda: advice(12),
    })
        """,
    )


@attack()
def waits_at_common_pages(notebook, folder):
    """Futexes of memory that two processes have from one file."""
    _try(
        notebook,
        """
    class Time(ctypes.Structure):
        _fields_ = [("s", ctypes.c_long), ("ns", ctypes.c_long)]

    def wait():
        word = ctypes.cast(common_page(), ctypes.POINTER(ctypes.c_uint32))[0]
        try:
            call(202, common_page(), 0, word, ctypes.byref(Time(0, 1000)), 0, 0)
        except TimeoutError:
            pass

    attempt({
        "waking at a common page": lambda: call(202, common_page(), 1, 9, 0, 0, 0),
        "waking by bits": lambda: call(202, common_page(), 10, 9, 0, 0, 1),
        "waiting at a common page": wait,
        "many at once": lambda: call(449, ROOM, 0, 0, 0, 0),
        "waking, the new way": lambda: call(454, common_page(), 1, 9, 2),
    })
        """,
    )


@attack()
def waits_for_threads_of_others(notebook, folder):
    """A lock whose word names another process's thread: it ends when that does."""
    _try(
        notebook,
        """
    word = ctypes.c_uint32(OTHER)
    for command in (6 | 128, 13 | 128, 8 | 128):
        try:
            call(202, ctypes.byref(word), command, 0, 0, 0, 0)
            reached("a lock that another holds")
        except ProcessLookupError:
            reached("that there is no such thread")
        except OSError as error:
            if error.errno not in (1, 11):
                reached(f"an answer: {error}")
            print(error)
        """,
    )


@attack()
def reads_clocks_of_others(notebook, folder):
    """Each process has a clock of its processor time, and a number for it."""
    _try(
        notebook,
        """
    import time
    for process in (OTHER, 1, *range(2, 300)):
        for kind in (0, 1, 2, 6):
            if process != os.getpid():
                attempt({
                    f"the clock {kind} of {process}": lambda: time.clock_gettime(
                        (~process << 3) | kind)
                }) if process < 4 else None
    attempt({
        "its resolution": lambda: time.clock_getres((~OTHER << 3) | 2),
        "waiting for it": lambda: call(230, (~OTHER << 3) | 2, 0,
                                       ctypes.create_string_buffer(16), 0),
    })
        """,
    )


@attack()
def asks_for_others_by_number(notebook, folder):
    """Priority, processors, group, session, limits: who answers is there."""
    _try(
        notebook,
        """
    import resource
    attempt({
        "its priority": lambda: os.getpriority(os.PRIO_PROCESS, OTHER),
        "its user's priority": lambda: os.getpriority(os.PRIO_USER, 0),
        "its processors": lambda: os.sched_getaffinity(OTHER),
        "its scheduler": lambda: os.sched_getscheduler(OTHER),
        "its parameters": lambda: os.sched_getparam(OTHER),
        "its group": lambda: os.getpgid(OTHER),
        "its session": lambda: os.getsid(OTHER),
        "its limits": lambda: resource.prlimit(OTHER, resource.RLIMIT_CPU),
        "its locks": lambda: call(274, OTHER, ROOM, ROOM),
        "its I/O priority": lambda: call(252, 1, OTHER),
        "a handle": lambda: os.pidfd_open(OTHER),
        "whether it is there": lambda: os.kill(OTHER, 0),
        "whether its thread is": lambda: call(234, OTHER, OTHER, 0),
        "its end": lambda: os.waitid(os.P_PID, OTHER, os.WEXITED | os.WNOHANG),
        "what it maps": lambda: call(440, 3, ROOM, 1, 21, 0),
        "the number of its mount": lambda: call(332, -100, b"/tmp", 0, 0x4000, ROOM),
        "the numbers of mounts": lambda: call(457, ROOM, ROOM, 512, 0),
        "a mount": lambda: call(458, ROOM, ROOM, 512, 0),
    })
        """,
    )


@attack()
def measures_the_machine(notebook, folder):
    """Free memory, how many processes there are, how full the disk is."""
    _try(
        notebook,
        """
    import shutil
    attempt({
        "memory and processes": lambda: call(99, ROOM),
        "room on the disk": lambda: os.statvfs("/"),
        "room on a file's disk": lambda: os.fstatvfs(COMMON),
        "room below it": lambda: shutil.disk_usage("."),
        "load": lambda: os.getloadavg(),
        "disks": lambda: call(136, 1, ROOM),
        "the kernel's messages": lambda: call(103, 10, ROOM, 0),
    })
        """,
    )


@attack()
def shares_memory(notebook, folder):
    """Pages that a copy of the process, or another, would see change."""
    _try(
        notebook,
        """
    os.write(OWN, bytes(4096))
    attempt({
        "a file's pages": lambda: mmap.mmap(OWN, 4096),
        "a file's pages, to read": lambda: mmap.mmap(OWN, 4096, prot=mmap.PROT_READ),
        "a library's pages": lambda: mmap.mmap(COMMON, 4096, prot=mmap.PROT_READ),
        "pages of no file": lambda: mmap.mmap(-1, 4096),
        "pages checked": lambda: mmap.mmap(OWN, 4096, flags=3),
        "zeros": lambda: mmap.mmap(os.open("/dev/zero", os.O_RDWR), 4096),
        "memory as a file": lambda: os.memfd_create("redteam"),
        "secret memory": lambda: call(447, 0),
        "page faults": lambda: call(323, 0),
        "huge pages": lambda: mmap.mmap(-1, 1 << 21, flags=0x40022),
    })
        """,
    )


@attack()
def makes_pipes(notebook, folder):
    """Whatever a copy of the process inherits, and could be told by."""
    _try(
        notebook,
        """
    import select
    import socket
    attempt({
        "pipes": os.pipe,
        "pipes with flags": lambda: os.pipe2(0),
        "a counter": lambda: os.eventfd(0),
        "a waiter": select.epoll,
        "a timer": lambda: call(283, 1, 0),
        "signals as a file": lambda: call(289, -1, ROOM, 8, 0),
        "sockets": socket.socketpair,
        "a watcher": lambda: call(294, 0),
        "a named pipe": lambda: os.mkfifo("redteam-pipe"),
        "rings": lambda: call(425, 8, ROOM),
    })
        """,
    )


@attack()
def links_common_files(notebook, folder):
    """A second name: how many a file has can be seen by all."""
    _try(
        notebook,
        """
    before = os.stat(os.__file__).st_nlink
    attempt({
        "a name for a library": lambda: os.link(os.__file__, "redteam-link"),
        "a name for its own": lambda: os.link("redteam-own", "redteam-second"),
        "a name for an open file": lambda: os.link(
            f"/proc/self/fd/{COMMON}", "redteam-third", follow_symlinks=True),
    })
    if os.stat(os.__file__).st_nlink != before:
        reached("a library with another name")
        """,
    )


@attack()
def touches_common_files(notebook, folder):
    """Modes and times of what all can look at: is one really changed?"""
    _try(
        notebook,
        """
    import json
    devices = [f"/dev/{name}" for name in ("null", "zero", "random", "urandom")]
    for name in (os.__file__, json.__file__, "/", "/tmp", os.path.dirname(os.__file__),
                 *devices):
        before = os.stat(name)
        for change in (lambda: os.utime(name, (1, 1)), lambda: os.utime(name),
                       lambda: os.utime(os.open(name, os.O_RDONLY)),
                       lambda: os.chmod(name, 0o777), lambda: os.chown(name, -1, -1),
                       lambda: os.setxattr(name, "user.redteam", b"x")):
            try:
                change()
            except OSError as error:
                print(error)
        after = os.stat(name)
        if (before.st_mode, before.st_mtime, before.st_ctime_ns) != (
                after.st_mode, after.st_mtime, after.st_ctime_ns) and name != "/tmp":
            reached(f"the times of {name}")
        """,
    )


@attack()
def fills_the_users_queue(notebook, folder):
    """Signals that wait are counted by user: one process fills it for all."""
    _try(
        notebook,
        """
    signal.pthread_sigmask(signal.SIG_BLOCK, range(34, 60))
    attempt({
        "a signal to itself": lambda: os.kill(os.getpid(), 40),
        "a signal to its thread": lambda: call(234, os.getpid(), os.getpid(), 40),
        "a signal that waits": lambda: call(129, os.getpid(), 40, ROOM),
        "a signal by a handle": lambda: signal.pidfd_send_signal(
            os.pidfd_open(os.getpid()), 40),
        "a timer": lambda: call(222, 0, 0, ROOM),
        "keys": lambda: call(248, b"user", b"redteam", b"x", 1, -3),
        "locked memory": lambda: call(149, ROOM, 4096),
    })
        """,
    )


_TALK = """
    import time
    import numpy
    PLACES = [os.__file__, numpy.__file__, struct.__file__]
"""


@attack()
def talks_a_holds(notebook, folder):
    """Holds what it can for a second; ``talks-b-looks`` runs beside it."""
    _try(
        notebook,
        _TALK
        + """
    held = []
    for place in PLACES:
        descriptor = os.open(place, os.O_RDONLY)
        held.append(descriptor)
        for take in (lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB),
                     lambda: fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)):
            try:
                take()
            except OSError as error:
                print(error)
    os.mkdir("redteam-said")
    open("redteam-said/1", "w").write("1" * 1000)
    time.sleep(1)
        """,
    )


@attack()
def talks_b_looks(notebook, folder):
    _try(
        notebook,
        _TALK
        + """
    end = time.monotonic() + 1
    lock = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
    above = os.path.dirname(os.getcwd())
    while time.monotonic() < end:
        for place in PLACES:
            descriptor = os.open(place, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(descriptor, fcntl.LOCK_UN)
                found = fcntl.fcntl(descriptor, fcntl.F_GETLK, lock)
                kind, _, _, _, who = struct.unpack("hhqqi4x", found)
                if kind == fcntl.F_RDLCK or who > 0:
                    reached(f"the lock of {who} on {place}")
            except BlockingIOError:
                reached(f"a lock on {place}")
            except OSError as error:
                print(error)
            os.close(descriptor)
        for number in range(1, 400):
            for name in (f"{above}/{number}/redteam-said/1",
                         f"{above}/{number}/work/redteam-said/1",
                         f"/tmp/{number}/work/redteam-said/1"):
                try:
                    reached(f"{os.stat(name).st_size} bytes of another")
                except OSError:
                    pass
        time.sleep(0.05)
        """,
    )
