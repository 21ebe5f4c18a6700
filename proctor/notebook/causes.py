"""Why a test cell cannot be examined apart, and how to write it so that it can.

The cells' texts tell, and what the test said; nothing is run here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proctor.notebook.replaces import replaced_in
from proctor.text import listed

_OBJECTS = re.compile(
    r"\b(dir|isinstance|issubclass|callable|type|hasattr|vars|getattr)\(|"
    r"\.(__name__|__doc__|__class__|__dict__)|\b(inspect)\."
)
_PRINTED = re.compile(r"redirect_stdout|sys\.stdout|capture_output|%%capture")
_MOCKS = re.compile(r"\bpatch\b|\bmonkeypatch\b|\bmock\b")
_FILES = re.compile(
    r"\b(open|Path|read_csv|read_excel|loadtxt|genfromtxt|imread)\(|\bos\.(path|list)"
)
_SEEDS = re.compile(r"\bseed\(")


@dataclass(frozen=True)
class Code:
    """A code cell of an assignment, in its place."""

    name: str
    source: str
    is_test: bool


@dataclass(frozen=True)
class Cause:
    """Why a test does not run apart, and what would let it."""

    why: str
    rewrite: str


def cause_of(cells: Sequence[Code], name: str, said: str) -> Cause:
    """Return why a test cannot be examined apart.

    Parameters
    ----------
    cells
        The notebook's, the reference's solutions among them.
    said
        What the test said when it was examined apart.
    """
    at = next(number for number, cell in enumerate(cells) if cell.name == name)
    test, tree = cells[at], _parsed(cells[at].source)
    if tree is None or "plain Python" in said:
        return Cause(
            "it has a magic, or an `await` that stands in no function",
            "leave the magic out, or await in a function that asyncio.run calls",
        )
    ways = (_of_names, _of_globals, _of_files, _of_texts, _of_values)
    found = (way(cells[:at], test, tree, said) for way in ways)
    return next((cause for cause in found if cause), Cause(said, "see the message"))


def calls_by_name(cells: Sequence[Code], name: str) -> list[str]:
    """Return the names a test calls that a cell of the notebook imports.

    Who replaces one in a cell of their own decides what the test says.
    """
    at = next(number for number, cell in enumerate(cells) if cell.name == name)
    tree = _parsed(cells[at].source)
    if tree is None:
        return []
    imported = {
        given
        for cell in cells[:at]
        if not cell.is_test
        for given in _imported(_parsed(cell.source))
    }
    own = _bound(tree)
    called = (
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    return sorted({name for name in called if name in imported - own})


def ends_in_a_value(source: str) -> bool:
    """Tell whether a cell ends in a value, which nbgrader takes for its points."""
    tree = _parsed(source)
    if tree is None or not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return False
    last = tree.body[-1].value
    text = isinstance(last, ast.Constant) and not isinstance(last.value, (int, float))
    prints = isinstance(last, ast.Call) and isinstance(last.func, (ast.Name,))
    asserts = isinstance(last, ast.Call) and isinstance(last.func, ast.Attribute)
    return not (text or prints or asserts)


def _of_names(
    before: Sequence[Code], test: Code, tree: ast.Module, said: str
) -> Cause | None:
    # The examiner has NumPy by this name.
    needed = _loaded(tree) - _bound(tree) - {"np"}
    for cell in reversed(before):
        other = _parsed(cell.source)
        if other is None:
            continue
        modules = sorted(needed & _imported(other))
        if modules:
            return Cause(
                f"it uses {_listed(modules)}, which {_where(cell)} imports",
                f"import {_listed(modules)} in this cell too",
            )
        if cell.is_test and (names := sorted(needed & _bound(other))):
            return Cause(
                f"it uses {_listed(names)} of the test cell {cell.name}",
                f"define {_listed(names)} in this cell too",
            )
    return None


def _of_globals(
    before: Sequence[Code], test: Code, tree: ast.Module, said: str
) -> Cause | None:
    set_here = {
        name
        for statement in tree.body
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef))
        for name in _set_in(statement)
    }
    used, left = set(), set()
    for cell in before:
        other = _parsed(cell.source)
        if other is None:
            continue
        if cell.is_test:
            left |= _bound(other)
            continue
        for part in _bodies(other):
            used |= _loaded(part) - _bound(part)
        if names := sorted(_loaded(other) & left - _bound(other)):
            return Cause(
                f"a cell before it uses {_listed(names)} of an earlier test cell",
                f"define {_listed(names)} in that cell",
            )
    deleted = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Del)
    } - _bound(tree)
    if names := sorted(set_here & used | deleted):
        return Cause(
            f"it sets or deletes {_listed(names)}, which the student's code has",
            "give the value as an argument, or replace a function by rubric.stand_in",
        )
    return None


def _of_files(
    before: Sequence[Code], test: Code, tree: ast.Module, said: str
) -> Cause | None:
    if "Matplotlib requires" in said:
        return Cause(
            "it imports matplotlib.pyplot, which needs a folder to write to",
            "ask for what is drawn by the names that the notebook gives it",
        )
    away = "ModuleNotFoundError", "FileNotFoundError", "AttributeError: module"
    if any(kind in said for kind in away):
        return Cause(
            "it reads a file, or imports a module, that lies beside the notebook",
            "write into the cell what the test needs of it",
        )
    if _FILES.search(test.source):
        return Cause(
            "it looks at files where the student's code runs",
            "have a function of the student's return what was written",
        )
    return None


def _of_texts(
    before: Sequence[Code], test: Code, tree: ast.Module, said: str
) -> Cause | None:
    text = test.source
    if _MOCKS.search(text) or replaced_in(text):
        return Cause(
            "it replaces something that the student's code calls",
            "replace a function of the student's by rubric.stand_in",
        )
    if _PRINTED.search(text) or "print" in _bound(tree):
        return Cause(
            "it asks for what is printed",
            "have the task return the text, and print it elsewhere",
        )
    if _SEEDS.search(text):
        return Cause(
            "it sets the seed of random numbers that the student's code draws",
            "have the function take a generator or a seed",
        )
    if found := _OBJECTS.search(text):
        what = next(filter(None, found.groups()))
        return Cause(
            f"it asks what kind of object something is (`{what}`)",
            "ask for what the object gives: a number, a text, a list, an array",
        )
    return None


def _of_values(
    before: Sequence[Code], test: Code, tree: ast.Module, said: str
) -> Cause | None:
    if found := re.search(r"a (\w+) cannot go to the student's process", said):
        return Cause(
            f"it hands a {found[1]} to the student's code",
            "hand over numbers, texts, lists, dicts and arrays",
        )
    if "catching classes" in said:
        return Cause(
            "it catches an error of a class that the student's code defines",
            "catch the builtin error that the class is a kind of",
        )
    if "object" in said:
        return Cause(
            "it asks an object to compare, iterate or show itself",
            "compare what can be asked of it: numbers, texts, lists, arrays",
        )
    if "check failed" in said or not said:
        return Cause(
            "it looks at what the student's code left: an argument that was changed, "
            "a variable, another cell's work",
            "have the function return what it made",
        )
    return None


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _loaded(tree: ast.AST) -> set[str]:
    return {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _set_in(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _bound(tree: ast.AST) -> set[str]:
    """Return the names that a cell gives a value to."""
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
    }
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    stored = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names | arguments | stored | _imported(tree)


def _imported(tree: ast.Module | None) -> set[str]:
    return {
        alias.asname or alias.name.split(".")[0]
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def _bodies(tree: ast.Module) -> Iterator[ast.AST]:
    return (n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef)))


def _where(cell: Code) -> str:
    return f"the cell {cell.name}" if cell.name else "another cell"


def _listed(names: list[str]) -> str:
    return listed([f"`{name}`" for name in names], 3)
