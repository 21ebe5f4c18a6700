"""In which way an answer differs from what was wanted, in one of a few fixed texts.

They help who reads them, and tell nobody what the inputs were: neither a number of the
answer's, nor one of the test's, is in them.
"""

from __future__ import annotations

import numpy as np

# How many times as far as they may be off numbers are, where one thing is said of all.
_CLEARLY = 4
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
    if found.size == 1:
        return f"wrong number: too {'large' if found.sum() > wanted.sum() else 'small'}"
    if not found.any():
        return "wrong values: all are zero"
    right = np.abs(found - wanted) <= near
    ways = (
        ("right but for the sign", _but_for_sign),
        ("right but for a factor", _but_for_factor),
        ("right but for a number added to each", _but_for_sum),
        ("the right numbers in other places", _elsewhere),
    )
    for text, holds in ways:
        if holds(found, wanted, near):
            return f"wrong values: {text}"
    if (found == found.flat[0]).all():
        return "wrong values: all are the same number"
    return f"wrong values: {_where(right) or _share(right)}"


def _but_for_sign(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    return bool((np.abs(np.abs(found) - np.abs(wanted)) <= near).all())


def _but_for_factor(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    if np.ptp(np.abs(wanted)) <= near.max():
        return False  # any number is so many times another
    factor = np.vdot(wanted, found) / np.vdot(wanted, wanted)
    if abs(factor - 1) * np.abs(wanted).max() <= _CLEARLY * near.max():
        return False
    within = near * max(1.0, abs(factor))
    return bool(factor and (np.abs(found - factor * wanted) <= within).all())


def _but_for_sum(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    away = found - wanted
    varied = np.ptp(wanted) > near.max()
    clear = abs(away.mean()) > _CLEARLY * near.max()
    return bool(varied and clear and (np.abs(away - away.mean()) <= near).all())


def _elsewhere(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    order = np.argsort(wanted, axis=None)
    away = np.abs(np.sort(found, axis=None) - wanted.ravel()[order])
    return bool((away <= near.ravel()[order]).all())


def _where(right: np.ndarray) -> str:
    """Return in which part of a batch of images all is right; empty: in none."""
    if right.ndim != 4:
        return ""
    for axis, of in ((0, "image"), (1, "channel")):
        first, *others = np.moveaxis(right, axis, 0)
        if others and first.all() and not any(other.all() for other in others):
            return f"only the first {of} is right"
    inside = right[..., 1:-1, 1:-1]
    if inside.size and inside.all():
        return "right inside, wrong at an edge"
    return ""


def _share(right: np.ndarray) -> str:
    if not right.any():
        return "none is right"
    return "most are right" if 2 * right.sum() > right.size else "some are right"
