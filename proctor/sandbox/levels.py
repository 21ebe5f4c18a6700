"""Which levels of isolation this machine gives, and what would give a better one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox.confine import LANDLOCK, NAMESPACE, PROCESS, UID
from proctor.sandbox.trial import fails_in_child
from proctor.sandbox.work import WorkFolder, place_for

# The best first.
LEVELS = (NAMESPACE, LANDLOCK, UID, PROCESS)
ABOUT = {
    NAMESPACE: "a root, processes and network of its own; file rules; system calls",
    LANDLOCK: "file rules and system calls, without namespaces",
    UID: "for root in a container: user ids, a root of copies, system calls",
    PROCESS: "limits on time and memory alone: a submission can read your files",
}
_CURE_OF_LANDLOCK = (
    "a kernel of 5.13 or later with landlock in its list of security modules (boot "
    "with lsm=landlock,...; see /sys/kernel/security/lsm)"
)
_CURE_OF_MEMORY = "have one of them on a disk, writable; in a container, by a volume"
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


def examine_machine(levels: Sequence[str] = LEVELS) -> list[Finding]:
    """Try each of these levels, in this order."""
    return [_examine(level) for level in levels]


def _examine(level: str) -> Finding:
    if level == PROCESS:
        return Finding(level)
    if sys.platform != "linux":
        cure = "grade on Linux, or in WSL or a container"
        return Finding(level, f"this is {sys.platform}", cure)
    tried = {NAMESPACE: _try_namespaces, LANDLOCK: _try_landlock, UID: _try_users}
    return _lacks_filter(level) or tried[level]()


def best_level() -> str:
    """Return the best level that this machine gives."""
    return next(found.level for found in examine_machine() if not found.reason)


def choose(wanted: Sequence[str]) -> str:
    """Return the first of these levels that this machine gives.

    One alone is not tried: whether it is given is seen when it is used.

    Raises
    ------
    GradingError
        If it gives none of them.
    """
    if len(wanted) == 1:
        return wanted[0]
    refused = []
    for level in wanted:
        found = _examine(level)
        if not found.reason:
            return level
        refused.append(found)
    said = "; ".join(f"{f.level}: {f.reason}. Cure: {f.cure}" for f in refused)
    raise GradingError(f"none of the sandboxes asked for can be had here. {said}")


def parse(text: str) -> list[str]:
    """Return the levels that a text lists, the best first.

    Raises
    ------
    ValueError
        If one of them is none, with the line for who wrote it.
    """
    found = [part.strip() for part in text.split(",")]
    if unknown := [level for level in found if level not in LEVELS]:
        raise ValueError(f"no level {unknown[0]!r}: there is {', '.join(LEVELS)}")
    return found


def explain(level: str, reason: str) -> str:
    """Return the line for who asked for a level that cannot be had, with the cure."""
    cures = {
        NAMESPACE: _cure_of_namespaces,
        LANDLOCK: lambda: _CURE_OF_LANDLOCK,
        UID: _cure_of_users,
    }
    cure = cures[level]() if level in cures else "run proctor doctor"
    others = [other for other in LEVELS if other not in (level, PROCESS)]
    given = next((o for o in others if not _examine(o).reason), None)
    instead = (
        f"Or take {given!r}, which this machine gives: --sandbox {given}, or list it "
        "in c.Sandbox.level"
        if given
        else "No other level that protects is to be had here: see proctor doctor"
    )
    return (
        f"the sandbox {level!r} cannot be had here ({reason}). Cure: {cure}. {instead}"
    )


def _try_namespaces() -> Finding:
    from proctor.sandbox import linux, namespaces

    def try_it() -> None:
        namespaces.leave()
        # Some systems allow the namespace and refuse every use of it.
        linux.mount("tmpfs", "/tmp", "tmpfs", 0, "size=4k")

    reason = fails_in_child(try_it)
    if not reason:
        return Finding(NAMESPACE)
    return Finding(NAMESPACE, reason, _cure_of_namespaces())


def _try_landlock() -> Finding:
    from proctor.sandbox import landlock

    if not landlock.version():
        return Finding(LANDLOCK, "the kernel has no Landlock", _CURE_OF_LANDLOCK)
    try:
        place_for(counted=True)
    except GradingError as error:
        return Finding(LANDLOCK, str(error), _CURE_OF_MEMORY)
    return Finding(LANDLOCK)


def _try_users() -> Finding:
    if os.getuid() != 0:
        return Finding(UID, "only root gives user ids", _cure_of_users())
    from proctor.sandbox import users

    try:
        folder = WorkFolder(counted=True)
    except GradingError as error:
        return Finding(UID, str(error), _CURE_OF_MEMORY)
    try:
        reason = fails_in_child(lambda: users.try_it(folder.path))
    finally:
        folder.remove()
    return Finding(UID, reason, _cure_of_users() if reason else "")


def _cure_of_users() -> str:
    if os.getuid() != 0:
        return "grade as root, in a container of its own"
    return (
        "start the container with --cap-add SYS_CHROOT,MKNOD,CHOWN,SETUID,SETGID,"
        "DAC_OVERRIDE,FOWNER,KILL, which Docker's default has"
    )


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
