"""The list of system calls as a filter, which the kernel keeps for a process."""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections.abc import Iterable, Sequence

from proctor.sandbox import calls

_CLONE_THREAD = 0x00010000
# As fork() of the C library: CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, SIGCHLD.
_CLONE_FORK = 0x01200011
_CLONE_NAMESPACES = 0x7E020080


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
    own_files
        Whether the modes and times of files may be changed: where nothing but the
        process's own is in reach. Otherwise that is said to be done, and is not, for
        Landlock has no rule for it, and the files may be its own user's.
    forks
        Whether it may fork, as far as a :class:`Gate` lets it.
    also
        What is allowed besides.
    """

    def __init__(
        self, own_files: bool = True, forks: bool = True, also: Iterable[str] = ()
    ) -> None:
        # Kept: later, its name is no more to be found in this process.
        import pyseccomp as seccomp

        self._library = seccomp
        self._rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
        for name in (*calls.ALLOWED, *also):
            self._add(seccomp.ALLOW, name)
        on_files = seccomp.ALLOW if own_files else seccomp.ERRNO(0)
        for answer, found in (
            (seccomp.ALLOW, calls.ALLOWED_WHERE),
            (on_files, calls.ON_ANY_FILE),
            (seccomp.ERRNO(0), calls.SAID_DONE),
            (seccomp.ERRNO(errno.EAGAIN), calls.SAID_AGAIN),
            (seccomp.ERRNO(errno.ENOSYS), calls.SAID_MISSING),
            (seccomp.ERRNO(errno.EOPNOTSUPP), calls.SAID_UNSUPPORTED),
        ):
            for name, conditions in found.items():
                self._add_where(answer, name, conditions)
        flags = _CLONE_THREAD | _CLONE_NAMESPACES
        thread = seccomp.Arg(0, seccomp.MASKED_EQ, flags, _CLONE_THREAD)
        self._add(seccomp.ALLOW, "clone", thread)
        if forks:
            fork = seccomp.Arg(0, seccomp.EQ, _CLONE_FORK)
            self._add(seccomp.ALLOW, "clone", fork)

    def _add_where(
        self, action: int, name: str, conditions: Sequence[calls.Where]
    ) -> None:
        """Add a rule for each combination of values."""
        library = self._library
        tests = [
            [
                library.Arg(where.argument, library.MASKED_EQ, where.mask, value)
                for value in where.values
            ]
            for where in conditions
        ]
        for combination in itertools.product(*tests):
            self._add(action, name, *combination)

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
