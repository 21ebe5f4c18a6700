"""What may be said of an object that has no value form: its kind, of a closed list.

The names are those of Python's own kinds; a student's class has none here. So the
reader of a message says "a generator" of one, and what a sender could tell by it is no
more than by sending a list in its place.
"""

from __future__ import annotations

import types
from collections import deque

_KINDS = (
    map,
    zip,
    filter,
    enumerate,
    reversed,
    deque,
    type,
    types.GeneratorType,
    types.FunctionType,
    types.MethodType,
    types.ModuleType,
    type({}.keys()),
    type({}.values()),
    type({}.items()),
    type(iter([])),
    type(iter(())),
)
_NAMES = {kind: kind.__name__ for kind in _KINDS}
NAMES = frozenset(_NAMES.values())


def form_of(number: int, value: object) -> dict:
    """Return what stands in a message for an object kept by this number."""
    name = _NAMES.get(type(value))
    return {"h": [number, name] if name else number}
