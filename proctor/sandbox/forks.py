"""What a locked-in process has forked, seen from outside, and how to hold it still.

What such a process says of itself is not believed: the kernel tells who sent a message,
who descends from whom, and who stands still.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from proctor.sandbox import linux
from proctor.sandbox.children import Child, read, wanted_by

# unix(7): the number, user and group of who wrote.
_CREDENTIALS = struct.Struct("3i")
_PAUSE = 0.0002
# A guard: the kernel stops what computes at once, and what waits for a disk soon.
_STANDS_WITHIN = 60.0
_ENDS_WITHIN = 5.0
_CHILDREN = Path("/proc/thread-self/children")
# proc(5): memory that no file stands behind, in kB, shared pages by their part.
_PART = re.compile(r"^Pss_Anon: *(\d+) kB$", re.MULTILINE)


def attested_pair() -> tuple[socket.socket, socket.socket]:
    """Return two ends; :func:`sender_of` tells of the first who wrote to the other."""
    here, there = socket.socketpair()
    if hasattr(socket, "SO_PASSCRED"):
        here.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return here, there


def sender_of(end: socket.socket, seconds: float) -> int:
    """Read one byte and return the number of the process that wrote it.

    Returns
    -------
    int
        In this process's namespace; 0: nobody wrote in this time, or the system does
        not say.
    """
    end.settimeout(seconds)
    try:
        _, about, _, _ = end.recvmsg(1, socket.CMSG_SPACE(_CREDENTIALS.size))
    except OSError:
        return 0
    finally:
        end.setblocking(True)
    for _, kind, data in about:
        if kind == getattr(socket, "SCM_CREDENTIALS", None):
            return _CREDENTIALS.unpack(data[: _CREDENTIALS.size])[0]
    return 0


def descendants(pid: int) -> set[int]:
    """Return the numbers of all that a process has forked, directly or not."""
    children = _children if _CHILDREN.exists() else _children_by_parent()
    found: set[int] = set()
    todo = [pid]
    while todo:
        new = set(children(todo.pop())) - found
        todo += new
        found |= new
    return found


def _children(pid: int) -> Iterator[int]:
    for thread in _threads(pid):
        with contextlib.suppress(OSError):
            yield from _numbers(f"{thread}/children")


def _numbers(path: str) -> list[int]:
    with open(path, "rb", 0) as file:  # noqa: PTH123 (ten times a second)
        return [int(number) for number in file.read().split()]


def _children_by_parent() -> Callable[[int], list[int]]:
    """Return the same for a kernel that does not list children."""
    found: dict[int, list[int]] = {}
    for process in _names(Path("/proc")):
        if process.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int(_state_and_parent(str(process))[1])
                found.setdefault(parent, []).append(int(process.name))
    return lambda pid: found.get(pid, [])


def parent_of(pid: int) -> int:
    """Return the number of the process that forked another; 0: that is gone."""
    try:
        return int(_state_and_parent(f"/proc/{pid}")[1])
    except OSError:
        return 0


class Family:
    """A process and all that it has forked, looked at and held still together.

    Parameters
    ----------
    apart
        The numbers of those that are held still by themselves.
    """

    def __init__(self, process: Child, apart: set[int]) -> None:
        self._process, self._apart = process, apart

    def _kin(self) -> set[int]:
        if self._process.handle is None:
            return set()
        with contextlib.suppress(OSError):
            return descendants(self._process.number()) - self._apart
        return set()

    def wanted_seconds(self) -> float:
        """Return how long they have run, or waited for a processor."""
        return self._process.wanted_seconds() + sum(map(wanted_by, self._kin()))

    def signal(self, number: int) -> None:
        """Send a signal to all of them."""
        self._process.signal(number)
        for pid in self._kin():
            with contextlib.suppress(ProcessLookupError):
                handle = os.pidfd_open(pid)
                try:
                    # Its number may have come to be another's before it was opened.
                    if pid in self._kin():
                        signal.pidfd_send_signal(handle, number)
                finally:
                    os.close(handle)


def freeze(process: Child) -> None:
    """Stop a process, and return when none of its threads runs any more."""
    process.signal(signal.SIGSTOP)
    if not hasattr(signal, "pidfd_send_signal"):
        return
    deadline = time.monotonic() + _STANDS_WITHIN
    while not (process.ended or _stands(process.number())):
        if time.monotonic() > deadline:
            raise OSError("a process could not be stopped")
        time.sleep(_PAUSE)


def thaw(process: Child) -> None:
    """Let a process go on."""
    process.signal(signal.SIGCONT)


def kill_forked(parent: int, kept: set[int]) -> None:
    """Kill what a process has forked, and return when it is gone.

    One that is killed may be in the middle of forking another, which is looked for as
    well. Only who stands still forks nothing behind this.

    Parameters
    ----------
    kept
        The numbers of those to keep.
    """
    deadline = time.monotonic() + _STANDS_WITHIN
    while any(_kill(pid, parent) for pid in descendants(parent) - kept):
        if time.monotonic() > deadline:
            raise OSError("a process could not be ended")


def _kill(pid: int, parent: int) -> bool:
    """Kill one of them, and wait for its end; tell whether it lived."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # Its number may have come to be another's before it was opened.
        gone = select.poll()
        gone.register(handle, select.POLLIN)
        if pid not in descendants(parent) or gone.poll(0):
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        gone.poll(_ENDS_WITHIN * 1000)
        return True
    finally:
        os.close(handle)


def has_first_thread(process: Child) -> bool:
    """Tell whether a process that stands still has its first thread.

    Others may live on without it, and the system shows of its files and its memory
    nothing then.
    """
    try:
        state = _state_and_parent(Path(f"/proc/{process.number()}"))[0]
    except OSError:
        return False
    return state not in (b"Z", b"X")


def memory_of(process: Child, exact: bool) -> int:
    """Return the bytes of memory that a process has, and no file stands behind.

    0 where the system does not say.

    Parameters
    ----------
    exact
        Whether pages in common count by its part, which takes long to find out.
    """
    try:
        place = Path(f"/proc/{process.number()}")
        _, resident, of_files, *_ = map(int, (place / "statm").read_text().split())
    except OSError:
        return 0
    most = (resident - of_files) * os.sysconf("SC_PAGESIZE")
    if not exact:
        return most
    try:
        with linux.counting_as(place.stat().st_uid):
            found = _PART.search((place / "smaps_rollup").read_text())
    except OSError:
        return most
    return int(found[1]) << 10 if found else most


class OpenFiles:
    """What a process that stands still has open, as it was when this was made.

    Its copies have the places in open files in common: what one reads, another has
    read. So these are put back.

    Attributes
    ----------
    sockets
        How many.
    """

    def __init__(self, process: Child) -> None:
        self._process = process
        self.sockets = 0
        self._places: dict[int, int] = {}
        place = Path(f"/proc/{process.number()}")
        self._owner = place.stat().st_uid
        with linux.counting_as(self._owner):
            self._look(str(place))

    def _look(self, place: str) -> None:
        for number in _inside(f"{place}/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"{place}/fd/{number}")  # noqa: PTH115
                folder, _, name = target.rpartition("/")
                if name.startswith("socket:"):
                    self.sockets += 1
                elif folder != "/dev":
                    self._places[int(number)] = self._place(number)

    def _place(self, number: str) -> int:
        about = read(f"/proc/{self._process.number()}/fdinfo/{number}")
        return int(about.split()[1])  # proc(5): "pos:", and the place

    def put_back(self) -> bool:
        """Put the places back where they were; tell whether all are."""
        with linux.counting_as(self._owner):
            return self._put_back()

    def _put_back(self) -> bool:
        for number, place in self._places.items():
            try:
                if self._place(str(number)) != place:
                    copy = linux.descriptor_of(self._process.handle, number)
                    try:
                        os.lseek(copy, place, os.SEEK_SET)
                    finally:
                        os.close(copy)
            except OSError:
                return False
        return True


def _names(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _stands(pid: int) -> bool:
    for thread in _threads(pid):
        with contextlib.suppress(OSError):
            if _state_and_parent(thread)[0] not in (b"T", b"t", b"Z", b"X"):
                return False
    return True


def _threads(pid: int) -> list[str]:
    """Return where the system tells of each thread of a process."""
    place = f"/proc/{pid}/task"
    return [f"{place}/{name}" for name in _inside(place)]


def _inside(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 (as text: many are looked at)
    except OSError:
        return []


def _state_and_parent(place: str) -> list[bytes]:
    # proc(5): they stand behind the name, which may hold anything.
    return read(f"{place}/stat").rpartition(b")")[2].split()[:2]
