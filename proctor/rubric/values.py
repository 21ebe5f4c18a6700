"""Plain values that are no arrays: texts, lists, dicts, sets, numbers, None.

Where an answer differs from what was wanted, in fixed texts that tell nobody what the
inputs were; and for cases that everybody sees, the first place and both sides.
"""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

_NUMBERS = (int, float, complex, Fraction, Decimal)
_NAMES = {
    str: "a text",
    bytes: "bytes",
    bool: "True or False",
    list: "a list",
    tuple: "a tuple",
    dict: "a dict",
    set: "a set",
    frozenset: "a frozenset",
    type(None): "None",
    range: "a range",
    datetime.date: "a date",
    datetime.datetime: "a date with its time",
    datetime.time: "a time",
    datetime.timedelta: "a span of time",
    **dict.fromkeys(_NUMBERS, "a number"),
}
_KINDS = tuple(_NAMES)
_ORDERED, _SETS = (list, tuple), (set, frozenset)
_MOST_DEPTH = 12
# Longer texts of values are known by a digest.
_LONGEST = 4_000


def plain(value: Any) -> Any:
    """Return a value without NumPy's kinds of number and text."""
    if isinstance(value, np.generic) or (
        isinstance(value, np.ndarray) and value.ndim == 0
    ):
        return np.asarray(value).item()
    if type(value) in _ORDERED:
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {plain(key): plain(one) for key, one in value.items()}
    return value


def is_plain(value: Any, depth: int = 0) -> bool:
    """Tell whether a value, and all in it, is of the kinds that are compared here."""
    if type(value) not in _KINDS or depth > _MOST_DEPTH:
        return False
    return all(is_plain(part, depth + 1) for part in _parts(value))


def name_of(value: Any) -> str:
    """Return what kind of value it is, in words."""
    return _NAMES.get(type(value), "another object")


def same(one: Any, two: Any) -> bool:
    """Tell whether two plain values are equal, in kind too; numbers by their value."""
    if name_of(one) != name_of(two):
        return False
    if type(one) in _ORDERED:
        return len(one) == len(two) and all(map(same, one, two))
    if type(one) is dict:
        return one.keys() == two.keys() and all(same(one[k], two[k]) for k in two)
    return one == two or (_is_nan(one) and _is_nan(two))


def difference(got: Any, wanted: Any) -> str:
    """Return in fixed words how a value differs from the wanted one."""
    if name_of(got) != name_of(wanted):
        return f"wrong value: {name_of(wanted)} was wanted"
    return f"wrong value{_how(got, wanted)}"


def _how(got: Any, wanted: Any) -> str:
    if type(wanted) is str:
        return _how_text(got, wanted)
    if isinstance(wanted, (*_ORDERED, *_SETS, bytes, range)):
        if len(got) != len(wanted):
            return f": too {'few' if len(got) < len(wanted) else 'many'} parts"
        if type(wanted) in _ORDERED and _counted(got) == _counted(wanted):
            return ": the right parts in another order"
    if type(wanted) is dict:
        if wanted.keys() - got.keys():
            return ": a key is missing"
        if got.keys() - wanted.keys():
            return ": a key too many"
        return ": the keys are right, what they stand for is not"
    return ""


def _how_text(got: str, wanted: str) -> str:
    if not got:
        return ": the text is empty"
    if got.casefold() == wanted.casefold():
        return ": capital and small letters differ"
    if "".join(got.split()) == "".join(wanted.split()):
        return ": spaces or ends of lines differ"
    return ""


def _counted(values: list | tuple) -> Counter:
    return Counter(map(text_of, values))


def text_of(value: Any) -> str:
    """Return a text that equal values have in common, and no others."""
    text = _text(value)
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{len(text)} letters, {digest}"


def _text(value: Any) -> str:
    if type(value) in _ORDERED:
        return f"{type(value).__name__}({', '.join(map(_text, value))})"
    if type(value) in _SETS:
        return f"{type(value).__name__}({', '.join(sorted(map(_text, value)))})"
    if type(value) is dict:
        pairs = sorted(f"{_text(key)}: {_text(one)}" for key, one in value.items())
        return f"dict({', '.join(pairs)})"
    if type(value) is float:
        # Equal mistakes round differently.
        return f"{value:.12g}"
    return repr(value)


def tells_much(value: Any) -> bool:
    """Tell whether a value can be one mistake's alone: what is empty comes of many."""
    return bool(value) and type(value) is not bool


def first_difference(
    got: Any, wanted: Any, place: str = ""
) -> tuple[str, Any, Any] | None:
    """Return where two plain values first differ, and both sides; None: nowhere.

    The place is written as in Python, such as ``[2]['a']``; of a text it is the letter
    from which on it is another.
    """
    if name_of(got) == name_of(wanted):
        for where, *sides in _pairs(got, wanted):
            if found := first_difference(*sides, f"{place}{where}"):
                return found
        if same(got, wanted):
            return None
        if type(wanted) is str and place == "":
            at = next(_others(got, wanted))
            return (f"[{at}:]", got[at:], wanted[at:]) if at else ("", got, wanted)
    return place, got, wanted


def _others(one: str, two: str) -> Iterator[int]:
    for at, (first, second) in enumerate(zip(one, two, strict=False)):
        if first != second:
            yield at
    yield min(len(one), len(two))


def _pairs(got: Any, wanted: Any) -> Iterator[tuple[str, Any, Any]]:
    if type(wanted) in _ORDERED:
        for at, pair in enumerate(zip(got, wanted, strict=False)):
            yield f"[{at}]", *pair
    elif type(wanted) is dict:
        for key in wanted:
            if key in got:
                yield f"[{key!r}]", got[key], wanted[key]


def _parts(value: Any) -> Iterator[Any]:
    if type(value) is dict:
        yield from value.keys()
        yield from value.values()
    elif type(value) in (*_ORDERED, *_SETS):
        yield from value


def _is_nan(value: Any) -> bool:
    return isinstance(value, (float, complex, Decimal)) and value != value
