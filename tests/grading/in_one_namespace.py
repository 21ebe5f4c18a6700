"""The test cells of module 09, run in one namespace, in order.

Of a test cell the visible part and the hidden tests run one after the other, so that a
failure that the student has seen hides no check.
"""

import ast
import re
from contextlib import contextmanager
from functools import cache

import nbformat
from conftest import ROOT

from proctor import bank
from proctor.notebook.cells import Marks
from proctor.rubric import rubric
from proctor.rubric.where import InOneProcess

TRUTH = ROOT / "notebooks/09_spatial"
NOTEBOOK = nbformat.read(ROOT / "source/09_spatial/spatial.ipynb", as_version=4)
CODE = [c for c in NOTEBOOK.cells if c.cell_type == "code"]
POINTS = {
    c.id: c.metadata.nbgrader.points
    for c in CODE
    if c.metadata.get("nbgrader", {}).get("grade")
}
SOLUTIONS = {
    c.id: c.source for c in CODE if c.metadata.get("nbgrader", {}).get("solution")
}
# What defines something, and what tests it: no picture, no training.
CELLS = {
    c.id: c.source
    for c in CODE
    if c.id in POINTS or c.id in SOLUTIONS or c.source.startswith("#| export")
}
BANK = bank.load(TRUTH, SOLUTIONS)


class Recorded(InOneProcess):
    """An examination that keeps the latest rubric."""

    latest = None

    def register(self, rubric):
        self.latest = rubric


@contextmanager
def examination(seed):
    """Examine as :class:`Recorded` does, and then as before."""
    before, recorded = rubric.examination, Recorded(seed)
    rubric.set_examination(recorded)
    try:
        yield recorded
    finally:
        rubric.set_examination(before)


def grade(solutions, seed=None, tests=None):
    """Run the notebook with some cells replaced.

    Parameters
    ----------
    tests
        Which test cells to run; all, if it is left out.

    Returns
    -------
    dict
        For each test cell its score, its checks, and whether the visible part passed.
    """
    namespace, graded = {}, {}
    with examination(seed) as recorded:
        for name, source in (CELLS | solutions).items():
            if name not in POINTS:
                run(source, name, namespace)
            elif tests is None or name in tests:
                visible, hidden = Marks().visible_and_hidden(source)
                seen = run(visible, name, namespace)
                # Nothing but an author's mistake leaves this part.
                exec(compiled(hidden, name), namespace)
                checks = recorded.latest.results()
                graded[name] = sum(check["score"] for check in checks), checks, seen
    return graded


@cache
def compiled(source, name):
    return compile(source, name, "exec")


def run(source, name, namespace):
    """Run a student's cell, or what the student sees; tell whether it passed."""
    try:
        exec(compiled(source, name), namespace)
    except Exception:
        return False
    return True


@cache
def names_read(source):
    nodes = ast.walk(ast.parse(source))
    return {n.id for n in nodes if isinstance(n, ast.Name)}


@cache
def names_made(source):
    """Return the names that a cell leaves behind."""
    made = set()
    for statement in ast.parse(source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            made.add(statement.name)
        elif isinstance(statement, ast.Assign):
            made |= {n.id for n in statement.targets if isinstance(n, ast.Name)}
    return made


@cache
def reached_from(cell):
    """Return the test cells that a change of this solution cell could touch.

    They are the cell's own, and those that read what it defines, or what is defined
    with the help of that, and so on.
    """
    touched, reached = set(names_made(SOLUTIONS[cell])), {f"test-{cell}"}
    for name, source in CELLS.items():
        if touched & names_read(source):
            if name in POINTS:
                reached.add(name)
            else:
                touched |= names_made(source)
    return reached


def scores(graded):
    return {name: score for name, (score, _, _) in graded.items()}


def full_marks(tests=POINTS):
    return {name: POINTS[name] for name in tests}


def lost(graded, cell):
    """Return which checks lost points, each up to its first colon or comma."""
    _, checks, _ = graded[f"test-{cell}"]
    return {re.split("[:,]", c["name"])[0] for c in checks if c["message"]}


def grade_bug(name):
    """Grade the bug's own test cell."""
    bug = BANK.find(name)
    return grade({bug.cell: BANK.source_of(bug)}, tests=[f"test-{bug.cell}"])
