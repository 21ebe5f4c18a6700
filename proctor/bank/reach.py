"""Which tests can notice that a solution cell is another: by the names that they use.

Cells meet in names alone. A test below the changed cell reads what that cell binds, or
what a cell between them made of it; any other runs what it runs anyway. Where a text
does not tell which names it uses, it is taken to use all of them.
"""

from __future__ import annotations

import ast
import functools
import symtable
from collections.abc import Iterable
from dataclasses import dataclass

# With these, code comes to names that do not stand in it.
_BY_OTHER_WAYS = {"eval", "exec", "get_ipython", "globals", "locals", "vars"}


@dataclass(frozen=True)
class Text:
    """A code cell of a notebook, in the order in which they run."""

    name: str
    source: str
    is_test: bool


@dataclass(frozen=True)
class _Names:
    """The names that a text reads and binds in the notebook; None: any."""

    reads: frozenset[str] | None
    binds: frozenset[str] | None


_ANY = _Names(None, None)


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
    reached: set[str] = set()
    # What is different from what it would be; None: anything may be.
    different: set[str] | None = set()
    begun = False
    for cell in cells:
        if cell.name == changed:
            begun = True
            for text in texts:
                different = _joined(different, _names(text, changed=True).binds)
        elif begun:
            names = _names(cell.source)
            if not _meet(names.reads, different):
                continue
            if cell.is_test:
                reached.add(cell.name)
            else:
                different = _joined(different, names.binds)
    return reached


def _meet(reads: frozenset[str] | None, different: set[str] | None) -> bool:
    if not reads or not different:
        return reads is None or (different is None and bool(reads))
    return bool(reads & different)


def _joined(names: set[str] | None, more: frozenset[str] | None) -> set[str] | None:
    return None if names is None or more is None else names | more


@functools.cache
def _names(text: str, changed: bool = False) -> _Names:
    """Return the names that a cell's text uses.

    Parameters
    ----------
    changed
        Whether what the cell does as it runs counts as well, beside what it binds.
    """
    try:
        module = symtable.symtable(text, "cell", "exec")
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # IPython's own commands
        return _ANY
    reads, binds = set(), set()
    tables = [module]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if table is not module and not symbol.is_global():
                continue
            if symbol.is_referenced():
                reads.add(symbol.get_name())
            if symbol.is_assigned() or symbol.is_imported():
                binds.add(symbol.get_name())
    if reads & _BY_OTHER_WAYS or _imports_all(tree) or (changed and _acts(tree)):
        return _ANY
    return _Names(frozenset(reads), frozenset(binds))


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
