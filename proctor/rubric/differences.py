"""In which way an answer differs from what was wanted, in one of a few fixed texts.

They help who reads them, and tell nobody what the inputs were: neither a number of the
answer's, nor one of the test's, is in them.
"""

from __future__ import annotations

import numpy as np

from proctor.rubric.elsewhere import in_another_shape, in_other_places

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


def of_arrays(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> str:
    """Return what is wrong with an array of another shape, in float64."""
    said = of_shapes(found.shape, wanted.shape)
    with np.errstate(all="ignore"):
        known = in_another_shape(found, wanted, near)
    return f"{said}; {known}" if known else said


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
        ("right but for the negative ones, which are zero", _without_negative),
        ("right but for the negative ones, which are positive", _of_size_alone),
        ("right but for the sign", _but_for_sign),
        ("right but for a factor", _but_for_factor),
        ("right but for a number added to each", _but_for_sum),
        ("right but for a number added to each channel", _but_for_sum_of_channels),
        ("rounded to whole numbers", _rounded),
        ("the right numbers in other places", _elsewhere),
    )
    if moved := in_other_places(found, wanted, near):
        return f"wrong values: {moved}"
    for text, holds in ways:
        if holds(found, wanted, near):
            return f"wrong values: {text}"
    if (found == found.flat[0]).all():
        return "wrong values: all are the same number"
    return (
        f"wrong values: {_where(right) or _share(right)}{_others(found, wanted, right)}"
    )


def _without_negative(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    return bool((np.abs(found - np.maximum(wanted, 0)) <= near).all())


def _of_size_alone(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    return bool((np.abs(found - np.abs(wanted)) <= near).all())


def _rounded(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    whole = (found == np.rint(found)).all() and (np.abs(found - wanted) < 1).all()
    return bool(whole and (np.abs(wanted - np.rint(wanted)) > near).any())


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


def _but_for_sum_of_channels(
    found: np.ndarray, wanted: np.ndarray, near: np.ndarray
) -> bool:
    """Tell whether each channel has a number of its own too much: a bias, perhaps."""
    if found.ndim != 4 or found.shape[2] * found.shape[3] == 1:
        return False
    away = found - wanted
    of_channel = away.mean(axis=(0, 2, 3), keepdims=True)
    return bool((np.abs(away - of_channel) <= near).all())


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
    sides = (
        ("the first row", right[..., 1:, :]),
        ("the last row", right[..., :-1, :]),
        ("the first column", right[..., 1:]),
        ("the last column", right[..., :-1]),
    )
    for side, others in sides:
        if others.size and others.all():
            return f"right but for {side}"
    inside = right[..., 1:-1, 1:-1]
    if inside.size and inside.all():
        return "right inside, wrong at an edge"
    return ""


def _share(right: np.ndarray) -> str:
    if not right.any():
        return "none is right"
    return "most are right" if 2 * right.sum() > right.size else "some are right"


def _others(found: np.ndarray, wanted: np.ndarray, right: np.ndarray) -> str:
    """Return what those that are wrong have in common; empty: nothing."""
    away, these = (
        (found - wanted)[~right],
        "all" if not right.any() else "the wrong ones",
    )
    if not found[~right].any():
        return f", {these} are zero"
    if (away > 0).all():
        return f", {these} are too large"
    return f", {these} are too small" if (away < 0).all() else ""
