"""Landlock: a process gives up the right to files, networks and signals.

See landlock(7). The package ``landlock`` on PyPI covers files alone; networks and the
scope of signals came with later versions of the kernel's interface (4 and 6).
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from proctor.sandbox import linux

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE, _READ, _LIST = 1, 2, 4, 8
_TRUNCATE, _DEVICE_CONTROL = 1 << 14, 1 << 15
# What each version of the interface brought that concerns us.
RIGHTS = {
    2: "moving files between folders",
    3: "emptying files",
    4: "TCP",
    5: "device controls",
    6: "signals",
}
# Rights that a rule for a single file may have.
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE_CONTROL
_READ_ONLY = _EXECUTE | _READ | _LIST


def version() -> int:
    """Return the version of the kernel's Landlock interface; 0 where it is off."""
    try:
        return linux.syscall(
            "landlock", _CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1)
        )
    except OSError:
        return 0


def make_rules(
    read: Iterable[Path | str],
    write: Iterable[Path | str] = (),
    known: int | None = None,
) -> int:
    """Return a descriptor of rules: these paths may be read, these written as well.

    Everything else about files is refused, and so are TCP and signals to processes
    outside, where the interface's version knows of them; what it does not know, the
    list of system calls refuses (see ``docs/security.md``). Paths that do not exist are
    passed over.

    Parameters
    ----------
    known
        The version to rely on: none above the kernel's own. None: that one.

    Raises
    ------
    OSError
        If the kernel has no Landlock.
    """
    known = version() if known is None else min(known, version())
    files = (1 << 13) - 1
    files |= sum(1 << (11 + v) for v in (2, 3) if known >= v)
    files |= _DEVICE_CONTROL if known >= 5 else 0
    network, scope = 3, 3
    size = 8 if known < 4 else 16 if known < 6 else 24
    attributes = struct.pack("QQQ", files, network, scope)[:size]
    rules = linux.syscall(
        "landlock", _CREATE, attributes, ctypes.c_size_t(size), ctypes.c_uint(0)
    )
    for paths, rights in ((read, _READ_ONLY), (write, files)):
        for path in paths:
            _allow(rules, Path(path), rights & files)
    return rules


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        linux.syscall(
            f"landlock {path}",
            _ADD,
            ctypes.c_int(rules),
            ctypes.c_int(1),
            rule,
            ctypes.c_uint(0),
        )
    finally:
        os.close(descriptor)


def restrict(rules: int) -> None:
    """Put the rules on this process, for good; it needs ``no_new_privs``."""
    linux.syscall("landlock", _RESTRICT, ctypes.c_int(rules), ctypes.c_uint(0))
    os.close(rules)
