"""Which libraries a function uses, as far as its code names them."""

from __future__ import annotations

import dis
from collections.abc import Callable, Collection
from types import CodeType, FunctionType, ModuleType

# A notebook's functions call each other; no honest one has so many.
_MOST = 200
_IMPORTERS = {"import_module", "__import__"}
_Names = Callable[[CodeType], tuple[set[str], set[str]]]


def libraries_of(value: object, among: Collection[str]) -> list[str]:
    """Return the libraries that a function or class names, directly or in others.

    Others are those of the same module or notebook that it names. Of what is found at
    the time of a call, only a name is seen that stands there as it is, beside a call of
    ``import_module`` or ``__import__``.

    Parameters
    ----------
    among
        The libraries that are asked for: names of top-level packages, as ``scipy``.

    Returns
    -------
    list[str]
        Those of them that are used, sorted.
    """
    # To look at each step of the code takes long, and seldom is anything found.
    if not _found(value, among, _all_names):
        return []
    return sorted(_found(value, among, _names))


def _found(value: object, among: Collection[str], names_of: _Names) -> set[str]:
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
            names, imported = names_of(one.__code__)
            for other in (one.__globals__.get(name) for name in names):
                if _has_code(other) and other.__module__ == one.__module__:
                    todo.append(other)
                else:
                    found.add(_origin(other))
            found |= {name.partition(".")[0] for name in imported}
    return found & set(among)


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


def _all_names(code: CodeType) -> tuple[set[str], set[str]]:
    """Return at least what :func:`_names` does: those of attributes, too."""
    names = {name for each in _codes(code) for name in each.co_names}
    return names, names.union(*map(_found_by_name, _codes(code)))


def _found_by_name(code: CodeType) -> set[str]:
    """Return the texts beside a call that imports what a text names."""
    if not _IMPORTERS & {*code.co_names}:
        return set()
    return {const for const in code.co_consts if isinstance(const, str)}


def _names(code: CodeType) -> tuple[set[str], set[str]]:
    """Return the global names that a function reads, and the modules it imports."""
    found: dict[str, set[str]] = {"LOAD_GLOBAL": set(), "IMPORT_NAME": set()}
    # In the body of a class inside of it.
    found["LOAD_NAME"] = found["LOAD_GLOBAL"]
    for each in _codes(code):
        for step in dis.get_instructions(each):
            if step.opname in found:
                found[step.opname].add(step.argval)
        found["IMPORT_NAME"] |= _found_by_name(each)
    return found["LOAD_GLOBAL"], found["IMPORT_NAME"]
