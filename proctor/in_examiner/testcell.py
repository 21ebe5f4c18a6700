"""A test cell, made ready to run: its two parts compiled, its free names found."""

from __future__ import annotations

import ast
import builtins
import itertools
import linecache
import math
import symtable
from dataclasses import dataclass
from types import CodeType

import numpy as np

from proctor.in_examiner.asserts import watch
from proctor.rubric.errors import AuthorError


@dataclass(frozen=True)
class Test:
    """A test cell, made ready to run.

    Attributes
    ----------
    names
        What it reads and does not itself give a value to.
    parts
        The visible and the hidden part: statements, and the last expression or None.
    """

    names: list[str]
    parts: dict[str, tuple[CodeType, CodeType | None]]
    has_hidden: bool

    def unknown(self, namespace: dict) -> list[str]:
        """Return the names that neither ``namespace`` nor Python has: the student's."""
        return [
            name
            for name in self.names
            if name not in namespace and not hasattr(builtins, name)
        ]


# Made ready once; before the forks, where they are known.
_ready: dict[tuple[str, str, str], Test] = {}


def find(name: str, visible: str, hidden: str) -> Test:
    """Return a test cell ready to run, and remember it.

    Parameters
    ----------
    visible, hidden
        Its two parts, each as a cell in which the other's lines are blank.

    Raises
    ------
    AuthorError
        If it is not Python.
    """
    key = name, visible, hidden
    if key not in _ready:
        _ready[key] = _make_ready(*key)
    return _ready[key]


def new_namespace() -> dict:
    """Return the names that every test cell has."""
    return {
        "__name__": "__main__",
        "__builtins__": builtins,
        "np": np,
        "get_ipython": lambda: None,
    }


def file_of(name: str, part: str) -> str:
    """Return the name of the file that a test's part stands for in a traceback."""
    return f"<{name}: {part}>"


def _make_ready(name: str, visible: str, hidden: str) -> Test:
    parts, names = {}, set()
    for part, text in (("visible", visible), ("hidden", hidden)):
        file = file_of(name, part)
        # A stand-in's source is looked up here.
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        try:
            tree = ast.parse(text, file)
            if part == "visible":
                watch(tree)
            parts[part] = _compiled(tree, file)
            names = _free_names(visible, hidden)
        except (SyntaxError, ValueError, RecursionError) as error:
            # Such as a magic, or an `await` that stands in no function.
            why = getattr(error, "msg", None) or type(error).__name__
            raise AuthorError(f"it is not plain Python: {why}") from None
    return Test(sorted(names), parts, bool(hidden.strip()))


def _compiled(tree: ast.Module, file: str) -> tuple[CodeType, CodeType | None]:
    """Return the statements, and the last of them if it is an expression."""
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        value = ast.Expression(tree.body.pop().value)
        last = compile(value, file, "eval", dont_inherit=True)
    return compile(tree, file, "exec", dont_inherit=True), last


def _free_names(visible: str, hidden: str) -> set[str]:
    """Return the names that a cell reads without having given them a value before.

    A function's own names are not the cell's.
    """
    lines = itertools.zip_longest(visible.split("\n"), hidden.split("\n"), fillvalue="")
    whole = "\n".join(one or other for one, other in lines)
    read, given = set(), set()
    scopes = [symtable.symtable(whole, "<test>", "exec")]
    while scopes:
        scope = scopes.pop()
        scopes += scope.get_children()
        at_top = scope.get_type() == "module"
        for symbol in scope.get_symbols():
            if at_top or symbol.is_global():
                name = symbol.get_name()
                if symbol.is_referenced():
                    read.add(name)
                if symbol.is_assigned() or symbol.is_imported():
                    given.add(name)
    first = _first_lines(ast.parse(whole))
    given -= {name for name, (load, store) in first.items() if load <= store < math.inf}
    return {name for name in read - given if not name.startswith("_")}


def _first_lines(tree: ast.Module) -> dict[str, tuple[float, float]]:
    """Return in which line each name is first read, and where given a value."""
    found: dict[str, tuple[float, float]] = {}
    inner = ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        names = [node.id] if isinstance(node, ast.Name) else []
        if isinstance(node, ast.alias):
            names.append(node.asname or node.name.split(".")[0])
        elif isinstance(name := getattr(node, "name", None), str):
            names.append(name)  # of a function, a class, an error, a pattern
        is_read = isinstance(getattr(node, "ctx", None), ast.Load)
        for name in names:
            load, store = found.get(name, (math.inf, math.inf))
            pair = (min(load, node.lineno), store), (load, min(store, node.lineno))
            found[name] = pair[not is_read]
        if not isinstance(node, inner):
            todo += ast.iter_child_nodes(node)
    return found
