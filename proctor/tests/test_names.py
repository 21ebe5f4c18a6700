"""What a cell's text names, whatever stands in it."""

import pytest

from proctor.notebook.names import bound, imported, uses_rubric


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("import numpy", "numpy"),
        ("import numpy as np, math", "np math"),
        ("import matplotlib.pyplot as plt", "plt"),
        ("import os.path", "os"),
        ("from a.b import (c, d as e,", "c e"),
        ("from importlib import import_module as load", "load"),
        ("from x import *", ""),
        ("import a; import b as c", "a c"),
        ("from a import b ; from c import d", "b d"),
        ("import json  # to import data", "json data"),
        ("  import inner", ""),
        ("import", ""),
        ("import x" + ".import" * 20_000, "x"),
        ("import " + " " * 100_000, ""),
        ("import a" + " as" * 50_000, "as"),
    ],
    ids=lambda text: text[:40],
)
def test_names_that_are_imported(line, names):
    assert imported(f"x = 1\n{line}\n") == set(names.split())


def test_names_that_are_bound():
    text = "async  def f():\n    y = 1\nclass C: pass\nx = y == 2\nz: int = 3\nw == 1"
    assert bound(text) == {"f", "C", "x", "z"}


def test_lines_without_end_are_no_test():
    assert not uses_rubric("\n" * 100_000 + " " * 100_000)
    assert uses_rubric("\n\n  from proctor.rubric import Rubric")
