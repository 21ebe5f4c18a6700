"""In which way an answer differs from what was wanted, in one of a few fixed texts.

They help who reads them, and tell nobody what the inputs were: neither a number of the
answer's, nor one of the test's, is in them.
"""

from __future__ import annotations

import numpy as np

_AXES = ("first", "second", "third", "fourth", "fifth", "sixth")


def of_shapes(found: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """Return what is wrong with a shape."""
    if len(found) != len(wanted):
        return f"wrong shape: too {'few' if len(found) < len(wanted) else 'many'} axes"
    if sorted(found) == sorted(wanted):
        return "wrong shape: the axes are in another order"
    pairs = zip(_AXES, found, wanted, strict=False)
    wrong = [
        f"the {axis} axis is too {'short' if one < two else 'long'}"
        for axis, one, two in pairs
        if one != two
    ]
    return f"wrong shape: {', '.join(wrong)}" if wrong else "wrong shape"


def of_values(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> str:
    """Return what is wrong with numbers of the right shape, in float64.

    Parameters
    ----------
    near
        How far each may be off.
    """
    if not found.any():
        return "wrong values: all are zero"
    if (np.abs(np.abs(found) - np.abs(wanted)) <= near).all():
        return "wrong values: right but for the sign"
    order = np.argsort(wanted, axis=None)
    away = np.abs(np.sort(found, axis=None) - wanted.ravel()[order])
    if (away <= near.ravel()[order]).all():
        return "wrong values: the right numbers in other places"
    return "wrong values"
