"""The system calls that a student's process may make, and with what arguments.

What computing in Python, NumPy and Matplotlib needs, found by tracing them. There is no
way to start a program or a process, to open a socket, to look into another process, to
mount, or to reach one of the kernel's rarer parts; and none to have with another
process a lock, a lease, a notification or a page of memory in common.
``docs/security.md`` says of each what it is for, and what it tells of others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# The kernel reads so much of an argument of the type int.
INT = 0xFFFFFFFF


@dataclass(frozen=True)
class Where:
    """What an argument must be: one of ``values``, in the bits of ``mask``."""

    argument: int
    values: Iterable[int]
    mask: int = INT


ALLOWED = """
    access alarm arch_prctl brk chdir close dup dup2 dup3 exit
    exit_group faccessat faccessat2 fchdir fstat ftruncate getcwd getdents64 getegid
    geteuid getgid getgroups getitimer getpgrp getpid getppid getrandom getresgid
    getresuid getrlimit gettid gettimeofday getuid lstat mkdir mkdirat mprotect
    mremap munmap nanosleep newfstatat pause poll ppoll pread64 pselect6
    pwrite64 read readlink readlinkat rename renameat renameat2 restart_syscall
    rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend
    rt_sigtimedwait sched_yield select set_robust_list setitimer sigaltstack stat
    symlink symlinkat time times umask uname unlink unlinkat write
""".split()  # noqa: SIM905 (a table reads better than ninety quoted lines)

# By path or by any open file: harmless where only files of its own can be changed so.
ON_ANY_FILE = dict.fromkeys(("chmod", "fchmod", "fchmodat", "utimensat"), ())
# Who may write a file may set its times to now, and all may write to some devices.
TIMES = ("utimensat",)

# linux/futex.h: wait, wake, requeue, compare and requeue, wake and operate, wait and
# wake by bits; of this process's own memory (128) alone, by either clock (256). Others
# would meet at the page of a library that both have, or at a thread's number.
_FUTEXES = [command | 128 for command in (0, 1, 3, 4, 5, 9, 10)]
# asm-generic/mman-common.h: what is to happen to its own pages. None of merging pages
# of several processes, and of driving those of a common file out of memory, or into it.
_ADVICE = (0, 1, 2, 4, 8, 14, 15, 102, 103)
# linux/fcntl.h: copies of a descriptor, and its flags, those of an open file to read:
# copies of the process have it in common.
_FCNTLS = (0, 1, 2, 3, 1030)
_LOCKS = (5, 6, 7, 36, 37, 38)
_SET_FLAGS = 4
# Of the machine and of this process; a larger number is another process's clock.
_CLOCKS = range(12)
# asm-generic/ioctls.h: TCGETS, TIOCGWINSZ, FIONREAD, FIONCLEX, FIOCLEX
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)
# linux/prctl.h: PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE
_PRCTLS = (15, 16, 3)
# linux/mman.h: pages of its own; of the kind that all processes have few of, none.
_PRIVATE, _KIND_AND_HUGE = 2, 0x4000F
_EMPTY = 0o1000  # O_TRUNC

# Each is allowed where all that is said of its arguments holds.
ALLOWED_WHERE = {
    "clock_getres": [Where(0, _CLOCKS)],
    "clock_gettime": [Where(0, _CLOCKS)],
    "clock_nanosleep": [Where(0, _CLOCKS)],
    "fcntl": [Where(1, _FCNTLS)],
    "futex": [Where(1, _FUTEXES, INT & ~256)],
    "getpgid": [Where(0, [0])],
    "getrusage": [Where(0, [0, 1])],
    "getsid": [Where(0, [0])],
    "ioctl": [Where(1, _IOCTLS)],
    # Not to where a file has pages, and where none: reading a mapped one can change it.
    "lseek": [Where(2, range(3))],
    "madvise": [Where(2, _ADVICE)],
    "mmap": [Where(3, [_PRIVATE], _KIND_AND_HUGE)],
    # Landlock knew nothing of emptying a file before its version 3, and opening one to
    # read can do that.
    "openat": [Where(2, [0, 1, 2, _EMPTY | 1, _EMPTY | 2], _EMPTY | 3)],
    "prctl": [Where(0, _PRCTLS)],
    # Its own limits may be read, not set.
    "prlimit64": [Where(0, [0]), Where(2, [0], (1 << 64) - 1)],
    "sched_getaffinity": [Where(0, [0])],
    # Over a socket that it was given, to its other end.
    "sendto": [Where(4, [0], (1 << 64) - 1), Where(5, [0])],
}

# What a process asks for: each is counted
# (:class:`proctor.sandbox.gatekeeper.Gate`). To make a file, in two ways; to make,
# move or link; to write.
_CREATE, _NAMELESS = 0o100, 0o20000000  # O_CREAT, O_TMPFILE
_MAKING = "mkdir mkdirat rename renameat renameat2 symlink symlinkat"
COUNTED = [
    ("openat", [Where(2, [_CREATE], _CREATE)]),
    ("openat", [Where(2, [_EMPTY], _EMPTY)]),
    ("openat", [Where(2, [_NAMELESS], _NAMELESS)]),
    *((name, []) for name in _MAKING.split()),
    ("pwrite64", []),
    ("write", []),
]
# And what is asked for, so that it is known that something is not as it was.
NOTED = """
    chmod fchmod fchmodat ftruncate rmdir unlink unlinkat utimensat
""".split()  # noqa: SIM905

# These succeed, and nothing happens. Nobody else has the files that a process may
# write, so that there is no one to lock out, and nothing has to outlast it.
SAID_DONE = {
    "fcntl": [Where(1, [*_LOCKS, _SET_FLAGS])],
    "fdatasync": (),
    "flock": (),
    "fsync": (),
}

# Libraries ask for these first, and do without where the kernel has no such call.
# `statx` can tell the number of a mount, by which all that were made can be counted.
_MISSING = "clone3 close_range fchmodat2 openat2 preadv2 pwritev2 statx"
SAID_MISSING = dict.fromkeys(_MISSING.split(), ())
# The answer of a file system without such attributes, which copying files expects.
_UNSUPPORTED = """
    fgetxattr flistxattr fsetxattr getxattr lgetxattr listxattr llistxattr lsetxattr
    setxattr
"""
SAID_UNSUPPORTED = dict.fromkeys(_UNSUPPORTED.split(), ())
# Libraries try these, and take another way where they are refused so.
SAID_AGAIN = {"futex": [Where(1, [0, 9], INT & ~256)]}
