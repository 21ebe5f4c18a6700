"""The list of system calls as a filter, which the kernel keeps for a process."""

from __future__ import annotations

import errno
import itertools
import os
import socket
from collections.abc import Collection, Iterable, Sequence

from proctor.sandbox import calls

# As fork() of the C library: CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, SIGCHLD.
FORK = 0x01200011
_CLONE_THREAD, _CLONE_NAMESPACES = 0x00010000, 0x7E020080
_FORK = calls.Where(0, [FORK], (1 << 64) - 1)
# As the C library starts one: memory, file system, descriptors and handlers in common.
# What a thread had for itself, nobody would see.
_OF_A_THREAD = _CLONE_THREAD | 0x0F00
_THREAD = calls.Where(0, [_OF_A_THREAD], _OF_A_THREAD | _CLONE_NAMESPACES)


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
    unchanged
        Which of :data:`calls.ON_ANY_FILE` are said to be done, and are not: where more
        than the process's own is in reach. Landlock has no rule for them.
    forks
        Whether it may fork, as far as a :class:`Gate` lets it.
    also
        What is allowed besides.
    """

    def __init__(
        self,
        unchanged: Collection[str] = (),
        forks: bool = True,
        also: Iterable[str] = (),
    ) -> None:
        # Kept: later, its name is no more to be found in this process.
        import pyseccomp as seccomp

        self._rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
        for name in (*calls.ALLOWED, *also):
            _add(self._rules, seccomp.ALLOW, name)
        changing = {n: w for n, w in calls.ON_ANY_FILE.items() if n not in unchanged}
        for answer, found in (
            (seccomp.ALLOW, calls.ALLOWED_WHERE),
            (seccomp.ALLOW, changing),
            (seccomp.ERRNO(0), dict.fromkeys(unchanged, ())),
            (seccomp.ERRNO(0), calls.SAID_DONE),
            (seccomp.ERRNO(errno.EAGAIN), calls.SAID_AGAIN),
            (seccomp.ERRNO(errno.ENOSYS), calls.SAID_MISSING),
            (seccomp.ERRNO(errno.EOPNOTSUPP), calls.SAID_UNSUPPORTED),
        ):
            for name, conditions in found.items():
                _add(self._rules, answer, name, conditions)
        _add(self._rules, seccomp.ALLOW, "clone", [_THREAD])
        if forks:
            _add(self._rules, seccomp.ALLOW, "clone", [_FORK])

    def load(self) -> None:
        """Put the filter on this process, for good.

        Raises
        ------
        OSError
            If the kernel does not take it.
        """
        self._rules.load()


class Gate:
    """A filter that asks outside before some calls; to be loaded first of all.

    See :mod:`proctor.sandbox.gatekeeper`. Linux 5.5 or later. To fork is asked, to
    start a thread, and to change anything of a file.
    """

    def __init__(self) -> None:
        import pyseccomp as seccomp

        # The package has no public name for the listener.
        self._listener_of = seccomp._libseccomp.seccomp_notify_fd
        self._rules = seccomp.SyscallFilter(seccomp.ALLOW)
        asked = [("clone", [_FORK]), ("clone", [_THREAD])]
        asked += [*calls.COUNTED, *((name, []) for name in calls.NOTED)]
        for name, conditions in asked:
            _add(self._rules, seccomp.NOTIFY, name, conditions)

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


def _add(rules, action: int, name: str, where: Sequence[calls.Where] = ()) -> None:
    """Add a rule for each combination of values; none if there is no such call."""
    import pyseccomp as seccomp

    # Negative: this architecture, or this libseccomp, does not know it.
    number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
    if number < 0:
        return
    tests = [
        [
            seccomp.Arg(w.argument, seccomp.MASKED_EQ, w.mask, value)
            for value in w.values
        ]
        for w in where
    ]
    for combination in itertools.product(*tests):
        rules.add_rule(action, number, *combination)


def names_of_asked() -> dict[int, str]:
    """Return the calls that a :class:`Gate` may ask about, by the kernel's number."""
    import pyseccomp as seccomp

    names = {"clone", *(name for name, _ in calls.COUNTED), *calls.NOTED}
    return {seccomp.resolve_syscall(seccomp.Arch.NATIVE, name): name for name in names}
