"""A submission as a function that changes the released notebook.

A decorated function is one student. It gets the released notebook, in which the cells
that it ``solves`` are already right, and the submission's folder, which exists.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import pickle
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from conftest import ROOT
from spatial_points import TESTS as MODULE

from course.examples import read_example

NAME = "09_spatial"
FILE = "spatial.ipynb"
# What nearly all are handed in for: the module with a few of its tasks, which have
# every kind of check. The more tests there are, the longer each submission takes.
FEW = (
    "output-size",
    "conv2d-forward",
    "conv2d-layer",
    "max-pool2d-forward",
    "avg-pool2d-forward",
)
POINTS = {f"test-{name}": MODULE[f"test-{name}"] for name in FEW}
SOLVED = read_example(ROOT / "examples" / "correct-loops").cells()

# Nothing in these is right: zeros, in the right shape, and of the right dtype; a layer
# of weights that have not even the shape. Cells that are not here stay as they were
# handed out, unless an attack is about them.
FAKES = {
    "conv2d-forward": """
        def conv2d_forward(x, weight, bias, stride, padding):
            rows = (x.shape[2] + 2 * padding[0] - weight.shape[2]) // stride[0] + 1
            columns = (x.shape[3] + 2 * padding[1] - weight.shape[3]) // stride[1] + 1
            shape = len(x), len(weight), rows, columns
            return np.zeros(shape, np.result_type(x, weight, np.float32))
    """,
    "conv2d-layer": """
        class Conv2d(Layer):
            def __init__(
                self, in_channels, out_channels, kernel_size, stride=1, padding=0,
                bias=True,
            ):
                self.kernel_size = as_pair(kernel_size, "kernel_size", least=1)
                self.weight = Tensor(np.ones((1, 1, 1, 1)))
                self.bias = Tensor(np.ones(out_channels))

            def forward(self, x):
                return Tensor(np.zeros((1, 1, 1, 1)))

            def parameters(self):
                return []
    """,
    "max-pool2d-forward": """
        def max_pool2d_forward(x, kernel_size, stride, padding):
            rows = (x.shape[2] + 2 * padding[0] - kernel_size[0]) // stride[0] + 1
            columns = (x.shape[3] + 2 * padding[1] - kernel_size[1]) // stride[1] + 1
            shape = *x.shape[:2], rows, columns
            return np.zeros(shape, np.result_type(x, np.float32))
    """,
    "avg-pool2d-forward": """
        def avg_pool2d_forward(x, kernel_size, stride, padding):
            rows = (x.shape[2] + 2 * padding[0] - kernel_size[0]) // stride[0] + 1
            columns = (x.shape[3] + 2 * padding[1] - kernel_size[1]) // stride[1] + 1
            shape = *x.shape[:2], rows, columns
            return np.zeros(shape, np.result_type(x, np.float32))
    """,
}

MORE_FAKES = {
    "conv2d-backward": """
        def conv2d_backward(grad_output, x, weight, stride, padding):
            shapes = x.shape, weight.shape, weight.shape[:1]
            return tuple(np.zeros(shape, grad_output.dtype) for shape in shapes)
    """,
    "max-pool2d-backward": """
        def max_pool2d_backward(grad_output, x, kernel_size, stride, padding):
            return np.zeros(x.shape, grad_output.dtype)
    """,
    "avg-pool2d-backward": """
        def avg_pool2d_backward(grad_output, x, kernel_size, stride, padding):
            return np.zeros(x.shape, grad_output.dtype)
    """,
    "cost": """
        def count_parameters(*arguments, **options):
            return 0

        count_macs = activation_bytes = count_parameters
    """,
    "receptive-field": """
        def receptive_field(layers):
            return 0
    """,
    "check-understanding": """
        q1, q2, q3, q4, q5 = (0, 0, 0, 0), 0, 0, 0, 0
    """,
}

# What an attack prints when it got to where it must not get. Built from two parts, so
# that the text of the attack's own cell does not hold it.
REACHED = "REACHED-" + "WHAT-IT-MUST-NOT:"
_REPORT = """
    def reached(what):
        print("REACHED-" + "WHAT-IT-MUST-NOT:", what)
"""


@dataclass(frozen=True)
class Outside:
    """What lies outside the jail: an attacker may know it all.

    Attributes
    ----------
    course, home
        The course folder, and the home folder of who grades.
    tcp, udp
        Ports on 127.0.0.1 where the solutions can be fetched.
    unix, abstract
        The same by a socket in the file system, and by an abstract name.
    """

    course: Path
    home: Path
    tcp: int = 1
    udp: int = 1
    unix: str = "/nonexistent"
    abstract: str = "nobody-listens"


@dataclass
class Notebook:
    """The released notebook, as a student changes it."""

    node: nbformat.NotebookNode
    outside: Outside

    def cell(self, grade_id: str) -> nbformat.NotebookNode:
        """Return the first cell with this grade_id."""
        for cell in self.node.cells:
            nbgrader = cell.metadata.get("nbgrader", {})
            if isinstance(nbgrader, dict) and nbgrader.get("grade_id") == grade_id:
                return cell
        raise KeyError(grade_id)

    def place(self, grade_id: str) -> int:
        """Return where the cell with this grade_id stands."""
        return self.node.cells.index(self.cell(grade_id))

    def write(self, grade_id: str, text: str) -> None:
        """Replace the text of a cell."""
        self.cell(grade_id).source = textwrap.dedent(text).strip()

    def solve(self, *grade_ids: str) -> None:
        """Write the right solution into these cells."""
        for grade_id in grade_ids:
            self.write(grade_id, SOLVED[grade_id])

    def fake(self, *grade_ids: str) -> None:
        """Write code that returns zeros into these cells (default: all of `FAKES`)."""
        for grade_id in grade_ids or FAKES:
            self.write(grade_id, (FAKES | MORE_FAKES)[grade_id])

    def extend(self, grade_id: str, text: str) -> None:
        """Add code at the end of a cell."""
        cell = self.cell(grade_id)
        cell.source += "\n\n" + textwrap.dedent(text).strip()

    def add(
        self,
        text: str,
        before: str = "output-size",
        kind: str = "code",
        **metadata,
    ) -> nbformat.NotebookNode:
        """Insert a cell, by default before the first that is graded."""
        make = nbformat.v4.new_code_cell
        if kind != "code":
            make = {
                "markdown": nbformat.v4.new_markdown_cell,
                "raw": nbformat.v4.new_raw_cell,
            }[kind]
        cell = make(textwrap.dedent(text).strip(), metadata=metadata)
        self.node.cells.insert(self.place(before), cell)
        return cell

    def append(self, text: str, kind: str = "code") -> nbformat.NotebookNode:
        """Add a cell at the end."""
        cell = self.add(text, kind=kind)
        self.node.cells.remove(cell)
        self.node.cells.append(cell)
        return cell

    def before_tests(self, text: str) -> None:
        """Insert the cell before each test of the few tasks but the first."""
        for test in list(POINTS)[1:]:
            self.add(text, before=test)

    def begin(self, text: str) -> None:
        """Add a cell at the top, before numpy is imported."""
        cell = self.add(text)
        self.node.cells.remove(cell)
        self.node.cells.insert(0, cell)

    def attack(self, text: str, before: str = "output-size") -> None:
        """Insert a cell in which ``reached(what)`` reports a success.

        The names in capitals are paths and addresses of `Outside`, and ``HIDDEN``: a
        function that returns a line of the hidden tests.
        """
        names = {
            "COURSE": str(self.outside.course),
            "HOME": str(self.outside.home),
            "TCP": self.outside.tcp,
            "UDP": self.outside.udp,
            "UNIX": self.outside.unix,
            "ABSTRACT": self.outside.abstract,
        }
        known = "\n".join(f"{name} = {value!r}" for name, value in names.items())
        coded = base64.b85encode(hidden_line()[::-1].encode()).decode()
        hidden = f"""
            def HIDDEN(backwards=False):
                import base64
                line = base64.b85decode({coded!r}).decode()
                return line if backwards else line[::-1]
        """
        parts = [known, _REPORT, hidden, text]
        self.add("\n".join(textwrap.dedent(part).strip() for part in parts), before)

    def drop_examples(self) -> None:
        """Take out what draws, trains and shows: it takes long, and earns nothing."""
        kept = re.compile(r"#\| (export|default_exp)\b")
        self.node.cells = [
            cell
            for cell in self.node.cells
            if cell.cell_type != "code"
            or "nbgrader" in cell.metadata
            or kept.match(cell.source)
        ]

    def text(self) -> str:
        """Return the notebook as JSON."""
        return json.dumps(self.node, indent=1, ensure_ascii=False) + "\n"


@functools.cache
def hidden_line() -> str:
    """Return a line that only the hidden tests have: the longest."""
    source = json.loads((ROOT / "source" / NAME / FILE).read_text(encoding="utf-8"))
    hidden: list[str] = []
    shown: list[str] = []
    for cell in source["cells"]:
        inside = False
        for line in "".join(cell["source"]).splitlines():
            if "HIDDEN TESTS" in line:
                inside = "BEGIN" in line
            else:
                (hidden if inside else shown).append(line.strip())
    return max((line for line in hidden if line not in shown), key=len)


def with_few_tasks(notebook: dict) -> dict:
    """Return a notebook of the module in which all but ``FEW`` tasks are given code."""
    kept = []
    for cell in notebook["cells"]:
        task = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if task in MODULE and task not in POINTS:
            continue
        if f"test-{task}" in MODULE and task not in FEW:
            given = {k: v for k, v in cell["metadata"].items() if k != "nbgrader"}
            cell = cell | {"metadata": given, "source": SOLVED[task]}
        kept.append(cell)
    return notebook | {"cells": kept}


Change = Callable[[Notebook, Path], str | bytes | bool | None]


@dataclass(frozen=True)
class Submission:
    """A student, called by what this student did.

    Attributes
    ----------
    earns
        The most that each test cell may give; cells that are not named give 0.
    exact
        Whether it must get exactly that.
    slow
        Whether it runs into a time limit.
    alike
        Whether what holds it is no part of the jail, but the same code at every level,
        so that it is graded at one: what is shown is cut where it is read, and what a
        rubric refuses it refuses everywhere.
    module
        Whether it is handed in for the whole module.
    examples
        Whether the page's own cells that draw, train and show stay in it: they take
        most of the time.
    student
        The name of its folder.
    bites
        Whether it passes a visible test that it did not earn where student and test
        share one process: the suite shows that it does.
    """

    change: Change
    family: str
    solves: tuple[str, ...]
    earns: dict[str, float]
    exact: bool = False
    slow: bool = False
    alike: bool = False
    student: str = ""
    module: bool = False
    examples: bool = False
    bites: bool = False
    about: str = field(default="", compare=False)

    @property
    def points(self) -> dict[str, int]:
        """The points of each test of what it is handed in for."""
        return MODULE if self.module else POINTS

    def build(self, released: Path, submitted: Path, outside: Outside) -> Path:
        """Write the submission below ``submitted``; return its folder."""
        folder = submitted / self.student / NAME
        folder.mkdir(parents=True)
        notebook = Notebook(pickle.loads(_pickled(released)), outside)
        notebook.solve(*self.solves)
        if not self.examples:
            notebook.drop_examples()
        made = self.change(notebook, folder)
        path = folder / FILE
        if isinstance(made, bytes):
            path.write_bytes(made)
        elif isinstance(made, str):
            path.write_bytes(os.fsencode(made))
        elif made is not False:  # False: the attack wrote the file, or wants none
            # Not laid out in lines: that takes longer than to make the notebook.
            text = json.dumps(notebook.node, ensure_ascii=False)
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return folder


@functools.cache
def _pickled(released: Path) -> bytes:
    """Return the notebook to begin from; nbformat takes long to read and check it."""
    return pickle.dumps(nbformat.read(released, as_version=4))


SUBMISSIONS: dict[str, Submission] = {}


def attack(
    solves: tuple[str, ...] = ("output-size",),
    earns: dict[str, float] | None = None,
    **options,
) -> Callable[[Change], Change]:
    """Enter the decorated function as an attack.

    Parameters
    ----------
    solves
        Cells that are right before the function changes the notebook.
    earns
        The most that may be earned; default: the points of what it ``solves``.
    """
    if earns is None:
        earns = {f"test-{name}": MODULE[f"test-{name}"] for name in solves}
    return _enter(tuple(solves), earns, **options)


def honest(**options) -> Callable[[Change], Change]:
    """Enter the decorated function as honest work, which gets full marks."""
    earns = dict(MODULE if options.get("module") else POINTS)
    solves = tuple(test.removeprefix("test-") for test in earns)
    return _enter(solves, earns, exact=True, **options)


def _enter(solves, earns, **options):
    def enter(change: Change) -> Change:
        student = options.pop("student", change.__name__.replace("_", "-"))
        if student in SUBMISSIONS:
            raise ValueError(f"{student} is there twice")
        SUBMISSIONS[student] = Submission(
            change,
            change.__module__.rpartition(".")[2],
            solves,
            earns,
            student=student,
            about=(change.__doc__ or "").strip(),
            **options,
        )
        return change

    return enter
