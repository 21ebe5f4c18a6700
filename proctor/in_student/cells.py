"""A notebook's cells: compiled, ahead if they were handed out, and run in its shell."""

from __future__ import annotations

import ast
import contextlib
import sys
import warnings
from types import CodeType


class CellRunner:
    """Compiles and runs cells as IPython does.

    Parameters
    ----------
    shell
        The notebook's, in which no cell has run.
    """

    def __init__(self, shell) -> None:
        self._shell = shell
        # What its compiler does where no notebook has told it otherwise.
        self._plain_flags = shell.compile.flags
        # By its text, the code of a cell that many notebooks have.
        self._known: dict[str, list[CodeType]] = {}

    def compile_ahead(self, source: str) -> None:
        """Keep a cell's code for when it is run.

        A copy of this process shares no memory that was written after it was made: what
        compiles a cell writes to much of it each time.
        """
        if source in self._known:
            return
        compiler = self._shell.compile
        flags = compiler.flags
        with contextlib.suppress(Exception), warnings.catch_warnings():
            # What is compiled when it is run warns then.
            warnings.simplefilter("error")
            name = compiler.cache(source, 0)
            found = [self.compiled(piece, name) for piece in pieces_of(source) or ()]
            # A `from __future__` is for the notebook that has it.
            if found and compiler.flags == flags:
                self._known[source] = found
        compiler.flags = flags

    def run(self, source: str) -> bool:
        """Run a cell as IPython does; tell whether nothing was raised.

        IPython looks at each token of a cell for its own syntax. Most cells have none:
        what is plain Python is run directly, in a tenth of the time.
        """
        shell, pieces = self._shell, None
        if not (shell.ast_transformers or shell.input_transformers_post):
            pieces = self._compiled_ahead(source) or pieces_of(source)
        if pieces is None:
            return bool(shell.run_cell(source, store_history=False).success)
        name = shell.compile.cache(source, 0)
        shell.events.trigger("pre_execute")
        good = True
        try:
            with shell.builtin_trap, shell.display_trap:
                for piece in pieces:
                    known = isinstance(piece, CodeType)
                    exec(piece if known else self.compiled(piece, name), shell.user_ns)
        except BaseException:
            good = False
            shell.showtraceback(running_compiled_code=True)
        shell.events.trigger("post_execute")
        return good

    def _compiled_ahead(self, source: str) -> list[CodeType] | None:
        as_before = self._shell.compile.flags == self._plain_flags
        return self._known.get(source) if as_before else None

    def codes_of(self, source: str) -> list[CodeType]:
        """Return what a cell that was handed out is compiled to."""
        pieces = self._compiled_ahead(source) or [ast.parse(source)]
        return [
            p if isinstance(p, CodeType) else self.compiled(p, "<cell>") for p in pieces
        ]

    def compiled(self, piece: ast.AST, name: str) -> CodeType:
        """Compile a piece of a cell in a file of this name."""
        # The shell's compiler: with no `__future__` but the notebook's own.
        mode = "single" if isinstance(piece, ast.Interactive) else "exec"
        return self._shell.compile(piece, name, mode)

    def line_that_raised(self, source: str) -> int:
        """Return in which line of a cell the last error was raised; 0: not known."""
        name, line = self._shell.compile.cache(source, 0), 0
        place = getattr(sys, "last_traceback", None)
        while place is not None:
            if place.tb_frame.f_code.co_filename == name:
                line = place.tb_lineno
            place = place.tb_next
        return line


def pieces_of(source: str) -> list[ast.AST] | None:
    """Return the statements of a cell, and the value at its end; None: no plain Python.

    The value is shown, and is compiled by itself.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    if "await " in source:
        return None
    if tree.body and isinstance(tree.body[-1], ast.Expr) and source.rstrip()[-1] != ";":
        last = ast.Interactive([tree.body.pop()])
        return [tree, last]
    return [tree]
