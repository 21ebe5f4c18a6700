"""The shapes that `bench/convolution.py` measures; both sides import it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np


class Conv(NamedTuple):
    """One convolution: shapes, stride and padding."""

    x: tuple[int, int, int, int]
    weight: tuple[int, int, int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]

    def output_shape(self) -> tuple[int, int, int, int]:
        """Return (batch, out_channels, rows, columns)."""
        every = zip(self.x[2:], self.weight[2:], self.stride, self.padding, strict=True)
        sizes = ((size + 2 * pad - k) // step + 1 for size, k, step, pad in every)
        return self.x[0], self.weight[0], *sizes

    def macs(self) -> int:
        """Return the multiplications of the definition."""
        return math.prod(self.output_shape()) * math.prod(self.weight[1:])

    def __str__(self) -> str:
        """Return a name that `conv` reads."""
        return " ".join("x".join(map(str, numbers)) for numbers in self)


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
    "digits 3x3": Conv((64, 1, 8, 8), (16, 1, 3, 3), (1, 1), (1, 1)),
    "LeNet 5x5": Conv((64, 1, 28, 28), (6, 1, 5, 5), (1, 1), (0, 0)),
    "ResNet 1x1": Conv((8, 256, 56, 56), (64, 256, 1, 1), (1, 1), (0, 0)),
    "ResNet 3x3": Conv((8, 256, 14, 14), (256, 256, 3, 3), (1, 1), (1, 1)),
    "ResNet stem 7x7": Conv((8, 3, 224, 224), (64, 3, 7, 7), (2, 2), (3, 3)),
    "VGG 3x3": Conv((1, 64, 224, 224), (64, 64, 3, 3), (1, 1), (1, 1)),
    "64 to 128, 56x56": Conv((16, 64, 56, 56), (128, 64, 3, 3), (1, 1), (1, 1)),
    "depthwise 3x3": Conv((512, 1, 56, 56), (1, 1, 3, 3), (1, 1), (1, 1)),
    "page 3x3": Conv((32, 3, 224, 224), (64, 3, 3, 3), (1, 1), (1, 1)),
}


def conv(name: str) -> Conv:
    """Return the convolution of a name: one of `CONVS`, or as ``str`` writes one."""
    if name in CONVS:
        return CONVS[name]
    return Conv(*(tuple(map(int, part.split("x"))) for part in name.split()))


# What one random convolution may take: multiplications, and numbers in an array.
MOST_MACS, MOST_NUMBERS = 400_000_000, 8_000_000


def log_uniform(rng: np.random.Generator, low: int, high: int) -> int:
    """Draw a number whose logarithm is uniform."""
    return int(math.exp(rng.uniform(math.log(low), math.log(high + 1))))


def random_conv(rng: np.random.Generator) -> Conv:
    """Draw a convolution; the logarithms of batch, channels and sizes are uniform."""

    def spread(low: int, high: int) -> int:
        return log_uniform(rng, low, high)

    def pair(draw) -> tuple[int, int]:
        """Return two numbers: in half the cases the same."""
        first, second = draw(), draw()
        return (first, first) if rng.random() < 0.5 else (first, second)

    while True:
        kernel = pair(lambda: int(rng.integers(1, 8)))
        shape = spread(1, 64), spread(1, 256), *pair(lambda: spread(4, 224))
        weight = spread(1, 256), shape[1], *kernel
        stride = pair(lambda: int(rng.choice([1, 1, 1, 2, 2, 3])))
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        case = Conv(shape, weight, stride, padding)
        largest = max(math.prod(shape), math.prod(case.output_shape()))
        fits = min(case.output_shape()) > 0 and largest <= MOST_NUMBERS
        if fits and case.macs() <= MOST_MACS:
            return case


def random_convs(count: int, seed: int) -> list[str]:
    """Return the names of ``count`` convolutions, the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [str(random_conv(rng)) for _ in range(count)]


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
