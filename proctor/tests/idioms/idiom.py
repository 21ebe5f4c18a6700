"""One idiom: a small notebook of its own, with a right and a wrong answer."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from proctor.tests.tiny import cell

STUB = "raise NotImplementedError()"


@dataclass(frozen=True)
class Idiom:
    """A notebook with one idiom in its test.

    Attributes
    ----------
    right, wrong
        The body of the solution cell.
    tests
        The test cells; between them, what starts with ``given:`` or ``more:`` is a
        given cell, or another solution cell.
    given
        Cells before the solution.
    files
        What lies beside the notebook.
    """

    name: str
    right: str
    wrong: str
    tests: tuple[str, ...]
    given: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    points: float = 2

    def cells(self, answer: str, hide: bool = False) -> list[dict]:
        """Return its cells with an answer in place of the solution.

        Parameters
        ----------
        hide
            Whether hidden tests are left out.
        """
        found = [cell(text) for text in self.given]
        found.append(cell(answer, f"{self.name}-task", solution=True))
        for number, text in enumerate(self.tests, 1):
            if text.startswith("given:"):
                found.append(cell(text.removeprefix("given:").strip()))
                continue
            if hide:
                text = text.split("### BEGIN HIDDEN")[0].rstrip()
            grading = {"grade": True, "locked": True, "points": self.points}
            found.append(cell(text, f"{self.name}-{number}", **grading))
        return found

    def tested(self) -> list[str]:
        """Return the names of its test cells."""
        return [
            f"{self.name}-{number}"
            for number, text in enumerate(self.tests, 1)
            if not text.startswith("given:")
        ]


def _clean(text: str) -> str:
    return textwrap.dedent(text).strip()


def idiom(
    name: str,
    right: str,
    wrong: str,
    *tests: str,
    given: tuple[str, ...] = (),
    **more,
) -> Idiom:
    cells = tuple(map(_clean, tests))
    before = tuple(map(_clean, given))
    return Idiom(name, _clean(right), _clean(wrong), cells, before, **more)


ADD = "def add(a, b):\n    return a + b", "def add(a, b):\n    return a - b"
SQUARES = (
    "def squares(n):\n    return [i * i for i in range(n)]",
    "def squares(n):\n    return [i for i in range(n)]",
)
STACK = """
class Stack:
    def __init__(self):
        self.items = []
    def push(self, item):
        self.items.append(item)
    def pop(self):
        return self.items.pop()
    def __len__(self):
        return len(self.items)
"""
QUEUE = STACK.replace("self.items.pop()", "self.items.pop(0)")
