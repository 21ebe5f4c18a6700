"""What the visible asserts of a test cell compared: shown where one fails.

Students see these asserts, so there is nothing to hide: what was wanted and what came
help more than the author's words alone.
"""

from __future__ import annotations

import ast

import numpy as np

from proctor.rubric.values import first_difference, is_plain, name_of, plain

_GOT, _WANTED = "__got__", "__wanted__"
_COMPARE = {"allclose", "array_equal"}
_SETS, _WITH_LENGTH = (set, frozenset), (list, tuple, dict, set, frozenset)
_LONGEST = 80
_MOST_NUMBERS = 12


class Compared:
    """Remembers the two sides of the latest comparison, and in which lines it is."""

    def __init__(self) -> None:
        self._sides: dict[str, object] = {}
        self._lines = range(0)

    def names(self) -> dict:
        """Return what a cell that :func:`watch` changed calls."""
        return {_GOT: self._keep_got, _WANTED: self._keep_wanted}

    def _keep_got(self, value: object, first: int, last: int) -> object:
        return self._keep("got", value, first, last)

    def _keep_wanted(self, value: object, first: int, last: int) -> object:
        return self._keep("wanted", value, first, last)

    def _keep(self, side: str, value: object, first: int, last: int) -> object:
        self._sides[side] = value
        self._lines = range(first, last + 1)
        return value

    def text(self, error: AssertionError) -> str:
        """Return ``wanted ..., got ...``; empty where that cannot be said in short.

        Parameters
        ----------
        error
            Whose assert must be the comparison.
        """
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        if place is None or place.tb_lineno not in self._lines:
            return ""
        wanted, got = (plain(self._sides[side]) for side in ("wanted", "got"))
        one, other = _show(wanted), _show(got)
        if one and other:
            return f"wanted {one}, got {other}"
        if not (is_plain(wanted) and is_plain(got)):
            return ""
        found = first_difference(got, wanted)
        if found is None:
            return ""
        where, got, wanted = found
        one, other = _beginning(wanted), _beginning(got)
        alike = type(got) is type(wanted) and type(got) in _WITH_LENGTH
        if alike and len(got) != len(wanted):
            one, other = f"{len(wanted)} parts", f"{len(got)}"
        return f"{f'at {where}: ' if where else ''}wanted {one}, got {other}"


def watch(tree: ast.Module) -> None:
    """Have each assert of one comparison, ``==`` or `np.allclose`, keep its sides."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assert):
            continue
        match node.test:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                node.test.left, node.test.comparators = _watched(node, left, right)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="np"), attr=name),
                args=[left, right, *rest],
            ) if name in _COMPARE:
                one, others = _watched(node, left, right)
                node.test.args = [one, *others, *rest]
    ast.fix_missing_locations(tree)


def _watched(
    node: ast.Assert, left: ast.expr, right: ast.expr
) -> tuple[ast.expr, list[ast.expr]]:
    # What is wanted stands on the right, as a rule.
    names = (_WANTED, _GOT) if isinstance(left, ast.Constant) else (_GOT, _WANTED)
    lines = [ast.Constant(node.lineno), ast.Constant(node.end_lineno)]
    one, other = (
        ast.copy_location(
            ast.Call(ast.Name(name, ast.Load()), [side, *lines], []), side
        )
        for name, side in zip(names, (left, right), strict=True)
    )
    return one, [other]


def _beginning(value: object) -> str:
    """Return the beginning of a text, or what kind of value it is."""
    if type(value) is str and len(value) > _LONGEST // 2:
        return f"{value[: _LONGEST // 2]!r}..."
    return _show(value) or name_of(value)


def _show(value: object) -> str:
    """Return a short text for plain data; empty for anything else."""
    if type(value) is int and value.bit_length() > 8 * _LONGEST:
        return ""  # Python does not write out what has thousands of digits
    if value is None or type(value) in (bool, int, float, complex, str, bytes):
        shown = repr(value)
    elif type(value) in _SETS and len(value) <= _MOST_NUMBERS:
        parts = [_show(part) for part in value]
        shown = ", ".join(sorted(parts)).join("{}") if all(parts) else ""
        shown = shown if parts else "an empty set"
    elif type(value) is dict and len(value) <= _MOST_NUMBERS:
        parts = [(_show(key), _show(one)) for key, one in value.items()]
        good = all(all(pair) for pair in parts)
        shown = ", ".join(": ".join(pair) for pair in parts).join("{}") if good else ""
    elif isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value).view(np.ndarray)
        if array.size > _MOST_NUMBERS:
            return f"numbers of shape {array.shape}"
        shown = np.array2string(array, separator=", ", precision=5, suppress_small=True)
        shown = " ".join(shown.split())
        if len(shown) > _LONGEST:
            return f"numbers of shape {array.shape}"
    elif type(value) in (tuple, list) and len(value) <= _MOST_NUMBERS:
        parts = [_show(part) for part in value]
        brackets = "()" if type(value) is tuple else "[]"
        comma = "," if type(value) is tuple and len(parts) == 1 else ""
        shown = f"{', '.join(parts)}{comma}".join(brackets) if all(parts) else ""
    else:
        shown = ""
    return shown if len(shown) <= _LONGEST else ""
