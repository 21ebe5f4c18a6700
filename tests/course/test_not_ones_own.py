"""What a check on the page refuses, grading refuses: libraries that do the task's work.

`check.done` says that grading gives no points for them.
"""

import ast
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

LIBRARIES = ("scipy", "sklearn")
NOTEBOOKS = [
    path
    for path in sorted((ROOT / "source").glob("*/*.ipynb"))
    if "Rubric(points" in path.read_text()
]


def called(node: ast.AST) -> str:
    """Return the name of what a call calls, if it is one; of a method, its own."""
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "attr", getattr(function, "id", ""))


def functions_of(node: ast.Call) -> set[str]:
    return {one.id for one in node.args if isinstance(one, ast.Name)}


def defined_in(source: str) -> set[str]:
    kinds = ast.FunctionDef, ast.ClassDef
    return {one.name for one in ast.parse(source).body if isinstance(one, kinds)}


def tasks(path: Path):
    """Yield each task's name, the functions it asks for, and the text of its test."""
    asked = {}
    for cell in nbformat.read(path, as_version=4).cells:
        graded = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or not graded:
            continue
        if graded["solution"]:
            asked[graded["grade_id"]] = defined_in(cell.source)
        elif (task := graded["grade_id"].removeprefix("test-")) in asked:
            yield task, asked[task], cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_check_refuses_is_forbidden(path):
    lacking, seen = [], 0
    for task, asked, test in tasks(path):
        calls = [node for node in ast.walk(ast.parse(test)) if called(node)]
        checked = [functions_of(n) for n in calls if called(n) in ("Check", "of")]
        refused = asked & set().union(*checked)
        for call in calls:
            if called(call) == "forbids":
                given, *names = call.args
                assert tuple(one.value for one in names) == LIBRARIES
                refused -= {given.body.id}
                seen += 1
        lacking += [f"{task}: {name}" for name in sorted(refused)]
    assert (lacking, seen > 0) == ([], True)
