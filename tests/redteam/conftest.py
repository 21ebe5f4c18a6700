"""The class as each variant of the sandbox graded it, once."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from redteam.one_class import Graded, grade, hand_out, make_course, new_folder
from redteam.plain_user import OPEN, PLAIN_USER, Python, find_python
from redteam.variants import MODULE, Variant


class Gradings:
    """The class as each variant graded it: once, when the first test asks."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        # Nothing handed out; and by whether it has few tasks: to be copied.
        self._plain_course: Path | None = None
        self._courses: dict[bool, Path] = {}
        self._found: dict[Variant, Graded | BaseException] = {}
        self._plain: Python | None = None

    def of(self, variant: Variant) -> Graded:
        """Return what was found; skip, or fail, as often as asked."""
        if variant not in self._found:
            try:
                user, python = self._who_grades(variant)
                base = self._stack.enter_context(new_folder())
                course = self._course(few=variant.part != MODULE)
                found = grade(variant, course, base, user, python)
            except (Exception, pytest.skip.Exception) as error:
                found = error
            self._found[variant] = found
        found = self._found[variant]
        if isinstance(found, BaseException):
            raise found
        return found

    def _course(self, few: bool) -> Path:
        if self._plain_course is None:
            base = self._stack.enter_context(new_folder())
            self._plain_course = make_course(base / "course")
        if few not in self._courses:
            base = self._stack.enter_context(new_folder())
            copy = shutil.copytree(self._plain_course, base / "course", symlinks=True)
            self._courses[few] = hand_out(copy, few)
        return self._courses[few]

    def _who_grades(self, variant: Variant) -> tuple[int | None, Python]:
        """Return the user to become (None: stay), and a Python that this user can run.

        A copy of what is closed to that user lies there as long as the tests run.
        """
        if variant.as_root and os.getuid() != 0:
            pytest.skip("grading as root needs the tests to run as root")
        if variant.as_root or os.getuid() != 0:
            return None, Python(sys.executable, "")
        if self._plain is None:
            # Not `new_folder`: what makes that one writable would reach the originals.
            copies = tempfile.TemporaryDirectory(prefix="class-", dir=OPEN)
            folder = Path(self._stack.enter_context(copies))
            folder.chmod(0o755)
            self._plain = find_python(folder)
        return PLAIN_USER, self._plain


@pytest.fixture(scope="session")
def gradings() -> Iterator[Gradings]:
    with contextlib.ExitStack() as stack:
        yield Gradings(stack)


@pytest.fixture
def graded(variant, gradings) -> Graded:
    """The class as ``variant`` graded it; skipped, with the reason, where it cannot."""
    return gradings.of(variant)
