"""``proctor autograde`` in which nobody grades: what was graded before comes again.

``python bench/_replay.py GRADED ARGUMENTS...``: the first is a folder of graded
notebooks, which are given to the students in turn. All that the command does beside
grading, and the memory that it takes for it, is as always.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

from proctor import cli
from proctor.commands import autograde
from proctor.grade.grader import Grader
from proctor.grade.pool import HandedIn
from proctor.grade.results import Submission
from proctor.grade.task import Graded
from proctor.sandbox.limits import Limits


class Replay:
    """A pool that gives one graded notebook after the other, whoever asks."""

    def __init__(self, grader: Grader, graded: list[Path]) -> None:
        self.grader = grader
        self._graded = itertools.cycle(graded)

    def expect(self, number: int) -> None:
        """Nothing: nobody is to come."""

    def places(self) -> object:
        """Return as many as a laptop has."""
        return self.grader.places(2)

    def grade(self, handed: HandedIn, place: object) -> Graded:
        """Return what somebody got."""
        path = next(self._graded)
        notebook = json.loads(path.read_text())
        found = notebook["metadata"].pop("proctor")["submission"]
        submission = replace(Submission.from_dict(found), student=handed.student)
        return Graded(submission, {path.stem: notebook}, dict(handed.beside.files))

    def close(self) -> None:
        """Nothing was opened."""


def _nothing(*about: object, **more: object) -> None:
    return None


def main() -> int:
    """Run the command."""
    folder = Path(sys.argv[1])

    @contextlib.contextmanager
    def open_pool(course, assignment, read, how) -> Iterator[Replay]:
        does = dict.fromkeys(("learn", "teach", "has", "close"), _nothing)
        jail = SimpleNamespace(level="none", limits=Limits(), **does)
        jail.trusted = jail
        graded = sorted(folder.glob(f"*/{assignment}/*.ipynb"))
        yield Replay(Grader(read(), jail, how.seed), graded)

    autograde.open_pool = open_pool
    return cli.main(["autograde", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
