"""What a cell's text names, whatever stands in it."""

import pytest

from proctor.notebook.names import bound, imported, parts, used, uses_rubric
from proctor.notebook.remembered import remembered


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


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def f(x, k=G):\n    y = x @ B_T\n    return y.image", "G B_T"),
        ("def f(a: int,\n      b=2):\n    for i, j in a: print(i, j, b)", "int print"),
        ("g = lambda u: u + v", "v"),
        ("# G\n'H'\nf'{I}'\nif J == 3 or K <= 4: L", "I J K L"),
        ("a, b = 1, 2\na + b", ""),
        ("G = G + 1", ""),
        ("for " * 20_000, ""),
        ("lambda " * 20_000, ""),
        ("(" * 20_000 + "=" * 20_000, ""),
        ("'" * 20_001, ""),
    ],
    ids=lambda text: text[:40],
)
def test_names_that_are_used_and_bound_nowhere_in_it(text, names):
    words = {"if", "or", "for", "in", "def", "return", "lambda", "f"}
    assert used(text) - words == set(names.split())


def test_the_parts_of_a_text():
    text = "import a\n# no\nx, y = (\n    1,\n)\n@deco(\n)\ndef f():\n    z = 1\nf()"
    assert [sorted(names) for names, _ in parts(text)] == [["a"], ["x", "y"], ["f"]]
    assert parts(text)[-1][1] == "@deco(\n)\ndef f():\n    z = 1"
    assert parts("@a\n" * 20_000) == parts("x\n" * 20_000) == ()


def test_several_names_that_are_bound_at_once():
    assert bound("a, b = 1, 2\nc,d=3\ne, f == 4") == {"a", "b", "c", "d"}
    assert bound("a, " * 20_000) == set()


def test_of_texts_that_are_long_in_all_nothing_is_remembered():
    asked = []

    @remembered
    def length(text):
        asked.append(text)
        return len(text)

    short, long, longest = "a", "b" * (3 << 20), "c" * (5 << 20)
    for text in (short, short, long, short, longest, longest):
        assert length(text) == len(text)
    assert asked == [short, long, longest, longest]
    # What is one too much has all others forgotten.
    assert length("d" * (3 << 20)) == 3 << 20
    assert length(short) == 1 and asked[-1] == short
