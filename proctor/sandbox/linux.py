"""Calls of the Linux kernel that Python's standard library does not have."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
from collections.abc import Iterator
from pathlib import Path

# linux/sched.h
NEW_NAMESPACES = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
# linux/mount.h
READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXECUTION = 1, 2, 4, 8
NO_ACCESS_TIMES = 1024
REMOUNT, BIND, RECURSIVE, PRIVATE = 32, 4096, 16384, 1 << 18
_DETACH = 2
# linux/prctl.h
PARENT_DEATH_SIGNAL, NO_NEW_PRIVILEGES, DROP_BOUNDING_CAPABILITY = 1, 38, 24
_CHILD_SUBREAPER, _DUMPABLE = 36, 4
# asm-generic/mman-common.h: MADV_COLLAPSE
_COLLAPSE, _LARGE = 25, 2 << 20
# These have no wrapper in the C library; or one that changes all threads.
_SYSCALLS = {
    "x86_64": {"pivot_root": 155, "capset": 126, "setresuid": 117, "setresgid": 119},
    "aarch64": {"pivot_root": 41, "capset": 91, "setresuid": 147, "setresgid": 149},
}
# The same number on every architecture (asm-generic since Linux 5.1).
_GET_DESCRIPTOR, _MOUNT_SETATTR = 438, 442
_CAPABILITY_VERSION_3 = 0x20080522

# mallopt(3): what is larger is no part of the heap; as much is kept at its end.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_MOST_ON_HEAP, _MOST_KEPT = 32 << 20, 256 << 20
_libc = ctypes.CDLL(None, use_errno=True)


def supported() -> bool:
    """Tell whether this architecture's system call numbers are known here."""
    return platform.system() == "Linux" and platform.machine() in _SYSCALLS


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(name: str, number: int, *arguments) -> int:
    """Call the kernel; ``name`` is for the message.

    Raises
    ------
    OSError
        If the call fails.
    """
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), name)


def unshare(*namespaces: str) -> None:
    """Leave the namespaces of the parent; see :data:`NEW_NAMESPACES`."""
    flags = sum(NEW_NAMESPACES[name] for name in namespaces)
    _checked(_libc.unshare(ctypes.c_int(flags)), f"unshare {' '.join(namespaces)}")


def set_namespace(descriptor: int, namespace: str) -> None:
    """Go into the namespace that an open file of ``/proc/*/ns`` stands for."""
    flag = ctypes.c_int(NEW_NAMESPACES[namespace])
    _checked(_libc.setns(ctypes.c_int(descriptor), flag), f"setns {namespace}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = ""):
    """Mount ``source`` on ``target``."""
    result = _libc.mount(
        source.encode(),
        target.encode(),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    _checked(result, f"mount {source} on {target}")


def make_read_only(path: str, recursive: bool = True, devices: bool = False) -> None:
    """Make a mount, and the mounts below it, read-only, without setuid.

    Parameters
    ----------
    devices
        Whether devices can be opened there. These can be written to, as ever; but what
        the kernel notes of them, such as their times, cannot be changed.
    """
    flags = READ_ONLY | NO_SETUID | (0 if devices else NO_DEVICES)
    attributes = struct.pack("QQQQ", flags, 0, 0, 0)
    syscall(
        f"mount_setattr {path}",
        _MOUNT_SETATTR,
        ctypes.c_int(-100),
        path.encode(),
        ctypes.c_uint(0x8000 if recursive else 0),
        attributes,
        ctypes.c_size_t(len(attributes)),
    )


def pivot_root(new: str) -> None:
    """Make the mount ``new`` the root, and let go of the old one."""
    os.chdir(new)
    Path("old").mkdir()
    number = _SYSCALLS[platform.machine()]["pivot_root"]
    syscall("pivot_root", number, b".", b"old")
    _checked(_libc.umount2(b"/old", ctypes.c_int(_DETACH)), "umount")
    Path("/old").rmdir()


def descriptor_of(process: int, number: int) -> int:
    """Return a copy of another process's descriptor; see pidfd_getfd(2).

    Parameters
    ----------
    process
        A descriptor of pidfd_open(2).

    Raises
    ------
    OSError
        If there is no such descriptor, or this process may not have it.
    """
    zero = ctypes.c_uint(0)
    arguments = ctypes.c_int(process), ctypes.c_int(number), zero
    return syscall("pidfd_getfd", _GET_DESCRIPTOR, *arguments)


@contextlib.contextmanager
def counting_as(user: int) -> Iterator[None]:
    """Have this thread alone count as a user, for what only a process's owner may see.

    Root may see it by a capability that containers do not leave to it. Nothing changes
    for who is not root, or where the user is root.

    Raises
    ------
    OSError
        If root may not.
    """
    if os.getuid() != 0 or user == 0:
        yield
        return
    _be_in_part(user)
    try:
        yield
    finally:
        _be_in_part(0)


def _be_in_part(user: int) -> None:
    """Set the real ids, and those for files; the effective ones stay root's."""
    stay, numbers = ctypes.c_long(-1), _SYSCALLS[platform.machine()]
    steps = ("setresgid", _libc.setfsgid), ("setresuid", _libc.setfsuid)
    for name, for_files in steps if user else reversed(steps):
        if user:
            syscall(name, numbers[name], ctypes.c_long(user), stay, stay)
        for_files(ctypes.c_uint(user))
        if not user:
            syscall(name, numbers[name], ctypes.c_long(0), stay, stay)


def process_control(option: int, value: int) -> None:
    """Call prctl(2) with one argument."""
    zero = ctypes.c_ulong(0)
    result = _libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero)
    _checked(result, f"prctl {option}")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    process_control(PARENT_DEATH_SIGNAL, 9)


def use_large_pages(start: int, end: int) -> None:
    """Gather what lies between two addresses in pages of 2 MB, as far as they fit.

    Raises
    ------
    OSError
        If the kernel cannot, or has no memory for it.
    """
    start, end = -(-start // _LARGE) * _LARGE, end // _LARGE * _LARGE
    if start < end:
        size = ctypes.c_size_t(end - start)
        result = _libc.madvise(ctypes.c_void_p(start), size, _COLLAPSE)
        _checked(result, "madvise")


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for what comes, in all that is forked.

    Without it each process asks the system for every large array anew, whose pages it
    clears one by one. Other libraries than GNU's do as they do.
    """
    with contextlib.suppress(AttributeError):
        _libc.mallopt(_MMAP_THRESHOLD, _MOST_ON_HEAP)
        _libc.mallopt(_TRIM_THRESHOLD, _MOST_KEPT)


def adopt_orphans() -> None:
    """Be the parent of what descends from this process and has lost its own."""
    process_control(_CHILD_SUBREAPER, 1)


def drop_privileges(user: int | None) -> None:
    """Become ``user`` (None: stay), lose every capability, and never gain one."""
    for capability in range(64):
        try:
            process_control(DROP_BOUNDING_CAPABILITY, capability)
        except OSError:
            break  # beyond the last that this kernel has, or none to drop
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        # The kernel takes it for a program of another's; but who grades looks into it.
        process_control(_DUMPABLE, 1)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    number = _SYSCALLS[platform.machine()]["capset"]
    syscall("capset", number, header, bytes(24))
    process_control(NO_NEW_PRIVILEGES, 1)
