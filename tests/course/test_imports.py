"""What the author's tools may import."""

import ast

from conftest import ROOT


def imported(path):
    """Return the packages that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def test_the_autograder_is_started_and_never_imported():
    modules = list((ROOT / "course").rglob("*.py"))
    assert ROOT / "course/lint/claims.py" in modules
    assert [path for path in modules if "proctor" in imported(path)] == []
