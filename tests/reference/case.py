"""What a case is: its inputs, and what is computed with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """Inputs, all of which get gradients, and a function of them.

    ``run(framework, *tensors)`` returns one Tensor, or for a training run a list of
    arrays, which have no gradients.
    """

    inputs: tuple[tuple[int, ...], ...]
    run: Callable[..., Any]
    positive: bool = False

    def draw(self, name: str) -> list[np.ndarray]:
        """Return the float64 inputs, which follow from the case's name."""
        rng = np.random.default_rng(list(name.encode()))
        arrays = [rng.normal(size=shape) for shape in self.inputs]
        return [np.abs(a) + 0.5 for a in arrays] if self.positive else arrays


@dataclass(frozen=True)
class Made:
    """A layer that both libraries make by the same name and arguments."""

    name: str
    arguments: tuple
    options: dict = field(default_factory=dict)
