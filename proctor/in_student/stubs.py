"""Tell whether functions are as they were handed out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import CodeType, FunctionType


def are_there(
    made: Iterable[CodeType], names: list[str], namespace: Mapping[str, object]
) -> bool:
    """Tell whether the functions ``names`` are those that the text of a cell makes.

    Parameters
    ----------
    made
        The code of the cell as it was handed out, from the compiler of the cells: what
        that makes of the same text is equal.
    """
    parts = [part for code in made for part in code.co_consts]
    codes = {code.co_name: code for code in parts if isinstance(code, CodeType)}
    found = [namespace.get(name) for name in names]
    return all(
        type(function) is FunctionType and function.__code__ == codes.get(name)
        for name, function in zip(names, found, strict=True)
    )
