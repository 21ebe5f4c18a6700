"""The shapes that `bench/convolution.py` measures; both sides import it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Conv(NamedTuple):
    """One convolution: shapes, and the same stride and padding on both axes."""

    x: tuple[int, int, int, int]
    weight: tuple[int, int, int, int]
    stride: int
    padding: int

    def output_shape(self) -> tuple[int, int, int, int]:
        """Return (batch, out_channels, rows, columns)."""
        sizes = (
            (size + 2 * self.padding - kernel) // self.stride + 1
            for size, kernel in zip(self.x[2:], self.weight[2:], strict=True)
        )
        return self.x[0], self.weight[0], *sizes

    def macs(self) -> int:
        """Return the multiplications of the definition."""
        return int(np.prod(self.output_shape()) * np.prod(self.weight[1:]))


class Pool(NamedTuple):
    """One pooling."""

    x: tuple[int, int, int, int]
    kernel: int
    stride: int
    padding: int

    def output_shape(self) -> tuple[int, int, int, int]:
        """Return (batch, channels, rows, columns)."""
        sizes = (
            (size + 2 * self.padding - self.kernel) // self.stride + 1
            for size in self.x[2:]
        )
        return *self.x[:2], *sizes


# Depthwise: tinytorch has no groups. 8 images of 64 channels are 512 images of one
# channel here, with one kernel for all; PyTorch computes the same, and in its second
# column what it would be asked for instead, 64 groups.
CONVS = {
    "digits 3x3": Conv((64, 1, 8, 8), (16, 1, 3, 3), 1, 1),
    "LeNet 5x5": Conv((64, 1, 28, 28), (6, 1, 5, 5), 1, 0),
    "ResNet 1x1": Conv((8, 256, 56, 56), (64, 256, 1, 1), 1, 0),
    "ResNet 3x3": Conv((8, 256, 14, 14), (256, 256, 3, 3), 1, 1),
    "ResNet stem 7x7": Conv((8, 3, 224, 224), (64, 3, 7, 7), 2, 3),
    "VGG 3x3": Conv((1, 64, 224, 224), (64, 64, 3, 3), 1, 1),
    "64 to 128, 56x56": Conv((16, 64, 56, 56), (128, 64, 3, 3), 1, 1),
    "depthwise 3x3": Conv((512, 1, 56, 56), (1, 1, 3, 3), 1, 1),
    "page 3x3": Conv((32, 3, 224, 224), (64, 3, 3, 3), 1, 1),
}
DEPTHWISE, GROUPS = "depthwise 3x3", 64

POOLS = {
    "2x2, 64x16x32x32": Pool((64, 16, 32, 32), 2, 2, 0),
    "3x3/2, 8x64x112x112": Pool((8, 64, 112, 112), 3, 2, 1),
}

# Two blocks of convolution (3x3, 16 then 32 channels), ReLU and 2x2 maximum, then one
# linear layer for ten classes; batches of 64, SGD.
NETWORKS = {"digits step": (64, 1, 8), "CIFAR step": (64, 3, 32)}


def arrays(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    """Return normally distributed float32 arrays, the same in each process."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape, np.float32) for shape in shapes]
