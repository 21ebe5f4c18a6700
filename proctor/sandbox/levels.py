"""Which levels of isolation this machine gives, and what would give a better one."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from proctor.sandbox.confine import LANDLOCK, NAMESPACE, PROCESS

# The best first.
LEVELS = (NAMESPACE, LANDLOCK, PROCESS)
ABOUT = {
    NAMESPACE: "a root, processes and network of its own; file rules; system calls",
    LANDLOCK: "file rules and system calls, without namespaces",
    PROCESS: "limits on time and memory alone: a submission can read your files",
}
_CURE_OF_LANDLOCK = (
    "a kernel of 5.13 or later with landlock in its list of security modules (boot "
    "with lsm=landlock,...; see /sys/kernel/security/lsm)"
)
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_MOST_NAMESPACES = Path("/proc/sys/user/max_user_namespaces")
_CLONE = Path("/proc/sys/kernel/unprivileged_userns_clone")


@dataclass(frozen=True)
class Finding:
    """Whether this machine gives a level.

    Attributes
    ----------
    reason
        Why it does not; empty if it does.
    cure
        What to do about it, as a command where there is one.
    """

    level: str
    reason: str = ""
    cure: str = ""


def examine_machine() -> list[Finding]:
    """Try each level, the best first."""
    if sys.platform != "linux":
        reason, cure = (
            f"this is {sys.platform}",
            "grade on Linux, or in WSL or a container",
        )
        return [
            *(Finding(level, reason, cure) for level in LEVELS[:2]),
            Finding(PROCESS),
        ]
    return [_try_namespaces(), _try_landlock(), Finding(PROCESS)]


def best_level() -> str:
    """Return the best level that this machine gives."""
    return next(found.level for found in examine_machine() if not found.reason)


def explain(level: str, reason: str) -> str:
    """Return the line for who asked for a level that cannot be had, with the cure."""
    cures = {NAMESPACE: _cure_of_namespaces, LANDLOCK: lambda: _CURE_OF_LANDLOCK}
    cure = cures[level]() if level in cures else "run proctor doctor"
    return (
        f"the sandbox {level!r} cannot be had here ({reason}). Cure: {cure}. Or name a "
        "weaker one: `proctor doctor` says which there is, --sandbox asks for it"
    )


def _try_namespaces() -> Finding:
    if finding := _lacks_filter(NAMESPACE):
        return finding
    from proctor.sandbox import linux, namespaces

    def try_it() -> None:
        namespaces.leave()
        # Some systems allow the namespace and refuse every use of it.
        linux.mount("tmpfs", "/tmp", "tmpfs", 0, "size=4k")

    reason = _in_child(try_it)
    if not reason:
        return Finding(NAMESPACE)
    return Finding(NAMESPACE, reason, _cure_of_namespaces())


def _try_landlock() -> Finding:
    if finding := _lacks_filter(LANDLOCK):
        return finding
    from proctor.sandbox import landlock

    if landlock.version():
        return Finding(LANDLOCK)
    return Finding(LANDLOCK, "the kernel has no Landlock", _CURE_OF_LANDLOCK)


def _lacks_filter(level: str) -> Finding | None:
    from proctor.sandbox import linux, seccomp

    if not linux.supported():
        reason = f"the machine is a {os.uname().machine}"
        return Finding(level, reason, "grade on x86-64 or arm64")
    if reason := seccomp.unavailable():
        cure = "apt-get install libseccomp2 (or your system's libseccomp)"
        return Finding(level, reason, cure)
    return None


def _cure_of_namespaces() -> str:
    if os.getuid() == 0:
        return (
            "this container may not mount: start it with --cap-add SYS_ADMIN "
            "--security-opt seccomp=unconfined --security-opt apparmor=unconfined"
        )
    if _says(_APPARMOR, "1"):
        return (
            "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 "
            "(Ubuntu 23.10 and later), or grade as root"
        )
    if _says(_CLONE, "0"):
        return "sudo sysctl -w kernel.unprivileged_userns_clone=1, or grade as root"
    if _says(_MOST_NAMESPACES, "0"):
        return "sudo sysctl -w user.max_user_namespaces=15000, or grade as root"
    return (
        "in a container, start it with --security-opt seccomp=unconfined "
        "--security-opt apparmor=unconfined; elsewhere, grade as root"
    )


def _says(file: Path, value: str) -> bool:
    try:
        return file.read_text().strip() == value
    except OSError:
        return False


def _in_child(function: Callable[[], None]) -> str:
    """Run ``function`` in a fork; return why it failed, or an empty text."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        # From a process with threads too: the child makes system calls, and ends.
        warnings.filterwarnings("ignore", ".*multi-threaded", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            function()
            os._exit(0)
        except BaseException as error:
            os.write(write, str(error).encode()[:500])
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as said:
        reason = said.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "" if status == 0 else reason or f"it ended with {status}"
