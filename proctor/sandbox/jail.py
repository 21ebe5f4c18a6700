"""Start the warm parents and ask them for locked-in processes."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from proctor.errors import GradingError
from proctor.sandbox import packages
from proctor.sandbox import parent as zygote
from proctor.sandbox.children import Child, Zygote
from proctor.sandbox.limits import Limits
from proctor.sandbox.scratch import ScratchWatch

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


Kept = TypeVar("Kept", bound=Closing)


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
        # By kind and processor: what was forked here, and waits for more to do.
        self._waiting: dict[tuple[type, int | None], list[Closing]] = {}
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
                "module": "proctor.in_examiner.main",
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
                "module": "proctor.in_student.main",
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
        proctor.errors.GradingError
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

    def keep(self, process: Closing, processor: int | None = None) -> None:
        """Have a process wait for the next who wants its kind on this processor."""
        kind = type(process)
        self._waiting.setdefault((kind, processor), []).append(process)

    def kept(self, kind: type[Kept], processor: int | None = None) -> Kept | None:
        """Return a process that waits, and does no more; None: there is none."""
        try:
            return self._waiting.get((kind, processor), []).pop()
        except IndexError:  # also where somebody else was faster
            return None

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
        for process in itertools.chain(*self._waiting.values()):
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
