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
# Characters that come with what is pasted, which look like nothing and are no Python.
_INVISIBLE = str.maketrans({0xA0: " ", 0x200B: "", 0x2060: "", 0xFEFF: ""})
# And those that word processors and keyboards of other languages have for Python's.
_PRINTED = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
        **dict.fromkeys("\u2002\u2003\u2009\u202f\u3000", " "),
        **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)},
        0xD7: "*",
    }
)
# What stands above a cell's text and says what is done with it. Some leave the notebook
# its names; all others, such as one of a package that is not there, leave none.
_MAGIC = re.compile(r"(?:\s*%%\w[^\n]*\n)+")
# (Of an error in a cell, `%%capture` says nothing.)
_RUNS_IT = re.compile(r"\s*%%(?:code_wrap|debug|prun|time)\b")
_NO_PYTHON = re.compile(
    r"%%(?:bash|sh|sx|system|cmd|perl|ruby|html|svg|js|javascript|latex|markdown|R|julia"
    r"|octave|sql|bigquery|cypher|mermaid|script(?![^\n]*python))\b",
    re.IGNORECASE,
)


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
    return _define(shell, source, compiled)


def define_all(
    shell: object, source: str, compiled: Callable[[ast.AST, str], CodeType]
) -> list[str]:
    """Run the definitions of a cell that took too long, or its process with it.

    Nothing of it has run here: what has a value gets the cell's. Return their names.
    """
    return _define(shell, source, compiled, again=True)


def define_under_magic(
    shell: object,
    source: str,
    compiled: Callable[[ast.AST, str], CodeType],
    good: bool = True,
) -> list[str]:
    """Run the definitions of a cell under `%%timeit`, say, which keeps none of them.

    What has a value keeps it. Return their names.

    Parameters
    ----------
    good
        Whether the cell came to its end.
    """
    found = _MAGIC.match(source)
    if not found or _NO_PYTHON.search(found[0]):
        return []
    if _RUNS_IT.match(source) and good:
        return []
    return _define(shell, source[found.end() :], compiled, whole=True)


def _define(
    shell: object,
    source: str,
    compiled: Callable[[ast.AST, str], CodeType],
    again: bool = False,
    whole: bool = False,
) -> list[str]:
    """Run definitions; return their names.

    Parameters
    ----------
    again
        Whether what has a value gets the cell's.
    whole
        Whether nothing of the cell has run.
    """
    plain, made = source, []
    try:
        with contextlib.suppress(Exception):  # it is no Python, perhaps
            plain = shell.transform_cell(source)
        for statement in _kept_from(plain, whole or again):
            names = _names_of(statement)
            there = not again and any(name in shell.user_ns for name in names)
            if there or not names or not _is_quick(statement, shell.user_ns):
                continue
            with contextlib.suppress(Exception), shell.builtin_trap:
                _run(statement, shell.user_ns, compiled)
                made += names
    except BaseException:  # whatever it is, the cell has ended
        return made
    return made


def _run(
    statement: ast.stmt, names: dict, compiled: Callable[[ast.AST, str], CodeType]
) -> None:
    """Run a definition; without its hints, where one names what is not there.

    Newer versions of Python look at no hint.
    """
    piece = ast.Module([statement], [])
    try:
        exec(compiled(piece, "<cell>"), names)
    except NameError:
        for node in ast.walk(statement):
            if isinstance(node, ast.arg):
                node.annotation = None
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                node.returns = None
        exec(compiled(piece, "<cell>"), names)


def _kept_from(source: str, whole: bool) -> Iterator[ast.stmt]:
    """Yield what defines a name and was not run; all of it, where nothing was."""
    line = 0 if whole else _line_at_which_it_ended()
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # nothing was run
        found = _what_is_python(_as_it_was_meant(source.translate(_INVISIBLE)))
        statements, line = [each for each in found if not _is_cut_off(each)], 0
    for statement in statements:
        if isinstance(statement, _DEFINES) and _last_of_its_head(statement) > line:
            yield statement


def _as_it_was_meant(source: str) -> str:
    """Return a text with Python's own signs, or its tabs as spaces, if it is Python so.

    Where two ways of reading it give two programs, it is left as it is.
    """
    found = {}
    for text in (source, source.translate(_PRINTED)):
        for read in (text, text.expandtabs(4), text.expandtabs(8)):
            with contextlib.suppress(SyntaxError, ValueError):
                found.setdefault(ast.dump(ast.parse(read)), read)
        if found:
            return next(iter(found.values())) if len(found) == 1 else source
    return source


def _last_of_its_head(statement: ast.stmt) -> int:
    """Return the last line of a definition at which it can end in an error.

    A function's hints stand in its head; where one raises something, it is not made.
    """
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return max(statement.lineno + 1, statement.body[0].lineno)
    return statement.lineno


def _line_at_which_it_ended() -> int:
    """Return where in a cell the last error was raised, or what raised it called.

    Where the cell cannot be compiled, that is before its first line.
    """
    place = getattr(sys, "last_traceback", None)
    while place is not None:
        code = place.tb_frame.f_code
        if code.co_name == "<module>" and code.co_filename.startswith(
            "<ipython-input-"
        ):
            return place.tb_lineno
        place = place.tb_next
    last = getattr(sys, "last_type", None) or Exception
    return 0 if issubclass(last, SyntaxError) else sys.maxsize


def _what_is_python(source: str) -> Iterator[ast.stmt]:
    """Yield the statements that are whole, each as if it stood at the beginning."""
    with contextlib.suppress(SyntaxError, ValueError):
        yield from ast.parse(source).body
        return
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


def _is_cut_off(statement: ast.stmt) -> bool:
    """Tell whether it is a function's head and docstring, which answer nothing.

    A line of it that stands too far to the left is where the next piece begins.
    """
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return ast.get_docstring(statement) is not None and len(statement.body) == 1


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
