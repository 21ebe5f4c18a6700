"""Which libraries a function uses, as far as its code names them."""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from types import CodeType, FunctionType, MethodType, ModuleType, SimpleNamespace

# A notebook's functions call each other; no honest one has so many.
_MOST = 200
_IMPORTERS = {"import_module", "__import__"}
_Names = Callable[[CodeType], tuple[set[str], set[str]]]
# What holds other values, and has nothing to do with what they are.
_HOLDERS = list | tuple | set | frozenset
# The other attributes by which a wrapper has what it wraps.
_WRAPPED = ("__wrapped__", "__func__", "func", "fget", "fset", "fdel")
_WRAPPERS = staticmethod | classmethod | property | functools.cached_property


def libraries_of(value: object, among: Collection[str]) -> list[str]:
    """Return the libraries that a function or class names, directly or in others.

    Others are those of the same module or notebook that it names, or has: as a default,
    in what stands around it, under a decorator, in a list or an object of the
    notebook's. Of what is found at the time of a call, only a name is seen that stands
    there as it is, beside a call of ``import_module`` or ``__import__``.

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
    home = _home_of(value)
    todo: list[object] = [value]
    seen: dict[int, object] = {}
    while todo and len(seen) < _MOST:
        one = todo.pop()
        if id(one) in seen:
            continue
        # Kept, so that no other comes to have its number.
        seen[id(one)] = one
        if isinstance(one, FunctionType) and (one is value or one.__module__ == home):
            names, imported = names_of(one.__code__)
            found |= {name.partition(".")[0] for name in imported}
            todo += [one.__globals__[n] for n in names if n in one.__globals__]
        inside = list(islice(_inside(one, one is value, home), _MOST))
        todo += inside
        if not inside:
            found.add(_origin(one))
    return found & set(among)


def _home_of(value: object) -> str | None:
    """Return the module or notebook in which something was written."""
    while isinstance(value, functools.partial):
        value = value.func
    home = getattr(value, "__module__", None)
    return home if isinstance(home, str) else None


def _inside(one: object, first: bool, home: str | None) -> Iterator[object]:
    """Yield what something of the notebook's has beside the names in its code.

    Nothing of a library's own functions and objects.
    """
    if isinstance(one, dict):
        yield from one.values()
    elif isinstance(one, _HOLDERS):
        yield from one
    elif isinstance(one, functools.partial):
        yield from (one.func, *one.args, *one.keywords.values())
    elif isinstance(one, MethodType):
        yield from (one.__func__, one.__self__)
    elif isinstance(one, _WRAPPERS) or (
        hasattr(type(one), "__get__") and "__wrapped__" in _own(one)
    ):
        parts = (getattr(one, name, None) for name in _WRAPPED)
        yield from (part for part in parts if part is not None)
    elif isinstance(one, FunctionType):
        if first or one.__module__ == home:
            # Something, so that it is not taken for another's.
            yield home
            yield from (one.__defaults__, one.__kwdefaults__, vars(one))
            for cell in one.__closure__ or ():
                try:
                    yield cell.cell_contents
                except ValueError:  # it has none yet
                    continue
    elif isinstance(one, type):
        if first or one.__module__ == home:
            yield from (*one.__bases__, *vars(one).values())
    elif isinstance(one, SimpleNamespace) or type(one).__module__ == home:
        yield from (type(one), *_own(one).values())


def _own(value: object) -> dict:
    """Return an object's attributes, as it stands; none where it has no such thing."""
    own = getattr(value, "__dict__", None)
    return own if isinstance(own, dict) else {}


def _origin(value: object) -> str:
    """Return the package of a module, or of what was taken from one."""
    if isinstance(value, ModuleType):
        name = value.__name__
    elif isinstance(value, type | FunctionType) or callable(value):
        name = getattr(value, "__module__", None) or type(value).__module__
    else:
        name = type(value).__module__
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
