"""What code draws by chance, so that it is the same in each build.

A mistake that draws gives other answers each time, and nobody is known by those: what
is drawn is told from what is always so by drawing twice.
"""

from __future__ import annotations

import random
from types import ModuleType

import numpy as np


class Chance:
    """All that draws in this process, from seeds of ours.

    Parameters
    ----------
    package
        The course's; if it has a generator of its own, ``manual_seed`` starts that.
    """

    def __init__(self, package: ModuleType) -> None:
        self._seed_package = getattr(package, "manual_seed", lambda seed: None)
        self._make, self._seed = np.random.default_rng, 0
        # Every generator since the last start, and its state then.
        self._made: list[tuple[np.random.Generator, str]] = []
        np.random.default_rng = self._default_rng

    def start(self, seed: int) -> None:
        """Let all that draws begin anew."""
        self._seed = seed
        self._made.clear()
        random.seed(seed)
        np.random.seed(seed)
        self._seed_package(seed)
        self._older = self._states()

    @property
    def drew(self) -> bool:
        """Whether anything was drawn since the start."""
        pairs = ((_state(generator), before) for generator, before in self._made)
        return self._states() != self._older or any(now != was for now, was in pairs)

    def _default_rng(self, seed: object = None) -> np.random.Generator:
        """Stand in for NumPy's, where without a seed each generator has its own."""
        own = [self._seed, len(self._made)]
        generator = self._make(own if seed is None else seed)
        self._made.append((generator, _state(generator)))
        return generator

    def _states(self) -> tuple[str, str]:
        return repr(random.getstate()), repr(np.random.get_state(legacy=False))


def _state(generator: np.random.Generator) -> str:
    return repr(generator.bit_generator.state)
