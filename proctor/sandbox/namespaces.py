"""A root of its own: the interpreter, the packages, and 64 MB to write into.

Three steps. The zygote leaves the host's namespaces (:func:`leave`), and forks once to
be the first process of its own process namespace. There it moves into a root that holds
only what Python needs (:func:`enter_root`). Each child gets a process namespace and a
scratch folder of its own (:class:`ProcessNamespaces`, :func:`mount_scratch`). Network,
IPC and host name are left behind once, by the zygote: nothing is in them, and no child
may open a socket.
"""

from __future__ import annotations

import os
import socket
import sys
import sysconfig
from pathlib import Path

from proctor.sandbox import linux

SCRATCH = "/tmp/work"
_DEVICES = ("null", "zero", "random", "urandom")
# Where distributions keep the packages of the system's own Python.
_FOREIGN = ("python*/site-packages", "python*/dist-packages")


def leave() -> None:
    """Leave the host's namespaces; as a plain user, through a user namespace.

    Raises
    ------
    OSError
        If the machine does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    everything = ["mount", "pid", "net", "ipc", "uts", "cgroup"]
    linux.unshare(*(["user"] if user else []), *everything)
    if user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    linux.mount("none", "/", flags=linux.RECURSIVE | linux.PRIVATE)
    socket.sethostname("proctor")  # the machine's own is copied


def libraries() -> list[Path]:
    """Return the folders with the interpreter's modules and the system's libraries."""
    standard = Path(sysconfig.get_path("stdlib"))
    own = [
        standard.parent,
        Path(sysconfig.get_path("platstdlib")).parent,
        Path(sys.base_prefix) / "lib",
    ]
    system = [Path(p) for p in ("/usr/lib", "/usr/lib64", "/lib", "/lib64")]
    found: list[Path] = []
    for path in [*system, *own]:
        # /lib is a link to /usr/lib on most systems; such links are made anew.
        if path.is_dir() and not path.is_symlink():
            inside = any(path.is_relative_to(other) for other in found)
            if not inside:
                found.append(path)
    return found


def foreign_packages() -> list[Path]:
    """Return the folders below :func:`libraries` with packages that are not ours."""
    return [
        path
        for library in libraries()
        for pattern in _FOREIGN
        for path in library.glob(pattern)
        if path.is_dir()
    ]


def enter_root(root: Path, packages: Path) -> None:
    """Move into a read-only root with the libraries and ``packages``, as they lie.

    Parameters
    ----------
    root
        An empty folder.
    packages
        A folder of links and folders; it is found at the same path inside.
    """
    linux.mount("tmpfs", str(root), "tmpfs", linux.NO_SETUID, "size=4m,mode=755")
    for library in libraries():
        _bind(library, root)
    for folder in foreign_packages():
        hidden = root / folder.relative_to("/")
        linux.mount("tmpfs", str(hidden), "tmpfs", linux.READ_ONLY, "size=0,mode=755")
    for entry in packages.iterdir():
        _bind(entry, root)
    for link in ("lib", "lib64"):
        if Path("/", link).is_symlink():
            (root / link).symlink_to(Path("/", link).readlink())
    for device in _DEVICES:
        _bind(Path("/dev", device), root, devices=True)
    if Path("/etc/ld.so.cache").exists():
        _bind(Path("/etc/ld.so.cache"), root)
    (root / "tmp").mkdir(exist_ok=True)
    linux.pivot_root(str(root))
    flags = linux.REMOUNT | linux.BIND | linux.READ_ONLY | linux.NO_SETUID
    linux.mount("none", "/", flags=flags)


def _bind(path: Path, root: Path, devices: bool = False) -> None:
    """Show ``path`` at the same place below ``root``; for a link, what it leads to."""
    place, source = root / path.relative_to("/"), path.resolve()
    if source.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    linux.mount(str(source), str(place), flags=linux.BIND | linux.RECURSIVE)
    linux.make_read_only(str(place), devices=devices)


class ProcessNamespaces:
    """Forks children that each are the first process of a namespace of their own."""

    def __init__(self) -> None:
        # To be opened before the root changes; the kernel lets only this way back.
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def fork(self) -> int:
        """Fork as os.fork does."""
        linux.unshare("pid")
        child = -1
        try:
            child = os.fork()
        finally:
            if child:
                linux.set_namespace(self._own, "pid")
        return child


def mount_scratch(megabytes: int) -> None:
    """Mount a writable ``/tmp``, seen by this process alone, and go there."""
    linux.unshare("mount")
    linux.mount(
        "tmpfs",
        "/tmp",
        "tmpfs",
        linux.NO_SETUID | linux.NO_DEVICES | linux.NO_EXECUTION | linux.NO_ACCESS_TIMES,
        f"size={megabytes}m,nr_inodes=4096,mode=1777",
    )
    os.mkdir(SCRATCH, 0o777)  # noqa: PTH102 (its mode must not follow the umask)
    os.chmod(SCRATCH, 0o777)  # noqa: PTH101
    os.chdir(SCRATCH)
