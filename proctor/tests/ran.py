"""Notebooks of the tiny course that are run, and what comes of their tests."""

import copy

from proctor.sandbox.limits import Limits
from proctor.tests import processes
from proctor.tests.tiny import SOLUTIONS, cell, cells_of, notebook_of

# For notebooks that run into them.
QUICK = Limits(cell_seconds=2, notebook_seconds=40)
SOLVED = {
    name: "\n".join(line for line in text.splitlines() if "###" not in line)
    for name, text in SOLUTIONS.items()
}


TRIPLE = SOLVED["double"].replace("2 * x", "3 * x")


HANGS = SOLVED["double"].replace(
    'raise ValueError("no numbers")', "import time; time.sleep(600)"
)


ENDS = SOLVED["double"].replace(
    'raise ValueError("no numbers")', "import os; os._exit(1)"
)


SUMS = """\
### BEGIN HIDDEN TESTS
from proctor.rubric import Rubric

rubric = Rubric(points=1)


def right_double(x):
    return 2 * x


def right_total(x):
    return 2.0 * x.sum()


rubric.stand_in(NAMES)


@rubric.check("the sum", points=1)
def _():
    x = rubric.rng.uniform(1, 2, (2, 3))
    rubric.close(TASK(x), 2 * x.sum())


rubric.score()
### END HIDDEN TESTS"""


def ran(jail, double, before=(), after=()):
    """Return the verdicts on a notebook with this `double`, and its cells."""
    cells = cells_of(SOLVED | {"double": double}, before)
    notebook = notebook_of(copy.deepcopy([*cells, *map(cell, after)]))
    return processes.run(jail, notebook), notebook["cells"]


def scores(verdicts):
    return {name: verdict.score for name, verdict in verdicts.items()}


def counted(monkeypatch, parent):
    """Return a list that grows by one with each process that a warm parent forks."""
    asked, fork = [], parent.fork

    def forking(*given, **named):
        asked.append(1)
        return fork(*given, **named)

    monkeypatch.setattr(
        parent, "fork", lambda *given, **named: asked.append(1) or fork(*given, **named)
    )
    return asked


def summing(name, body, *stand_ins):
    """Return a task that sums twice the numbers, and its test with these stand-ins."""
    names = ", ".join(f"{n}=right_{n}" for n in stand_ins)
    test = SUMS.replace("TASK", name).replace("NAMES", names)
    grading = {"grade": True, "points": 1.0, "locked": True}
    return [
        cell(f"def {name}(x):\n    {body}", name, solution=True),
        cell(test, f"test-{name}", **grading),
    ]
