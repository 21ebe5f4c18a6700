"""How a warm parent locks its children in: a class for each level.

The parent calls ``leave``, imports what its children need, calls ``enter``, and then
``fork`` for each child, which calls ``lock``.
"""

from __future__ import annotations

import os
import resource
import secrets
import sys
from pathlib import Path

NAMESPACE, LANDLOCK, UID, PROCESS = "namespace", "landlock", "uid", "process"
# How many copies of itself a student's process may have, besides its threads.
_FORKS = 64


class Lock:
    """Limits alone: the level ``process``, and what the other levels share."""

    has_landlock = False
    # Whether its children ask before they fork.
    has_gate = False

    def __init__(self, settings: dict) -> None:
        self.settings = settings
        self.limits = settings["limits"]

    def fork(self) -> int:
        """Fork as os.fork does."""
        return os.fork()

    def leave(self) -> None:
        """Leave the host, before anything is imported."""

    def enter(self) -> None:
        """Close the door, after everything is imported."""

    def make_scratch(self, number: int) -> Path | None:
        """Make the folder for the next child to write into, and return it.

        Parameters
        ----------
        number
            The child's own; where it is to have a user id of its own, that.
        """
        # Where there is no other root, to know its name is to see what is in it.
        name = f"{number}-{secrets.token_hex(16)}"
        self.scratch = Path(self.settings["scratch"], name)
        self.scratch.mkdir(mode=0o700)
        return self.scratch

    def lock(self, number: int, first_free: int, gate: int | None) -> None:
        """Lock this process in; close its descriptors from ``first_free`` on.

        Parameters
        ----------
        gate
            The socket to the gatekeeper, where there is one; it is closed.
        """
        os.closerange(first_free, 4096)
        os.chdir(self.scratch)
        self.limit()

    def limit(self, own_user: bool = False) -> None:
        """Put the limits on this process."""
        megabyte = 1 << 20
        wanted = {
            resource.RLIMIT_CPU: self.limits["cpu_seconds"],
            resource.RLIMIT_FSIZE: self.limits["file_mb"] * megabyte,
            resource.RLIMIT_NOFILE: self.limits["open_files"],
            resource.RLIMIT_CORE: 0,
        }
        if sys.platform == "linux":  # macOS takes no limit on memory
            wanted[resource.RLIMIT_AS] = self.limits["memory_mb"] * megabyte
        if own_user:
            # Only where the id is this child's alone: the kernel counts by user.
            wanted[resource.RLIMIT_NPROC] = self.limits["threads"] + _FORKS
        for limit, value in wanted.items():
            hard = resource.getrlimit(limit)[1]
            if hard != resource.RLIM_INFINITY:
                value = min(value, hard)
            resource.setrlimit(limit, (value, value))


class _LandlockLock(Lock):
    """No namespaces: Landlock for files and signals, and the list of system calls."""

    has_landlock = has_gate = True

    def enter(self) -> None:
        from proctor.sandbox import calls, landlock, linux, namespaces, seccomp

        self._landlock, self._linux = landlock, linux
        self._gate = seccomp.Gate()
        # The files in reach may be its own user's.
        self._filter = seccomp.Filter(calls.ON_ANY_FILE, also=["recvmsg"])
        packages = Path(self.settings["packages"])
        foreign = set(namespaces.foreign_packages())
        readable = [packages, *(p.resolve() for p in packages.iterdir())]
        for library in namespaces.libraries():
            readable += self._without(library, foreign)
        readable += [Path("/dev", d) for d in ("null", "zero", "random", "urandom")]
        readable.append(Path("/etc/ld.so.cache"))
        # Coarse, for the rules of the parent hold as well; but not other children's
        # folders, which those must allow.
        self._around = [
            packages,
            *(p.resolve().parent for p in packages.iterdir()),
            *namespaces.libraries(),
            "/dev",
            "/etc",
        ]
        # A rule allows all below its folder, so what is allowed is listed; the names
        # in the folders above must be listable for imports to work.
        linux.process_control(linux.NO_NEW_PRIVILEGES, 1)
        writable = [self.settings["scratch"], "/dev/null"]
        self._rely_on = self.settings["landlock"]
        landlock.restrict(landlock.make_rules(readable, writable, self._rely_on))

    def _without(self, folder: Path, hidden: set[Path]) -> list[Path]:
        """Return what lies in ``folder``, down to where ``hidden`` is left out."""
        if not any(h.is_relative_to(folder) for h in hidden):
            return [folder]
        return [
            path
            for entry in folder.iterdir()
            if entry not in hidden
            for path in (self._without(entry, hidden) if entry.is_dir() else [entry])
        ]

    def lock(self, number: int, first_free: int, gate: int | None) -> None:
        os.closerange(first_free, 4096)
        os.chdir(self.scratch)
        self._linux.die_with_parent()
        self._linux.adopt_orphans()
        self.limit()
        self._linux.drop_privileges(None)
        write = [self.scratch, "/dev/null"]
        rules = self._landlock.make_rules(self._around, write, self._rely_on)
        self._landlock.restrict(rules)
        self._gate.load(gate)
        self._filter.load()


class _NamespaceLock(Lock):
    """Namespaces and a root of its own, with Landlock where there is one."""

    has_gate = True

    def leave(self) -> None:
        from proctor.sandbox import linux, namespaces

        self._linux, self._namespaces = linux, namespaces
        self._as_root = os.getuid() == 0
        namespaces.leave()
        first = os.fork()
        if first:
            # The first process of the new namespace goes on; this one waits for it.
            _, status = os.waitpid(first, 0)
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        linux.die_with_parent()
        self.fork = namespaces.ProcessNamespaces().fork

    def enter(self) -> None:
        from proctor.sandbox import landlock, seccomp

        self._landlock = landlock
        self._gate = seccomp.Gate()
        self._filter = seccomp.Filter(also=["recvmsg"])
        self.has_landlock = landlock.version() > 0
        root, packages = Path(self.settings["root"]), Path(self.settings["packages"])
        self._namespaces.enter_root(root, packages)

    def make_scratch(self, number: int) -> None:
        return None  # each child mounts its own

    def lock(self, number: int, first_free: int, gate: int | None) -> None:
        os.closerange(first_free, 4096)
        self._namespaces.mount_scratch(self.limits["files_mb"])
        self.limit(own_user=self._as_root)
        self._linux.drop_privileges(number if self._as_root else None)
        if self.has_landlock:
            rules = self._landlock.make_rules(["/"], ["/tmp", "/dev/null"])
            self._landlock.restrict(rules)
        self._gate.load(gate)
        self._filter.load()


class _UserLock(Lock):
    """A user id, and a root of copies, with Landlock where there is one."""

    has_gate = True

    def enter(self) -> None:
        from proctor.sandbox import calls, copies, landlock, linux, seccomp, users

        self._landlock, self._linux = landlock, linux
        self.has_landlock = landlock.version() > 0
        self._gate = seccomp.Gate()
        # All may write to the devices, which are no mounts of their own here.
        self._filter = seccomp.Filter(calls.TIMES, also=["recvmsg"])
        self._parent = os.getpid()
        root = Path(self.settings["root"])
        if not self.settings["laid_out"]:
            copies.lay_out(root, Path(self.settings["packages"]))
        self._scratches = users.Scratches(root / "tmp")
        copies.hide_readers(root / "tmp" if self.settings["laid_out"] else root)
        users.enter_root(root)

    def make_scratch(self, number: int) -> Path:
        self.scratch = self._scratches.make(number)
        return Path(self.settings["root"], self.scratch.relative_to("/"))

    def lock(self, number: int, first_free: int, gate: int | None) -> None:
        os.closerange(first_free, 4096)
        os.chdir(self.scratch)
        self.limit(own_user=True)
        self._linux.drop_privileges(number)
        # Not before: the kernel forgets it when a process becomes another user's.
        self._linux.die_with_parent()
        if os.getppid() != self._parent:
            os._exit(1)
        self._linux.adopt_orphans()
        if self.has_landlock:
            rules = self._landlock.make_rules(["/"], [self.scratch, "/dev/null"])
            self._landlock.restrict(rules)
        self._gate.load(gate)
        self._filter.load()


class _TrustedLock(Lock):
    """For the examiner, which runs our code: limits, and what costs nothing more."""

    def enter(self) -> None:
        self._restricted = False
        if self.settings["level"] == PROCESS:
            return
        from proctor.sandbox import landlock, linux, seccomp

        # It is given the sockets to the students' processes.
        self._linux, self._filter = linux, seccomp.Filter(forks=False, also=["recvmsg"])
        self._restricted = True
        linux.process_control(linux.NO_NEW_PRIVILEGES, 1)
        if landlock.version():
            landlock.restrict(landlock.make_rules(["/"], ["/dev/null"]))

    def make_scratch(self, number: int) -> None:
        return None

    def lock(self, number: int, first_free: int, gate: int | None) -> None:
        os.closerange(first_free, 4096)
        os.chdir("/")
        self.limit()
        if self._restricted:
            self._linux.die_with_parent()
            self._filter.load()


def lock_for(settings: dict) -> Lock:
    """Return the lock that a parent's settings ask for."""
    if settings["trusted"]:
        return _TrustedLock(settings)
    kinds = {
        NAMESPACE: _NamespaceLock,
        LANDLOCK: _LandlockLock,
        UID: _UserLock,
        PROCESS: Lock,
    }
    return kinds[settings["level"]](settings)
