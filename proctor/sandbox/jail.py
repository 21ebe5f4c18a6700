"""Start the warm parents and ask them for locked-in processes."""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from proctor.project import GradingError
from proctor.sandbox import levels, packages, zygote
from proctor.sandbox.limits import Limits

# Not below /tmp: each child mounts a /tmp of its own over it.
_WORK_FOLDERS = ("/var/tmp", "~/.cache", "/dev/shm")
_PREFIX = "proctor-"
# One thread each, so that a fork is safe and nobody takes the other core.
_ENVIRONMENT = {
    "HOME": "/tmp/work",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/bin:/bin",
}


class Closing(Protocol):
    """What ends when it is closed."""

    def close(self) -> None:
        """End."""


class Child:
    """A locked-in process, known by a handle that no other process can come to have."""

    def __init__(self, pid: int, handle: int | None, scratch: Path | None) -> None:
        self._pid, self._handle = pid, handle
        self.scratch = scratch
        # Set where the grader stopped it for what it used.
        self.stopped_for = ""

    @property
    def alive(self) -> bool:
        """Whether the process can still be signalled."""
        return self._handle is not None or bool(self._pid)

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens if the process has ended."""
        with contextlib.suppress(ProcessLookupError):
            if self._handle is not None:
                signal.pidfd_send_signal(self._handle, number)
            elif self._pid:
                os.kill(self._pid, number)

    def end(self, seconds: float = 5.0) -> bool:
        """Kill the process, wait until it is gone, and tell whether it is."""
        self.signal(signal.SIGKILL)
        if self._handle is None:
            self._pid = 0
            return True
        gone = select.poll()
        gone.register(self._handle, select.POLLIN)
        ended = bool(gone.poll(seconds * 1000))
        os.close(self._handle)
        self._handle, self._pid = None, 0
        return ended


class Zygote:
    """A warm parent, seen from the grader.

    Parameters
    ----------
    settings
        See :func:`proctor.sandbox.zygote.main`.

    Raises
    ------
    proctor.project.GradingError
        If it cannot be started, with the reason (from :meth:`wait`).
    """

    def __init__(self, settings: dict, environment: dict[str, str]) -> None:
        kind = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM)
        if sys.platform != "linux":
            kind = socket.SOCK_DGRAM
        self._control, theirs = socket.socketpair(socket.AF_UNIX, kind)
        self._lock = threading.Lock()
        self._number = 0
        self.level = settings["level"]
        command = [sys.executable, "-I", "-S", zygote.__file__]
        self._process = subprocess.Popen(
            [*command, str(theirs.fileno()), json.dumps(settings)],
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the grader to answer
        )
        theirs.close()

    def wait(self) -> dict:
        """Wait until it is ready, and return what it says of itself."""
        said = self._control.recv(65536)
        message = json.loads(said) if said else {"error": "it ended at once"}
        if "error" in message:
            self.close()
            if message.get("refused"):
                raise GradingError(levels.explain(self.level, message["error"]))
            raise GradingError(f"the sandbox did not start: {message['error']}")
        return message

    def learn(self, lesson: list | dict) -> None:
        """Have the parent prepare for what its children will be asked."""
        with self._lock:
            self._control.sendall(json.dumps({"learn": lesson}).encode())
            self._control.recv(65536)

    def fork(self, descriptors: list[int], processor: int | None = None) -> Child:
        """Return a new locked-in process that has ``descriptors`` as 3, 4, ...

        Parameters
        ----------
        processor
            The one to run on; None: any.

        Raises
        ------
        OSError
            If there is none to be had.
        """
        with self._lock:
            self._number += 1
            message = {"number": self._number, "processor": processor}
            request = json.dumps(message).encode()
            socket.send_fds(self._control, [request], descriptors)
            reply, handles, _, _ = socket.recv_fds(self._control, 65536, 1)
        if not reply:
            raise OSError("the warm parent has ended")
        message = json.loads(reply)
        if "error" in message:
            raise OSError(message["error"])
        scratch = Path(message["scratch"]) if message["scratch"] else None
        return Child(message["pid"], handles[0] if handles else None, scratch)

    def close(self) -> None:
        """End the parent and every process that it forked."""
        self._control.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class ScratchWatch:
    """Look at what children write where the kernel does not bound it.

    Parameters
    ----------
    megabytes
        What each may write.
    """

    _SECONDS = 0.1
    _MAX_FILES = 4096

    def __init__(self, megabytes: int) -> None:
        self._bytes = megabytes << 20
        self._children: set[Child] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, child: Child) -> None:
        """Look at ``child`` from now on."""
        with self._lock:
            self._children.add(child)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def remove(self, child: Child) -> None:
        """Look at it no more."""
        with self._lock:
            self._children.discard(child)

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(self._SECONDS):
            with self._lock:
                for child in list(self._children):
                    if self._too_much(child.scratch):
                        child.stopped_for = (
                            f"it wrote more than {self._bytes >> 20} MB of files"
                        )
                        child.signal(signal.SIGKILL)
                        self._children.discard(child)

    def _too_much(self, folder: Path) -> bool:
        size = count = 0
        for parent, _, names in os.walk(folder):
            for name in names:
                count += 1
                with contextlib.suppress(OSError):
                    size += os.lstat(f"{parent}/{name}").st_blocks * 512
                if size > self._bytes or count > self._MAX_FILES:
                    return True
        return False


class Jail:
    """The two warm parents, of student processes and of examiners.

    Parameters
    ----------
    level
        ``namespace``, ``landlock`` or ``process``.
    allowed
        The packages that student code may import.
    preload
        Modules to import before the first submission.
    build_package
        Called with an empty folder: writes the student's edition of the course's
        package into it.
    """

    def __init__(
        self,
        level: str,
        limits: Limits,
        allowed: list[str],
        preload: list[str],
        build_package: Callable[[Path], object],
    ) -> None:
        self.level, self.limits = level, limits
        self._work = _work_folder()
        self._watch = ScratchWatch(limits.files_mb)
        self._learned: set[tuple[str, ...]] = set()
        self._learning = threading.Lock()
        # By processor: processes that were forked here and wait for more to do.
        self.waiting: dict[int | None, list[Closing]] = {}
        self.student = self.examiner = None
        try:
            self._start(allowed, preload, build_package)
        except BaseException:
            self.close()
            raise

    def _start(self, allowed, preload, build_package) -> None:
        modules = {"proctor": str(Path(zygote.__file__).parent.parent / "__init__.py")}
        if found := importlib.util.find_spec("pyseccomp"):
            modules["pyseccomp"] = found.origin
        shared = {
            "level": self.level,
            "limits": self.limits.as_dict(),
            "modules": modules,
        }
        self.examiner = Zygote(
            shared
            | {
                "module": "proctor.examine.examiner",
                "preload": [],
                "path": [p for p in sys.path if p],
                "trusted": True,
            },
            _ENVIRONMENT,
        )
        folder, root, scratch = (
            self._work / name for name in ("packages", "root", "scratch")
        )
        try:
            packages.lay_out(folder, allowed)
        except packages.UnknownPackage as error:
            raise GradingError(str(error)) from None
        root.mkdir()
        settings = self._work / "ipython"
        settings.mkdir()
        scratch.mkdir(mode=0o700)
        edition = self._work / "edition"
        build_package(edition)
        preload = list(preload)
        for package in edition.iterdir():
            if package.is_dir():
                package.rename(folder / package.name)
                preload.append(package.name)
        # Matplotlib's list of fonts takes seconds to make; the user's own serves.
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        fonts = os.environ.get("MPLCONFIGDIR") or f"{cache}/matplotlib"
        self.student = Zygote(
            shared
            | {
                "module": "proctor.examine.student",
                "preload": preload,
                "path": [str(folder)],
                "packages": str(folder),
                "root": str(root),
                "scratch": str(scratch),
                "trusted": False,
            },
            _ENVIRONMENT
            | {
                "IPYTHONDIR": str(settings),
                "MPLCONFIGDIR": str(Path(fonts).expanduser()),
            },
        )

    def wait(self, tests: list[tuple[str, str]] | None = None) -> None:
        """Wait until both parents are ready.

        Parameters
        ----------
        tests
            To :meth:`learn`, while the student's side still starts.

        Raises
        ------
        proctor.project.GradingError
            If one is not to be had.
        """
        self.examiner.wait()
        self.learn(tests or [])
        self.student.wait()

    def learn(self, tests: list[tuple[str, str]]) -> None:
        """Have examiners know test cells (name and source) before they are forked."""
        for test in tests:
            self.examiner.learn([test])

    def learn_once(
        self, key: tuple[str, ...], lessons: Callable[[], Iterable[dict]]
    ) -> None:
        """Have examiners learn more, if they have not learned it under this key."""
        with self._learning:
            if key not in self._learned:
                for lesson in lessons():
                    self.examiner.learn(lesson)
                self._learned.add(key)

    def watch(self, child: Child) -> None:
        """Stop ``child`` when it has written more than it may.

        Where a child has a mount of its own, that is the kernel's business.
        """
        if child.scratch:
            self._watch.add(child)

    def unwatch(self, child: Child) -> None:
        """Do not look at ``child`` any more."""
        self._watch.remove(child)

    @staticmethod
    def why_ended(child: Child | None) -> str:
        """Return why the grader itself stopped ``child``; empty if it did not."""
        return child.stopped_for if child else ""

    def close(self) -> None:
        """End everything that this jail started, and remove what it wrote."""
        self._watch.stop()
        for process in itertools.chain(*self.waiting.values()):
            process.close()
        for parent in (self.student, self.examiner):
            if parent:
                parent.close()
        shutil.rmtree(self._work, ignore_errors=True)

    def __enter__(self) -> Jail:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def processors(jobs: int) -> list[int | None]:
    """Return a processor for each of several jobs at once, if there are as many."""
    if not hasattr(os, "sched_getaffinity"):
        return [None] * jobs
    there = sorted(os.sched_getaffinity(0))
    return list(there[:jobs]) if jobs <= len(there) else [None] * jobs


def _work_folder() -> Path:
    """Make a folder for this run; remove those of runs that were killed."""
    for candidate in map(Path, _WORK_FOLDERS):
        base = candidate.expanduser()
        if base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            break
    else:
        raise GradingError(
            f"no folder to work in: make one of {', '.join(_WORK_FOLDERS)} writable"
        )
    for old in base.glob(f"{_PREFIX}*-*"):
        pid = old.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not _alive(int(pid)) and old.stat().st_uid == os.getuid():
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
