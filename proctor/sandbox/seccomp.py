"""The system calls that a student's process may make: a list of what is allowed.

What computing in Python, NumPy and Matplotlib needs, found by tracing them. There is no
way to start a program, to open a socket, to signal or look into another process, to
mount, or to reach one of the kernel's rarer parts. To fork is asked of the gatekeeper.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable

_ALLOWED = """
    access arch_prctl brk chdir chmod clock_getres clock_gettime clock_nanosleep
    close close_range copy_file_range dup dup2 dup3 epoll_create1 epoll_ctl
    epoll_pwait epoll_wait eventfd2 exit exit_group faccessat faccessat2 fadvise64
    fallocate fchdir fchmod fchmodat fcntl fdatasync flock fstat fstatfs fsync
    ftruncate futex get_robust_list getcpu getcwd getdents getdents64 getegid
    geteuid getgid getgroups getitimer getpgid getpgrp getpid getppid getpriority
    getrandom getresgid getresuid getrlimit getrusage getsid gettid gettimeofday
    getuid link linkat lseek lstat madvise membarrier mincore mkdir mkdirat mmap
    mprotect mremap msync munmap nanosleep newfstatat open openat openat2 pause pipe
    pipe2 poll ppoll pread64 preadv preadv2 pselect6 pwrite64 pwritev pwritev2 read
    readahead readlink readlinkat readv rename renameat renameat2 restart_syscall
    rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend
    rt_sigtimedwait sched_get_priority_max sched_get_priority_min sched_getaffinity
    sched_getparam sched_getscheduler sched_yield select sendfile set_robust_list
    set_tid_address setitimer sigaltstack stat statfs statx symlink symlinkat
    sync_file_range sysinfo tee time times truncate umask uname unlink unlinkat
    utime utimensat utimes wait4 waitid write writev
""".split()  # noqa: SIM905 (a table reads better than ninety quoted lines)

_ON_ANY_FILE = {"chmod", "fchmod", "fchmodat", "utime", "utimensat", "utimes"}
_CLONE_THREAD = 0x00010000
# As fork() of the C library: CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, SIGCHLD.
_CLONE_FORK = 0x01200011
_CLONE_NAMESPACES = 0x7E020080
# asm-generic/ioctls.h: TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# linux/prctl.h: PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE
_PRCTLS = (15, 16, 3)


def unavailable() -> str:
    """Return why no filter can be made here; empty if one can be."""
    try:
        import pyseccomp  # noqa: F401
    except (ImportError, RuntimeError) as error:
        return f"libseccomp is missing ({error})"
    return ""


class Filter:
    """The filter, made before a fork and loaded after it.

    Parameters
    ----------
    own_root
        Whether the process has a read-only root of its own. Where it shares the
        machine's, it may not change the modes and times of files: Landlock has no rule
        for that, and they may be its own user's.
    forks
        Whether it may fork, as far as a :class:`Gate` lets it.
    also
        What is allowed besides.
    """

    def __init__(
        self, own_root: bool = True, forks: bool = True, also: Iterable[str] = ()
    ) -> None:
        # Kept: later, its name is no more to be found in this process.
        import pyseccomp as seccomp

        self._library = seccomp
        self._rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
        argument, equal = seccomp.Arg, seccomp.EQ
        for name in (*_ALLOWED, *also):
            if own_root or name not in _ON_ANY_FILE:
                self._add(seccomp.ALLOW, name)
        # The C library asks for clone3 first and understands "no such call".
        self._add(seccomp.ERRNO(errno.ENOSYS), "clone3")
        flags = _CLONE_THREAD | _CLONE_NAMESPACES
        thread = argument(0, seccomp.MASKED_EQ, flags, _CLONE_THREAD)
        self._add(seccomp.ALLOW, "clone", thread)
        if forks:
            self._add(seccomp.ALLOW, "clone", argument(0, equal, _CLONE_FORK))
        for request in _IOCTLS:
            self._add(seccomp.ALLOW, "ioctl", argument(1, equal, request))
        for option in _PRCTLS:
            self._add(seccomp.ALLOW, "prctl", argument(0, equal, option))
        # Limits may be read, not set.
        self._add(seccomp.ALLOW, "prlimit64", argument(2, equal, 0))

    def _add(self, action: int, name: str, *conditions) -> None:
        library = self._library
        # Negative: this architecture, or this libseccomp, has no such call.
        number = library.resolve_syscall(library.Arch.NATIVE, name)
        if number >= 0:
            self._rules.add_rule(action, number, *conditions)

    def load(self) -> None:
        """Put the filter on this process, for good.

        Raises
        ------
        OSError
            If the kernel does not take it.
        """
        self._rules.load()


class Gate:
    """A filter that asks outside before a process forks; to be loaded first of all.

    See :mod:`proctor.sandbox.gatekeeper`. Linux 5.5 or later.
    """

    def __init__(self) -> None:
        import pyseccomp as seccomp

        # The package has no public name for the listener.
        self._listener_of = seccomp._libseccomp.seccomp_notify_fd
        self._rules = seccomp.SyscallFilter(seccomp.ALLOW)
        fork = seccomp.Arg(0, seccomp.EQ, _CLONE_FORK)
        self._rules.add_rule(seccomp.NOTIFY, "clone", fork)

    def load(self, end: int) -> None:
        """Put it on this process, and send its listener over a socket.

        Parameters
        ----------
        end
            The socket's descriptor, which is closed.

        Raises
        ------
        OSError
            If the kernel does not take it.
        """
        self._rules.load()
        listener = self._listener_of(self._rules._filter)
        with socket.socket(fileno=end) as gatekeeper:
            socket.send_fds(gatekeeper, [b"."], [listener])
        os.close(listener)
