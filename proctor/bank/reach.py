"""Which tests can notice that a solution cell is another: by the names that they use.

Cells meet in names alone. A test below the changed cell reads what that cell binds, or
what a statement between them made of it; any other runs what it runs anyway. A
statement that uses what is different may bind something else, change what it gives to
a call, or end its cell before the rest of it. Where a text does not tell which names it
uses, it is taken to use all of them.
"""

from __future__ import annotations

import ast
import builtins
import functools
import symtable
from collections.abc import Iterable
from dataclasses import dataclass

# With these, code comes to names that do not stand in it.
_BY_OTHER_WAYS = {"eval", "exec", "get_ipython", "globals", "locals", "vars"}

_DEFINED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_IMPORTED = ast.Import | ast.ImportFrom
_BUILT_IN = frozenset(dir(builtins))


@dataclass(frozen=True)
class Text:
    """A code cell of a notebook, in the order in which they run."""

    name: str
    source: str
    is_test: bool


@dataclass(frozen=True)
class _Statement:
    """What a statement of a cell does with the notebook's names.

    Attributes
    ----------
    reads
        The names that it uses, inside functions too, but for those that a loop has
        given a value before.
    binds
        Those that it may give a value.
    gives
        Those of what it sets a part of, or gives to a call, which may change it.
    sure
        Those that it gives a value whatever happens, unless it ends in an error.
    waits
        Whether it only defines what others call, and so cannot end in an error.
    fixed
        Whether these are modules, functions or classes.
    first, last
        Its lines.
    """

    reads: frozenset[str]
    binds: frozenset[str]
    gives: frozenset[str]
    sure: frozenset[str]
    waits: bool
    fixed: bool
    first: int
    last: int


def reached_tests(cells: Iterable[Text], changed: str, *texts: str) -> set[str]:
    """Return the names of the tests that a changed cell can reach.

    Parameters
    ----------
    cells
        Of one notebook.
    changed
        The name of the cell.
    texts
        What stood in it, and what stands there now.
    """
    cells = list(cells)
    reached: set[str] = set()
    fixed = _fixed(cell.source for cell in cells if not cell.is_test)
    # What is different from what it would be; None: anything may be.
    different: set[str] | None = set()
    begun = False
    for cell in cells:
        if cell.name == changed:
            begun = True
            for text in texts:
                different = _joined(different, _bound_when_changed(text))
        elif begun and cell.is_test:
            reads = _read_by_test(cell.source)
            if reads is None or different is None or reads & different:
                reached.add(cell.name)
        elif begun:
            different = _after(cell.source, different, fixed)
    return reached


def _after(
    text: str, different: set[str] | None, fixed: frozenset[str]
) -> set[str] | None:
    """Return what is different when a cell has run."""
    statements = _statements(text)
    if statements is None or different is None:
        return None
    different = set(different)
    # Whether the cell may have ended before.
    ended = False
    for one in statements:
        if ended or one.reads & different:
            different |= one.binds | (one.gives - fixed)
            ended = ended or not one.waits
        else:
            different -= one.sure
    return different


def _joined(names: set[str] | None, more: frozenset[str] | None) -> set[str] | None:
    return None if names is None or more is None else names | more


@functools.cache
def _bound_when_changed(text: str) -> frozenset[str] | None:
    """Return what a changed cell binds; None if it does more than that as it runs."""
    statements = _statements(text)
    if statements is None or _acts(_parsed(text)):
        return None
    return frozenset().union(*(one.binds for one in statements))


def _fixed(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of what no call changes: modules, functions and classes."""
    defined, given = {*_BUILT_IN}, set()
    for text in texts:
        for one, other in zip((defined, given), _bindings(text), strict=True):
            one |= other
    return frozenset(defined - given)


@functools.cache
def _bindings(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names that a cell imports or defines, and those it gives a value."""
    statements = _statements(text) or ()
    defined = frozenset().union(*(one.binds for one in statements if one.fixed))
    given = frozenset().union(*(one.binds for one in statements if not one.fixed))
    return defined, given


@functools.cache
def _read_by_test(text: str) -> frozenset[str] | None:
    """Return the names that a test has of the notebook; None: any.

    What it has bound in an earlier line is its own.
    """
    statements = _statements(text)
    if statements is None:
        return None
    read: set[str] = set()
    own: dict[str, int] = {}
    for one in statements:
        read |= {name for name in one.reads if own.get(name, one.first) >= one.first}
        own = dict.fromkeys(one.sure, one.last) | own
    return frozenset(read)


@functools.cache
def _statements(text: str) -> tuple[_Statement, ...] | None:
    """Return the statements of a cell; None if they may use any name."""
    try:
        tree = _parsed(text)
        lines = text.split("\n")
        found = tuple(_statement(node, lines) for node in tree.body)
    except (SyntaxError, ValueError):  # IPython's own commands
        return None
    reads = frozenset().union(*(one.reads for one in found))
    return None if reads & _BY_OTHER_WAYS or _imports_all(tree) else found


@functools.cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _statement(node: ast.stmt, lines: list[str]) -> _Statement:
    reads, binds = set(), set()
    first = min(n.lineno for n in (node, *getattr(node, "decorator_list", ())))
    # With what else stands in its lines.
    text = "\n".join(lines[first - 1 : node.end_lineno])
    tables = [top := symtable.symtable(text, "cell", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if table is not top and not symbol.is_global():
                continue
            if symbol.is_referenced():
                reads.add(symbol.get_name())
            if symbol.is_assigned() or symbol.is_imported():
                binds.add(symbol.get_name())
    waits = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _acts(
        ast.Module([node], [])
    )
    return _Statement(
        frozenset(reads - _bound_by_loop(node)),
        frozenset(binds),
        frozenset(() if waits else _may_change(node)),
        frozenset(_surely_bound(node)),
        waits,
        isinstance(node, _DEFINED | _IMPORTED),
        first,
        node.end_lineno,
    )


def _bound_by_loop(node: ast.stmt) -> set[str]:
    """Return the names that a loop has bound wherever it uses them."""
    if not isinstance(node, ast.For):
        return set()
    before = [node.target, node.iter, *node.orelse]
    names = [n for part in before for n in ast.walk(part) if isinstance(n, ast.Name)]
    bound = {one.id for one in _flat(node.target) if isinstance(one, ast.Name)}
    return bound - {name.id for name in names if isinstance(name.ctx, ast.Load)}


def _may_change(node: ast.stmt) -> set[str]:
    """Return the names of what a statement sets a part of, or gives to a call."""
    given: list[ast.AST] = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            given += [*inner.args, *(keyword.value for keyword in inner.keywords)]
            if isinstance(inner.func, ast.Attribute):
                given.append(inner.func.value)
        elif isinstance(inner, ast.Attribute | ast.Subscript):
            given += [] if isinstance(inner.ctx, ast.Load) else [inner.value]
    names = (name for one in given for name in ast.walk(one))
    return {name.id for name in names if isinstance(name, ast.Name)}


def _surely_bound(node: ast.stmt) -> set[str]:
    if isinstance(node, _DEFINED):
        return {node.name}
    if isinstance(node, _IMPORTED):
        return {alias.asname or alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.Assign):
        targets = [one for target in node.targets for one in _flat(target)]
        return {one.id for one in targets if isinstance(one, ast.Name)}
    return set()


def _flat(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        return [one for inner in target.elts for one in _flat(inner)]
    return [target]


def _imports_all(tree: ast.Module) -> bool:
    return any(isinstance(n, ast.alias) and n.name == "*" for n in ast.walk(tree))


def _acts(tree: ast.Module) -> bool:
    """Tell whether a cell does more, as it runs, than give values to names."""
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            # Its body waits for a call.
            left += [*getattr(node, "decorator_list", []), node.args]
            continue
        sets = isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)
        if isinstance(node, ast.Call | ast.Delete) or (
            sets and not isinstance(node, ast.Name | ast.Tuple | ast.List | ast.Starred)
        ):
            return True
        left += ast.iter_child_nodes(node)
    return False
