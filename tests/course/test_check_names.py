"""A check cell takes no name that the notebook goes on with."""

import ast
import json

import pytest
from conftest import ROOT

from course.lint.dataflow import bound_names, free_names

NOTEBOOKS = sorted(ROOT.glob("release/*/*.ipynb"))


def taken(cells):
    """Return what check cells bind, of what was there before and is read afterwards.

    Parameters
    ----------
    cells
        Whether it is a check, and the text, of each code cell.
    """
    trees = [(check, ast.parse(source)) for check, source in cells]
    found = []
    for place, (check, tree) in enumerate(trees):
        if not check:
            continue
        before = set().union(*(bound_names(t) for c, t in trees[:place] if not c))
        left = bound_names(tree) & before
        for other, later in trees[place + 1 :]:
            if not other:
                found += sorted(left & free_names(later))
                left -= bound_names(later)
    return found


def code_cells(path):
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        grading = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] == "code" and not source.startswith("%"):
            yield bool(grading.get("grade") and grading.get("locked")), source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_check_takes_no_name_that_is_needed_later(path):
    assert taken(list(code_cells(path))) == []


def test_such_a_name_is_found():
    given, check, later = (False, "x = 1"), (True, "x = [2]"), (False, "y = x + 1")
    assert taken([given, check, later]) == ["x"]
    assert taken([given, check, (False, "x = 3"), later]) == []
    assert taken([check, later]) == taken([given, later, check]) == []
    assert taken([given, check, (False, "def f(x):\n    return x")]) == []
