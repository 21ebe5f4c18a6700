"""The folder says which process a line runs in: what each may import.

A module is in the room of its folder, or is a room itself. What is imported inside a
function counts as at the top of a file; what only a type checker reads is tried by
itself, for it joins no two processes.
"""

import functools
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from proctor.tests.imports import files_of, imports_of

PROCTOR = Path(__file__).resolve().parents[1]
# From low to high: no room imports one that is higher.
ROOMS = (
    "errors",
    "text",
    "layout",
    "libraries",
    "steps",
    "wire",
    "rubric",
    "notebook",
    "bank",
    "sandbox",
    "in_student",
    "in_examiner",
    "in_namer",
    "in_reader",
    "options",
    "sections",
    "settings",
    "grade",
    "gradebook",
    "feedback",
    "report",
    "lms",
    "commands",
    "nbgrader_hooks",
    "nbgrader",
    "cli",
    "__main__",
)
# Who runs beside something that it must not know has less than all that is lower.
# What has a dot is that module alone.
ONLY = {
    # It never trusts who sent it, and everybody has it.
    "wire": set(),
    # Linux, and no notebook.
    "sandbox": {"errors"},
    # Beside the student's code: nothing in reach that grades.
    "in_student": {"libraries", "wire", "steps"},
    # No byte of a student's, no known mistake, nothing that starts a process; of
    # notebooks where the hidden part of a cell begins, and what names it uses.
    "in_examiner": {
        "errors",
        "text",
        "steps",
        "wire",
        "rubric",
        "notebook.cells",
        "notebook.names",
    },
    # What was handed in, as data.
    "in_reader": {"errors", "text", "notebook", "wire"},
    # Runs test cells as the examiner does, and computes answers as the student's does.
    "in_namer": {
        "errors",
        "text",
        "steps",
        "wire",
        "rubric",
        "in_examiner",
        "in_student.answers",
    },
}
# Packages of others that a room may use, beside the standard library.
# (Tables are made by pandas and SciPy, in functions: where a course has them.)
PACKAGES = {"wire": {"numpy", "pandas", "scipy"}}


@dataclass(frozen=True)
class Import:
    """One import of a module of proctor, or of another package."""

    place: str
    room: str
    imported: str
    for_types: bool = False

    def __str__(self) -> str:
        return f"{self.place} ({self.room}) imports {self.imported}"


def room_of(module: str) -> str:
    """Return the room of ``proctor.room`` or ``proctor.room.module``."""
    return [*module.split("."), "__init__"][1]


FILES = files_of(PROCTOR)
MODULES = {name.removesuffix(".__init__") for name in FILES}


@functools.cache
def imports() -> list[Import]:
    """Return all of the package's; read when a test asks."""
    return [
        Import(str(path.relative_to(PROCTOR.parent)), room_of(name), imported, types)
        for name, path in FILES.items()
        for imported, types in imports_of(path.read_text("utf-8"), name, MODULES)
    ]


def ours() -> list[Import]:
    return [one for one in imports() if one.imported.split(".")[0] == "proctor"]


def test_imports_are_found_wherever_they_stand():
    text = """
import os.path
from typing import TYPE_CHECKING
from proctor import wire
from proctor.wire import frames, Frame
from . import beside
from .. import errors
from ..grade.run import run
if TYPE_CHECKING:
    from proctor.bank import Bug
    for name in ():
        try:
            pass
        except ValueError:
            import proctor.marks
def f():
    if f:
        import proctor.cli
    match f:
        case 1:
            with f:
                import json
"""
    modules = {f"proctor.{name}" for name in ("wire", "wire.frames", "bank", "errors")}
    modules |= {"proctor.grade.run", "proctor.feedback.beside"}
    assert sorted(imports_of(text, "proctor.feedback.page", modules)) == [
        ("json", False),
        ("os.path", False),
        ("proctor.bank", True),
        ("proctor.cli", False),
        ("proctor.errors", False),
        ("proctor.feedback.beside", False),
        ("proctor.grade.run", False),
        ("proctor.marks", True),
        ("proctor.wire", False),
        ("proctor.wire", False),
        ("proctor.wire.frames", False),
        ("typing", False),
    ]


def test_every_module_has_a_room():
    assert {room_of(name) for name in FILES} - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("for_types", [False, True], ids=["run", "types"])
@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_a_higher_one(room, for_types):
    higher = ROOMS[ROOMS.index(room) + 1 :]
    assert [
        str(one)
        for one in ours()
        if one.room == room
        and one.for_types == for_types
        and room_of(one.imported) in higher
    ] == []


@pytest.mark.parametrize("for_types", [False, True], ids=["run", "types"])
@pytest.mark.parametrize("room", ONLY)
def test_who_runs_beside_others_knows_little(room, for_types):
    allowed = ONLY[room] | {room}
    assert [
        str(one)
        for one in ours()
        if one.room == room
        and one.for_types == for_types
        and room_of(one.imported) not in allowed
        and ".".join(one.imported.split(".")[1:3]) not in allowed
    ] == []


def test_importing_the_package_itself_imports_nothing():
    assert [str(one) for one in imports() if one.room == "__init__"] == []


@pytest.mark.parametrize("room", PACKAGES)
def test_packages_of_others(room):
    known = sys.stdlib_module_names | PACKAGES[room] | {"proctor"}
    assert [
        str(one)
        for one in imports()
        if one.room == room and one.imported.split(".")[0] not in known
    ] == []


def test_proctor_knows_no_course():
    assert [
        str(one)
        for one in imports()
        if one.imported.split(".")[0] in ("course", "tinytorch")
    ] == []
