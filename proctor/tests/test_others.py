"""Which cells may be at fault for another's: by the names in their code."""

import pytest

from proctor.grade.others import Others
from proctor.grade.verdict import Verdict, VisibleFault
from proctor.notebook import assignment

TEST = assignment.TestCell("test-layer", "assert layer(2) == 4", "", 2.0)
FAULT = VisibleFault(1.0, "failed", "no", frozenset())


def notebook(layer):
    cells = (("size", "def size(x):\n    return x"), ("layer", layer))
    return {
        "cells": [
            {
                "cell_type": "code",
                "source": source,
                "metadata": {"nbgrader": {"grade_id": name, "solution": True}},
            }
            for name, source in cells
        ]
    }


def may_be(layer):
    others = Others(notebook(layer))
    others.lost("size")
    return others.may_be_at_fault(
        "layer", TEST, Verdict(2, "passed", "", visible=FAULT)
    )


@pytest.mark.parametrize(
    "use",
    [
        "size(x)",
        'f"{size(x)}"',
        '"a # b" + size(x)',
        'globals()["size"](x)',
        "x  # it's\n    return size(x)",
    ],
)
def test_code_that_uses_another_task(use):
    assert may_be(f"def layer(x):\n    return {use}")


@pytest.mark.parametrize(
    "other",
    ["x  # as size does", 'x + len("size")', "'''size'''", '"""as size\n does"""'],
)
def test_words_that_are_no_code(other):
    assert not may_be(f"def layer(x):\n    return {other}")


@pytest.mark.parametrize("text", ["'''" * 50_000, "'\\" * 50_000, "#" * 100_000])
def test_a_hostile_text_takes_no_time_that_grows_with_its_square(text):
    assert not may_be(f"def layer(x):\n    return 1\n{text}")
