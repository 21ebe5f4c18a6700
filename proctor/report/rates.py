"""How alike texts are, and how often that is so in a class, or by chance."""

from __future__ import annotations

import numpy as np

LEAST = 1e-6


class Rates:
    """How alike the pairs of a class are.

    Parameters
    ----------
    shares
        What pairs have in common.
    weights
        How many pairs each of them stands for.
    same
        How many pairs beside them are the same.
    """

    def __init__(self, shares: np.ndarray, weights: np.ndarray, same: float) -> None:
        order = np.argsort(shares)
        self.shares = shares[order]
        # Of each and all after it.
        self._more = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0) + same

    def of(self, share: float) -> float:
        """Return the share of the pairs that have as much in common, or more."""
        more = self._more[np.searchsorted(self.shares, share - LEAST)]
        return float(more / max(self._more[0], 1.0))

    def __bool__(self) -> bool:
        """Tell whether there is any pair."""
        return bool(self._more[0])

    def quantile(self, part: float) -> float | None:
        """Return what a part of the pairs does not exceed, each counted once."""
        return float(np.quantile(self.shares, part)) if self.shares.size else None


def by_chance(number: np.ndarray, answers: int, most: int) -> float:
    """Return with how many of a class a new text is alike by chance, if these are few.

    As Good and Turing estimate it (Good, Biometrika 40, 1953): of what k of n have, a
    new one has so (k + 1) / n times as many as there are that k + 1 have.

    Parameters
    ----------
    number
        Of each answer that counts: how many of the class have it so, itself included.
    most
        Of how many at most it is few.
    """
    hits = [k * int((number == k + 1).sum()) for k in range(1, most + 1)]
    return sum(hits) / max(answers, 1)


def alike_in(rows: list[str], columns: list[str]) -> np.ndarray:
    """Return the share of tokens in common for each row and column, 0 to 1."""
    from rapidfuzz.distance import Indel
    from rapidfuzz.process import cdist

    # Many wrote the same to the letter: each text is compared once.
    distinct = list(dict.fromkeys([*rows, *columns]))
    place = {text: number for number, text in enumerate(distinct)}
    found = cdist(distinct, distinct, scorer=Indel.normalized_similarity)
    up, across = ([place[text] for text in texts] for texts in (rows, columns))
    return found[np.ix_(up, across)].astype(float)
