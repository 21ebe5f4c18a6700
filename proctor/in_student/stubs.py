"""Tell whether functions are as they were handed out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from types import CodeType, FunctionType


def are_there(
    source: str, names: list[str], namespace: Mapping[str, object], compiler: Callable
) -> bool:
    """Tell whether the functions ``names`` are those that the text of a cell makes.

    Parameters
    ----------
    compiler
        That of the cells: what it makes of the same text is equal.
    """
    made = compiler(ast.parse(source), "<handed out>", "exec").co_consts
    codes = {code.co_name: code for code in made if isinstance(code, CodeType)}
    found = [namespace.get(name) for name in names]
    return all(
        type(function) is FunctionType and function.__code__ == codes.get(name)
        for name, function in zip(names, found, strict=True)
    )
