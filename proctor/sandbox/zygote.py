"""The warm parent: it imports what everybody needs once, and forks a child per job.

It is started by :mod:`proctor.sandbox.jail` in a process of its own, with an empty
environment, so that no secret and no test is ever in its memory. It stays
single-threaded. Standard library only: this is also the file that Python runs.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

NAMESPACE, LANDLOCK, PROCESS = "namespace", "landlock", "process"
# User ids for the children of root, one each: no other process has them.
_FIRST_USER, _USERS = 200_000, 50_000
_REAP_SECONDS = 1.0


def main(control: socket.socket, settings: dict) -> None:
    """Prepare, say so, and fork until the other end closes.

    Parameters
    ----------
    settings
        ``level``; ``module``, with the functions ``prepare(preload)``, ``warm_up()``
        (behind the closed door) and ``serve(descriptors, limits)``; ``preload``, a list
        of modules; ``limits``; ``path``, for imports; ``modules``, name and file of
        what is imported from beside the path;
        ``packages``, ``root`` and ``scratch``, folders; ``trusted``, whether the
        children run our code alone.
    """
    os.umask(0o022)
    try:
        jail = _TrustedJail(settings) if settings["trusted"] else _jail(settings)
        jail.leave()
        module = importlib.import_module(settings["module"])
        module.prepare(settings["preload"])
        jail.enter()
        module.warm_up()
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        refused = isinstance(error, OSError)
        _say(control, {"error": message, "refused": refused})
        return
    if not settings["trusted"]:
        _forget_the_grader(settings["modules"])
    # What is alive now stays; a collection in a child would copy all its pages.
    gc.collect()
    gc.freeze()
    _say(control, {"ready": True, "landlock": jail.has_landlock})
    _fork_for(control, jail, module, settings)


def _fork_for(control: socket.socket, jail, module, settings: dict) -> None:
    children: dict[int, Path | None] = {}
    waiting = select.poll()
    waiting.register(control, select.POLLIN)
    while True:
        if not waiting.poll(_REAP_SECONDS * 1000):
            _reap(children)
            continue
        try:
            request, descriptors, _, _ = socket.recv_fds(control, 1 << 20, 8)
        except ConnectionError:
            break
        if not request:
            break
        _reap(children)
        message = json.loads(request)
        if "learn" in message:
            module.learn(message["learn"])
            _say(control, {"ready": True})
            continue
        number = message["number"]
        try:
            scratch = jail.make_scratch(number)
            child = jail.fork()
        except OSError as error:
            _say(control, {"error": f"no process could be started: {error}"})
        else:
            if child == 0:
                processor = message["processor"]
                _be_a_child(
                    jail, number, processor, module, descriptors, settings["limits"]
                )
            children[child] = scratch
            _answer(control, child, scratch)
        for descriptor in descriptors:
            os.close(descriptor)
    for child in children:
        os.kill(child, signal.SIGKILL)
    while children:
        _reap(children, wait=True)


def _be_a_child(
    jail,
    number: int,
    processor: int | None,
    module,
    descriptors: list[int],
    limits: dict,
) -> None:
    """Lock this process in and serve; it never returns."""
    try:
        if processor is not None:
            os.sched_setaffinity(0, {processor})
        first = 3 + len(descriptors)
        # Away from the numbers that they shall have, then there.
        away = [os.dup2(d, 200 + i) for i, d in enumerate(descriptors)]
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1):
            os.dup2(null, standard)
        kept = [os.dup2(d, 3 + i, inheritable=False) for i, d in enumerate(away)]
        try:
            jail.lock(number, first)
        except BaseException as error:
            os.write(2, f"proctor: no lock for a child: {error!r}\n".encode())
            raise
        # What is written there goes nowhere, not to the grader's terminal.
        os.dup2(1, 2)
        module.serve(kept, limits)
    finally:
        os._exit(0)


def _answer(control: socket.socket, child: int, scratch: Path | None) -> None:
    message = {"pid": child, "scratch": scratch and str(scratch)}
    if not hasattr(os, "pidfd_open"):
        _say(control, message)
        return
    # Nobody else reaps children here, so the number is still this child's.
    handle = os.pidfd_open(child)
    try:
        with contextlib.suppress(ConnectionError):
            socket.send_fds(control, [json.dumps(message).encode()], [handle])
    finally:
        os.close(handle)


def _reap(children: dict[int, Path | None], wait: bool = False) -> None:
    """Collect children that ended, and what they wrote."""
    while children:
        try:
            child, _ = os.waitpid(-1, 0 if wait else os.WNOHANG)
        except ChildProcessError:
            children.clear()
            return
        if child == 0:
            return
        scratch = children.pop(child, None)
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)


def _say(control: socket.socket, message: dict) -> None:
    # The grader may be gone: the next look at the socket says so.
    with contextlib.suppress(ConnectionError):
        control.sendall(json.dumps(message).encode())


def _forget_the_grader(ours: Iterable[str]) -> None:
    """Take our own modules from what a student can import by name."""
    for name in [n for n in sys.modules if n.split(".")[0] in ours]:
        del sys.modules[name]


def _jail(settings: dict):
    kinds = {NAMESPACE: _NamespaceJail, LANDLOCK: _LandlockJail, PROCESS: _Jail}
    return kinds[settings["level"]](settings)


class _Jail:
    """Limits alone: the level ``process``, and what the other levels share."""

    has_landlock = False

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
        """Make a folder for a child to write into."""
        scratch = Path(self.settings["scratch"], f"{number}")
        scratch.mkdir(mode=0o700)
        return scratch

    def lock(self, number: int, first_free: int) -> None:
        """Lock this process in; close its descriptors from ``first_free`` on."""
        os.closerange(first_free, 4096)
        os.chdir(Path(self.settings["scratch"], f"{number}"))
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
            wanted[resource.RLIMIT_NPROC] = self.limits["threads"]
        for limit, value in wanted.items():
            hard = resource.getrlimit(limit)[1]
            if hard != resource.RLIM_INFINITY:
                value = min(value, hard)
            resource.setrlimit(limit, (value, value))


class _LandlockJail(_Jail):
    """No namespaces: Landlock for files and signals, and the list of system calls."""

    has_landlock = True

    def enter(self) -> None:
        from proctor.sandbox import landlock, linux, namespaces, seccomp

        self._landlock, self._linux = landlock, linux
        self._filter = seccomp.Filter(own_root=False)
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
        landlock.restrict(landlock.make_rules(readable, writable))

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

    def lock(self, number: int, first_free: int) -> None:
        scratch = Path(self.settings["scratch"], f"{number}")
        os.closerange(first_free, 4096)
        os.chdir(scratch)
        self._linux.die_with_parent()
        self.limit()
        self._linux.drop_privileges(None)
        write = [scratch, "/dev/null"]
        self._landlock.restrict(self._landlock.make_rules(self._around, write))
        self._filter.load()


class _NamespaceJail(_Jail):
    """Namespaces and a root of its own, with Landlock where there is one."""

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
        self._filter = seccomp.Filter()
        self.has_landlock = landlock.version() > 0
        root, packages = Path(self.settings["root"]), Path(self.settings["packages"])
        self._namespaces.enter_root(root, packages)

    def make_scratch(self, number: int) -> None:
        return None  # each child mounts its own

    def lock(self, number: int, first_free: int) -> None:
        os.closerange(first_free, 4096)
        self._namespaces.mount_scratch(self.limits["files_mb"])
        user = _FIRST_USER + number % _USERS if self._as_root else None
        self.limit(own_user=self._as_root)
        self._linux.drop_privileges(user)
        if self.has_landlock:
            rules = self._landlock.make_rules(["/"], ["/tmp", "/dev/null"])
            self._landlock.restrict(rules)
        self._filter.load()


class _TrustedJail(_Jail):
    """For the examiner, which runs our code: limits, and what costs nothing more."""

    def enter(self) -> None:
        self._restricted = False
        if self.settings["level"] == PROCESS:
            return
        from proctor.sandbox import landlock, linux, seccomp

        self._linux, self._filter = linux, seccomp.Filter()
        self._restricted = True
        linux.process_control(linux.NO_NEW_PRIVILEGES, 1)
        if landlock.version():
            landlock.restrict(landlock.make_rules(["/"], ["/dev/null"]))

    def make_scratch(self, number: int) -> None:
        return None

    def lock(self, number: int, first_free: int) -> None:
        os.closerange(first_free, 4096)
        os.chdir("/")
        self.limit()
        if self._restricted:
            self._linux.die_with_parent()
            self._filter.load()


def _load(name: str, place: str) -> None:
    """Make one module or package importable, and nothing that lies beside it."""
    folder = Path(place).parent if Path(place).name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(
        name, place, submodule_search_locations=folder and [str(folder)]
    )
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


if __name__ == "__main__":
    _settings = json.loads(sys.argv[2])
    sys.path[:0] = _settings["path"]
    for _name, _place in _settings["modules"].items():
        _load(_name, _place)
    main(socket.socket(fileno=int(sys.argv[1])), _settings)
    os._exit(0)
