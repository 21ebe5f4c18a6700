"""Run a command as root of a container runs it, as containers come by default.

``python container.py COMMAND...``: no namespaces, no mounts, no Landlock, and the
capabilities that Docker leaves to root.
"""

import ctypes
import errno
import os
import sys

import pyseccomp as seccomp

REFUSED = """
    unshare setns mount umount2 pivot_root mount_setattr open_tree move_mount fsopen
    fsconfig fsmount fspick landlock_create_ruleset landlock_add_rule
    landlock_restrict_self
""".split()  # noqa: SIM905
NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000)
NAMESPACES += (0x10000000, 0x20000000, 0x40000000)
# linux/capability.h: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID,
# SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD, AUDIT_WRITE, SETFCAP
LEFT = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
DROP_BOUNDING_CAPABILITY = 24


def enter() -> None:
    """Take from this process, and from all that it starts, what containers take."""
    libc = ctypes.CDLL(None)
    for capability in set(range(64)) - LEFT:
        libc.prctl(DROP_BOUNDING_CAPABILITY, capability, 0, 0, 0)
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    native = seccomp.Arch.NATIVE
    for name in REFUSED:
        if seccomp.resolve_syscall(native, name) >= 0:
            rules.add_rule(seccomp.ERRNO(errno.EPERM), name)
    for flag in NAMESPACES:
        asked = seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag)
        rules.add_rule(seccomp.ERRNO(errno.EPERM), "clone", asked)
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    rules.load()


if __name__ == "__main__":
    enter()
    os.execvp(sys.argv[1], sys.argv[1:])
