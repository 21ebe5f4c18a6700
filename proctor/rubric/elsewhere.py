"""Whether an answer's numbers are the right ones, in other places or another shape."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator

import numpy as np

# Of larger arrays it is not asked in which way their numbers have moved.
_MOST = 200_000
_FARTHEST = 4
_MOST_AXES = 5


def in_another_shape(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> str:
    """Return how an array of another shape has the right numbers; empty: not at all.

    Parameters
    ----------
    near
        How far each of the wanted numbers may be off.
    """
    if not _may_be_told(found, wanted):
        return ""
    if found.size == wanted.size:
        if _close(found.ravel(), wanted.ravel(), near.ravel()):
            return "the right numbers, in another shape"
        if found.ndim == wanted.ndim <= _MOST_AXES:
            for order in itertools.permutations(range(wanted.ndim)):
                moved = wanted.transpose(order)
                if moved.shape == found.shape and _close(
                    found, moved, near.transpose(order)
                ):
                    return "the right numbers, the axes in another order"
        return ""
    if found.ndim != wanted.ndim:
        return ""
    more, less = (
        _corners(found.shape, wanted.shape),
        _corners(wanted.shape, found.shape),
    )
    for part in more if 4 * wanted.size >= found.size else ():
        if _close(found[part], wanted, near):
            return "the right numbers are in it, with others around them"
    for part in less if 2 * found.size >= wanted.size else ():
        if _close(found, wanted[part], near[part]):
            return "what is there is right, and some is missing"
    return ""


def _corners(
    large: tuple[int, ...], small: tuple[int, ...]
) -> Iterator[tuple[slice, ...]]:
    """Yield each place of a small array in a large one, if there are few."""
    lengths = list(zip(large, small, strict=True))
    if all(0 <= have - want <= _FARTHEST for have, want in lengths):
        for corner in itertools.product(*(range(h - w + 1) for h, w in lengths)):
            yield tuple(
                slice(at, at + length) for at, length in zip(corner, small, strict=True)
            )


def in_other_places(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> str:
    """Return how the numbers of an array of the right shape have moved; empty: not so.

    What is said of rows and columns is of the last two axes.
    """
    if wanted.ndim < 2 or not _may_be_told(found, wanted):
        return ""
    turned = (
        ("rows and columns exchanged", lambda a: a.swapaxes(-1, -2)),
        ("upside down", lambda a: a[..., ::-1, :]),
        ("left and right exchanged", lambda a: a[..., ::-1]),
        ("turned by half a turn", lambda a: a[..., ::-1, ::-1]),
    )
    for text, turn in turned:
        moved = turn(wanted)
        if moved.shape == found.shape and _close(found, moved, turn(near)):
            return f"the right numbers, {text}"
    # One number each is looked at first, as plain ones: most ways end there.
    first = (0,) * (wanted.ndim - 2)
    one, other, off = (array[first].tolist() for array in (found, wanted, near))
    for down, right in _steps(*wanted.shape[-2:]):
        (to_row, row), (to_column, column) = (
            (max(step, 0), max(-step, 0)) for step in (down, right)
        )
        if not abs(one[to_row][to_column] - other[row][column]) <= off[row][column]:
            continue
        there, here = _overlap(found, wanted, down, right)
        if 2 * here.size < found.size or np.ptp(here) <= 0:
            continue
        if _close(there, here, _overlap(found, near, down, right)[1]):
            ways = [("down", "up")[down < 0]] * bool(down)
            ways += [("to the right", "to the left")[right < 0]] * bool(right)
            return f"the right numbers, moved {' and '.join(ways)}"
    return ""


def _may_be_told(found: np.ndarray, wanted: np.ndarray) -> bool:
    """Tell whether there are enough numbers, and not all the same."""
    few = min(found.size, wanted.size) < 2 or max(found.size, wanted.size) > _MOST
    return not few and bool(np.ptp(wanted) > 0)


@functools.lru_cache(maxsize=64)
def _steps(rows: int, columns: int) -> list[tuple[int, int]]:
    """Return by how many rows and columns numbers may have moved, the nearest first."""
    down, right = (
        range(-min(_FARTHEST, length - 1), min(_FARTHEST, length - 1) + 1)
        for length in (rows, columns)
    )
    pairs = [pair for pair in itertools.product(down, right) if any(pair)]
    return sorted(pairs, key=lambda pair: sum(map(abs, pair)))


def _overlap(
    found: np.ndarray, wanted: np.ndarray, down: int, right: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what is where it would be if all had moved, and what it would be."""
    rows, columns = wanted.shape[-2:]
    there = found[
        ..., max(down, 0) : rows + min(down, 0), max(right, 0) : columns + min(right, 0)
    ]
    here = wanted[
        ...,
        max(-down, 0) : rows + min(-down, 0),
        max(-right, 0) : columns + min(-right, 0),
    ]
    return there, here


def _close(found: np.ndarray, wanted: np.ndarray, near: np.ndarray) -> bool:
    return bool((np.abs(found - wanted) <= near).all())
