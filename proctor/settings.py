"""``nbgrader_config.py`` as the grader reads it; without importing nbgrader."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from traitlets import (
    Bool,
    Callable,
    Enum,
    Float,
    Integer,
    List,
    TraitError,
    Unicode,
    Union,
)
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from proctor.errors import GradingError
from proctor.layout import Layout
from proctor.notebook.cells import Marks
from proctor.options import misspelt, seconds_of_a_cell
from proctor.sandbox import levels
from proctor.sandbox.limits import Limits
from proctor.text import plain_line

CONFIG = "nbgrader_config.py"
# Values of ``c.Proctor.apart``.
ONLY, WHERE_POSSIBLE = "only", "where possible"
_LONGEST_REASON = 400


class _Section(Configurable):
    """A section of the configuration; what is wrong in it is one line."""

    def __init__(self, config: Config) -> None:
        name = type(self).__name__
        given, known = config.get(name, {}), self.class_trait_names(config=True)
        # Of others `misspelt` tells: traitlets would, for each object, in two lines.
        own = {trait: given[trait] for trait in given if trait in known}
        try:
            super().__init__(config=Config({name: own}))
        except TraitError as error:
            raise GradingError(f"{CONFIG}: {error}") from None


class Sandbox(_Section):
    """``c.Sandbox``: how submissions are locked in, and what they may use."""

    level = Union(
        [Enum(levels.LEVELS), List(Enum(levels.LEVELS), minlen=1)],
        default_value="namespace",
        help="The isolation asked for, or several, the best first: the first that the "
        "machine gives is taken, and one that gives none of them refuses to grade.",
    ).tag(config=True)
    packages = List(
        Unicode(),
        ["numpy", "matplotlib"],
        help="What student code may import, with what these need themselves.",
    ).tag(config=True)
    preload = List(
        Unicode(),
        [],
        help="Modules of these packages that are imported once, before the first "
        "submission, and not by each: such as pandas, where notebooks use it.",
    ).tag(config=True)
    build_package = Callable(
        lambda folder, assignment: folder.mkdir(),
        help="Called with a new folder and an assignment's name: writes the package "
        "that its students have into it.",
    ).tag(config=True)
    prepared = Unicode(
        "",
        help="A folder that proctor prepare made in a container's image: what "
        "submissions can read at the level uid, laid out once and not in each run.",
    ).tag(config=True)
    cell_seconds = Float(Limits.cell_seconds).tag(config=True)
    notebook_seconds = Float(Limits.notebook_seconds).tag(config=True)
    cpu_seconds = Integer(Limits.cpu_seconds).tag(config=True)
    memory_mb = Integer(Limits.memory_mb).tag(config=True)
    files_mb = Integer(Limits.files_mb).tag(config=True)
    file_mb = Integer(Limits.file_mb).tag(config=True)
    threads = Integer(Limits.threads).tag(config=True)
    open_files = Integer(Limits.open_files).tag(config=True)
    output_kb = Integer(Limits.output_kb).tag(config=True)

    @property
    def levels(self) -> list[str]:
        """The levels of isolation that will do, the best first."""
        return [self.level] if isinstance(self.level, str) else self.level

    @property
    def limits(self) -> Limits:
        """The limits of one submission."""
        return Limits(**{name: getattr(self, name) for name in Limits().as_dict()})


class Feedback(_Section):
    """``c.Feedback``: what students read."""

    show_tests = Bool(
        False, help="Whether feedback pages show the hidden tests' source."
    ).tag(config=True)


class Proctor(_Section):
    """``c.Proctor``: how this course is written."""

    truths = Unicode(
        "notebooks",
        help="The folder with what authors write beside an assignment's notebooks: "
        "<truths>/<assignment>/bugs.py and variants.py.",
    ).tag(config=True)
    apart = Union(
        [Enum([ONLY, WHERE_POSSIBLE]), List(Unicode())],
        default_value=WHERE_POSSIBLE,
        help="Which test cells are examined in a process without a student's code: "
        "'only', all; 'where possible', those that give there what they give in one "
        "kernel, while the others run together with the student's code; or a list of "
        "cells that always are, whatever the others.",
    ).tag(config=True)
    why_stale = Callable(
        lambda assignment: "",
        help="Called with an assignment's name before it is graded: returns, in one "
        "line, why its notebooks are not what the course makes them from, and what to "
        "do; empty where they are.",
    ).tag(config=True)
    cluster = Unicode(
        "",
        help="Who grades classes in place of this machine: the address of a Dask "
        "scheduler, or local:N for N processes here; empty: nobody.",
    ).tag(config=True)
    test_prefix = Unicode(
        Marks.test_prefix,
        help="A test cell is called after the cell that it tests, with this before.",
    ).tag(config=True)
    export = Unicode(
        Marks.export,
        help="The first line of the cells that the reference's other cells need.",
    ).tag(config=True)


_SECTIONS = (Sandbox, Feedback, Proctor)


def _is_home(folder: Path) -> bool:
    try:
        return (folder / CONFIG).is_file() and not _is_anyones(folder)
    except PermissionError as error:
        raise GradingError(
            f"{error.filename} cannot be read: {error.strerror}"
        ) from None


def _is_anyones(folder: Path) -> bool:
    """Tell whether another user may have put its configuration there (``/tmp``)."""
    if not folder.stat().st_mode & stat.S_IWOTH:
        return False
    return (folder / CONFIG).stat().st_uid not in (0, os.geteuid())


@dataclass(frozen=True)
class Course:
    """A course folder and its configuration.

    Attributes
    ----------
    home
        The folder that holds ``nbgrader_config.py``.
    config
        What it says.
    more
        What the command line says beside it, of every course that is read.
    """

    home: Path
    config: Config
    more: ClassVar[Config] = Config()

    @classmethod
    def read(cls, home: Path) -> Course:
        """Return the course in a folder.

        Raises
        ------
        GradingError
            If its configuration cannot be read.
        """
        config = _read_config(home)
        config.merge(cls.more)
        return cls(home, config)

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """Return the course that ``start`` (default: the current folder) lies in.

        Whoever runs the command reads which of its settings are misspelt.

        Raises
        ------
        GradingError
            If there is none, or its configuration cannot be read.
        """
        course = cls.read(cls.home_of(start))
        for line in course.misspelt():
            print(f"proctor: {plain_line(line, _LONGEST_REASON)}", file=sys.stderr)
        return course

    @staticmethod
    def home_of(start: Path | None = None) -> Path:
        """Return the folder of the course that ``start`` lies in.

        Raises
        ------
        GradingError
            If there is none, or it lies among what students hand in, whose code it is.
        """
        start = (start or Path.cwd()).resolve()
        homes = [folder for folder in (start, *start.parents) if _is_home(folder)]
        if not homes:
            for folder in (start, *start.parents):
                if (folder / CONFIG).is_file():
                    raise GradingError(
                        f"{folder / CONFIG} is another user's, where all may write, "
                        f"and is not read: if it is your course, chmod o-w {folder}"
                    )
            raise GradingError(
                f"no course in {start} or above it: a course has {CONFIG}; change to "
                "its folder"
            )
        Course.require_not_work(homes[0])
        return homes[0]

    @staticmethod
    def require_not_work(folder: Path) -> None:
        """Require that a folder does not lie among what students hand in.

        Parameters
        ----------
        folder
            Without links in it. No configuration in it is read, and of those above it
            none that lies among students' work itself.

        Raises
        ------
        GradingError
            If it does, or a configuration above it cannot be read.
        """
        for outer in filter(_is_home, reversed(folder.parents)):
            if Course.read(outer).layout.holds_work(folder):
                raise GradingError(
                    f"{folder / CONFIG} lies among students' work, and nobody runs "
                    f"it: change to {outer}"
                )

    def misspelt(self) -> list[str]:
        """Return a line for each setting that is none of ours, and was meant to be."""
        known = {s.__name__: {*s.class_trait_names(config=True)} for s in _SECTIONS}
        return misspelt(self.config, known)

    @cached_property
    def layout(self) -> Layout:
        """Where it keeps what."""
        return Layout.of(self.home, self.config)

    @cached_property
    def sandbox(self) -> Sandbox:
        """What submissions may do."""
        settings = Sandbox(config=self.config)
        seconds = seconds_of_a_cell(self.config)
        if seconds and "cell_seconds" not in self.config.Sandbox:
            settings.cell_seconds = seconds
        return settings

    def require_settings(self) -> None:
        """Read the settings of all sections, to say now what is wrong in them.

        Raises
        ------
        GradingError
            If a setting has a value that it cannot have.
        """
        for section in (self.sandbox, self.feedback):
            section.traits()

    @cached_property
    def feedback(self) -> Feedback:
        """What students read."""
        return Feedback(config=self.config)

    @cached_property
    def marks(self) -> Marks:
        """How its cells are marked: nbgrader's delimiters, and our settings."""
        own, nbgraders = Proctor(config=self.config), self.config.ClearHiddenTests
        return Marks(
            nbgraders.get("begin_test_delimeter", Marks.begin_hidden),
            nbgraders.get("end_test_delimeter", Marks.end_hidden),
            own.test_prefix,
            own.export,
        )

    @property
    def apart(self) -> str | list[str]:
        """Which tests are examined apart: see ``c.Proctor.apart``."""
        return Proctor(config=self.config).apart

    @property
    def cluster(self) -> str:
        """Who grades classes: see ``c.Proctor.cluster``."""
        return Proctor(config=self.config).cluster

    def require_built(self, assignment: str) -> None:
        """Require that an assignment's notebooks are what the course made them from.

        Raises
        ------
        GradingError
            If it says that they are not, or cannot tell.
        """
        try:
            why = Proctor(config=self.config).why_stale(assignment)
        except GradingError:
            raise
        except Exception as error:
            kind = type(error).__name__
            why = f"c.Proctor.why_stale failed for {assignment!r}: {kind}: {error}"
        if why:
            raise GradingError(plain_line(why, _LONGEST_REASON))

    def truth(self, assignment: str) -> Path:
        """Return the folder of what authors write beside an assignment."""
        return self.layout.root / Proctor(config=self.config).truths / assignment


def _read_config(home: Path) -> Config:
    # As nbgrader finds a plugin that stands beside it. Last: it hides nothing.
    if str(home) not in sys.path:
        sys.path.append(str(home))
    try:
        return PyFileConfigLoader(CONFIG, path=str(home)).load_config()
    except Exception as error:
        kind = type(error).__name__
        raise GradingError(f"{home / CONFIG} cannot be read: {kind}: {error}") from None
