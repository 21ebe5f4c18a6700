"""The values that pass between examiner and student: a closed list, no pickle.

None, bool, int, float, str, tuple, list, dict and set with such keys, slice, Ellipsis,
what :mod:`proctor.wire.kinds` lists, and arrays of numbers, texts, times and such
values go by value, and where both ends say so, what :mod:`proctor.wire.tables` lists.
Anything else stays where it is and goes as the number of a handle.
Decoding builds nothing else, looks no name up, calls no code of the sender.
"""

from __future__ import annotations

import math
import re
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Sequence

import numpy as np

MAX_DEPTH = 12
# What a student's process answers: an examiner may send it back, inside of more.
ANSWER_DEPTH = 8
# One in another: a time stamp in a table's column.
MAX_TABLES = 2
MAX_VALUES = 500_000
# An array without numbers may have any number of rows, at no cost in bytes: who walks
# through them would never come to an end.
_MOST_EMPTY = 1 << 22
EXACT_IN_JSON = 1 << 53
# NumPy's are keys as the plain ones are, whose hash they have.
_KEYS = frozenset(
    {str, bytes, int, float, bool, type(None), np.bool_, np.str_}
    | {np.dtype(f"{kind}{size}").type for kind in "iu" for size in (1, 2, 4, 8)}
    | {np.float16, np.float32, np.float64}
)
# Tuples can be made that have one hash; so many of them are looked through at once.
_MAX_TUPLES = 2_000
# Texts, bytes, and times in one of NumPy's units.
# Of no bytes there could be any number, which become some when they are compared.
_DATA = re.compile(r"(<U|\|S)[1-9]\d{0,3}|<[Mm]8\[(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\]")
# These are equal to the plain dict of the same pairs.
_DICTS = (Counter, OrderedDict, defaultdict)
_COLLECTIONS = (tuple, list, dict, set, frozenset)

# Of dtypes, as NumPy writes them.
NUMBERS = frozenset(
    "|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 <c8 <c16".split()  # noqa: SIM905
)
# A long double's bytes are not all its own: what came before lies in the rest. It goes
# as a float64, under this name, and is a long double there.
LONG_DOUBLE = "g"


def is_endless(shape: Sequence[int]) -> bool:
    """Tell whether an array of this shape holds nothing, in too many rows."""
    return 0 in shape and math.prod(length or 1 for length in shape) > _MOST_EMPTY


def goes_by_bytes(name: str) -> bool:
    """Tell whether arrays of this dtype go by their bytes."""
    return name in NUMBERS or _DATA.fullmatch(name) is not None


def _is_key(value: object) -> bool:
    """Tell whether a value may be a key: no code of the sender's runs to hash it.

    Larger ints could all have one hash, and a dict of them take minutes to make.
    """
    kind = type(value)
    if kind is int:
        return -EXACT_IN_JSON < value < EXACT_IN_JSON
    if kind is tuple:
        return all(type(part) is not tuple and _is_key(part) for part in value)
    return kind in _KEYS


def are_keys(values: object) -> bool:
    """Tell whether all of these may be keys, or members of a set, together."""
    tuples = sum(type(value) is tuple for value in values)
    return tuples <= _MAX_TUPLES and all(map(_is_key, values))


def _adds_no_name(value: object, kind: type) -> bool:
    """Tell whether a class of its own gives a value nothing to ask for by name."""
    above = type(value).__mro__
    named = (vars(one) for one in above[: above.index(kind)])
    own = getattr(value, "__dict__", {})
    return not any(name[:2] != "__" for names in (*named, own) for name in names)


def as_plain(value: object) -> object:
    """Return what a value is without a class of its own; itself where it is no such.

    A tuple with names, a member of an enumeration or a NumPy text is as good as the
    plain one. What the class says of itself does not count. A list, or another such
    collection, with names of its own besides may be asked for these.
    """
    if isinstance(value, tuple) and hasattr(type(value), "_fields"):
        return tuple(tuple.__iter__(value))
    for kind in _COLLECTIONS:
        own = isinstance(value, kind) and type(value) is not kind
        if own and _adds_no_name(value, kind):
            return kind(dict.items(value) if kind is dict else kind.__iter__(value))
    for kind, convert in ((int, int.__index__), (float, float.__float__)):
        if isinstance(value, kind):
            return convert(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, np.bytes_):
        return bytes(value)
    if type(value) in _DICTS:
        return dict(dict.items(value))
    return value
