"""``nbgrader_config.py`` as the grader reads it; without importing nbgrader."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from proctor.errors import GradingError
from proctor.layout import Layout
from proctor.notebook.cells import Marks
from proctor.options import misspelt, seconds_of_a_cell
from proctor.sections import CONFIG, Feedback, Proctor, Sandbox
from proctor.text import plain_line

_LONGEST_REASON = 400


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
