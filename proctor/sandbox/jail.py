"""Start the warm parents and ask them for locked-in processes."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proctor.errors import GradingError
from proctor.sandbox import packages, start
from proctor.sandbox.children import WarmParent
from proctor.sandbox.gatekeeper import Gatekeeper
from proctor.sandbox.limits import Limits
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
    """The two warm parents, of code that nobody trusts and of our own.

    Parameters
    ----------
    level
        ``namespace``, ``landlock`` or ``process``.
    allowed
        The packages that untrusted code may import.
    untrusted
        What is locked in.
    trusted
        What runs our code alone, by a name for :meth:`Parent.fork`.
    build_package
        Called with a path where nothing is: makes a folder there, with packages that
        untrusted code may import as well; each is preloaded.
    landlock
        The version of Landlock that the level ``landlock`` relies on, as on an older
        kernel; None: this kernel's.

    Attributes
    ----------
    untrusted, trusted
        The parents.
    """

    def __init__(
        self,
        level: str,
        limits: Limits,
        allowed: list[str],
        untrusted: Program,
        trusted: Mapping[str, Program],
        build_package: Callable[[Path], object],
        landlock: int | None = None,
    ) -> None:
        self.level, self.limits, self._landlock = level, limits, landlock
        self._folder = WorkFolder()
        self._work = self._folder.path
        self._gatekeeper = Gatekeeper() if sys.platform == "linux" else None
        self.untrusted = self.trusted = None
        try:
            self.trusted = self._start_trusted(trusted)
            self.untrusted = self._start_untrusted(untrusted, allowed, build_package)
        except BaseException:
            self.close()
            raise

    def _start_trusted(self, programs: Mapping[str, Program]) -> WarmParent:
        path = [folder for folder in sys.path if folder]
        return self._start(programs, {"path": path, "trusted": True})

    def _start_untrusted(
        self,
        program: Program,
        allowed: list[str],
        build_package: Callable[[Path], object],
    ) -> WarmParent:
        folder, root, scratch = (
            self._work / name for name in ("packages", "root", "scratch")
        )
        try:
            packages.lay_out(folder, allowed)
        except packages.UnknownPackage as error:
            raise GradingError(str(error)) from None
        root.mkdir()
        scratch.mkdir(mode=0o700)
        edition = self._work / "edition"
        build_package(edition)
        own = sorted(path.name for path in edition.iterdir() if path.is_dir())
        for name in own:
            (edition / name).rename(folder / name)
        settings = {
            "path": [str(folder)],
            "packages": str(folder),
            "root": str(root),
            "scratch": str(scratch),
            "trusted": False,
        }
        return self._start({"": program}, settings, own)

    def _start(
        self, programs: Mapping[str, Program], settings: dict, more: list[str] = ()
    ) -> WarmParent:
        environment: dict[str, str] = {}
        for program in programs.values():
            environment |= program.environment
            for number, name in enumerate(program.folders):
                environment[name] = str(self._work / f"folder-{number}")
                Path(environment[name]).mkdir()
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
        return WarmParent(about | settings, environment, self._gatekeeper)

    def wait(self) -> None:
        """Wait until both parents are ready.

        Raises
        ------
        proctor.errors.GradingError
            If one is not to be had.
        """
        self.trusted.wait()
        self.untrusted.wait()

    def close(self) -> None:
        """End everything that this jail started, and remove what it wrote."""
        for started in (self.untrusted, self.trusted):
            if started:
                started.close()
        if self._gatekeeper:
            self._gatekeeper.stop()
        self._folder.remove()

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
