"""What an author's ``tutor_cases.py`` imports, and how such a file is read."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.project import CourseError

FILE = "tutor_cases.py"


@dataclass(frozen=True)
class Case:
    """A public example of what a task asks for.

    Attributes
    ----------
    task
        The grade_id of the solution cell.
    about
        What the example tries, in one sentence.
    code
        Lines of Python as a student reads them; the last one is an expression.
    parts
        What the answer's items are called, where it has several.
    naming
        The numbers that the wanted error's text contains; None: no error is wanted.
    """

    task: str
    about: str
    code: str
    parts: tuple[str, ...] = ()
    naming: tuple[int, ...] | None = None


# What the file that is being read has registered: a function's line, and the rest.
_registered: list[tuple[int, str, tuple[str, ...], tuple[int, ...] | None]] = []


def case(
    task: str,
    *,
    parts: tuple[str, ...] = (),
    naming: tuple[int, ...] | None = None,
) -> Callable[[Any], Any]:
    """Register the decorated function as an example of a task; see :class:`Case`.

    Its docstring says what the example tries, its lines are shown to students, and its
    last line returns the answer. It uses what the notebook defines, ``np``, and
    ``steps(function, *arguments)``, which counts how much Python a call runs.
    """

    def register(function: Any) -> Any:
        line = function.__code__.co_firstlineno
        _registered.append((line, task, parts, naming))
        return function

    return register


def read_cases(path: Path) -> list[Case]:
    """Return the examples of a ``tutor_cases.py``, in its order.

    Raises
    ------
    CourseError
        If the file cannot be run, or an example lacks its sentence or its answer.
    """
    _registered.clear()
    text = path.read_text(encoding="utf-8")
    try:
        exec(compile(text, path, "exec"), {"__name__": path.stem})
    except Exception as error:
        raise CourseError(f"{path}: {type(error).__name__}: {error}") from None
    by_line = {
        min([node.lineno, *(d.lineno for d in node.decorator_list)]): node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }
    return [
        Case(task, *_said(path, by_line[line], text), parts, naming)
        for line, task, parts, naming in _registered
    ]


def _said(path: Path, node: ast.FunctionDef, text: str) -> tuple[str, str]:
    """Return an example's sentence, and its lines."""
    about = " ".join((ast.get_docstring(node) or "").split())
    returns = [one for one in ast.walk(node) if isinstance(one, ast.Return)]
    last = node.body[-1]
    if not about or returns != [last] or last.value is None:
        raise CourseError(
            f"{path}: line {node.lineno}: {node.name} needs a docstring, which says "
            "what it tries, and one return, at its end, of the answer"
        )
    first = node.body[1].lineno
    lines = textwrap.dedent(
        "\n".join(text.splitlines()[first - 1 : last.end_lineno])
    ).splitlines()
    answer = last.lineno - first
    lines[answer] = lines[answer].removeprefix("return ")
    return about, "\n".join(lines)
