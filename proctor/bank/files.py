"""An author's files, which are trusted and run as they are read."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from proctor.errors import GradingError


def require_python(text: str) -> None:
    """Raise a ValueError unless ``text`` is a cell of Python with something in it."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        message = f"its text is not Python: {error.msg} (line {error.lineno})"
        raise ValueError(message) from None
    if not tree.body:
        raise ValueError("its cell is empty: give its text")


def execute(path: Path) -> dict[str, Any]:
    """Run an author's file and return its names."""
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    except Exception as error:
        kind = type(error).__name__
        raise GradingError(f"{path} cannot be read: {kind}: {error}") from None
    return names
