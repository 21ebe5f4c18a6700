"""A test cell, made ready to run: its two parts compiled, its free names found."""

from __future__ import annotations

import ast
import builtins
import itertools
import linecache
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
    parts, trees = {}, []
    for part, text in (("visible", visible), ("hidden", hidden)):
        file = file_of(name, part)
        # A stand-in's source is looked up here.
        linecache.cache[file] = (len(text), None, text.splitlines(True), file)
        try:
            tree = ast.parse(text, file)
            trees.append(ast.parse(text))
            if part == "visible":
                watch(tree)
            parts[part] = _compiled(tree, file)
        except (SyntaxError, ValueError, RecursionError) as error:
            # Such as a magic, or an `await` that stands in no function.
            why = getattr(error, "msg", None) or type(error).__name__
            raise AuthorError(f"it is not plain Python: {why}") from None
    return Test(sorted(_free_names(trees)), parts, bool(hidden.strip()))


def _compiled(tree: ast.Module, file: str) -> tuple[CodeType, CodeType | None]:
    """Return the statements, and the last of them if it is an expression."""
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        value = ast.Expression(tree.body.pop().value)
        last = compile(value, file, "eval", dont_inherit=True)
    return compile(tree, file, "exec", dont_inherit=True), last


def _free_names(trees: list[ast.Module]) -> set[str]:
    """Return the names that a cell reads and does not itself give a value to."""
    read, given = set(), set()
    for node in itertools.chain.from_iterable(map(ast.walk, trees)):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                read.add(name)
            case ast.Name(id=name) | ast.arg(arg=name):
                given.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                given.add(name)
            case ast.alias(name=name, asname=other):
                given.add(other or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)):
                given.add(name)
    return {name for name in read - given if not name.startswith("_")}
