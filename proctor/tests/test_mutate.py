"""Tests tried on solutions with one small change, which promises call right or not."""

import ast
import json
import subprocess
import sys

import pytest

from proctor.bank import mutants, tried
from proctor.cli import main
from proctor.sandbox.levels import best_level
from proctor.tests import tiny
from proctor.tests.tiny import NAME, SOLUTIONS

SANDBOX = ("--sandbox", best_level())
ALL = {cell: [text] for cell, text in SOLUTIONS.items()}

PROMISES = """\
import numpy as np
from proctor.bank.promises import Call, Numbers, Real, Refuses, promise


@promise("double")
def _(rng):
    for shape in ((2, 3), (4,), (1, 1)):
        x = rng.normal(size=shape)
        yield Call("double", x), Numbers(2 * x)
    yield Call("double", np.zeros(0)), Refuses(ValueError)


def spread(given):
    found = given.noise(9000)
    return np.array([found.mean(), found.std()])


@promise("total")
def _(rng):
    x = rng.normal(size=(2, 3))
    yield Call("total", x), Real(2 * x.sum())
    yield Call(spread), Numbers([0, 3], atol=0.3)
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return a function that makes a course folder with promises, and goes there."""

    def course(promises=PROMISES):
        monkeypatch.chdir(tiny.course(tmp_path))
        (tmp_path / "notebooks" / NAME / "promises.py").write_text(promises)
        return tmp_path

    return course


def test_mutants_are_python_and_differ():
    found = mutants.sample(ALL, 1000, seed=1)
    texts = [ast.unparse(ast.parse(mutant.source)) for mutant in found]
    assert len(found) > 25 and len(set(texts)) == len(texts)
    assert not {ast.unparse(ast.parse(text)) for text in SOLUTIONS.values()} & {*texts}
    assert mutants.sample(ALL, 9, seed=1) == found[:9] != mutants.sample(ALL, 9, seed=2)
    # What is given stays: only what stands between the marks is changed.
    assert all("def double(x):" in m.source for m in found if m.cell == "double")


@pytest.mark.parametrize(
    ("change", "right", "text"),
    [
        ("`out[n] += x` -> `out[n] = x`", "out[n] += x", "out[n] = x"),
        ("`range(n)` -> `range(n - 1)`", "range(n)", "range(n - 1)"),
        ("`(a, b)` -> `(b, a)`", "(a, b)", "(b, a)"),
        ("`x.astype(d)` -> `x`", "x.astype(d)", "x"),
        ("`::s` -> `:`", "x[::s]", "x[:]"),
        ("`a - b` -> `(b - a)`", "c * (a - b)", "c * (b - a)"),
    ],
)
def test_changes_that_people_make_by_mistake(change, right, text):
    # A name before it, so that the line's number is the second.
    source = (
        f"é = 1\n{right} if False else 0" if "=" not in right else f"é = 1\n{right}"
    )
    found = mutants.sample({"cell": [source]}, 1000, seed=0)
    (mutant,) = [m for m in found if m.change == f"line 2: {change}"]
    assert ast.unparse(ast.parse(text)) in ast.unparse(ast.parse(mutant.source))


@pytest.mark.slow
def test_holes_are_printed_and_what_was_named_is_written_down(course, capsys):
    folder = course()
    sample = folder / "sample.md"
    arguments = ("--count", "60", "--seed", "5", "--jobs", "2", "--sample", str(sample))
    assert main(["mutate", NAME, *arguments, *SANDBOX]) == 1
    *lines, summary = capsys.readouterr().out.splitlines()
    # Nobody asks what the noise's mean is.
    assert sorted(lines) == [
        f"hole: total, line 8: `0` -> `{mean}`: call 2, of spread, and full marks"
        for mean in (-1, 1)
    ]
    assert summary.endswith("holes 2, accusations 0, points lost elsewhere 0; seed 5")
    text = sample.read_text()
    assert "- named: It is triple (`triple`)\n- alike in 3 of 3 calls" in text


@pytest.mark.slow
def test_what_is_not_promised_is_an_accusation(course, capsys):
    refusal = '    yield Call("double", np.zeros(0)), Refuses(ValueError)\n'
    assert refusal in PROMISES
    course(PROMISES.replace(refusal, ""))
    arguments = ("--cell", "double", "--count", "40", "--seed", "5", "--jobs", "2")
    assert main(["mutate", NAME, *arguments, *SANDBOX]) == 1
    out = capsys.readouterr().out
    assert (
        'accusation: double, line 5: `raise ValueError("no numbers")` -> `pass`: '
        "right, and test-double 3/4: no numbers: a ValueError: no ValueError was "
        "raised\n"
    ) in out
    assert "hole" not in out.replace("holes 0", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("promises", "arguments", "error"),
    [
        (
            PROMISES.replace("2 * x)", "3 * x)"),
            (),
            "the reference of 'double' does not",
        ),
        (
            PROMISES.replace("np.zeros(0)", "np.zero(0)"),
            (),
            "used: AttributeError: module",
        ),
        ("x = 1 / 0", (), "cannot be used: ZeroDivisionError: division by zero"),
        (
            PROMISES,
            ("--cell", "dubble"),
            "no solution cell 'dubble': there is double, ",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(course, capsys, promises, arguments, error):
    course(promises)
    assert main(["mutate", NAME, "--count", "4", *arguments, *SANDBOX]) == 2
    said = capsys.readouterr().err
    assert error in said and said.count("\n") == 1


def test_without_promises_nothing_is_tried(course, capsys):
    folder = course()
    (folder / "notebooks" / NAME / "promises.py").unlink()
    assert main(["mutate", NAME, *SANDBOX]) == 2
    assert "promises.py is missing" in capsys.readouterr().err


def test_how_long_one_may_take_follows_from_the_reference_and_the_machine(monkeypatch):
    speeds = iter([1.5, 1.5, 40.5])
    monkeypatch.setattr(tried.pace, "seconds_of_python", lambda lines: next(speeds))
    assert [tried.allowance(took) for took in (0.0, 2.0, 2.0)] == [2, 122, 161]


@pytest.mark.slow
def test_what_never_ends_or_takes_all_memory_is_wrong(course):
    folder = course()
    loops = SOLUTIONS["double"].replace("return 2 * x", "while True: pass")
    fills = SOLUTIONS["double"].replace("return 2 * x", "return np.zeros(1 << 33)")
    sources = [loops, fills, SOLUTIONS["double"]]
    asked = {
        "promises": str(folder / "notebooks" / NAME / "promises.py"),
        "cells": [["", "import numpy as np"], *SOLUTIONS.items()],
        "seed": 1,
        "solutions": [
            {"cell": "double", "source": text, "beside": None} for text in sources
        ],
    }
    done = subprocess.run(
        [sys.executable, "-m", "proctor.bank.tried"],
        input=json.dumps(asked),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    wrong = [json.loads(line)["wrong"] for line in done.stdout.splitlines()]
    assert wrong == ["does not end", "call 1, of double", ""]
