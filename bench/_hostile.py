"""What a few of the worst submissions cost a class."""

from __future__ import annotations

import argparse
import json
import os

from _class import ASSIGNMENT, LOOPS, Author, signed
from _cost import HEADING, Cost, columns
from _course import Course

# By what they do: code at the top of the notebook's first task.
WORST = {
    "sleeps": "import time\nwhile True:\n    time.sleep(1)",
    "computes": "while True:\n    pass",
    "takes-memory": "taken = []\nwhile True:\n    taken.append(np.ones(1 << 20))",
    "prints": "while True:\n    print('x' * 10_000)",
}
DEPTH, FULL = 20_000, 60 << 20


def worst(author: Author) -> dict[str, bytes]:
    """Return the five: four that run to a limit, and one that is hard to read."""
    made = {}
    for name, text in WORST.items():
        notebook = author.notebook(LOOPS)
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "output-size":
                cell["source"] = f"{text}\n{''.join(cell['source'])}"
        made[name] = signed(notebook, name)
    # Two kinds of bomb in one; not counted as a notebook, for it does not begin as one.
    nested = "[" * DEPTH + "]" * DEPTH
    filled = json.dumps([{}] * (FULL // 4))
    made["bomb"] = f' {{"cells": {filled}, "metadata": {nested}}}'.encode()
    return made


def hostile(options: argparse.Namespace, course: Course) -> None:
    """Print what a class takes with the five and with honest ones in their place."""
    from proctor.settings import Course as Settings

    author = Author(course.root)
    honest = dict(author.a_class(options.submissions))
    five = worst(author)
    course.hand_in("honest", honest.items())
    course.hand_in("hostile", [*list(honest.items())[len(five) :], *five.items()])
    limit = Settings.find(course.root).sandbox.cell_seconds
    costs: dict[str, list[Cost]] = {"honest": [], "hostile": []}
    for _ in range(options.rounds):
        for name, found in costs.items():
            found.append(course.grade(name))
    print(
        f"proctor autograde {ASSIGNMENT}, {options.submissions} submissions; "
        f"rounds: {options.rounds}; a cell's limit: {limit:g} s; "
        f"load {os.getloadavg()[0]:.1f}"
    )
    print(f"\n{'':20}{'seconds':>27}{'CPU seconds':>27}\n{'':20}{HEADING}{HEADING}")
    for name, found in costs.items():
        wall, cpu = [c.wall for c in found], [c.cpu for c in found]
        print(f"{name:20}{columns(wall, 1)}{columns(cpu, 1)}")
    ratios = [
        (bad.wall - limit) / good.wall
        for good, bad in zip(costs["honest"], costs["hostile"], strict=True)
    ]
    print(f"\n(hostile - one limit) / honest, seconds:{columns(ratios, 2)}")
