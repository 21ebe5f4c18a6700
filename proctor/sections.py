"""The sections of ``nbgrader_config.py`` that are proctor's, and their settings."""

from __future__ import annotations

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

from proctor.errors import GradingError
from proctor.notebook.cells import Marks
from proctor.sandbox import levels
from proctor.sandbox.limits import Limits

CONFIG = "nbgrader_config.py"
# Values of ``c.Proctor.apart``.
ONLY, WHERE_POSSIBLE = "only", "where possible"


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
