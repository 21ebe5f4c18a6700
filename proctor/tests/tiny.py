"""A made-up assignment of two tasks, with a bug bank: small enough to read and fast."""

from __future__ import annotations

import json
from pathlib import Path

from proctor.bank import Bug, load

NAME, FILE = "01_tiny", "tiny.ipynb"
SOLUTIONS = {
    "double": """\
#| export
def double(x):
    ### BEGIN SOLUTION
    if x.size == 0:
        raise ValueError("no numbers")
    return 2 * x
    ### END SOLUTION""",
    "total": """\
#| export
def total(x):
    ### BEGIN SOLUTION
    return float(double(x).sum())


def noise(count):
    return np.random.default_rng().normal(0, 3, count)
    ### END SOLUTION""",
}
STUBS = {
    name: text.split("    ###")[0] + f"    raise NotImplementedError({name!r})"
    for name, text in SOLUTIONS.items()
}
TESTS = {
    "test-double": """\
assert double(np.ones(2)).shape == (2,), "one number for each"
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=4)


@rubric.check("positive numbers", points=2)
def _():
    x = rubric.rng.uniform(1, 2, (2, 3))
    rubric.close(double(x), 2 * x)


@rubric.check("negative numbers", points=1)
def _():
    x = -rubric.rng.uniform(1, 2, (3, 2))
    rubric.close(double(x), 2 * x)


@rubric.check("no numbers: a ValueError", points=1)
def _():
    rubric.raises(ValueError, double, np.zeros(0))
    rubric.close(double(np.ones(2)).shape, (2,))


rubric.score()
### END HIDDEN TESTS""",
    "test-total": """\
assert total(np.ones(2)) == 4, "two ones, doubled"
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=3)


def right_double(x):
    return 2 * x


rubric.stand_in(double=right_double)


@rubric.check("the sum of all", points=2)
def _():
    x = rubric.rng.uniform(1, 2, (2, 3))
    rubric.close(total(x), 2 * x.sum())


@rubric.check("noise: standard deviation 3", points=1)
def _():
    rubric.close(np.std(noise(20000)), 3, rtol=0.1)


rubric.score()
### END HIDDEN TESTS""",
}
POINTS = {"test-double": 4.0, "test-total": 3.0}


def bug(name: str, cell: str, *replace: tuple[str, str]) -> Bug:
    return Bug(name, cell, f"It is {name}", f"Why is it {name}?", replace)


RETURN = "return 2 * x"
BUGS = [
    bug("triple", "double", (RETURN, "return 3 * x")),
    bug("triple-by-sum", "double", (RETURN, "return x + x + x")),
    bug("absolute", "double", (RETURN, "return 2 * abs(x)")),
    bug("accepts-nothing", "double", ("x.size == 0", "False")),
    bug("too-large", "double", (RETURN, "return np.full((9, 9), x[0, 0])")),
    bug("indexes", "double", (RETURN, "return x[7]")),
    bug("mean", "total", (".sum()", ".mean()")),
    bug("deviation-one", "total", ("(0, 3,", "(0, 1,")),
    bug("deviation-nine", "total", ("(0, 3,", "(0, 9,")),
]
SAME_VALUES = [{"triple", "triple-by-sum"}]
VARIANTS = """\
import numpy as np
from proctor.bank import variant, variant_text


@variant("double", "by-sum", fast=True)
def double(x):
    if not x.size:
        raise ValueError("empty")
    return x + x


variant_text("total", "by-loop", '''
def total(x):
    return sum(float(number) for number in double(x).flat)


def noise(count):
    import random
    return np.array([random.gauss(0, 3) for _ in range(count)])
''')
"""
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "tiny"
c.Sandbox.packages = ["numpy"]
"""


def bank_text(bugs: list[Bug], same: list[set[str]] = SAME_VALUES) -> str:
    return f"from proctor.bank import Bug\nBUGS = {bugs!r}\nSAME_VALUES = {same!r}\n"


def bank_of(folder: Path, bugs: list[Bug], same: list[set[str]] = SAME_VALUES):
    """Return a bank, as it is read from its file."""
    (folder / "bugs.py").write_text(bank_text(bugs, same))
    return load(folder, SOLUTIONS)


def cells_of(texts: dict[str, str], more: tuple[str, ...] = ()) -> list[dict]:
    """Return a notebook's cells: the import, ``more``, each task with its test."""
    cells = [cell("#| export\nimport numpy as np"), *map(cell, more)]
    for name in SOLUTIONS:
        cells.append(cell(texts[name], name, solution=True))
        test = f"test-{name}"
        points = {"grade": True, "points": POINTS[test], "locked": True}
        cells.append(cell(TESTS[test], test, **points))
    return cells


def cell(source: str, name: str = "", **grading) -> dict:
    metadata = {}
    if name:
        settings = {"grade": False, "locked": False, "solution": False, "task": False}
        settings |= {"grade_id": name, "schema_version": 3} | grading
        metadata["nbgrader"] = settings
    return {
        "cell_type": "code",
        "id": name or f"cell-{abs(hash(source)) % 10**8}",
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def notebook_of(cells: list[dict]) -> dict:
    kernel = {"display_name": "python3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def hidden(cells: list[dict]) -> list[dict]:
    """Return cells as they are handed out, without the hidden tests."""
    for one in cells:
        one["source"] = one["source"].split("### BEGIN HIDDEN")[0].rstrip()
    return cells


def course(folder: Path, bugs: list[Bug] = BUGS, variants: str = VARIANTS) -> Path:
    """Write a course folder that was built, with the bank."""
    (folder / "nbgrader_config.py").write_text(CONFIG)
    (truth := folder / "notebooks" / NAME).mkdir(parents=True)
    same = SAME_VALUES if bugs is BUGS else []
    (truth / "bugs.py").write_text(bank_text(bugs, same))
    (truth / "variants.py").write_text(variants)
    write(folder / "source" / NAME / FILE, cells_of(SOLUTIONS))
    write(folder / "release" / NAME / FILE, hidden(cells_of(STUBS)))
    return folder


def enter(folder: Path, cells: list[dict] | None = None) -> None:
    """Enter the assignment into a gradebook by nbgrader's steps, not by its command.

    That takes seconds to find out what it has to do.

    Parameters
    ----------
    cells
        Of its notebook, with the hidden tests; None: the tiny one's.
    """
    import nbformat
    from nbgrader.preprocessors import ComputeChecksums, SaveCells

    from proctor.gradebook.database import open_gradebook
    from proctor.settings import Course

    layout = Course.read(folder).layout
    about = {"assignment": NAME, "notebook": "tiny", "db_url": layout.db_url}
    with open_gradebook(layout, new=True) as gradebook:
        gradebook.add_assignment(NAME)
    made = nbformat.from_dict(notebook_of(cells or cells_of(STUBS)))
    for step in (ComputeChecksums(), SaveCells()):
        step.preprocess(made, {"nbgrader": about})


def write(path: Path, cells: list[dict]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook_of(cells)))
    return path
