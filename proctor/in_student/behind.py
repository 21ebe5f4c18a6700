"""What a cell defines behind the line at which it ended in an error.

Who imports a package that is not there, or draws with a name of a cell that is not run,
and defines the task's function below that, has written the function all the same.
"""

from __future__ import annotations

import ast
import contextlib
import re
import sys
from collections.abc import Callable, Iterator
from types import CodeType, ModuleType

# Who ends a cell wants nothing more of it, and a task that is not written ends so. An
# interrupt is no student's: the cell took too long.
_NO_MISHAP = (SystemExit, NotImplementedError)
_DEFINES = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
)
# A line at which a statement of a cell begins; what it goes on with, does not.
_BEGINS = re.compile(r"^(?=[^\s#)\]}])(?!(?:elif|else|except|finally)\b)", re.MULTILINE)
_MOST_PIECES = 200


def define_behind(
    shell: object, source: str, compiled: Callable[[ast.AST, str], CodeType]
) -> list[str]:
    """Run the definitions of a cell that its error kept from it; return their names.

    What has a value keeps it. Each is tried for itself.

    Parameters
    ----------
    shell
        The notebook's, in which the cell has ended in an error.
    compiled
        Compiles a statement, in a file of this name.
    """
    if issubclass(getattr(sys, "last_type", None) or Exception, _NO_MISHAP):
        return []
    return _define(shell, source, compiled, again=False)


def define_all(
    shell: object, source: str, compiled: Callable[[ast.AST, str], CodeType]
) -> list[str]:
    """Run the definitions of a cell that took too long, or its process with it.

    Nothing of it has run here: what has a value gets the cell's. Return their names.
    """
    return _define(shell, source, compiled, again=True)


def _define(
    shell: object,
    source: str,
    compiled: Callable[[ast.AST, str], CodeType],
    again: bool,
) -> list[str]:
    plain, made = source, []
    try:
        with contextlib.suppress(Exception):  # it is no Python, perhaps
            plain = shell.transform_cell(source)
        for statement in _kept_from(plain, again):
            names = _names_of(statement)
            there = not again and any(name in shell.user_ns for name in names)
            if there or not names or not _is_quick(statement, shell.user_ns):
                continue
            with contextlib.suppress(Exception), shell.builtin_trap:
                piece = ast.Module([statement], [])
                exec(compiled(piece, "<cell>"), shell.user_ns)
                made += names
    except BaseException:  # whatever it is, the cell has ended
        return made
    return made


def _kept_from(source: str, again: bool) -> Iterator[ast.stmt]:
    """Yield what defines a name and was not run; all of it, where nothing was."""
    try:
        statements = ast.parse(source).body
        line = 0 if again else _line_at_which_it_ended()
    except SyntaxError:  # nothing was run
        statements, line = list(_what_is_python(source)), 0
    for statement in statements:
        if isinstance(statement, _DEFINES) and statement.lineno > line:
            yield statement


def _line_at_which_it_ended() -> int:
    """Return where in a cell the last error was raised, or what raised it called."""
    place = getattr(sys, "last_traceback", None)
    while place is not None:
        code = place.tb_frame.f_code
        if code.co_name == "<module>" and code.co_filename.startswith(
            "<ipython-input-"
        ):
            return place.tb_lineno
        place = place.tb_next
    return sys.maxsize


def _what_is_python(source: str) -> Iterator[ast.stmt]:
    """Yield the statements that are whole, each as if it stood at the beginning."""
    starts = [found.start() for found in _BEGINS.finditer(source)][:_MOST_PIECES]
    pieces = [source[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    decorators = ""
    for piece in pieces:
        if piece.startswith("@"):
            decorators += piece
            continue
        with contextlib.suppress(SyntaxError, ValueError):
            yield from ast.parse(decorators + piece).body
        decorators = ""


def _names_of(statement: ast.stmt) -> list[str]:
    """Return the names that a definition makes; none of what cannot be told."""
    match statement:
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            names = [a.asname or a.name.split(".")[0] for a in aliases]
            return [] if "*" in names else names
        case ast.Assign(targets=targets):
            found = [node for target in targets for node in ast.walk(target)]
            plain = (ast.Name, ast.Tuple, ast.List, ast.Store)
            return [n.id for n in found if isinstance(n, ast.Name)] * all(
                isinstance(node, plain) for node in found
            )
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return [name]
        case ast.AnnAssign():
            return []
    return [statement.name]


def _is_quick(statement: ast.stmt, there: dict[str, object]) -> bool:
    """Tell whether a definition computes nothing but what a module's functions do.

    What is trained or measured may take all of the notebook's time.
    """
    value = getattr(statement, "value", None)
    if value is None or isinstance(value, ast.Lambda):
        return True
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            root = node.func
            while isinstance(root, ast.Attribute):
                root = root.value
            name = root.id if isinstance(root, ast.Name) else ""
            if not isinstance(there.get(name), ModuleType):
                return False
    return True
