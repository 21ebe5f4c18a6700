"""The part of ``nbgrader_config.py`` that is ours; read without importing nbgrader."""

from __future__ import annotations

from pathlib import Path

from traitlets import (
    Bool,
    Callable,
    Enum,
    Float,
    Integer,
    List,
    TraitError,
    Unicode,
)
from traitlets.config import Config, Configurable
from traitlets.config.loader import PyFileConfigLoader

from proctor.errors import GradingError
from proctor.sandbox import levels
from proctor.sandbox.jail import Jail
from proctor.sandbox.limits import Limits

CONFIG = "nbgrader_config.py"
_DRAWING = ["matplotlib.pyplot", "matplotlib_inline.backend_inline"]


class Sandbox(Configurable):
    """``c.Sandbox``: how submissions are locked in, and what they may use."""

    level = Enum(
        levels.LEVELS,
        default_value="namespace",
        help="The isolation asked for; a machine that gives less refuses to grade.",
    ).tag(config=True)
    packages = List(
        Unicode(),
        ["numpy", "matplotlib"],
        help="What student code may import, with what these need themselves.",
    ).tag(config=True)
    build_package = Callable(
        lambda folder, assignment: folder.mkdir(),
        help="Called with a new folder and an assignment's name: writes the package "
        "that its students have into it.",
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

    def __init__(self, **settings) -> None:
        try:
            super().__init__(**settings)
        except TraitError as error:
            raise GradingError(f"{CONFIG}: {error}") from None

    @property
    def limits(self) -> Limits:
        """The limits of one submission."""
        return Limits(**{name: getattr(self, name) for name in Limits().as_dict()})

    def open_jail(
        self, assignment: str, level: str | None = None, drawing: bool = True
    ) -> Jail:
        """Return a jail for an assignment, whose processes are being started.

        Parameters
        ----------
        level
            Asked for by name, in place of the configured one.
        drawing
            Whether to import Matplotlib before the first submission.

        Raises
        ------
        GradingError
            If there is no such level, or no such package. (That this machine does not
            give the level is seen by :meth:`~proctor.sandbox.jail.Jail.wait`.)
        """
        level = level or self.level
        preload = ["numpy"]
        if drawing and "matplotlib" in self.packages:
            preload += _DRAWING

        def build_package(folder: Path) -> None:
            self.build_package(folder, assignment)

        return Jail(level, self.limits, self.packages, preload, build_package)


class Feedback(Configurable):
    """``c.Feedback``: what students read."""

    show_tests = Bool(
        False, help="Whether feedback pages show the hidden tests' source."
    ).tag(config=True)


def read_config(root: Path) -> Config:
    """Return what ``nbgrader_config.py`` in ``root`` says.

    Raises
    ------
    GradingError
        If it cannot be read.
    """
    try:
        return PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except Exception as error:
        kind = type(error).__name__
        raise GradingError(f"{root / CONFIG} cannot be read: {kind}: {error}") from None


def find_course(start: Path | None = None) -> Path:
    """Return the course folder that ``start`` (default: the current one) lies in.

    Raises
    ------
    GradingError
        If there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / CONFIG).is_file():
            return folder
    raise GradingError(
        f"no course in {start} or above it: a course has {CONFIG}; change to its folder"
    )
