"""The submissions themselves: each can be built, and is what it says."""

import ast
import json
import os
import sys
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT, run

from redteam import attacks, honest  # noqa: F401 (importing enters them)
from redteam.checks import all_hold
from redteam.submission import (
    FILE,
    NAME,
    REACHED,
    SUBMISSIONS,
    Outside,
    hidden_line,
    with_few_tasks,
)

RELEASED = ROOT / "release" / NAME / FILE
ALL = list(SUBMISSIONS)
ATTACKS = [name for name, one in SUBMISSIONS.items() if one.family != "honest"]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> dict[str, Path]:
    top = tmp_path_factory.mktemp("class")
    outside = Outside(top / "course", top / "home")
    submitted, few = top / "submitted", top / FILE
    few.write_text(json.dumps(with_few_tasks(json.loads(RELEASED.read_text()))))
    return {
        name: one.build(RELEASED if one.module else few, submitted, outside)
        for name, one in SUBMISSIONS.items()
    }


@pytest.fixture(scope="module")
def cells(built) -> dict[str, list[dict]]:
    """The cells of each notebook of the present format; none for any other."""
    return {name: read_cells(folder) for name, folder in built.items()}


def read_cells(folder: Path) -> list[dict]:
    path = folder / FILE
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 1 << 25:
        return []
    if not os.access(path, os.R_OK):
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        return [cell for cell in content["cells"] if isinstance(cell, dict)]
    except (ValueError, RecursionError, TypeError, KeyError):
        return []


def is_built(name, folder, _cells):
    assert folder.name == NAME
    assert folder.parent.name == name


def code_compiles(name, _folder, cells):
    """An attack with a typing mistake would hold for the wrong reason."""
    if name in MEANT_NOT_TO_COMPILE:
        return
    for cell in cells:
        source = cell.get("source", "")
        source = source if isinstance(source, str) else "".join(source)
        if cell.get("cell_type") != "code" or source.lstrip().startswith(("%", "!")):
            continue
        problem = problem_of(source)
        assert problem is None, f"{problem[:200]} in {source[:200]!r}"


@cache
def problem_of(source: str) -> str | None:
    """Compile a cell, magics left out; most cells are the same in each notebook."""
    lines = [line for line in source.splitlines() if not line.startswith(("%", "!"))]
    try:
        compile("\n".join(lines), "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError) as error:
        return repr(error)


def earns_what_it_solves(name, _folder, _cells):
    one = SUBMISSIONS[name]
    if one.family == "honest":
        return
    solved = {f"test-{cell}" for cell in one.solves}
    assert set(one.earns) <= solved
    assert all(one.earns[test] <= one.points[test] for test in one.earns)


@pytest.mark.parametrize("name", ALL, ids=ascii)
def test_is_what_it_says(built, cells, name):
    checks = is_built, code_compiles, earns_what_it_solves
    all_hold(name, checks, name, built[name], cells[name])


# Their point is a cell that is no Python.
MEANT_NOT_TO_COMPILE = {
    "compiles-a-bomb",
    "fails-in-cells-of-its-own",
    "cells-without-parts",
    "long-cells-that-look-alike",
    "merge-markers-in-a-cell",
    "prose-and-code-that-take-long",
    "scripts-in-source",
    "texts-that-take-long-to-look-through",
    "uses-magics",
    "zeros-and-surrogates-in-cells",
}


def test_there_are_many_of_many_kinds():
    families = {SUBMISSIONS[name].family for name in ATTACKS}
    assert len(families) >= 15
    assert len(ATTACKS) >= 70
    assert len(ALL) - len(ATTACKS) >= 12


BITING = [name for name, one in SUBMISSIONS.items() if one.bites]


@pytest.fixture(scope="module")
def passed_in_one_process(built, tmp_path_factory) -> dict[str, list[str]]:
    """Which tests of the released notebook each passes without any jail."""
    paths = {name: str(built[name] / FILE) for name in BITING}
    done = run(
        sys.executable,
        Path(__file__).parent / "one_process.py",
        *paths.values(),
        cwd=tmp_path_factory.mktemp("cwd"),
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: found[path] for name, path in paths.items()}


@pytest.mark.parametrize("name", BITING)
def test_bites_where_nothing_is_between(passed_in_one_process, name):
    """What is shown to hold elsewhere would not hold without the jail."""
    assert set(passed_in_one_process[name]) - set(SUBMISSIONS[name].earns)


def test_reports_are_not_in_the_attacks_themselves(cells):
    """The harness looks for these texts in what was graded."""
    for name, found in cells.items():
        text = json.dumps(found)
        assert REACHED not in text, name
        assert hidden_line() not in text, name
