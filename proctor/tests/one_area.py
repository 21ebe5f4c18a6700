"""A course of one task, the area of a square, and what is said of answers to it."""

from proctor.tests import grading
from proctor.tests.tiny import cell

IMPORTS = "import numpy as np"
GIVEN = "def as_pair(value):\n    return list((value, value))"
SKIPPED = (
    "with open('x', 'w'):\n    import matplotlib.pyplot as plt\nimport time\n"
    "shade = 3\nplt.figure()"
)
AREA = "def area(side):\n    a, b = as_pair(side)\n    return a * b"
STUB = "def area(side):\n    raise NotImplementedError"
POINTS = {"grade": True, "locked": True, "points": 2}


def cells(area=AREA, above=(), below=(), inside="assert area(3) == 9"):
    skipped = cell(SKIPPED)
    skipped["metadata"]["tags"] = ["skip-grading"]
    return [
        cell(IMPORTS),
        cell(GIVEN),
        skipped,
        *map(cell, above),
        cell(area, "area", solution=True),
        cell(inside, "test-area", **POINTS),
        *map(cell, below),
    ]


def write(folder):
    """Write the course's notebook, as it is built and as it is released."""
    grading.write_course(folder, {"a": cells()}, {"a": cells(STUB)})


def graded(course, notebook):
    folder, grader = course
    grading.hand_in(folder, "ada", {"a": notebook})
    return grading.grade(grader, folder, "ada").submission


def said(course, notebook, points=0):
    (found,) = graded(course, notebook).cells
    assert found.score == points
    return found.message


def using(name):
    return AREA.replace("    return", f"    {name}\n    return")
