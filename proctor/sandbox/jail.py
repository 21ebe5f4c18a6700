"""Start the warm parents and ask them for locked-in processes."""

from __future__ import annotations

import importlib.util
import itertools
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proctor.sandbox import start, users
from proctor.sandbox.confine import LANDLOCK, UID
from proctor.sandbox.gatekeeper import Gatekeeper
from proctor.sandbox.limits import Limits
from proctor.sandbox.prepared import Prepared, fill_packages
from proctor.sandbox.warm_parent import WarmParent
from proctor.sandbox.work import WorkFolder


@dataclass(frozen=True)
class Program:
    """What the children of a warm parent run.

    Attributes
    ----------
    module
        Its functions: ``prepare(preload)``, before the door is closed; ``warm_up()``,
        behind it; ``learn(lesson)``; ``serve(descriptors, limits)``, in each child.
    preload
        Modules to import before the first child.
    environment
        Variables besides the sandbox's own.
    folders
        Variables that name an empty folder, made for the run.
    """

    module: str
    preload: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


class Jail:
    """The warm parents, of code that nobody trusts and of our own.

    Parameters
    ----------
    level
        ``namespace``, ``landlock``, ``uid`` or ``process``.
    allowed
        The packages that untrusted code may import.
    untrusted
        What is locked in, by a name for :meth:`parent_of`: the first is started at
        once, each other when it is first asked for.
    trusted
        What runs our code alone, by a name for :meth:`WarmParent.fork`.
    build_package
        Called with a path where nothing is: makes a folder there, with packages that
        untrusted code may import as well; each is preloaded.
    prepared
        A folder of :mod:`proctor.sandbox.prepared`, for the level ``uid``.
    landlock
        The version of Landlock that the level ``landlock`` relies on, as on an older
        kernel; None: this kernel's.

    Attributes
    ----------
    trusted
        The parent of our own code.
    """

    def __init__(
        self,
        level: str,
        limits: Limits,
        allowed: list[str],
        untrusted: Mapping[str, Program],
        trusted: Mapping[str, Program],
        build_package: Callable[[Path], object],
        prepared: Path | None = None,
        landlock: int | None = None,
    ) -> None:
        self.level, self.limits, self._landlock = level, limits, landlock
        self._folder = WorkFolder(counted=level in (LANDLOCK, UID))
        self._work = self._folder.path
        self._gatekeeper = Gatekeeper() if sys.platform == "linux" else None
        self._untrusted = untrusted
        self._users = self._prepared = None
        self._parents: dict[str, WarmParent] = {}
        self._lessons: list[dict] = []
        self._starting = threading.Lock()
        self.trusted = None
        try:
            # A child's number is its own among all: of its run, or of the machine.
            self._users = users.UserIds() if users.are_given(level) else None
            self._numbers = self._users.each() if self._users else itertools.count(1)
            if prepared and level == UID:
                self._prepared = Prepared(prepared)
            path = [folder for folder in sys.path if folder]
            self.trusted = self._start(trusted, {"path": path, "trusted": True})
            self._own = self._lay_out(allowed, build_package)
            first = next(iter(untrusted))
            self._parents[first] = self._start_untrusted(first)
        except BaseException:
            self.close()
            raise

    def has(self, name: str) -> bool:
        """Tell whether there are untrusted processes of this name."""
        return name in self._untrusted

    def parent_of(self, name: str) -> WarmParent:
        """Return the parent of untrusted processes of this name.

        Raises
        ------
        proctor.errors.GradingError
            If it had to be started, and is not to be had.
        """
        with self._starting:
            if name not in self._parents:
                parent = self._start_untrusted(name)
                parent.wait()
                for lesson in self._lessons:
                    parent.learn(lesson)
                self._parents[name] = parent
            return self._parents[name]

    def teach(self, lesson: dict) -> None:
        """Have all parents of untrusted processes learn what everybody may know."""
        with self._starting:
            self._lessons.append(lesson)
            for parent in self._parents.values():
                parent.learn(lesson)

    def _lay_out(
        self, allowed: list[str], build_package: Callable[[Path], object]
    ) -> list[str]:
        """Make the folder of packages; return the names of what was built."""
        self._packages = self._work / "packages"
        own = fill_packages(self._packages, allowed, build_package)
        if self._prepared:
            if self._prepared.take(allowed, self._packages, own):
                self._packages = self._prepared.packages
            else:
                self._prepared = None  # another run has them
        return own

    def _start_untrusted(self, name: str) -> WarmParent:
        home = self._work / f"untrusted-{len(self._parents)}"
        root, scratch = home / "root", home / "scratch"
        root.mkdir(parents=True)
        scratch.mkdir(mode=0o700)
        if self._prepared:
            root = self._prepared.root(len(self._parents))
        folder = str(self._packages)
        settings = {
            "path": [folder],
            "packages": folder,
            "root": str(root),
            "laid_out": self._prepared is not None,
            "scratch": str(scratch),
            "trusted": False,
        }
        return self._start({"": self._untrusted[name]}, settings, self._own)

    def _start(
        self, programs: Mapping[str, Program], settings: dict, more: list[str] = ()
    ) -> WarmParent:
        environment: dict[str, str] = {}
        for program in programs.values():
            environment |= program.environment
            for name in program.folders:
                environment[name] = tempfile.mkdtemp(dir=self._work)
        about = {
            "level": self.level,
            "landlock": self._landlock,
            "limits": self.limits.as_dict(),
            "modules": _own_modules(),
            "programs": {
                name: [program.module, [*program.preload, *more]]
                for name, program in programs.items()
            },
        }
        return WarmParent(
            about | settings, environment, self._gatekeeper, self._numbers
        )

    def wait(self) -> None:
        """Wait until the parents that were started are ready.

        Raises
        ------
        proctor.errors.GradingError
            If one is not to be had.
        """
        self.trusted.wait()
        for parent in self._parents.values():
            parent.wait()

    def close(self) -> None:
        """End everything that this jail started, and remove what it wrote."""
        for started in self._parents.values():
            started.close()
        if self.trusted:
            self.trusted.close()
        if self._gatekeeper:
            self._gatekeeper.stop()
        self._folder.remove()
        if self._prepared:
            self._prepared.close()
        if self._users:
            self._users.give_back()

    def __enter__(self) -> Jail:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def _own_modules() -> dict[str, str]:
    """Return name and file of what is imported from beside the import path."""
    modules = {"proctor": str(Path(start.__file__).parents[1] / "__init__.py")}
    if found := importlib.util.find_spec("pyseccomp"):
        modules["pyseccomp"] = found.origin
    return modules


def processors(jobs: int) -> list[int | None]:
    """Return a processor for each of several jobs at once, if there are as many."""
    if not hasattr(os, "sched_getaffinity"):
        return [None] * jobs
    there = sorted(os.sched_getaffinity(0))
    return list(there[:jobs]) if jobs <= len(there) else [None] * jobs
