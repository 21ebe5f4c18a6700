"""Which libraries a function uses, as far as its code names them."""

from __future__ import annotations

import dis
from types import CodeType, FunctionType, ModuleType

# A notebook's functions call each other; no honest one has so many.
_MOST = 200


def libraries_of(value: object) -> list[str]:
    """Return the libraries that a function or class names, directly or in others.

    Others are those of the same module or notebook that it names. What is found at the
    time of a call, by ``importlib`` for example, is not seen.

    Returns
    -------
    list[str]
        Names of top-level packages, sorted, such as ``scipy``.
    """
    found: set[str] = set()
    todo, seen = [value], set()
    while todo and len(seen) < _MOST:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, type):
            todo += [part for part in vars(one).values() if _has_code(part)]
        elif isinstance(one, FunctionType):
            names = _arguments_of(one.__code__, "LOAD_GLOBAL", "LOAD_NAME")
            for other in (one.__globals__.get(name) for name in names):
                if _has_code(other) and other.__module__ == one.__module__:
                    todo.append(other)
                elif origin := _origin(other):
                    found.add(origin)
            imported = _arguments_of(one.__code__, "IMPORT_NAME")
            found |= {name.partition(".")[0] for name in imported}
    return sorted(found)


def _has_code(value: object) -> bool:
    return isinstance(value, (type, FunctionType))


def _origin(value: object) -> str:
    """Return the package of a module, or of what was taken from one."""
    name = value.__name__ if isinstance(value, ModuleType) else ""
    if not name and (isinstance(value, type) or callable(value)):
        name = getattr(value, "__module__", None)
    return name.partition(".")[0] if isinstance(name, str) else ""


def _codes(code: CodeType) -> list[CodeType]:
    """Return a function's code, and that of the functions in it."""
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return [code, *(each for one in inner for each in _codes(one))]


def _arguments_of(code: CodeType, *kinds: str) -> set[str]:
    """Return the names in the steps of these kinds: not those of attributes."""
    return {
        step.argval
        for each in _codes(code)
        for step in dis.get_instructions(each)
        if step.opname in kinds
    }
